package win32

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"strconv"

	"netstat"
)

// Options are options of other systems' sources; each must be empty.
type Options struct {
	Source, Owners, ProcRoot string
}

// source implements netstat.Source. It makes no call before a method is called.
type source struct {
	api api

	buf       []byte // between two calls; nil if not yet allocated
	moduleBuf []byte
	// Facts about processes, kept until the next table of sockets is read.
	programs map[uint32]string
	services map[uint32][]string
	accounts map[string]string     // by SID; kept forever
	images   map[string]*imageFile // by path; kept while the file is unchanged
	// held is for the next table.
	held *templateAnswer
}

func newSource(o Options, a api) (*source, error) {
	s := &source{api: a}
	switch {
	case o.Source != "":
		return nil, openError("unknown source " + strconv.Quote(o.Source) + ": must be empty on Windows")
	case o.Owners != "":
		return nil, openError("unknown owner source " + strconv.Quote(o.Owners) + ": Windows reports owners with the sockets")
	case o.ProcRoot != "":
		return nil, openError("no proc(5) on Windows: cannot read " + strconv.Quote(o.ProcRoot))
	}
	return s, nil
}

func openError(text string) error {
	return &netstat.OpError{Op: "open", Err: errors.New(text)}
}

// Close releases the buffers.
func (s *source) Close() error {
	s.buf, s.moduleBuf, s.programs, s.services = nil, nil, nil, nil
	return nil
}

type yieldFunc = func(netstat.Socket, error) bool

// Sockets implements netstat.Source.
func (s *source) Sockets(ctx context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		r := readerOf(t)
		if r == nil {
			yield(netstat.Socket{}, opError("read", t, errNotHere))
			return
		}
		s.programs, s.services = nil, nil
		held := s.held
		s.held = nil
		if err := ctx.Err(); err != nil {
			yield(netstat.Socket{}, opError("read", t, err))
			return
		}
		rd := reading{source: s, ctx: ctx, tableReader: r, need: n, yield: yield, held: held}
		missed := absentLater
		if t.Protocol != netstat.TCP {
			missed &^= netstat.FactULP // which no socket has
		}
		if rd.asks(missed) {
			rd.warning("read the details of", errNotTold)
		}
		if t.Protocol == netstat.TCP {
			rd.tcp()
		} else {
			rd.udp()
		}
	}
}

// NATSessions implements netstat.Source. Windows does not support it.
func (s *source) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		yield(netstat.NATSession{}, &netstat.OpError{Op: "read NAT sessions", Err: errNotHere})
	}
}

// TrackedConnections implements netstat.Source. Windows does not support it.
func (s *source) TrackedConnections(context.Context, netstat.TrackedQuery) iter.Seq2[netstat.TrackedConnection, error] {
	return func(yield func(netstat.TrackedConnection, error) bool) {
		yield(netstat.TrackedConnection{}, &netstat.OpError{Op: "read tracked connections", Err: errNotHere})
	}
}

// RareRoutes implements netstat.Source. Windows supports none of these families.
func (s *source) RareRoutes(_ context.Context, f netstat.Family, _ func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return func(yield func(netstat.RareRoute, error) bool) {
		yield(nil, &netstat.OpError{Op: "read routes of", Table: netstat.Table{Family: f}, Err: errNotHere})
	}
}

// Owners implements netstat.Source. Rows already have their owner.
func (s *source) Owners(ctx context.Context, _ netstat.OwnerQuery) (*netstat.Owners, error) {
	if err := ctx.Err(); err != nil {
		return nil, &netstat.OpError{Op: "find owners", Err: err}
	}
	return new(netstat.Owners), nil
}

// reading is the state of one call of Sockets.
type reading struct {
	*source
	*tableReader
	ctx   context.Context
	need  netstat.Need
	yield yieldFunc

	held      *templateAnswer // from the previous call
	modules   bool            // Module and ModulePath must be looked up
	offloads  map[tuple]netstat.OffloadState
	templates map[tuple]string
	peers     map[udpKey][]netstat.Addr
	reported  bool          // a failed module lookup was reported
	inside    *estatsReader // nil unless FactTCPInfo is requested
}

// tuple identifies a connection.
type tuple struct {
	local, remote         netip.Addr
	localPort, remotePort uint16
}

