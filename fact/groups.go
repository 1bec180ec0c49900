package fact

import "netstat"

func membershipFact(name, about, aboutZH string, kind ValueKind, value func(m *netstat.Membership) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.Membership) }}
}

func membershipFacts() []Fact {
	return []Fact{
		membershipFact("family", "address family: inet, inet6", "地址族: inet、inet6", ValueText, func(m *netstat.Membership) Value {
			if m.Group.Is4() {
				return textValue(netstat.Inet.String())
			}
			return textValue(netstat.Inet6.String())
		}),
		membershipFact("interface", "interface that joined the group", "加入多播组的接口", ValueText, func(m *netstat.Membership) Value { return textValue(m.Interface) }).cut(),
		membershipFact("index", "index of the interface", "接口索引", ValueNumber, func(m *netstat.Membership) Value { return countValue(uint64(m.Index)) }),
		membershipFact("group", "group address", "多播组地址", ValueAddress, func(m *netstat.Membership) Value { return addressValue(m.Group) }),
		membershipFact("users", "number of times that the group was joined", "加入该组的次数", ValueSigned, func(m *netstat.Membership) Value { return signedValue(int64(m.Users)) }),
	}
}
