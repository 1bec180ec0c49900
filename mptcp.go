package netstat

// MPTCPDetail holds the fields of an MPTCP socket beyond those of Socket (struct
// mptcp_info in include/uapi/linux/mptcp.h). Byte counts are those of the connection,
// not of one subflow.
type MPTCPDetail struct {
	// Known reports whether the kernel reported the fields below (INET_DIAG_INFO).
	Known bool
	// Token identifies the connection on this host; 0 for none.
	Token uint32
	// Fallback reports whether the connection fell back to plain TCP on one subflow
	// because the peer or the path does not support MPTCP. RemoteKey reports whether
	// the peer's key has arrived.
	Fallback, RemoteKey bool
	// Checksums reports whether data carries MPTCP checksums.
	Checksums bool

	// ExtraSubflows is the number of subflows after the first. SubflowsTotal is the
	// number of all; 0 if unknown (Linux 6.1 does not report it, 6.18 does).
	ExtraSubflows, SubflowsTotal uint8
	// The path manager's limits (…Max) and use of them: subflows, addresses announced,
	// announcements accepted, local addresses.
	SubflowsMax, SignalsMax, AcceptedMax, LocalAddrsMax uint8
	Signals, Accepted, LocalAddrs                       uint8

	// Sequence numbers of the connection: next to be written, first not acknowledged,
	// next expected.
	WriteSeq, SendUna, RecvNext uint64

	// More reports whether the fields below are known (Linux 6.1 does not report them,
	// 6.18 does).
	More                                               bool
	Retransmits                                        uint32 // segments retransmitted, on any subflow
	BytesRetrans, BytesSent, BytesReceived, BytesAcked uint64
	// Time since data was last sent, data last arrived, and an acknowledgement last
	// arrived, in milliseconds.
	LastDataSentMillis, LastDataRecvMillis, LastAckRecvMillis uint32

	// Subflows are the TCP connections in use, in the order of the TCP tables. It is
	// nil if FactDetail was not requested, or if the caller lacks the right to
	// administer the network: older kernels (6.1) then report nothing, newer ones
	// (6.18) all but sequence numbers.
	Subflows []MPTCPSubflow
}

func (*MPTCPDetail) detail() {}

// MPTCPSubflow is one TCP connection of an MPTCP connection (enum MPTCP_SUBFLOW_ATTR_*
// in include/uapi/linux/mptcp.h).
type MPTCPSubflow struct {
	State         State
	Local, Remote Addr
	// LocalID and RemoteID are the path manager's numbers of the addresses.
	LocalID, RemoteID uint8
	// Join reports whether the subflow joined an existing connection (MP_JOIN) instead
	// of starting it. Backup reports whether this host or the peer wants it used only
	// if other subflows fail. Established reports whether the peer has confirmed it.
	Join, Backup, Established bool
	RecvQ, SendQ              uint64
	Cookie                    uint64 // cookie of the row in the TCP table
}

// SubflowDetail holds the fields of a TCP connection that is an MPTCP subflow, beyond
// those of Socket (enum MPTCP_SUBFLOW_ATTR_* in include/uapi/linux/mptcp.h). It needs
// FactULP.
type SubflowDetail struct {
	// Token identifies the MPTCP connection on this host, as MPTCPDetail.Token does.
	// RemoteToken identifies it on the peer; 0 if unknown.
	Token, RemoteToken uint32
	// LocalID and RemoteID are the path managers' numbers of the addresses.
	LocalID, RemoteID uint8
	Flags             SubflowFlags
	// Sequences reports whether the numbers below are known. The kernel reports them
	// only to callers that may administer the network.
	Sequences bool
	// MapSequence is the position in the connection of the data that arrived last,
	// MapSubflowSequence its position in the subflow, MapLength its length in bytes.
	MapSequence        uint64
	MapSubflowSequence uint32
	MapLength          uint16
	// WriteSequence is the next sequence number to be written, relative to the first of
	// the subflow; SequenceOffset is the first one expected.
	WriteSequence, SequenceOffset uint32
}

func (*SubflowDetail) detail() {}

// SubflowFlags are MPTCP_SUBFLOW_FLAG_*. "Remote" means requested by the peer, "Local"
// by this host.
type SubflowFlags uint16

const (
	SubflowCapableRemote SubflowFlags = 1 << iota // MP_CAPABLE: the first subflow
	SubflowCapableLocal
	SubflowJoinRemote // MP_JOIN: an additional subflow
	SubflowJoinLocal
	SubflowBackupRemote // used only if other subflows fail
	SubflowBackupLocal
	SubflowEstablished // confirmed by the peer
	SubflowConnected
	SubflowMapped // the Map… numbers are valid
)
