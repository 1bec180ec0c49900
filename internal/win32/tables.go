package win32

import "netstat"

// A tableReader says how one table of sockets is read.
type tableReader struct {
	table  netstat.Table
	family uint32
	// bare is the kind of row without the process, plain the one with it,
	// module the one that also has the time of creation and is what a
	// component is looked up by. The first two cost Windows the same, but
	// Wine, which has to search for the process of every row, minutes.
	bare, plain, module *rowLayout
	// second is the row of GetTcpTable2 and of the tables of bound ports; for
	// UDP that of InternalGetUdpTable2, which has the peer.
	second *rowLayout
}

// tables is the contents page. Windows lists no other sockets.
var tables = [...]tableReader{
	{netstat.TCP4Table, familyInet4, &rowTCPBare, &rowTCPPID, &rowTCPModule, &rowTCP2},
	{netstat.TCP6Table, familyInet6, &rowTCP6Bare, &rowTCP6PID, &rowTCP6Module, &rowTCP62},
	{netstat.UDP4Table, familyInet4, &rowUDPBare, &rowUDPPID, &rowUDPModule, &rowUDP2},
	{netstat.UDP6Table, familyInet6, &rowUDP6Bare, &rowUDP6PID, &rowUDP6Module, &rowUDP62},
}

func readerOf(t netstat.Table) *tableReader {
	for i := range tables {
		if tables[i].table == t {
			return &tables[i]
		}
	}
	return nil
}

// The values of TCP_TABLE_CLASS and UDP_TABLE_CLASS (iprtrmib.h) that are used.
const (
	classTCPPID    = 5 // TCP_TABLE_OWNER_PID_ALL
	classTCPModule = 8 // TCP_TABLE_OWNER_MODULE_ALL
	classUDPPID    = 1 // UDP_TABLE_OWNER_PID
	classUDPModule = 2 // UDP_TABLE_OWNER_MODULE
)

// counterReader says where the counters of one group are.
type counterReader struct {
	which  statistic
	size   int
	group  string
	fields []counterField
}

// counterReaders lists what is read for a family, in that order.
var counterReaders = map[netstat.Family][]counterReader{
	netstat.Inet: {
		{statisticIP, ipSize, "Ip", ip4Fields},
		{statisticICMP, icmpSize, "Icmp", icmp4Fields},
		{statisticTCP, tcpSize, "Tcp", tcpFields},
		{statisticUDP, udpSize, "Udp", udpFields},
	},
	netstat.Inet6: {
		{statisticIP, ipSize, "Ip6", ip6Fields},
		{statisticICMP, icmpSize, "Icmp6", icmp6Fields},
		{statisticTCP, tcpSize, "Tcp6", tcpFields},
		{statisticUDP, udpSize, "Udp6", udpFields},
	},
}
