package netstat

// State is the state of a Socket. TCP states have their RFC 9293 names (section 3.3.2).
// The zero value is StateUnknown: a value without a name in this package.
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
	NewSynRecv // Linux: a request not yet promoted to a full socket
	Bound      // bound to a port, neither listening nor connected
	DeleteTCB  // Windows: the control block is being deleted

	// Unix sockets, after enum socket_state in include/uapi/linux/net.h. A listening
	// one is Listen, as in the kernel's dump: /proc/net/unix shows it as Unconnected
	// with a flag.

	Free
	Unconnected
	Connecting
	Connected
	Disconnecting

	// Families with virtual circuits (AX.25, NET/ROM, ROSE, X.25) and Bluetooth use the
	// states of unix sockets and these. Their Unconnected may be listening: the
	// kernel's files do not distinguish the two.

	Recovering  // recovering from an error or a reset
	Accepting   // an incoming call waits for the program's answer
	Configuring // Bluetooth: the ends negotiate the channel's parameters
	Open        // Bluetooth: created, neither bound nor connected

	PartOpen // DCCP: the server has answered, its data has not arrived yet (RFC 4340 section 4.3)
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

// String returns the upper-case name, in RFC 9293 spelling.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "UNKNOWN"
}

// StateSet is a set of states. The zero value is the empty set, which [Need] takes as
// "every state".
type StateSet uint32

// States returns the set of the given states.
func States(states ...State) StateSet {
	var set StateSet
	for _, s := range states {
		set |= 1 << s
	}
	return set
}

// AllStates contains every state.
const AllStates StateSet = 1<<len(stateNames) - 1

// Has reports whether s is in the set.
func (set StateSet) Has(s State) bool { return set&(1<<s) != 0 }
