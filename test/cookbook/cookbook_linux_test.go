// Package cookbook runs the command lines of docs/cookbook.md.
package cookbook

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"netstat/test/live"
	"netstat/test/need"
)

var update = flag.Bool("update", false, "write what the command lines print into docs/cookbook.md")

const (
	page = "../../docs/cookbook.md"
	// questions is the least number of questions that the page answers.
	questions = 40
	// width is the width of a terminal in columns, which every answer fits.
	width = 80
)

// replaying is a script named netstat that answers from the snapshot of the page's host,
// unless the command line names another one or a namespace.
const replaying = `#!/bin/sh
case " $* " in
*' --replay'* | *' --diff '* | *' --netns'*) exec "$NETSTAT_PROGRAM" "$@" ;;
esac
exec "$NETSTAT_PROGRAM" --replay server.json "$@"
`

// TestGoldenCookbook runs every command line of the page with a shell on a terminal, in a
// directory with its two snapshots and on a host with a network namespace called web, and
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

	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	asked := 0
	parts := strings.Split("\n"+string(text), "\n    $ ")
	got.WriteString(parts[0])
	for _, part := range parts[1:] {
		line, rest, _ := strings.Cut(part, "\n")
		for strings.HasPrefix(rest, "    ") {
			_, rest, _ = strings.Cut(rest, "\n")
		}
		asked++
		cmd := exec.Command("script", "-qec", "stty cols "+strconv.Itoa(width)+"; "+line, "/dev/null")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		out = bytes.ReplaceAll(out, []byte("\r"), nil) // of the terminal and of CSV
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		got.WriteString("\n    $ " + line + "\n")
		for l := range strings.Lines(string(out)) {
			l = strings.TrimSuffix(l, "\n")
			if utf8.RuneCountInString(l) > width {
				t.Errorf("%s: wider than %d columns:\n%s", line, width, l)
			}
			got.WriteString("    " + l + "\n")
		}
		got.WriteString(rest)
	}
	if asked < questions {
		t.Errorf("%d command lines, %d at least are promised", asked, questions)
	}
	result := strings.TrimPrefix(got.String(), "\n")
	if *update {
		if err := os.WriteFile(page, []byte(result), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if result != string(text) {
		t.Errorf("docs/cookbook.md is not what the program prints: go test ./test/cookbook -run Golden -update, and read the diff of\n%s", firstDifference(string(text), result))
	}
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
