package owners

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"netstat/test/live"
)

// TestShortForms checks the answer to who has a port, as root and as another user.
func TestShortForms(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	pid, _ := live.Python(t, "", `
kept = []
def listen(port):
    l = socket.socket(); l.bind(('127.0.0.1', port)); l.listen(); return l
kept.append(listen(700))
kept.append(socket.create_connection(('127.0.0.1', 700)))
kept.append(kept[0].accept()[0])
u = socket.socket(socket.AF_UNIX); u.bind('\0short'); u.listen(); kept.append(u)`)
	// As root: listening sockets first, with the process, its age and its command, then
	// the connections.
	const age = ` +\d+(m\d+)?s `
	for _, args := range [][]string{{"--port=700"}, {"-n", "--port=700"}, {"--dialect=windows", "--port=700"}} {
		a := live.Netstat(t, args...)
		rows := strings.Split(a.Out, "\n")
		if a.Status != 0 || a.Err != "" || len(rows) != 7 || !strings.HasPrefix(rows[0], "PROTO  LOCAL") || !strings.HasPrefix(rows[3], "PROTO  LOCAL") {
			t.Fatalf("%q: %+v", args, a)
		}
		owner := fmt.Sprintf(" %d/python3", pid)
		for i, want := range map[int]string{
			1: `^tcp +127\.0\.0\.1:700 +` + owner + age + ` +.*python3 -c import socket`, 2: `^$`,
			4: ` ESTABLISHED +` + owner, 5: ` ESTABLISHED +` + owner,
		} {
			if row := rows[i]; !regexp.MustCompile(want).MatchString(row) {
				t.Errorf("%q: no %s in %s", args, want, row)
			}
		}
	}
	if a := live.Netstat(t, "--port=701"); a.Status != 0 || a.Err != "netstat: no socket uses port 701\n" || strings.Count(a.Out, "\n") != 1 {
		t.Errorf("a port that nothing uses: %+v", a)
	}
	if a := live.Netstat(t, "-ln", "--port=700"); a.Status != 0 || strings.Contains(a.Out, "UNIX") || strings.Count(a.Out, "127.0.0.1:700 ") != 1 {
		t.Errorf("the classic text: %+v", a)
	}

	// Another user cannot see the process; a message says how that affects the answer.
	nobody := func(args ...string) live.Answer {
		return live.Program(t, append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath()}, args...)...)
	}
	const none = "netstat: no socket found: run as root to see other users' processes\n"
	for _, c := range []struct {
		line   string
		status int
		errs   string
		rows   int // with port 700
	}{
		{"--port 700", 0, notRoot, 3},
		{"--process python3", 255, none, 0},
		{"--process python3 --port 700 --json", 255, none, 0},
		{"--process python3 --count", 255, none, 0},
		{"--dialect=windows --process python3", 1, none, 0},
		{"-tln --process python3", 255, none, 0},
		{"-tan --filter process!=x", 0, notRoot, 3},
		{"-tln --sort process", 0, notRoot, 1},
		{"--process python3 --port 701", 0, "netstat: no socket of program python3 uses port 701\n", 0},
		{"--user root --port 700", 0, notRoot, 3},
		{"-tan --user root", 0, "", 3},
		{"-tan --user 65533", 0, "", 0},
		{fmt.Sprintf("--pid %d", pid), 255, none, 0},
	} {
		a := nobody(strings.Fields(c.line)...)
		if rows := strings.Count(a.Out, "127.0.0.1:700 "); a.Status != c.status || a.Err != c.errs || rows < min(c.rows, 1) || c.rows == 0 && rows > 0 {
			t.Errorf("%s as another user: %+v", c.line, a)
		}
	}
	// A user sees its own processes and gets an answer. A process that changes its user
	// may be inspected by that user once it is dumpable (prctl(2), PR_SET_DUMPABLE).
	live.Python(t, "", `
import ctypes
l = socket.socket(); l.bind(('127.0.0.1', 702)); l.listen()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)`)
	if a := nobody("--process=python3", "--columns=local"); a.Status != 0 || a.Out != "LOCAL\n127.0.0.1:702\n" || a.Err != notRoot {
		t.Errorf("one's own process: %+v", a)
	}
}
