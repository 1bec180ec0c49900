package netstat

import (
	"strconv"
	"strings"
)

// This file has what the families that net-tools does not know tell of their
// sockets. Numbers are in host order; a queue, size or count is in bytes unless
// it says otherwise.

// Netid returns the short name of the kind of socket, as ss prints it in its
// column of that name: "tcp", "udp", "u_str", "p_raw", "nl", "v_str", "icmp6".
// It is that of Table.String where ss has none of its own. The result is one of
// few strings, and never empty.
func (s *Socket) Netid() string {
	switch d := s.Detail.(type) {
	case *UnixDetail:
		switch d.Type {
		case TypeStream:
			return "u_str"
		case TypeDgram:
			return "u_dgr"
		case TypeSeqpacket:
			return "u_seq"
		}
	case *PacketDetail:
		if d.Type == TypeDgram {
			return "p_dgr"
		}
		return "p_raw"
	case *VSockDetail:
		switch d.Type {
		case TypeStream:
			return "v_str"
		case TypeDgram:
			return "v_dgr"
		case TypeSeqpacket:
			// ss 6.1 prints "???".
			return "v_seq"
		}
	case *TIPCDetail:
		switch d.Type {
		case TypeStream:
			return "ti_st"
		case TypeDgram:
			return "ti_dg"
		case TypeRDM:
			return "ti_rd"
		case TypeSeqpacket:
			return "ti_sq"
		}
	}
	if s.Table.Family == Netlink {
		return "nl"
	}
	return s.Table.String()
}

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

// NetlinkProtocol is the part of the kernel that a netlink socket talks to
// (NETLINK_ROUTE and so on of netlink(7)). The zero value is routing.
type NetlinkProtocol uint8

var netlinkNames = [...]string{
	"rtnl", "unused", "usersock", "fw", "tcpdiag", "nflog", "xfrm", "selinux", "iscsi", "audit", "fiblookup",
	"connector", "nft", "ip6fw", "dec-rt", "uevent", "genl", "", "scsi-trans", "ecryptfs", "rdma", "crypto", "smc",
}

// String returns the name that iproute2 has for the protocol, and its number
// where it has none.
func (p NetlinkProtocol) String() string {
	if int(p) < len(netlinkNames) && netlinkNames[p] != "" {
		return netlinkNames[p]
	}
	return strconv.Itoa(int(p))
}

// NetlinkProtocolNamed returns the protocol of a name that String gives, in either
// case of letters; false where none is called so. Numbers are no names.
func NetlinkProtocolNamed(name string) (NetlinkProtocol, bool) {
	for i := range netlinkNames {
		if name != "" && strings.EqualFold(netlinkNames[i], name) {
			return NetlinkProtocol(i), true
		}
	}
	return 0, false
}

// NetlinkDetail is what a netlink socket has beyond a Socket (struct
// netlink_diag_msg and its attributes, include/uapi/linux/netlink_diag.h; else
// /proc/net/netlink, netlink_native_seq_show of net/netlink/af_netlink.c). The
// ends' names are protocol and port, "rtnl:618"; the port of the kernel's own
// is "kernel". A remote end without a name means that there is none. Nothing
// tells the user (Absent has FactUID).
type NetlinkDetail struct {
	Protocol NetlinkProtocol
	// Port is the socket's port id, often the process's number; 0 for the
	// kernel's own sockets.
	Port uint32
	// PeerPort and PeerGroups are where a connected socket sends to: a port,
	// 0 for the kernel, and a mask of groups. Socket monitoring only.
	PeerPort, PeerGroups uint32
	// Groups is the mask of multicast groups that the socket listens to: bit 0
	// of the first word is group 1, that of the second group 33. The file has
	// one word only. nil means none.
	Groups []uint32
	// Dumping says that the socket is reading a dump.
	Dumping bool
	// Drops is how many messages did not fit in the queue.
	Drops uint32

	// The rest is socket monitoring's alone, and zero from the file.

	Type            SocketType // TypeRaw or TypeDgram, which the kernel treats alike
	PacketInfo      bool       // NETLINK_PKTINFO
	BroadcastErrors bool       // NETLINK_BROADCAST_ERROR
	NoENOBUFS       bool       // NETLINK_NO_ENOBUFS
	AllNamespaces   bool       // NETLINK_LISTEN_ALL_NSID
	CapAck          bool       // NETLINK_CAP_ACK
}

