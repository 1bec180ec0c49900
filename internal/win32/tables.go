package win32

import "netstat"

// tableReader describes how one table of sockets is read.
type tableReader struct {
	table  netstat.Table
	family uint32
	// bare is the row without the process, plain the row with it; module also has the
	// creation time and is the key for looking up a module. The first two cost the same
	// on Windows. Wine has to search for the process of every row, which takes minutes.
	bare, plain, module *rowLayout
	// second is the row of GetTcpTable2 and of the tables of bound ports; for UDP that
	// of InternalGetUdpTable2, which has the peer.
	second *rowLayout
}

// tables lists all tables. Windows lists no other sockets.
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

// Values used of TCP_TABLE_CLASS and UDP_TABLE_CLASS (iprtrmib.h).
const (
	classTCPPID    = 5 // TCP_TABLE_OWNER_PID_ALL
	classTCPModule = 8 // TCP_TABLE_OWNER_MODULE_ALL
	classUDPPID    = 1 // UDP_TABLE_OWNER_PID
	classUDPModule = 2 // UDP_TABLE_OWNER_MODULE
)

// counterReader is the location of the counters of one group.
type counterReader struct {
	which  statistic
	size   int
	group  string
	fields []counterField
}

// counterReaders lists the groups of a family in order.
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
