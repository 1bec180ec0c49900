package microsoft

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"net/netip"
	"slices"

	"netstat"
	"netstat/view"
)

// entry is a row that waits to be sorted: 48 bytes, since a host may have a
// million. What few rows or few reports have is kept beside, see [entries].
type entry struct {
	local, remote [2]uint64 // addresses as 16 bytes, in their numeric order
	ports         uint32    // the local port above the remote one
	index         uint32    // when it came
	state         netstat.State
	held          bool // a process may hold it
}

func (e *entry) localPort() uint16  { return uint16(e.ports >> 16) }
func (e *entry) remotePort() uint16 { return uint16(e.ports) }

// compare orders rows: bound ones after all others, then by local address and
// port, remote address and port, and as they came.
func (e *entry) compare(f *entry) int {
	if a, b := e.state == netstat.Bound, f.state == netstat.Bound; a != b {
		if b {
			return -1
		}
		return 1
	}
	for i := range e.local {
		if e.local[i] != f.local[i] {
			return cmp.Compare(e.local[i], f.local[i])
		}
	}
	if a, b := e.localPort(), f.localPort(); a != b {
		return cmp.Compare(a, b)
	}
	for i := range e.remote {
		if e.remote[i] != f.remote[i] {
			return cmp.Compare(e.remote[i], f.remote[i])
		}
	}
	return cmp.Or(cmp.Compare(e.remotePort(), f.remotePort()), cmp.Compare(e.index, f.index))
}

// entries are the rows of one table. The slices other than rows are by
// entry.index and shorter than rows, or empty, where no later row has more
// than their zero value.
type entries struct {
	table   netstat.Table
	rows    []entry
	pids    []uint32
	scopes  [][2]uint32
	details []*netstat.WindowsDetail
}

// reset forgets the rows and keeps their memory.
func (t *entries) reset(table netstat.Table) {
	t.table = table
	clear(t.details)
	t.rows, t.pids, t.scopes, t.details = t.rows[:0], t.pids[:0], t.scopes[:0], t.details[:0]
}

func (t *entries) add(s *netstat.Socket, pid uint32) {
	index := uint32(len(t.rows))
	t.rows = append(t.rows, entry{
		local: addressWords(s.Local.IP), remote: addressWords(s.Remote.IP),
		ports: uint32(s.Local.Port)<<16 | uint32(s.Remote.Port),
		index: index, state: s.State, held: pid != 0 || s.Inode != 0,
	})
	if pid != 0 {
		t.pids = put(t.pids, index, pid)
	}
	if scopes := [2]uint32{scopeOf(&s.Local), scopeOf(&s.Remote)}; scopes != [2]uint32{} {
		t.scopes = put(t.scopes, index, scopes)
	}
	if d, ok := s.Detail.(*netstat.WindowsDetail); ok {
		t.details = put(t.details, index, d)
	}
}

// put sets list[index], with zero values for those left out before it.
func put[T any](list []T, index uint32, value T) []T {
	var zero T
	for uint32(len(list)) < index {
		list = append(list, zero)
	}
	return append(list, value)
}

func at[T any](list []T, index uint32) (value T) {
	if uint64(index) < uint64(len(list)) {
		value = list[index]
	}
	return value
}

// scopeOf is the scope that is shown: that of a link-local address. Linux has
// one for sockets bound to an interface too, and Wine for any address.
func scopeOf(a *netstat.Addr) uint32 {
	if a.Scope != 0 && a.IP.Is6() && (a.IP.IsLinkLocalUnicast() || a.IP.IsLinkLocalMulticast()) {
		return a.Scope
	}
	return 0
}

func addressWords(ip netip.Addr) [2]uint64 {
	if !ip.IsValid() {
		return [2]uint64{}
	}
	b := ip.As16()
	return [2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}

// address turns words back into the address that they are of in this table.
func (t *entries) address(w [2]uint64) netip.Addr {
	if t.table.Family == netstat.Inet {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(w[1]))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], w[0])
	binary.BigEndian.PutUint64(b[8:], w[1])
	return netip.AddrFrom16(b)
}

// read collects the rows of query i of the round and sorts them. The rows that
// came before an error are there.
func (t *entries) read(round *view.Round, i int, table netstat.Table, owners bool) error {
	t.reset(table)
	var failed error
	for s, err := range round.Rows(i) {
		if err != nil {
			failed = err
			break
		}
		pid := uint32(0)
		if owners {
			if p, ok := round.Owner(&s); ok {
				pid = p.PID
			}
		}
		if len(t.rows) == math.MaxUint32 {
			break // more than can be counted, by far more than fit in memory
		}
		t.add(&s, pid)
	}
	slices.SortFunc(t.rows, func(a, b entry) int { return a.compare(&b) })
	return failed
}

// all yields the places of the rows.
func (t *entries) all() iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range t.rows {
			if !yield(i, nil) {
				return
			}
		}
	}
}
