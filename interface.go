package netstat

import (
	"net/netip"
	"slices"
)

// Interface is one network interface: a plain value, safe to keep. What a
// source does not tell is zero.
type Interface struct {
	// Index is the system's number of the interface, 0 where the source
	// cannot tell.
	Index uint32
	// Name is what users call it. They choose it too: pass it through
	// ascii.AppendSafe before a terminal sees it.
	Name string
	// AltNames are other names by which the system finds it, nil for none
	// (IFLA_ALT_IFNAME of include/uapi/linux/if_link.h, since Linux 5.5). Where
	// the kernel refuses to list interfaces, there is only the one that was
	// asked for as InterfaceQuery.Name.
	AltNames []string
	// Alias is a text that an administrator wrote about it (IFLA_IFALIAS), empty
	// for none or where the kernel refuses to list interfaces.
	Alias string
	// Description is what its driver calls it, empty where the system keeps
	// no such text. Windows only.
	Description string
	// Unlisted says that the system counts what goes through the interface and
	// leaves it out of what it shows as the host's interfaces: the layers and
	// ports of Windows that are no adapter. Sums of traffic need them.
	Unlisted bool
	// Partial says that only Name and the counters could be had (a copy of
	// another host's /proc has no more): not even whether it is up.
	Partial bool

	Flags InterfaceFlags
	// MTU is the largest packet in bytes.
	MTU uint32
	// QueueLen is how many packets may wait to be sent; HasQueueLen is false
	// where the system keeps no such number.
	QueueLen    uint32
	HasQueueLen bool

	// Hardware is the kind of link, HardwareCode the system's own number of
	// it (on Linux ARPHRD_… of include/uapi/linux/if_arp.h).
	Hardware     Hardware
	HardwareCode uint16
	// HardwareAddr is the link's address, nil for a link without addresses.
	// It is not changed once it is delivered.
	HardwareAddr []byte
	Resources    InterfaceResources
	// SLIP is only for serial lines (Linux's slip driver), and only with
	// InterfaceQuery.Details.
	SLIP SLIPTimers

	// HasCounters is false where the system did not tell what went through.
	HasCounters bool
	Receive     InterfaceCounters
	Transmit    InterfaceCounters

	// Addrs are the addresses of the interface in the system's order, IPv4
	// first; IPv6 only with InterfaceQuery.Details.
	Addrs []InterfaceAddr
	// Nodes are the addresses of families other than IP, only with
	// InterfaceQuery.Details.
	Nodes []NodeAddr
}

// Called reports whether it has the name, or has it as an alternative one.
func (i *Interface) Called(name string) bool {
	return i.Name == name || slices.Contains(i.AltNames, name)
}

// InterfaceCounters count what went one way since the interface was made; all
// wrap at 2^64. The sums are those of Linux's /proc/net/dev
// (dev_seq_printf_stats of net/core/net-procfs.c).
type InterfaceCounters struct {
	Packets, Bytes uint64
	// Errors counts bad packets, of all kinds.
	Errors uint64
	// Dropped counts packets that there was no room for or no use of.
	Dropped uint64
	// FIFO counts overruns of a buffer in the device.
	FIFO uint64
	// Frame counts packets of a wrong length, checksum or alignment
	// (receiving only).
	Frame uint64
	// Carrier counts losses of the carrier, aborts and the like, Collisions
	// packets that collided (sending only).
	Carrier, Collisions uint64
	Compressed          uint64 // packets sent or received compressed (SLIP, PPP)
	Multicast           uint64 // multicast packets (receiving only)
	// NonUnicast counts packets to groups or to all, among Packets. Linux has
	// no such number; there Multicast is next to it.
	NonUnicast uint64
	// UnknownProtocols counts packets of protocols that this host does not
	// speak (receiving only).
	UnknownProtocols uint64
	// Absent are the counters that the system does not keep, so that their
	// zero is not taken for a value.
	Absent InterfaceCounterSet
}

// InterfaceCounterSet is a set of fields of InterfaceCounters.
type InterfaceCounterSet uint8

const (
	CountsFIFO InterfaceCounterSet = 1 << iota
	CountsFrame
	CountsCarrier
	CountsCollisions
	CountsCompressed
	CountsMulticast
	CountsNonUnicast
	CountsUnknownProtocols
)

