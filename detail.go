package netstat

// Detail is what only one family or system has. It is sealed: *UnixDetail,
// *SCTPDetail, *WindowsDetail and those of detail.go and families.go are all there
// are. A Detail is not changed once it is delivered.
type Detail interface{ detail() }

// UnixDetail is what a unix socket has beyond a Socket. Type and Accepting are
// always set.
type UnixDetail struct {
	// RefCount is the kernel's count of references to the socket
	// (unix_seq_show of net/unix/af_unix.c), 0 where it is unknown or
	// FactReferences was not asked for.
	RefCount uint64
	Type     SocketType
	// Protocol is the protocol number given to socket(2), 0 for all sockets
	// a program can make.
	Protocol uint32
	// Accepting, WaitingData and NoSpace are __SO_ACCEPTCON, SO_WAITDATA and
	// SO_NOSPACE; kernels since 2.6 set only the first.
	Accepting, WaitingData, NoSpace bool
	// Abstract reports whether Local.Name is an abstract name, whose "@" stands
	// for its first byte, 0; the rest is exact. It is false where a kernel
	// without unix_diag (net/unix/diag.c) does not tell.
	Abstract bool

	// Peers reports that the rest is known, which takes FactPeer and a kernel with
	// unix_diag.
	Peers bool
	// Connected says that the socket has a peer, and PeerInode which; it is 0
	// for a connection that waits to be accepted and for a peer that every
	// process has closed. A datagram socket's peer need not have this one as
	// its own.
	Connected bool
	PeerInode uint64
	// Pending are, of a listening socket, the inodes of the sockets whose
	// connections wait to be accepted, 0 for one closed meanwhile.
	Pending []uint32
	// Bound says that the socket is bound to a path, whose file is FileInode
	// (its lower 32 bits) on the device FileMajor:FileMinor. The path may lead
	// to another one by now.
	Bound                bool
	FileMajor, FileMinor uint32
	FileInode            uint32
	// ShutRead and ShutWrite say which directions are shut down (shutdown(2)).
	ShutRead, ShutWrite bool
}

func (*UnixDetail) detail() {}

// SCTPDetail is what an SCTP endpoint or association has beyond a Socket
// (net/sctp/proc.c).
type SCTPDetail struct {
	// Association is false for an endpoint, which has no remote end.
	Association bool
	// AssocState is the state of the association as RFC 9260 section 4 has
	// it, while Socket.State is that of the socket. Empty for an endpoint
	// or a number without a name.
	AssocState string
	// SocketState is the kernel's number behind Socket.State.
	SocketState uint8
	// LocalMore and RemoteMore are the addresses after the first of each end
	// of a multi-homed socket; each has the port of its end.
	LocalMore, RemoteMore []Addr
	// Info is what only socket monitoring tells of an association; nil for an
	// endpoint, and unless asked for (FactDetail).
	Info *SCTPInfo
}

func (*SCTPDetail) detail() {}

// AX25Detail is what /proc/net/ax25 says beyond a Socket (ax25_info_show of
// net/ax25/af_ax25.c). The ends' names are callsigns; that of the local end
// has an asterisk where this host relays the connection for others. A remote
// end without a name means that there is none.
type AX25Detail struct {
	Device string // the interface, empty if the kernel knows none
	// Digipeaters are the stations on the way, in order, with commas between
	// and an asterisk after each that has passed the frame on.
	Digipeaters string
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*AX25Detail) detail() {}

// NetROMDetail is what /proc/net/nr says beyond a Socket (nr_info_show of
// net/netrom/af_netrom.c). The ends' names are nodes; a remote end without a
// name means that there is none.
type NetROMDetail struct {
	Device string // the interface, empty if the kernel knows none
	User   string // the callsign of the user at the far end, empty for none
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*NetROMDetail) detail() {}

// ROSEDetail is what /proc/net/rose says beyond a Socket (rose_info_show of
// net/rose/af_rose.c). The ends' names are ROSE addresses of ten digits; a
// remote end without a name means that there is none.
type ROSEDetail struct {
	Device string // the interface, empty if the kernel knows none
	// LocalCall and RemoteCall are the ends' callsigns, empty where unset.
	LocalCall, RemoteCall string
	Channel               uint32 // logical channel identifier, 0 for none
	Neighbour             uint32 // the kernel's number of the next station, 0 for none
}

func (*ROSEDetail) detail() {}

// X25Detail is what /proc/net/x25/socket says beyond a Socket
// (x25_seq_socket_show of net/x25/x25_proc.c). The ends' names are X.121
// addresses; one without a name accepts or has any.
type X25Detail struct {
	Device  string // the interface, empty for none
	Channel uint32 // logical channel identifier, 0 without a call
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*X25Detail) detail() {}

// AppleTalkDetail is what /proc/net/atalk/socket says beyond a Socket
// (atalk_seq_socket_show of net/appletalk/atalk_proc.c). The ends' names are
// network and node in hexadecimal, NNNN:NN, and their ports DDP socket numbers.
type AppleTalkDetail struct{ Type SocketType }

func (*AppleTalkDetail) detail() {}

// BluetoothSecurity is the level of security that a channel demands
// (BT_SECURITY of bluetooth(7)).
type BluetoothSecurity uint8

const (
	SecurityUnknown BluetoothSecurity = iota
	SecuritySDP                       // none: service discovery only
	SecurityLow
	SecurityMedium
	SecurityHigh
	SecurityFIPS
)

var securityNames = [...]string{"", "sdp", "low", "medium", "high", "fips"}

// String returns the lower-case name, empty for SecurityUnknown and a number
// without one.
func (s BluetoothSecurity) String() string {
	if int(s) < len(securityNames) {
		return securityNames[s]
	}
	return ""
}

// BluetoothDetail is what the kernel's debugging files say of an L2CAP or
// RFCOMM socket beyond a Socket (l2cap_debugfs_show of
// net/bluetooth/l2cap_core.c, rfcomm_sock_debugfs_show of
// net/bluetooth/rfcomm/sock.c). The ends' names are device addresses, empty for
// any.
type BluetoothDetail struct {
	// Channel is the protocol/service multiplexer of L2CAP, the server
	// channel of RFCOMM.
	Channel uint32
	// The rest is L2CAP's: the channel identifiers of the two ends, the
	// largest packet in and out, and what the channel demands.
	LocalCID, RemoteCID uint32
	MTUIn, MTUOut       uint32
	Security            BluetoothSecurity
}

func (*BluetoothDetail) detail() {}

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
