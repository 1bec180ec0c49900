package linux

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"netstat"
)

// crowdedRows is at how many rows of a dump of TCP it is asked whether the
// kernel's table is crowded. With fewer there are few borders between datagrams.
const crowdedRows = 256

// crowdedUnknown is the number of buckets assumed where the kernel does not
// tell it (before Linux 6.1).
const crowdedUnknown = 65536

// crowded makes a dump of TCP complete where many sockets share a bucket of the
// kernel's hash table.
//
// After each datagram the kernel goes on at the same bucket by counting its
// sockets (tcp_diag_dump of net/ipv4/tcp_diag.c), so that one that closed before
// that place hides another one, and one that was added shows another one twice.
// With less than one socket to two buckets that hardly ever happens. In a table
// with more, rows are told from those before, and the dump is repeated until
// it brings no new ones. The zero value is ready for use.
type crowded struct {
	rows  uint32 // decoded so far, in all passes
	full  bool   // the table is crowded
	known repeats
	fresh int // rows that the last pass brought for the first time
}

// again reports whether a dump has had the row before. It looks, once, with
// isCrowded whether that is worth knowing; done is true from then on if not.
func (c *crowded) again(s *netstat.Socket, isCrowded func() bool) (again, done bool) {
	var room [48]byte
	b := room[:0]
	if s.Remote.Port == 0 {
		b = binary.NativeEndian.AppendUint64(b, s.Cookie)
	} else {
		// A connection changes its cookie when it enters TIME-WAIT.
		local, remote := s.Local.IP.As16(), s.Remote.IP.As16()
		b = append(append(b, local[:]...), remote[:]...)
		b = binary.NativeEndian.AppendUint16(b, s.Local.Port)
		b = binary.NativeEndian.AppendUint16(b, s.Remote.Port)
		b = binary.NativeEndian.AppendUint32(b, s.Local.Scope)
	}
	if c.rows++; c.rows == crowdedRows {
		if c.full = isCrowded(); !c.full {
			return false, true
		}
	}
	if c.known.met(c.known.key(b), c.rows) != c.rows {
		return true, false
	}
	c.fresh++
	return false, false
}

// tcpCrowded reports whether the kernel's table of TCP connections has more
// than one socket to two buckets. Namespaces share it, unless they have
// one of their own.
func (s *source) tcpCrowded() bool {
	buckets := uint64(crowdedUnknown)
	if f, err := s.open(s.procRoot + "/sys/net/ipv4/tcp_ehash_entries"); err == nil {
		var buf [32]byte
		n, _ := f.Read(buf[:])
		f.Close()
		// The number is negative in a namespace that shares the table.
		text := bytes.TrimPrefix(bytes.TrimSpace(buf[:n]), []byte("-"))
		if n, err := strconv.ParseUint(string(text), 10, 32); err == nil && n > 0 {
			buckets = n
		}
	}
	st := s.sockstat("sockstat")
	return 2*(st.allocated+st.timeWait) > buckets
}
