package netstat

// Detail holds what only one family or system has. It is sealed: *UnixDetail,
// *SCTPDetail, *WindowsDetail and the other *…Detail types of this package implement
// it. A Detail is immutable once delivered.
type Detail interface{ detail() }

// UnixDetail holds the fields of a unix socket beyond those of Socket. Type and
// Accepting are always set.
type UnixDetail struct {
	// RefCount is the kernel's reference count of the socket (unix_seq_show in
	// net/unix/af_unix.c); 0 if unknown or if FactReferences was not requested.
	RefCount uint64
	Type     SocketType
	// Protocol is the protocol number given to socket(2); 0 for every socket that a
	// program can create.
	Protocol uint32
	// Accepting, WaitingData and NoSpace are the flags __SO_ACCEPTCON, SO_WAITDATA and
	// SO_NOSPACE. Kernels since 2.6 set only the first.
	Accepting, WaitingData, NoSpace bool
	// Abstract reports whether Local.Name is an abstract name, whose "@" stands for a
	// leading zero byte; the rest of the name is exact. It is false if the kernel lacks
	// unix_diag (net/unix/diag.c).
	Abstract bool

	// Peers reports whether the fields below are known. That needs FactPeer and a
	// kernel with unix_diag.
	Peers bool
	// Connected reports whether the socket has a peer. PeerInode is that peer's inode;
	// 0 for a connection not yet accepted and for a peer that every process has closed.
	// The peer of a datagram socket need not have this socket as its own peer.
	Connected bool
	PeerInode uint64
	// Pending holds, for a listening socket, the inodes of the connections waiting to
	// be accepted; 0 for one closed meanwhile.
	Pending []uint32
	// Bound reports whether the socket is bound to a path. FileInode is the inode of
	// that file (lower 32 bits) on device FileMajor:FileMinor. The path may lead to
	// another file by now.
	Bound                bool
	FileMajor, FileMinor uint32
	FileInode            uint32
	// ShutRead and ShutWrite report which directions are shut down (shutdown(2)).
	ShutRead, ShutWrite bool
}

func (*UnixDetail) detail() {}

// SCTPDetail holds the fields of an SCTP endpoint or association beyond those of Socket
// (net/sctp/proc.c).
type SCTPDetail struct {
	// Association reports whether this is an association; false for an endpoint, which
	// has no remote address.
	Association bool
	// AssocState is the state of the association, named as in RFC 9260 section 4, while
	// Socket.State is the state of the socket. It is empty for an endpoint and for an
	// unnamed state.
	AssocState string
	// SocketState is the kernel's number for Socket.State.
	SocketState uint8
	// LocalMore and RemoteMore are the further addresses of each end of a multi-homed
	// socket, after the first; each has the port of its end.
	LocalMore, RemoteMore []Addr
	// Info holds what only sock_diag reports about an association; nil for an endpoint
	// and if FactDetail was not requested.
	Info *SCTPInfo
}

func (*SCTPDetail) detail() {}

// AX25Detail holds the fields of a row of /proc/net/ax25 beyond those of Socket
// (ax25_info_show in net/ax25/af_ax25.c). Addresses are callsigns; a local one ends
// with an asterisk if this host relays the connection for others. An empty remote name
// means there is no remote end.
type AX25Detail struct {
	Device string // interface name; empty if unknown to the kernel
	// Digipeaters are the relaying stations in order, separated by commas, with an
	// asterisk after each that has repeated the frame.
	Digipeaters string
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*AX25Detail) detail() {}

// NetROMDetail holds the fields of a row of /proc/net/nr beyond those of Socket
// (nr_info_show in net/netrom/af_netrom.c). Addresses are nodes; an empty remote name
// means there is no remote end.
type NetROMDetail struct {
	Device string // interface name; empty if unknown to the kernel
	User   string // callsign of the remote user; empty for none
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*NetROMDetail) detail() {}

// ROSEDetail holds the fields of a row of /proc/net/rose beyond those of Socket
// (rose_info_show in net/rose/af_rose.c). Addresses are ROSE addresses of ten digits;
// an empty remote name means there is no remote end.
type ROSEDetail struct {
	Device string // interface name; empty if unknown to the kernel
	// LocalCall and RemoteCall are the callsigns of the two ends; empty if unset.
	LocalCall, RemoteCall string
	Channel               uint32 // logical channel identifier; 0 for none
	Neighbour             uint32 // the kernel's number of the next station; 0 for none
}

func (*ROSEDetail) detail() {}

// X25Detail holds the fields of a row of /proc/net/x25/socket beyond those of Socket
// (x25_seq_socket_show in net/x25/x25_proc.c). Addresses are X.121 addresses; an empty
// one means any.
type X25Detail struct {
	Device  string // interface name; empty for none
	Channel uint32 // logical channel identifier; 0 without a call
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*X25Detail) detail() {}

// AppleTalkDetail holds the fields of a row of /proc/net/atalk/socket beyond those of
// Socket (atalk_seq_socket_show in net/appletalk/atalk_proc.c). An address is network
// and node in hexadecimal, NNNN:NN; a port is a DDP socket number.
type AppleTalkDetail struct{ Type SocketType }

func (*AppleTalkDetail) detail() {}

// BluetoothSecurity is the security level that a channel requires (BT_SECURITY of
// bluetooth(7)).
type BluetoothSecurity uint8

