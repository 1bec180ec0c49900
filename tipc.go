package netstat

// TIPCDetail holds the fields of a TIPC socket beyond those of Socket
// (tipc_sk_fill_sock_diag in net/tipc/socket.c). An address is node and reference,
// "0:3930851191"; an empty remote name means there is no remote end. RecvQ and SendQ
// count messages, not bytes.
type TIPCDetail struct {
	Type SocketType
	// Node is this host's address; 0 for a host in no network. Reference is the
	// kernel's number of the socket.
	Node, Reference uint32
	// Peer is the peer of a connection; nil for none.
	Peer *TIPCPeer
	// Published reports whether services are bound to the socket.
	Published bool
	// LinkCongested and PeerCongested report what sending waits for.
	LinkCongested, PeerCongested bool
	// Drops is the number of messages that did not fit in the queue.
	Drops uint32
	// Group is the communication group that the socket has joined; nil for none.
	Group *TIPCGroup
}

func (*TIPCDetail) detail() {}

// TIPCPeer is the peer of a connection.
type TIPCPeer struct {
	Node, Reference uint32
	// Named reports whether the connection was made to a service, given by Type and
	// Instance.
	Named          bool
	Type, Instance uint32
}

// TIPCGroup is the membership in a communication group.
type TIPCGroup struct {
	ID, Instance  uint32
	Open          bool // the group accepts messages
	NodeScope     bool // limited to this node
	ClusterScope  bool // limited to the cluster
	BroadcastNext uint32
}
