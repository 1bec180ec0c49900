package linux

import (
	"context"
	"encoding/binary"
	"slices"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/unix_diag.h.
const (
	afUnix = 1

	unixDiagReqSize = 24
	unixDiagMsgSize = 16

	unixShowName  = 1 << 0
	unixShowVFS   = 1 << 1
	unixShowPeer  = 1 << 2
	unixShowICons = 1 << 3
	unixShowRQLen = 1 << 4
	unixShowMem   = 1 << 5
	unixShowUID   = 1 << 6 // Linux 5.3

	unixDiagName     = 0
	unixDiagVFS      = 1
	unixDiagPeer     = 2
	unixDiagICons    = 3
	unixDiagRQLen    = 4
	unixDiagMemory   = 5
	unixDiagShutdown = 6
	unixDiagUID      = 7
)

// States of a unix socket (net/unix/af_unix.c), which are numbers of TCP
// states.
const (
	unixEstablished = 1
	unixListen      = 10
)

// Bits of unixDiagShutdown (RCV_SHUTDOWN in include/net/sock.h).
const (
	shutRead  = 1
	shutWrite = 2
)

// unixDiag reads unix sockets over sock_diag, the only source of their peers
// and of names that cannot be forged. An error means that it yielded no row.
func (s *source) unixDiag(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) error {
	if err := s.familyRefused[r.table]; err != nil {
		return err
	}
	d := unixDiagDump{table: r.table, show: unixShow(n.Facts), report: n.Report}
	d.decoder.setFacts(n)
	var (
		fileErr error
		waiting netlink.Outcome
	)
	if n.Facts&netstat.FactReferences != 0 {
		d.file, fileErr = s.readUnixFile(ctx, r, s.unixIterMay(n))
		if fileErr == errUnixCrowd {
			if s.iterUnix(ctx, r, n, yield) == nil {
				return nil
			}
			s.unixIterRefused = ctx.Err() == nil
			d.file, fileErr = s.readUnixFile(ctx, r, false)
		}
		if d.file.waiting() {
			// The waiting connections must be known before the
			// first row.
			var err error
			if waiting, err = s.unixWaiting(ctx, &d); err != nil {
				return err
			}
		}
	}
	out, err := s.unixDiagPass(ctx, &d, yield)
	if err != nil || out.Stopped {
		return err
	}
	if out.Err == nil && d.file != nil && !d.file.passRest(yield) {
		return nil
	}
	if out.Err == nil && out.Lost == nil && d.split && !d.file.agrees() && ctx.Err() == nil {
		again := s.unixDiagAgain(ctx, &d, yield)
		if again.Stopped {
			return nil
		}
		out.Err = again.Err
		out.Interrupted = out.Interrupted || again.Interrupted
		if out.Lost == nil {
			out.Lost = again.Lost
		}
	}
	out.Interrupted = out.Interrupted || waiting.Interrupted
	if out.Lost == nil {
		out.Lost = waiting.Lost
	}
	if n.Report != nil {
		if fileErr != nil {
			n.Report(&netstat.OpError{Op: "read the reference counts of", Table: r.table, Err: fileErr})
		}
		if out.Interrupted {
			n.Report(&netstat.OpError{Op: "dump", Table: r.table, Err: &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}})
		}
	}
	if err = out.Err; err == nil {
		err = out.Lost
	}
	if err != nil && err != ctx.Err() {
		err = &detailedError{netstat.ErrIncomplete, err}
	}
	if err != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	}
	return nil
}

// unixDiagPass runs one dump and repeats it after a transient error. An error
// means that it yielded no row.
func (s *source) unixDiagPass(ctx context.Context, d *unixDiagDump, yield yieldFunc) (out netlink.Outcome, err error) {
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	for try := 1; try <= dumpTries; try++ {
		out = s.unixDiagTry(ctx, d, buf, try == dumpTries, yield)
		if out.Err == nil || out.Rows || out.Stopped || !transient(out.Err) {
			break
		}
	}
	if out.Err == nil || out.Rows || out.Stopped {
		return out, nil
	}
	if !transient(out.Err) && ctx.Err() == nil {
		s.refuseFamily(d.table, out.Err)
	}
	return out, out.Err
}