func (*NetlinkDetail) detail() {}

// Kernel reports whether the socket is one of the kernel's own.
func (d *NetlinkDetail) Kernel() bool { return d.Port == 0 }

// InGroup reports whether the socket listens to a multicast group; the first
// is 1.
func (d *NetlinkDetail) InGroup(group uint32) bool {
	if group == 0 {
		return false
	}
	word := (group - 1) / 32
	return word < uint32(len(d.Groups)) && d.Groups[word]>>((group-1)%32)&1 != 0
}

// Context identifiers of vsock(7), and its number for any port.
const (
	CIDHypervisor uint32 = 0
	CIDLocal      uint32 = 1
	CIDHost       uint32 = 2
	CIDAny        uint32 = 1<<32 - 1
	VSockPortAny  uint32 = 1<<32 - 1
)

// VSockDetail is what a vsock socket has beyond a Socket (struct
// vsock_diag_msg, include/uapi/linux/vm_sockets_diag.h). The ends' names are
// context identifier and port, "2:1024" or "*:1024"; a remote end without a
// name means that there is none. The kernel tells neither queues nor users
// (Absent has FactQueues and FactUID).
type VSockDetail struct {
	Type                SocketType
	LocalCID, RemoteCID uint32
	// LocalPort and RemotePort need 32 bits, which is why they are not in
	// Addr.Port.
	LocalPort, RemotePort uint32
	// ReceiveClosed and SendClosed say which directions were shut down.
	ReceiveClosed, SendClosed bool
}

func (*VSockDetail) detail() {}

// XDPDetail is what an AF_XDP socket has beyond a Socket (struct xdp_diag_msg
// and its attributes, include/uapi/linux/xdp_diag.h). Local.Name is interface
// and queue, "eth0:q1", empty for an unbound socket; Local.Scope is the
// interface. The state is Closed for all; the socket has no queues of bytes
// (RecvQ and SendQ count what waits in the kernel).
type XDPDetail struct {
	// Bound says that the socket is bound to an interface and queue.
	Bound bool
	// Device is the name of the interface, empty if it could not be found.
	Device string
	Queue  uint32
	// The rings' sizes in descriptors, 0 for no ring.
	RxRing, TxRing, FillRing, CompletionRing uint32

	Memory *XDPMemory // nil for none
	Stats  *XDPStats  // nil where the kernel does not tell
}

func (*XDPDetail) detail() {}

// XDPMemory is the memory that frames are in (UMEM), which sockets may share.
type XDPMemory struct {
	ID        uint32 // the kernel's number of it
	Size      uint64
	Pages     uint32 // how many pages of the machine's that is
	ChunkSize uint32 // the room of a frame
	Headroom  uint32 // left before each frame
	Scope     uint32 // the interface it was first bound to
	Queue     uint32 // and the queue
	ZeroCopy  bool   // the network card writes into it
	Users     uint32 // how many sockets use it
}

// XDPStats counts frames since the socket was made.
type XDPStats struct {
	RxDropped     uint64 // dropped for other reasons than the next two
	RxInvalid     uint64 // descriptors of the fill ring that were wrong
	RxFull        uint64 // dropped since the receive ring was full
	FillRingEmpty uint64 // how often there was no room to receive into
	TxInvalid     uint64 // descriptors of the transmit ring that were wrong
	TxRingEmpty   uint64 // how often there was nothing to send
}

// TIPCDetail is what a TIPC socket has beyond a Socket (tipc_sk_fill_sock_diag
// of net/tipc/socket.c). The ends' names are node and reference, "0:3930851191";
// a remote end without a name means that there is none. RecvQ and SendQ count
// messages, not bytes.
type TIPCDetail struct {
	Type SocketType
	// Node is this host's address, 0 on one that is in no network; Reference
	// the kernel's number of the socket.
	Node, Reference uint32
	// Peer is the other end of a connection, nil without one.
	Peer *TIPCPeer
	// Published says that services are bound to the socket.
	Published bool
	// LinkCongested and PeerCongested say what sending waits for.
	LinkCongested, PeerCongested bool
	// Drops is how many messages did not fit in the queue.
	Drops uint32
	// Group is the communication group that the socket is a member of, nil for
	// none.
	Group *TIPCGroup
}

