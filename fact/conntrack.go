package fact

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"netstat"
)

// TrackedCounter is a counter of a tracked connection.
type TrackedCounter struct {
	Name           string // of its fact
	title          string
	about, aboutZH string
	kind           ValueKind
	// Of returns a pointer to the counter.
	Of func(c *netstat.TrackedConnection) *uint64
}

// TrackedCounters lists the counters of tracked connections.
var TrackedCounters = [...]TrackedCounter{
	{"original_packets", "ORIG-PKTS", "packets of the initiator", "发起方发送的数据包数", ValueNumber, func(c *netstat.TrackedConnection) *uint64 { return &c.Original.Packets }},
	{"original_bytes", "ORIG-BYTES", "bytes of the initiator, with headers", "发起方发送的字节数，含首部", ValueBytes, func(c *netstat.TrackedConnection) *uint64 { return &c.Original.Bytes }},
	{"reply_packets", "REPLY-PKTS", "packets of the replies", "应答的数据包数", ValueNumber, func(c *netstat.TrackedConnection) *uint64 { return &c.Reply.Packets }},
	{"reply_bytes", "REPLY-BYTES", "bytes of the replies, with headers", "应答的字节数，含首部", ValueBytes, func(c *netstat.TrackedConnection) *uint64 { return &c.Reply.Bytes }},
}

func trackedStatusNames() []string {
	list := make([]string, 16)
	for i := range list {
		list[i] = netstat.TrackedStatus(1 << i).String()
	}
	return list
}

func trackedFact(name, about, aboutZH string, kind ValueKind, value func(c *netstat.TrackedConnection) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.Tracked) }}
}

// trackedNumber returns a fact about a field that the kernel may not give.
func trackedNumber(name, about, aboutZH string, field netstat.TrackedFields, value func(c *netstat.TrackedConnection) uint32) Fact {
	return trackedFact(name, about, aboutZH, ValueNumber, func(c *netstat.TrackedConnection) Value {
		if !c.Known.Has(field) {
			return Value{}
		}
		return numberValue(uint64(value(c)))
	})
}

// trackedEnd returns the facts about the source or the destination of a direction.
func trackedEnd(name, of, ofZH, title string, aliases []string, end func(c *netstat.TrackedConnection) netip.AddrPort, way func(c *netstat.TrackedConnection) *netstat.TrackedDirection) []Fact {
	return []Fact{
		trackedFact(name, of, ofZH, ValueEndpoint, func(c *netstat.TrackedConnection) Value {
			if way(c).Has != netstat.TrackedPorts {
				return addressValue(end(c).Addr())
			}
			return addrPortValue(end(c))
		}).titled(title),
		trackedFact(name+"_address", "address of the "+of, ofZH+"地址", ValueAddress, func(c *netstat.TrackedConnection) Value { return addressValue(end(c).Addr()) }).also(aliases[0]),
		trackedFact(name+"_port", "port of the "+of, ofZH+"端口", ValueNumber, func(c *netstat.TrackedConnection) Value {
			if way(c).Has != netstat.TrackedPorts {
				return Value{}
			}
			return numberValue(uint64(end(c).Port()))
		}).also(aliases[1]),
	}
}

// trackedMessage returns the facts of a direction that only ICMP and GRE have.
func trackedMessage(prefix, of, ofZH string, way func(c *netstat.TrackedConnection) *netstat.TrackedDirection) (list []Fact) {
	for _, m := range [...]struct {
		name, about, aboutZH string
		has                  netstat.TrackedEnds
		of                   func(d *netstat.TrackedDirection) uint16
	}{
		{"icmp_type", "ICMP type", "ICMP 类型", netstat.TrackedICMP, func(d *netstat.TrackedDirection) uint16 { return uint16(d.ICMPType) }},
		{"icmp_code", "ICMP code", "ICMP 代码", netstat.TrackedICMP, func(d *netstat.TrackedDirection) uint16 { return uint16(d.ICMPCode) }},
		{"icmp_id", "ICMP identifier", "ICMP 标识符", netstat.TrackedICMP, func(d *netstat.TrackedDirection) uint16 { return d.ICMPID }},
		{"source_key", "GRE key of the source", "源的 GRE 键值", netstat.TrackedKeys, func(d *netstat.TrackedDirection) uint16 { return d.SourceKey }},
		{"destination_key", "GRE key of the destination", "目的的 GRE 键值", netstat.TrackedKeys, func(d *netstat.TrackedDirection) uint16 { return d.DestinationKey }},
	} {
		list = append(list, trackedFact(prefix+m.name, m.about+of, m.aboutZH+ofZH, ValueNumber, func(c *netstat.TrackedConnection) Value {
			d := way(c)
			if d.Has != m.has {
				return Value{}
			}
			return numberValue(uint64(m.of(d)))
		}))
	}
	return list
}

