package linux

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"testing"

	"netstat/test/holder"
	"netstat/test/need"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/process"
)

// TestKernelSocketsLive checks that a tunnel's socket is the kernel's, and that
// a socket in a message is not, although neither has an owner.
func TestKernelSocketsLive(t *testing.T) {
	need.Root(t)
	there := netnsMake(t)
	g := stage{t}
	var pair [2]int
	var flying uint64
	there.Call(func() {
		out, err := exec.Command("ip", "link", "add", "tunnel", "type", "vxlan", "id", "5", "dstport", "4789", "local", "127.0.0.1").CombinedOutput()
		if err == nil {
			out, err = exec.Command("ip", "link", "set", "tunnel", "up").CombinedOutput()
		}
		if err != nil {
			t.Errorf("a kernel with VXLAN is needed: %s", out)
		}
		pair, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		g.must(err, "socketpair")
		f := g.bound(unix.AF_INET, unix.SOCK_DGRAM, 0, "127.0.0.1:90")
		flying = holder.Inode(f)
		g.must(unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(f), nil, 0), "send a socket")
		g.must(unix.Close(f), "close")
		g.listen(unix.AF_INET, "127.0.0.1:80")
	})
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	n, err := process.FindNamespace(netnsPath(there))
	g.must(err, "find")
	src, err := Open(Options{Netns: &n})
	g.must(err, "open")
	defer src.Close()
	rows := collect(src.(socketReader), netstat.UDP4Table, netstat.Need{Facts: netstat.FactInode}).rows
	rows = append(rows, collect(src.(socketReader), netstat.TCP4Table, netstat.Need{Facts: netstat.FactInode}).rows...)
	o, err := src.Owners(context.Background(), netstat.OwnerQuery{})
	g.must(err, "owners")
	kernelAt := slices.IndexFunc(rows, func(s netstat.Socket) bool { return s.Local.Port == 4789 })
	flyingAt := slices.IndexFunc(rows, func(s netstat.Socket) bool { return s.Inode == flying })
	listenAt := slices.IndexFunc(rows, func(s netstat.Socket) bool { return s.State == netstat.Listen })
	if kernelAt < 0 || flyingAt < 0 || listenAt < 0 || rows[kernelAt].Inode == 0 {
		t.Fatalf("%+v", rows)
	}
	without := netstat.OwnerUnheld
	if o.Confined {
		without = netstat.OwnerConfined
	}
	if why := o.Unknown(&rows[kernelAt]); why != without {
		t.Errorf("before KernelSockets: %v", why)
	}
	g.must(src.(netstat.KernelSockets).KernelSockets(context.Background(), o), "find the kernel's sockets")
	for i, want := range map[int]netstat.OwnerUnknown{kernelAt: netstat.OwnerKernel, flyingAt: without, listenAt: netstat.OwnerKnown} {
		if why := o.Unknown(&rows[i]); why != want {
			t.Errorf("port %d: %v, want %v", rows[i].Local.Port, why, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := src.(netstat.KernelSockets).KernelSockets(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	file, err := Open(Options{Source: "proc"})
	g.must(err, "open")
	if err := file.(netstat.KernelSockets).KernelSockets(context.Background(), o); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("from files: %v", err)
	}
}
