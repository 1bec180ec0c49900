package linux

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/bpf"
	"netstat/test/need"
)

// TestFullRing records more than fits into a small ring that nobody reads. What is read and
// what is counted as lost must be everything.
func TestFullRing(t *testing.T) {
	need.Root(t)
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.loopbackUp()
	netns, err := ownNetns()
	g.must(err, "namespace")
	events, err := bpf.OpenEvents(netns, os.Getpagesize())
	g.must(err, "open")
	defer events.Close()
	const count = 100
	const at = "127.0.0.1:97"
	l := g.listen(unix.AF_INET, at)
	for range count {
		client, server := g.connect(unix.AF_INET, l, at)
		g.must(unix.Close(server), "close")
		if n, err := unix.Read(client, make([]byte, 1)); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		g.must(unix.Close(client), "close")
	}
	g.must(unix.Close(l), "close")
	for unfinished(t, 0) {
	}
	read := 0
	events.Read(func(b []byte) bool {
		read++
		if len(b) < bpf.EventSize {
			t.Errorf("a record of %d bytes", len(b))
		}
		return true
	})
	// A listener changes twice, a client five times, a server four times: its first change,
	// as the clone of the listener, is no event.
	const all = 2 + count*(5+4)
	fits := os.Getpagesize() / (bpf.EventSize + 8)
	if lost := events.Lost(); read != fits || uint64(read)+lost != all {
		t.Errorf("%d read, %d lost, want %d and %d", read, lost, fits, all-fits)
	}
	if events.Read(func([]byte) bool { t.Error("a record twice"); return true }); events.Lost() == 0 {
		t.Error("the count is gone")
	}
	// There is room again.
	second := g.listen(unix.AF_INET, at)
	events.Read(func(b []byte) bool { read++; return true })
	if read != fits+1 {
		t.Errorf("%d more", read-fits)
	}
	g.must(unix.Close(second), "close")
}

// unfinished reports whether there are TCP sockets other than those in TIME-WAIT: of one
// port, if it is not 0.
func unfinished(t *testing.T, port uint16) bool {
	of := fmt.Sprintf(":%04X", port)
	b, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if fields := strings.Fields(line); fields[0] != "sl" && fields[3] != "06" &&
			(port == 0 || strings.HasSuffix(fields[1], of) || strings.HasSuffix(fields[2], of)) {
			return true
		}
	}
	return false
}
