package linux

import (
	"encoding/binary"
	"hash/maphash"

	"netstat"
)

// repeats tells the rows of a file of /proc that the kernel has listed before.
//
// The kernel gives a page of such a file at a time, and finds its place again
// by counting: tcp_seek_last_pos of net/ipv4/tcp_ipv4.c counts the sockets of a
// bucket, and at the end of the table all of them; most others count from the
// beginning. A socket that is added before the place moves rows behind it, which
// are then listed once more. What one read(2) brings comes from one walk, so
// that a row is compared with those of earlier reads only.
//
// Rows are remembered by a keyed hash of 64 bits: nobody can choose ports so
// that a socket is taken for another. The zero value is ready for use.
type repeats struct {
	seed    maphash.Seed
	entries []repeatEntry // a hash table of a power of two, open addressing
	used    int
}

// repeatEntry is a key and the number of the read that brought it, from 1 on.
type repeatEntry struct {
	key  uint64
	read uint32
}

// repeatEntries is how many there are room for at first.
const repeatEntries = 256

// key hashes what identifies a row.
func (r *repeats) key(identity []byte) uint64 {
	if r.entries == nil {
		r.seed = maphash.MakeSeed()
		r.entries = make([]repeatEntry, repeatEntries)
	}
	return maphash.Bytes(r.seed, identity)
}

// met returns the read that brought a key for the first time, which is the
// given one if none did before.
func (r *repeats) met(key uint64, read uint32) uint32 {
	e := r.entry(key)
	if e.read == 0 {
		*e = repeatEntry{key, read}
		if r.used++; r.used > len(r.entries)/4*3 {
			r.grow()
		}
		return read
	}
	return e.read
}

// renew says that a key was met again.
func (r *repeats) renew(key uint64, read uint32) { r.entry(key).read = read }

// entry returns the place of a key, which is free if the key is new.
func (r *repeats) entry(key uint64) *repeatEntry {
	mask := uint64(len(r.entries) - 1)
	for at := key & mask; ; at = (at + 1) & mask {
		if e := &r.entries[at]; e.read == 0 || e.key == key {
			return e
		}
	}
}

func (r *repeats) grow() {
	old := r.entries
	r.entries = make([]repeatEntry, 2*len(old))
	for _, e := range old {
		if e.read != 0 {
			*r.entry(e.key) = e
		}
	}
}

// netIdentity is what tells a line that parseNet reads from others.
type netIdentity struct {
	// ends is the text of both addresses.
	ends []byte
	// address is that of the kernel's structure, nil where it is not shown: a
	// hash, or nothing but zeros (kernel.kptr_restrict).
	address []byte
}

// netKeys returns the keys of a row, ok being false for one that nothing tells
// from others. Inodes count to 2^32 and then from the start, so that
// on a busy host two sockets may have the same one.
//
// A socket without an inode is one that its process has closed, a request or
// one that waits to be accepted. It is known by the ends of its connection, which
// a row with an inode leaves behind too: a connection that was closed
// between two reads does not show as two.
func (r *repeats) netKeys(s *netstat.Socket, id netIdentity) (own, connection uint64, ok bool) {
	var room [192]byte
	connected := s.Remote.Port != 0
	if s.Table.Protocol == netstat.TCP && connected {
		connection = r.key(id.ends)
		if s.Inode == 0 {
			return connection, connection, true
		}
	}
	if s.Inode == 0 && id.address == nil {
		return 0, 0, false
	}
	b := binary.NativeEndian.AppendUint64(room[:0], s.Inode)
	b = append(b, id.address...)
	if s.Inode == 0 || id.address == nil {
		b = append(b, id.ends...)
	}
	own = r.key(b)
	if connection == 0 {
		connection = own
	}
	return own, connection, true
}

// socket reports whether an earlier read had the row of a family that
// parseNetRow does not read. One without an inode is never taken for another.
func (r *repeats) socket(s *netstat.Socket, read uint32) bool {
	if s.Inode == 0 {
		return false
	}
	var room [192]byte
	b := binary.NativeEndian.AppendUint64(room[:0], s.Inode)
	for _, end := range [...]*netstat.Addr{&s.Local, &s.Remote} {
		ip := end.IP.As16()
		b = binary.NativeEndian.AppendUint16(append(b, ip[:]...), end.Port)
		b = append(append(b, end.Name...), 0)
	}
	return r.before(b, read)
}

// before reports whether an earlier read had a row, and remembers it.
func (r *repeats) before(identity []byte, read uint32) bool {
	return r.met(r.key(identity), read) != read
}
