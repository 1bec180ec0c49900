package fact

import "netstat"

func membershipFact(name string, kind ValueKind, value func(m *netstat.Membership) Value) Fact {
	return Fact{Name: name, Kind: kind, Value: func(r *Record) Value { return value(r.Membership) }}
}

func membershipFacts() []Fact {
	return []Fact{
		membershipFact("family", ValueText, func(m *netstat.Membership) Value {
			if m.Group.Is4() {
				return textValue(netstat.Inet.String())
			}
			return textValue(netstat.Inet6.String())
		}),
		membershipFact("interface", ValueText, func(m *netstat.Membership) Value { return textValue(m.Interface) }),
		membershipFact("index", ValueNumber, func(m *netstat.Membership) Value { return countValue(uint64(m.Index)) }),
		membershipFact("group", ValueAddress, func(m *netstat.Membership) Value { return addressValue(m.Group) }),
		membershipFact("users", ValueSigned, func(m *netstat.Membership) Value { return signedValue(int64(m.Users)) }),
	}
}
