// Package cookbook runs the command lines of docs/cookbook.md.
package cookbook

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

var update = flag.Bool("update", false, "write what the command lines print into docs/cookbook.md")

const (
	page = "../../docs/cookbook.md"
	// questions is how many the page answers at least.
	questions = 40
	// width is that of a terminal, which every answer fits.
	width = 80
)

// replaying is a netstat that answers from the snapshot of the page's host, unless the
// command line names another one or a namespace.
const replaying = `#!/bin/sh
case " $* " in
*' --replay'* | *' --diff '* | *' --netns'*) exec "$NETSTAT_PROGRAM" "$@" ;;
esac
exec "$NETSTAT_PROGRAM" --replay server.json "$@"
`

// TestGoldenCookbook runs every command line of the page with a shell at a terminal, in a directory
// with its two snapshots and on a host with a network namespace called web, and compares
// all that it prints. An example is a line "    $ …" and the indented lines below it.
func TestGoldenCookbook(t *testing.T) {
	need.Program(t, "jq", "jq")
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
		out, err := atTerminal(t, dir, line)
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		got.WriteString("\n    $ " + line + "\n")
		for l := range strings.Lines(out) {
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

// atTerminal runs a command line in a directory and returns what a terminal of the page's
// width shows of it, with \n at the end of each line.
func atTerminal(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	fd := int(terminal.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 100, Col: width}); err != nil {
		t.Fatal(err)
	}
	end, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, end, end
	err = cmd.Start()
	_ = end.Close()
	if err != nil {
		return "", err
	}
	out, _ := io.ReadAll(terminal) // ends with EIO once the last process has closed its end
	// A terminal adds \r to each line; those of CSV have one already.
	return strings.ReplaceAll(string(out), "\r", ""), cmd.Wait()
}

// firstDifference returns the first line that differs, as it stands and as it should.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return "- " + x[i] + "\n+ " + strings.Join(y[i:min(i+1, len(y))], "")
		}
	}
	return ""
}
