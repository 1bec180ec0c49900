package limits

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat/test/live"
)

// world creates the sockets that are shown.
const world = `
kept = []
for family, address in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
    l = socket.socket(family); l.bind((address, 7000)); l.listen()
    c = socket.socket(family); c.connect((address, 7000)); a, _ = l.accept()
    u = socket.socket(family, socket.SOCK_DGRAM); u.bind((address, 7001))
    kept += [l, c, a, u]
kept += socket.socketpair()
l = socket.socket(socket.AF_UNIX); l.bind('\0limits'); l.listen(); kept.append(l)
`

const (
	fewest = 3 // with fewer there are no standard streams
	most   = 20
)

// limited returns a command line that runs the program under a limit of the shell's
// ulimit.
func limited(option string, limit int, args ...string) []string {
	words := []string{"sh", "-c", `ulimit ` + option + ` "$0" && exec "$@"`, strconv.Itoa(limit), live.ProgramPath()}
	return append(words, args...)
}

// died matches what the Go runtime prints when it aborts a program.
var died = regexp.MustCompile(`(?m)^(goroutine |fatal error: |panic: |runtime: |SIG[A-Z]+: )`)

// varies matches what differs between two reports of one host: the time, and the counters
// of the whole machine.
var varies = regexp.MustCompile(`"time":"[^"]*"|(?:"group":"softnet","name":"[^"]*",)"value":\d+`)

// reports are command lines whose output in a quiet namespace is always the same.
var reports = []string{
	"-at", "-ant", "-atp", "-antp", "-a", "-ap", "-axe", "-aZ", "-tuwlW", "-s", "-s -6", "-g", "-M",
	"-r", "-rn", "-r -6", "-rC", "-i", "-ie",
	"-at --sort=process", "-a --process=python3", "--count -a", "-a --group-by=process", "-a --all-owners --json",
	"-at --json", "-a --peers --json", "-r --json", "-i --json", "-s --json", "-M --json",
	"--dialect=windows -an", "--dialect=windows -a", "--dialect=windows -anob", "--dialect=windows -r",
	"--dialect=windows -s", "--dialect=windows -e", "--replay=HOST -at", "--replay=HOST -r --json",
	"-h", "-V", "--columns=help",
}

// TestDescriptors tries limits of open files. Under any limit the runtime must not
// abort the program, an incomplete report must say so, and a report without a table
// must not exit with the status of a complete one.
func TestDescriptors(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	host := filepath.Join(t.TempDir(), "host.json")
	if a := live.Netstat(t, "--snapshot", host); a.Status != 0 {
		t.Fatalf("%+v", a)
	}
	for _, report := range reports {
		words := strings.Fields(strings.ReplaceAll(report, "HOST", host))
		whole := live.Netstat(t, words...)
		same := func(a live.Answer) bool {
			return a.Status == whole.Status && varies.ReplaceAllString(a.Out, "") == varies.ReplaceAllString(whole.Out, "")
		}
		if again := live.Netstat(t, words...); !same(again) {
			t.Errorf("%s: two reports without a limit differ:\n%s\n%s", report, whole.Out, again.Out)
			continue
		}
		for limit := fewest; limit <= most; limit++ {
			a := live.Program(t, limited("-n", limit, words...)...)
			if died.MatchString(a.Err) {
				t.Errorf("%s with %d descriptors: %s", report, limit, a.Err)
			} else if !same(a) && a.Err == whole.Err {
				t.Errorf("%s with %d descriptors is incomplete and does not say so: status %d\n%s", report, limit, a.Status, a.Out)
			}
			// A report prints at most one line per table.
			if lines := strings.Count(a.Err, "\n"); lines > strings.Count(whole.Err, "\n")+20 {
				t.Errorf("%s with %d descriptors: %d lines of errors:\n%s", report, limit, lines, a.Err)
			}
		}
	}
	// The contents of other namespaces are outside this test.
	for limit := fewest; limit <= most; limit++ {
		a := live.Program(t, limited("-n", limit, "-an", "--netns=all")...)
		if died.MatchString(a.Err) || a.Out == "" && a.Err == "" {
			t.Errorf("--netns=all with %d descriptors: %+v", limit, a)
		}
	}
}

