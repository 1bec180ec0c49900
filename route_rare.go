package netstat

// RareRoute is one route of a family other than IPv4 and IPv6. It is sealed: pointers
// to the types of this file implement it. A RareRoute is immutable once delivered.
// Names come from the air or from other machines: pass them through ascii.AppendSafe
// before printing them on a terminal.
type RareRoute interface {
	// Family returns the family of the route.
	Family() Family
}

// AX25Mode is how IP is carried over an AX.25 route.
type AX25Mode uint8

const (
	AX25ModeDefault  AX25Mode = iota // the interface's setting
	AX25ModeDatagram                 // in UI frames
	AX25ModeCircuit                  // in a virtual circuit
)

// AX25Route is a line of /proc/net/ax25_route (net/ax25/ax25_route.c).
type AX25Route struct {
	Destination string // callsign, or "default"
	Device      string // interface name; empty if unknown to the kernel
	Mode        AX25Mode
	Digipeaters string // relaying stations, separated by commas
}

// NetROMRoute is a line of /proc/net/nr_nodes joined with its neighbour in use from
// /proc/net/nr_neigh (net/netrom/nr_route.c).
type NetROMRoute struct {
	Destination string // node
	Mnemonic    string // alias of the node; empty for none
	Quality     uint32 // quality of the neighbour in use, 0 to 255
	Neighbour   RareNeighbour
}

// RareNeighbour is a station that NET/ROM or ROSE reaches directly. Known reports
// whether it still existed when it was looked up; if not, only Number is set.
type RareNeighbour struct {
	Number   uint32 // the kernel's number
	Known    bool
	Callsign string
	Device   string // interface name; empty if unknown to the kernel
}

// ROSERoute is a line of /proc/net/rose_nodes joined with its neighbours from
// /proc/net/rose_neigh (net/rose/rose_route.c).
type ROSERoute struct {
	Destination string // ten digits
	Digits      uint32 // number of significant digits
	Neighbours  []RareNeighbour
}

// X25Route is a line of /proc/net/x25/route (net/x25/x25_proc.c).
type X25Route struct {
	Destination string // digits
	Digits      uint32 // number of significant digits; 0 for the default route
	Device      string // interface name; empty if unknown to the kernel
}

// IPXRoute is a line of /proc/net/ipx/route (net/ipx/ipx_proc.c, up to Linux 4.17).
// Networks have 8 and nodes 12 hexadecimal digits.
type IPXRoute struct {
	Destination string // network
	// RouterNet and RouterNode are the next hop; empty for a directly connected
	// network.
	RouterNet, RouterNode string
}

// AppleTalkRoute is a line of /proc/net/atalk/route
// (net/appletalk/atalk_proc.c).
type AppleTalkRoute struct {
	Destination, Gateway string // network and node in hexadecimal, NNNN:NN
	// Up, ViaGateway and Host are RTF_UP, RTF_GATEWAY and RTF_HOST; Linux sets no other
	// flags here.
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
