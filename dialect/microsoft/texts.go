package microsoft

import (
	"fmt"

	"netstat/options"
)

// texts holds the texts of one language. A translation keeps the number of
// layout blanks of the original and is not aligned again, as in Microsoft's
// Chinese netstat and route print (verified for -e and the headers of the
// connection and route tables).
type texts struct {
	chinese bool

	// Help.
	purpose, beyond string
	options         []optionText

	// The connection table.
	connections string
	columns     string
	pid         string
	offload     string
	template    string
	timeInState string
	noOwner     string

	// -e: the labels include the blanks that follow them.
	interfaceTitle   string
	interfaceColumns string
	interfaceLabels  [interfaceRows]string

	// -s
	statisticsTitles [sectionCount]string
	ipLabels         [len(ipRows)]string
	icmpColumns      string
	icmpLabels       [len(icmpRows)]string
	icmp6Labels      [len(icmp6Rows)]string
	tcpLabels        [len(tcpRows)]string
	udpLabels        [len(udpRows)]string

	// --delta: the line before totals, and the one before changes with the seconds
	// between.
	totals, changes, seconds string

	// -r
	interfaceList                string
	routeTitle4, routeTitle6     string
	activeRoutes, persistent     string
	routeColumns4, routeColumns6 string
	persistentColumns4           string
	onLink4, onLink6             string
	defaultMetric                string
	none                         string

	// -x and -c.
	networkDirect        string
	networkDirectColumns string
	ports                string
	portColumns          string

	// Messages of our own, without "netstat: ".
	noDSCP, tryHelp                                              string
	noNetworkDirect, noOffload, noTemplate, noTime, ownersDenied string
	elevation                                                    string
}

// optionText is a paragraph of the help text. Its lines are wrapped to end
// before column 79.
type optionText struct{ name, text string }

// textsOf returns the texts of a language.
func textsOf(lang string) *texts {
	if options.Chinese(lang) {
		return &chinese
	}
	return &english
}

// ChineseText returns all Chinese text that the dialect may print. An output that cannot
// show all of it cannot show Chinese.
func ChineseText() string { return fmt.Sprint(chinese, usage(&chinese), options.ChineseText()) }

