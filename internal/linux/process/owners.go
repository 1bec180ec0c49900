package process

import (
	"bytes"
	"math"

	"netstat"
	"netstat/internal/linux/bpf"
)

// socketInode returns the inode number in the target of a /proc/PID/fd link. It
// returns false if the link is not a socket. Kernels before 2.2 write [0000]:N.
func socketInode(link []byte) (uint64, bool) {
	if len(link) > 9 && string(link[:8]) == "socket:[" && link[len(link)-1] == ']' {
		return parseNumber(link[8 : len(link)-1])
	}
	if len(link) > 7 && string(link[:7]) == "[0000]:" {
		return parseNumber(link[7:])
	}
	return 0, false
}

// parseNumber parses a decimal number that fits in 64 bits.
func parseNumber(b []byte) (uint64, bool) {
	var n uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || n > math.MaxUint64/10 || n*10 > math.MaxUint64-d {
			return 0, false
		}
		n = n*10 + d
	}
	return n, len(b) > 0
}

// parsePID parses the name of a process directory.
func parsePID(name []byte) (uint32, bool) {
	n, ok := parseNumber(name)
	return uint32(n), ok && n > 0 && n <= math.MaxUint32
}

// parseFileNumber returns the count of open files: the first number of
// /proc/sys/fs/file-nr.
func parseFileNumber(b []byte) (uint64, bool) {
	b, _, _ = bytes.Cut(b, []byte{'\t'})
	return parseNumber(b)
}

// ownerHides reports whether the mount at a path, according to
// proc_pid_mountinfo(5), is a proc(5) that hides processes.
func ownerHides(mountinfo []byte, place string) (hides bool) {
	for line := range bytes.Lines(mountinfo) {
		before, after, _ := bytes.Cut(line, []byte(" - "))
		fields, kind := bytes.Fields(before), bytes.Fields(after)
		if len(fields) < 5 || unescapeMount(string(fields[4])) != place || len(kind) < 3 {
			continue
		}
		hides = false // a later mount covers an earlier one
		if string(kind[0]) != "proc" {
			continue
		}
		for option := range bytes.SplitSeq(kind[len(kind)-1], []byte{','}) {
			if value, ok := bytes.CutPrefix(option, []byte("hidepid=")); ok {
				hides = string(value) != "0" && string(value) != "off"
			}
		}
	}
	return hides
}

// ownerSet is a set of inode numbers: a hash table with open addressing, in
// which 0 is an empty slot.
type ownerSet struct {
	slots []uint64
	n     int
}

func newOwnerSet(inodes []uint64) *ownerSet {
	size := 16
	for size/4*3 < len(inodes) {
		size *= 2
	}
	s := &ownerSet{slots: make([]uint64, size)}
	for _, inode := range inodes {
		if at := s.slot(inode); inode != 0 && s.slots[at] == 0 {
			s.slots[at] = inode
			s.n++
		}
	}
	return s
}

func (s *ownerSet) slot(inode uint64) int {
	mask := uint64(len(s.slots) - 1)
	at := inode * 0x9e3779b97f4a7c15 >> 32 & mask
	for s.slots[at] != 0 && s.slots[at] != inode {
		at = (at + 1) & mask
	}
	return int(at)
}

func (s *ownerSet) has(inode uint64) bool {
	return inode != 0 && s.slots[s.slot(inode)] == inode
}

// ownerCollector keeps the requested pairs of socket and process. Pairs must be
// added in the order of processes.
type ownerCollector struct {
	owners *netstat.Owners
	wanted *ownerSet // nil for all sockets
	all    bool
	// threads reports whether sockets held only by a thread are requested.
	threads bool
	// rings reports whether open io_uring rings are to be recorded.
	rings  bool
	ringAt []ownerRing
	left   int // number of wanted sockets without an owner yet
}

func newOwnerCollector(q netstat.OwnerQuery) *ownerCollector {
	c := &ownerCollector{owners: new(netstat.Owners), all: q.All, threads: q.Threads, rings: q.Rings}
	if q.Inodes != nil {
		c.wanted = newOwnerSet(q.Inodes)
		c.left = c.wanted.n
		c.owners.Grow(c.wanted.n)
	}
	return c
}

// add adds a process that holds a socket, or of which only a thread does.
func (c *ownerCollector) add(inode uint64, pid uint32, onlyThread bool) {
	c.owners.Seen = true
	if c.wanted != nil && !c.wanted.has(inode) {
		return
	}
	_, known := c.owners.First(inode)
	switch {
	case known && !c.all:
		return
	case onlyThread:
		c.owners.AddThread(inode, pid)
	default:
		c.owners.Add(inode, pid)
	}
	if !known {
		c.left--
	}
}

// ring records an open io_uring ring.
func (c *ownerCollector) ring(r ownerRing) {
	if c.rings {
		c.ringAt = append(c.ringAt, r)
	}
}

// record adds a record of ownerProgram.
func (c *ownerCollector) record(inode uint64, pid uint32) {
	onlyThread := pid&bpf.OwnerThreadMark != 0
	pid &^= bpf.OwnerThreadMark
	if inode&bpf.OwnerRingMark != 0 {
		c.ring(ownerRing{pid: pid, thread: uint32(inode), fd: uint32(inode &^ bpf.OwnerRingMark >> 32)})
		return
	}
	c.add(inode, pid, onlyThread)
}

// addRing adds the process of a ring that holds a socket, if the socket is
// requested.
func (c *ownerCollector) addRing(inode uint64, pid uint32) {
	if c.wanted == nil || c.wanted.has(inode) {
		c.owners.AddRing(inode, pid)
	}
}

// needsRings reports whether a requested socket may be registered with a
// recorded ring.
func (c *ownerCollector) needsRings() bool {
	return len(c.ringAt) > 0 && (c.wanted == nil || c.left > 0)
}

// complete reports whether everything requested is found.
func (c *ownerCollector) complete() bool {
	return c.wanted != nil && (c.wanted.n == 0 || c.left == 0 && !c.all)
}
