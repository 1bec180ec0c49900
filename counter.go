package netstat

// Counter is one protocol statistic of a host. Most count events since boot; a few are
// gauges or constants (Tcp CurrEstab, Ip DefaultTTL). The zero value is no counter.
//
// Linux reads /proc/net/snmp, netstat, snmp6 and sctp/snmp (net/ipv4/proc.c,
// net/ipv6/proc.c, net/sctp/proc.c). The older names are those of RFC 1213, RFC 4293,
// RFC 4022 and RFC 4113 without their prefixes. Other systems use the same names for
// what they have: "Ip" InReceives, "Icmp" InMsgs, "IcmpMsg" InType3, "Icmp6" InType133.
// Windows counts TCP over IPv6 separately, in group "Tcp6".
type Counter struct {
	// Group is the group of the counter: "Ip", "Icmp", "Tcp", "TcpExt", "Ip6", "Sctp".
	// It is empty for a counter without one.
	Group string
	// Name is the name within the group, such as "InReceives". Group and Name together
	// identify the counter. A Counter with an empty Name only states that its Part of
	// the group exists and has no counters.
	Name string
	// Part increases each time a group begins, even if the same group begins again:
	// Linux delivers IcmpMsg in parts of at most 16 counters.
	Part uint32
	// Value is the number. A negative one (Tcp MaxConn is -1 on Linux) is stored in
	// two's complement.
	Value uint64
}
