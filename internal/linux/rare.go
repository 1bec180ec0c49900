package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"syscall"

	"netstat"
)

// parseSocket fills a Socket from one line. It returns false for a line that
// does not match the format.
type parseSocket = func(line []byte, s *netstat.Socket) bool

// rareSockets reads the sockets of a family from the first of paths that
// exists. header reports whether the file's first line names the columns.
func (s *source) rareSockets(ctx context.Context, t netstat.Table, n netstat.Need, yield yieldFunc, header bool, parse parseSocket, paths ...string) {
	l, oerr := s.openRare(ctx, t, n.Report, paths...)
	if oerr != nil {
		yield(netstat.Socket{}, oerr)
		return
	}
	defer s.closeLines(l)
	row := netstat.Socket{Table: t, Absent: absentFacts(t)}
	var known repeats
	if err := rareLines(l, t, n.Report, header, func(line []byte) (ok, more bool) {
		ok = parse(line, &row)
		return ok, !ok || known.socket(&row, l.reads) || yield(row, nil)
	}); err != nil {
		yield(netstat.Socket{}, err)
	}
}

// rareLines passes the lines of a file to take. take reports whether the line
// matches the format and whether the caller accepts more.
func rareLines(l *lineReader, t netstat.Table, report func(*netstat.OpError), header bool, take func(line []byte) (ok, more bool)) error {
	for skip := header; ; skip = false {
		line, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return readError(t, err)
		}
		if skip {
			continue
		}
		ok, more := take(line)
		if !ok {
			reportBogus(report, t, line)
		}
		if !more {
			return nil
		}
	}
}

// openRare opens the first of paths that exists. The error is about the last
// path tried. It wraps errors.ErrUnsupported if no file exists. A file that
// exists but is denied is a failure, as in net-tools 2.10; for the Internet
// tables it is not.
func (s *source) openRare(ctx context.Context, t netstat.Table, report func(*netstat.OpError), paths ...string) (*lineReader, *netstat.OpError) {
	if err := ctx.Err(); err != nil {
		return nil, readError(t, err)
	}
	var err error
	for _, name := range paths {
		var f io.ReadCloser
		if f, err = s.open(name); err == nil {
			l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer()}
			l.tooLong = func(head []byte) { reportBogus(report, t, head) }
			return l, nil
		}
		err = &fs.PathError{Op: "open", Path: name, Err: err}
		// ENOTDIR: older kernels had a file in place of the directory.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			break
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = &detailedError{errors.ErrUnsupported, err}
	}
	return nil, &netstat.OpError{Op: "read", Table: t, Err: err}
}

func (s *source) net(file string) string { return s.procRoot + "/net/" + file }

// debug returns the path of a debugfs file on the system of procRoot.
func (s *source) debug(file string) string {
	return path.Join(path.Dir(s.procRoot), "sys/kernel/debug", file)
}

// rareRouteReaders lists the reader of each family's routes.
var rareRouteReaders = [...]struct {
	table *netstat.Table
	read  func(s *source, ctx context.Context, report func(*netstat.OpError), yield yieldRoute)
}{
	{&netstat.AX25Table, (*source).ax25Routes},
	{&netstat.NetROMTable, (*source).netromRoutes},
	{&netstat.ROSETable, (*source).roseRoutes},
	{&netstat.X25Table, (*source).x25Routes},
	{&netstat.IPXTable, (*source).ipxRoutes},
	{&netstat.AppleTalkTable, (*source).appletalkRoutes},
}

type yieldRoute = func(netstat.RareRoute, error) bool

// RareRoutes implements netstat.Source.
func (s *source) RareRoutes(ctx context.Context, f netstat.Family, report func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return func(yield func(netstat.RareRoute, error) bool) {
		for i := range rareRouteReaders {
			if r := &rareRouteReaders[i]; r.table.Family == f {
				r.read(s, ctx, report, yield)
				return
			}
		}
		t := netstat.Table{Family: f}
		yield(nil, &netstat.OpError{Op: "read routes of", Table: t, Err: errors.ErrUnsupported})
	}
}