// unixDiagTry runs one dump once.
func (s *source) unixDiagTry(ctx context.Context, d *unixDiagDump, buf []byte, tolerant bool, yield yieldFunc) netlink.Outcome {
	if s.conn == nil {
		c, err := s.dial()
		if err != nil {
			return netlink.Outcome{Err: err}
		}
		s.conn = c
		enlarge(c, buf)
	}
	var seq uint32
	return s.exchange(func(n uint32) []byte {
		seq = n
		return appendUnixDiagRequest(nil, seq, d.states, d.show)
	}, func(c netlink.Conn) netlink.Outcome {
		return d.run(&netlink.Reader{Ctx: ctx, Seq: seq, Conn: c, Buf: buf, Tolerant: tolerant}, yield)
	})
}

// enlarge tells the kernel how much a new netlink socket can receive at once.
// The kernel sizes the datagrams of a dump by the last receive, and the first
// one is a page. Sockets within one datagram are read without a gap. A refusal
// does no harm.
func enlarge(c netlink.Conn, buf []byte) {
	const nlmFAck = 4
	b := netlink.AppendDumpHeader(nil, netlink.TypeNoop, 0, 0)
	binary.NativeEndian.PutUint16(b[6:], netlink.FlagRequest|nlmFAck)
	if c.Send(b) == nil {
		_, _, _ = c.Receive(buf)
	}
}

// unixDiagAgain reads the sockets that a first dump of several datagrams
// missed. After each datagram the kernel continues at the number of a socket
// within its bucket, so each earlier socket of that bucket closed meanwhile
// makes it skip one. The second dump is read without delay and with records of
// another size, so that its datagrams end elsewhere.
func (s *source) unixDiagAgain(ctx context.Context, d *unixDiagDump, yield yieldFunc) netlink.Outcome {
	switch {
	case d.show&unixShowRQLen == 0:
		d.show |= unixShowRQLen
	case d.show&unixShowMem == 0:
		d.show |= unixShowMem
	default:
		d.show ^= unixShowUID
	}
	const most = 4096
	var rows []netstat.Socket
	more := true
	pass := func() bool {
		for _, row := range rows {
			if more = more && yield(row, nil); !more {
				break
			}
		}
		rows = rows[:0]
		return more
	}
	d.again = true
	out, err := s.unixDiagPass(ctx, d, func(row netstat.Socket, _ error) bool {
		rows = append(rows, row)
		return len(rows) < most || pass()
	})
	out.Stopped = !pass()
	if err != nil {
		out.Err = err
	}
	return out
}

// unixWaiting dumps the listening sockets to find the connections that wait to
// be accepted.
func (s *source) unixWaiting(ctx context.Context, d *unixDiagDump) (netlink.Outcome, error) {
	listening := *d
	listening.file, listening.states, listening.seen = nil, 1<<unixListen, numberSet{}
	out, err := s.unixDiagPass(ctx, &listening, func(row netstat.Socket, _ error) bool {
		if row.Inode == 0 {
			d.file.addWaiter(row)
		}
		return true
	})
	if err == nil {
		err = out.Err
	}
	return out, err
}

// unixShow returns the UDIAG_SHOW_* bits of the attributes that hold facts.
func unixShow(facts netstat.Facts) uint32 {
	show := uint32(unixShowName | unixShowICons)
	if facts&(netstat.FactPeer|netstat.FactMemory) != 0 {
		show |= unixShowVFS | unixShowPeer | unixShowRQLen
	}
	if facts&netstat.FactQueues != 0 {
		show |= unixShowRQLen
	}
	if facts&netstat.FactMemory != 0 {
		show |= unixShowMem
	}
	if facts&netstat.FactUID != 0 {
		show |= unixShowUID
	}
	return show
}

