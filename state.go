package netstat

// State is the state of a Socket. TCP states carry their RFC 9293 names
// (section 3.3.2); the others are named beside them. The zero value is
// StateUnknown: the source gave a value that this package has no name for.
type State uint8

const (
	StateUnknown State = iota
	Established        // TCP; also a connected datagram or raw socket
	SynSent
	SynReceived
	FinWait1
	FinWait2
	TimeWait
	Closed // TCP without a connection; also an unconnected datagram or raw socket
	CloseWait
	LastAck
	Listen
	Closing
	NewSynRecv // Linux: a request not yet promoted to a socket of its own
	Bound      // bound to a port, neither listening nor connected
	DeleteTCB  // Windows: the control block is being deleted

	// Local (unix) sockets, after enum socket_state of include/uapi/linux/net.h. One
	// that listens is Listen, as in the kernel's dump: /proc/net/unix has the
	// number of Unconnected for it, and a flag beside.

	Free
	Unconnected
	Connecting
	Connected
	Disconnecting

	// The families with virtual circuits (AX.25, NET/ROM, ROSE, X.25) and
	// Bluetooth use the local sockets' states, and these. Their Unconnected
	// may be listening: the kernel's files do not tell.

	Recovering  // an error or a reset is being dealt with
	Accepting   // a call has come in and waits for the program's answer
	Configuring // Bluetooth: the ends agree on a channel's parameters
	Open        // Bluetooth: made, neither bound nor connected

	PartOpen // DCCP: the server has answered, its data has not come yet (RFC 4340 section 4.3)
)

var stateNames = [...]string{
	StateUnknown: "UNKNOWN", Established: "ESTABLISHED", SynSent: "SYN-SENT",
	SynReceived: "SYN-RECEIVED", FinWait1: "FIN-WAIT-1", FinWait2: "FIN-WAIT-2",
	TimeWait: "TIME-WAIT", Closed: "CLOSED", CloseWait: "CLOSE-WAIT",
	LastAck: "LAST-ACK", Listen: "LISTEN", Closing: "CLOSING",
	NewSynRecv: "NEW-SYN-RECV", Bound: "BOUND", DeleteTCB: "DELETE-TCB",
	Free: "FREE", Unconnected: "UNCONNECTED", Connecting: "CONNECTING",
	Connected: "CONNECTED", Disconnecting: "DISCONNECTING",
	Recovering: "RECOVERING", Accepting: "ACCEPTING", Configuring: "CONFIGURING",
	Open: "OPEN", PartOpen: "PARTOPEN",
}

// String returns the RFC 9293 spelling, upper case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "UNKNOWN"
}

// StateSet is a set of states. The zero value is the empty set, which a
// [Need] takes as "every state".
type StateSet uint32

// States returns the set of the given states.
func States(states ...State) StateSet {
	var set StateSet
	for _, s := range states {
		set |= 1 << s
	}
	return set
}

// AllStates has every state in it.
const AllStates StateSet = 1<<len(stateNames) - 1

// Has reports whether s is in the set.
func (set StateSet) Has(s State) bool { return set&(1<<s) != 0 }
