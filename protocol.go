package netstat

// Protocol is the transport protocol of a [Table]. The zero value means that the family
// has only one table (unix, ax25, …). The numbers are defined by this package.
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
	MPTCP                 // Multipath TCP, RFC 8684; its subflows are in the TCP tables
	DCCP                  // RFC 4340
	ICMP                  // ping sockets, icmp(7); the port is the identifier of echo requests
)

var protocolNames = [...]string{
	ProtocolNone: "", TCP: "tcp", UDP: "udp", UDPLite: "udplite", Raw: "raw",
	SCTP: "sctp", L2CAP: "l2cap", RFCOMM: "rfcomm", MPTCP: "mptcp", DCCP: "dccp",
	ICMP: "icmp",
}

// protocol6Names are the names of the IPv6 tables.
var protocol6Names = [...]string{
	TCP: "tcp6", UDP: "udp6", UDPLite: "udplite6", Raw: "raw6", SCTP: "sctp6", L2CAP: "l2cap6", RFCOMM: "rfcomm6",
	MPTCP: "mptcp6", DCCP: "dccp6", ICMP: "icmp6",
}

// String returns the lower-case name of the protocol, or "" for ProtocolNone.
func (p Protocol) String() string {
	if int(p) < len(protocolNames) {
		return protocolNames[p]
	}
	return "unknown"
}
