package linux

import (
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"netstat/test/need"

	"golang.org/x/sys/unix"

	"netstat"
)

// TestCrowdedDump opens and closes connections beside 1,500 permanent ones, in
// a table with 12 sockets to a bucket. Every dump has the permanent ones once.
func TestCrowdedDump(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	g.smallTable(256)
	g.loopbackUp()
	l := g.listen(unix.AF_INET, "127.0.0.1:95")
	stays := map[uint16]bool{}
	for range 1500 {
		client, _ := g.connect(unix.AF_INET, l, "127.0.0.1:95")
		stays[g.localPort(client)] = true
	}

	namespace, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	g.must(err, "open the namespace")
	var stop atomic.Bool
	churned := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(namespace, unix.CLONE_NEWNET)
		for err == nil && !stop.Load() {
			err = openAndReset(l)
		}
		churned <- err
	}()
	s := open(t, "netlink")
	for i := range 100 {
		seen := map[uint16]int{}
		got := collect(s, netstat.TCP4Table, netstat.Need{})
		g.must(got.err, "dump")
		for _, row := range got.rows {
			if row.Remote.Port == 95 && stays[row.Local.Port] {
				seen[row.Local.Port]++
			}
		}
		for port := range stays {
			if seen[port] != 1 {
				t.Fatalf("dump %d: the connection from port %d is there %d times", i, port, seen[port])
			}
		}
	}
	stop.Store(true)
	g.must(<-churned, "connect and reset")
}

// smallTable moves this thread to a namespace whose table of connections has
// few buckets. The thread ends with the test.
func (g stage) smallTable(buckets int) {
	g.t.Helper()
	runtime.LockOSThread()
	number := strconv.Itoa(buckets)
	// A namespace takes the size from the namespace that it is made in.
	g.must(os.WriteFile("/proc/sys/net/ipv4/tcp_child_ehash_entries", []byte(number), 0), "tcp_child_ehash_entries")
	g.must(unix.Unshare(unix.CLONE_NEWNET), "unshare")
	if b, err := os.ReadFile("/proc/sys/net/ipv4/tcp_ehash_entries"); err != nil || string(b) != number+"\n" {
		g.t.Fatalf("a table of %q buckets, %v", b, err)
	}
}

// openAndReset opens a connection and resets it, so that nothing of it remains.
func openAndReset(listener int) error {
	name, err := unix.Getsockname(listener)
	if err != nil {
		return err
	}
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(client)
	if err := unix.Connect(client, name); err != nil {
		return err
	}
	server, _, err := unix.Accept(listener)
	if err != nil {
		return err
	}
	defer unix.Close(server)
	return unix.SetsockoptLinger(server, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
}
