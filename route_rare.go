package netstat

// RareRoute is one route of a family other than IPv4 and IPv6. It is sealed:
// the types of this file, as pointers, are all there are. One is not changed
// once it is delivered. Names come from the air or from other machines: pass
// them through ascii.AppendSafe before a terminal sees them.
type RareRoute interface {
	// Family returns the family whose route it is.
	Family() Family
}

// AX25Mode says how IP travels over an AX.25 route.
type AX25Mode uint8

const (
	AX25ModeDefault  AX25Mode = iota // as the interface is set
	AX25ModeDatagram                 // in UI frames
	AX25ModeCircuit                  // in a virtual circuit
)

// AX25Route is a line of /proc/net/ax25_route (net/ax25/ax25_route.c).
type AX25Route struct {
	Destination string // a callsign, or "default"
	Device      string // empty if the kernel knows none
	Mode        AX25Mode
	Digipeaters string // the stations on the way, with commas between
}

// NetROMRoute is a line of /proc/net/nr_nodes with the neighbour in use looked
// up in /proc/net/nr_neigh (net/netrom/nr_route.c).
type NetROMRoute struct {
	Destination string // a node
	Mnemonic    string // the node's alias, empty for none
	Quality     uint32 // 0 to 255, of the way in use
	Neighbour   RareNeighbour
}

// RareNeighbour is a station that NET/ROM or ROSE can reach directly. Known is
// false, and only Number set, where it had gone when it was looked up.
type RareNeighbour struct {
	Number   uint32 // the kernel's
	Known    bool
	Callsign string
	Device   string // empty if the kernel knows none
}

// ROSERoute is a line of /proc/net/rose_nodes with its neighbours looked up in
// /proc/net/rose_neigh (net/rose/rose_route.c).
type ROSERoute struct {
	Destination string // ten digits
	Digits      uint32 // how many of them count
	Neighbours  []RareNeighbour
}

// X25Route is a line of /proc/net/x25/route (net/x25/x25_proc.c).
type X25Route struct {
	Destination string // digits
	Digits      uint32 // how many of them count; 0 for the default route
	Device      string // empty if the kernel knows none
}

// IPXRoute is a line of /proc/net/ipx/route (net/ipx/ipx_proc.c of Linux up to
// 4.17). Networks and nodes are in hexadecimal, of 8 and 12 digits.
type IPXRoute struct {
	Destination string // a network
	// RouterNet and RouterNode are the next hop, empty for a network that is
	// directly connected.
	RouterNet, RouterNode string
}

// AppleTalkRoute is a line of /proc/net/atalk/route
// (net/appletalk/atalk_proc.c).
type AppleTalkRoute struct {
	Destination, Gateway string // network and node in hexadecimal, NNNN:NN
	// Up, ViaGateway and Host are RTF_UP, RTF_GATEWAY and RTF_HOST; Linux
	// sets no others here.
	Up, ViaGateway, Host bool
	Device               string
}

// Family returns AX25.
func (*AX25Route) Family() Family { return AX25 }

// Family returns NetROM.
func (*NetROMRoute) Family() Family { return NetROM }

// Family returns ROSE.
func (*ROSERoute) Family() Family { return ROSE }

// Family returns X25.
func (*X25Route) Family() Family { return X25 }

// Family returns IPX.
func (*IPXRoute) Family() Family { return IPX }

// Family returns AppleTalk.
func (*AppleTalkRoute) Family() Family { return AppleTalk }
