package netstat

// XDPDetail holds the fields of an AF_XDP socket beyond those of Socket (struct
// xdp_diag_msg and its attributes in include/uapi/linux/xdp_diag.h). Local.Name is
// interface and queue, "eth0:q1"; empty for an unbound socket. Local.Scope is the
// interface index. The state is always Closed. RecvQ and SendQ count what waits in the
// kernel; there are no queues of bytes.
type XDPDetail struct {
	// Bound reports whether the socket is bound to an interface and queue.
	Bound bool
	// Device is the interface name; empty if it could not be found.
	Device string
	Queue  uint32
	// Ring sizes in descriptors; 0 for no ring.
	RxRing, TxRing, FillRing, CompletionRing uint32

	Memory *XDPMemory // nil for none
	Stats  *XDPStats  // nil if not supported by the kernel
}

func (*XDPDetail) detail() {}

// XDPMemory is the memory that holds frames (UMEM); sockets may share it.
type XDPMemory struct {
	ID        uint32 // the kernel's number of it
	Size      uint64
	Pages     uint32 // number of memory pages
	ChunkSize uint32 // size of a frame buffer in bytes
	Headroom  uint32 // bytes reserved before each frame
	Scope     uint32 // index of the interface it was first bound to
	Queue     uint32 // queue it was first bound to
	ZeroCopy  bool   // the network card writes into it directly
	Users     uint32 // number of sockets using it
}

// XDPStats counts frames since the socket was created.
type XDPStats struct {
	RxDropped     uint64 // dropped for other reasons than the next two
	RxInvalid     uint64 // invalid descriptors in the fill ring
	RxFull        uint64 // dropped because the receive ring was full
	FillRingEmpty uint64 // times the fill ring was empty
	TxInvalid     uint64 // invalid descriptors in the transmit ring
	TxRingEmpty   uint64 // times the transmit ring was empty
}
