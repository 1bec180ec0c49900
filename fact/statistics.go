package fact

import "netstat"

func counterFacts() []Fact {
	return []Fact{
		{Name: "family", About: "IP version: inet, inet6", AboutZH: "IP 版本: inet、inet6", Kind: ValueText, Value: func(r *Record) Value {
			if r.Family == 0 {
				return Value{}
			}
			return textValue(r.Family.String())
		}},
		{Name: "group", About: "group of the counter: Ip, Tcp, TcpExt", AboutZH: "计数器所在的组: Ip、Tcp、TcpExt", Kind: ValueText, Value: func(r *Record) Value { return textValue(r.Counter.Group) }},
		{Name: "name", About: "name of the counter in its MIB", AboutZH: "计数器在 MIB 中的名称", Kind: ValueText, Value: func(r *Record) Value { return textValue(r.Counter.Name) }},
		{Name: "value", About: "value of the counter", AboutZH: "计数器的值", Kind: ValueNumber, Count: true, Value: func(r *Record) Value {
			switch {
			case r.Counter.Name == "":
				return Value{} // a group without counters
			case signedCounter(r.Counter):
				return signedValue(int64(r.Counter.Value))
			}
			return numberValue(r.Counter.Value)
		}},
		{Name: "part", About: "number of the part, if the system reports a group in several parts", AboutZH: "部分的编号（若系统把一组分为几部分）", Kind: ValueNumber, Value: func(r *Record) Value { return numberValue(uint64(r.Counter.Part)) }},
		Fact{Name: "per_second", About: "rate per second, with --delta", AboutZH: "每秒的变化，与 --delta 同用", Kind: ValueMilli, Value: func(r *Record) Value {
			if r.Rates == nil {
				return Value{}
			}
			return r.Rates.Counter
		}}.titled("VALUE/S"),
		rated("before", "value at the time before, with --diff", "之前的值，与 --diff 同用", func(r *Rates) Value { return r.Before }),
		rated("increase", "what was counted since, with --diff", "此后的增量，与 --diff 同用", func(r *Rates) Value { return r.Increase }),
		{
			Name: "back", About: "the counter got less: wrapped, or reset (no rate), with --delta and --diff", AboutZH: "计数器变小: wrapped（回绕）或 reset（归零，无速率），与 --delta、--diff 同用", Kind: ValueText,
			Value: func(r *Record) Value {
				if r.Rates == nil || r.Rates.Back == BackNone {
					return Value{}
				}
				return textValue(r.Rates.Back.String())
			},
		},
	}
}

// rated returns a fact about a counter that compares two values of it.
func rated(name, about, aboutZH string, of func(r *Rates) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: ValueNumber, Count: true, Value: func(r *Record) Value {
		if r.Rates == nil {
			return Value{}
		}
		return of(r.Rates)
	}}
}

// signedCounter reports whether a counter is signed: Linux reports -1 if it has
// no limit of connections.
func signedCounter(c *netstat.Counter) bool { return c.Group == "Tcp" && c.Name == "MaxConn" }
