package netstat

// Family is an address family. The zero value is no family. The numbers are
// this package's own, not those of any kernel.
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
)

var familyNames = [...]string{
	FamilyNone: "none", Unix: "unix", Inet: "inet", Inet6: "inet6", IPX: "ipx",
	AX25: "ax25", NetROM: "netrom", ROSE: "rose", X25: "x25",
	AppleTalk: "appletalk", Bluetooth: "bluetooth",
}

// String returns the family's lower-case name, as used in error texts.
func (f Family) String() string {
	if int(f) < len(familyNames) {
		return familyNames[f]
	}
	return "unknown"
}