func tupleOf(s *netstat.Socket) tuple {
	return tuple{s.Local.IP, s.Remote.IP, s.Local.Port, s.Remote.Port}
}

func (rd *reading) asks(f netstat.Facts) bool { return rd.need.Facts&f != 0 }

func (rd *reading) fail(err error) { rd.yield(netstat.Socket{}, opError("read", rd.table, err)) }

func (rd *reading) warning(op string, err error) { reportWarning(rd.need.Report, op, rd.table, err) }

// tcp reads a table of TCP sockets.
func (rd *reading) tcp() {
	states := rd.need.States
	if states == 0 {
		states = netstat.AllStates &^ netstat.States(netstat.Bound)
	}
	if rd.asks(netstat.FactTemplate) {
		rd.readTemplates()
	}
	if states&^netstat.States(netstat.Bound) != 0 && !rd.connections(states) {
		return
	}
	if states.Has(netstat.Bound) {
		rd.boundPorts()
	}
}

// connections yields the rows of the public tables and reports whether to continue.
func (rd *reading) connections(states netstat.StateSet) bool {
	rd.modules = rd.asks(netstat.FactModule)
	if rd.asks(netstat.FactModule | netstat.FactCreated) {
		if rd.asks(netstat.FactOffload) {
			rd.readOffloads()
		}
		return rd.extended(rd.api.extendedTCP, rd.module, classTCPModule, states)
	}
	if rd.asks(netstat.FactOffload) {
		buf, code := rd.tcpTable2()
		defer rd.release(buf)
		if code == codeSuccess || emptyFamily(code) {
			return rd.pass(rd.second, buf, code, states)
		}
		rd.warning("read offload state of", rd.win(code))
	}
	if read, more := rd.withoutProcess(states); read {
		return more
	}
	return rd.extended(rd.api.extendedTCP, rd.plain, classTCPPID, states)
}

// withoutProcess yields the rows of the table without processes, if no processes are
// requested and the system has that table. more reports whether to continue.
func (rd *reading) withoutProcess(states netstat.StateSet) (read, more bool) {
	if rd.asks(netstat.FactInode) {
		return false, true
	}
	buf, code := rd.grow(func(buf []byte, size *uint32) uint32 { return rd.api.bare(rd.tableReader, buf, size) })
	defer rd.release(buf)
	if code == codeProcNotFound {
		return false, true
	}
	return true, rd.pass(rd.bare, buf, code, states)
}

func (rd *reading) tcpTable2() ([]byte, uint32) {
	return rd.grow(func(buf []byte, size *uint32) uint32 { return rd.api.tcp2(buf, size, rd.family) })
}

// extended reads one of the two large tables.
func (rd *reading) extended(
	call func([]byte, *uint32, uint32, uint32) uint32, l *rowLayout, class uint32, states netstat.StateSet,
) bool {
	buf, code := rd.grow(func(buf []byte, size *uint32) uint32 { return call(buf, size, rd.family, class) })
	defer rd.release(buf)
	return rd.pass(l, buf, code, states)
}

// pass yields the rows of a table that was read with code, only those in one of the
// states. It reports whether to continue.
func (rd *reading) pass(l *rowLayout, table []byte, code uint32, states netstat.StateSet) bool {
	if emptyFamily(code) {
		return true
	}
	if code != codeSuccess {
		rd.fail(rd.win(code))
		return false
	}
	rows, short := l.rows(table)
	socket := netstat.Socket{Table: rd.table, Absent: absent | rd.need.Facts&absentLater}
	if rd.table.Protocol == netstat.TCP && rd.asks(netstat.FactTCPInfo) {
		rd.inside = newEstatsReader(rd.api.pointers)
	}
	if l.state < 0 {
		socket.State = netstat.Closed
	}
	for i := 0; len(rows) > 0; i++ {
		row := rows[:l.size:l.size]
		rows = rows[l.size:]
		if i%1024 == 1023 {
			if err := rd.ctx.Err(); err != nil {
				rd.fail(err)
				return false
			}
		}
		l.decode(row, &socket)
		rd.peer(&socket)
		if l.state >= 0 && !states.Has(socket.State) {
			continue
		}
		if rd.inside != nil {
			if !rd.wanted(&socket) {
				continue
			}
			rd.insideTCP(l, row, &socket)
		}
		socket.Detail = rd.detail(l, row, &socket)
		if !rd.yield(socket, nil) {
			return false
		}
	}
	if short {
		rd.fail(&detailedError{netstat.ErrIncomplete, errTooShort.Error()})
		return false
	}
	return true
}

