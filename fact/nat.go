package fact

import (
	"net/netip"
	"strconv"

	"netstat"
)

var natStatusNames = []string{"replied", "assured", "offloaded"}

func natFact(name string, kind ValueKind, value func(s *netstat.NATSession) Value) Fact {
	return Fact{Name: name, Kind: kind, Value: func(r *Record) Value { return value(r.NATSession) }}
}

func natFacts() []Fact {
	list := []Fact{
		natFact("family", ValueText, func(s *netstat.NATSession) Value { return textValue(s.Family.String()) }),
		natFact("proto", ValueText, natProtocol),
		natFact("ip_protocol", ValueNumber, func(s *netstat.NATSession) Value { return numberValue(uint64(s.IPProtocol)) }),
		natFact("state", ValueText, func(s *netstat.NATSession) Value {
			if s.State == netstat.StateUnknown {
				return Value{}
			}
			return textValue(s.State.String())
		}),
		natFact("association_state", ValueText, func(s *netstat.NATSession) Value { return textValue(s.AssocState) }),
	}
	for _, d := range [...]struct {
		name string
		of   func(s *netstat.NATSession) *netstat.NATTuple
	}{
		{"original", func(s *netstat.NATSession) *netstat.NATTuple { return &s.Original }},
		{"reply", func(s *netstat.NATSession) *netstat.NATTuple { return &s.Reply }},
	} {
		for _, e := range [...]struct {
			name string
			of   func(t *netstat.NATTuple) netip.AddrPort
		}{
			{"source", func(t *netstat.NATTuple) netip.AddrPort { return t.Source }},
			{"destination", func(t *netstat.NATTuple) netip.AddrPort { return t.Destination }},
		} {
			name := d.name + "_" + e.name
			end := natFact(name, ValueEndpoint, func(s *netstat.NATSession) Value { return addrPortValue(e.of(d.of(s))) })
			if d.name == "original" {
				end = end.also(e.name)
			}
			list = append(list, end,
				natFact(name+"_address", ValueAddress, func(s *netstat.NATSession) Value { return addressValue(e.of(d.of(s)).Addr()) }),
				natFact(name+"_port", ValueNumber, func(s *netstat.NATSession) Value { return numberValue(uint64(e.of(d.of(s)).Port())) }),
			)
		}
	}
	icmp := func(s *netstat.NATSession) bool {
		return s.Original.ICMPType != 0 || s.Original.ICMPCode != 0
	}
	return append(list,
		natFact("icmp_type", ValueNumber, func(s *netstat.NATSession) Value {
			if !icmp(s) {
				return Value{}
			}
			return numberValue(uint64(s.Original.ICMPType))
		}).also("original_icmp_type"),
		natFact("icmp_code", ValueNumber, func(s *netstat.NATSession) Value {
			if !icmp(s) {
				return Value{}
			}
			return numberValue(uint64(s.Original.ICMPCode))
		}).also("original_icmp_code"),
		natFact("timeout", ValueDuration, func(s *netstat.NATSession) Value {
			if s.Timeout < 0 {
				return Value{}
			}
			return durationValue(s.Timeout)
		}),
		natFact("source_translated", ValueFlag, func(s *netstat.NATSession) Value { return flagValue(s.SourceTranslated()) }),
		natFact("destination_translated", ValueFlag, func(s *netstat.NATSession) Value { return flagValue(s.DestinationTranslated()) }),
		setFact("status", natStatusNames, func(r *Record) (uint64, bool) { return uint64(r.NATSession.Status), true }),
	)
}

// natProtocol is the protocol's name, and its number where it has none here.
func natProtocol(s *netstat.NATSession) Value {
	switch {
	case s.Protocol != netstat.ProtocolNone:
		return textValue(s.Protocol.String())
	case s.IPProtocol == 1:
		return textValue(netstat.ICMP.String())
	}
	return textValue(strconv.Itoa(int(s.IPProtocol)))
}
