package netstat

import "net/netip"

// Addr is one end of a Socket. Which fields are set follows from the family:
// IP and Port for Internet sockets, Name for the others.
type Addr struct {
	// IP is the address, without a zone. It is the zero netip.Addr where the
	// family has no IP addresses or the end is not known. An IPv4-mapped
	// IPv6 address stays one.
	IP netip.Addr
	// Port is in host order; 0 means any. For Raw it is the IP protocol.
	Port uint16
	// Scope is the index of the interface that a link-local address belongs
	// to or that the socket is bound to, 0 for none.
	Scope uint32
	// Name is what families without IP addresses call an end: a unix path
	// (starting with "@" for an abstract one), a callsign, a node. It comes
	// from other processes: pass it through ascii.AppendSafe before a
	// terminal sees it.
	Name string
}
