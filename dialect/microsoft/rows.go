package microsoft

import (
	"cmp"
	"encoding/binary"
	"iter"
	"net/netip"
	"slices"

	"netstat"
	"netstat/view"
)

// entry is a row waiting to be sorted. It has only 48 bytes, since a host may
// have a million rows. Values that few rows or few reports have are kept in
// [entries].
type entry struct {
	local, remote [2]uint64 // addresses as 16 bytes, in their numeric order
	ports         uint32    // the local port above the remote one
	index         uint32    // position in the table
	state         netstat.State
	held          bool // a process may hold the socket
}

func (e *entry) localPort() uint16  { return uint16(e.ports >> 16) }
func (e *entry) remotePort() uint16 { return uint16(e.ports) }

// compare orders rows: bound ones after all others, then by local address and
// port, remote address and port, and position.
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

// chunkRows is the largest number of rows that are sorted together. More rows
// are sorted in chunks and merged while they are shown, so they take no more
// memory than they fill.
const chunkRows = 16384

// entries holds the rows of one table. The slices other than chunks are indexed
// by entry.index. They end at the last row with a nonzero value, so they may be
// short or empty.
type entries struct {
	table   netstat.Table
	n       int // number of rows
	chunks  [][]entry
	pids    []uint32
	scopes  [][2]uint32
	details []*netstat.WindowsDetail
	failed  error // the error that ended the table early
}

// reset removes the rows and keeps their memory.
func (t *entries) reset(table netstat.Table) {
	t.table, t.n, t.failed = table, 0, nil
	clear(t.details)
	t.chunks, t.pids, t.scopes, t.details = t.chunks[:0], t.pids[:0], t.scopes[:0], t.details[:0]
}

// chunk returns the chunk for the next row.
func (t *entries) chunk() *[]entry {
	if k := len(t.chunks); k == 0 || len(t.chunks[k-1]) == chunkRows {
		if k < cap(t.chunks) {
			t.chunks = t.chunks[:k+1]
			t.chunks[k] = t.chunks[k][:0]
		} else {
			t.chunks = append(t.chunks, nil)
		}
		if k > 0 && t.chunks[k] == nil {
			t.chunks[k] = make([]entry, 0, chunkRows)
		}
	}
	return &t.chunks[len(t.chunks)-1]
}

func (t *entries) add(s *netstat.Socket, pid uint32) {
	index := uint32(t.n)
	t.n++
	rows := t.chunk()
	*rows = append(*rows, entry{
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

// one replaces all rows with this one.
func (t *entries) one(s *netstat.Socket, pid uint32) {
	t.reset(s.Table)
	t.add(s, pid)
}

// put appends value at index, with zero values for the indexes skipped before
// it.
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

// scopeOf returns the scope to show: that of a link-local address. Linux also
// has a scope for sockets bound to an interface, and Wine for any address.
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

// address converts words to an address of this table's family.
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

// read collects and sorts the rows of query i of the round.
func (t *entries) read(round *view.Round, i int, table netstat.Table, owners bool) {
	t.reset(table)
	for s, err := range round.Rows(i) {
		if err != nil {
			t.failed = err
			break
		}
		pid := uint32(0)
		if owners {
			if p, ok := round.Owner(&s); ok {
				pid = p.PID
			}
		}
		t.add(&s, pid)
	}
	t.sort()
}

func (t *entries) sort() {
	for _, rows := range t.chunks {
		slices.SortFunc(rows, func(a, b entry) int { return a.compare(&b) })
	}
}

// sorted yields the sorted rows, and last the error that ended the table early.
// A row stays valid until the entries change.
func (t *entries) sorted() iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		// heap holds the remaining rows of each chunk. The chunk with
		// the first of all rows is on top.
		heap := slices.Clone(t.chunks)
		for i := len(heap)/2 - 1; i >= 0; i-- {
			sink(heap, i)
		}
		for len(heap) > 0 {
			if !yield(&heap[0][0], nil) {
				return
			}
			if heap[0] = heap[0][1:]; len(heap[0]) == 0 {
				heap[0] = heap[len(heap)-1]
				heap = heap[:len(heap)-1]
			}
			sink(heap, 0)
		}
		if t.failed != nil {
			yield(nil, t.failed)
		}
	}
}

// sink moves chunk i down to its place in a heap.
func sink(heap [][]entry, i int) {
	for {
		first := 2*i + 1
		if first >= len(heap) {
			return
		}
		if second := first + 1; second < len(heap) && heap[second][0].compare(&heap[first][0]) < 0 {
			first = second
		}
		if heap[i][0].compare(&heap[first][0]) <= 0 {
			return
		}
		heap[i], heap[first] = heap[first], heap[i]
		i = first
	}
}
