package diagnose

import (
	"fmt"
	"testing"
	"time"

	"netstat"
	"netstat/test/live"
)

// kept is a server that keeps COUNT connections after its clients, another process, have
// closed them, and OPEN connections that are open.
const kept = `
l = socket.create_server(('127.0.0.1', 8080), backlog=1000)
r, w = os.pipe()
if os.fork() == 0:
    l.close()
    gone = [socket.create_connection(('127.0.0.1', 8080)) for i in range(COUNT)]
    there = [socket.create_connection(('127.0.0.1', 8080)) for i in range(OPEN)]
    os.read(r, 1)
    for c in gone:
        c.close()
    sys.stdin.read()
    os._exit(0)
held = [l.accept()[0] for i in range(COUNT + OPEN)]
os.write(w, b'x')
`

// waitForStates waits until so many TCP sockets of this namespace are in a state.
func waitForStates(t *testing.T, state string, n int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d sockets in %s", n, state), func() bool {
		return live.Run(t, "sh", "-c", "ss -Htan state "+state+" | wc -l") == fmt.Sprintln(n)
	})
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not reached: %s", what)
		}
	}
}

func TestCloseWait(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Lasting(t)
	for _, c := range []struct {
		name        string
		count, open int
		check       func(*testing.T, uint32)
	}{
		{"few", 19, 0, func(t *testing.T, _ uint32) { wantSilence(t, lookTwice(t, func() {}, "close-wait")) }},
		{"less than half", 21, 40, func(t *testing.T, _ uint32) { wantSilence(t, lookTwice(t, func() {}, "close-wait")) }},
		{"half", 40, 30, func(t *testing.T, pid uint32) {
			f := wantOne(t, lookTwice(t, func() {}, "close-wait"), netstat.Warning, "40 of its 71 TCP sockets")
			if f.Subject.PID != pid || f.Subject.Process != "python3" {
				t.Errorf("subject %+v", f.Subject)
			}
			wantRows(t, f, 40)
		}},
		{"many", 120, 200, func(t *testing.T, _ uint32) {
			wantOne(t, lookTwice(t, func() {}, "close-wait"), netstat.Warning, "120 of its 321 TCP sockets")
			wantSilence(t, lookOnce(t, "close-wait")) // they are new
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pid, end := live.Python(t, "", fmt.Sprintf("COUNT, OPEN = %d, %d", c.count, c.open)+kept)
			defer end()
			waitForStates(t, "close-wait", c.count)
			c.check(t, pid)
		})
	}
}
