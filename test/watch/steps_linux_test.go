package watch

import (
	"context"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/record"
	"netstat/snapshot"
	"netstat/test/live"
)

// whole is a made-up host without routes of rare families.
type whole struct{ madeUp }

func (whole) RareRoutes(context.Context, netstat.Family, func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return func(func(netstat.RareRoute, error) bool) {}
}

// recorded writes the moments of the main example into a directory, ten seconds apart,
// with a damaged round after them.
func recorded(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "rounds")
	r, err := record.Open(dir, record.Keep{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := start
	for _, rows := range moments() {
		s := newStage(t, 80, 24, rows, "-an")
		err := r.Add(at, func(w io.Writer) error {
			return snapshot.Write(context.Background(), w, whole{madeUp{s.host}}, snapshot.Meta{Time: at, Name: "host", System: "linux", Elevated: true}, nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		at = at.Add(10 * time.Second)
	}
	if err := r.Add(at, func(w io.Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestSteps steps through a record with keys, in the whole program on a pseudo terminal.
func TestSteps(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	master, slave := openPTY(t, 80, 24)
	cmd := exec.Command(live.ProgramPath(), "--watch", "-tan", "--replay", recorded(t), "--at=2026-03-01T12:00:25Z")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, os.Stderr
	cmd.Env = append(os.Environ(), "TERM=xterm", "TZ=UTC", "LC_ALL=C", "NO_COLOR=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	screen := newVT(80, 24)
	var lock sync.Mutex
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			lock.Lock()
			screen.write(string(buf[:n]))
			lock.Unlock()
		}
	}()
	step := func(keys string, parts ...string) {
		t.Helper()
		if _, err := master.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		missing := ""
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			lock.Lock()
			text := screen.text()
			lock.Unlock()
			missing = ""
			for _, part := range parts {
				if !strings.Contains(strings.Join(strings.Fields(text), " "), part) {
					missing = part + " is missing in\n" + text
				}
			}
			if missing == "" {
				return
			}
		}
		t.Fatalf("after %q: %s", keys, missing)
	}
	// The round of 12:00:20: the second connection is closed, the first one received 1000
	// bytes in ten seconds, and the database is another socket.
	third := []string{"2026-03-01 12:00:20 3 of 5", "1 closed", "203.0.113.10:40022 ESTABLISHED nginx closed", "203.0.113.9:51544 ESTABLISHED nginx 0B/s 100B/s"}
	step("", third...)
	// The first connection sent 1.5 MB, and a client was opened.
	step(left, "2026-03-01 12:00:10 2 of 5", "1 opened", "nginx 150.0kB/s")
	step(left, "2026-03-01 12:00:00 1 of 5 5 sockets host")
	step(left, "this is the first round")
	step("]", "1 of 5", "2026-03-01T12-00-40.000Z.json.zst: empty")
	step("]", "this is the last round")
	step(left, "4 of 5")
	step(left, third...)
	step("/dport = :51544"+enter, "1 socket ", "nginx 0B/s 100B/s")
	step(left, "2 of 5", "1 socket ", "nginx 150.0kB/s")
	step("?", "ten rounds back", "left and right: the round before and after")
	step(escape, "2 of 5")
	step("q")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
