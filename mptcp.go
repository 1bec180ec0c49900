package netstat

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
