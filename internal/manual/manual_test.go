package manual

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netstat/dialect/microsoft"
	"netstat/dialect/nettools"
	"netstat/options"
)

var update = flag.Bool("update", false, "rewrite man/, completions/ and docs/options*.md")

// root is the root of the repository.
const root = "../.."

func generated(t *testing.T) map[string]string {
	t.Helper()
	files, err := Files(func(name string) (string, error) {
		text, err := os.ReadFile(filepath.Join(root, "docs", name))
		return string(text), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestGolden compares the committed files with the tables and the prose. -update rewrites
// them.
func TestGolden(t *testing.T) {
	for name, want := range generated(t) {
		path := filepath.Join(root, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s differs from the tables (%v): run go test ./internal/manual -run Golden -update", name, err)
		}
	}
}

// TestListNames checks that no two lists of the scripts have one name, in PowerShell without
// regard to case, and that the source of each value is known.
func TestListNames(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range lists() {
		name := strings.ToLower(l.Name)
		if seen[name] || len(l.list) == 0 {
			t.Errorf("list %s: twice, or empty", l.Name)
		}
		seen[name] = true
	}
	for _, v := range values() {
		switch v.Source {
		case "", "filter", "files", "columns", "process", "pid", "user", "port", "interface":
		default:
			if !seen[v.Source] {
				t.Errorf("--%s: unknown source %q", v.Option, v.Source)
			}
		}
	}
}

// TestPowerShell checks that strings of the PowerShell script end and that its brackets
// match. No PowerShell is among the packages that tests can install.
func TestPowerShell(t *testing.T) {
	text := generated(t)["completions/netstat.ps1"]
	var open []byte
	line := 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			line++
		case '#':
			i += strings.IndexByte(text[i:], '\n') - 1
		case '`':
			t.Fatalf("line %d: a backtick outside a string", line)
		case '\'', '"':
			start := line
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '`' && c == '"' {
					i++
				}
				if text[i] == '\n' {
					line++
				}
			}
			if i == len(text) {
				t.Fatalf("line %d: the string does not end", start)
			}
		case '(', '{', '[':
			open = append(open, c)
		case ')', '}', ']':
			pair := map[byte]byte{')': '(', '}': '{', ']': '['}[c]
			if len(open) == 0 || open[len(open)-1] != pair {
				t.Fatalf("line %d: %c closes nothing", line, c)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%q is not closed", open)
	}
}

// flags matches the options that a page lists: macros Fl in a line It.
var flags = regexp.MustCompile(`Fl (\\-)?([^ ]+)`)

// listed returns the options in the lists of a page, as they are typed.
func listed(page string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, ".It Fl") {
			continue
		}
		for _, m := range flags.FindAllStringSubmatch(strings.TrimSpace(line), -1) {
			if m[1] != "" {
				found["--"+m[2]] = true
			} else {
				found["-"+m[2]] = true
			}
		}
	}
	return found
}

// TestEveryOption asks the parsers for every letter and every option of their tables: the
// pages of each dialect list those that they accept, and no others.
func TestEveryOption(t *testing.T) {
	files := generated(t)
	nettoolsKnows := func(word string) bool {
		_, end := nettools.Parse([]string{"netstat", word}, nettools.Environment{SELinux: func() bool { return true }})
		return end == nil || !strings.Contains(end.Stderr, "invalid option") && !strings.Contains(end.Stderr, "unrecognized") &&
			!strings.Contains(end.Stderr, "unknown option") && !strings.Contains(end.Stderr, "ambiguous")
	}
	// Of a letter that it does not know Microsoft's netstat shows the help, as for "?".
	microsoftKnows := func(word string) bool {
		if word == "-?" {
			return true
		}
		args := []string{"netstat", "-s", word}
		if word == "-p" {
			args = append(args, "tcp")
		}
		_, end := microsoft.Parse(args, microsoft.Environment{})
		return end == nil || !strings.Contains(end.Stderr, microsoft.Synopsis) && !strings.Contains(end.Stderr, "unknown option")
	}
	for _, c := range []struct {
		page    string
		knows   func(string) bool
		classic []options.Classic
	}{
		{"netstat.8", nettoolsKnows, nettools.Options()},
		{"netstat-windows.8", microsoftKnows, microsoft.Options()},
	} {
		for _, folder := range []string{"man/", "man/zh_CN/"} {
			page := listed(files[folder+c.page])
			for letter := byte('!'); letter <= '~'; letter++ {
				word := "-" + string(rune(letter))
				// Microsoft's letters are of either case.
				lower := c.page == "netstat.8" || letter < 'A' || letter > 'Z'
				if word != "--" && lower && page[word] != c.knows(word) {
					t.Errorf("%s%s: %s: in the page %v, in the parser %v", folder, c.page, word, page[word], c.knows(word))
				}
			}
			var long []string
			for _, o := range c.classic {
				if o.Long != "" {
					long = append(long, "--"+o.Long)
				}
			}
			for i := range options.All {
				long = append(long, "--"+options.All[i].Name)
			}
			for _, word := range long {
				if !page[word] {
					t.Errorf("%s%s lacks %s", folder, c.page, word)
				}
			}
			for word := range page {
				if len(word) > 2 && !slices.Contains(long, word) || len(word) > 2 && !c.knows(word) {
					t.Errorf("%s%s: the parser has no %s", folder, c.page, word)
				}
			}
		}
	}
	for _, name := range []string{"docs/options.md", "docs/options.zh-CN.md"} {
		for i := range options.All {
			if !strings.Contains(files[name], "`--"+options.All[i].Name) {
				t.Errorf("%s lacks --%s", name, options.All[i].Name)
			}
		}
	}
}
