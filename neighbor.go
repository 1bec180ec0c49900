package netstat

import (
	"net/netip"
	"time"
)

// Neighbor is one entry of a neighbour table: the link-layer address of a host on the
// same link, or the attempt to find it. It is a plain value, safe to keep. The zero
// value is no neighbour.
type Neighbor struct {
	// Address is the neighbour's address, without a zone.
	Address netip.Addr
	// HardwareAddr is its link-layer address, of any length; nil if unknown. It is
	// immutable once delivered.
	HardwareAddr []byte
	// State is unknown for an address for which this host answers: it has none.
	State NeighborState
	// Index and Interface are the number and the name of the link. Users choose the
	// name: pass it through ascii.AppendSafe before printing it on a terminal.
	Index     uint32
	Interface string
	// Router reports whether the neighbour said that it is a router (IPv6 only); Proxy
	// whether this host answers for the address.
	Router, Proxy bool
	// ExternLearn reports whether a program or device taught the kernel the entry,
	// Offloaded whether hardware uses it, Managed whether the kernel keeps it resolved,
	// Sticky whether its link-layer address cannot move to another port (NTF_EXT_LEARNED,
	// NTF_OFFLOADED, NTF_EXT_MANAGED and NTF_STICKY of include/uapi/linux/neighbour.h).
	// Linux only.
	ExternLearn, Offloaded, Managed, Sticky bool
	// Protocol is who made the entry; 0 if nobody said so. Linux only.
	Protocol RouteProtocol
	// VLAN, VNI and Master are the VLAN, the VXLAN network and the number of the master
	// that the entry is for. Known says which are given. Linux only.
	VLAN   uint16
	VNI    uint32
	Master uint32
	// Used, Confirmed and Updated are the times since the entry was last used to send,
	// confirmed to be reachable, and changed, in hundredths of a second. Linux only.
	Used, Confirmed, Updated time.Duration
	// RefCount counts the users of the entry within the kernel, Probes the requests
	// sent since the last answer. Linux only.
	RefCount, Probes uint32
	// ReachableTime is how long the system assumes the neighbour to be reachable after a
	// confirmation, UnreachableTime how long unreachable without one (ReachabilityTime of
	// MIB_IPNET_ROW2), in milliseconds. Windows only, which gives one of them.
	ReachableTime, UnreachableTime time.Duration
	// Known holds the fields above that the system gave. The others are zero.
	Known NeighborFields
}

// NeighborFields is a set of fields of Neighbor.
type NeighborFields uint16

const (
	NeighborVLAN NeighborFields = 1 << iota
	NeighborVNI
	NeighborMaster
	NeighborUsed
	NeighborConfirmed
	NeighborUpdated
	NeighborRefCount
	NeighborProbes
	NeighborReachableTime
	NeighborUnreachableTime
)

// Has reports whether all given fields are set.
func (f NeighborFields) Has(fields NeighborFields) bool { return f&fields == fields }

// NeighborState is what is known about a neighbour's link-layer address: the states of
// RFC 4861 7.3.2 and those that Linux adds (NUD_… of include/uapi/linux/neighbour.h).
// The zero value means that it is unknown.
type NeighborState uint8

const (
	NeighborUnknown NeighborState = iota
	NeighborIncomplete
	NeighborReachable
	NeighborStale
	NeighborDelay
	NeighborProbe
	NeighborFailed
	NeighborNoARP
	NeighborPermanent
	NeighborNone // not looked for yet
)

var neighborStates = [...]string{
	"unknown", "incomplete", "reachable", "stale", "delay", "probe", "failed", "noarp", "permanent", "none",
}

// String returns the name in lower case, as ip-neighbour(8) writes it in capitals.
func (s NeighborState) String() string {
	if int(s) < len(neighborStates) {
		return neighborStates[s]
	}
	return "unknown"
}

// NeighborQuery selects neighbours.
type NeighborQuery struct {
	// Family is Inet or Inet6.
	Family Family
	// Proxies requests the addresses for which this host answers too; they come last.
	Proxies bool
}
