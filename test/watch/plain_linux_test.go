package watch

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat/test/live"
)

// sequence matches what controls a terminal.
var sequence = regexp.MustCompile(`\x1b[^A-Za-z]*[A-Za-z]`)

// TestPlain opens and closes connections while the program prints lines into a pipe: with
// =plain, and because it has no terminal. It prints no sequence but the colours that are
// requested.
func TestPlain(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	server, err := net.Listen("tcp4", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	const filter = "--filter=dport = :8080 and state = established"
	for _, test := range []struct {
		colours bool
		env     string
		args    []string
	}{
		{args: []string{"--watch=plain,0.1", "-tn", filter}},
		{args: []string{"--watch=0.1", "-tn", filter}},
		{env: "TERM=dumb", args: []string{"--watch=0.1", "-tn", filter}},
		{env: "NO_COLOR=1", args: []string{"--watch=0.1", "-tn", "--color=always", filter}, colours: true},
		{args: []string{"--watch=plain,0.1", "--dialect=windows", "-n", "-p", "tcp", filter}},
	} {
		lines := watched(t, test.env, test.args...)
		for _, line := range lines {
			for _, s := range sequence.FindAllString(line, -1) {
				if !test.colours || !strings.HasSuffix(s, "m") {
					t.Errorf("%q prints %q", test.args, line)
				}
			}
		}
		if test.colours && (!strings.HasPrefix(lines[0], "\x1b[1m") || !strings.Contains(lines[1], "\x1b[32mopened\x1b[0m")) {
			t.Errorf("%q prints no colours: %q", test.args, lines)
		}
	}
}

// watched runs the program in a pipe, and opens connections until it shows one, closes them
// all, and waits until one is shown to be closed. It returns the lines.
func watched(t *testing.T, env string, args ...string) (lines []string) {
	t.Helper()
	cmd := exec.Command(live.ProgramPath(), args...)
	cmd.Env = append(os.Environ(), env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	read := make(chan string, 1000)
	go func() {
		defer close(read)
		for r := bufio.NewScanner(out); r.Scan(); {
			read <- r.Text()
		}
	}()
	var open []net.Conn
	closeAll := func() {
		for _, c := range open {
			_ = c.Close()
		}
		open = nil
	}
	defer closeAll()
	want := []string{"TIME ", " opened ", " closed "}
	for end := time.After(time.Minute); len(want) > 0; {
		select {
		case line, ok := <-read:
			if !ok {
				t.Fatalf("%q ends after %q", args, lines)
			}
			lines = append(lines, line)
			if !strings.Contains(sequence.ReplaceAllString(line, "")+" ", want[0]) {
				continue
			}
			if want = want[1:]; len(want) == 1 {
				closeAll()
			}
		case <-time.After(20 * time.Millisecond):
			if len(want) == 1 {
				continue
			}
			c, err := net.Dial("tcp4", "127.0.0.1:8080")
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, c)
		case <-end:
			t.Fatalf("%q shows only %q, no %q", args, lines, want[0])
		}
	}
	return lines
}
