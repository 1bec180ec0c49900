package manual

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
