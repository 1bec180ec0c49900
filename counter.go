package netstat

// Counter is one of the numbers that a host's protocols count since the host
// came up, or, a few of them, a gauge or a constant (Tcp CurrEstab, Ip
// DefaultTTL). The zero value is no counter.
//
// Linux: /proc/net/snmp, netstat, snmp6 and sctp/snmp (net/ipv4/proc.c,
// net/ipv6/proc.c, net/sctp/proc.c). The names of the older counters are those
// of RFC 1213, RFC 4293, RFC 4022 and RFC 4113 without their prefixes. Other
// systems deliver what they have under the same names: "Ip" InReceives, "Icmp"
// InMsgs, "IcmpMsg" InType3, "Icmp6" InType133. Windows counts TCP over IPv6
// apart, which is the group "Tcp6".
type Counter struct {
	// Group says what it is counted for: "Ip", "Icmp", "Tcp", "TcpExt",
	// "Ip6", "Sctp". It is empty for a counter that is in none.
	Group string
	// Name is the name within the group: "InReceives". Group and Name
	// together are the counter's identity. A Counter without a Name only says
	// that the group exists; there is no counter in that part of it.
	Name string
	// Part is counted up when a group begins, also when the same one begins
	// again: Linux delivers IcmpMsg in pieces of at most 16 counters.
	Part uint32
	// Value is the number. One that the system gives as negative (Tcp MaxConn
	// is -1 on Linux) is its two's complement.
	Value uint64
}
