package fact

import "netstat"

// rateFacts returns the facts about the traffic of a TCP connection, which follow from
// its counters in two rounds. The kernel has no counters of bytes for other sockets.
func rateFacts() []Fact {
	rate := func(name, title, about, aboutZH string, of func(t *Traffic) (uint64, bool)) Fact {
		f := Fact{
			Name: name, About: about, AboutZH: aboutZH, Kind: ValueRate, Compared: true, Sums: true, Only: isTCP,
			Needs: Needs{Socket: netstat.FactTCPInfo | netstat.FactInode, Rates: true},
			Value: func(r *Record) Value {
				if r.Row.Traffic == nil {
					return Value{}
				}
				n, ok := of(r.Row.Traffic)
				if !ok {
					return Value{}
				}
				return Value{Kind: ValueRate, Number: n}
			},
		}
		return f.titled(title)
	}
	return []Fact{
		rate("sent_per_second", "SENT", "bytes sent per second, without retransmissions; TCP only", "每秒发送的字节数，不含重传；仅限 TCP", func(t *Traffic) (uint64, bool) { return t.Sent, t.SentKnown }),
		rate("received_per_second", "RCVD", "bytes received per second; TCP only", "每秒接收的字节数；仅限 TCP", func(t *Traffic) (uint64, bool) { return t.Received, t.ReceivedKnown }),
	}
}
