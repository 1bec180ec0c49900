package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// IP protocol numbers for sock_diag.
const (
	ipprotoTCP     = 6
	ipprotoUDP     = 17
	ipprotoUDPLite = 136
	ipprotoRaw     = 255
)

// Numbers of include/uapi/linux/sock_diag.h and inet_diag.h.
const (
	afInet  = 2
	afInet6 = 10

	tcpDiagGetSock      = 18
	sockDiagByFamily    = 20
	inetDiagReqBytecode = 1
	inetDiagReqSize     = 60
	inetDiagReqV2Size   = 56
	inetDiagMsgSize     = 72
)

// Bits of inet_diag_req_v2.idiag_states.
const (
	// diagAllStates is the set of states that /proc/net/tcp shows.
	diagAllStates = 1<<13 - 2
	// connectedStates is the set of states of sockets in the kernel's table
	// of connections, which has no listeners.
	connectedStates = diagAllStates &^ (1 << tcpListen)
	// diagBoundInactive selects sockets that are bound but neither
	// listening nor connected (TCP_BOUND_INACTIVE, Linux 6.8). /proc never
	// shows them.
	diagBoundInactive = 1 << 13
)

// tcpListen is the number of LISTEN (include/net/tcp_states.h).
const tcpListen = 10

// stateNumbers maps the enum of include/net/tcp_states.h.
var stateNumbers = [...]netstat.State{
	1: netstat.Established, 2: netstat.SynSent, 3: netstat.SynReceived,
	4: netstat.FinWait1, 5: netstat.FinWait2, 6: netstat.TimeWait,
	7: netstat.Closed, 8: netstat.CloseWait, 9: netstat.LastAck,
	10: netstat.Listen, 11: netstat.Closing, 12: netstat.NewSynRecv,
}

func stateOf(number uint64) netstat.State {
	if number < uint64(len(stateNumbers)) {
		return stateNumbers[number]
	}
	return netstat.StateUnknown
}

// stateMask converts a set of states into the mask of a TCP dump.
func stateMask(states netstat.StateSet) uint32 {
	if states == 0 {
		return diagAllStates
	}
	var mask uint32
	for number, state := range stateNumbers {
		if number > 0 && states.Has(state) {
			mask |= 1 << number
		}
	}
	if states.Has(netstat.NewSynRecv) {
		// The kernel selects requests by the bit of SYN_RECV and
		// reports that state.
		mask |= 1 << 3
	}
	if states.Has(netstat.Bound) {
		mask |= diagBoundInactive
	}
	if states.Has(netstat.StateUnknown) {
		mask |= diagAllStates
	}
	return mask
}

// listsBound reports whether a kernel of this release (uname(2)) lists sockets
// that are only bound, as Linux does since 6.8. An unknown release counts as
// recent.
func listsBound(release string) bool {
	major, rest, ok1 := releaseNumber(release)
	if !ok1 || rest == "" || rest[0] != '.' {
		return true
	}
	minor, _, ok2 := releaseNumber(rest[1:])
	return !ok2 || major > 6 || major == 6 && minor >= 8
}

func releaseNumber(s string) (n int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && s[i]-'0' < 10 && n < 1e6; i++ {
		n = 10*n + int(s[i]-'0')
	}
	return n, s[i:], i > 0
}

// errNoBound means that the rows lack sockets that are only bound.
type errNoBound struct{}

func (errNoBound) Error() string {
	return "bound sockets are listed only by Linux 6.8 and later, over netlink"
}
func (errNoBound) Unwrap() error { return errors.ErrUnsupported }

// reportNoBound reports that bound sockets are missing, if they were requested.
func reportNoBound(t netstat.Table, n netstat.Need) {
	if t.Protocol == netstat.TCP && n.States.Has(netstat.Bound) && n.Report != nil {
		n.Report(&netstat.OpError{Op: "list", Table: t, Err: errNoBound{}})
	}
}

// timerOf converts a timer's number as written by get_tcp4_sock
// (net/ipv4/tcp_ipv4.c) and inet_sk_diag_fill (net/ipv4/inet_diag.c).
func timerOf(code uint64) netstat.TimerKind {
	switch code {
	case 0:
		return netstat.TimerNone
	case 1:
		return netstat.TimerRetransmit
	case 2:
		return netstat.TimerKeepalive
	case 3:
		return netstat.TimerTimeWait
	case 4:
		return netstat.TimerProbe
	}
	return netstat.TimerOther
}

// diagRequest is one dump: SOCK_DIAG_BY_FAMILY with a struct inet_diag_req_v2.
type diagRequest struct {
	// both requests both families of TCP in one pass over the kernel's
	// table. Only the older TCPDIAG_GETSOCK with a struct inet_diag_req
	// does this (inet_diag_dump_compat in net/ipv4/inet_diag.c).
	both     bool
	table    netstat.Table
	protocol uint8
	states   uint32
	// extensions is a set of diagExtensions bits.
	extensions uint8
	bytecode   []byte
}

