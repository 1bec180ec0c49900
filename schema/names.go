package schema

import (
	"math/bits"
	"sync/atomic"

	"netstat"
)

var factNames = []string{
	"timer", "uid", "inode", "queues", "created", "offload", "template", "module",
	"detail", "tcp_info", "memory", "interface", "mark", "cgroup", "tos", "ulp", "autobound", "peer",
	"shutdown", "v6only", "references",
}

// AllFacts are the facts that the form can hold.
const AllFacts = netstat.FactTimer | netstat.FactUID | netstat.FactInode | netstat.FactQueues |
	netstat.FactCreated | netstat.FactOffload | netstat.FactTemplate | netstat.FactModule |
	netstat.FactDetail | netstat.FactTCPInfo | netstat.FactMemory | netstat.FactInterface |
	netstat.FactMark | netstat.FactCgroup | netstat.FactTOS | netstat.FactULP | netstat.FactAutobound |
	netstat.FactPeer | netstat.FactShutdown | netstat.FactV6Only | netstat.FactReferences

// AllProcessFacts are the process facts that the form can hold.
const AllProcessFacts = netstat.FactArgv0 | netstat.FactContext | netstat.FactExecutable |
	netstat.FactServices | netstat.FactUser | netstat.FactStarted | netstat.FactArgs | netstat.FactStat |
	netstat.FactProcessCgroup | netstat.FactImage | netstat.FactSignature | netstat.FactPackage

var (
	timerNames    = ownNames{fill: func() []string { return namesTo(netstat.TimerOther) }}
	socketTypes   = ownNames{fill: func() []string { return namesTo(netstat.TypeSeqpacket) }}
	offloadNames  = ownNames{fill: func() []string { return namesTo(netstat.OffloadUploading) }}
	securityNames = ownNames{fill: func() []string { return namesTo(netstat.SecurityFIPS) }}
	ulpNames      = ownNames{fill: func() []string { return namesTo(netstat.ULPOther) }}
	caStates      = ownNames{fill: func() []string { return namesTo(netstat.CALoss) }}
	signatures    = ownNames{fill: func() []string { return namesTo(netstat.SignatureInvalid) }}

	smcModes    = []string{"unknown", "smcr", "tcp", "smcd"}
	fanoutModes = []string{"hash", "lb", "cpu", "rollover", "random", "queue", "cbpf", "ebpf"}
	memberKinds = []string{"multicast", "promiscuous", "all-multicast", "unicast"}
	natStatus   = []string{"replied", "assured", "offloaded"}
	ax25Modes   = []string{"default", "datagram", "circuit"}
	addrScopes  = []string{"host", "link", "site", "compat"}
	frameNames  = []string{"", "ethernet-ii", "snap", "802.2", "802.3"}

	routeFlags = []string{
		"up", "gateway", "host", "reinstate", "dynamic", "modified", "fixed-mtu", "fixed-window",
		"fixed-rtt", "reject", "not-cached", "default", "all-on-link", "autoconf", "no-next-hop",
		"expires", "cached", "flow", "policy", "local",
		"dead", "on-link", "notify", "direct-destination", "tproxy", "fast", "masquerade", "snat",
		"do-redirect", "direct-source", "dnat", "broadcast", "multicast", "unreachable",
	}
	interfaceFlags = []string{
		"up", "broadcast", "debug", "loopback", "point-to-point", "no-trailers", "running", "no-arp",
		"promiscuous", "all-multicast", "master", "slave", "multicast", "port-select", "auto-media",
		"dynamic",
	}
	hardwareNames = []string{
		"other", "ethernet", "loopback", "ax25", "netrom", "rose", "x25", "arcnet", "dlci", "frad",
		"eui64", "slip", "cslip", "slip6", "cslip6", "adaptive", "ppp", "hdlc", "lapb", "tunnel",
		"sit", "fddi", "hippi", "ash", "econet", "irda",
	}
	counterFacts = []string{
		"fifo", "frame", "carrier", "collisions", "compressed", "multicast", "non_unicast",
		"unknown_protocols",
		"length_errors", "over_errors", "crc_errors", "frame_errors", "missed_errors", "nohandler", "otherhost_dropped",
		"aborted_errors", "carrier_errors", "heartbeat_errors", "window_errors",
		"unicast_bytes", "multicast_bytes", "broadcast_bytes",
	}
)

// ownNames are the model's own names of numbers. They are listed when first used, and not
// before main.
type ownNames struct {
	fill func() []string
	list atomic.Pointer[[]string]
}

func (n *ownNames) names() []string {
	if list := n.list.Load(); list != nil {
		return *list
	}
	list := n.fill()
	n.list.Store(&list)
	return list
}

// namesTo lists the model's own names for numbers, up to the last.
func namesTo[T interface {
	~uint8
	String() string
}](last T) []string {
	list := make([]string, 0, int(last)+1)
	for n := T(0); n <= last; n++ {
		list = append(list, n.String())
	}
	return list
}

// nameAt returns a name from a list, or the first if n is beyond the list.
func nameAt[T ~uint8](names []string, n T) string {
	if int(n) < len(names) {
		return names[n]
	}
	return names[0]
}

// appendNamed appends the name of a number, or nothing if the name is empty.
func appendNamed[T ~uint8](b []byte, key string, names []string, n T) []byte {
	name := nameAt(names, n)
	if name == "" {
		return b
	}
	return appendWord(b, key, name)
}

// numStates returns the number of states.
func numStates() netstat.State { return netstat.State(bits.Len32(uint32(netstat.AllStates))) }

// unknownName is the name of undefined families and protocols.
const unknownName = "unknown"

// State reads the name of a state. It returns StateUnknown for an unknown name.
func (r *Reader) State() netstat.State {
	s := r.stringBytes()
	for state := range numStates() {
		if string(s) == state.String() {
			return state
		}
	}
	return netstat.StateUnknown
}

// Family reads the name of a family. It returns FamilyNone for an unknown name, which a
// newer version may write.
func (r *Reader) Family() netstat.Family {
	s := r.stringBytes()
	for f := netstat.FamilyNone; f.String() != unknownName; f++ {
		if string(s) == f.String() {
			return f
		}
	}
	return netstat.FamilyNone
}

// protocol reads the protocol that appendTable wrote. It returns ProtocolNone for the
// name of a family.
func (r *Reader) protocol() netstat.Protocol {
	s := r.stringBytes()
	for p := netstat.ProtocolNone + 1; p.String() != unknownName; p++ {
		if string(s) == p.String() {
			return p
		}
	}
	return netstat.ProtocolNone
}

// AppendTable appends the fields that name a table. For a family with one table, the
// protocol is the family's name, so that every row has a protocol.
func AppendTable(b []byte, t netstat.Table) []byte {
	b = appendWord(b, "family", t.Family.String())
	if t.Protocol == netstat.ProtocolNone {
		return appendWord(b, "proto", t.Family.String())
	}
	return appendWord(b, "proto", t.Protocol.String())
}

// TableField reads the value of a field written by AppendTable into t, and reports
// whether key is one.
func (r *Reader) TableField(key []byte, t *netstat.Table) bool {
	switch string(key) {
	case "family":
		t.Family = r.Family()
	case "proto":
		t.Protocol = r.protocol()
	default:
		return false
	}
	return true
}

// AppendFacts appends a list of facts.
func AppendFacts(b []byte, key string, f netstat.Facts) []byte {
	return appendNames(b, key, uint64(f), factNames)
}

// Facts reads a list of facts.
func (r *Reader) Facts() netstat.Facts { return netstat.Facts(r.names(factNames)) }
