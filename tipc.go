package netstat

// TIPCDetail is what a TIPC socket has beyond a Socket (tipc_sk_fill_sock_diag
// of net/tipc/socket.c). The ends' names are node and reference, "0:3930851191";
// a remote end without a name means that there is none. RecvQ and SendQ count
// messages, not bytes.
type TIPCDetail struct {
	Type SocketType
	// Node is this host's address, 0 on one that is in no network; Reference
	// the kernel's number of the socket.
	Node, Reference uint32
	// Peer is the other end of a connection, nil without one.
	Peer *TIPCPeer
	// Published says that services are bound to the socket.
	Published bool
	// LinkCongested and PeerCongested say what sending waits for.
	LinkCongested, PeerCongested bool
	// Drops is how many messages did not fit in the queue.
	Drops uint32
	// Group is the communication group that the socket is a member of, nil for
	// none.
	Group *TIPCGroup
}

func (*TIPCDetail) detail() {}

// TIPCPeer is the other end of a connection.
type TIPCPeer struct {
	Node, Reference uint32
	// Named says that the connection was made to a service, which is
	// Type and Instance.
	Named          bool
	Type, Instance uint32
}

// TIPCGroup is the membership in a communication group.
type TIPCGroup struct {
	ID, Instance  uint32
	Open          bool // the group takes messages
	NodeScope     bool // it is confined to this node
	ClusterScope  bool // it is confined to the cluster
	BroadcastNext uint32
}