// appendUnixDiagRequest appends a request (struct unix_diag_req) for unix
// sockets in the given states; 0 means all states.
func appendUnixDiagRequest(b []byte, seq, states, show uint32) []byte {
	order := binary.NativeEndian
	b = netlink.AppendDumpHeader(b, sockDiagByFamily, seq, unixDiagReqSize)
	if states == 0 {
		states = ^uint32(0)
	}
	b = append(b, afUnix, 0, 0, 0)
	b = order.AppendUint32(b, states)
	b = order.AppendUint32(b, 0) // inode
	b = order.AppendUint32(b, show)
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0) // cookie
}

// unixDiagDump turns the replies of a dump into rows.
type unixDiagDump struct {
	table        netstat.Table
	states, show uint32
	decoder      unixDiagDecoder
	// file holds reference counts; nil if they are not requested or cannot
	// be read.
	file *unixFile
	// seen holds the cookies of sockets already delivered. split reports
	// whether they came in several datagrams, again whether this is the
	// second dump.
	seen         numberSet
	split, again bool
	report       func(*netstat.OpError)
}

// run receives and delivers one dump. The request must have been sent.
func (d *unixDiagDump) run(m *netlink.Reader, yield yieldFunc) netlink.Outcome {
	row := netstat.Socket{Table: d.table}
	first := 0
	for m.Next() {
		if m.Kind != sockDiagByFamily {
			continue
		}
		if cookie, ok := unixDiagCookie(m.Payload); ok && !d.seen.add(cookie) {
			continue
		}
		if !d.decoder.decode(m.Payload, &row) {
			reportBogus(d.report, d.table, m.Payload)
			continue
		}
		if first == 0 {
			first = m.Datagrams
		}
		d.split = d.split || m.Datagrams != first
		m.Rows = true
		if !d.deliver(&row, yield) {
			m.Stopped = true
			break
		}
	}
	return m.Outcome
}

// deliver yields a row and the rows of connections that wait to be accepted
// there.
func (d *unixDiagDump) deliver(row *netstat.Socket, yield yieldFunc) bool {
	if d.file == nil {
		return yield(*row, nil) && d.decoder.pending(row, yield)
	}
	at, ok := d.file.find(row, !d.again)
	if ok {
		unixDetail(row).RefCount = uint64(d.file.lines[at].references)
	}
	if ok && !d.again && !d.file.pass(at, row.Local.Name, yield) {
		return false
	}
	return yield(*row, nil) && (d.file.waits || d.decoder.pending(row, yield))
}

// unixDiagDecoder decodes records. Like unixParser, it allocates memory for
// many rows at once.
type unixDiagDecoder struct {
	names   textSlab
	details []netstat.UnixDetail
	memory  familyMemory
	peers   bool          // for FactPeer and FactMemory
	queues  bool          // for these and FactQueues
	absent  netstat.Facts // of a record without further attributes
	waiting []uint32      // connections that wait at the last socket
}

// setFacts sets the requested facts.
func (u *unixDiagDecoder) setFacts(n netstat.Need) {
	u.memory = newFamilyMemory(n)
	u.peers = n.Facts&(netstat.FactPeer|netstat.FactMemory) != 0
	u.queues = u.peers || n.Facts&netstat.FactQueues != 0
	u.absent = absentFacts(netstat.UnixTable)
}

// unixDiagCookie returns the kernel's identifier of a record's socket.
func unixDiagCookie(b []byte) (cookie uint64, ok bool) {
	if len(b) < unixDiagMsgSize {
		return 0, false
	}
	cookie = binary.NativeEndian.Uint64(b[8:])
	return cookie, cookie != 0
}

