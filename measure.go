package netstat

// Measure is one number that a host keeps beside its protocol counters: what is in use
// now, what bounds it, and what was dropped outside of any protocol. The zero value is
// no measure.
type Measure struct {
	// Group says what is measured; see the constants of MeasureGroup.
	Group MeasureGroup
	// Name is the name within the group, as the kernel's file has it: "TCP.inuse" of
	// MeasureSockets, "net.ipv4.tcp_max_orphans" of MeasureSysctl. Group and Name
	// together identify the measure.
	Name string
	// Value is the number. A negative one is stored in two's complement.
	Value uint64
}

// MeasureGroup is a group of measures. The numbers may change between versions of this
// package; the names do not.
type MeasureGroup uint8

const (
	// MeasureSockets counts sockets and their memory (/proc/net/sockstat and sockstat6,
	// net/ipv4/proc.c): "sockets.used", "TCP.inuse", "TCP.orphan", "TCP.tw",
	// "TCP.alloc", "TCP.mem" in pages, "UDP.mem" in pages, "FRAG.memory" in bytes,
	// "TCP6.inuse".
	MeasureSockets MeasureGroup = iota
	// MeasureSysctl holds limits: sysctls by their whole name, such as
	// "net.ipv4.tcp_max_tw_buckets". One of several numbers has its own name after
	// another dot: "net.ipv4.tcp_mem.pressure". A network namespace other than the
	// initial one lacks those of the whole system.
	MeasureSysctl
	// MeasurePorts describes the ports that the system chooses for outgoing
	// connections: "first", "last", and "excluded", how many between them are reserved.
	// Windows has them for each protocol: "tcp.first", "udp6.last".
	MeasurePorts
	// MeasureSoftnet sums the queues of all processors (/proc/net/softnet_stat):
	// "processed", "dropped", "time_squeeze", "received_rps", "flow_limit". They count
	// since the system started, for each processor in 32 bits, which wrap. Those of one
	// processor end in its number: "dropped.cpu0". This group and the next two are about
	// the whole system.
	MeasureSoftnet
	// MeasureARP and MeasureNDISC are about the neighbour tables of IPv4 and IPv6
	// (/proc/net/stat/arp_cache, ndisc_cache): "entries" of all namespaces, and counters
	// as those of MeasureSoftnet, "table_fulls" and "unresolved_discards". Only the
	// initial network namespace has them.
	MeasureARP
	MeasureNDISC
	// MeasureConntrack is about tracked connections: "count" and "max" (sysctls), and
	// counters as those of MeasureSoftnet (/proc/net/stat/nf_conntrack), "drop",
	// "early_drop", "insert_failed", "invalid" and others. It is missing where nothing tracks connections.
	MeasureConntrack
	// MeasureFirewall counts the netfilter hooks that filter packets to this host
	// (nfnetlink_hook, Linux 5.14): "input". It is missing if they cannot be listed.
	// Filters elsewhere (prerouting, XDP, traffic control) do not count.
	MeasureFirewall
	// MeasureHost holds "page_size" in bytes.
	MeasureHost
	// MeasureProtocols counts the sockets of each protocol in the network namespace, by
	// the kernel's name (/proc/net/protocols, net/core/sock.c): "UNIX-STREAM.sockets",
	// "PINGv6.sockets". Sockets of the kernel itself are not counted.
	MeasureProtocols
)

var measureGroups = [...]string{
	"sockstat", "sysctl", "ports", "softnet", "arp_cache", "ndisc_cache", "nf_conntrack", "firewall", "host", "protocols",
}

// String returns the name in lower case.
func (g MeasureGroup) String() string {
	if int(g) < len(measureGroups) {
		return measureGroups[g]
	}
	return "unknown"
}
