package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/netfilter/nfnetlink.h and
// nfnetlink_conntrack.h.
const (
	nfnlSubsysCTNetlink = 1
	ctnlMsgNew          = nfnlSubsysCTNetlink << 8
	ctnlMsgGet          = nfnlSubsysCTNetlink<<8 | 1
	nfgenmsgSize        = 4

	ctaTupleOrig   = 1
	ctaTupleReply  = 2
	ctaStatus      = 3
	ctaProtoInfo   = 4
	ctaTimeout     = 7
	ctaSeqAdjOrig  = 15
	ctaSeqAdjReply = 16

	ctaTupleIP    = 1
	ctaTupleProto = 2

	ctaIPv4Src = 1
	ctaIPv4Dst = 2
	ctaIPv6Src = 3
	ctaIPv6Dst = 4

	ctaProtoNum      = 1
	ctaProtoSrcPort  = 2
	ctaProtoDstPort  = 3
	ctaProtoICMPID   = 4
	ctaProtoICMPType = 5
	ctaProtoICMPCode = 6

	ctaProtoInfoTCP  = 1
	ctaProtoInfoSCTP = 3
	// ctaProtoInfoState is CTA_PROTOINFO_TCP_STATE and
	// CTA_PROTOINFO_SCTP_STATE.
	ctaProtoInfoState = 1

	ctaSeqAdjPosition = 1
	ctaSeqAdjBefore   = 2
	ctaSeqAdjAfter    = 3
)

// Bits of CTA_STATUS (nf_conntrack_common.h).
const (
	ipsSeenReply = 1 << 1
	ipsAssured   = 1 << 2
	ipsOffload   = 1 << 14
	ipsHWOffload = 1 << 15
)

// IP protocol numbers that conntrack treats each in its own way.
const (
	ipprotoICMP = 1
	ipprotoSCTP = 132
)

// conntrackTCPStates is enum tcp_conntrack of nf_conntrack_tcp.h. The last is
// a simultaneous open, in which both ends have received the other's SYN.
var conntrackTCPStates = [...]struct {
	name  string
	state netstat.State
}{
	{"NONE", netstat.StateUnknown},
	{"SYN_SENT", netstat.SynSent},
	{"SYN_RECV", netstat.SynReceived},
	{"ESTABLISHED", netstat.Established},
	{"FIN_WAIT", netstat.FinWait1},
	{"CLOSE_WAIT", netstat.CloseWait},
	{"LAST_ACK", netstat.LastAck},
	{"TIME_WAIT", netstat.TimeWait},
	{"CLOSE", netstat.Closed},
	{"SYN_SENT2", netstat.SynReceived},
}

// conntrackSCTPStates is enum sctp_conntrack of nf_conntrack_sctp.h, with the
// names of RFC 9260 section 4. Those of a heartbeat belong to a path of an
// association whose setup was not seen.
var conntrackSCTPStates = [...]struct{ name, state string }{
	{"NONE", ""},
	{"CLOSED", "CLOSED"},
	{"COOKIE_WAIT", "COOKIE-WAIT"},
	{"COOKIE_ECHOED", "COOKIE-ECHOED"},
	{"ESTABLISHED", "ESTABLISHED"},
	{"SHUTDOWN_SENT", "SHUTDOWN-SENT"},
	{"SHUTDOWN_RECD", "SHUTDOWN-RECEIVED"},
	{"SHUTDOWN_ACK_SENT", "SHUTDOWN-ACK-SENT"},
	{"HEARTBEAT_SENT", ""},
	{"HEARTBEAT_ACKED", ""},
}

type yieldNAT = func(netstat.NATSession, error) bool

// NATSessions implements netstat.Source. A kernel old enough to have
// ip_masquerade has no other list, and one that tracks connections does not
// have that file.
func (s *source) NATSessions(ctx context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		if s.useProc {
			f, err := s.open(s.procRoot + "/net/ip_masquerade")
			if err == nil {
				s.masqueradeFile(ctx, f, yield)
				return
			}
		}
		var refusal error
		if s.useNetlink {
			if refusal = s.conntrackDump(ctx, afInet, yield); refusal == nil {
				return
			}
			if !s.useProc || ctx.Err() != nil {
				yield(netstat.NATSession{}, natError("dump", refusal))
				return
			}
		}
		f, err := s.open(s.procRoot + "/net/nf_conntrack")
		switch {
		case err == nil:
			s.conntrackFile(ctx, f, yield)
		case transient(refusal):
			yield(netstat.NATSession{}, natError("dump", refusal))
		case err == syscall.EACCES: // as for every ordinary user
			yield(netstat.NATSession{}, natError("open", &detailedError{errors.ErrUnsupported, err}))
		default:
			yield(netstat.NATSession{}, natError("open", s.fileError(netstat.Table{}, err).Err))
		}
	}
}

