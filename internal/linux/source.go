package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"strconv"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
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
	// Netns is the network namespace to look at, nil for that of this process:
	// its Path is opened, and has to have its Inode.
	Netns *netstat.Namespace
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

	dial          func() (netlink.Conn, error)
	dialNetfilter func() (netlink.Conn, error)
	dialRoutes    func() (routeConn, error)
	dialLinks     func() (netlink.Conn, error)
	openLinks     func() (linkControl, error)
	open          func(path string) (io.ReadCloser, error)
	// openTCP begins a pass of the BPF iterator over the TCP sockets of an
	// address family, or of both if that is 0; nil where there is none. See
	// bpf.OpenTCP for reading.
	openTCP func(family uint8, reading bool) (io.ReadCloser, error)
	// release is the kernel's (uname(2)), empty where it is not known.
	release func() string
	// interfaceName returns the name of an interface; nil where the interfaces
	// are those of another host.
	interfaceName func(index uint32) (string, error)
	// openKernel begins a pass over the kernel's own UDP or TCP sockets, by
	// their cookies; nil where there is none.
	openKernel func(tcp bool) (io.ReadCloser, error)
	// bpfAllowed reports whether openTCP is likely to be let.
	bpfAllowed func() bool

	processes processFacts
	netns     uint32 // of every row; 0 where none was chosen

	conn    netlink.Conn // between two dumps; nil for none
	seq     uint32
	buf     []byte // between two tables; nil if none yet
	refused map[uint8]bool
	// familyRefused has the errors of dumps of familyDiag and unixDiag that need not be
	// tried again.
	familyRefused map[netstat.Table]error

	// bothRefused says that the kernel does not dump both families of TCP at
	// once.
	bothRefused bool
	// bytecode is what the kernel has refused of filters.
	bytecode bytecodeLimits

	held        heldTCP // since the last call
	iterRefused bool    // it failed, and is not tried again in automatic mode
	miscounted  bool    // the kernel counts sockets that no way of reading shows
	// cgroups are the paths of control groups that CgroupPath has met, empty
	// for none.
	cgroups map[uint64]string
	// routesRefused says that the kernel does not dump routes.
	routesRefused bool
	// linksRefused says that the kernel does not dump interfaces.
	linksRefused bool
}

// processFacts reads facts about a process.
type processFacts interface {
	Read(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error)
}

// Process implements netstat.Source.
func (s *source) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	return s.processes.Read(pid, facts)
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
	s.held, s.cgroups = heldTCP{}, nil
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	return nil
}

// Sockets implements netstat.Source.
func (s *source) Sockets(ctx context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if s.netns != 0 {
			unmarked := yield
			yield = func(row netstat.Socket, err error) bool {
				if err == nil {
					row.Netns = s.netns
				}
				return unmarked(row, err)
			}
		}
		r := readerOf(t)
		held := s.held
		s.held = heldTCP{}
		switch {
		case held.serve(t, n) && held.dumped:
			s.replayDump(ctx, r, n, &held, yield)
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
	// A dump has them in full together with what else only it has.
	needFile := n.Facts&netstat.FactTimer != 0 && r.table.Protocol == netstat.TCP && n.Facts&diagOnlyFacts == 0
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
	if s.useNetlink && !needFile && r.protocol != 0 {
		diag := s.diag
		if n.Facts&netstat.FactAutobound != 0 {
			diag = s.diagAutobound
		}
		err := diag(ctx, r, n, yield)
		if err == nil {
			return
		}
		// Without a handler for the protocol, only /proc has the table.
		if !s.useProc && err != syscall.ENOENT || ctx.Err() != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
			return
		}
	}
	err := s.procNet(ctx, r, n, yield)
	if err == nil {
		return
	}
	if needFile && s.useNetlink && ctx.Err() == nil && s.diag(ctx, r, n, yield) == nil {
		if n.Report != nil {
			n.Report(&netstat.OpError{Op: "read all counters of the timers of", Table: r.table, Err: err.Err})
		}
		return
	}
	yield(netstat.Socket{}, err)
}

// diag reads a table with sock_diag. An error means that nothing was yielded.
func (s *source) diag(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) error {
	return s.diagWhere(ctx, r, n, nil, yield)
}

