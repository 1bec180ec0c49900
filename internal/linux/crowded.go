package linux

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"netstat"
)

// crowdedRows is the number of rows after which a TCP dump checks whether the
// kernel's table is crowded. A shorter dump has few borders between datagrams.
const crowdedRows = 256

// crowdedUnknown is the number of buckets assumed if the kernel does not report
// it (before Linux 6.1).
const crowdedUnknown = 65536

// crowded makes a TCP dump complete if many sockets share a bucket of the
// kernel's hash table.
//
// After each datagram the kernel finds its position in the bucket by counting
// sockets (tcp_diag_dump in net/ipv4/tcp_diag.c). A socket closed before that
// position hides another one; a socket added there repeats another one. With
// less than one socket to two buckets this is very rare. In a more crowded
// table, repeated rows are dropped, and the dump is repeated until it has no
// new rows. The zero value is ready for use.
type crowded struct {
	rows  uint32 // number of rows decoded, in all passes
	full  bool   // whether the table is crowded
	known repeats
	fresh int // number of rows that were new in the last pass
}

// again reports whether the dump had the row before. At row crowdedRows it
// calls isCrowded; done is true if the table is not crowded and again need not
// be called any more.
func (c *crowded) again(s *netstat.Socket, isCrowded func() bool) (again, done bool) {
	var room [48]byte
	b := room[:0]
	if s.Remote.Port == 0 {
		b = binary.NativeEndian.AppendUint64(b, s.Cookie)
	} else {
		b = append(b, byte(s.Table.Family))
		// The cookie of a connection changes when it enters TIME-WAIT.
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
// than one socket to two buckets. Namespaces share the table unless they have
// their own.
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
