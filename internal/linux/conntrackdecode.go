package linux

import (
	"encoding/binary"
	"net/netip"
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

// IP protocol numbers that conntrack treats specially.
const (
	ipprotoICMP = 1
	ipprotoGRE  = 47
	ipprotoSCTP = 132
)

// conntrackTCPStates maps enum tcp_conntrack (nf_conntrack_tcp.h). The last is
// a simultaneous open: both ends have received the other's SYN.
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

// conntrackSCTPStates maps enum sctp_conntrack (nf_conntrack_sctp.h) to the
// names of RFC 9260, section 4. The heartbeat states belong to a path of an
// association whose setup the kernel did not see.
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

// ctTuple is one direction as the kernel writes it. The ICMP identifier is
// separate from both addresses.
type ctTuple struct {
	src, dst         netip.Addr
	protocol         uint8
	srcPort, dstPort uint16
	icmpID           uint16
	icmpType, code   uint8
}

// ctSession holds the two directions of an entry.
type ctSession struct{ original, reply ctTuple }

// session fills row from the two directions. It reports whether the session is
// translated: one direction is then not the mirror image of the other.
func (s *ctSession) session(row *netstat.NATSession) bool {
	o, r := &s.original, &s.reply
	if o.protocol == ipprotoICMP {
		// The requesting side has the identifier as its port.
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

// decodeConntrack fills row from the payload of a ctnetlink message and reports
// whether the session is translated. For sessions that are not, it decodes only
// the tuples. ok is false for a record without two directions of the family.
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

// decodeSeqAdjust decodes an attribute that the kernel leaves out if sequence
// numbers are not shifted.
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
