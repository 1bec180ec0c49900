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

// tables lists the readers of all tables. It refers to the tables, rather than holds them,
// so that nothing is copied before main.
var tables = [...]struct {
	of *netstat.Table
	tableReader
}{
	{&netstat.TCP4Table, tableReader{protocol: ipprotoTCP, file: "tcp"}},
	{&netstat.TCP6Table, tableReader{protocol: ipprotoTCP, file: "tcp6"}},
	{&netstat.UDP4Table, tableReader{protocol: ipprotoUDP, file: "udp"}},
	{&netstat.UDP6Table, tableReader{protocol: ipprotoUDP, file: "udp6"}},
	{&netstat.UDPLite4Table, tableReader{protocol: ipprotoUDPLite, file: "udplite"}},
	{&netstat.UDPLite6Table, tableReader{protocol: ipprotoUDPLite, file: "udplite6"}},
	{&netstat.Raw4Table, tableReader{protocol: ipprotoRaw, file: "raw"}},
	{&netstat.Raw6Table, tableReader{protocol: ipprotoRaw, file: "raw6"}},
	{&netstat.SCTP4Table, tableReader{read: (*source).sctp}},
	{&netstat.UnixTable, tableReader{read: (*source).unix}},

	{&netstat.IPXTable, tableReader{read: (*source).ipx}},
	{&netstat.AX25Table, tableReader{read: (*source).ax25}},
	{&netstat.X25Table, tableReader{read: (*source).x25}},
	{&netstat.NetROMTable, tableReader{read: (*source).netrom}},
	{&netstat.ROSETable, tableReader{read: (*source).rose}},
	{&netstat.AppleTalkTable, tableReader{read: (*source).appletalk}},
	{&netstat.L2CAPTable, tableReader{read: (*source).l2cap}},
	{&netstat.RFCOMMTable, tableReader{read: (*source).rfcomm}},

	{&netstat.MPTCP4Table, tableReader{read: (*source).mptcp}},
	{&netstat.MPTCP6Table, tableReader{read: (*source).mptcp}},
	{&netstat.DCCP4Table, tableReader{read: (*source).dccp}},
	{&netstat.DCCP6Table, tableReader{read: (*source).dccp}},
	{&netstat.ICMP4Table, tableReader{file: "icmp"}},
	{&netstat.ICMP6Table, tableReader{file: "icmp6"}},
	{&netstat.PacketTable, tableReader{read: (*source).packet}},
	{&netstat.NetlinkTable, tableReader{read: (*source).netlink}},
	{&netstat.VSockTable, tableReader{read: (*source).vsock}},
	{&netstat.XDPTable, tableReader{read: (*source).xdp}},
	{&netstat.TIPCTable, tableReader{read: (*source).tipc}},
	{&netstat.SMCTable, tableReader{read: (*source).smc}},
	{&netstat.CANTable, tableReader{read: (*source).can}},
	{&netstat.KeyTable, tableReader{read: (*source).pfkey}},
}

func readerOf(t netstat.Table) *tableReader {
	for i := range tables {
		if *tables[i].of == t {
			r := tables[i].tableReader
			r.table = t
			return &r
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