func conntrackFacts() []Fact {
	original := func(c *netstat.TrackedConnection) *netstat.TrackedDirection { return &c.Original }
	reply := func(c *netstat.TrackedConnection) *netstat.TrackedDirection { return &c.Reply }
	list := []Fact{
		trackedFact("family", "address family: inet, inet6", "地址族: inet、inet6", ValueText, func(c *netstat.TrackedConnection) Value { return textValue(c.Family.String()) }),
		trackedFact("proto", "protocol: tcp, udp, icmp, …, or its number", "协议: tcp、udp、icmp 等，或其编号", ValueText, func(c *netstat.TrackedConnection) Value { return trackedProtocol(c.IPProtocol) }).word(),
		trackedFact("ip_protocol", "protocol number", "协议编号", ValueNumber, func(c *netstat.TrackedConnection) Value { return numberValue(uint64(c.IPProtocol)) }).titled("IP-PROTO"),
		trackedFact("state", "state of TCP, SCTP or DCCP, as the kernel names it", "TCP、SCTP 或 DCCP 的状态，用内核的名称", ValueText, func(c *netstat.TrackedConnection) Value { return textValue(c.State) }).word(),
	}
	list = append(list, trackedEnd("source", "source of the connection", "连接的源", "SOURCE", []string{"src", "sport"}, func(c *netstat.TrackedConnection) netip.AddrPort { return c.Original.Source }, original)...)
	list = append(list, trackedEnd("destination", "destination of the connection", "连接的目的", "DESTINATION", []string{"dst", "dport"}, func(c *netstat.TrackedConnection) netip.AddrPort { return c.Original.Destination }, original)...)
	list = append(list, trackedEnd("reply_source", "source of the replies", "应答的源", "REPLY-SRC", []string{"reply_saddr", "reply_sport"}, func(c *netstat.TrackedConnection) netip.AddrPort { return c.Reply.Source }, reply)...)
	list = append(list, trackedEnd("reply_destination", "destination of the replies", "应答的目的", "REPLY-DST", []string{"reply_daddr", "reply_dport"}, func(c *netstat.TrackedConnection) netip.AddrPort { return c.Reply.Destination }, reply)...)
	list = append(list, trackedMessage("", "", "", original)...)
	list = append(list, trackedMessage("reply_", " of the replies", "（应答）", reply)...)
	list = append(list,
		trackedTranslation("snat_to", "source that the responder sees, if it is translated", "响应方看到的源（若经过转换）", reply,
			func(c *netstat.TrackedConnection) (before, after netip.AddrPort) {
				return c.Original.Source, c.Reply.Destination
			}).also("translated_source"),
		trackedTranslation("dnat_to", "destination that is reached, if it is translated", "实际到达的目的（若经过转换）", reply,
			func(c *netstat.TrackedConnection) (before, after netip.AddrPort) {
				return c.Original.Destination, c.Reply.Source
			}).also("translated_destination"),
		trackedFact("source_translated", "source address or port is translated", "源地址或源端口经过转换", ValueFlag, func(c *netstat.TrackedConnection) Value {
			return flagValue(c.Original.Source != c.Reply.Destination)
		}).titled("SNAT"),
		trackedFact("destination_translated", "destination address or port is translated", "目的地址或目的端口经过转换", ValueFlag, func(c *netstat.TrackedConnection) Value {
			return flagValue(c.Original.Destination != c.Reply.Source)
		}).titled("DNAT"),
		setFact("status", "flags of the kernel: seen_reply, assured, confirmed, src_nat, …", "内核的标志: seen_reply、assured、confirmed、src_nat 等", trackedStatusNames(), func(r *Record) (uint64, bool) { return uint64(r.Tracked.Status), true }).word(),
		trackedFlag("assured", "kept when the table is full", "表满时仍保留", netstat.TrackedAssured, false),
		trackedFlag("unreplied", "no packet was seen in the other direction", "未见反方向的数据包", netstat.TrackedSeenReply, true),
		trackedFact("timeout", "time until the entry is removed if no packet arrives", "若无数据包到达，距条目删除的时间", ValueDuration, func(c *netstat.TrackedConnection) Value {
			if !c.Known.Has(netstat.TrackedTimeout) {
				return Value{}
			}
			return durationValue(c.Timeout)
		}),
		trackedNumber("mark", "mark of the connection (connmark)", "连接的标记（connmark）", netstat.TrackedMark, func(c *netstat.TrackedConnection) uint32 { return c.Mark }),
		labelsFact(),
		trackedFact("zone", "zone, 0 for the default one", "区域，0 表示默认区域", ValueNumber, func(c *netstat.TrackedConnection) Value { return numberValue(uint64(c.Zone)) }),
		trackedFact("zone_direction", "direction that the zone separates: both, original, reply", "区域所分隔的方向: both、original、reply", ValueText, func(c *netstat.TrackedConnection) Value {
			if c.Zone == 0 {
				return Value{}
			}
			return textValue(c.ZoneOf.String())
		}).one(texts(netstat.TrackedBoth, netstat.TrackedReply)),
	)
	for k := range TrackedCounters {
		t := &TrackedCounters[k]
		f := trackedFact(t.Name, t.about, t.aboutZH, t.kind, func(c *netstat.TrackedConnection) Value {
			if !c.Known.Has(netstat.TrackedCounters) {
				return Value{}
			}
			return Value{Kind: t.kind, Number: *t.Of(c)}
		}).titled(t.title).sums()
		f.Count = t.kind == ValueNumber
		list = append(list, f)
	}
	list = append(list, trackedTotal("packets", "packets of both directions", "双向的数据包数", ValueNumber, 0, 2).counts().sums(),
		trackedTotal("bytes", "bytes of both directions", "双向的字节数", ValueBytes, 1, 3).sums())
	for k := range TrackedCounters {
		t := &TrackedCounters[k]
		list = append(list, Fact{
			Name: t.Name + "_per_second", About: strings.TrimSuffix(t.about, ", with headers") + " per second (--delta)", AboutZH: "每秒" + strings.TrimSuffix(t.aboutZH, "，含首部") + "（--delta）", Kind: ValueMilli, Sums: true, Section: SectionRates,
			Value: func(r *Record) Value {
				if r.Rates == nil {
					return Value{}
				}
				return r.Rates.Tracked[k]
			},
		}.titled(t.title+"/S"))
	}
	list = append(list, trackedProtocolFacts()...)
	list = append(list, trackedRareFacts()...)
	return append(list,
		trackedFact("started", "start of the connection, if the kernel keeps it", "连接开始的时间（若内核记录）", ValueTime, func(c *netstat.TrackedConnection) Value { return timeValue(c.Started) }).also("start"),
		trackedFact("helper", "helper that reads the data: ftp, sip, …", "读取数据的辅助模块: ftp、sip 等", ValueText, func(c *netstat.TrackedConnection) Value { return textValue(c.Helper) }),
		trackedFact("security_context", "security context (SELinux, Smack)", "安全上下文（SELinux、Smack）", ValueText, func(c *netstat.TrackedConnection) Value { return textValue(c.SecurityContext) }).also("secctx").cut(),
		trackedNumber("use", "users of the entry within the kernel", "内核中使用此条目的引用数", netstat.TrackedUse, func(c *netstat.TrackedConnection) uint32 { return c.Use }),
		trackedNumber("id", "kernel's number of the entry", "条目的内核编号", netstat.TrackedID, func(c *netstat.TrackedConnection) uint32 { return c.ID }),
	)
}

