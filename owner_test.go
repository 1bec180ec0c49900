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

// Grow keeps what is recorded and makes room without further allocation.
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
		t.Errorf("%v allocations within the room made", allocs)
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
