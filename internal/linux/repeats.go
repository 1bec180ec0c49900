package linux

import (
	"encoding/binary"
	"hash/maphash"

	"netstat"
)

// repeats recognizes rows of a /proc file that the kernel lists again.
//
// The kernel writes such a file one page at a time and finds its position again
// by counting. tcp_seek_last_pos (net/ipv4/tcp_ipv4.c) counts the sockets of a
// bucket, and at the end of the table all sockets; most others count from the
// beginning. A socket added before the position moves rows behind it, which are
// then listed again. The rows of one read(2) come from one walk, so a row is
// compared only with those of earlier reads.
//
// Rows are remembered by a keyed 64-bit hash, so that an attacker cannot choose
// ports to make a socket look like another. The zero value is ready for use.
type repeats struct {
	seed    maphash.Seed
	entries []repeatEntry // a hash table with open addressing; its size is a power of two
	used    int
}

// repeatEntry is a key and the number of the read it came with, from 1.
type repeatEntry struct {
	key  uint64
	read uint32
}

// repeatEntries is the initial size of the hash table.
const repeatEntries = 256

// key returns the hash of what identifies a row.
func (r *repeats) key(identity []byte) uint64 {
	if r.entries == nil {
		r.seed = maphash.MakeSeed()
		r.entries = make([]repeatEntry, repeatEntries)
	}
	return maphash.Bytes(r.seed, identity)
}

// met returns the number of the read that had key first; that is read if the
// key is new.
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

// renew records that a key came again.
func (r *repeats) renew(key uint64, read uint32) { r.entry(key).read = read }

// entry returns the entry of a key, which is unused if the key is new.
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

// netIdentity identifies a line of parseNet.
type netIdentity struct {
	// ends is the text of both addresses.
	ends []byte
	// address identifies the kernel's structure: its address or a hash of
	// it. It is nil if the kernel writes only zeros (kernel.kptr_restrict).
	address []byte
}

// netKeys returns the keys of a row; ok is false if nothing identifies it.
// Inodes wrap at 2^32, so on a busy host two sockets may have the same.
//
// A socket without an inode was closed by its process, is a connection request,
// or waits to be accepted. The addresses of its connection identify it. A row
// with an inode has that key too, so that a connection closed between two reads
// is not listed twice.
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
// parseNetRow does not read. A row without an inode never counts as repeated.
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

// before remembers a row and reports whether an earlier read had it.
func (r *repeats) before(identity []byte, read uint32) bool {
	return r.met(r.key(identity), read) != read
}
