package netstat

import (
	"net/netip"
	"time"
)

// Link holds the facts about an interface that the classic reports do not show. Unknown
// fields are zero.
type Link struct {
	// Kind is the kind of a virtual interface as the system names it: "bridge", "vlan",
	// "veth", "tun", … (IFLA_INFO_KIND of include/uapi/linux/if_link.h). It is empty for
	// a device. SlaveKind is the kind of Master, if that keeps settings of the interface.
	Kind, SlaveKind string
	// Settings are those of Kind, SlaveSettings those that Master keeps of the interface;
	// nil for none. Names, numbers and units are those of "ip -j -d link". On Windows
	// Settings are the fields of MIB_IF_ROW2 that nothing else has.
	Settings, SlaveSettings []LinkSetting

	// Master is the interface that this one belongs to: a bridge, bond or VRF. Lower is
	// the one below, which carries its packets; for a veth it is the peer.
	Master, Lower LinkRef
	// HasLowerNetns reports whether Lower is in another network namespace. LowerNetnsID
	// is the number of that namespace in this one, and LowerNetns its name: "" if it has
	// none or InterfaceNetns was not requested. Pass it through ascii.AppendSafe before
	// printing it on a terminal.
	HasLowerNetns bool
	LowerNetnsID  uint32
	LowerNetns    string

	// OperState is the state of RFC 2863. HasCarrier reports whether Carrier is known:
	// whether the link has a signal.
	OperState           OperState
	HasCarrier, Carrier bool
	Numbers             LinkNumbers
	// QueueDiscipline is the root queueing discipline (tc(8)).
	QueueDiscipline string
	// PermanentAddr is the link-layer address that the device was made with, Broadcast
	// the broadcast address of the link; nil if unknown. Both are immutable once
	// delivered.
	PermanentAddr, Broadcast []byte
	// ParentBus and ParentDevice name the device on its bus: pci, 0000:01:00.0. PortName
	// is the name of the physical port.
	ParentBus, ParentDevice, PortName string
	// XDP are the programs attached to the receive path; nil for none.
	XDP []XDPProgram
	// GUID identifies the interface, NetworkGUID the network that it belongs to, in braces
	// and capitals (Windows).
	GUID, NetworkGUID string

	// Driver is the device driver, with its version, the firmware's, and the place on the
	// bus (ethtool(8) -i); all are empty unless InterfaceDriver was requested and the
	// driver tells. Duplex needs InterfaceDriver too, as LinkSpeed does on Linux.
	Driver, DriverVersion, Firmware, BusInfo string
	Duplex                                   Duplex
}

// LinkRef refers to another interface. The zero value refers to none.
type LinkRef struct {
	Index uint32
	// Name is empty if the interface is in another network namespace, or gone. Users
	// choose it: pass it through ascii.AppendSafe before printing it on a terminal.
	Name string
}

// LinkSetting is a setting of a kind of interface: a number, or a text if IsText. Texts
// are words of the system, addresses and protocols.
type LinkSetting struct {
	Name   string
	Number uint64
	Text   string
	IsText bool
}

// Setting returns the setting of Kind with this name, or false if there is none.
func (l *Link) Setting(name string) (LinkSetting, bool) {
	for i := range l.Settings {
		if l.Settings[i].Name == name {
			return l.Settings[i], true
		}
	}
	return LinkSetting{}, false
}

// XDPProgram is a BPF program that sees packets before the network stack.
type XDPProgram struct {
	Mode XDPMode
	ID   uint32 // the program's number, as bpftool(8) shows it
}

// XDPMode is where a program runs.
type XDPMode uint8

const (
	XDPUnknown XDPMode = iota
	XDPDriver          // in the driver
	XDPGeneric         // in the stack, before other receivers
	XDPOffload         // on the device
)

var xdpModes = [...]string{"", "driver", "generic", "offload"}

// String returns one word in lower case, or "" for XDPUnknown.
func (m XDPMode) String() string {
	if int(m) < len(xdpModes) {
		return xdpModes[m]
	}
	return ""
}

// OperState is the operational state of an interface (RFC 2863, ifOperStatus). The zero
// value means that the system does not report it; a system may also report "unknown".
type OperState uint8

const (
	OperAbsent OperState = iota
	OperUnknown
	OperNotPresent
	OperDown
	OperLowerLayerDown
	OperTesting
	OperDormant
	OperUp
)

var operStates = [...]string{"", "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"}

// String returns the word that ip-link(8) writes in capitals, or "" for OperAbsent.
func (s OperState) String() string {
	if int(s) < len(operStates) {
		return operStates[s]
	}
	return ""
}

// Duplex is whether a link can send and receive at once. The zero value means that it is
// unknown.
type Duplex uint8

const (
	DuplexUnknown Duplex = iota
	DuplexHalf
	DuplexFull
)

var duplexNames = [...]string{"", "half", "full"}

