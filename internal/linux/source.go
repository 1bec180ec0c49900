package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"strconv"
	"syscall"
	"time"

	"netstat"
)

// Options chooses how a Source reads. The zero value is the automatic choice
// for the running system.
type Options struct {
	// ProcRoot is where proc(5) is mounted, empty for /proc. With any other
	// value everything is read from files below it, as from a copy of
	// another host's, and netlink is not used. What sysfs(5) has is then read
	// from the directory sys beside it.
	ProcRoot string
	// Source forces a way to read sockets: "netlink", where a refusal is
	// then an error rather than a reason to read /proc; "proc"; "bpf", where
	// TCP comes from the kernel's iterator over sockets however few there
	// are, and a refusal of that is an error; empty for the automatic choice.
	// What a way does not have (tables only in /proc, users from the
	// iterator) comes from where it is to be had.
	Source string
	// Owners forces a way to find the owners of sockets, "scan" or "bpf";
	// empty for the automatic choice.
	Owners string
}

// dumpTries bounds how often a dump is begun that fails before its first row.
const dumpTries = 3

// source implements netstat.Source. It opens nothing before it is asked for a
// table.
type source struct {
	procRoot    string
	useNetlink  bool
	useProc     bool // also where netlink would serve, or as its fall-back
	bpf         bpfUse
	ownerMethod string

	dial          func() (diagConn, error)
	dialNetfilter func() (diagConn, error)
	dialRoutes    func() (routeConn, error)
	dialLinks     func() (diagConn, error)
	openLinks     func() (linkControl, error)
	open          func(path string) (io.ReadCloser, error)
	// openTCP begins a pass of the BPF iterator over the TCP sockets of an
	// address family, or of both if that is 0; nil where there is none. See
	// bpfFindOwners for reading.
	openTCP func(family uint8, reading bool) (io.ReadCloser, error)
	// release is the kernel's (uname(2)), empty where it is not known.
	release func() string
	// bpfAllowed reports whether openTCP is likely to be let.
	bpfAllowed func() bool

	conn    diagConn // between two dumps; nil for none
	seq     uint32
	buf     []byte // between two tables; nil if none yet
	refused map[uint8]bool

	held        heldTCP // since the last call
	iterRefused bool    // it failed, and is not tried again in automatic mode
	// booted tells when the system came up.
	booted func() (time.Time, error)
	// routesRefused says that the kernel does not dump routes.
	routesRefused bool
	// linksRefused says that the kernel does not dump interfaces.
	linksRefused bool
}

// bpfUse says when TCP comes from the BPF iterator.
type bpfUse uint8

const (
	bpfAutomatic bpfUse = iota
	bpfNever
	bpfAlways
)

func newSource(o Options) (*source, error) {
	s := &source{
		procRoot: "/proc", useNetlink: true, useProc: true, ownerMethod: o.Owners,
		release: func() string { return "" },
		booted:  func() (time.Time, error) { return time.Time{}, errors.ErrUnsupported },
	}
	switch o.Source {
	case "":
	case "netlink":
		s.useProc, s.bpf = false, bpfNever
	case "proc":
		s.useNetlink, s.bpf = false, bpfNever
	case "bpf":
		s.bpf = bpfAlways
	default:
		return nil, openError("unknown source " + strconv.Quote(o.Source) + ": want netlink, bpf or proc")
	}
	switch o.Owners {
	case "", "scan", "bpf":
	default:
		return nil, openError("unknown way to find owners " + strconv.Quote(o.Owners) + ": want scan or bpf")
	}
	if root := path.Clean(o.ProcRoot); o.ProcRoot != "" && root != s.procRoot {
		if !s.useProc || s.bpf == bpfAlways {
			return nil, openError(o.Source + " cannot read from " + root)
		}
		s.procRoot = root
		s.useNetlink, s.bpf = false, bpfNever
	}
	return s, nil
}

func openError(text string) error {
	return &netstat.OpError{Op: "open", Err: errors.New(text)}
}

// Close releases the netlink socket.
func (s *source) Close() error {
	s.held = heldTCP{}
	if s.conn != nil {
		s.conn.close()
		s.conn = nil
	}
	return nil
}

// Sockets implements netstat.Source.
func (s *source) Sockets(ctx context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		r := readerOf(t)
		held := s.held
		s.held = heldTCP{}
		switch {
		case held.serve(t, n):
			s.replayTCP(ctx, r, &held, yield)
		case r == nil:
			yield(netstat.Socket{}, &netstat.OpError{Op: "read", Table: t, Err: errors.ErrUnsupported})
		case r.read != nil:
			r.read(s, ctx, r, n, yield)
		default:
			s.inet(ctx, r, n, yield)
		}
	}
}