// NAT6Sessions implements netstat.NAT6Sessions. Only netlink tells them.
func (s *source) NAT6Sessions(ctx context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		err := errors.ErrUnsupported
		if s.useNetlink {
			err = s.conntrackDump(ctx, afInet6, yield)
		}
		// Other faults are refusals, of a kernel that does not track connections
		// or of a caller who may not see them.
		if err != nil && err != errors.ErrUnsupported && !transient(err) && ctx.Err() == nil {
			err = &detailedError{errors.ErrUnsupported, err}
		}
		if err != nil {
			yield(netstat.NATSession{}, natError("dump", err))
		}
	}
}

func natError(verb string, err error) *netstat.OpError {
	return &netstat.OpError{Op: verb + " NAT sessions", Err: err}
}

// bogusNAT keeps the first of the records that were left out.
type bogusNAT struct {
	first string
	count int
}

func (g *bogusNAT) add(record []byte) {
	if g.count == 0 {
		g.first = strconv.Quote(string(record[:min(len(record), maxQuoted)]))
	}
	g.count++
}

// err is what to say of them at the end, nil if there were none.
func (g *bogusNAT) err() error {
	if g.count == 0 {
		return nil
	}
	text := g.first
	if g.count > 1 {
		text += " and " + strconv.Itoa(g.count-1) + " more"
	}
	return natError("read", &detailedError{netstat.ErrBogusRecord, errors.New(text)})
}

// conntrackDump lists the sessions of a family over ctnetlink. An error means that nothing
// was yielded.
func (s *source) conntrackDump(ctx context.Context, family uint8, yield yieldNAT) error {
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var (
		out   netlink.Outcome
		bogus bogusNAT
	)
	for range dumpTries {
		bogus = bogusNAT{}
		out = s.conntrackTry(ctx, family, buf, &bogus, yield)
		if out.Err == nil || out.Rows || out.Stopped || !transient(out.Err) {
			break
		}
	}
	if out.Stopped {
		return nil
	}
	if out.Err != nil && !out.Rows {
		return out.Err
	}
	err := out.Err
	if err == nil {
		err = out.Lost
	}
	switch {
	case err != nil && err == ctx.Err():
		yield(netstat.NATSession{}, natError("dump", err))
	case err != nil:
		yield(netstat.NATSession{}, natError("dump", &detailedError{netstat.ErrIncomplete, err}))
	case bogus.count > 0:
		yield(netstat.NATSession{}, bogus.err())
	}
	return nil
}

// conntrackTry does one dump, over a connection of its own: there is at most
// one dump of a family in a report.
func (s *source) conntrackTry(ctx context.Context, family uint8, buf []byte, bogus *bogusNAT, yield yieldNAT) (out netlink.Outcome) {
	c, err := s.dialNetfilter()
	if err != nil {
		out.Err = err
		return out
	}
	defer c.Close()
	s.seq++
	if out.Err = c.Send(appendConntrackRequest(nil, family, s.seq)); out.Err != nil {
		return out
	}
	return runConntrack(ctx, c, family, s.seq, buf, bogus, yield)
}

// appendConntrackRequest appends the message that asks for every entry of a family.
func appendConntrackRequest(b []byte, family uint8, seq uint32) []byte {
	b = netlink.AppendDumpHeader(b, ctnlMsgGet, seq, nfgenmsgSize)
	return append(b, family, 0, 0, 0)
}

// runConntrack receives and delivers one dump whose request has been sent. An
// inconsistent one is as good as any: the table never rests.
func runConntrack(ctx context.Context, c netlink.Conn, family uint8, seq uint32, buf []byte, bogus *bogusNAT, yield yieldNAT) netlink.Outcome {
	var row netstat.NATSession
	m := netlink.Reader{Ctx: ctx, Seq: seq, Conn: c, Buf: buf, Tolerant: true}
	for m.Next() {
		if m.Kind != ctnlMsgNew {
			continue
		}
		translated, ok := decodeConntrack(m.Payload, family, &row)
		if !ok {
			bogus.add(m.Payload)
		}
		if !translated {
			continue
		}
		m.Rows = true
		if !yield(row, nil) {
			m.Stopped = true
			break
		}
	}
	return m.Outcome
}