// InterfaceResources are what a device on an old bus occupies; all zero for
// most.
type InterfaceResources struct {
	IRQ                    uint16
	IOBase                 uint64
	MemoryStart, MemoryEnd uint64
	DMA                    uint8
	// Media is which of its sockets is in use, the system's own number (on
	// Linux IF_PORT_… of include/uapi/linux/netdevice.h).
	Media uint8
}

// SLIPTimers are the seconds between signs of life of a serial line, 0 for
// none.
type SLIPTimers struct{ Outfill, Keepalive uint32 }

// InterfaceFlags say how an interface is set and what it can do (netdevice(7)).
// The numbers are this package's own.
type InterfaceFlags uint32

const (
	InterfaceUp           InterfaceFlags = 1 << iota // switched on
	InterfaceBroadcast                               // has a broadcast address
	InterfaceDebug                                   // prints debugging messages
	InterfaceLoopback                                // leads back to this host
	InterfacePointToPoint                            // has one other end
	InterfaceNoTrailers                              // does not use trailers
	InterfaceRunning                                 // can carry packets
	InterfaceNoARP                                   // does not look for link addresses
	InterfacePromiscuous                             // takes packets for others
	InterfaceAllMulticast                            // takes all multicast packets
	InterfaceMaster                                  // leads a bundle of interfaces
	InterfaceSlave                                   // is in a bundle
	InterfaceMulticast                               // can do multicast
	InterfacePortSelect                              // can choose its medium
	InterfaceAutoMedia                               // chooses its medium by itself
	InterfaceDynamic                                 // loses its addresses when it goes down
)

// Has reports whether all of the flags given are set.
func (f InterfaceFlags) Has(flags InterfaceFlags) bool { return f&flags == flags }

// Hardware is a kind of link. The zero value is one that this package has no
// name for: see Interface.HardwareCode.
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
	HardwareAdaptive // SLIP, CSLIP or none, by what comes in
	HardwarePPP
	HardwareHDLC // Cisco's
	HardwareLAPB
	HardwareTunnel // IPv4 in IPv4
	HardwareSIT    // IPv6 in IPv4
	HardwareFDDI
	HardwareHIPPI
	HardwareAsh
	HardwareEconet
	HardwareIrDA
)

// InterfaceAddr is one address of an interface.
type InterfaceAddr struct {
	// Prefix is the address itself, with the length of its network.
	Prefix netip.Prefix
	// Peer is the other end of a point-to-point link, the address itself
	// where there is none. IPv4 only.
	Peer netip.Addr
	// Broadcast is zero where none is set. IPv4 only.
	Broadcast netip.Addr
	// Label is the interface's name, or that and something after it (eth0:1)
	// where the address was given as an alias. IPv4 only. Pass it through
	// ascii.AppendSafe before a terminal sees it.
	Label string
	// Scope is how far the address reaches. IPv6 only.
	Scope AddrScope
}

// NodeAddr is an address of an interface in a family that numbers networks and
// the nodes in them.
type NodeAddr struct {
	// Family is IPX or AppleTalk.
	Family Family
	// Frame is how the packets are framed: an interface has an IPX address
	// for each way. IPX only.
	Frame Frame
	// Network has 32 bits in IPX and 16 in AppleTalk, Node 48 and 8.
	Network uint32
	Node    uint64
}

// Frame is a way of putting packets into the frames of a link.
type Frame uint8

const (
	FrameOther Frame = iota
	FrameEthernetII
	FrameSNAP
	Frame8022
	Frame8023
)

// AddrScope is how far an IPv6 address reaches; 0 means everywhere.
type AddrScope uint8

const (
	ScopeHost   AddrScope = 1 << iota // ::1
	ScopeLink                         // fe80::/10
	ScopeSite                         // fec0::/10
	ScopeCompat                       // IPv4-compatible, ::/96
)

// InterfaceQuery asks for interfaces.
type InterfaceQuery struct {
	// Details asks for what costs extra: IPv6 addresses, Nodes
	// and SLIPTimers.
	Details bool
	// Name is that of the only interface that matters, empty if all do. A Source
	// yields others all the same.
	Name string
	// Report, where not nil, is called during iteration for flaws that do
	// not end it, as [Need.Report] is.
	Report func(*OpError)
}