// inet reads a table that both sock_diag and /proc/net have, and the BPF
// iterator may have.
func (s *source) inet(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	// Only TCP sockets show timers: the others' columns in /proc are always
	// zero (udp4_format_sock of net/ipv4/udp.c).
	needFile := n.Facts&netstat.FactTimer != 0 && r.table.Protocol == netstat.TCP
	if plan := s.planIter(r, n); plan.use {
		err := s.iterTCP(ctx, r, n, plan, yield)
		if err == nil {
			return
		}
		if s.bpf == bpfAlways || ctx.Err() != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
			return
		}
	}
	if s.useNetlink && !needFile {
		err := s.diag(ctx, r, n, yield)
		if err == nil {
			return
		}
		// Without a handler for the protocol, only /proc has the table.
		if !s.useProc && err != syscall.ENOENT || ctx.Err() != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
			return
		}
	}
	s.procNet(ctx, r, n, yield)
}

// diag reads a table with sock_diag. An error means that nothing was yielded.
func (s *source) diag(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) (failed error) {
	if s.refused[r.protocol] && s.useProc {
		return errors.ErrUnsupported
	}
	d := diagDump{
		request: diagRequest{
			table: r.table, protocol: r.protocol, states: ^uint32(0),
			bytecode: compileHints(r.table.Family, n.Local, n.Remote),
		},
		report: n.Report,
	}
	// Kernels differ in the states they give to sockets without a connection,
	// so that only TCP is narrowed by them.
	if r.protocol == ipprotoTCP {
		d.request.states = stateMask(n.States)
		if n.Facts&netstat.FactUID != 0 {
			d.requestUID = s.requestUIDs(ctx, r, n)
		}
	}
	// Kernels that do not list bound sockets say nothing of it: where none
	// comes, the release tells. (Some have it in an older release.)
	if d.request.states&diagBoundInactive != 0 && r.protocol == ipprotoTCP && !listsBound(s.release()) {
		bound, pass := false, yield
		yield = func(row netstat.Socket, err error) bool {
			bound = bound || row.State == netstat.Bound
			return pass(row, err)
		}
		defer func() {
			if !bound && failed == nil {
				reportNoBound(r.table, n)
			}
		}()
	}
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var out dumpOutcome
	for try := 1; try <= dumpTries; try++ {
		d.tolerant = try == dumpTries
		out = s.dump(ctx, &d, buf, yield)
		if out.err == nil || out.rows || out.stopped || !transient(out.err) {
			break
		}
	}
	if out.stopped {
		return nil
	}
	if out.err != nil && !out.rows {
		if !transient(out.err) && ctx.Err() == nil {
			s.refuse(r.protocol, out.err)
		}
		return out.err
	}
	if out.interrupted && n.Report != nil {
		n.Report(&netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, errDumpInterrupted}})
	}
	switch err := out.err; {
	case err != nil && err == ctx.Err():
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	case err != nil || out.lost != nil:
		if err == nil {
			err = out.lost
		}
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, err}})
	}
	return nil
}

// dump does one dump. The netlink socket is kept for the next one if it has
// been read to the end, and closed otherwise, which ends the dump.
func (s *source) dump(ctx context.Context, d *diagDump, buf []byte, yield yieldFunc) (out dumpOutcome) {
	c := s.conn
	s.conn = nil
	if c == nil {
		if c, out.err = s.dial(); out.err != nil {
			return out
		}
	}
	drained := false
	defer func() {
		if drained && s.conn == nil {
			s.conn = c
		} else {
			c.close()
		}
	}()
	s.seq++
	d.seq = s.seq
	if out.err = c.send(appendDiagRequest(nil, d.seq, &d.request)); out.err != nil {
		return out
	}
	out = d.run(ctx, c, buf, yield)
	drained = out.err == nil && !out.stopped && out.lost == nil
	return out
}

// transient reports whether the fault of a dump may be gone the next time.
// The others are refusals: by a seccomp filter, a security module, or for want
// of a kernel module.
func transient(err error) bool {
	switch err {
	case syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR, syscall.EBUSY,
		errDumpGarbled, errDumpTruncated, errDumpOverrun, errDumpInterrupted:
		return true
	}
	return false
}

// refuse remembers that the kernel does not dump a protocol, so that it does
// not search for a missing module each time.
func (s *source) refuse(protocol uint8, err error) {
	if err == syscall.EMFILE || err == syscall.ENFILE {
		return
	}
	if s.refused == nil {
		s.refused = make(map[uint8]bool)
	}
	s.refused[protocol] = true
}

