package netstat

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