var english = texts{
	purpose: "Shows TCP and UDP connections and the counters of protocols.",
	beyond:  "Beyond Microsoft's netstat",
	options: []optionText{
		{"-a", "All connections, listening ports and UDP sockets."},
		{"-b", "Below each row, the program that made the connection or\n" +
			"opened the port and, if known, the component in it, such as a\n" +
			"service. Needs elevation."},
		{"-c", "Processes by the number of TCP and UDP ports that they use."},
		{"-d", "A column for the DSCP value of each connection. It stays\n" +
			"empty: Windows has no public interface for it."},
		{"-e", "Counters of all network interfaces together. Can be combined\n" +
			"with -s."},
		{"-f", "Full domain names for foreign addresses."},
		{"-i", "The milliseconds that a connection has been in its state, at\n" +
			"most: the time since it was made."},
		{"-n", "Numbers instead of names for addresses and ports."},
		{"-o", "The process ID (PID) of each row."},
		{"-p proto", "Only this protocol: TCP, UDP, TCPv6 or UDPv6; with -s also\n" +
			"IP, IPv6, ICMP or ICMPv6."},
		{"-q", "As -a, plus TCP ports that are bound but neither listening\n" +
			"nor connected."},
		{"-r", "Interfaces and routing tables."},
		{"-s", "Counters of each protocol: IP, IPv6, ICMP, ICMPv6, TCP,\n" +
			"TCPv6, UDP and UDPv6, or only of the one that -p names."},
		{"-t", "Whether each connection is offloaded to a network card."},
		{"-v", "Accepted for old scripts; has no effect."},
		{"-x", "NetworkDirect connections, listeners and shared endpoints."},
		{"-y", "The TCP template of each connection. Only with -a -f -n -p\n" +
			"-q; other options that add columns have no effect."},
		{"interval", "Repeat the report every so many seconds, until Ctrl+C.\n" +
			"Without it there is one report."},
	},

	connections: "Active Connections",
	columns:     "  Proto  Local Address          Foreign Address        State",
	pid:         "PID",
	offload:     "Offload State",
	template:    "Template",
	timeInState: "Time in State (ms)",
	noOwner:     " Can not obtain ownership information",

	interfaceTitle:   "Interface Statistics",
	interfaceColumns: "                           Received            Sent",
	interfaceLabels: [...]string{
		"Bytes               ",
		"Unicast packets     ",
		"Non-unicast packets ",
		"Discards            ",
		"Errors              ",
		"Unknown protocols   ",
	},

	totals: "totals since boot", changes: "changes per second over the last ", seconds: " s",

	statisticsTitles: [...]string{
		"IPv4 Statistics", "IPv6 Statistics", "ICMPv4 Statistics", "ICMPv6 Statistics",
		"TCP Statistics for IPv4", "TCP Statistics for IPv6", "UDP Statistics for IPv4", "UDP Statistics for IPv6",
	},
	ipLabels: [...]string{
		"Packets Received", "Received Header Errors", "Received Address Errors", "Datagrams Forwarded",
		"Unknown Protocols Received", "Received Packets Discarded", "Received Packets Delivered", "Output Requests",
		"Routing Discards", "Discarded Output Packets", "Output Packet No Route", "Reassembly Required",
		"Reassembly Successful", "Reassembly Failures", "Datagrams Successfully Fragmented",
		"Datagrams Failing Fragmentation", "Fragments Created",
	},
	icmpColumns: "                            Received    Sent",
	icmpLabels: [...]string{
		"Messages", "Errors", "Destination Unreachable", "Time Exceeded", "Parameter Problems", "Source Quenches",
		"Redirects", "Echo Replies", "Echos", "Timestamps", "Timestamp Replies", "Address Masks",
		"Address Mask Replies", "Router Solicitations", "Router Advertisements",
	},
	icmp6Labels: [...]string{
		"Messages", "Errors", "Destination Unreachable", "Packet Too Big", "Time Exceeded", "Parameter Problems",
		"Echos", "Echo Replies", "MLD Queries", "MLD Reports", "MLD Dones", "Router Solicitations",
		"Router Advertisements", "Neighbor Solicitations", "Neighbor Advertisements", "Redirects",
		"Router Renumberings",
	},
	tcpLabels: [...]string{
		"Active Opens", "Passive Opens", "Failed Connection Attempts", "Reset Connections", "Current Connections",
		"Segments Received", "Segments Sent", "Segments Retransmitted",
	},
	udpLabels: [...]string{"Datagrams Received", "No Ports", "Receive Errors", "Datagrams Sent"},

	interfaceList:      "Interface List",
	routeTitle4:        "IPv4 Route Table",
	routeTitle6:        "IPv6 Route Table",
	activeRoutes:       "Active Routes:",
	persistent:         "Persistent Routes:",
	routeColumns4:      "Network Destination        Netmask          Gateway       Interface  Metric",
	routeColumns6:      " If Metric Network Destination      Gateway",
	persistentColumns4: "  Network Address          Netmask  Gateway Address  Metric",
	onLink4:            "On-link ",
	onLink6:            "On-link",
	defaultMetric:      "Default ",
	none:               "  None",

	networkDirect:        "Active NetworkDirect Connections, Listeners, SharedEndpoints",
	networkDirectColumns: "  Mode   IfIndex  Type           Local Address          Foreign Address        PID",
	ports:                "Ports in Use by Process",
	portColumns:          "  PID          TCP     UDP   Total  Process",

	noDSCP:          "the DSCP column is empty: Windows has no public interface for the value of a connection",
	tryHelp:         " (try 'netstat --help')",
	noNetworkDirect: "NetworkDirect endpoints cannot be listed: this system has no public interface for them",
	noOffload:       "this system does not report whether connections are offloaded",
	noTemplate:      "this system does not report the TCP template of a connection",
	noTime:          "this system does not report when a connection was made",
	ownersDenied:    "cannot inspect some processes; unknown owners have PID 0 or no name",
	elevation:       "The requested operation requires elevation.",
}
