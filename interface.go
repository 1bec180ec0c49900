package netstat

import (
	"net/netip"
	"slices"
)

// Interface is one network interface: a plain value, safe to keep. Unknown fields are
// zero.
type Interface struct {
	// Index is the system's number of the interface; 0 if unknown.
	Index uint32
	// Name is the interface name. Users choose it: pass it through ascii.AppendSafe
	// before printing it on a terminal.
	Name string
	// AltNames are the alternative names of the interface; nil for none
	// (IFLA_ALT_IFNAME in include/uapi/linux/if_link.h, since Linux 5.5). If the kernel
	// denies listing interfaces, it holds only the name requested as
	// InterfaceQuery.Name.
	AltNames []string
	// Alias is a description set by an administrator (IFLA_IFALIAS); empty for none or
	// if the kernel denies listing interfaces.
	Alias string
	// Description is the driver's description; empty if the system has none. Windows
	// only.
	Description string
	// Unlisted reports whether the system counts traffic of the interface but does not
	// list it among the host's interfaces: Windows layers and ports that are not
	// adapters. Sums of traffic need them.
	Unlisted bool
	// Partial reports whether only Name and the counters are known, as from a copy of
	// another host's /proc. Flags are then unknown too.
	Partial bool

	Flags InterfaceFlags
	// MTU is the largest packet in bytes.
	MTU uint32
	// QueueLen is the largest number of packets that may wait to be sent. HasQueueLen
	// is false if the system has no such number.
	QueueLen    uint32
	HasQueueLen bool

	// Hardware is the link type, HardwareCode the system's number for it (on Linux
	// ARPHRD_… of include/uapi/linux/if_arp.h).
	Hardware     Hardware
	HardwareCode uint16
	// HardwareAddr is the link-layer address; nil for a link without addresses. It is
	// immutable once delivered.
	HardwareAddr []byte
	Resources    InterfaceResources
	// SLIP holds the timers of a serial line (Linux's slip driver). It needs
	// InterfaceQuery.Details.
	SLIP SLIPTimers

	// HasCounters reports whether Receive and Transmit are known.
	HasCounters bool
	Receive     InterfaceCounters
	Transmit    InterfaceCounters

	// Addrs are the addresses of the interface in the system's order, IPv4 first. IPv6
	// addresses need InterfaceQuery.Details.
	Addrs []InterfaceAddr
	// Nodes are the addresses of families other than IP. They need
	// InterfaceQuery.Details.
	Nodes []NodeAddr

	// Link is nil unless InterfaceQuery.Facts asked for it and the system tells.
	Link *Link
}

// Called reports whether name is the interface's name or one of its alternative names.
func (i *Interface) Called(name string) bool {
	return i.Name == name || slices.Contains(i.AltNames, name)
}

// InterfaceCounters count the traffic of one direction since the interface was created;
// all wrap at 2^64. Sums are formed as in Linux's /proc/net/dev (dev_seq_printf_stats
// in net/core/net-procfs.c).
type InterfaceCounters struct {
	Packets, Bytes uint64
	// Errors counts bad packets of every type.
	Errors uint64
	// Dropped counts packets dropped for lack of room or because nothing wanted them.
	Dropped uint64
	// FIFO counts buffer overruns in the device.
	FIFO uint64
	// Frame counts packets with a wrong length, checksum or alignment (receive only).
	Frame uint64
	// Carrier counts carrier losses, aborts and similar errors; Collisions counts
	// collided packets (transmit only).
	Carrier, Collisions uint64
	Compressed          uint64 // packets sent or received compressed (SLIP, PPP)
	Multicast           uint64 // multicast packets (receive only)
	// NonUnicast counts multicast and broadcast packets, included in Packets. Linux has
	// no such number; Multicast is the closest there.
	NonUnicast uint64
	// UnknownProtocols counts packets of protocols that this host does not support
	// (receive only).
	UnknownProtocols uint64
	// LengthErrors, OverErrors, CRCErrors and FrameErrors are the parts of Frame: bad
	// lengths, no room in the ring, bad checksums, bad alignment. MissedErrors is part of
	// Dropped: the device had no room. (Receive only; Linux only, as the next groups.)
	LengthErrors, OverErrors, CRCErrors, FrameErrors, MissedErrors uint64
	// NoHandler counts packets dropped on an inactive member of a bond or bridge,
	// OtherHostDropped those dropped because they were for another host (receive only).
	NoHandler, OtherHostDropped uint64
	// The parts of Carrier (transmit only).
	AbortedErrors, CarrierErrors, HeartbeatErrors, WindowErrors uint64
	// UnicastBytes, MulticastBytes and BroadcastBytes are the parts of Bytes. Windows only.
	UnicastBytes, MulticastBytes, BroadcastBytes uint64
	// Absent are the counters that the system does not keep; their zero is not a value.
	Absent InterfaceCounterSet
}

// InterfaceCounterSet is a set of fields of InterfaceCounters.
type InterfaceCounterSet uint32

