package netstat

import (
	"strconv"
	"strings"
)

// EtherType is the kind of frame that a packet socket receives: the protocol
// number of Ethernet II, or one of the kernel's own (include/uapi/linux/if_ether.h).
// The zero value receives none.
type EtherType uint16

// The numbers that the kernel treats in a way of their own. (There are more,
// and all have the name that String gives.)
const (
	EtherNone EtherType = 0
	Ether8023 EtherType = 1 // frames of IEEE 802.3 without a type
	EtherAll  EtherType = 3 // every frame, also those that are sent
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

// String returns the name that iproute2 has for the type, "*" for every frame,
// and the number in brackets where it has none: "[35020]", "[0]".
func (e EtherType) String() string {
	for i := range etherNames {
		if etherNames[i].etherType == e {
			return etherNames[i].name
		}
	}
	return "[" + strconv.Itoa(int(e)) + "]"
}

// EtherTypeNamed returns the type of a name that String gives, in either case of
// letters; false where none is called so. Numbers in brackets are no names.
func EtherTypeNamed(name string) (EtherType, bool) {
	for i := range etherNames {
		if strings.EqualFold(etherNames[i].name, name) {
			return etherNames[i].etherType, true
		}
	}
	return EtherNone, false
}

// PacketDetail is what a packet socket has beyond a Socket (struct
// packet_diag_msg and its attributes, include/uapi/linux/packet_diag.h; else
// /proc/net/packet, packet_seq_show of net/packet/af_packet.c). Local.Name is
// the type of frame and the interface, "ip:eth0" or "*:*"; Local.Scope the
// interface; there is no remote end. The state is Closed for all.
type PacketDetail struct {
	Type     SocketType // TypeRaw receives link headers, TypeDgram does not
	Protocol EtherType
	// Device is the name of the interface it is bound to, empty for all of
	// them and for one whose name could not be found.
	Device string
	// Running says that the socket receives: it has a protocol, and its
	// interface is up.
	Running bool

	// Complete says that the rest was told. /proc/net/packet does not.
	Complete bool
	// Version is that of the layout of rings, 1 to 3 (TPACKET_V1 …).
	Version uint8
	// Reserve is the room left before each frame of a ring for the program.
	Reserve uint32
	// CopyThreshold is the length from which on frames are queued besides
	// the ring (PACKET_COPY_THRESH), 0 for never.
	CopyThreshold uint32
	// Timestamp has the bits of SOF_TIMESTAMPING_* in use for the ring.
	Timestamp uint32
	AuxData   bool // PACKET_AUXDATA
	OrigDev   bool // PACKET_ORIGDEV
	VnetHdr   bool // frames have a header of virtio_net
	Loss      bool // PACKET_LOSS: bad frames of the transmit ring are skipped

	RxRing, TxRing *PacketRing // nil for none
	Fanout         *PacketFanout
	Memberships    []PacketMembership
	// Drops is how many frames did not fit in the queue since the socket was
	// made; old kernels tell 0.
	Drops uint32
}

func (*PacketDetail) detail() {}

// PacketRing is a ring that the kernel and a program share (struct
// packet_diag_ring).
type PacketRing struct {
	BlockSize, Blocks uint32
	FrameSize, Frames uint32
	// RetireMillis is after how many milliseconds a block that is not full is
	// handed over, PrivateSize the room for the program in each, Features the
	// bits of TP_FT_REQ_*; all are 0 before version 3.
	RetireMillis, PrivateSize, Features uint32
}

// PacketFanout is a group of packet sockets that share the frames
// (PACKET_FANOUT of packet(7)).
type PacketFanout struct {
	Group uint16
	Mode  FanoutMode
}

// FanoutMode says how frames are shared out (PACKET_FANOUT_*).
type FanoutMode uint8

const (
	FanoutHash     FanoutMode = iota // by flow
	FanoutLB                         // round robin
	FanoutCPU                        // by processor
	FanoutRollover                   // to the next when one is full
	FanoutRandom
	FanoutQueue // by receive queue
	FanoutCBPF  // by a program (classic BPF)
	FanoutEBPF  // by a program (extended BPF)
)

// PacketMembership is a kind of frames that an interface was asked to receive
// for the socket (struct packet_diag_mclist).
type PacketMembership struct {
	Scope uint32 // the interface
	Kind  PacketMembershipKind
	Count uint32 // how often it was asked for
	// Address is the group's hardware address, empty for kinds without one.
	Address []byte
}

// PacketMembershipKind is PACKET_MR_* of packet(7).
type PacketMembershipKind uint8

const (
	MembershipMulticast PacketMembershipKind = iota // one group
	MembershipPromiscuous
	MembershipAllMulticast
	MembershipUnicast // one more address of its own
)