func trackedTotal(name, about, aboutZH string, kind ValueKind, a, b int) Fact {
	return trackedFact(name, about, aboutZH, kind, func(c *netstat.TrackedConnection) Value {
		if !c.Known.Has(netstat.TrackedCounters) {
			return Value{}
		}
		return Value{Kind: kind, Number: *TrackedCounters[a].Of(c) + *TrackedCounters[b].Of(c)}
	})
}

// trackedTranslation returns a fact about an address or port that is translated.
func trackedTranslation(name, about, aboutZH string, way func(c *netstat.TrackedConnection) *netstat.TrackedDirection, of func(c *netstat.TrackedConnection) (before, after netip.AddrPort)) Fact {
	return trackedFact(name, about, aboutZH, ValueEndpoint, func(c *netstat.TrackedConnection) Value {
		before, after := of(c)
		switch {
		case before == after:
			return Value{}
		case way(c).Has != netstat.TrackedPorts:
			return addressValue(after.Addr())
		}
		return addrPortValue(after)
	})
}

func trackedFlag(name, about, aboutZH string, bit netstat.TrackedStatus, negated bool) Fact {
	return trackedFact(name, about, aboutZH, ValueFlag, func(c *netstat.TrackedConnection) Value {
		if c.StatusKnown&bit == 0 {
			return Value{}
		}
		return flagValue((c.Status&bit != 0) != negated)
	})
}

func labelsFact() Fact {
	return Fact{
		Name: "labels", About: "numbers of the labels set (connlabel)", AboutZH: "已设置的标签编号（connlabel）", Kind: ValueNumber,
		Value: func(r *Record) Value {
			for i, set := range r.Tracked.Labels {
				if set != 0 {
					return numberValue(uint64(64*i + bits.TrailingZeros64(set)))
				}
			}
			return Value{}
		},
		All: func(r *Record, list []Value) []Value {
			for i, set := range r.Tracked.Labels {
				for ; set != 0; set &= set - 1 {
					list = append(list, numberValue(uint64(64*i+bits.TrailingZeros64(set))))
				}
			}
			return list
		},
	}
}

// trackedProtocol returns the name of a protocol, or its number if it has none.
func trackedProtocol(n uint8) Value {
	if name := netstat.IPProtocolName(n); name != "" {
		return textValue(name)
	}
	return textValue(strconv.Itoa(int(n)))
}