// requestUIDs returns a function that tells the users of requests, for which
// a dump has 0. It reads the /proc file of the table when it is first called.
func (s *source) requestUIDs(ctx context.Context, r *tableReader, n netstat.Need) func(tuple) (uint32, bool) {
	var users map[tuple]uint32
	return func(key tuple) (uint32, bool) {
		if users == nil {
			users = make(map[tuple]uint32)
			if err := s.readRequests(ctx, r, users); err != nil && n.Report != nil {
				n.Report(&netstat.OpError{Op: "read users of", Table: r.table, Err: err})
			}
		}
		uid, ok := users[key]
		return uid, ok
	}
}

func (s *source) readRequests(ctx context.Context, r *tableReader, users map[tuple]uint32) error {
	l, _, err := s.openLines(ctx, r.table, r.file, nil)
	if err != nil {
		return err.Err
	}
	defer s.closeLines(l)
	row := netstat.Socket{Table: r.table}
	for {
		line, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if parseNet(line, &row) && row.State == netstat.SynReceived {
			users[tuple{row.Local.IP, row.Remote.IP, row.Local.Port, row.Remote.Port}] = row.UID
		}
	}
}

// procNet reads a table from its file in /proc/net.
func (s *source) procNet(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	l, _, err := s.openLines(ctx, r.table, r.file, n.Report)
	if err != nil {
		yield(netstat.Socket{}, err)
		return
	}
	defer s.closeLines(l)
	reportNoBound(r.table, n)
	row := netstat.Socket{Table: r.table}
	for {
		line, err := l.next()
		if err == io.EOF {
			return
		}
		if err != nil {
			yield(netstat.Socket{}, readError(r.table, err))
			return
		}
		if !parseNet(line, &row) {
			reportBogus(n.Report, r.table, line)
			continue
		}
		if !yield(row, nil) {
			return
		}
	}
}

// openLines opens a file of /proc/net and takes its first line, the header,
// which is valid until the next line is read.
func (s *source) openLines(ctx context.Context, t netstat.Table, file string, report func(*netstat.OpError)) (*lineReader, []byte, *netstat.OpError) {
	if err := ctx.Err(); err != nil {
		return nil, nil, readError(t, err)
	}
	f, err := s.open(s.procRoot + "/net/" + file)
	if err != nil {
		return nil, nil, s.fileError(t, err)
	}
	l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer()}
	l.tooLong = func(head []byte) { reportBogus(report, t, head) }
	header, err := l.next()
	if err != nil && err != io.EOF {
		s.closeLines(l)
		return nil, nil, readError(t, err)
	}
	return l, header, nil
}

func (s *source) closeLines(l *lineReader) {
	l.r.Close()
	s.returnBuffer(l.buf)
}

// takeBuffer returns the source's buffer, or another one while that is in use:
// one table may be read within the loop over another.
func (s *source) takeBuffer() []byte {
	buf := s.buf
	s.buf = nil
	if buf == nil {
		buf = make([]byte, bufferSize)
	}
	return buf
}

func (s *source) returnBuffer(buf []byte) {
	if len(buf) == bufferSize {
		s.buf = buf
	}
}

// fileError is the error for a file of /proc/net that cannot be opened. One
// that is not there or not to be read means that the table is not supported,
// as net-tools takes it. Where there are no such files at all, what is not
// there says nothing about the kernel.
func (s *source) fileError(t netstat.Table, err error) *netstat.OpError {
	if errors.Is(err, fs.ErrNotExist) || err == syscall.EACCES {
		switch dir, dirErr := s.open(s.procRoot + "/net"); {
		case dirErr == nil:
			dir.Close()
			err = &detailedError{errors.ErrUnsupported, err}
		case errors.Is(dirErr, fs.ErrNotExist):
			err = unmounted(s.procRoot)
		default:
			err = &detailedError{errors.ErrUnsupported, err}
		}
	}
	return &netstat.OpError{Op: "open", Table: t, Err: err}
}

// unmounted is the error for tables that only the files of proc(5) have, where
// that is not mounted.
type unmounted string

func (u unmounted) Error() string   { return string(u) + " is not mounted" }
func (u unmounted) Unwrap() []error { return []error{errors.ErrUnsupported, netstat.ErrIncomplete} }

func readError(t netstat.Table, err error) *netstat.OpError {
	return &netstat.OpError{Op: "read", Table: t, Err: err}
}