func (r *diagRequest) family() byte {
	if r.table.Family == netstat.Inet6 {
		return afInet6
	}
	return afInet
}

// kind returns the type of the request's message and of its replies.
func (r *diagRequest) kind() uint16 {
	if r.both {
		return tcpDiagGetSock
	}
	return sockDiagByFamily
}

// appendDiagRequest appends the request's message.
func appendDiagRequest(b []byte, seq uint32, r *diagRequest) []byte {
	size := inetDiagReqV2Size
	if r.both {
		size = inetDiagReqSize
	}
	if len(r.bytecode) > 0 {
		size += netlink.AttributeSize + len(r.bytecode)
	}
	order := binary.NativeEndian
	b = netlink.AppendDumpHeader(b, r.kind(), seq, size)
	if r.both {
		b = append(b, 0, 0, 0, r.extensions)
		b = append(b, make([]byte, inetDiagReqSize-4-8)...)
		b = order.AppendUint32(b, r.states)
		b = order.AppendUint32(b, 0)
	} else {
		b = append(b, r.family(), r.protocol, r.extensions, 0)
		b = order.AppendUint32(b, r.states)
		b = append(b, make([]byte, inetDiagReqV2Size-8)...)
	}

	if len(r.bytecode) > 0 {
		b = order.AppendUint16(b, uint16(netlink.AttributeSize+len(r.bytecode)))
		b = order.AppendUint16(b, inetDiagReqBytecode)
		b = append(b, r.bytecode...)
	}
	return b
}

// decodeDiag fills s from a struct inet_diag_msg; b must hold at least
// inetDiagMsgSize bytes. s.Table must be set and selects the address family.
func decodeDiag(b []byte, s *netstat.Socket) {
	_ = b[inetDiagMsgSize-1]
	order := binary.NativeEndian
	s.State = stateOf(uint64(b[1]))
	s.Local.Port = binary.BigEndian.Uint16(b[4:])
	s.Remote.Port = binary.BigEndian.Uint16(b[6:])
	scope := order.Uint32(b[40:])
	s.Local.Scope = scope
	s.Remote.Scope = 0
	if s.Table.Family == netstat.Inet {
		s.Local.IP = netip.AddrFrom4([4]byte(b[8:]))
		s.Remote.IP = netip.AddrFrom4([4]byte(b[24:]))
	} else {
		s.Local.IP = netip.AddrFrom16([16]byte(b[8:]))
		s.Remote.IP = netip.AddrFrom16([16]byte(b[24:]))
		if b[24] == 0xfe && b[25]&0xc0 == 0x80 {
			s.Remote.Scope = scope
		}
	}
	s.Cookie = uint64(order.Uint32(b[44:])) | uint64(order.Uint32(b[48:]))<<32
	s.RecvQ = uint64(order.Uint32(b[56:]))
	s.SendQ = uint64(order.Uint32(b[60:]))
	s.MaxBacklog = 0
	if s.State == netstat.Listen && s.Table.Protocol == netstat.TCP {
		s.MaxBacklog, s.SendQ = uint32(s.SendQ), 0
	}
	s.UID = order.Uint32(b[64:])
	s.Inode = uint64(order.Uint32(b[68:]))

	s.Timer = netstat.Timer{}
	if code := b[2]; code != 0 {
		s.Timer.Kind = timerOf(uint64(code))
		s.Timer.Code = code
		s.Timer.Expires = time.Duration(order.Uint32(b[52:])) * time.Millisecond
		if s.Timer.Kind == netstat.TimerRetransmit {
			s.Timer.Retransmits = uint32(b[3])
		} else {
			s.Timer.Probes = uint32(b[3])
		}
	}
}

// diagDump turns the replies of a dump into rows.
type diagDump struct {
	request diagRequest
	seq     uint32
	// tolerant accepts an inconsistent dump even if nothing was delivered
	// yet and it could be repeated.
	tolerant bool
	// requestOf, if not nil, looks up a connection request in SYN-RECEIVED.
	requestOf func(tuple) (connectionRequest, bool)
	// attributes, if not nil, decodes the attributes after the record.
	attributes *diagAttributes
	// held holds the messages about IPv6 sockets in a dump of both
	// families. overflow reports that they were too many.
	held     []byte
	overflow bool
	// crowded, if not nil, recognizes repeated rows. isCrowded reports
	// whether there can be any.
	crowded   *crowded
	isCrowded func() bool
	// family, if not nil, replaces request except for its table.
	family *familyDump
	report func(*netstat.OpError)
}

// message returns the message that begins the dump.
func (d *diagDump) message() []byte {
	if d.family != nil {
		return d.family.appendMessage(nil, d.seq)
	}
	return appendDiagRequest(nil, d.seq, &d.request)
}

