package netstat

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