const (
	CountsFIFO InterfaceCounterSet = 1 << iota
	CountsFrame
	CountsCarrier
	CountsCollisions
	CountsCompressed
	CountsMulticast
	CountsNonUnicast
	CountsUnknownProtocols
	CountsLengthErrors
	CountsOverErrors
	CountsCRCErrors
	CountsFrameErrors
	CountsMissedErrors
	CountsNoHandler
	CountsOtherHostDropped
	CountsAbortedErrors
	CountsCarrierErrors
	CountsHeartbeatErrors
	CountsWindowErrors
	CountsUnicastBytes
	CountsMulticastBytes
	CountsBroadcastBytes
)

// InterfaceResources are the bus resources of an old device; all zero for most devices.
type InterfaceResources struct {
	IRQ                    uint16
	IOBase                 uint64
	MemoryStart, MemoryEnd uint64
	DMA                    uint8
	// Media is the connector in use, as the system's number (on Linux IF_PORT_… of
	// include/uapi/linux/netdevice.h).
	Media uint8
}

// SLIPTimers are the outfill and keepalive intervals of a serial line in seconds; 0 for
// none.
type SLIPTimers struct{ Outfill, Keepalive uint32 }

// InterfaceFlags are settings and capabilities of an interface (netdevice(7)). The
// numbers are defined by this package.
type InterfaceFlags uint32

const (
	InterfaceUp           InterfaceFlags = 1 << iota // administratively up
	InterfaceBroadcast                               // has a broadcast address
	InterfaceDebug                                   // prints debugging messages
	InterfaceLoopback                                // loopback
	InterfacePointToPoint                            // point-to-point link
	InterfaceNoTrailers                              // does not use trailers
	InterfaceRunning                                 // can carry packets
	InterfaceNoARP                                   // does not use ARP
	InterfacePromiscuous                             // receives packets for other hosts
	InterfaceAllMulticast                            // receives all multicast packets
	InterfaceMaster                                  // master of a load-balancing bundle
	InterfaceSlave                                   // slave of a load-balancing bundle
	InterfaceMulticast                               // supports multicast
	InterfacePortSelect                              // can select its medium
	InterfaceAutoMedia                               // selects its medium automatically
	InterfaceDynamic                                 // loses its addresses when it goes down
)

// Has reports whether all given flags are set.
func (f InterfaceFlags) Has(flags InterfaceFlags) bool { return f&flags == flags }

// Hardware is a link type. The zero value is a type without a name here: see
// Interface.HardwareCode.
type Hardware uint8

const (
	HardwareOther Hardware = iota
	HardwareEthernet
	HardwareLoopback
	HardwareAX25
	HardwareNetROM
	HardwareROSE
	HardwareX25
	HardwareARCnet
	HardwareDLCI // frame relay DLCI
	HardwareFRAD // frame relay access device
	HardwareEUI64
	HardwareSLIP
	HardwareCSLIP
	HardwareSLIP6 // 6 bits
	HardwareCSLIP6
	HardwareAdaptive // SLIP, CSLIP or neither, depending on what arrives
	HardwarePPP
	HardwareHDLC // Cisco HDLC
	HardwareLAPB
	HardwareTunnel // IPv4 in IPv4
	HardwareSIT    // IPv6 in IPv4
	HardwareFDDI
	HardwareHIPPI
	HardwareAsh
	HardwareEconet
	HardwareIrDA
)

// InterfaceAddr is one IP address of an interface.
type InterfaceAddr struct {
	// Prefix is the address with the prefix length of its network.
	Prefix netip.Prefix
	// Peer is the remote address of a point-to-point link; otherwise the address
	// itself. IPv4 only.
	Peer netip.Addr
	// Broadcast is the broadcast address; zero if none is set. IPv4 only.
	Broadcast netip.Addr
	// Label is the interface name, possibly with a suffix (eth0:1) for an address added
	// as an alias. IPv4 only. Pass it through ascii.AppendSafe before printing it on a
	// terminal.
	Label string
	// Scope is the scope of the address. IPv6 only.
	Scope AddrScope
	// Detail is nil unless InterfaceQuery.Facts asked for it and the system tells.
	Detail *AddrDetail
}

// NodeAddr is an address made of a network number and a node number.
type NodeAddr struct {
	// Family is IPX or AppleTalk.
	Family Family
	// Frame is the frame type: an interface has one IPX address for each. IPX only.
	Frame Frame
	// Network has 32 bits in IPX and 16 in AppleTalk; Node has 48 and 8.
	Network uint32
	Node    uint64
}

// Frame is an encapsulation of packets in link-layer frames.
type Frame uint8

const (
	FrameOther Frame = iota
	FrameEthernetII
	FrameSNAP
	Frame8022
	Frame8023
)

// AddrScope is the scope of an IPv6 address; 0 is global.
type AddrScope uint8

const (
	ScopeHost   AddrScope = 1 << iota // ::1
	ScopeLink                         // fe80::/10
	ScopeSite                         // fec0::/10
	ScopeCompat                       // IPv4-compatible, ::/96
)

// InterfaceQuery selects interfaces and facts about them.
type InterfaceQuery struct {
	// Details requests facts that cost extra: IPv6 addresses, Nodes and SLIPTimers.
	Details bool
	// Facts are further facts to request.
	Facts InterfaceFacts
	// Name is the only interface of interest; empty for all. A Source may yield others
	// too.
	Name string
	// Report, if not nil, is called during iteration for warnings, as [Need.Report] is.
	Report func(*OpError)
}