// diagAutobound is diag in two passes, since no attribute says whether the
// kernel chose a port, but a filter can ask: first the sockets of which it did,
// then the others. A pass whose rows are not wanted is left out.
func (s *source) diagAutobound(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) error {
	auto := &netstat.Condition{Kind: netstat.WhereAutobound}
	rest := &netstat.Condition{Kind: netstat.WhereNot, Of: []*netstat.Condition{auto}}
	ended := false
	pass := func(must *netstat.Condition, autobound bool) error {
		return s.diagWhere(ctx, r, n, must, func(row netstat.Socket, err error) bool {
			row.Autobound = autobound && err == nil
			more := yield(row, err)
			ended = !more || err != nil
			return more
		})
	}
	if !demandsAutobound(n.Where, false) {
		if err := pass(auto, true); err != nil || ended {
			return err
		}
		if demandsAutobound(n.Where, true) {
			return nil
		}
	} else {
		return pass(rest, false)
	}
	if err := pass(rest, false); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, err}})
	}
	return nil
}

// demandsAutobound reports whether a condition can only be met by sockets that
// are autobound, or are not.
func demandsAutobound(c *netstat.Condition, autobound bool) bool {
	switch {
	case c == nil:
		return false
	case c.Kind == netstat.WhereAutobound:
		return autobound
	case c.Kind == netstat.WhereNot && c.Of[0].Kind == netstat.WhereAutobound:
		return !autobound
	case c.Kind == netstat.WhereAll:
		for _, part := range c.Of {
			if demandsAutobound(part, autobound) {
				return true
			}
		}
	}
	return false
}

// localPorts reads the range from which the kernel chooses ports; every port
// where it cannot be read.
func (s *source) localPorts() localPorts {
	f, err := s.open(s.procRoot + "/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return localPorts{0, math.MaxUint16}
	}
	defer f.Close()
	var buf [64]byte
	n, _ := f.Read(buf[:])
	return parseLocalPorts(buf[:n])
}

func parseLocalPorts(b []byte) localPorts {
	fields := bytes.Fields(b)
	if len(fields) == 2 {
		low, err := strconv.ParseUint(string(fields[0]), 10, 16)
		high, err2 := strconv.ParseUint(string(fields[1]), 10, 16)
		if err == nil && err2 == nil {
			return localPorts{uint16(low), uint16(high)}
		}
	}
	return localPorts{0, math.MaxUint16}
}

// weaken reports whether the kernel may take a filter that tests less after
// it has refused one with err, and remembers what it did not take.
func (s *source) weaken(err error, hint *netstat.Condition) bool {
	if hint == nil || s.bytecode&bytecodeNothing != 0 {
		return false
	}
	before := s.bytecode
	switch {
	case err == syscall.EPERM && hint.Facts()&netstat.FactMark != 0:
		s.bytecode |= bytecodeNoMark
	case err == syscall.EINVAL && s.bytecode&bytecodeOld == 0:
		s.bytecode |= bytecodeOld
	case err == syscall.EINVAL:
		s.bytecode |= bytecodeNothing
	}
	return s.bytecode != before
}

// newDump prepares a dump without its filter.
func (s *source) newDump(ctx context.Context, r *tableReader, n netstat.Need) diagDump {
	d := diagDump{
		request: diagRequest{
			table: r.table, protocol: r.protocol, states: ^uint32(0),
			extensions: diagExtensions(n.Facts),
		},
		report: n.Report,
	}
	if facts := n.Facts & diagAttributeFacts; facts != 0 {
		d.attributes = &diagAttributes{facts: facts}
		if n.Facts&netstat.FactTimer != 0 {
			d.attributes.timer = true
			d.request.extensions |= diagExtensions(netstat.FactTCPInfo)
		}
	}
	// Kernels differ in the states they give to sockets without a connection,
	// so that only TCP is narrowed by them.
	if r.protocol == ipprotoTCP {
		d.request.states = stateMask(n.States)
		if n.Facts&netstat.FactUID != 0 {
			d.requestUID = s.requestUIDs(ctx, r, n)
		}
	}
	return d
}

// replayDump yields the rows of TCP6 that a dump of both families held back.
func (s *source) replayDump(ctx context.Context, r *tableReader, n netstat.Need, held *heldTCP, yield yieldFunc) {
	d := s.newDump(ctx, r, n)
	d.seq, d.request.both = held.seq, true
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	out := d.run(ctx, &heldDump{messages: held.records, seq: held.seq}, buf, yield)
	if out.Stopped {
		return
	}
	if err := concludeDump(ctx, &d, n, out, func(error) {}, yield); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	}
}

