package linux

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/test/need"
)

// TestUnixChurn checks that while other sockets open and close, no permanent
// socket is missing or listed twice.
func TestUnixChurn(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	const stable, runs, kept = 200, 100, 800
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
	type way struct {
		name  string
		src   netstat.Source
		facts netstat.Facts
	}
	ways := []way{
		{"dump", open(t, ""), 0},
		{"file and dump", open(t, ""), netstat.FactReferences},
	}
	if why := need.NoBPF(); why != "" {
		need.Partly(t, why)
	} else {
		ways = append(ways, way{"iterator", open(t, "bpf"), netstat.FactReferences})
	}
	for run := range runs * len(ways) {
		way := ways[run%len(ways)]
		seen := map[uint64]int{}
		got := collect(way.src.(socketReader), netstat.UnixTable, netstat.Need{Facts: way.facts})
		for _, s := range got.rows {
			if s.Cookie != 0 {
				if seen[s.Cookie]++; seen[s.Cookie] > 1 {
					t.Errorf("%s, run %d: %q twice", way.name, run, s.Local.Name)
				}
			}
			if inodes[s.Inode] {
				seen[0]++
			}
		}
		if seen[0] != stable || got.err != nil || len(got.reports) > 0 {
			t.Errorf("%s, run %d: %d of %d, error %v, reports %v", way.name, run, seen[0], stable, got.err, got.reports)
		}
	}
	t.Logf("%d sockets made meanwhile", made.Load())
}
