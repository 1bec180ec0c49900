package linux

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
)

// TestUnixChurn checks that while other sockets open and close, no permanent
// socket is missing or listed twice.
func TestUnixChurn(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	const stable, runs, kept = 200, 200, 800
	g := stage{t}
	inodes := map[uint64]bool{}
	for i := range stable {
		f := g.socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		g.must(unix.Bind(f, &unix.SockaddrUnix{Name: fmt.Sprintf("@stable%d", i)}), "bind")
		g.must(unix.Listen(f, 1), "listen")
		inodes[unixPeerInode(t, f)] = true
	}
	var (
		stop  atomic.Bool
		made  atomic.Int64
		group sync.WaitGroup
	)
	defer group.Wait()
	defer stop.Store(true)
	for worker := range 2 {
		group.Go(func() {
			var ring [kept]int
			for n := 0; !stop.Load(); n++ {
				f, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
				if err != nil {
					t.Error(err)
					return
				}
				if err := unix.Bind(f, &unix.SockaddrUnix{Name: fmt.Sprintf("@churn%d-%d", worker, n)}); err != nil {
					t.Error(err)
				}
				if n >= kept {
					unix.Close(ring[n%kept])
				}
				ring[n%kept] = f
				made.Add(1)
			}
		})
	}
	src, err := Open(Options{})
	g.must(err, "open")
	defer src.Close()
	for run := range runs {
		facts := netstat.Facts(0)
		if run%2 == 0 {
			facts = netstat.FactReferences
		}
		seen := map[uint64]int{}
		got := collect(src.(socketReader), netstat.UnixTable, netstat.Need{Facts: facts})
		for _, s := range got.rows {
			if s.Cookie != 0 {
				if seen[s.Cookie]++; seen[s.Cookie] > 1 {
					t.Errorf("run %d: %q twice", run, s.Local.Name)
				}
			}
			if inodes[s.Inode] {
				seen[0]++
			}
		}
		if seen[0] != stable || got.err != nil || len(got.reports) > 0 {
			t.Errorf("run %d: %d of %d, error %v, reports %v", run, seen[0], stable, got.err, got.reports)
		}
	}
	t.Logf("%d sockets made meanwhile", made.Load())
}
