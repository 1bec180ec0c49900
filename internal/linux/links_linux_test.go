package linux

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/test/need"
)

// TestInterfacesLive checks that netlink and its fallback have the same facts
// about the running system and, for root, about one with labels and without
// broadcast addresses.
func TestInterfacesLive(t *testing.T) {
	compare := func(t *testing.T) {
		t.Helper()
		read := func(how string) (all []netstat.Interface) {
			s, err := Open(Options{Source: how})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for i, err := range s.Interfaces(context.Background(), netstat.InterfaceQuery{Details: true}) {
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				all = append(all, i)
			}
			slices.SortFunc(all, func(a, b netstat.Interface) int { return int(a.Index) - int(b.Index) })
			return all
		}
		dumped, asked := read("netlink"), read("proc")
		if len(dumped) != len(asked) {
			t.Fatalf("%d interfaces dumped, %d queried", len(dumped), len(asked))
		}
		for k := range dumped {
			a, b := dumped[k], asked[k]
			switch {
			case a.Index != b.Index, a.Name != b.Name, a.Flags != b.Flags, a.MTU != b.MTU, a.QueueLen != b.QueueLen, a.HasQueueLen != b.HasQueueLen,
				a.HardwareCode != b.HardwareCode, a.Hardware != b.Hardware, a.Resources != b.Resources, !a.HasCounters, !b.HasCounters, a.Partial, b.Partial:
				t.Errorf("dumped  %+v\nqueried %+v", a, b)
			case !slices.Equal(a.Addrs, b.Addrs):
				t.Errorf("%s: addresses %v\nqueried %v", a.Name, a.Addrs, b.Addrs)
			}
			// The answer lacks the length of the address.
			if n := len(a.HardwareAddr); n > len(b.HardwareAddr) || !slices.Equal(a.HardwareAddr, b.HardwareAddr[:n]) {
				t.Errorf("%s: link address %x, queried %x", a.Name, a.HardwareAddr, b.HardwareAddr)
			}
		}
	}
	t.Run("here", compare)
	if why := need.NoNamespaces(); why != "" {
		need.Partly(t, why)
		return
	}
	// The thread stays locked and ends with the goroutine. The first thread
	// would not end, and /proc/self shows it.
	var inside func(t *testing.T)
	inside = func(t *testing.T) {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			defer runtime.UnlockOSThread()
			t.Run("on another thread", inside)
			return
		}
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Fatalf("a network of its own: %v", err)
		}
		f, err := openLinks()
		if err != nil {
			t.Fatal(err)
		}
		c := f.(linkSocket)
		defer c.close()
		set := func(request uint, label string, data ...byte) {
			t.Helper()
			var r ifreq
			copy(r.data[:], data)
			if err := c.ask(request, label, &r); err != nil {
				t.Fatalf("request %#x of %s: %v", request, label, err)
			}
		}
		set(unix.SIOCSIFADDR, "lo:1", unix.AF_INET, 0, 0, 0, 10, 1, 2, 3)
		set(unix.SIOCSIFNETMASK, "lo:1", unix.AF_INET, 0, 0, 0, 255, 255, 128, 0)
		set(unix.SIOCSIFADDR, "lo:x", unix.AF_INET, 0, 0, 0, 10, 9, 2, 3)
		set(unix.SIOCSIFBRDADDR, "lo:x", unix.AF_INET, 0, 0, 0, 10, 9, 255, 255)
		set(unix.SIOCSIFTXQLEN, "lo", 5)
		compare(t)
		if addrs, err := c.addrs(); err != nil || len(addrs) < 2 || addrs[len(addrs)-1].Label != "lo:x" {
			t.Errorf("addresses: %+v, %v", addrs, err)
		}
		if timers := c.slipTimers("lo"); timers != (netstat.SLIPTimers{}) {
			t.Errorf("lo is no serial line: %+v", timers)
		}
		i := netstat.Interface{Name: "no such interface, and too long"}
		if err := c.fill(&i); err != unix.ENODEV {
			t.Errorf("fill: %v", err)
		}
	}
	t.Run("in a namespace", inside)
}
