package netstat

// Table names one kernel table of sockets. It is comparable; the zero value names no
// table.
type Table struct {
	Family   Family
	Protocol Protocol
}

// The supported tables.
var (
	TCP4Table      = Table{Inet, TCP}
	TCP6Table      = Table{Inet6, TCP}
	UDP4Table      = Table{Inet, UDP}
	UDP6Table      = Table{Inet6, UDP}
	UDPLite4Table  = Table{Inet, UDPLite}
	UDPLite6Table  = Table{Inet6, UDPLite}
	Raw4Table      = Table{Inet, Raw}
	Raw6Table      = Table{Inet6, Raw}
	SCTP4Table     = Table{Inet, SCTP} // endpoints and associations, including IPv6: the kernel keeps one table
	UnixTable      = Table{Unix, ProtocolNone}
	IPXTable       = Table{IPX, ProtocolNone}
	AX25Table      = Table{AX25, ProtocolNone}
	NetROMTable    = Table{NetROM, ProtocolNone}
	ROSETable      = Table{ROSE, ProtocolNone}
	X25Table       = Table{X25, ProtocolNone}
	AppleTalkTable = Table{AppleTalk, ProtocolNone}
	L2CAPTable     = Table{Bluetooth, L2CAP}
	RFCOMMTable    = Table{Bluetooth, RFCOMM}
	MPTCP4Table    = Table{Inet, MPTCP}
	MPTCP6Table    = Table{Inet6, MPTCP}
	DCCP4Table     = Table{Inet, DCCP}
	DCCP6Table     = Table{Inet6, DCCP}
	ICMP4Table     = Table{Inet, ICMP}
	ICMP6Table     = Table{Inet6, ICMP}
	PacketTable    = Table{Packet, ProtocolNone}
	NetlinkTable   = Table{Netlink, ProtocolNone}
	VSockTable     = Table{VSock, ProtocolNone}
	XDPTable       = Table{XDP, ProtocolNone}
	TIPCTable      = Table{TIPC, ProtocolNone}
	SMCTable       = Table{SMC, ProtocolNone} // IPv4 and IPv6: the kernel keeps one table
	CANTable       = Table{CAN, ProtocolNone} // receive filters: the kernel lists no CAN sockets
	KeyTable       = Table{Key, ProtocolNone}
)

// Tables returns all supported tables in the order in which they are listed.
func Tables() []Table {
	return []Table{
		TCP4Table, TCP6Table, MPTCP4Table, MPTCP6Table, SCTP4Table, DCCP4Table, DCCP6Table, UDP4Table, UDP6Table, UDPLite4Table, UDPLite6Table, ICMP4Table, ICMP6Table, Raw4Table, Raw6Table,
		UnixTable, SMCTable, TIPCTable, VSockTable, PacketTable, NetlinkTable, XDPTable, CANTable, KeyTable,
		IPXTable, AX25Table, X25Table, NetROMTable, ROSETable, AppleTalkTable, L2CAPTable, RFCOMMTable,
	}
}

// Facts returns the facts for which a row of the table has a value, if the system
// supports them, so that zero is a value. A zero of any other fact means unknown.
func (t Table) Facts() Facts {
	all := FactUID | FactInode | FactQueues
	if t.Family != Inet && t.Family != Inet6 {
		return all
	}
	switch t.Protocol {
	case TCP, UDP, UDPLite, Raw:
		all |= FactAutobound | FactMark | FactCgroup | FactTOS | FactShutdown
		if t.Family == Inet6 {
			all |= FactV6Only
		}
	case MPTCP, DCCP:
		all |= FactAutobound | FactMark | FactCgroup | FactTOS
	}
	return all | FactTimer
}

// String returns the lower-case name of the table: "tcp", "tcp6", "udplite6", "unix",
// "l2cap".
func (t Table) String() string {
	switch {
	case t.Protocol == ProtocolNone:
		return t.Family.String()
	case t.Family == Inet6 && int(t.Protocol) < len(protocol6Names):
		return protocol6Names[t.Protocol]
	}
	return t.Protocol.String()
}

// Netid returns the short name of the socket's family or protocol and type, as in the
// column Netid of ss: "tcp", "udp", "u_str", "p_raw", "nl", "v_str", "icmp6". It
// returns Table.String if ss has no name. It is never empty, and the number of
// different names is small.
func (s *Socket) Netid() string {
	switch d := s.Detail.(type) {
	case *UnixDetail:
		switch d.Type {
		case TypeStream:
			return "u_str"
		case TypeDgram:
			return "u_dgr"
		case TypeSeqpacket:
			return "u_seq"
		}
	case *PacketDetail:
		if d.Type == TypeDgram {
			return "p_dgr"
		}
		return "p_raw"
	case *VSockDetail:
		switch d.Type {
		case TypeStream:
			return "v_str"
		case TypeDgram:
			return "v_dgr"
		case TypeSeqpacket:
			// ss 6.1 prints "???".
			return "v_seq"
		}
	case *TIPCDetail:
		switch d.Type {
		case TypeStream:
			return "ti_st"
		case TypeDgram:
			return "ti_dg"
		case TypeRDM:
			return "ti_rd"
		case TypeSeqpacket:
			return "ti_sq"
		}
	}
	if s.Table.Family == Netlink {
		return "nl"
	}
	return s.Table.String()
}
