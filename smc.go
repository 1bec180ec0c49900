package netstat

// SMCMode is the transport of an SMC connection (SMC_DIAG_MODE_* in
// include/uapi/linux/smc_diag.h). It is SMCR for a socket without a connection.
type SMCMode uint8

const (
	SMCUnknown SMCMode = iota
	SMCR               // RDMA
	SMCTCP             // fallback to TCP
	SMCD               // Internal Shared Memory (ISM)
)

var smcModes = [...]string{"unknown", "SMCR", "TCP", "SMCD"}

// String returns the mode as smcss(8) prints it.
func (m SMCMode) String() string {
	if int(m) < len(smcModes) {
		return smcModes[m]
	}
	return smcModes[0]
}

// SMCDetail holds the fields of an SMC socket beyond those of Socket (struct
// smc_diag_msg and its attributes in include/uapi/linux/smc_diag.h). The addresses are
// those of the underlying TCP connection, which tcp and tcp6 list too. Queues are
// absent (Absent has FactQueues).
type SMCDetail struct {
	// SMCState is the kernel's name of the state (enum smc_state in net/smc/smc.h),
	// such as "INIT", "ACTIVE" or "PEERCLOSEWAIT1"; empty for an unnamed state.
	// Socket.State is the nearest TCP state; "INIT", for a socket that is unconnected
	// or connecting, is Unconnected.
	SMCState string
	Mode     SMCMode
	// ReceiveClosed and SendClosed report which directions are shut down.
	ReceiveClosed, SendClosed bool
	// FallbackReason is why the connection fell back to TCP; 0 if it did not. It is a
	// negative errno of this host, or a decline code of RFC 7609 or SMC-D.
	// PeerDiagnosis is the peer's decline code; 0 for none.
	FallbackReason int32
	PeerDiagnosis  uint32

	Conn *SMCConn   // nil unless the connection uses SMC
	Link *SMCLink   // for SMC-R
	DMB  *SMCBuffer // for SMC-D
}

func (*SMCDetail) detail() {}

// SMCConn is an SMC connection (struct smc_diag_conninfo). Sizes are in bytes.
type SMCConn struct {
	Token    uint32 // this host's number of the connection
	SendBuf  uint32 // size of the send buffer
	Receive  uint32 // size of this host's receive buffer (RMBE)
	PeerRecv uint32 // size of the peer's receive buffer

	// Positions in the buffers.
	RxProduced, RxConsumed     SMCCursor // in this host's receive buffer
	TxProduced, TxConsumed     SMCCursor // in the peer's receive buffer
	TxPrepared, TxSent, TxDone SMCCursor // in the send buffer
	// Bits of the control messages (net/smc/smc.h).
	RxFlags, RxStateFlags, TxFlags, TxStateFlags uint8
}

// SMCCursor is a position in a ring buffer: offset Count after Wrap rounds.
type SMCCursor struct {
	Wrap  uint16
	Count uint32
}

// SMCLink is the RDMA link of an SMC-R connection (struct smc_diag_lgrinfo).
type SMCLink struct {
	Server bool   // this host is the server of the link group
	ID     uint8  // number of the link in its group
	Device string // RDMA device
	Port   uint8  // port of the device
	// GID and PeerGID are the addresses of the two ends of the link.
	GID, PeerGID string
}

// SMCBuffer is the buffer of an SMC-D connection (struct smcd_diag_dmbinfo).
type SMCBuffer struct {
	Link             uint32 // the kernel's number of the link group
	GID, PeerGID     uint64
	Token, PeerToken uint64
}
