package fact

import (
	"net/netip"

	"netstat"
)

// trackedProtocolFacts returns the facts of the two directions that only TCP or SCTP have.
func trackedProtocolFacts() (list []Fact) {
	for _, way := range [...]struct {
		name, of, ofZH string
		direction      func(c *netstat.TrackedConnection) *netstat.TrackedDirection
	}{
		{"original", "the initiator", "发起方", func(c *netstat.TrackedConnection) *netstat.TrackedDirection { return &c.Original }},
		{"reply", "the responder", "响应方", func(c *netstat.TrackedConnection) *netstat.TrackedDirection { return &c.Reply }},
	} {
		list = append(list,
			trackedFact(way.name+"_window_scale", "window scale that "+way.of+" announced (TCP)", way.ofZH+"通告的窗口缩放（TCP）", ValueNumber, func(c *netstat.TrackedConnection) Value {
				d := way.direction(c)
				if !d.HasWindowScale {
					return Value{}
				}
				return numberValue(uint64(d.WindowScale))
			}),
			trackedFact(way.name+"_vtag", "verification tag in packets of "+way.of+" (SCTP)", way.ofZH+"数据包中的验证标签（SCTP）", ValueNumber, func(c *netstat.TrackedConnection) Value {
				if d := way.direction(c); d.VerificationTag != 0 {
					return numberValue(uint64(d.VerificationTag))
				}
				return Value{}
			}))
	}
	return list
}

// rareFact returns a fact about what few connections have.
func rareFact(name, about, aboutZH string, kind ValueKind, value func(r *netstat.TrackedRare) Value) Fact {
	return trackedFact(name, about, aboutZH, kind, func(c *netstat.TrackedConnection) Value {
		if c.Rare == nil {
			return Value{}
		}
		return value(c.Rare)
	})
}

func trackedRareFacts() []Fact {
	end := func(of func(m *netstat.TrackedMaster) netip.AddrPort) func(r *netstat.TrackedRare) Value {
		return func(r *netstat.TrackedRare) Value {
			switch e := of(&r.Master); {
			case !e.Addr().IsValid():
				return Value{}
			case e.Port() == 0:
				return addressValue(e.Addr())
			default:
				return addrPortValue(e)
			}
		}
	}
	shift := func(of func(r *netstat.TrackedRare) *netstat.SeqAdjust) func(r *netstat.TrackedRare) Value {
		return func(r *netstat.TrackedRare) Value {
			a := of(r)
			if !a.Known {
				return Value{}
			}
			return Value{Kind: ValueSigned, Number: uint64(int64(a.After))}
		}
	}
	return []Fact{
		rareFact("master_source", "source of the connection that expected this one", "预期此连接的连接的源", ValueEndpoint, end(func(m *netstat.TrackedMaster) netip.AddrPort { return m.Source })),
		rareFact("master_destination", "destination of the connection that expected this one", "预期此连接的连接的目的", ValueEndpoint, end(func(m *netstat.TrackedMaster) netip.AddrPort { return m.Destination })),
		rareFact("original_sequence_offset", "shift of the initiator's sequence numbers (helper, SYNPROXY)", "发起方序列号的偏移（辅助模块、SYNPROXY）", ValueSigned, shift(func(r *netstat.TrackedRare) *netstat.SeqAdjust { return &r.OriginalShift })),
		rareFact("reply_sequence_offset", "shift of the responder's sequence numbers (helper, SYNPROXY)", "响应方序列号的偏移（辅助模块、SYNPROXY）", ValueSigned, shift(func(r *netstat.TrackedRare) *netstat.SeqAdjust { return &r.ReplyShift })),
		rareFact("synproxy", "SYNPROXY answered the initiator first", "SYNPROXY 先应答了发起方", ValueFlag, func(r *netstat.TrackedRare) Value { return flagValue(r.Synproxy.Known) }),
	}
}
