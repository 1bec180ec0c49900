package process

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"netstat"
)

func TestOwnerInode(t *testing.T) {
	for _, tc := range []struct {
		link  string
		inode uint64
		ok    bool
	}{
		{"socket:[1]", 1, true},
		{"socket:[18446744073709551615]", 1<<64 - 1, true},
		{"[0000]:4711", 4711, true},
		{"socket:[18446744073709551616]", 0, false},
		{"socket:[99999999999999999999]", 0, false},
		{"socket:[]", 0, false},
		{"socket:[", 0, false},
		{"socket:[12", 0, false},
		{"socket:[1x]", 0, false},
		{"socket:[-1]", 0, false},
		{"socket:[ 1]", 0, false},
		{"[0000]:", 0, false},
		{"[0000]:x", 0, false},
		{"pipe:[12]", 0, false},
		{"anon_inode:[eventpoll]", 0, false},
		{"/tmp/socket:[12]", 0, false},
		{"", 0, false},
	} {
		if inode, ok := socketInode([]byte(tc.link)); ok != tc.ok || ok && inode != tc.inode {
			t.Errorf("ownerInode(%q) = %d, %t", tc.link, inode, ok)
		}
	}
}

func FuzzSocketLink(f *testing.F) {
	for _, s := range []string{"socket:[123]", "[0000]:123", "socket:[18446744073709551616]", "pipe:[1]", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, link []byte) {
		inode, ok := socketInode(link)
		if !ok {
			return
		}
		digits := string(link[7:])
		if link[0] == 's' {
			digits = string(link[8 : len(link)-1])
		}
		if want, err := strconv.ParseUint(digits, 10, 64); err != nil || want != inode {
			t.Fatalf("ownerInode(%q) = %d, want %d, %v", link, inode, want, err)
		}
	})
}

func TestOwnerNumbers(t *testing.T) {
	for name, want := range map[string]uint32{"1": 1, "4294967295": 1<<32 - 1, "4294967296": 0, "0": 0, "self": 0, "1a": 0, "": 0} {
		if pid, ok := parsePID([]byte(name)); ok != (want != 0) || ok && pid != want {
			t.Errorf("ownerPID(%q) = %d, %t", name, pid, ok)
		}
	}
	for text, want := range map[string]uint64{"569\t0\t2466170\n": 569, "7": 7, "": 0, "\t1": 0, "x\t1": 0} {
		if n, _ := parseFileNumber([]byte(text)); n != want {
			t.Errorf("ownerFileNumber(%q) = %d, want %d", text, n, want)
		}
	}
}

func TestOwnerSet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var inodes []uint64
	in := make(map[uint64]bool)
	for range 10000 {
		inode := random.Uint64() >> random.IntN(64)
		inodes = append(inodes, inode, inode)
		in[inode] = inode != 0
	}
	delete(in, 0)
	s := newOwnerSet(append(inodes, 0))
	if s.n != len(in) {
		t.Errorf("n = %d, want %d", s.n, len(in))
	}
	for range 20000 {
		if inode := random.Uint64() >> random.IntN(64); s.has(inode) != in[inode] {
			t.Fatalf("has(%d) = %t", inode, s.has(inode))
		}
	}
	for _, inode := range inodes {
		if s.has(inode) != in[inode] {
			t.Fatalf("has(%d) = %t", inode, s.has(inode))
		}
	}
	if empty := newOwnerSet(nil); empty.has(0) || empty.has(1) {
		t.Error("an empty set has members")
	}
}

func TestOwnerCollector(t *testing.T) {
	pairs := []struct {
		inode uint64
		pid   uint32
	}{{10, 1}, {20, 1}, {10, 2}, {30, 2}, {10, 3}}
	for _, tc := range []struct {
		name     string
		q        netstat.OwnerQuery
		complete []bool // before the first pair and after each pair
		owners   map[uint64][]uint32
	}{
		{"everything", netstat.OwnerQuery{}, make([]bool, 6),
			map[uint64][]uint32{10: {1}, 20: {1}, 30: {2}}},
		{"all of everything", netstat.OwnerQuery{All: true}, make([]bool, 6),
			map[uint64][]uint32{10: {1, 2, 3}, 20: {1}, 30: {2}}},
		{"two", netstat.OwnerQuery{Inodes: []uint64{30, 10, 10, 0}}, []bool{false, false, false, false, true, true},
			map[uint64][]uint32{10: {1}, 20: nil, 30: {2}}},
		{"all of one", netstat.OwnerQuery{Inodes: []uint64{10}, All: true}, make([]bool, 6),
			map[uint64][]uint32{10: {1, 2, 3}, 20: nil, 30: nil}},
		{"unknown", netstat.OwnerQuery{Inodes: []uint64{40}}, make([]bool, 6),
			map[uint64][]uint32{10: nil, 40: nil}},
		{"none", netstat.OwnerQuery{Inodes: []uint64{}}, []bool{true, true, true, true, true, true},
			map[uint64][]uint32{10: nil, 20: nil, 30: nil}},
	} {
		c := newOwnerCollector(tc.q)
		complete := []bool{c.complete()}
		for _, p := range pairs {
			c.add(p.inode, p.pid, false)
			complete = append(complete, c.complete())
		}
		if !slices.Equal(complete, tc.complete) {
			t.Errorf("%s: complete %v, want %v", tc.name, complete, tc.complete)
		}
		if !c.owners.Seen {
			t.Errorf("%s: no socket seen", tc.name)
		}
		for inode, want := range tc.owners {
			if got := c.owners.All(nil, inode); !slices.Equal(got, want) {
				t.Errorf("%s: owners of %d are %v, want %v", tc.name, inode, got, want)
			}
		}
	}
}

// TestOwnerCollectorMemory checks that a million sockets fit in little memory.
func TestOwnerCollectorMemory(t *testing.T) {
	const sockets = 1 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := newOwnerCollector(netstat.OwnerQuery{})
	for i := range uint64(sockets) {
		c.add(1000+i*3, uint32(i/20000+1), false)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 26<<20 {
		t.Errorf("%d sockets take %d bytes", sockets, kept)
	}
	if allocs := after.Mallocs - before.Mallocs; allocs > 1000 {
		t.Errorf("%d allocations", allocs)
	}
	if c.owners.Len() != sockets {
		t.Errorf("%d owners", c.owners.Len())
	}
}

func TestOwnerHides(t *testing.T) {
	line := func(place, kind, options string) string {
		return "22 1 0:21 / " + place + " rw,nosuid shared:5 - " + kind + " proc " + options + "\n"
	}
	for text, want := range map[string]bool{
		"": false, "x\n": false, "22 1 0:21 / /proc - \n": false,
		line("/proc", "proc", "rw"):                                                false,
		line("/proc", "proc", "rw,gid=5,hidepid=2"):                                true,
		line("/proc", "proc", "rw,hidepid=invisible"):                              true,
		line("/proc", "proc", "rw,hidepid=ptraceable,subset=pid"):                  true,
		line("/proc", "proc", "rw,hidepid=0"):                                      false,
		line("/proc", "proc", "rw,hidepid=off"):                                    false,
		line("/proc", "tmpfs", "rw,hidepid=2"):                                     false,
		line("/elsewhere/proc", "proc", "rw,hidepid=2"):                            false,
		line("/proc", "proc", "rw,hidepid=2") + line("/proc", "proc", "rw"):        false,
		line("/proc", "proc", "rw") + line("/proc", "proc", "rw,hidepid=noaccess"): true,
	} {
		if got := ownerHides([]byte(text), "/proc"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