// routeLines yields the routes of a file with one line for each. parse returns
// nil for a line that does not match the format.
func (s *source) routeLines(ctx context.Context, t netstat.Table, report func(*netstat.OpError), yield yieldRoute,
	parse func(line []byte) netstat.RareRoute, paths ...string,
) {
	l, err := s.openRare(ctx, t, report, paths...)
	if err != nil {
		yield(nil, err)
		return
	}
	defer s.closeLines(l)
	routesOf(l, t, report, yield, parse)
}

func routesOf(l *lineReader, t netstat.Table, report func(*netstat.OpError), yield yieldRoute, parse func(line []byte) netstat.RareRoute) {
	if err := rareLines(l, t, report, true, func(line []byte) (ok, more bool) {
		route := parse(line)
		return route != nil, route == nil || yield(route, nil)
	}); err != nil {
		yield(nil, err)
	}
}

// neighbourRoutes reads the routes of a family that lists its neighbours in a
// second file and refers to them by number. If both files are missing, the
// error names both.
func (s *source) neighbourRoutes(ctx context.Context, t netstat.Table, report func(*netstat.OpError), yield yieldRoute,
	nodes, neighbours string, parse func(line []byte, known map[uint32]netstat.RareNeighbour) netstat.RareRoute,
) {
	l, err := s.openRare(ctx, t, report, s.net(nodes))
	if err == nil {
		defer s.closeLines(l)
	}
	ln, errn := s.openRare(ctx, t, report, s.net(neighbours))
	if errn == nil {
		defer s.closeLines(ln)
	}
	switch {
	case err != nil && errn != nil:
		err.Err = errors.Join(err.Err, errn.Err)
		yield(nil, err)
		return
	case errn != nil:
		yield(nil, errn)
		return
	case err != nil:
		yield(nil, err)
		return
	}
	known := make(map[uint32]netstat.RareNeighbour)
	if err := rareLines(ln, t, report, true, func(line []byte) (ok, more bool) {
		n, ok := parseNeighbour(line)
		if ok {
			known[n.Number] = n
		}
		return ok, true
	}); err != nil {
		yield(nil, err)
		return
	}
	routesOf(l, t, report, yield, func(line []byte) netstat.RareRoute { return parse(line, known) })
}

// parseNeighbour parses the beginning of a line of /proc/net/nr_neigh
// (nr_neigh_show in net/netrom/nr_route.c) or rose_neigh (rose_neigh_show in
// net/rose/rose_route.c), which have the same format:
//
//	addr callsign dev …
func parseNeighbour(line []byte) (n netstat.RareNeighbour, ok bool) {
	f := scanner{b: line}
	if n.Number, ok = f.uint32(); !ok {
		return n, false
	}
	call, device := f.word(), f.word()
	n.Known = true
	n.Callsign, n.Device = string(call), string(known(device))
	return n, len(device) > 0
}

// word returns the next word, or nothing at the end of the line.
func (p *scanner) word() []byte {
	p.skipBlanks()
	start := p.at
	for p.at < len(p.b) && p.b[p.at] != ' ' && p.b[p.at]-'\t' >= 5 {
		p.at++
	}
	return p.b[start:p.at]
}

func (p *scanner) skipWords(n int) {
	for range n {
		p.word()
	}
}

// uint32 reads a decimal number that ends at a blank or the end of the line.
func (p *scanner) uint32() (v uint32, ok bool) {
	n, ok := p.decimal()
	return uint32(n), ok && n <= math.MaxUint32 && p.atBlank()
}

// hex32 reads a hexadecimal number that ends at a blank or the end of the line.
func (p *scanner) hex32() (v uint32, ok bool) {
	n, ok := p.hex()
	return uint32(n), ok && n <= math.MaxUint32 && p.atBlank()
}

func (p *scanner) atBlank() bool {
	return p.at == len(p.b) || p.b[p.at] == ' ' || p.b[p.at]-'\t' < 5
}

// known returns nil for the words that the kernel writes for "none".
func known(word []byte) []byte {
	switch string(word) {
	case "*", "???", "??????-?":
		return nil
	}
	return word
}

// slab allocates values in large pieces, so that a row does not cost an
// allocation.
type slab[T any] struct{ free []T }

func (s *slab[T]) next() *T {
	if len(s.free) == 0 {
		s.free = make([]T, 64)
	}
	v := &s.free[0]
	s.free = s.free[1:]
	return v
}
