package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strconv"
	"syscall"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/internal/linux/netlink"
)

// diag reads a table over sock_diag. An error means that it yielded no row.
func (s *source) diag(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) error {
	return s.diagWhere(ctx, r, n, nil, yield)
}

// diagAutobound does the same in two passes. No attribute tells whether the
// kernel chose a port, but a filter can test it: the first pass has the sockets
// with such a port, the second the others. A pass whose rows n.Where excludes
// is left out.
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

// demandsAutobound reports whether c matches only autobound sockets or, with
// autobound false, only others.
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

// localPorts reads the range from which the kernel chooses ports. If the range
// cannot be read, it returns all ports.
func (s *source) localPorts() diagfilter.Ports {
	f, err := s.open(s.procRoot + "/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return diagfilter.Ports{Low: 0, High: math.MaxUint16}
	}
	defer f.Close()
	var buf [64]byte
	n, _ := f.Read(buf[:])
	return parseLocalPorts(buf[:n])
}

func parseLocalPorts(b []byte) diagfilter.Ports {
	fields := bytes.Fields(b)
	if len(fields) == 2 {
		low, err := strconv.ParseUint(string(fields[0]), 10, 16)
		high, err2 := strconv.ParseUint(string(fields[1]), 10, 16)
		if err == nil && err2 == nil {
			return diagfilter.Ports{Low: uint16(low), High: uint16(high)}
		}
	}
	return diagfilter.Ports{Low: 0, High: math.MaxUint16}
}

// weaken reports whether the kernel may accept a filter with fewer conditions
// after it refused one with err. It remembers what the kernel refused.
func (s *source) weaken(err error, hint *netstat.Condition) bool {
	if hint == nil || s.bytecode&diagfilter.Nothing != 0 {
		return false
	}
	before := s.bytecode
	switch {
	case err == syscall.EPERM && hint.Facts()&netstat.FactMark != 0:
		s.bytecode |= diagfilter.NoMark
	case err == syscall.EINVAL && s.bytecode&diagfilter.Old == 0:
		s.bytecode |= diagfilter.Old
	case err == syscall.EINVAL:
		s.bytecode |= diagfilter.Nothing
	}
	return s.bytecode != before
}

// newDump prepares a dump without a filter.
func (s *source) newDump(ctx context.Context, r *tableReader, n netstat.Need) diagDump {
	d := diagDump{
		request: diagRequest{
			table: r.table, protocol: r.protocol, states: ^uint32(0),
			extensions: diagExtensions(n.Facts),
		},
		report: n.Report,
	}
	if facts := n.Facts & diagAttributeFacts; facts != 0 || n.Facts&netstat.FactTimer != 0 && n.Facts&(diagOnlyFacts|netstat.FactBacklog) != 0 {
		d.attributes = &diagAttributes{facts: facts}
		if n.Facts&netstat.FactTimer != 0 {
			d.attributes.timer = true
			d.request.extensions |= diagExtensions(netstat.FactTCPInfo)
		}
	}
	// Kernels differ in the states of sockets without a connection, so only
	// TCP is filtered by state.
	if r.protocol == ipprotoTCP {
		d.request.states = stateMask(n.States)
		if n.Facts&netstat.FactUID != 0 || d.attributes != nil && d.attributes.timer {
			d.requestOf = s.requests(ctx, r, n)
		}
	}
	return d
}

// replayDump yields the TCP6 rows held back by a dump of both families.
func (s *source) replayDump(ctx context.Context, r *tableReader, n netstat.Need, held *heldTCP, yield yieldFunc) {
	d := s.newDump(ctx, r, n)
	d.seq, d.request.both = heldSeq, true
	if n.Facts&netstat.FactAutobound != 0 {
		// Only autobound sockets are held with this fact.
		unmarked := yield
		yield = func(row netstat.Socket, err error) bool {
			row.Autobound = err == nil
			return unmarked(row, err)
		}
	}
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	out := d.run(ctx, &heldDump{messages: held.records}, buf, yield)
	if out.Stopped {
		return
	}
	if err := concludeDump(ctx, &d, n, out, func(error) {}, yield); err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	}
}

