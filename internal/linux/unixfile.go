package linux

import (
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"math"
	"slices"
	"strings"

	"netstat"
)

// unixFile is what /proc/net/unix has beside a dump: the counts of references,
// and sockets without an inode, which are connections that wait to be accepted
// or to be made. The dump decides which lines are true. Both list the sockets
// bucket by bucket of the same hash table, so that they are in the same order
// but for sockets that come or go meanwhile.
type unixFile struct {
	lines []unixLine
	// open are the lines of sockets without an inode, in order.
	open []unixOpen
	// waiters are the connections that wait to be accepted, by the socket they
	// wait at; waits says that they have been asked for.
	waiters []unixWaiters
	byLine  map[string][]int // indices of waiters by the first line of the name
	waits   bool

	at         int  // the next line
	outOfOrder bool // the lines have not been those of the dump one by one
	index      []uint64
	seed       maphash.Seed
	name       []byte
}

// unixLine is a line of the file: one of a socket, or what is left of a name
// after a newline in it.
type unixLine struct {
	inode, references uint32 // both 0 for a line that is not of a socket
	key               uint64 // of type and name, as the line has them
}

// unixOpen is a line of a socket without an inode.
type unixOpen struct {
	line int
	row  netstat.Socket
	// text is the name and as many of the lines after it as may belong to it.
	text []byte
}

// unixWaiters are the connections that wait at a socket.
type unixWaiters struct {
	name string // as the file has it
	rows []netstat.Socket
}

// unixPathMax is the size of sun_path (unix(7)).
const unixPathMax = 108

// readUnixFile reads /proc/net/unix.
func (s *source) readUnixFile(ctx context.Context, r *tableReader) (*unixFile, error) {
	l, header, oerr := s.openTable(ctx, r.table, "unix", nil)
	if oerr != nil {
		return nil, oerr.Err
	}
	defer s.closeLines(l)
	f := &unixFile{seed: maphash.MakeSeed()}
	var u unixParser
	u.header(header)
	growing := 0 // the first of open whose text goes on
	for {
		line, err := l.next()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		for i := growing; i < len(f.open); i++ {
			o := &f.open[i]
			if o.text = append(append(o.text, '\n'), line...); len(o.text) > unixPathMax {
				growing = i + 1
			}
		}
		record, ok := u.split(line)
		if !ok || record.references == 0 || record.inode > math.MaxUint32 {
			f.lines = append(f.lines, unixLine{})
			continue
		}
		if record.inode == 0 {
			o := unixOpen{line: len(f.lines), row: netstat.Socket{Table: r.table, Absent: absentFacts(r.table)}}
			u.fill(&record, &o.row)
			o.text = append(make([]byte, 0, 2*unixPathMax), record.name...)
			f.open = append(f.open, o)
		}
		f.lines = append(f.lines, unixLine{
			uint32(record.inode), uint32(min(record.references, math.MaxUint32)), f.key(record.kind, record.name),
		})
	}
}

func (f *unixFile) key(kind uint64, name []byte) uint64 {
	return maphash.Bytes(f.seed, name) + kind
}

// appendFileName appends a name as the file has it: of an abstract one, each NUL as
// an "@" (unix_seq_show of net/unix/af_unix.c).
func appendFileName(b []byte, name string, abstract bool) []byte {
	b = append(b, name...)
	for i := range b {
		if b[i] == 0 && abstract {
			b[i] = '@'
		}
	}
	return b
}

// unixDetail returns the detail that every row of a dump or of the file has.
func unixDetail(s *netstat.Socket) *netstat.UnixDetail {
	d, _ := s.Detail.(*netstat.UnixDetail)
	return d
}

// find returns the line of a socket that the dump has. It looks for the lines
// one after the other if inOrder, else anywhere.
func (f *unixFile) find(s *netstat.Socket, inOrder bool) (line int, ok bool) {
	d := unixDetail(s)
	f.name = appendFileName(f.name[:0], s.Local.Name, d.Abstract)
	name := f.name
	if i := slices.Index(name, '\n'); i >= 0 {
		name = name[:i]
	}
	inode, key := uint32(s.Inode), f.key(uint64(d.Type), name)
	is := func(i int) bool { return f.lines[i].inode == inode && f.lines[i].key == key }
	if inOrder {
		const near = 32
		for i := f.at; i < min(f.at+near, len(f.lines)); i++ {
			if is(i) {
				return i, true
			}
		}
	}
	f.outOfOrder = true
	if f.index == nil {
		f.makeIndex()
	}
	at, _ := slices.BinarySearch(f.index, uint64(inode)<<32)
	for ; at < len(f.index) && uint32(f.index[at]>>32) == inode; at++ {
		if i := int(uint32(f.index[at])); is(i) {
			return i, true
		}
	}
	return 0, false
}