// wanted reports whether a row meets those parts of Need.Where that concern its ends:
// checking is cheaper than nine calls.
func (rd *reading) wanted(s *netstat.Socket) bool {
	return rd.need.Where.Facts() != 0 || rd.need.Where.Match(s)
}

// detail returns the requested facts of a row; nil if none was requested.
func (rd *reading) detail(l *rowLayout, row []byte, s *netstat.Socket) netstat.Detail {
	const facts = netstat.FactCreated | netstat.FactOffload | netstat.FactTemplate | netstat.FactModule
	if !rd.asks(facts) {
		return nil
	}
	d := new(netstat.WindowsDetail)
	if rd.asks(netstat.FactCreated) && l.created > 0 {
		d.Created = fileTime(quad(row, l.created))
	}
	if rd.modules && l == rd.module {
		d.Module, d.ModulePath = rd.component(row)
	}
	if rd.asks(netstat.FactOffload) {
		if l.offload > 0 {
			d.Offload = l.offloadOf(row)
		} else if rd.offloads != nil {
			d.Offload = rd.offloads[tupleOf(s)]
		}
	}
	if rd.templates != nil {
		d.Template = rd.templates[tupleOf(s)]
	}
	return d
}

// readOffloads reads the offload states, which rows with modules lack.
func (rd *reading) readOffloads() {
	buf, code := rd.tcpTable2()
	defer rd.release(buf)
	if code != codeSuccess {
		if !emptyFamily(code) {
			rd.warning("read offload state of", rd.win(code))
		}
		return
	}
	l := rd.second
	rows, _ := l.rows(buf) // missing rows only leave the state unknown
	rd.offloads = make(map[tuple]netstat.OffloadState, len(rows)/l.size)
	var s netstat.Socket
	for ; len(rows) > 0; rows = rows[l.size:] {
		l.decode(rows, &s)
		rd.offloads[tupleOf(&s)] = l.offloadOf(rows)
	}
}

// boundPorts yields the TCP sockets that are only bound.
func (rd *reading) boundPorts() {
	table, code := rd.api.bound(rd.family)
	switch {
	case emptyFamily(code):
		return
	case code != codeSuccess:
		rd.warning("list bound ports of", rd.win(code))
		return
	}
	l := rd.second
	rows, short := l.rows(table)
	socket := netstat.Socket{Table: rd.table, Absent: absent | rd.need.Facts&absentLater}
	for ; len(rows) > 0; rows = rows[l.size:] {
		row := rows[:l.size:l.size]
		l.decode(row, &socket)
		socket.State = netstat.Bound // whatever the table has
		socket.Detail = rd.detail(l, row, &socket)
		if !rd.yield(socket, nil) {
			return
		}
	}
	if short {
		rd.warning("list bound ports of", &detailedError{netstat.ErrIncomplete, errTooShort.Error()})
	}
}

// moduleTries is the number of attempts to look up the module of a row.
const moduleTries = 8

// component returns the module that created the socket of a row: a service, or else the
// program. Both texts are empty if unknown, which is no error: the process has exited,
// is protected, or belongs to another user.
func (rd *reading) component(row []byte) (name, path string) {
	if rd.moduleBuf == nil {
		rd.moduleBuf = make([]byte, 1024)
	}
	var code uint32
	for range moduleTries {
		var base uint64
		size := uint32(len(rd.moduleBuf))
		base, code = rd.api.ownerModule(rd.tableReader, row, rd.moduleBuf, &size)
		if code == codeSuccess {
			return decodeOwnerModule(rd.moduleBuf, base, rd.api.pointers)
		}
		if code != codeInsufficientBuffer {
			break
		}
		rd.moduleBuf = make([]byte, min(max(int(size), 2*len(rd.moduleBuf)), 1<<20))
	}
	switch code {
	case codeNotFound, codePartialCopy, codeAccessDenied:
		return "", ""
	case codeProcNotFound:
		rd.modules = false
	}
	if !rd.reported {
		rd.reported = true
		rd.warning("find components of", rd.win(code))
	}
	return "", ""
}
