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

// chunkRows bounds how many rows are sorted together. More of them are sorted
// in chunks and merged as they are shown, so that no more memory is taken than
// they fill.
const chunkRows = 16384

// entries are the rows of one table. The slices other than chunks are by
// entry.index and shorter than the rows are many, or empty, where no later row
// has more than their zero value.
type entries struct {
	table   netstat.Table
	n       int // rows
	chunks  [][]entry
	pids    []uint32
	scopes  [][2]uint32
	details []*netstat.WindowsDetail
	failed  error // what ended the table before its end
}

// reset forgets the rows and keeps their memory.
func (t *entries) reset(table netstat.Table) {
	t.table, t.n, t.failed = table, 0, nil
	clear(t.details)
	t.chunks, t.pids, t.scopes, t.details = t.chunks[:0], t.pids[:0], t.scopes[:0], t.details[:0]
}

// chunk returns the chunk that the next row goes to.
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

// one makes a row the only one.
func (t *entries) one(s *netstat.Socket, pid uint32) {
	t.reset(s.Table)
	t.add(s, pid)
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

// read collects the rows of query i of the round and sorts them.
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

// sorted yields the rows in their order once they are sorted, and last what
// ended the table. A row is valid as long as the entries are.
func (t *entries) sorted() iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		// heap has the unseen rows of each chunk, the one that begins with the
		// first of all on top.
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

// sink moves chunk i of a heap down to where it belongs.
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