func (f *unixFile) makeIndex() {
	f.index = make([]uint64, 0, len(f.lines))
	for i, line := range f.lines {
		if line.inode != 0 {
			f.index = append(f.index, uint64(line.inode)<<32|uint64(uint32(i)))
		}
	}
	slices.Sort(f.index)
}

// pass goes on to the line after that of a socket and what its name has there,
// and yields the sockets without an inode before it.
func (f *unixFile) pass(line int, name string, yield yieldFunc) bool {
	if line < f.at {
		f.outOfOrder = true
		return true
	}
	if !f.passOpen(line, yield) {
		return false
	}
	f.take(line, name)
	return true
}

// take goes on to the line after that of a socket of that name.
func (f *unixFile) take(line int, name string) {
	f.outOfOrder = f.outOfOrder || line != f.at
	f.at = line + 1 + strings.Count(name, "\n")
	for len(f.open) > 0 && f.open[0].line < f.at {
		f.open = f.open[1:]
	}
}

// passOpen yields the sockets without an inode before a line.
func (f *unixFile) passOpen(line int, yield yieldFunc) bool {
	for len(f.open) > 0 && f.open[0].line < line {
		o := f.open[0]
		row, ok := o.row, true
		if row.Local.Name != "" { // one that is about to connect is not bound
			row, ok = f.takeWaiter(&o)
		}
		if !ok {
			f.outOfOrder = true
			f.open = f.open[1:]
			continue
		}
		f.take(o.line, row.Local.Name)
		if !yield(row, nil) {
			return false
		}
	}
	return true
}

// passRest yields the sockets without an inode after the last line that the
// dump has, and the connections that began to wait after the file was read.
func (f *unixFile) passRest(yield yieldFunc) bool {
	if !f.passOpen(len(f.lines), yield) {
		return false
	}
	for _, w := range f.waiters {
		for _, row := range w.rows {
			if !yield(row, nil) {
				return false
			}
		}
	}
	return true
}

// waiting reports whether the file has connections that wait to be accepted.
func (f *unixFile) waiting() bool {
	if f == nil {
		return false
	}
	f.waits = slices.ContainsFunc(f.open, func(o unixOpen) bool { return o.row.Local.Name != "" })
	return f.waits
}

// addWaiter adds a connection that waits.
func (f *unixFile) addWaiter(row netstat.Socket) {
	d := unixDetail(&row)
	f.name = appendFileName(f.name[:0], row.Local.Name, d.Abstract)
	if last := len(f.waiters) - 1; last >= 0 && f.waiters[last].name == string(f.name) {
		f.waiters[last].rows = append(f.waiters[last].rows, row)
		return
	}
	f.waiters = append(f.waiters, unixWaiters{string(f.name), []netstat.Socket{row}})
	if f.byLine == nil {
		f.byLine = make(map[string][]int)
	}
	line, _, _ := bytes.Cut(f.name, []byte("\n"))
	f.byLine[string(line)] = append(f.byLine[string(line)], len(f.waiters)-1)
}

// takeWaiter returns the connection whose line o is. It has the name of the
// socket that listens: of those with the same beginning, the longest that fits.
func (f *unixFile) takeWaiter(o *unixOpen) (row netstat.Socket, ok bool) {
	var best *unixWaiters
	kind := unixDetail(&o.row).Type
	line, _, _ := bytes.Cut(o.text, []byte("\n"))
	for _, i := range f.byLine[string(line)] {
		w := &f.waiters[i]
		if len(w.rows) > 0 && (best == nil || len(w.name) > len(best.name)) && unixDetail(&w.rows[0]).Type == kind {
			if rest, begins := bytes.CutPrefix(o.text, []byte(w.name)); begins && (len(rest) == 0 || rest[0] == '\n') {
				best = w
			}
		}
	}
	if best == nil {
		return row, false
	}
	row, best.rows = best.rows[0], best.rows[1:]
	unixDetail(&row).RefCount = unixDetail(&o.row).RefCount
	return row, true
}

// agrees reports whether the file has had the sockets of the dump, one by one:
// what two readings tell alike is complete.
func (f *unixFile) agrees() bool {
	return f != nil && !f.outOfOrder && f.at == len(f.lines)
}