// run receives and delivers one dump. The request must have been sent.
func (d *diagDump) run(ctx context.Context, c netlink.Conn, buf []byte, yield yieldFunc) netlink.Outcome {
	var (
		family    = d.request.family()
		kind      = d.request.kind()
		showBound = d.request.states&diagBoundInactive != 0 && d.request.protocol == ipprotoTCP
		s         netstat.Socket
		m         = netlink.Reader{Ctx: ctx, Seq: d.seq, Conn: c, Buf: buf, Tolerant: d.tolerant}
	)
	s.Table = d.request.table
	for m.Next() {
		if m.Kind != kind {
			continue
		}
		if d.family != nil {
			s = netstat.Socket{Table: d.request.table}
			switch d.family.decode(m.Payload, &s) {
			case familyBogus:
				d.bogus(m.Payload)
				continue
			case familyNoRow:
				continue
			}
			m.Rows = true
			if !yield(s, nil) {
				m.Stopped = true
				break
			}
			continue
		}
		if d.request.both && family == afInet && len(m.Payload) > 0 && m.Payload[0] == afInet6 {
			if !d.repeated(m.Payload) {
				d.hold(m.Payload)
			}
			continue
		}
		if len(m.Payload) < inetDiagMsgSize || m.Payload[0] != family {
			d.bogus(m.Payload)
			continue
		}
		decodeDiag(m.Payload, &s)
		if d.crowded != nil {
			again, done := d.crowded.again(&s, d.isCrowded)
			if done {
				d.crowded = nil
			}
			if again {
				continue
			}
		}
		if d.attributes != nil {
			d.attributes.decode(m.Payload[inetDiagMsgSize:], &s)
		}
		if s.State == netstat.SynReceived && d.requestOf != nil && s.Inode == 0 {
			key := tuple{s.Local.IP, s.Remote.IP, s.Local.Port, s.Remote.Port}
			if known, ok := d.requestOf(key); ok {
				s.UID, s.Timer.Retransmits = known.uid, known.retransmits
			}
		}
		if showBound && s.State == netstat.Closed && s.Remote.Port == 0 {
			s.State = netstat.Bound
		}
		m.Rows = true
		if !yield(s, nil) {
			m.Stopped = true
			break
		}
	}
	return m.Outcome
}

// repeated reports whether an IPv6 socket was in the dump before.
func (d *diagDump) repeated(payload []byte) bool {
	if d.crowded == nil || len(payload) < inetDiagMsgSize {
		return false
	}
	s := netstat.Socket{Table: netstat.TCP6Table}
	decodeDiag(payload, &s)
	again, done := d.crowded.again(&s, d.isCrowded)
	if done {
		d.crowded = nil
	}
	return again
}

// heldSeq is the sequence number of held messages, which may be of several dumps.
const heldSeq = 1

// diagHeldRoom is the memory for the first held messages, a few hundred. The runtime does
// not touch it before it is used, but all of what it doubles.
const diagHeldRoom = 32 << 10

// hold keeps a record as a message for later. Above tcpHeldMax it drops all.
func (d *diagDump) hold(payload []byte) {
	if d.attributes == nil && len(payload) > inetDiagMsgSize {
		payload = payload[:inetDiagMsgSize]
	}
	if d.held == nil {
		d.held = make([]byte, 0, diagHeldRoom)
	}
	if d.overflow || len(d.held)+netlink.HeaderSize+len(payload) > tcpHeldMax {
		d.held, d.overflow = nil, true
		return
	}
	d.held = append(netlink.AppendDumpHeader(d.held, d.request.kind(), heldSeq, len(payload)), payload...)
	for len(d.held)%4 != 0 {
		d.held = append(d.held, 0)
	}
}

// heldDump replays held messages and ends the dump.
type heldDump struct {
	messages []byte
	ended    bool
}

func (h *heldDump) Send([]byte) error { return nil }
func (h *heldDump) Close()            {}

func (h *heldDump) Receive(b []byte) (n int, truncated bool, err error) {
	order := binary.NativeEndian
	for len(h.messages) > 0 {
		size := (int(order.Uint32(h.messages)) + 3) &^ 3
		if n+size > len(b) {
			return n, false, nil
		}
		n += copy(b[n:], h.messages[:size])
		h.messages = h.messages[size:]
	}
	if n == 0 && !h.ended {
		h.ended = true
		order.PutUint32(b, netlink.HeaderSize)
		order.PutUint16(b[4:], netlink.TypeDone)
		order.PutUint16(b[6:], 0)
		order.PutUint32(b[8:], heldSeq)
		order.PutUint32(b[12:], 0)
		n = netlink.HeaderSize
	}
	return n, false, nil
}

func (d *diagDump) bogus(record []byte) {
	reportBogus(d.report, d.request.table, record)
}

// tuple identifies a TCP connection request, which has no inode.
type tuple struct {
	local, remote         netip.Addr
	localPort, remotePort uint16
}