func (*TIPCDetail) detail() {}

// TIPCPeer is the other end of a connection.
type TIPCPeer struct {
	Node, Reference uint32
	// Named says that the connection was made to a service, which is
	// Type and Instance.
	Named          bool
	Type, Instance uint32
}

// TIPCGroup is the membership in a communication group.
type TIPCGroup struct {
	ID, Instance  uint32
	Open          bool // the group takes messages
	NodeScope     bool // it is confined to this node
	ClusterScope  bool // it is confined to the cluster
	BroadcastNext uint32
}

// SMCMode says by what an SMC connection sends (SMC_DIAG_MODE_* of
// include/uapi/linux/smc_diag.h). A socket without a connection has SMCR.
type SMCMode uint8

const (
	SMCUnknown SMCMode = iota
	SMCR               // RDMA
	SMCTCP             // it fell back to TCP
	SMCD               // direct memory access (ISM)
)

var smcModes = [...]string{"unknown", "SMCR", "TCP", "SMCD"}

// String returns the mode as smcss(8) prints it.
func (m SMCMode) String() string {
	if int(m) < len(smcModes) {
		return smcModes[m]
	}
	return smcModes[0]
}

// SMCDetail is what an SMC socket has beyond a Socket (struct smc_diag_msg and
// its attributes, include/uapi/linux/smc_diag.h). The addresses are those of
// the TCP connection that it began as, which tcp and tcp6 list too. The kernel
// tells no queues (Absent has FactQueues).
type SMCDetail struct {
	// SMCState is the kernel's name of the state (enum smc_state of
	// net/smc/smc.h): "INIT", "ACTIVE", "PEERCLOSEWAIT1"; empty for a number
	// without a name. Socket.State is the nearest of TCP's; "INIT", a socket
	// that is not connected or just being so, is Unconnected.
	SMCState string
	Mode     SMCMode
	// ReceiveClosed and SendClosed say which directions were shut down.
	ReceiveClosed, SendClosed bool
	// FallbackReason is why the connection fell back to TCP, 0 if it did not:
	// an errno of this host (negative), or a decline code of RFC 7609 and
	// SMC-D. PeerDiagnosis is the peer's decline code, 0 for none.
	FallbackReason int32
	PeerDiagnosis  uint32

	Conn *SMCConn   // nil unless the connection is one of SMC
	Link *SMCLink   // of SMC-R
	DMB  *SMCBuffer // of SMC-D
}

func (*SMCDetail) detail() {}

// SMCConn is an SMC connection (struct smc_diag_conninfo).
type SMCConn struct {
	Token    uint32 // this host's number of the connection
	SendBuf  uint32 // size of the send buffer
	Receive  uint32 // size of this host's receive buffer (RMBE)
	PeerRecv uint32 // size of the peer's

	// Cursors into the buffers, Wrap times around plus Count.
	RxProduced, RxConsumed     SMCCursor // into this host's receive buffer
	TxProduced, TxConsumed     SMCCursor // into the peer's
	TxPrepared, TxSent, TxDone SMCCursor // into the send buffer
	// The bits of the control messages (net/smc/smc.h).
	RxFlags, RxStateFlags, TxFlags, TxStateFlags uint8
}

// SMCCursor is a place in a ring.
type SMCCursor struct {
	Wrap  uint16
	Count uint32
}

// SMCLink is the RDMA link that an SMC-R connection uses (struct
// smc_diag_lgrinfo).
type SMCLink struct {
	Server bool   // this host serves the link group
	ID     uint8  // the link's number in its group
	Device string // the RDMA device
	Port   uint8  // of the device
	// GID and PeerGID are the ends of the link.
	GID, PeerGID string
}

// SMCBuffer is what an SMC-D connection uses (struct smcd_diag_dmbinfo).
type SMCBuffer struct {
	Link             uint32 // the kernel's number of the link group
	GID, PeerGID     uint64
	Token, PeerToken uint64
}