// diagWhere reads the sockets that meet must, which may be nil. An error means
// that it yielded no row.
func (s *source) diagWhere(ctx context.Context, r *tableReader, n netstat.Need, must *netstat.Condition, yield yieldFunc) (failed error) {
	if s.refused[r.protocol] && s.useProc {
		return errors.ErrUnsupported
	}
	d := s.newDump(ctx, r, n)
	// Older kernels do not list bound sockets and do not say so. If the
	// dump has none, the kernel's release decides. (Some kernels with an
	// older release list them.)
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
	var local diagfilter.Ports
	if (n.Facts|n.Where.Facts())&netstat.FactAutobound != 0 {
		local = s.localPorts()
	}
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var out netlink.Outcome
	for try := 1; try <= dumpTries; try++ {
		d.tolerant = try == dumpTries
		var filter diagfilter.Filter
		if must != nil || n.Where != nil {
			filter = diagfilter.Compile(r.table.Family, must, n.Where, s.bytecode, local)
		}
		if filter.Never {
			return nil
		}
		d.request.bytecode = filter.Code
		// A filter that is not narrow may hold for one family only. That of
		// autobound sockets holds for both.
		oneFilter := must == nil && (filter.Narrow || n.Where == nil) || n.Where != nil && n.Where.Kind == netstat.WhereAutobound
		d.request.both = oneFilter && r.table == netstat.TCP4Table && n.Then == netstat.TCP6Table && !s.bothRefused
		d.held, d.overflow = nil, false
		if r.protocol == ipprotoTCP && must == nil && d.request.states&connectedStates != 0 {
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
			d.held = []byte{} // nil would mean not dumped
		}
		s.held = heldTCP{need: n, records: d.held, dumped: true}
	}
	return concludeDump(ctx, &d, n, out, func(err error) { s.refuse(r.protocol, err) }, yield)
}

// dumpTable runs a dump without a filter and repeats it after a transient
// error. An error means that it yielded no row; refused receives errors that
// are not transient.
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

// concludeDump reports how a dump ended. An error means that it yielded no row;
// refused receives errors that are not transient.
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

// dump runs one dump over inet_diag.
func (s *source) dump(ctx context.Context, d *diagDump, buf []byte, yield yieldFunc) netlink.Outcome {
	return s.exchange(func(seq uint32) []byte {
		d.seq = seq
		return d.message()
	}, func(c netlink.Conn) netlink.Outcome { return d.run(ctx, c, buf, yield) })
}

// exchange sends a request and receives the answers. It keeps the netlink
// socket for the next request if the answers were read to the end. Otherwise it
// closes the socket, which ends the dump.
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

// transient reports whether the error of a dump may be gone on the next try.
// All other errors are refusals by a seccomp filter or security module, or for
// lack of a kernel module.
func transient(err error) bool {
	switch err {
	case syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN, syscall.EINTR, syscall.EBUSY,
		netlink.ErrGarbled, netlink.ErrTruncated, netlink.ErrOverrun, netlink.ErrInterrupted:
		return true
	}
	return false
}

// refuse remembers that the kernel does not dump a protocol, so that the kernel
// need not search for a missing module each time.
func (s *source) refuse(protocol uint8, err error) {
	if err == syscall.EMFILE || err == syscall.ENFILE {
		return
	}
	if s.refused == nil {
		s.refused = make(map[uint8]bool)
	}
	s.refused[protocol] = true
}

// connectionRequest holds what a dump lacks about a connection request in
// SYN-RECEIVED: it has 0 as the user, and counts only the answers that could be
// sent again (inet_req_diag_fill in net/ipv4/inet_diag.c).
type connectionRequest struct{ uid, retransmits uint32 }

// requests returns a function that looks up connection requests. The first call
// reads the table's /proc file.
func (s *source) requests(ctx context.Context, r *tableReader, n netstat.Need) func(tuple) (connectionRequest, bool) {
	var known map[tuple]connectionRequest
	return func(key tuple) (connectionRequest, bool) {
		if known == nil {
			known = make(map[tuple]connectionRequest)
			if err := s.readRequests(ctx, r, known); err != nil && n.Report != nil {
				n.Report(&netstat.OpError{Op: "read users of", Table: r.table, Err: err})
			}
		}
		found, ok := known[key]
		return found, ok
	}
}

func (s *source) readRequests(ctx context.Context, r *tableReader, to map[tuple]connectionRequest) error {
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
			to[tuple{row.Local.IP, row.Remote.IP, row.Local.Port, row.Remote.Port}] = connectionRequest{row.UID, row.Timer.Retransmits}
		}
	}
}
