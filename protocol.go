package netstat

// Protocol is a transport protocol of a [Table]. The zero value means that
// the family has only one table (unix, ax25, …). The numbers are this
// package's own.
type Protocol uint8

const (
	ProtocolNone Protocol = iota
	TCP                   // RFC 9293
	UDP                   // RFC 768
	UDPLite               // RFC 3828
	Raw                   // raw IP sockets; the port of such a Socket is its IP protocol number
	SCTP                  // RFC 9260
	L2CAP                 // Bluetooth L2CAP
	RFCOMM                // Bluetooth RFCOMM
	MPTCP                 // Multipath TCP, RFC 8684; its subflows are in the tables of TCP
	DCCP                  // RFC 4340
	ICMP                  // sockets for pings only, icmp(7); the port is the identifier of echo requests
)

var protocolNames = [...]string{
	ProtocolNone: "", TCP: "tcp", UDP: "udp", UDPLite: "udplite", Raw: "raw",
	SCTP: "sctp", L2CAP: "l2cap", RFCOMM: "rfcomm", MPTCP: "mptcp", DCCP: "dccp",
	ICMP: "icmp",
}

// protocol6Names are the names of tables of IPv6.
var protocol6Names = [...]string{
	TCP: "tcp6", UDP: "udp6", UDPLite: "udplite6", Raw: "raw6", SCTP: "sctp6", L2CAP: "l2cap6", RFCOMM: "rfcomm6",
	MPTCP: "mptcp6", DCCP: "dccp6", ICMP: "icmp6",
}

// String returns the protocol's lower-case name, empty for ProtocolNone.
func (p Protocol) String() string {
	if int(p) < len(protocolNames) {
		return protocolNames[p]
	}
	return "unknown"
}