// decode fills s from a struct unix_diag_msg and its attributes. It returns
// false for any other record.
func (u *unixDiagDecoder) decode(b []byte, s *netstat.Socket) bool {
	if len(b) < unixDiagMsgSize || b[0] != afUnix {
		return false
	}
	order := binary.NativeEndian
	u.waiting = u.waiting[:0]
	if len(u.details) == 0 {
		u.details = make([]netstat.UnixDetail, unixDetailSlab)
	}
	d := &u.details[0]
	u.details = u.details[1:]
	*d = netstat.UnixDetail{Peers: u.peers, Accepting: b[2] == unixListen, Type: unixType(b[1])}
	*s = netstat.Socket{
		Table: s.Table, Detail: d, Inode: uint64(order.Uint32(b[4:])), Absent: u.absent,
		Cookie: uint64(order.Uint32(b[8:])) | uint64(order.Uint32(b[12:]))<<32,
	}
	s.State = unixState(s.Inode != 0, b[2])
	for kind, value, rest, ok := netlink.Attribute(b[unixDiagMsgSize:]); ok; kind, value, rest, ok = netlink.Attribute(rest) {
		if kind == unixDiagName {
			s.Local.Name = u.name(value, d)
			continue
		}
		if kind == unixDiagShutdown && len(value) >= 1 && u.peers {
			d.ShutRead, d.ShutWrite = value[0]&shutRead != 0, value[0]&shutWrite != 0
			continue
		}
		if kind == unixDiagMemory {
			u.memory.take(value, s)
			continue
		}
		if kind == unixDiagICons {
			for ; len(value) >= 4; value = value[4:] {
				u.waiting = append(u.waiting, order.Uint32(value))
			}
			if u.peers {
				d.Pending = slices.Clone(u.waiting)
			}
			continue
		}
		if len(value) < 4 {
			continue
		}
		first := order.Uint32(value)
		switch kind {
		case unixDiagPeer:
			d.Connected, d.PeerInode = true, uint64(first)
		case unixDiagUID:
			s.UID = first
			s.Absent &^= netstat.FactUID
		case unixDiagVFS:
			if len(value) >= 8 {
				// The kernel's internal device number (MKDEV in
				// include/linux/kdev_t.h).
				device := order.Uint32(value[4:])
				d.Bound, d.FileInode, d.FileMajor, d.FileMinor = true, first, device>>20, device&(1<<20-1)
			}
		case unixDiagRQLen:
			if len(value) < 8 || !u.queues {
				continue
			}
			s.Absent &^= netstat.FactQueues
			s.RecvQ = uint64(first)
			if second := order.Uint32(value[4:]); d.Accepting {
				s.MaxBacklog = second
			} else {
				s.SendQ = uint64(second)
			}
		}
	}
	return true
}

// unixType returns the type with a number.
func unixType(number uint8) netstat.SocketType {
	if int(number) < len(unixTypes) {
		return unixTypes[number]
	}
	return netstat.TypeUnknown
}

// unixState returns the state as unix_seq_show (net/unix/af_unix.c) decides it.
// A socket that is not open has no struct socket, and no inode, because it is
// not accepted yet or was closed.
func unixState(open bool, number uint8) netstat.State {
	connected := number == unixEstablished
	switch {
	case open && number == unixListen:
		return netstat.Listen
	case open && connected:
		return netstat.Connected
	case open:
		return netstat.Unconnected
	case connected:
		return netstat.Connecting
	}
	return netstat.Disconnecting
}

// pending yields the server ends of connections that wait at a listener. They
// have no inode, so a dump leaves them out; /proc/net/unix lists them.
func (u *unixDiagDecoder) pending(listener *netstat.Socket, yield yieldFunc) bool {
	d, ok := listener.Detail.(*netstat.UnixDetail)
	if !ok {
		return true
	}
	for _, peer := range u.waiting {
		row := netstat.Socket{
			Table: listener.Table, State: netstat.Connecting, Local: listener.Local, Absent: u.absent,
			Detail: &netstat.UnixDetail{Type: d.Type, Abstract: d.Abstract},
		}
		if u.peers {
			row.Detail = &netstat.UnixDetail{
				Type: d.Type, Peers: true, Connected: true, PeerInode: uint64(peer), Abstract: d.Abstract,
				Bound: d.Bound, FileInode: d.FileInode, FileMajor: d.FileMajor, FileMinor: d.FileMinor,
			}
		}
		if !yield(row, nil) {
			return false
		}
	}
	return true
}

// name returns an address as text: a path that ends at a NUL or, after a
// leading NUL, an abstract name of any bytes (unix(7)).
func (u *unixDiagDecoder) name(b []byte, d *netstat.UnixDetail) string {
	d.Abstract = len(b) > 0 && b[0] == 0
	if d.Abstract {
		b[0] = '@'
		return u.names.string(b)
	}
	return u.names.string(cString(b))
}