// MPTCPDetail is what an MPTCP socket has beyond a Socket (struct mptcp_info,
// include/uapi/linux/mptcp.h). Counts of bytes are those of the connection, not
// of one subflow.
type MPTCPDetail struct {
	// Known says that the kernel told the rest (INET_DIAG_INFO).
	Known bool
	// Token identifies the connection on this host, 0 without one.
	Token uint32
	// Fallback says that the peer or the path does not do MPTCP: it is TCP on
	// one subflow. RemoteKey says that the peer's key has come.
	Fallback, RemoteKey bool
	// Checksums says that data has checksums of MPTCP.
	Checksums bool

	// ExtraSubflows counts those after the first; SubflowsTotal all of them, 0
	// where the kernel does not tell (6.1 does not, 6.18 does).
	ExtraSubflows, SubflowsTotal uint8
	// What the path manager allows (the Max ones) and has used: subflows,
	// addresses announced, announcements accepted, local addresses.
	SubflowsMax, SignalsMax, AcceptedMax, LocalAddrsMax uint8
	Signals, Accepted, LocalAddrs                       uint8

	// Sequence numbers of the connection: the next to be written, the first
	// not acknowledged, the next expected.
	WriteSeq, SendUna, RecvNext uint64

	// More says that the rest was told (6.1 does not, 6.18 does).
	More                                               bool
	Retransmits                                        uint32 // segments sent again, on whatever subflow
	BytesRetrans, BytesSent, BytesReceived, BytesAcked uint64
	// How many milliseconds ago data was sent, data came, an acknowledgement
	// came.
	LastDataSentMillis, LastDataRecvMillis, LastAckRecvMillis uint32

	// Subflows are the TCP connections it uses, in the order of the tables of
	// TCP; nil unless asked for (FactDetail) and unless the caller may
	// administer the network: others are told nothing by older kernels
	// (6.1), and all but sequence numbers by newer ones (6.18).
	Subflows []MPTCPSubflow
}

func (*MPTCPDetail) detail() {}

// MPTCPSubflow is a TCP connection that is part of an MPTCP connection (enum
// MPTCP_SUBFLOW_ATTR_* of include/uapi/linux/mptcp.h).
type MPTCPSubflow struct {
	State         State
	Local, Remote Addr
	// LocalID and RemoteID number the addresses in the path manager.
	LocalID, RemoteID uint8
	// Join says that it was added to a connection (MP_JOIN), rather than the
	// first one. Backup: it is only to be used if others fail, as this host
	// or the peer wished. Established: the peer has confirmed it.
	Join, Backup, Established bool
	RecvQ, SendQ              uint64
	Cookie                    uint64 // that of the row in the table of TCP
}

// SubflowDetail is what a TCP connection that is a subflow of Multipath TCP has
// beyond a Socket (enum MPTCP_SUBFLOW_ATTR_* of include/uapi/linux/mptcp.h),
// where FactULP is asked for.
type SubflowDetail struct {
	// Token identifies on this host the connection that it belongs to, as
	// MPTCPDetail.Token does; RemoteToken identifies it on the other end, 0
	// where that is not known.
	Token, RemoteToken uint32
	// LocalID and RemoteID number the addresses in the path managers.
	LocalID, RemoteID uint8
	Flags             SubflowFlags
	// Sequences says that the numbers below were told, which the kernel does to
	// those who may administer the network.
	Sequences bool
	// MapSequence is where in the connection the data begins that came last,
	// MapSubflowSequence where in the subflow, and MapLength how much it is.
	MapSequence        uint64
	MapSubflowSequence uint32
	MapLength          uint16
	// WriteSequence is the next sequence number to be written, counted from
	// the subflow's first; SequenceOffset the first one expected.
	WriteSequence, SequenceOffset uint32
}

func (*SubflowDetail) detail() {}

// SubflowFlags are MPTCP_SUBFLOW_FLAG_*; "remote" is what the other end has
// asked for, "local" what this one has.
type SubflowFlags uint16