// ctTuple is a direction as the kernel writes it: the identifier of ICMP is
// not part of either end.
type ctTuple struct {
	src, dst         netip.Addr
	protocol         uint8
	srcPort, dstPort uint16
	icmpID           uint16
	icmpType, code   uint8
}

// ctSession is the two directions of an entry.
type ctSession struct{ original, reply ctTuple }

// session puts the two directions into row and reports whether one is
// something else than the mirror of the other.
func (s *ctSession) session(row *netstat.NATSession) bool {
	o, r := &s.original, &s.reply
	if o.protocol == ipprotoICMP {
		// The end that asks has the identifier for a port.
		o.srcPort, o.dstPort = o.icmpID, 0
		r.srcPort, r.dstPort = 0, r.icmpID
	}
	*row = netstat.NATSession{
		Family:     netstat.Inet,
		IPProtocol: o.protocol,
		Original: netstat.NATTuple{
			Source:      netip.AddrPortFrom(o.src, o.srcPort),
			Destination: netip.AddrPortFrom(o.dst, o.dstPort),
			ICMPType:    o.icmpType,
			ICMPCode:    o.code,
		},
		Reply: netstat.NATTuple{
			Source:      netip.AddrPortFrom(r.src, r.srcPort),
			Destination: netip.AddrPortFrom(r.dst, r.dstPort),
		},
		Timeout: -1,
	}
	if o.src.Is6() {
		row.Family = netstat.Inet6
	}
	switch o.protocol {
	case ipprotoTCP:
		row.Protocol = netstat.TCP
	case ipprotoUDP:
		row.Protocol = netstat.UDP
	case ipprotoUDPLite:
		row.Protocol = netstat.UDPLite
	case ipprotoSCTP:
		row.Protocol = netstat.SCTP
	}
	return row.SourceTranslated() || row.DestinationTranslated()
}

// decodeConntrack fills row from the payload of a ctnetlink message and says
// whether it is a session that is translated, which is all that counts. Of
// others no more than the tuples is decoded. ok is false for a record without
// two directions of the family.
func decodeConntrack(b []byte, family uint8, row *netstat.NATSession) (translated, ok bool) {
	if len(b) < nfgenmsgSize || b[0] != family {
		return false, false
	}
	b = b[nfgenmsgSize:]
	var s ctSession
	var status, timeout, info, seqOrig, seqReply []byte
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			break
		}
		b = rest
		switch kind {
		case ctaTupleOrig:
			s.original.decode(value)
		case ctaTupleReply:
			s.reply.decode(value)
		case ctaStatus:
			status = value
		case ctaTimeout:
			timeout = value
		case ctaProtoInfo:
			info = value
		case ctaSeqAdjOrig:
			seqOrig = value
		case ctaSeqAdjReply:
			seqReply = value
		}
	}
	if !s.complete() || s.original.src.Is4() != (family == afInet) {
		return false, false
	}
	if !s.session(row) {
		return false, true
	}
	if len(timeout) >= 4 {
		row.Timeout = time.Duration(binary.BigEndian.Uint32(timeout)) * time.Second
	}
	if len(status) >= 4 {
		row.Status = natStatus(binary.BigEndian.Uint32(status))
	}
	decodeProtoInfo(info, row)
	decodeSeqAdjust(seqOrig, &row.Original.SeqAdjust)
	decodeSeqAdjust(seqReply, &row.Reply.SeqAdjust)
	return true, true
}

func (s *ctSession) complete() bool {
	return s.original.src.IsValid() && s.original.dst.IsValid() &&
		s.reply.src.IsValid() && s.reply.dst.IsValid() &&
		s.original.src.Is4() == s.original.dst.Is4() && s.original.src.Is4() == s.reply.src.Is4() &&
		s.original.src.Is4() == s.reply.dst.Is4()
}

func (t *ctTuple) decode(b []byte) {
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return
		}
		b = rest
		switch kind {
		case ctaTupleIP:
			t.decodeAddresses(value)
		case ctaTupleProto:
			t.decodeProtocol(value)
		}
	}
}

