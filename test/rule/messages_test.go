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

// notMessages lists files whose sentences are not messages: the texts of net-tools and
// Microsoft, help, and descriptions of facts and options, which have their own golden
// files.
var notMessages = []string{
	"dialect/nettools/statistics_labels.go", "dialect/nettools/hardware.go", "dialect/nettools/usage.go",
	"dialect/microsoft/texts*.go",
	"help/*.go", "fact/[a-e]*.go", "fact/[g-t]*.go", "fact/value.go", "tcpfields.go", "memory.go",
}

// TestGoldenMessages compares testdata/messages.txt with the code. The file lists every
// sentence that the program can print, for a reviewer to read from top to bottom: each
// text of two words or more in the shipped code. "…" replaces inserted values.
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

// twoWords matches a sentence, as opposed to a name or a part of a file format.
var twoWords = regexp.MustCompile(`[A-Za-z]{2,}[',:;)]* [('"…]*[a-z]{2,}`)

// messagesOf returns the sentences in a file in order, each once.
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
				return false // not shown to users
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
		// The operands of a sum are parts of it.
		binary, ok := n.(*ast.BinaryExpr)
		return ok && binary.Op != token.ADD
	})
	return list, nil
}

// messageText returns a text as the program prints it, on one line, with "…" for what is
// not a literal.
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
