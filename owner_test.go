package netstat

import (
	"slices"
	"testing"
)

func TestOwners(t *testing.T) {
	var o Owners
	if _, ok := o.First(7); ok {
		t.Error("the zero Owners knows an owner")
	}
	o.Add(0, 9)
	if o.Len() != 0 || o.Seen {
		t.Error("inode 0 was recorded")
	}
	const n = 10000
	for inode := uint64(1); inode <= n; inode++ {
		o.Add(inode<<12, uint32(inode))
	}
	for _, pid := range []uint32{5, 4, 5, 3, 4} {
		o.Add(5<<12, pid)
	}
	if o.Len() != n {
		t.Errorf("Len = %d, want %d", o.Len(), n)
	}
	for inode := uint64(1); inode <= n; inode++ {
		want := uint32(inode)
		if inode == 5 {
			want = 3
		}
		if pid, ok := o.First(inode << 12); !ok || pid != want {
			t.Fatalf("First(%d) = %d, %v", inode<<12, pid, ok)
		}
	}
	if got := o.All(nil, 5<<12); !slices.Equal(got, []uint32{3, 4, 5}) {
		t.Errorf("All = %v, want 3 4 5", got)
	}
	if got := o.All(nil, 3); got != nil {
		t.Errorf("All of a socket without an owner = %v", got)
	}
}

// A process that holds a socket itself does so not only by a thread, in whichever order the
// search finds them.
func TestOwnersByThread(t *testing.T) {
	var o Owners
	o.AddThread(1, 10)
	o.AddThread(1, 5)
	o.Add(1, 5)
	o.Add(1, 7)
	o.AddThread(1, 7)
	o.AddThread(0, 9)
	if got := o.All(nil, 1); !slices.Equal(got, []uint32{5, 7, 10}) || o.Len() != 1 || o.Via(1) != ViaFile {
		t.Errorf("owners %d via %q", got, o.Via(1))
	}
	for pid, want := range map[uint32]bool{5: false, 7: false, 10: true, 11: false} {
		if o.ByThread(1, pid) != want {
			t.Errorf("process %d: %v", pid, !want)
		}
	}
	// A thread has a descriptor.
	if o.AddRing(1, 20); o.Via(1) != ViaFile || len(o.All(nil, 1)) != 3 {
		t.Errorf("%d via %q", o.All(nil, 1), o.Via(1))
	}
}

// A descriptor takes precedence over a ring, in whichever order the search finds them.
func TestOwnersVia(t *testing.T) {
	var o Owners
	o.Add(1, 10)
	o.AddRing(1, 5)
	o.AddRing(2, 20)
	o.AddRing(2, 15)
	o.AddRing(0, 9)
	for inode, want := range map[uint64]struct {
		pids []uint32
		via  OwnerVia
	}{1: {[]uint32{10}, ViaFile}, 2: {[]uint32{15, 20}, ViaRing}, 3: {nil, ViaFile}} {
		if got := o.All(nil, inode); !slices.Equal(got, want.pids) || o.Via(inode) != want.via {
			t.Errorf("socket %d: owners %d via %q", inode, got, o.Via(inode))
		}
	}
	if o.Len() != 2 || ViaFile.String() != "" || ViaRing.String() != "io_uring" {
		t.Errorf("%d owners, %q, %q", o.Len(), ViaFile, ViaRing)
	}
}

// What a search could not see decides why an owner is unknown, and whether owners may
// be missing.
func TestOwnersIncomplete(t *testing.T) {
	for _, c := range []struct {
		o          Owners
		incomplete bool
		why        OwnerUnknown
	}{
		{Owners{}, false, OwnerUnheld},
		{Owners{Seen: true}, false, OwnerUnheld},
		{Owners{Denied: true}, true, OwnerDenied},
		{Owners{Unread: true}, true, OwnerDenied},
		{Owners{Hidden: true, Confined: true}, true, OwnerDenied},
		{Owners{Confined: true}, false, OwnerConfined},
		{Owners{Busy: true}, true, OwnerUnheld},
		{Owners{Failed: true}, false, OwnerReasonUnknown},
		{Owners{Failed: true, Denied: true, Confined: true}, true, OwnerReasonUnknown},
	} {
		if got, why := c.o.Incomplete(), c.o.Unknown(&Socket{Inode: 1}); got != c.incomplete || why != c.why {
			t.Errorf("%+v: incomplete %t, %v", c.o, got, why)
		}
	}
}

// The row of a netlink socket shows whether it is the kernel's.
func TestOwnerOfKernelNetlink(t *testing.T) {
	var o Owners
	o.Add(3, 30)
	for _, c := range []struct {
		inode  uint64
		detail Detail
		want   OwnerUnknown
	}{
		{1, &NetlinkDetail{}, OwnerKernel},
		{2, &NetlinkDetail{Port: 7}, OwnerUnheld},
		{2, &NetlinkDetail{Groups: []uint32{1}}, OwnerUnheld},
		{3, &NetlinkDetail{Groups: []uint32{1}}, OwnerKnown},
		{4, nil, OwnerUnheld},
	} {
		if got := o.Unknown(&Socket{Inode: c.inode, Detail: c.detail}); got != c.want {
			t.Errorf("socket %d, %+v: %v, want %v", c.inode, c.detail, got, c.want)
		}
	}
}

// Grow keeps the recorded owners and makes room without further allocation.
func TestOwnersGrow(t *testing.T) {
	var o Owners
	o.Add(1, 1)
	o.Grow(1000)
	allocs := testing.AllocsPerRun(1, func() {
		for inode := uint64(1); inode <= 500; inode++ {
			o.Add(inode, 1)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations although Grow had made room", allocs)
	}
	if pid, ok := o.First(1); !ok || pid != 1 {
		t.Errorf("Grow lost an owner")
	}
}

func TestStateSet(t *testing.T) {
	set := States(Listen, TimeWait)
	for s := range State(len(stateNames)) {
		if want := s == Listen || s == TimeWait; set.Has(s) != want {
			t.Errorf("Has(%v) = %v", s, !want)
		}
		if !AllStates.Has(s) {
			t.Errorf("AllStates lacks %v", s)
		}
		if s != StateUnknown && s.String() == "UNKNOWN" || s.String() == "" {
			t.Errorf("state %d has no name", s)
		}
	}
}
