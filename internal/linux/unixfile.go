package linux

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"math"
	"slices"
	"strings"

	"netstat"
)

// unixFile holds what /proc/net/unix has in addition to a dump: reference
// counts, and sockets without an inode, which are connections that wait to be
// accepted or established. The dump decides which lines are genuine. Both list
// the buckets of the same hash table, so they have the same order except for
// sockets that appear or disappear meanwhile.
type unixFile struct {
	lines []unixLine
	// open lists the lines of sockets without an inode, in order.
	open []unixOpen
	// waiters lists the connections that wait to be accepted, by listening
	// socket. waits reports whether they were requested.
	waiters []unixWaiters
	byLine  map[string][]int // indices of waiters by the first line of the name
	waits   bool

	at         int  // the next line
	outOfOrder bool // whether the lines differed from the order of the dump
	index      []uint64
	seed       maphash.Seed
	name       []byte
}

// unixLine is a line of the file: a socket, or the rest of a name that contains
// a newline.
type unixLine struct {
	inode, references uint32 // both 0 for a line without a socket
	key               uint64 // hash of type and name, as the line has them
}

// unixOpen is the line of a socket without an inode.
type unixOpen struct {
	line int
	row  netstat.Socket
	// text is the name and the following lines that may belong to it.
	text []byte
}

// unixWaiters lists the connections that wait at a socket.
type unixWaiters struct {
	name string // as the file has it
	rows []netstat.Socket
}

// unixPathMax is the size of sun_path (unix(7)).
const unixPathMax = 108

// errUnixCrowd means that the iterator is faster than reading the file.
var errUnixCrowd = errors.New("too many sockets for the file")

// readUnixFile reads /proc/net/unix. If the iterator is possible, it returns
// errUnixCrowd as soon as it knows that the iterator is faster.
func (s *source) readUnixFile(ctx context.Context, r *tableReader, iter bool) (*unixFile, error) {
	l, header, oerr := s.openTable(ctx, r.table, "unix", nil)
	if oerr != nil {
		return nil, oerr.Err
	}
	defer s.closeLines(l)
	f := &unixFile{seed: maphash.MakeSeed()}
	var u unixParser
	u.header(header)
	growing := 0 // first entry of f.open whose text is not complete
	for {
		line, err := l.next()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		if iter && len(f.lines) == unixIterLines {
			if s.unixIterPays() {
				return nil, errUnixCrowd
			}
			iter = false
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

// appendFileName appends a name as the file has it: in an abstract name each
// NUL is an "@" (unix_seq_show in net/unix/af_unix.c).
func appendFileName(b []byte, name string, abstract bool) []byte {
	b = append(b, name...)
	for i := range b {
		if b[i] == 0 && abstract {
			b[i] = '@'
		}
	}
	return b
}

// unixDetail returns the detail of a row; every row of a dump or of the file
// has one.
func unixDetail(s *netstat.Socket) *netstat.UnixDetail {
	d, _ := s.Detail.(*netstat.UnixDetail)
	return d
}

// find returns the line of a socket of the dump. With inOrder it searches the
// next lines first.
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

// pass yields the sockets without an inode before a socket's line and advances
// past that line and the lines of its name.
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

// take advances past the line of a socket and the lines of its name.
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
		if row.Local.Name != "" { // a connecting socket is not bound
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

// passRest yields the sockets without an inode after the last line of the dump,
// and the connections that began to wait after the file was read.
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

// addWaiter adds a waiting connection.
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

// takeWaiter returns the connection of line o. It has the name of its listening
// socket; among names with the same first line the longest match wins.
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

// agrees reports whether the file had the sockets of the dump, one by one. Two
// readings that agree are complete.
func (f *unixFile) agrees() bool {
	return f != nil && !f.outOfOrder && f.at == len(f.lines)
}