// diagWhere is diag for the sockets that meet must, which may be nil.
func (s *source) diagWhere(ctx context.Context, r *tableReader, n netstat.Need, must *netstat.Condition, yield yieldFunc) (failed error) {
	if s.refused[r.protocol] && s.useProc {
		return errors.ErrUnsupported
	}
	d := s.newDump(ctx, r, n)
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
	var local localPorts
	if (n.Facts|n.Where.Facts())&netstat.FactAutobound != 0 {
		local = s.localPorts()
	}
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var out netlink.Outcome
	for try := 1; try <= dumpTries; try++ {
		d.tolerant = try == dumpTries
		filter := compileCondition(r.table.Family, must, n.Where, s.bytecode, local)
		if filter.never {
			return nil
		}
		d.request.bytecode = filter.code
		d.request.both = must == nil && filter.narrow && r.table == netstat.TCP4Table && n.Then == netstat.TCP6Table && !s.bothRefused
		d.held, d.overflow = nil, false
		if r.protocol == ipprotoTCP && must == nil && !d.request.both && d.request.states&connectedStates != 0 {
			d.crowded, d.isCrowded = new(crowded), s.tcpCrowded
		}
		out = s.dump(ctx, &d, buf, yield)
		if out.Err == nil || out.Rows || out.Stopped {
			break
		}
		if d.request.both && !transient(out.Err) {
			s.bothRefused = true
			try--
			continue
		}
		if s.weaken(out.Err, n.Where) {
			try--
			continue
		}
		if !transient(out.Err) {
			break
		}
	}
	for pass := 2; d.crowded != nil && d.crowded.full && out == (netlink.Outcome{Rows: out.Rows}) && pass <= dumpTries; pass++ {
		d.tolerant, d.crowded.fresh = true, 0
		out = s.dump(ctx, &d, buf, yield)
		out.Rows = true
		if d.crowded.fresh == 0 {
			break
		}
	}
	if out.Stopped {
		return nil
	}
	if d.request.both && !d.overflow && out == (netlink.Outcome{Rows: out.Rows}) {
		if d.held == nil {
			d.held = []byte{} // none is an answer, too
		}
		s.held = heldTCP{need: n, records: d.held, dumped: true, seq: d.seq}
	}
	return concludeDump(ctx, &d, n, out, func(err error) { s.refuse(r.protocol, err) }, yield)
}

// dumpTable does a dump that has no filter, again if need be. An error means
// that nothing was yielded; refused is told about one that is not of the passing
// kind.
func (s *source) dumpTable(ctx context.Context, d *diagDump, n netstat.Need, refused func(error), yield yieldFunc) error {
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var out netlink.Outcome
	for try := 1; try <= dumpTries; try++ {
		d.tolerant = try == dumpTries
		out = s.dump(ctx, d, buf, yield)
		if out.Err == nil || out.Rows || out.Stopped || !transient(out.Err) {
			break
		}
	}
	if out.Stopped {
		return nil
	}
	return concludeDump(ctx, d, n, out, refused, yield)
}

// concludeDump reports how a dump ended. An error means that nothing was
// yielded; refused is told about one that is not of the passing kind.
func concludeDump(ctx context.Context, d *diagDump, n netstat.Need, out netlink.Outcome, refused func(error), yield yieldFunc) error {
	table := d.request.table
	if n.Facts&netstat.FactMark != 0 && out.Rows && d.attributes != nil && !d.attributes.marked && n.Report != nil {
		n.Report(&netstat.OpError{Op: "read the marks of", Table: table, Err: syscall.EPERM})
	}
	if out.Err != nil && !out.Rows {
		if !transient(out.Err) && ctx.Err() == nil {
			refused(out.Err)
		}
		return out.Err
	}
	if out.Interrupted && n.Report != nil {
		n.Report(&netstat.OpError{Op: "dump", Table: table, Err: &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}})
	}
	switch err := out.Err; {
	case err != nil && err == ctx.Err():
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: table, Err: err})
	case err != nil || out.Lost != nil:
		if err == nil {
			err = out.Lost
		}
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: table, Err: &detailedError{netstat.ErrIncomplete, err}})
	}
	return nil
}

