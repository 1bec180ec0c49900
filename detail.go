package netstat

// AX25Detail is what /proc/net/ax25 says beyond a Socket (ax25_info_show of
// net/ax25/af_ax25.c). The ends' names are callsigns; that of the local end
// has an asterisk where this host relays the connection for others. A remote
// end without a name means that there is none.
type AX25Detail struct {
	Device string // the interface, empty if the kernel knows none
	// Digipeaters are the stations on the way, in order, with commas between
	// and an asterisk after each that has passed the frame on.
	Digipeaters string
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*AX25Detail) detail() {}

// NetROMDetail is what /proc/net/nr says beyond a Socket (nr_info_show of
// net/netrom/af_netrom.c). The ends' names are nodes; a remote end without a
// name means that there is none.
type NetROMDetail struct {
	Device string // the interface, empty if the kernel knows none
	User   string // the callsign of the user at the far end, empty for none
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*NetROMDetail) detail() {}

// ROSEDetail is what /proc/net/rose says beyond a Socket (rose_info_show of
// net/rose/af_rose.c). The ends' names are ROSE addresses of ten digits; a
// remote end without a name means that there is none.
type ROSEDetail struct {
	Device string // the interface, empty if the kernel knows none
	// LocalCall and RemoteCall are the ends' callsigns, empty where unset.
	LocalCall, RemoteCall string
	Channel               uint32 // logical channel identifier, 0 for none
	Neighbour             uint32 // the kernel's number of the next station, 0 for none
}

func (*ROSEDetail) detail() {}

// X25Detail is what /proc/net/x25/socket says beyond a Socket
// (x25_seq_socket_show of net/x25/x25_proc.c). The ends' names are X.121
// addresses; one without a name accepts or has any.
type X25Detail struct {
	Device  string // the interface, empty for none
	Channel uint32 // logical channel identifier, 0 without a call
	// SendSeq and RecvSeq are the state variables V(S) and V(R).
	SendSeq, RecvSeq uint32
}

func (*X25Detail) detail() {}

// AppleTalkDetail is what /proc/net/atalk/socket says beyond a Socket
// (atalk_seq_socket_show of net/appletalk/atalk_proc.c). The ends' names are
// network and node in hexadecimal, NNNN:NN, and their ports DDP socket numbers.
type AppleTalkDetail struct{ Type SocketType }

func (*AppleTalkDetail) detail() {}

// BluetoothSecurity is the level of security that a channel demands
// (BT_SECURITY of bluetooth(7)).
type BluetoothSecurity uint8

const (
	SecurityUnknown BluetoothSecurity = iota
	SecuritySDP                       // none: service discovery only
	SecurityLow
	SecurityMedium
	SecurityHigh
	SecurityFIPS
)

var securityNames = [...]string{"", "sdp", "low", "medium", "high", "fips"}

// String returns the lower-case name, empty for SecurityUnknown and a number
// without one.
func (s BluetoothSecurity) String() string {
	if int(s) < len(securityNames) {
		return securityNames[s]
	}
	return ""
}

// BluetoothDetail is what the kernel's debugging files say of an L2CAP or
// RFCOMM socket beyond a Socket (l2cap_debugfs_show of
// net/bluetooth/l2cap_core.c, rfcomm_sock_debugfs_show of
// net/bluetooth/rfcomm/sock.c). The ends' names are device addresses, empty for
// any.
type BluetoothDetail struct {
	// Channel is the protocol/service multiplexer of L2CAP, the server
	// channel of RFCOMM.
	Channel uint32
	// The rest is L2CAP's: the channel identifiers of the two ends, the
	// largest packet in and out, and what the channel demands.
	LocalCID, RemoteCID uint32
	MTUIn, MTUOut       uint32
	Security            BluetoothSecurity
}

func (*BluetoothDetail) detail() {}
