package netstat

// Summary is one number of the summary of a host: how many sockets of a protocol there
// are, or how much memory they use, with the limits. The zero value is no number.
//
// A summary follows from [Source.Measures] and [Source.Counters] or, on a system without
// MeasureSockets, from counting the sockets of TCP and UDP.
type Summary struct {
	// Protocol is what the number is about: "all", "tcp", "udp", "inet" (all protocols of
	// the Internet), "frag" (IP packets being put together), "unix", "netlink", ….
	Protocol string
	// Name says what is counted: "sockets", "established", "closed", "time-wait",
	// "orphans", "allocated", "queues", "memory", or another state of TCP in lower case.
	// Without MeasureSockets also what counters have: "connections", "listeners",
	// "interfaces", "addresses", "routes", "entries", and of "frag" since the system
	// started "received", "reassembled", "failed", "created".
	Name string
	// Unit is "bytes", or "" for a count.
	Unit string
	// Value is the number, for IPv4 and IPv6 together if both are known.
	Value Amount
	// IPv4 and IPv6 are the parts of Value.
	IPv4, IPv6 Amount
	// Low, Pressure and Max are the limits of the system, in Unit: below Low it does not
	// care, above Pressure it saves, above Max it refuses (tcp_mem in tcp(7), udp_mem in
	// udp(7), tcp_max_orphans, tcp_max_tw_buckets, ipfrag_high_thresh).
	Low, Pressure, Max Amount
	// Scope is what the number is about: "netns" for the network namespace, "system" for
	// all of them together.
	Scope string
	// Source names where the system says so: "sockstat TCP.tw", "Tcp.CurrEstab".
	Source string
}

// Amount is a number that may be absent. The zero value is an absent one.
type Amount struct {
	N     uint64
	Known bool
}
