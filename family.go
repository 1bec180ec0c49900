package netstat

// Family is an address family. The zero value is no family. The numbers are defined by
// this package, not by a kernel.
type Family uint8

const (
	FamilyNone Family = iota
	Unix              // local sockets, unix(7)
	Inet              // IPv4
	Inet6             // IPv6
	IPX               // Novell IPX
	AX25              // amateur radio AX.25
	NetROM            // amateur radio NET/ROM
	ROSE              // amateur radio ROSE
	X25               // ITU-T X.25
	AppleTalk         // AppleTalk DDP
	Bluetooth
	Packet  // link-layer frames, packet(7)
	Netlink // communication with the kernel, netlink(7)
	VSock   // communication between virtual machines and their host, vsock(7)
	XDP     // link-layer frames through rings shared with the kernel (AF_XDP)
	TIPC    // Transparent Inter-Process Communication
	SMC     // Shared Memory Communications, RFC 7609
	CAN     // Controller Area Network
	Key     // IPsec key management, RFC 2367 (pfkey)
)

var familyNames = [...]string{
	FamilyNone: "none", Unix: "unix", Inet: "inet", Inet6: "inet6", IPX: "ipx",
	AX25: "ax25", NetROM: "netrom", ROSE: "rose", X25: "x25",
	AppleTalk: "appletalk", Bluetooth: "bluetooth", Packet: "packet",
	Netlink: "netlink", VSock: "vsock", XDP: "xdp", TIPC: "tipc", SMC: "smc",
	CAN: "can", Key: "pfkey",
}

// String returns the lower-case name of the family.
func (f Family) String() string {
	if int(f) < len(familyNames) {
		return familyNames[f]
	}
	return "unknown"
}