func (t *ctTuple) decodeAddresses(b []byte) {
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return
		}
		b = rest
		switch {
		case kind == ctaIPv4Src && len(value) == 4:
			t.src = netip.AddrFrom4([4]byte(value))
		case kind == ctaIPv4Dst && len(value) == 4:
			t.dst = netip.AddrFrom4([4]byte(value))
		case kind == ctaIPv6Src && len(value) == 16:
			t.src = netip.AddrFrom16([16]byte(value))
		case kind == ctaIPv6Dst && len(value) == 16:
			t.dst = netip.AddrFrom16([16]byte(value))
		}
	}
}

func (t *ctTuple) decodeProtocol(b []byte) {
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return
		}
		b = rest
		switch {
		case len(value) == 1:
			switch kind {
			case ctaProtoNum:
				t.protocol = value[0]
			case ctaProtoICMPType:
				t.icmpType = value[0]
			case ctaProtoICMPCode:
				t.code = value[0]
			}
		case len(value) >= 2:
			v := binary.BigEndian.Uint16(value)
			switch kind {
			case ctaProtoSrcPort:
				t.srcPort = v
			case ctaProtoDstPort:
				t.dstPort = v
			case ctaProtoICMPID:
				t.icmpID = v
			}
		}
	}
}

func natStatus(bits uint32) (s netstat.NATStatus) {
	if bits&ipsSeenReply != 0 {
		s |= netstat.NATReplied
	}
	if bits&ipsAssured != 0 {
		s |= netstat.NATAssured
	}
	if bits&(ipsOffload|ipsHWOffload) != 0 {
		s |= netstat.NATOffloaded
	}
	return s
}

func decodeProtoInfo(b []byte, row *netstat.NATSession) {
	protocol, value, _, ok := netlink.Attribute(b)
	if !ok {
		return
	}
	for b = value; ; {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return
		}
		b = rest
		if kind != ctaProtoInfoState || len(value) != 1 {
			continue
		}
		switch state := int(value[0]); {
		case protocol == ctaProtoInfoTCP && state < len(conntrackTCPStates):
			row.State = conntrackTCPStates[state].state
		case protocol == ctaProtoInfoSCTP && state < len(conntrackSCTPStates):
			row.AssocState = conntrackSCTPStates[state].state
		}
	}
}

// decodeSeqAdjust takes an attribute that the kernel leaves out where nothing
// is shifted.
func decodeSeqAdjust(b []byte, a *netstat.SeqAdjust) {
	a.Known, a.BeforeKnown = true, true
	for {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return
		}
		b = rest
		if len(value) < 4 {
			continue
		}
		v := binary.BigEndian.Uint32(value)
		switch kind {
		case ctaSeqAdjPosition:
			a.Position = v
		case ctaSeqAdjBefore:
			a.Before = int32(v)
		case ctaSeqAdjAfter:
			a.After = int32(v)
		}
	}
}

// conntrackFile lists the sessions of /proc/net/nf_conntrack, which has no
// header.
func (s *source) conntrackFile(ctx context.Context, f io.ReadCloser, yield yieldNAT) {
	s.natLines(ctx, f, yield, parseConntrack, appendTracked)
}

// natLines yields what parse finds in each line of a file, once for each of what
// identity appends, if that is not nil, and returns whether the caller may go on.
func (s *source) natLines(ctx context.Context, f io.ReadCloser, yield yieldNAT,
	parse func(line []byte, row *netstat.NATSession) (translated, ok bool),
	identity func(b, line []byte) []byte,
) bool {
	var bogus bogusNAT
	l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer(), tooLong: bogus.add}
	defer s.closeLines(l)
	var (
		row   netstat.NATSession
		known repeats
		ends  []byte
	)
	for {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			yield(netstat.NATSession{}, natError("read", err))
			return false
		}
		translated, ok := parse(line, &row)
		if !ok {
			bogus.add(line)
		}
		if !translated {
			continue
		}
		if identity != nil {
			if ends = identity(ends[:0], line); known.before(ends, l.reads) {
				continue
			}
		}
		if !yield(row, nil) {
			return false
		}
	}
	if err := bogus.err(); err != nil {
		yield(netstat.NATSession{}, err)
		return false
	}
	return true
}