// dump does one dump over inet_diag.
func (s *source) dump(ctx context.Context, d *diagDump, buf []byte, yield yieldFunc) netlink.Outcome {
	return s.exchange(func(seq uint32) []byte {
		d.seq = seq
		return d.message()
	}, func(c netlink.Conn) netlink.Outcome { return d.run(ctx, c, buf, yield) })
}

// exchange sends a request and receives the answers. The netlink socket is kept for
// the next one if they have been read to the end, and closed otherwise, which ends
// the dump.
func (s *source) exchange(request func(seq uint32) []byte, receive func(c netlink.Conn) netlink.Outcome) (out netlink.Outcome) {
	c := s.conn
	s.conn = nil
	if c == nil {
		if c, out.Err = s.dial(); out.Err != nil {
			return out
		}
	}
	drained := false
	defer func() {
		if drained && s.conn == nil {
			s.conn = c
		} else {
			c.Close()
		}
	}()
	s.seq++
	if out.Err = c.Send(request(s.seq)); out.Err != nil {
		return out
	}
	out = receive(c)
	drained = out.Err == nil && !out.Stopped && out.Lost == nil
	return out
}

// transient reports whether the fault of a dump may be gone the next time.
// The others are refusals: by a seccomp filter, a security module, or for want
// of a kernel module.
func transient(err error) bool {
	switch err {
	case syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR, syscall.EBUSY,
		netlink.ErrGarbled, netlink.ErrTruncated, netlink.ErrOverrun, netlink.ErrInterrupted:
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
	l, _, err := s.openTable(ctx, r.table, r.file, nil)
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

// openTable is openLines for a file whose first line the kernel always writes; an
// empty copy may lack it. Without the words of that line the rows of the file are of
// an unknown layout.
func (s *source) openTable(ctx context.Context, t netstat.Table, file string, report func(*netstat.OpError)) (*lineReader, []byte, *netstat.OpError) {
	l, header, err := s.openLines(ctx, t, file, report)
	if err == nil && len(header) == 0 && s.procRoot == "/proc" {
		s.closeLines(l)
		return nil, nil, readError(t, errEmptyFile)
	}
	if err == nil && len(header) > 0 && !knownHeader(t, header) {
		s.closeLines(l)
		text := "/proc/net/" + file + " has an unknown header"
		return nil, nil, readError(t, &unreadable{text, errors.New(text)})
	}
	return l, header, err
}

// knownHeader reports whether the first line of a file names a column that all kernels
// have had.
func knownHeader(t netstat.Table, header []byte) bool {
	column := "local_address"
	switch {
	case t.Family == netstat.Unix:
		column = "RefCount"
	case t.Protocol == netstat.SCTP:
		column = "LPORT"
	}
	return bytes.Contains(header, []byte(column))
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
// as net-tools takes it. Where there are no such files at all, or they are
// denied, that says nothing about the kernel.
func (s *source) fileError(t netstat.Table, err error) *netstat.OpError {
	switch {
	case err == syscall.EACCES:
		err = &unreadable{err.Error(), err}
	case errors.Is(err, fs.ErrNotExist):
		err = s.missing(err)
	}
	return &netstat.OpError{Op: "open", Table: t, Err: err}
}

// missing is why a file of /proc/net is not there.
func (s *source) missing(err error) error {
	for _, dir := range [...]string{"/net", "/self"} {
		switch f, dirErr := s.open(s.procRoot + dir); {
		case dirErr == nil:
			f.Close()
		case errors.Is(dirErr, fs.ErrNotExist):
			continue
		}
		if dir == "/self" {
			return &unreadable{s.procRoot + "/net is missing", err}
		}
		return &detailedError{errors.ErrUnsupported, err}
	}
	return &unreadable{s.procRoot + " is not mounted", err}
}

// unreadable is the error for tables that only the files of proc(5) have, where
// those cannot be read.
type unreadable struct {
	text  string
	cause error
}

func (u *unreadable) Error() string { return u.text }
func (u *unreadable) Unwrap() []error {
	return []error{errors.ErrUnsupported, netstat.ErrIncomplete, u.cause}
}

// errEmptyFile is the error for a file of /proc/net without its first line,
// which the kernel always writes: another file was mounted over it.
var errEmptyFile = &detailedError{netstat.ErrIncomplete, errors.New("the file is empty: another one may be mounted over it")}

func readError(t netstat.Table, err error) *netstat.OpError {
	return &netstat.OpError{Op: "read", Table: t, Err: err}
}