// String returns one word in lower case, or "" for DuplexUnknown.
func (d Duplex) String() string {
	if int(d) < len(duplexNames) {
		return duplexNames[d]
	}
	return ""
}

// LinkNumber names a number in LinkNumbers.
type LinkNumber uint8

const (
	LinkGroup          LinkNumber = iota // group of interfaces; 0 is the default one
	LinkSpeed                            // bits per second; of sending if the directions differ
	LinkReceiveSpeed                     // bits per second of receiving (Windows)
	LinkMinMTU                           // smallest possible MTU
	LinkMaxMTU                           // largest possible MTU; 0 for no limit of the driver
	LinkTxQueues                         // transmit queues
	LinkRxQueues                         // receive queues
	LinkPromiscuity                      // how many want packets for other hosts
	LinkAllMulticast                     // how many want all multicast packets
	LinkGSOMaxSize                       // largest packet for segmentation offload, in bytes
	LinkGSOMaxSegments                   // most segments in it
	LinkTSOMaxSize                       // what the device allows for the same
	LinkTSOMaxSegments                   //
	LinkGROMaxSize                       // largest packet that receive offload builds, in bytes
	LinkGSOIPv4MaxSize                   // GSOMaxSize for IPv4
	LinkGROIPv4MaxSize                   // GROMaxSize for IPv4
	LinkCarrierChanges                   // changes of the carrier
	LinkCarrierUps                       // how often it came
	LinkCarrierDowns                     // how often it went
	LinkNumberCount
)

var linkNumberNames = [...]string{
	"group", "speed", "receive_speed", "min_mtu", "max_mtu", "tx_queues", "rx_queues", "promiscuity", "all_multicast",
	"gso_max_size", "gso_max_segments", "tso_max_size", "tso_max_segments", "gro_max_size", "gso_ipv4_max_size", "gro_ipv4_max_size",
	"carrier_changes", "carrier_ups", "carrier_downs",
}

// String returns the name in lower case, with "_" between words.
func (n LinkNumber) String() string {
	if int(n) < len(linkNumberNames) {
		return linkNumberNames[n]
	}
	return ""
}

// LinkNumbers holds the LinkNumbers that are known. Others are zero.
type LinkNumbers struct {
	Known  uint32 // a bit for each LinkNumber
	Values [LinkNumberCount]uint64
}

// Set sets a number.
func (l *LinkNumbers) Set(n LinkNumber, value uint64) {
	l.Known |= 1 << n
	l.Values[n] = value
}

// Value returns a number, or false if it is unknown.
func (l *LinkNumbers) Value(n LinkNumber) (value uint64, ok bool) {
	return l.Values[n], l.Known>>n&1 != 0
}

// AddrDetail holds the facts about an address that the classic reports do not show.
type AddrDetail struct {
	// Scope is the scope that the address was given (rtnetlink(7)).
	Scope RouteScope
	Flags AddrFlags
	// Valid and Preferred are the times for which the address stays valid and preferred,
	// in seconds. Without ValidLimited and PreferredLimited they are zero: the address
	// stays forever.
	Valid, Preferred               time.Duration
	ValidLimited, PreferredLimited bool
	// Peer is the remote address of a point-to-point link (IPv6; InterfaceAddr.Peer has
	// that of IPv4); zero if there is none.
	Peer netip.Addr
	// Metric is the metric of the route to the prefix, 0 for the default. Protocol is
	// who set the address (IFAPROT_…), 0 if unknown.
	Metric   uint32
	Protocol uint8
	// Windows is nil on other systems.
	Windows *WindowsAddr
}

// AddrFlags are the flags of an address (IFA_F_… of include/uapi/linux/if_addr.h). The
// bits are those of Linux.
type AddrFlags uint32

const (
	AddrSecondary      AddrFlags = 1 << iota // not the first of its prefix; of IPv6, temporary
	AddrNoDAD                                // not checked for duplicates
	AddrOptimistic                           // used while it is checked
	AddrDADFailed                            // a duplicate exists
	AddrHomeAddress                          // home address of mobile IPv6
	AddrDeprecated                           // no longer preferred
	AddrTentative                            // being checked for duplicates
	AddrPermanent                            // not learnt from the network
	AddrManageTempAddr                       // template for temporary addresses
	AddrNoPrefixRoute                        // without a route to the prefix
	AddrAutoJoin                             // joins multicast groups
	AddrStablePrivacy                        // made as in RFC 7217
)

// InterfaceFacts are facts about an Interface that cost extra.
type InterfaceFacts uint8

const (
	// InterfaceLink requests Interface.Link and InterfaceAddr.Detail. On Linux Detail
	// costs a second dump of the addresses of IPv6.
	InterfaceLink InterfaceFacts = 1 << iota
	// InterfaceDriver requests what only the driver knows: Link.Driver, Duplex and, on
	// Linux, LinkSpeed. It costs up to three requests for each interface.
	InterfaceDriver
	// InterfaceNetns requests Link.LowerNetns. It costs a look at every named network
	// namespace.
	InterfaceNetns
)