const (
	SubflowCapableRemote SubflowFlags = 1 << iota // MP_CAPABLE: the first subflow
	SubflowCapableLocal
	SubflowJoinRemote // MP_JOIN: a further one
	SubflowJoinLocal
	SubflowBackupRemote // to be used if others fail
	SubflowBackupLocal
	SubflowEstablished // the other end has confirmed it
	SubflowConnected
	SubflowMapped // the numbers of the data that came last are valid
)

// TLSDetail is what a TCP connection with TLS in the kernel has beyond a Socket
// (enum TLS_INFO_* of include/uapi/linux/tls.h), where FactULP is asked for.
type TLSDetail struct {
	// Version is that of TLS, "1.2" or "1.3", and Cipher its cipher,
	// "aes-gcm-128"; the numbers in hexadecimal or decimal where there is no
	// name. Both are empty as long as neither direction has keys.
	Version, Cipher string
	// Receive and Transmit say who decrypts and encrypts: "none" for nobody
	// but the program, "sw" for the kernel, "hw" for the network card, "hw-record"
	// for its own TLS; the number where there is no name, empty where not told.
	Receive, Transmit string
	ZeroCopy          bool // files are sent without a copy (TLS_TX_ZEROCOPY_RO)
	NoPadding         bool // no padding is expected in TLS 1.3 (TLS_RX_EXPECT_NO_PAD)
}

func (*TLSDetail) detail() {}

// DCCPDetail is what a DCCP socket has beyond a Socket.
type DCCPDetail struct {
	// DCCPState is the state as RFC 4340 section 8.4 has it: "OPEN",
	// "PARTOPEN", "REQUEST". Where the kernel has two for one of the RFC, theirs: "PASSIVE_CLOSE",
	// "PASSIVE_CLOSEREQ". Socket.State is the nearest of TCP's.
	DCCPState string
}

func (*DCCPDetail) detail() {}

// CANDetail is a filter by which a CAN socket receives
// (can_rcvlist_proc_show of net/can/proc.c). The kernel does not list the
// sockets: one with several filters has several rows, one that only sends has
// none, and there are no inodes, users or queues (Absent has FactInode, FactUID and
// FactQueues). Local.Name is the interface and what is received, "can0:123/7ff".
type CANDetail struct {
	Device   string // the interface, empty for all
	Protocol string // which protocol of CAN receives: "raw", "bcm", "isotp", "j1939"
	// ID and Mask are the filter: what comes with identifier and flags i is
	// received if i&Mask == ID&Mask, and unless Inverted.
	ID, Mask uint32
	Inverted bool
	// Errors says that it receives error frames.
	Errors  bool
	Matches uint64 // how many frames it has received
}

func (*CANDetail) detail() {}

// KeyDetail is what a pfkey socket has beyond a Socket (pfkey_seq_show of
// net/key/af_key.c). It has no addresses, and its state is Closed.
type KeyDetail struct{ RefCount uint64 }

func (*KeyDetail) detail() {}

// SCTPInfo is what socket monitoring tells of an SCTP association (struct
// sctp_info, include/uapi/linux/sctp.h).
type SCTPInfo struct {
	Tag, PeerTag              uint32 // verification tags
	Window, PeerWindow        uint32 // receive windows
	Unacked, Pending          uint16 // DATA chunks not acknowledged, not sent
	InStreams, OutStreams     uint16
	InQueue, OutQueue         uint32 // chunks
	FragmentPoint, MaxSegment uint32
	Errors                    uint32 // of the association in a row
	MaxBurst                  uint32 // packets
	SACKsIn, SACKsOut         uint64
	PacketsIn, PacketsOut     uint64
	Retransmits               uint64 // chunks
	OutOfSequence, Duplicates uint64 // TSNs
	Gaps                      uint64
	OrderedIn, OrderedOut     uint64 // DATA chunks
	UnorderedIn, UnorderedOut uint64 // DATA chunks
	ControlIn, ControlOut     uint64 // other chunks
	Primary                   Addr   // the peer's address in use
	PrimaryState              int32  // 0 inactive, 1 potentially failed, 2 active, 3 unconfirmed, 0xffff unknown
	Cwnd, Ssthresh, Flight    uint32
	SRTTMillis, RTOMillis     uint32
	HeartbeatMillis           uint32
}