const (
	SecurityUnknown BluetoothSecurity = iota
	SecuritySDP                       // no security: service discovery only
	SecurityLow
	SecurityMedium
	SecurityHigh
	SecurityFIPS
)

var securityNames = [...]string{"", "sdp", "low", "medium", "high", "fips"}

// String returns the lower-case name, or "" for SecurityUnknown and undefined values.
func (s BluetoothSecurity) String() string {
	if int(s) < len(securityNames) {
		return securityNames[s]
	}
	return ""
}

// BluetoothDetail holds the fields of an L2CAP or RFCOMM socket beyond those of Socket,
// from the kernel's debugfs files (l2cap_debugfs_show in net/bluetooth/l2cap_core.c,
// rfcomm_sock_debugfs_show in net/bluetooth/rfcomm/sock.c). Addresses are device
// addresses; an empty one means any.
type BluetoothDetail struct {
	// Channel is the protocol/service multiplexer (PSM) of L2CAP or the server channel
	// of RFCOMM.
	Channel uint32
	// The fields below are for L2CAP only: the channel identifiers of the two ends, the
	// largest incoming and outgoing packet in bytes, and the required security level.
	LocalCID, RemoteCID uint32
	MTUIn, MTUOut       uint32
	Security            BluetoothSecurity
}

func (*BluetoothDetail) detail() {}

// TLSDetail holds the fields of a TCP connection with kernel TLS beyond those of Socket
// (enum TLS_INFO_* in include/uapi/linux/tls.h). It needs FactULP.
type TLSDetail struct {
	// Version is the TLS version, "1.2" or "1.3"; Cipher is the cipher, such as
	// "aes-gcm-128". An unnamed version is in hexadecimal, an unnamed cipher in
	// decimal. Both are empty until a direction has keys.
	Version, Cipher string
	// Receive and Transmit say who decrypts and encrypts: "none" (the program), "sw"
	// (the kernel), "hw" (the network card) or "hw-record" (the card's own TLS). An
	// unnamed value is its number; an unknown one is empty.
	Receive, Transmit string
	ZeroCopy          bool // files are sent without copying (TLS_TX_ZEROCOPY_RO)
	NoPadding         bool // TLS 1.3 records are expected without padding (TLS_RX_EXPECT_NO_PAD)
}

func (*TLSDetail) detail() {}

// DCCPDetail holds the fields of a DCCP socket beyond those of Socket.
type DCCPDetail struct {
	// DCCPState is the state, named as in RFC 4340 section 8.4: "OPEN", "PARTOPEN",
	// "REQUEST". Where the kernel splits one of these states, its names are used:
	// "PASSIVE_CLOSE", "PASSIVE_CLOSEREQ". Socket.State is the nearest TCP state.
	DCCPState string
}

func (*DCCPDetail) detail() {}

// CANDetail is one receive filter of a CAN socket (can_rcvlist_proc_show in
// net/can/proc.c). The kernel lists filters, not sockets: a socket with several filters
// has several rows, a socket that only sends has none, and inode, user and queues are
// absent (Absent has FactInode, FactUID and FactQueues). Local.Name is the interface
// and the filter, such as "can0:123/7ff".
type CANDetail struct {
	Device   string // interface name; empty for all interfaces
	Protocol string // receiving CAN protocol: "raw", "bcm", "isotp", "j1939"
	// ID and Mask are the filter: it matches a frame whose identifier and flags i
	// satisfy i&Mask == ID&Mask. Inverted negates that.
	ID, Mask uint32
	Inverted bool
	// Errors reports whether the filter receives error frames.
	Errors  bool
	Matches uint64 // number of frames received
}

func (*CANDetail) detail() {}

// KeyDetail holds the fields of a pfkey socket beyond those of Socket (pfkey_seq_show
// in net/key/af_key.c). The socket has no addresses, and its state is Closed.
type KeyDetail struct{ RefCount uint64 }

func (*KeyDetail) detail() {}

// SCTPInfo is what sock_diag reports about an SCTP association (struct sctp_info in
// include/uapi/linux/sctp.h).
type SCTPInfo struct {
	Tag, PeerTag              uint32 // verification tags
	Window, PeerWindow        uint32 // receive windows
	Unacked, Pending          uint16 // DATA chunks not acknowledged, and not yet sent
	InStreams, OutStreams     uint16
	InQueue, OutQueue         uint32 // chunks
	FragmentPoint, MaxSegment uint32
	Errors                    uint32 // consecutive errors of the association
	MaxBurst                  uint32 // packets
	SACKsIn, SACKsOut         uint64
	PacketsIn, PacketsOut     uint64
	Retransmits               uint64 // chunks
	OutOfSequence, Duplicates uint64 // TSNs
	Gaps                      uint64
	OrderedIn, OrderedOut     uint64 // DATA chunks
	UnorderedIn, UnorderedOut uint64 // DATA chunks
	ControlIn, ControlOut     uint64 // other chunks
	Primary                   Addr   // the peer's primary address
	PrimaryState              int32  // 0 inactive, 1 potentially failed, 2 active, 3 unconfirmed, 0xffff unknown
	Cwnd, Ssthresh, Flight    uint32
	SRTTMillis, RTOMillis     uint32
	HeartbeatMillis           uint32
}
