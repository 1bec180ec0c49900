package rule

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata/messages.txt")

const messagesFile = "testdata/messages.txt"

// notMessages are files whose sentences are no messages: what net-tools and Microsoft
// print, help, and what facts and options are, which have golden files of their own.
var notMessages = []string{
	"dialect/nettools/statistics_labels.go", "dialect/nettools/hardware.go", "dialect/nettools/usage.go",
	"dialect/microsoft/texts*.go",
	"help/*.go", "fact/[a-e]*.go", "fact/[g-t]*.go", "fact/value.go", "tcpfields.go", "memory.go",
}

// TestGoldenMessages holds testdata/messages.txt, which lists every sentence that the program
// can say, for a reviewer to read from top to bottom: each text of two words or more in
// the code that is shipped. "…" stands for what is filled in.
func TestGoldenMessages(t *testing.T) {
	var list strings.Builder
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel("../..", path)
		name = filepath.ToSlash(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "test" || name == "scripts" || strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		for _, pattern := range notMessages {
			if match(pattern, name) {
				return nil
			}
		}
		messages, err := messagesOf(path)
		if err != nil || len(messages) == 0 {
			return err
		}
		list.WriteString("\n" + name + "\n")
		for _, m := range messages {
			list.WriteString("  " + m + "\n")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.TrimPrefix(list.String(), "\n")
	if *update {
		if err := os.WriteFile(messagesFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(messagesFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the code says: go test ./test/rule -run Golden -update, and read the diff", messagesFile)
	}
}

// twoWords is what makes a text a sentence rather than a name or a piece of a file.
var twoWords = regexp.MustCompile(`[A-Za-z]{2,}[',:;)]* [('"…]*[a-z]{2,}`)

// messagesOf returns the sentences in a file, in its order, each once.
func messagesOf(path string) (list []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		var text string
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "panic" {
				return false // never meant to be read
			}
			return true
		case *ast.BinaryExpr:
			text = messageText(n)
		case *ast.BasicLit:
			text = messageText(n)
		default:
			return true
		}
		if twoWords.MatchString(text) && !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
		// What a sum consists of is part of it.
		binary, ok := n.(*ast.BinaryExpr)
		return ok && binary.Op != token.ADD
	})
	return list, nil
}

// messageText returns a text as a reader of the program's output knows it, on one
// line, with "…" for what is no literal.
func messageText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "…"
		}
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			return "…"
		}
		return strings.ReplaceAll(strings.ReplaceAll(verb.ReplaceAllString(s, "…"), "\n", `\n`), "\t", `\t`)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return messageText(e.X) + messageText(e.Y)
		}
	case *ast.ParenExpr:
		return messageText(e.X)
	}
	return "…"
}

// verb is a verb of package fmt.
var verb = regexp.MustCompile(`%[-+# 0-9.]*[a-zA-Z]`)
