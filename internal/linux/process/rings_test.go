package process

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/internal/linux/bpf"
)

// ringInfo is the fdinfo of a ring with three sockets, a file and unused slots,
// from Linux 6.18.
const ringInfo = `pos:	0
flags:	02000002
mnt_id:	17
ino:	6783504
SqMask:	0x7
SqHead:	0
SqTail:	0
CachedSqHead:	0
CqMask:	0xf
CqHead:	0
CqTail:	0
CachedCqTail:	0
SQEs:	1
    0: opcode:NOP, fd:0, flags:0, off:0, addr:0x0, rw_flags:0x0, buf_index:0 user_data:0
CQEs:	0
SqThread:	-1
SqThreadCpu:	-1
SqTotalTime:	0
SqWorkTime:	0
UserFiles:	200000
    0: socket:[6783505]
    2: socket:[6784205]
    3: /tmp/socket:[1]
    4: /tmp/a\040b:\040socket:[2]
    5: anon_inode:[eventpoll]
100000: socket:[6784207]
UserBufs:	1
    0: socket:[3]
PollList:
  op=6, task_works=0
CqOverflowList:
NAPI:	disabled
`

func TestRingParser(t *testing.T) {
	generic, _, _ := strings.Cut(ringInfo, "SqMask")
	for _, c := range []struct {
		name, text string
		sockets    []uint64
		busy       bool
	}{
		{"Linux 6.18", ringInfo, []uint64{6783505, 6784205, 6784207}, false},
		{"Linux 6.18, in use", generic, nil, true},
		{"Linux 6.14, in use", generic + "SqMask:\t0x7\nUserFiles:\t2\nUserBufs:\t0\nPollList:\n", nil, true},
		{"without files", generic + "UserFiles:\t0\nUserBufs:\t0\n", nil, false},
		{"cut", "UserFiles:\t1\n    0: socket:[1", nil, true},
		{"empty", "", nil, true},
	} {
		var p ringParser
		var got []uint64
		rest := p.sockets([]byte(c.text), func(inode uint64) { got = append(got, inode) })
		if !slices.Equal(got, c.sockets) || p.busy() != c.busy || bytes.IndexByte(rest, '\n') >= 0 {
			t.Errorf("%s: %d, busy %t, rest %q", c.name, got, p.busy(), rest)
		}
	}
}

func TestRingNamesSockets(t *testing.T) {
	for release, want := range map[string]bool{
		"": false, "x": false, "5.10.0": false, "6.1.0-44-amd64\n": false, "6.13.12": false,
		"6.14.0": true, "6.18.44": true, "7.0-rc1": true,
	} {
		if got := ringNamesSockets([]byte(release)); got != want {
			t.Errorf("%q: %t", release, got)
		}
	}
}

// FuzzRingParser checks that a file split into pieces gives the same result.
func FuzzRingParser(f *testing.F) {
	f.Add([]byte(ringInfo), uint16(400))
	f.Add([]byte("UserFiles:\t1\n    0: socket:[7]\n"), uint16(20))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		var whole, parts []uint64
		var p, q ringParser
		end := p.sockets(b, func(inode uint64) { whole = append(whole, inode) })
		cut := min(int(at), len(b))
		add := func(inode uint64) { parts = append(parts, inode) }
		rest := q.sockets(b[:cut], add)
		last := q.sockets(slices.Concat(rest, b[cut:]), add)
		if !slices.Equal(whole, parts) || p != q || !bytes.Equal(end, last) {
			t.Fatalf("whole %d %+v, in parts %d %+v", whole, p, parts, q)
		}
	})
}

// TestRingRecords checks that records of the kernel's iterator record rings,
// which are read only while a socket has no owner.
func TestRingRecords(t *testing.T) {
	const ring = bpf.OwnerRingMark | 7<<32 | 11
	c := newOwnerCollector(netstat.OwnerQuery{Inodes: []uint64{5, 6}, Rings: true})
	c.record(5, 10)
	if c.needsRings() {
		t.Error("needs rings although there are none")
	}
	c.record(ring, 10)
	if want := (ownerRing{pid: 10, thread: 11, fd: 7}); len(c.ringAt) != 1 || c.ringAt[0] != want || !c.needsRings() {
		t.Errorf("rings %+v, needed: %v", c.ringAt, c.needsRings())
	}
	c.addRing(9, 10)
	c.addRing(6, 10)
	if pid, _ := c.owners.First(6); pid != 10 {
		t.Errorf("owner %d", pid)
	}
	if pid, found := c.owners.First(9); found {
		t.Errorf("owner %d of a socket that was not requested", pid)
	}

	c = newOwnerCollector(netstat.OwnerQuery{Inodes: []uint64{5}, Rings: true})
	c.record(ring, 10)
	c.record(5, 10)
	if c.needsRings() {
		t.Error("needs rings although every socket has an owner")
	}
	c = newOwnerCollector(netstat.OwnerQuery{Inodes: []uint64{5}})
	c.record(ring, 10)
	if c.needsRings() || len(c.ringAt) > 0 {
		t.Error("records rings that were not requested")
	}
}
