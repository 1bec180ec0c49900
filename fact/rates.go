package fact

import "netstat"

// rateFacts returns the facts about the traffic of a TCP connection, which follow from
// its counters in two rounds. The kernel has no such counters for other sockets.
func rateFacts() []Fact {
	rate := func(name, title, about, aboutZH string, kind ValueKind, of func(t *Traffic) Value) Fact {
		f := Fact{
			Name: name, About: about, AboutZH: aboutZH, Kind: kind, Compared: true, Sums: true, Only: isTCP,
			Needs: Needs{Socket: netstat.FactTCPInfo | netstat.FactInode, Rates: true},
			Value: func(r *Record) Value {
				if r.Row.Traffic == nil {
					return Value{}
				}
				return of(r.Row.Traffic)
			},
		}
		return f.titled(title)
	}
	bytes := func(n uint64, known bool) Value {
		if !known {
			return Value{}
		}
		return Value{Kind: ValueRate, Number: n}
	}
	return []Fact{
		rate("sent_per_second", "SENT", "bytes sent per second, without retransmissions; TCP only", "每秒发送的字节数，不含重传；仅限 TCP", ValueRate, func(t *Traffic) Value { return bytes(t.Sent, t.SentKnown) }),
		rate("received_per_second", "RCVD", "bytes received per second; TCP only", "每秒接收的字节数；仅限 TCP", ValueRate, func(t *Traffic) Value { return bytes(t.Received, t.ReceivedKnown) }),
		rate("segs_out_per_second", "SEGS-SENT", "segments sent per second; TCP only", "每秒发送的段数；仅限 TCP", ValueMilli, func(t *Traffic) Value { return t.SegsOut }),
		rate("segs_in_per_second", "SEGS-RCVD", "segments received per second; TCP only", "每秒接收的段数；仅限 TCP", ValueMilli, func(t *Traffic) Value { return t.SegsIn }),
		rate("retrans_per_second", "SEGS-RESENT", "segments retransmitted per second; TCP only", "每秒重传的段数；仅限 TCP", ValueMilli, func(t *Traffic) Value { return t.Retrans }),
	}
}
