package linux

import (
	"encoding/binary"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/rtnetlink.h and neighbour.h.
const (
	rtmNewNeigh = 28
	rtmGetNeigh = 30

	ndmsgSize = 12

	ndaDestination = 1
	ndaLinkAddress = 2

	ntfProxy  = 1 << 3
	ntfRouter = 1 << 7
)

// neighborStateOf converts a bit of NUD_….
func neighborStateOf(bits uint16) netstat.NeighborState {
	switch bits {
	case 0x01:
		return netstat.NeighborIncomplete
	case 0x02:
		return netstat.NeighborReachable
	case 0x04:
		return netstat.NeighborStale
	case 0x08:
		return netstat.NeighborDelay
	case 0x10:
		return netstat.NeighborProbe
	case 0x20:
		return netstat.NeighborFailed
	case 0x40:
		return netstat.NeighborNoARP
	case 0x80:
		return netstat.NeighborPermanent
	}
	return netstat.NeighborUnknown // NUD_NONE, or a newer kernel's
}

// appendNeighborRequest appends a request to dump the neighbours of a family. The
// kernel leaves out those for which this host only answers.
func appendNeighborRequest(b []byte, seq uint32, family byte) []byte {
	b = netlink.AppendDumpHeader(b, rtmGetNeigh, seq, ndmsgSize)
	return append(b, family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}

// decodeNeighbor decodes a struct ndmsg and attributes (neigh_fill_info in
// net/core/neighbour.c). It returns false for a message without an address of the
// family.
func decodeNeighbor(b []byte, family byte) (n netstat.Neighbor, ok bool) {
	if len(b) < ndmsgSize || b[0] != family {
		return n, false
	}
	order := binary.NativeEndian
	n.Index = order.Uint32(b[4:])
	n.State = neighborStateOf(order.Uint16(b[8:]))
	n.Router, n.Proxy = b[10]&ntfRouter != 0, b[10]&ntfProxy != 0
	for b = b[ndmsgSize:]; ; {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return n, n.Address.IsValid()
		}
		b = rest
		switch kind {
		case ndaDestination:
			n.Address, _ = addrOf(family, value)
		case ndaLinkAddress:
			n.HardwareAddr = append([]byte(nil), value...)
		}
	}
}
