package netstat

import "net/netip"

// Neighbor is one entry of a neighbour table: the link-layer address of a host on the
// same link, or the attempt to find it. It is a plain value, safe to keep. The zero
// value is no neighbour.
type Neighbor struct {
	// Address is the neighbour's address, without a zone.
	Address netip.Addr
	// HardwareAddr is its link-layer address; nil if unknown. It is immutable once
	// delivered.
	HardwareAddr []byte
	State        NeighborState
	// Index and Interface are the number and the name of the link. Users choose the
	// name: pass it through ascii.AppendSafe before printing it on a terminal.
	Index     uint32
	Interface string
	// Router reports whether the neighbour said that it is a router (IPv6 only); Proxy
	// whether this host answers for it.
	Router, Proxy bool
}

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
)

var neighborStates = [...]string{
	"unknown", "incomplete", "reachable", "stale", "delay", "probe", "failed", "noarp", "permanent",
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
}
