package netstat

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
