package linux

import (
	"context"

	"netstat"
)

// A tableReader reads one table: by read, or by protocol, file or both. With
// both it dumps the table, and reads the file if the dump fails.
type tableReader struct {
	table    netstat.Table
	protocol uint8  // IP protocol number of a sock_diag dump; 0 for none
	file     string // line-per-socket file of /proc/net in the format of parseNet
	read     func(s *source, ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc)
}

type yieldFunc = func(netstat.Socket, error) bool

// tables lists the readers of all tables.
var tables = [...]tableReader{
	{table: netstat.TCP4Table, protocol: ipprotoTCP, file: "tcp"},
	{table: netstat.TCP6Table, protocol: ipprotoTCP, file: "tcp6"},
	{table: netstat.UDP4Table, protocol: ipprotoUDP, file: "udp"},
	{table: netstat.UDP6Table, protocol: ipprotoUDP, file: "udp6"},
	{table: netstat.UDPLite4Table, protocol: ipprotoUDPLite, file: "udplite"},
	{table: netstat.UDPLite6Table, protocol: ipprotoUDPLite, file: "udplite6"},
	{table: netstat.Raw4Table, protocol: ipprotoRaw, file: "raw"},
	{table: netstat.Raw6Table, protocol: ipprotoRaw, file: "raw6"},
	{table: netstat.SCTP4Table, read: (*source).sctp},
	{table: netstat.UnixTable, read: (*source).unix},

	{table: netstat.IPXTable, read: (*source).ipx},
	{table: netstat.AX25Table, read: (*source).ax25},
	{table: netstat.X25Table, read: (*source).x25},
	{table: netstat.NetROMTable, read: (*source).netrom},
	{table: netstat.ROSETable, read: (*source).rose},
	{table: netstat.AppleTalkTable, read: (*source).appletalk},
	{table: netstat.L2CAPTable, read: (*source).l2cap},
	{table: netstat.RFCOMMTable, read: (*source).rfcomm},

	{table: netstat.MPTCP4Table, read: (*source).mptcp},
	{table: netstat.MPTCP6Table, read: (*source).mptcp},
	{table: netstat.DCCP4Table, read: (*source).dccp},
	{table: netstat.DCCP6Table, read: (*source).dccp},
	{table: netstat.ICMP4Table, file: "icmp"},
	{table: netstat.ICMP6Table, file: "icmp6"},
	{table: netstat.PacketTable, read: (*source).packet},
	{table: netstat.NetlinkTable, read: (*source).netlink},
	{table: netstat.VSockTable, read: (*source).vsock},
	{table: netstat.XDPTable, read: (*source).xdp},
	{table: netstat.TIPCTable, read: (*source).tipc},
	{table: netstat.SMCTable, read: (*source).smc},
	{table: netstat.CANTable, read: (*source).can},
	{table: netstat.KeyTable, read: (*source).pfkey},
}

func readerOf(t netstat.Table) *tableReader {
	for i := range tables {
		if tables[i].table == t {
			return &tables[i]
		}
	}
	return nil
}

// absentFacts returns the facts that no kernel file has about the sockets of a
// table.
func absentFacts(t netstat.Table) netstat.Facts {
	switch t.Family {
	case netstat.Unix:
		return netstat.FactTimer | netstat.FactUID | netstat.FactQueues
	case netstat.AX25, netstat.X25, netstat.NetROM, netstat.ROSE:
		return netstat.FactTimer | netstat.FactUID
	case netstat.IPX, netstat.AppleTalk:
		return netstat.FactTimer | netstat.FactInode
	case netstat.Bluetooth:
		return netstat.FactTimer | netstat.FactUID | netstat.FactInode | netstat.FactQueues
	}
	if t.Protocol == netstat.SCTP {
		return netstat.FactTimer
	}
	return 0
}
