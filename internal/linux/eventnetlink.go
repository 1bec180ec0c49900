package linux

import (
	"encoding/binary"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Multicast groups of NETLINK_SOCK_DIAG (enum sknetlink_groups of
// include/uapi/linux/sock_diag.h).
const (
	groupTCP4Destroy = 1
	groupUDP4Destroy = 2
	groupTCP6Destroy = 3
	groupUDP6Destroy = 4
)

// destroyGroup returns the group that announces the end of a table's sockets, or
// 0 if there is none.
func destroyGroup(t netstat.Table) int {
	switch t {
	case netstat.TCP4Table:
		return groupTCP4Destroy
	case netstat.UDP4Table:
		return groupUDP4Destroy
	case netstat.TCP6Table:
		return groupTCP6Destroy
	case netstat.UDP6Table:
		return groupUDP6Destroy
	}
	return 0
}

// diagProtocol is the attribute with the IP protocol (INET_DIAG_PROTOCOL).
const diagProtocol = 10

// destroyDecoder decodes messages about the end of sockets.
type destroyDecoder struct {
	netns uint32 // 0 if it is not named
}

// decode returns the event of a message. ok is false for a message of another
// type and for a socket that never had a port, which no table lists.
func (d *destroyDecoder) decode(message []byte, at time.Time) (e netstat.Event, ok bool) {
	e = netstat.Event{Type: netstat.EventClosed, Origin: netstat.EventNetlink, Time: at}
	kind := binary.NativeEndian.Uint16(message[4:])
	payload := message[netlink.HeaderSize:]
	if kind == netlink.TypeOverrun {
		e.Type = netstat.EventLost
		return e, true
	}
	if kind != sockDiagByFamily || len(payload) < inetDiagMsgSize {
		return e, false
	}
	s := &e.Socket
	s.Netns = d.netns
	switch payload[0] {
	case afInet:
		s.Table.Family = netstat.Inet
	case afInet6:
		s.Table.Family = netstat.Inet6
	default:
		return e, false
	}
	for rest := payload[inetDiagMsgSize:]; ; {
		kind, value, more, ok := netlink.Attribute(rest)
		if !ok {
			break
		}
		if kind == diagProtocol && len(value) > 0 {
			switch value[0] {
			case ipprotoTCP:
				s.Table.Protocol = netstat.TCP
			case ipprotoUDP:
				s.Table.Protocol = netstat.UDP
			}
		}
		rest = more
	}
	if s.Table.Protocol == netstat.ProtocolNone {
		return e, false
	}
	decodeDiag(payload, s)
	if s.Local.Port == 0 {
		return e, false
	}
	s.State, e.New = netstat.Closed, netstat.Closed
	// The kernel leaves these fields 0 (inet_diag_handler_get_info in
	// net/ipv4/inet_diag.c).
	s.Absent |= netstat.FactQueues | netstat.FactUID | netstat.FactInode | netstat.FactTimer
	return e, true
}
