package fact

import (
	"net/netip"
	"strconv"

	"netstat"
)

var natStatusNames = []string{"replied", "assured", "offloaded"}

func natFact(name, about, aboutZH string, kind ValueKind, value func(s *netstat.NATSession) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.NATSession) }}
}

func natFacts() []Fact {
	list := []Fact{
		natFact("family", "address family", "地址族", ValueText, func(s *netstat.NATSession) Value { return textValue(s.Family.String()) }),
		natFact("proto", "protocol name, or its number", "协议名称或编号", ValueText, natProtocol),
		natFact("ip_protocol", "protocol number", "协议编号", ValueNumber, func(s *netstat.NATSession) Value { return numberValue(uint64(s.IPProtocol)) }).titled("IP-PROTO"),
		natFact("state", "TCP state", "TCP 状态", ValueText, func(s *netstat.NATSession) Value {
			if s.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(s.State.String())
		}),
		natFact("association_state", "SCTP state", "SCTP 状态", ValueText, func(s *netstat.NATSession) Value { return textValue(s.AssocState) }),
	}
	for _, e := range [...]struct {
		name, about, aboutZH, title string
		of                          func(s *netstat.NATSession) netip.AddrPort
	}{
		{"original_source", "source of the session", "会话的源", "SOURCE", func(s *netstat.NATSession) netip.AddrPort { return s.Original.Source }},
		{"original_destination", "destination of the session", "会话的目的", "DESTINATION", func(s *netstat.NATSession) netip.AddrPort { return s.Original.Destination }},
		{"reply_source", "source of the replies", "应答的源", "REPLY-SRC", func(s *netstat.NATSession) netip.AddrPort { return s.Reply.Source }},
		{"reply_destination", "destination of the replies", "应答的目的", "REPLY-DST", func(s *netstat.NATSession) netip.AddrPort { return s.Reply.Destination }},
	} {
		end := natFact(e.name, e.about, e.aboutZH+"地址和端口", ValueEndpoint, func(s *netstat.NATSession) Value { return addrPortValue(e.of(s)) })
		list = append(list, end.titled(e.title),
			natFact(e.name+"_address", "address of the "+e.about, e.aboutZH+"地址", ValueAddress, func(s *netstat.NATSession) Value { return addressValue(e.of(s).Addr()) }),
			natFact(e.name+"_port", "port of the "+e.about, e.aboutZH+"端口", ValueNumber, func(s *netstat.NATSession) Value { return numberValue(uint64(e.of(s).Port())) }),
		)
	}
	icmp := func(s *netstat.NATSession) bool {
		return s.Original.ICMPType != 0 || s.Original.ICMPCode != 0
	}
	return append(list,
		natFact("icmp_type", "ICMP type of the first packet", "首个数据包的 ICMP 类型", ValueNumber, func(s *netstat.NATSession) Value {
			if !icmp(s) {
				return Value{}
			}
			return numberValue(uint64(s.Original.ICMPType))
		}).also("original_icmp_type"),
		natFact("icmp_code", "ICMP code of the first packet", "首个数据包的 ICMP 代码", ValueNumber, func(s *netstat.NATSession) Value {
			if !icmp(s) {
				return Value{}
			}
			return numberValue(uint64(s.Original.ICMPCode))
		}).also("original_icmp_code"),
		natFact("timeout", "time until the session expires", "距会话过期的时间", ValueDuration, func(s *netstat.NATSession) Value {
			if s.Timeout < 0 {
				return Value{}
			}
			return durationValue(s.Timeout)
		}),
		natFact("source_translated", "source address or port is translated", "源地址或源端口经过转换", ValueFlag, func(s *netstat.NATSession) Value { return flagValue(s.SourceTranslated()) }).titled("SNAT"),
		natFact("destination_translated", "destination address or port is translated", "目的地址或目的端口经过转换", ValueFlag, func(s *netstat.NATSession) Value { return flagValue(s.DestinationTranslated()) }).titled("DNAT"),
		setFact("status", "status: replied, assured, offloaded", "状态: replied、assured、offloaded", natStatusNames, func(r *Record) (uint64, bool) { return uint64(r.NATSession.Status), true }),
	)
}

// natProtocol returns the protocol's name, or its number if the name is
// unknown.
func natProtocol(s *netstat.NATSession) Value {
	switch {
	case s.Protocol != netstat.ProtocolNone:
		return textValue(s.Protocol.String())
	case s.IPProtocol == 1:
		return textValue(netstat.ICMP.String())
	}
	return textValue(strconv.Itoa(int(s.IPProtocol)))
}
