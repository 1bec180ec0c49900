package closing

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netstat/test/live"
)

// listener listens on port 8080, and counts what HUP does.
const listener = `
import signal
l = socket.create_server(('127.0.0.1', 8080))
`

func alive(pid uint32) bool { return syscall.Kill(int(pid), 0) == nil }

func TestSignal(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	server, end := live.Python(t, "", listener)
	client, _ := live.Python(t, "", "c = socket.create_connection(('127.0.0.1', 8080))")

	a := live.Netstat(t, "--port", "8080", "--signal=TERM")
	want(t, a, 1, "nothing was done: --signal=TERM,yes", strconv.Itoa(int(server))+" python3 (")
	if strings.Contains(a.Out, strconv.Itoa(int(client))+" ") {
		t.Errorf("a client of the port is listed:\n%s", a.Out)
	}
	if !alive(server) {
		t.Fatal("signalled without yes")
	}
	want(t, live.Netstat(t, "--port", "8080", "--signal=NOPE,yes"), 3, "unknown signal 'NOPE'")
	want(t, live.Netstat(t, "--signal=TERM,yes"), 3, "needs --filter")
	want(t, live.Netstat(t, "--port", "4711", "--signal=TERM,yes"), 1, "no process to signal")

	a = live.Program(t, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(),
		"--port", "8080", "--signal=TERM,yes")
	want(t, a, 1, "no process to signal") // owners are hidden from this user
	if !alive(server) {
		t.Fatal("signalled by another user")
	}
	want(t, live.Netstat(t, "--port", "8080", "--signal=sigkill,yes"), 0, ": sent KILL")
	end() // waits for the end
	if alive(server) {
		t.Error("the server is still there")
	}
	if !alive(client) {
		t.Error("the client was signalled")
	}
}

// TestSignalSelf requires that the program signals neither itself nor what started it,
// even if these hold the socket.
func TestSignalSelf(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	a := live.Program(t, "python3", "-c", `
import socket, subprocess, sys
l = socket.create_server(('127.0.0.1', 8080))
l.set_inheritable(True)
r = subprocess.run(['sh', '-c', '"$0" --port 8080 --signal=KILL,yes; exit $?', sys.argv[1]], close_fds=False)
sys.exit(r.returncode)
`, live.ProgramPath())
	want(t, a, 1, "kept: this program runs in it")
	if strings.Contains(a.Out, "sent") {
		t.Errorf("something was signalled:\n%s", a.Out)
	}
}

// outcome matches a line about a process, for its name and what happened to it.
var outcome = regexp.MustCompile(`(?m)^[0-9]+ (.*) \(1 socket\) .*(: (?:kept: |sent ).*)$`)

// TestSignalFirst lets process 1 of a pid namespace hold the port, with the shell that runs
// the program, the program itself and one more process. Only the last one is signalled.
func TestSignalFirst(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	run := func(arg string) live.Answer {
		return live.Program(t, "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "python3", "-c", `
import os, socket, subprocess, sys
l = socket.create_server(('127.0.0.1', 8080))
l.set_inheritable(True)
other = subprocess.Popen(['sleep', '1000'], close_fds=False)
r = subprocess.run(['sh', '-c', '"$0" --port 8080 "$1"; exit $?', *sys.argv[1:]], close_fds=False)
ended = other.poll()
other.kill()
print('pid', os.getpid(), 'ended', other.wait())
sys.exit(r.returncode)
`, live.ProgramPath(), arg)
	}
	a := run("--signal=KILL,yes")
	var got []string
	for _, m := range outcome.FindAllStringSubmatch(a.Out, -1) {
		got = append(got, m[1]+m[2])
	}
	want := []string{
		"python3: kept: process 1 is the system's", "sleep: sent KILL", "sh: kept: this program runs in it", "netstat: kept: this program runs in it",
	}
	if a.Status != 1 || !slices.Equal(got, want) || !strings.HasSuffix(a.Out, "pid 1 ended -9\n") {
		t.Errorf("%q, want %q\n%+v", got, want, a)
	}
	// Without yes nothing happens.
	a = run("--signal=KILL")
	if a.Status != 1 || !strings.Contains(a.Err, "nothing was done") || strings.Contains(a.Out, "sent") {
		t.Errorf("%+v", a)
	}
}
