package linux

import (
	"encoding/binary"
	"time"

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
	ndaCacheInfo   = 3
	ndaProbes      = 4
	ndaVLAN        = 5
	ndaVNI         = 7
	ndaMaster      = 9
	ndaProtocol    = 12
	ndaFlagsExt    = 15

	ntfProxy      = 1 << 3
	ntfExtLearned = 1 << 4
	ntfOffloaded  = 1 << 5
	ntfSticky     = 1 << 6
	ntfRouter     = 1 << 7
	ntfExtManaged = 1 << 0 // of ndaFlagsExt

	nudNone = 0

	// neighborTick is the unit of struct nda_cacheinfo (USER_HZ).
	neighborTick = 10 * time.Millisecond
)

// neighborStateOf converts a bit of NUD_….
func neighborStateOf(bits uint16) netstat.NeighborState {
	switch bits {
	case nudNone:
		return netstat.NeighborNone
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
	return netstat.NeighborUnknown // a newer kernel's
}

// appendNeighborRequest appends a request to dump the neighbours of a family, or the
// addresses for which this host answers: the kernel lists these only on request.
func appendNeighborRequest(b []byte, seq uint32, family byte, proxies bool) []byte {
	b = netlink.AppendDumpHeader(b, rtmGetNeigh, seq, ndmsgSize)
	flags := byte(0)
	if proxies {
		flags = ntfProxy
	}
	return append(b, family, 0, 0, 0, 0, 0, 0, 0, 0, 0, flags, 0)
}

// decodeNeighbor decodes a struct ndmsg and attributes (neigh_fill_info and
// pneigh_fill_info in net/core/neighbour.c). It returns false for a message without an
// address of the family. Attributes that are too short count as missing.
func decodeNeighbor(b []byte, family byte) (n netstat.Neighbor, ok bool) {
	if len(b) < ndmsgSize || b[0] != family {
		return n, false
	}
	order := binary.NativeEndian
	n.Index = order.Uint32(b[4:])
	flags := b[10]
	n.Router, n.Proxy = flags&ntfRouter != 0, flags&ntfProxy != 0
	n.ExternLearn, n.Offloaded, n.Sticky = flags&ntfExtLearned != 0, flags&ntfOffloaded != 0, flags&ntfSticky != 0
	if state := order.Uint16(b[8:]); state != nudNone || !n.Proxy {
		n.State = neighborStateOf(state)
	}
	known := func(field netstat.NeighborFields, to *uint32, value []byte) {
		if len(value) >= 4 {
			*to = order.Uint32(value)
			n.Known |= field
		}
	}
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
		case ndaCacheInfo: // struct nda_cacheinfo: confirmed, used, updated, refcnt
			if len(value) < 16 {
				break
			}
			ago := func(k int) time.Duration { return time.Duration(order.Uint32(value[4*k:])) * neighborTick }
			n.Confirmed, n.Used, n.Updated = ago(0), ago(1), ago(2)
			n.RefCount = order.Uint32(value[12:])
			n.Known |= netstat.NeighborConfirmed | netstat.NeighborUsed | netstat.NeighborUpdated | netstat.NeighborRefCount
		case ndaProbes:
			known(netstat.NeighborProbes, &n.Probes, value)
		case ndaVNI:
			known(netstat.NeighborVNI, &n.VNI, value)
		case ndaMaster:
			known(netstat.NeighborMaster, &n.Master, value)
		case ndaVLAN:
			if len(value) >= 2 {
				n.VLAN = order.Uint16(value)
				n.Known |= netstat.NeighborVLAN
			}
		case ndaProtocol:
			if len(value) > 0 {
				n.Protocol = netstat.RouteProtocol(value[0])
			}
		case ndaFlagsExt:
			n.Managed = len(value) >= 4 && order.Uint32(value)&ntfExtManaged != 0
		}
	}
}