// TestDescriptorsOfSnapshots checks that a snapshot with status 0 and no warning has
// every table, and that an incomplete one is still a valid snapshot.
func TestDescriptorsOfSnapshots(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	file := filepath.Join(t.TempDir(), "host.json")
	for _, name := range []string{"-", file} {
		wrote := false
		for limit := fewest; limit <= most; limit++ {
			a := live.Program(t, limited("-n", limit, "--snapshot", name)...)
			switch {
			case died.MatchString(a.Err):
				t.Errorf("--snapshot %s with %d descriptors: %s", name, limit, a.Err)
				continue
			case (a.Status == 0) != (a.Err == ""), strings.Count(a.Err, "\n") > 5:
				t.Errorf("--snapshot %s with %d descriptors: status %d, %s", name, limit, a.Status, a.Err)
			}
			wrote = wrote || a.Status == 0
			if name == "-" {
				if a.Status == 0 && strings.Contains(a.Out, "too many open files") {
					t.Errorf("--snapshot - with %d descriptors exits 0 but lacks tables", limit)
				}
				continue
			}
			if !wrote {
				continue
			}
			if a := live.Netstat(t, "--replay", file, "-an"); a.Status != 0 || a.Err != "" || !strings.Contains(a.Out, "127.0.0.1:7001") {
				t.Errorf("snapshot recorded with %d descriptors: %+v", limit, a)
			}
		}
		if !wrote {
			t.Errorf("--snapshot %s cannot be written with %d descriptors", name, most)
		}
	}
}

// TestDescriptorsOfRounds checks that waiting for the next round needs no descriptor.
func TestDescriptorsOfRounds(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	for _, report := range []string{
		"-at 0.01", "-antp 0.01", "-r 0.01", "-s 0.01", "-at --json 0.01", "--dialect=windows -r 1",
	} {
		for _, limit := range []int{3, 5, 6, 7, 8, 9, 11, 13, 20} {
			rounds(t, report, limit)
		}
	}
}

// rounds runs a repeating report until its third round has started or it exits by
// itself.
func rounds(t *testing.T, report string, limit int) {
	t.Helper()
	words := limited("-n", limit, strings.Fields(report)...)
	// Much longer than three rounds take: only a hanging program reaches it.
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	// Some reports have only errors.
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	begins := 0
	var said []string
	for s := bufio.NewScanner(out); begins < 3 && s.Scan(); {
		said = append(said, varies.ReplaceAllString(s.Text(), ""))
		if said[len(said)-1] == said[0] {
			begins++
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	text := strings.Join(said, "\n")
	switch {
	case died.MatchString(text):
		t.Errorf("%s with %d descriptors: %s", report, limit, text)
	case begins < 3 && (text == "" || cmd.ProcessState.ExitCode() <= 0):
		t.Errorf("%s with %d descriptors ended after %d rounds: %v %s", report, limit, begins, cmd.ProcessState, text)
	}
}

// TestDescriptorsOfStreams checks that a non-blocking stream, as some programs pass on,
// takes two more descriptors.
func TestDescriptorsOfStreams(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	for limit := fewest; limit <= most; limit++ {
		out, in, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		// The file returned by Fd is blocking.
		if err := syscall.SetNonblock(int(in.Fd()), true); err != nil {
			t.Fatal(err)
		}
		words := limited("-n", limit, "-ant")
		cmd := exec.Command(words[0], words[1:]...)
		var errs strings.Builder
		cmd.Stdout, cmd.Stderr = in, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = in.Close()
		text, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		_ = out.Close()
		whole := cmd.ProcessState.ExitCode() == 0 && strings.Contains(string(text), "127.0.0.1:7000")
		if died.MatchString(errs.String()) || whole != (errs.Len() == 0) {
			t.Errorf("with %d descriptors: %v\n%s%s", limit, cmd.ProcessState, text, errs.String())
		}
	}
}
