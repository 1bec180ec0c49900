package fact

import "netstat"

func summaryText(name, about, aboutZH string, of func(s *netstat.Summary) string) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: ValueText, Value: func(r *Record) Value { return textValue(of(r.Summary)) }}
}

func summaryNumber(name, about, aboutZH string, of func(s *netstat.Summary) netstat.Amount) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: ValueNumber, Count: true, Value: func(r *Record) Value {
		a := of(r.Summary)
		if !a.Known {
			return Value{}
		}
		return numberValue(a.N)
	}}
}

func summaryFacts() []Fact {
	return []Fact{
		summaryText("protocol", "what is counted: all, tcp, udp, raw, inet, frag, unix", "统计对象: all、tcp、udp、raw、inet、frag、unix", func(s *netstat.Summary) string { return s.Protocol }).word(),
		summaryText("name", "which number: sockets, established, closed, orphans, time-wait, allocated, memory", "哪个数值: sockets、established、closed、orphans、time-wait、allocated、memory", func(s *netstat.Summary) string { return s.Name }).word(),
		summaryNumber("value", "the number", "数值", func(s *netstat.Summary) netstat.Amount { return s.Value }),
		summaryNumber("ipv4", "its part of IPv4", "其中 IPv4 的部分", func(s *netstat.Summary) netstat.Amount { return s.IPv4 }),
		summaryNumber("ipv6", "its part of IPv6", "其中 IPv6 的部分", func(s *netstat.Summary) netstat.Amount { return s.IPv6 }),
		summaryNumber("low", "limit below which the system does not save memory", "低于此限值时系统不节省内存", func(s *netstat.Summary) netstat.Amount { return s.Low }),
		summaryNumber("pressure", "limit above which the system saves memory", "高于此限值时系统开始节省内存", func(s *netstat.Summary) netstat.Amount { return s.Pressure }),
		summaryNumber("max", "the most that the system allows", "系统允许的最大值", func(s *netstat.Summary) netstat.Amount { return s.Max }),
		summaryText("unit", "bytes, or nothing for a count", "单位: bytes；计数则为空", func(s *netstat.Summary) string { return s.Unit }).word(),
		summaryText("scope", "netns: the network namespace; system: all of them together", "netns: 本网络命名空间；system: 整个系统", func(s *netstat.Summary) string { return s.Scope }).word(),
		summaryText("source", "where the system says so", "数值的来源", func(s *netstat.Summary) string { return s.Source }).cut(),
	}
}
