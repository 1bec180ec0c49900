// Package cookbook runs the command lines of docs/cookbook.md and of the README.
package cookbook

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"netstat/test/live"
	"netstat/test/need"
)

var update = flag.Bool("update", false, "write what the command lines print into the pages")

// The snapshots before.json and server.json in testdata are of a made-up host in a
// namespace, ten seconds apart. Their measures are those of a host with one processor,
// with as many sockets as the snapshots have.

// pages are the pages whose command lines are run.
var pages = []struct {
	name    string
	atLeast int // number of command lines
	width   int // columns that no answer exceeds, 0 for no limit
}{
	{"docs/cookbook.md", 40, 80},
	{"docs/diagnose.md", 1, 80},
	{"README.md", 5, 0}, // the classic text is wider
	{"README.zh-CN.md", 5, 0},
}

// replaying is a script named netstat that answers from the snapshot of the page's host,
// unless the command line names another one or a namespace.
const replaying = `#!/bin/sh
case " $* " in
*' --replay'* | *' --diff '* | *'.json '* | *' --netns'*) exec "$NETSTAT_PROGRAM" "$@" ;;
esac
exec "$NETSTAT_PROGRAM" --replay server.json "$@"
`

// TestGoldenCookbook runs every command line of the pages with a shell on a terminal, in a
// directory with the two snapshots and on a host with a network namespace called web, and
// compares all that it prints. An example is a line "    $ …" and the indented lines below it.
func TestGoldenCookbook(t *testing.T) {
	need.Program(t, "jq", "jq")
	need.Program(t, "script", "bsdutils")
	var flags []string
	if *update {
		flags = []string{"-update"}
	}
	if !live.InNamespacesWithProgram(t, flags...) {
		return
	}
	dir := t.TempDir()
	for _, name := range []string{"before.json", "server.json"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "netstat"), []byte(replaying), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NETSTAT_PROGRAM", live.ProgramPath())
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("TZ", "UTC")
	t.Setenv("NO_COLOR", "1")
	live.Run(t, "ip", "netns", "add", "web")
	live.Run(t, "ip", "-n", "web", "link", "set", "lo", "up")
	live.Python(t, "web", `s = socket.create_server(("0.0.0.0", 8080))`)

	for _, page := range pages {
		t.Run(page.name, func(t *testing.T) {
			file := filepath.Join("..", "..", page.name)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, answers := answer(t, dir, string(text))
			if len(answers) < page.atLeast {
				t.Errorf("%d command lines, at least %d are promised", len(answers), page.atLeast)
			}
			for _, line := range answers {
				for l := range strings.Lines(line) {
					if l = strings.TrimSuffix(l, "\n"); page.width > 0 && utf8.RuneCountInString(l) > page.width {
						t.Errorf("wider than %d columns: %s", page.width, l)
					}
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(text) {
				t.Errorf("%s is not what the program prints: go test ./test/cookbook -run Golden -update, and read the diff of\n%s", page.name, firstDifference(string(text), got))
			}
		})
	}
}

// answer runs the command lines of a page in a directory. It returns the page with what
// they print, and what each printed.
func answer(t *testing.T, dir, text string) (page string, answers []string) {
	var b strings.Builder
	parts := strings.Split("\n"+text, "\n    $ ")
	b.WriteString(parts[0])
	for _, part := range parts[1:] {
		line, rest, _ := strings.Cut(part, "\n")
		for strings.HasPrefix(rest, "    ") {
			_, rest, _ = strings.Cut(rest, "\n")
		}
		cmd := exec.Command("script", "-qec", "stty cols 80; "+line, "/dev/null")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		out = bytes.ReplaceAll(out, []byte("\r"), nil) // of the terminal and of CSV
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		answers = append(answers, string(out))
		b.WriteString("\n    $ " + line + "\n")
		for l := range strings.Lines(string(out)) {
			b.WriteString("    " + strings.TrimSuffix(l, "\n") + "\n")
		}
		b.WriteString(rest)
	}
	return strings.TrimPrefix(b.String(), "\n"), answers
}

// firstDifference returns the first line that differs, as printed and as expected.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return "- " + x[i] + "\n+ " + strings.Join(y[i:min(i+1, len(y))], "")
		}
	}
	return ""
}
