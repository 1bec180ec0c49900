package netstat

// Context identifiers of vsock(7), and its number for any port.
const (
	CIDHypervisor uint32 = 0
	CIDLocal      uint32 = 1
	CIDHost       uint32 = 2
	CIDAny        uint32 = 1<<32 - 1
	VSockPortAny  uint32 = 1<<32 - 1
)

// VSockDetail holds the fields of a vsock socket beyond those of Socket (struct
// vsock_diag_msg in include/uapi/linux/vm_sockets_diag.h). An address is context
// identifier and port, "2:1024" or "*:1024"; an empty remote name means there is no
// remote end. Queues and users are absent (Absent has FactQueues and FactUID).
type VSockDetail struct {
	Type                SocketType
	LocalCID, RemoteCID uint32
	// LocalPort and RemotePort have 32 bits and so do not fit in Addr.Port.
	LocalPort, RemotePort uint32
	// ReceiveClosed and SendClosed report which directions are shut down.
	ReceiveClosed, SendClosed bool
}

func (*VSockDetail) detail() {}
