package diagnose

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/diagnose"
	"netstat/test/live"
)

// writer writes COUNT bytes, or as many as it can if COUNT is 0, and stays.
const writer = `
c = socket.create_connection(('127.0.0.1', PORT))
if COUNT:
    c.sendall(b'x' * COUNT)
else:
    import threading
    def write():
        try:
            while True:
                c.sendall(b'x' * 65536)
        except OSError:
            pass
    threading.Thread(target=write, daemon=True).start()
`

// reader returns the connection of a writer, of which nothing is read, and the writer's
// number.
func reader(t *testing.T, count int) (net.Conn, uint32) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	pid, end := live.Python(t, "", fmt.Sprintf("PORT, COUNT = %d, %d", l.Addr().(*net.TCPAddr).Port, count)+writer)
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(); end() })
	return s, pid
}

// full waits until the peer's window is closed and the writer seems to wait.
func full(t *testing.T) {
	t.Helper()
	last := ""
	waitFor(t, "a closed window", func() bool {
		now := column(t, "notsent", "notsent > 0 and snd_wnd = 0")
		same := now != "" && now == last
		last = now
		return same
	})
}

// unmoved applies a rule at two moments between which nothing moves: the writer may go on
// after full, until its buffer has no room.
func unmoved(t *testing.T, rule string) netstat.Finding {
	t.Helper()
	queues := func() string { return live.Run(t, "ss", "-Htanm", "state", "established") }
	var r diagnose.Result
	waitFor(t, "queues that do not move", func() bool {
		before := queues()
		r = lookTwice(t, func() {}, rule)
		return queues() == before
	})
	return wantOne(t, r, netstat.Warning)
}

// column returns the only value of a column among the sockets that a filter keeps.
func column(t *testing.T, name, filter string) string {
	t.Helper()
	out := live.Netstat(t, "-tan", "--filter", filter, "--format=template={{."+name+"}}").Out
	return strings.TrimSpace(out)
}

// TestReader makes a reader that stops, one that is slow, and one with little to read,
// for the rules unread and stuck-sender.
func TestReader(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	t.Run("stopped", func(t *testing.T) {
		_, pid := reader(t, 0)
		full(t)
		f := unmoved(t, "unread")
		if !strings.Contains(f.Text, "does not read") || f.Subject.PID != uint32(os.Getpid()) || f.Evidence[0].Value.String() != column(t, "recvq", "recvq > 0") || f.Evidence[1].Value.String() != column(t, "rcvbuf", "recvq > 0") {
			t.Errorf("finding %+v", f)
		}
		wantRows(t, f, 1)
		f = unmoved(t, "stuck-sender")
		if !strings.Contains(f.Text, "accepts no data") || f.Subject.PID != pid || f.Subject.Process != "python3" || f.Evidence[0].Value.String() != column(t, "notsent", "notsent > 0") {
			t.Errorf("finding %+v", f)
		}
		wantRows(t, f, 1)
	})
	t.Run("slow", func(t *testing.T) {
		s, pid := reader(t, 0)
		full(t)
		r := lookTwice(t, func() {
			for end := time.Now().Add(1200 * time.Millisecond); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
				if _, err := io.ReadFull(s, make([]byte, 16384)); err != nil {
					t.Fatal(err)
				}
			}
		}, "unread", "stuck-sender")
		f := wantOne(t, r, netstat.Info, "the peer's window holds the sender back")
		if f.Subject.PID != pid || f.Rule != "stuck-sender" {
			t.Errorf("finding %+v", f)
		}
		wantRows(t, f, 1)
	})
	t.Run("little to read", func(t *testing.T) {
		reader(t, 50_000)
		waitFor(t, "unread data", func() bool { return column(t, "recvq", "recvq > 0") == "50000" })
		wantSilence(t, lookTwice(t, func() {}, "unread", "stuck-sender"))
	})
	t.Run("not accepted", func(t *testing.T) {
		l, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // it does not wait
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		_, end := live.Python(t, "", fmt.Sprintf("PORT, COUNT = %d, 0", l.Addr().(*net.TCPAddr).Port)+writer)
		defer end()
		full(t)
		f := wantOne(t, lookTwice(t, func() {}, "unread"), netstat.Warning, "does not read")
		if f.Subject.PID != 0 || f.Subject.Local.Port != uint16(l.Addr().(*net.TCPAddr).Port) {
			t.Errorf("subject %+v", f.Subject)
		}
	})
}
