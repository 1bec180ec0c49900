package view

import "netstat"

func membershipColumn(name string, kind ValueKind, value func(m *netstat.Membership) Value) Column {
	return Column{Name: name, Kind: kind, Value: func(r *Record) Value { return value(r.Membership) }}
}

func membershipColumns() []Column {
	return []Column{
		membershipColumn("family", ValueText, func(m *netstat.Membership) Value {
			if m.Group.Is4() {
				return textValue(netstat.Inet.String())
			}
			return textValue(netstat.Inet6.String())
		}),
		membershipColumn("interface", ValueText, func(m *netstat.Membership) Value { return textValue(m.Interface) }),
		membershipColumn("index", ValueNumber, func(m *netstat.Membership) Value { return countValue(uint64(m.Index)) }),
		membershipColumn("group", ValueAddress, func(m *netstat.Membership) Value { return addressValue(m.Group) }),
		membershipColumn("users", ValueSigned, func(m *netstat.Membership) Value { return signedValue(int64(m.Users)) }),
	}
}
