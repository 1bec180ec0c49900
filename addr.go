package netstat

import "net/netip"

// Addr is one end of a [Socket]. Internet sockets set IP and Port, other families set
// Name.
type Addr struct {
	// IP is the address, without a zone. It is the zero netip.Addr if the family has no
	// IP addresses or the address is unknown. An IPv4-mapped IPv6 address is kept as
	// such.
	IP netip.Addr
	// Port is the port in host byte order; 0 means any. For Raw it is the IP protocol
	// number.
	Port uint16
	// Scope is the index of the interface that a link-local address belongs to or that
	// the socket is bound to; 0 for none.
	Scope uint32
	// Name is the address in families without IP addresses: a unix path (with a leading
	// "@" if abstract), a callsign, a node. Other processes choose it: pass it through
	// ascii.AppendSafe before printing it on a terminal.
	Name string
}
