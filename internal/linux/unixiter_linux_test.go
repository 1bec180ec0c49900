package linux

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/test/need"
)

// unixCrowd opens unix sockets in all types, states and forms of names, more
// than unixIterLines. It returns their number.
func (g stage) unixCrowd() int {
	g.t.Helper()
	g.t.Chdir(g.t.TempDir())
	n := 0
	for i := range unixIterLines / 5 {
		kind := [...]int{unix.SOCK_STREAM, unix.SOCK_SEQPACKET}[i%2]
		pair, err := unix.Socketpair(unix.AF_UNIX, [...]int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_SEQPACKET}[i%3]|unix.SOCK_CLOEXEC, 0)
		g.must(err, "socketpair")
		name := fmt.Sprintf([...]string{"@a\x00b%d\n", "@%d", "path\n%d", "p%d"}[i%4], i)
		listener, client := g.socket(unix.AF_UNIX, kind, 0), g.socket(unix.AF_UNIX, kind, 0)
		g.must(unix.Bind(listener, &unix.SockaddrUnix{Name: name}), "bind")
		g.must(unix.Listen(listener, 1), "listen")
		// One half of the connections waits to be accepted.
		g.must(unix.Connect(client, &unix.SockaddrUnix{Name: name}), "connect")
		if i%2 == 0 {
			_, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
			g.must(err, "accept")
		}
		if i%5 == 0 {
			g.must(unix.Shutdown(pair[0], unix.SHUT_RDWR), "shutdown")
		}
		if i%8 == 0 {
			unix.Close(pair[1])
			n--
		}
		alone := g.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		g.must(unix.Bind(alone, &unix.SockaddrUnix{Name: name + "d"}), "bind")
		unbound := g.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		g.must(unix.Fchown(unbound, 1000+i, -1), "chown")
		if i%16 == 0 {
			g.must(unix.Connect(unbound, &unix.SockaddrUnix{Name: name + "d"}), "connect")
		}
		n += 7
	}
	return n
}

// TestUnixIterLive compares the iterator, forced and chosen, with the file and
// the dump: the same rows in the same order, of this network namespace alone.
func TestUnixIterLive(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	n := g.unixCrowd()
	const facts = netstat.FactReferences | netstat.FactUID
	want := collect(open(t, "netlink"), netstat.UnixTable, netstat.Need{Facts: facts})
	if len(want.rows) != n || want.err != nil || len(want.reports) > 0 {
		t.Fatalf("%d rows of %d, error %v, reports %v", len(want.rows), n, want.err, want.reports)
	}
	for _, mode := range []string{"bpf", ""} {
		src := open(t, mode).(*source)
		opened := 0 // two, because the kernel counts closed ends whose peer is open
		openUnix, openFile := src.openUnix, src.open
		src.openUnix = func(room int) (unixRecords, error) {
			opened++
			return openUnix(room)
		}
		if mode == "" {
			// The first count decides that the iterator pays.
			src.open = func(path string) (io.ReadCloser, error) {
				if path != "/proc/net/protocols" {
					return openFile(path)
				}
				src.open = openFile
				return io.NopCloser(strings.NewReader(fmt.Sprintf("UNIX 1152 %d\n", unixIterSockets))), nil
			}
		}
		got := collect(src, netstat.UnixTable, netstat.Need{Facts: facts})
		for i := range got.rows {
			if want.rows[min(i, len(want.rows)-1)].Inode == 0 {
				got.rows[i].Cookie = 0 // the dump has none
			}
		}
		sameRows(t, mode, got.rows, want.rows)
		if got.err != nil || len(got.reports) > 0 || opened != 2 {
			t.Errorf("%q: error %v, reports %v, %d passes", mode, got.err, got.reports, opened)
		}
	}
}

// TestUnixIterBound gives sockets their names while the iterator reads. That
// moves them to another bucket of the kernel's table, before or behind the
// iterator.
func TestUnixIterBound(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	const runs, bound = 300, 40
	g := stage{t}
	g.unixCrowd()
	src := open(t, "bpf").(*source)
	for run := range runs {
		var files [bound]int
		inodes := map[uint64]int{}
		for i := range files {
			files[i] = g.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			inodes[unixPeerInode(t, files[i])] = 0
		}
		var group sync.WaitGroup
		group.Go(func() {
			for i, f := range files {
				if err := unix.Bind(f, &unix.SockaddrUnix{Name: fmt.Sprintf("bound%d-%d", run, i)}); err != nil {
					t.Error(err)
				}
			}
		})
		got := collect(src, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences})
		group.Wait()
		for _, s := range got.rows {
			if n, ok := inodes[s.Inode]; ok {
				inodes[s.Inode] = n + 1
			}
		}
		for inode, n := range inodes {
			if n != 1 || got.err != nil || len(got.reports) > 0 {
				t.Fatalf("run %d: socket %d listed %d times, error %v, reports %v", run, inode, n, got.err, got.reports)
			}
		}
		for _, f := range files {
			unix.Close(f)
		}
	}
}

// TestUnixIterBusySocket holds the lock of a socket: its process attaches a
// filter from memory that is never loaded.
func TestUnixIterBusySocket(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	f := g.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	faults, page := g.missingPage()
	filter := unix.SockFprog{Len: 1, Filter: (*unix.SockFilter)(unsafe.Pointer(&page[0]))}
	attached := make(chan error)
	go func() { attached <- unix.SetsockoptSockFprog(f, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &filter) }()
	if _, err := unix.Read(faults, make([]byte, 32)); err != nil { // page fault
		t.Fatal(err)
	}

	src := open(t, "bpf").(*source)
	references := netstat.Need{Facts: netstat.FactReferences}
	if got := collect(src, netstat.UnixTable, references); !errors.Is(got.err, bpf.ErrStuck) || len(got.rows) > 0 {
		t.Errorf("%d rows, error %v", len(got.rows), got.err)
	}
	select {
	case err := <-attached:
		t.Errorf("attached meanwhile: %v", err)
	default:
	}
	unix.Close(faults)
	<-attached // an invalid filter
	if got := collect(open(t, "bpf"), netstat.UnixTable, references); got.err != nil || len(got.rows) != 1 {
		t.Errorf("afterwards %d rows, error %v", len(got.rows), got.err)
	}
}
