package netstat

import (
	"strconv"
	"strings"
)

// EtherType is the protocol of frames that a packet socket receives: an Ethernet II
// type or one of the kernel's own numbers (include/uapi/linux/if_ether.h). The zero
// value receives nothing.
type EtherType uint16

// EtherType values that the kernel treats specially. Others are named by String.
const (
	EtherNone EtherType = 0
	Ether8023 EtherType = 1 // IEEE 802.3 frames without a type
	EtherAll  EtherType = 3 // every frame, including those sent
)

var etherNames = [...]struct {
	etherType EtherType
	name      string
}{
	{EtherAll, "*"}, {Ether8023, "802.3"}, {0x0004, "802.2"}, {0x0060, "loop"}, {0x0800, "ip"}, {0x0806, "arp"},
	{0x6003, "decnet"}, {0x8035, "rarp"}, {0x809b, "atalk"}, {0x80f3, "aarp"}, {0x8100, "802.1Q"}, {0x8137, "ipx"},
	{0x86dd, "ipv6"}, {0x8808, "pause"}, {0x8809, "slow"}, {0x8847, "mpls_uc"}, {0x8848, "mpls_mc"}, {0x8863, "ppp_disc"},
	{0x8864, "ppp_ses"}, {0x888e, "pae"}, {0x88a8, "802.1ad"}, {0x88ca, "tipc"}, {0x88cc, "LLDP"}, {0x88e5, "macsec"},
	{0x88f7, "ptp"}, {0x000c, "can"}, {0x000d, "canfd"},
}

// String returns iproute2's name of the type, "*" for every frame, or the number in
// brackets if there is no name: "[35020]", "[0]".
func (e EtherType) String() string {
	for i := range etherNames {
		if etherNames[i].etherType == e {
			return etherNames[i].name
		}
	}
	return "[" + strconv.Itoa(int(e)) + "]"
}

// EtherTypeNamed returns the type with the given name, ignoring case; false if there is
// none. It accepts the names that String returns, but no numbers in brackets.
func EtherTypeNamed(name string) (EtherType, bool) {
	for i := range etherNames {
		if strings.EqualFold(etherNames[i].name, name) {
			return etherNames[i].etherType, true
		}
	}
	return EtherNone, false
}

// PacketDetail holds the fields of a packet socket beyond those of Socket (struct
// packet_diag_msg and its attributes in include/uapi/linux/packet_diag.h; otherwise
// /proc/net/packet, packet_seq_show in net/packet/af_packet.c). Local.Name is frame
// type and interface, "ip:eth0" or "*:*"; Local.Scope is the interface index. There is
// no remote end. The state is always Closed.
type PacketDetail struct {
	Type     SocketType // TypeRaw receives link headers, TypeDgram does not
	Protocol EtherType
	// Device is the name of the interface the socket is bound to; empty for all
	// interfaces and if the name could not be found.
	Device string
	// Running reports whether the socket receives: it has a protocol, and its interface
	// is up.
	Running bool

	// Complete reports whether the fields below are known; /proc/net/packet lacks them.
	Complete bool
	// Version is the version of the ring layout, 1 to 3 (TPACKET_V1 …).
	Version uint8
	// Reserve is the space reserved for the program before each frame of a ring, in
	// bytes.
	Reserve uint32
	// CopyThreshold is the frame length from which frames are also queued outside the
	// ring (PACKET_COPY_THRESH), in bytes; 0 for never.
	CopyThreshold uint32
	// Timestamp holds the bits of SOF_TIMESTAMPING_* in use for the ring.
	Timestamp uint32
	AuxData   bool // PACKET_AUXDATA
	OrigDev   bool // PACKET_ORIGDEV
	VnetHdr   bool // frames have a virtio_net header
	Loss      bool // PACKET_LOSS: malformed frames of the transmit ring are skipped

	RxRing, TxRing *PacketRing // nil for none
	Fanout         *PacketFanout
	Memberships    []PacketMembership
	// Drops is the number of frames that did not fit in the queue since the socket was
	// created; old kernels report 0.
	Drops uint32
}

func (*PacketDetail) detail() {}

// PacketRing is a ring shared by the kernel and a program (struct packet_diag_ring).
// Sizes are in bytes.
type PacketRing struct {
	BlockSize, Blocks uint32
	FrameSize, Frames uint32
	// RetireMillis is the time in milliseconds after which a partly filled block is
	// handed over. PrivateSize is the size of the program's area in each block, and
	// Features the bits of TP_FT_REQ_*. All are 0 before version 3.
	RetireMillis, PrivateSize, Features uint32
}

// PacketFanout is a group of packet sockets that share incoming frames (PACKET_FANOUT
// of packet(7)).
type PacketFanout struct {
	Group uint16
	Mode  FanoutMode
}

// FanoutMode is how frames are distributed (PACKET_FANOUT_*).
type FanoutMode uint8

const (
	FanoutHash     FanoutMode = iota // by flow
	FanoutLB                         // round robin
	FanoutCPU                        // by processor
	FanoutRollover                   // to the next socket when one is full
	FanoutRandom
	FanoutQueue // by receive queue
	FanoutCBPF  // by a classic BPF program
	FanoutEBPF  // by an eBPF program
)

// PacketMembership is a request to an interface to receive more frames for the socket
// (struct packet_diag_mclist).
type PacketMembership struct {
	Scope uint32 // interface index
	Kind  PacketMembershipKind
	Count uint32 // number of requests
	// Address is the hardware address; empty if Kind needs none.
	Address []byte
}

// PacketMembershipKind is PACKET_MR_* of packet(7).
type PacketMembershipKind uint8

const (
	MembershipMulticast PacketMembershipKind = iota // one multicast group
	MembershipPromiscuous
	MembershipAllMulticast
	MembershipUnicast // an additional unicast address
)
