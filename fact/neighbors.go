package fact

import (
	"time"

	"netstat"
)

func neighborFact(name, about, aboutZH string, kind ValueKind, value func(n *netstat.Neighbor) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.Neighbor) }}
}

// neighborNumber returns a fact about a field that not every entry has.
func neighborNumber(name, about, aboutZH string, field netstat.NeighborFields, value func(n *netstat.Neighbor) uint32) Fact {
	return neighborFact(name, about, aboutZH, ValueNumber, func(n *netstat.Neighbor) Value {
		if !n.Known.Has(field) {
			return Value{}
		}
		return numberValue(uint64(value(n)))
	})
}

func neighborAge(name, about, aboutZH string, field netstat.NeighborFields, value func(n *netstat.Neighbor) time.Duration) Fact {
	return neighborFact(name, about, aboutZH, ValueDuration, func(n *netstat.Neighbor) Value {
		if !n.Known.Has(field) {
			return Value{}
		}
		return durationValue(value(n))
	})
}

func neighborFlag(name, about, aboutZH string, value func(n *netstat.Neighbor) bool) Fact {
	return neighborFact(name, about, aboutZH, ValueFlag, func(n *netstat.Neighbor) Value { return flagValue(value(n)) })
}

func neighborFacts() []Fact {
	return []Fact{
		neighborFact("family", "address family: inet, inet6", "地址族: inet、inet6", ValueText, func(n *netstat.Neighbor) Value {
			if n.Address.Is4() {
				return textValue(netstat.Inet.String())
			}
			return textValue(netstat.Inet6.String())
		}),
		neighborFact("address", "address of the neighbour", "邻居的地址", ValueAddress, func(n *netstat.Neighbor) Value { return addressValue(n.Address) }),
		neighborFact("hardware_address", "link-layer address (MAC)", "链路层地址（MAC）", ValueText, func(n *netstat.Neighbor) Value { return hardwareAddressValue(n.HardwareAddr) }).also("mac", "lladdr").titled("MAC"),
		neighborFact("state", "state of the entry", "条目的状态", ValueText, func(n *netstat.Neighbor) Value {
			if n.State == netstat.NeighborUnknown {
				return Value{}
			}
			return textValue(n.State.String())
		}).one(texts(netstat.NeighborIncomplete, netstat.NeighborNone)),
		neighborFact("interface", "interface of the link", "链路的接口", ValueText, func(n *netstat.Neighbor) Value { return textValue(n.Interface) }).also("dev").cut(),
		neighborFact("index", "index of the interface", "接口的索引", ValueNumber, func(n *netstat.Neighbor) Value { return countValue(uint64(n.Index)) }),
		neighborAge("used", "time since the entry was last used to send", "距上次用于发送的时间", netstat.NeighborUsed, func(n *netstat.Neighbor) time.Duration { return n.Used }),
		neighborAge("confirmed", "time since the neighbour was last known to be reachable", "距上次确认邻居可达的时间", netstat.NeighborConfirmed, func(n *netstat.Neighbor) time.Duration { return n.Confirmed }),
		neighborAge("updated", "time since the entry last changed", "距条目上次变化的时间", netstat.NeighborUpdated, func(n *netstat.Neighbor) time.Duration { return n.Updated }),
		neighborNumber("references", "users of the entry within the kernel", "内核中使用此条目的引用数", netstat.NeighborRefCount, func(n *netstat.Neighbor) uint32 { return n.RefCount }).titled("REFS").counts(),
		neighborNumber("probes", "requests sent since the last answer", "自上次应答以来发出的请求数", netstat.NeighborProbes, func(n *netstat.Neighbor) uint32 { return n.Probes }).counts(),
		neighborAge("reachable_time", "time for which a confirmed neighbour counts as reachable (Windows)", "邻居确认可达后视为可达的时间（Windows）", netstat.NeighborReachableTime, func(n *netstat.Neighbor) time.Duration { return n.ReachableTime }),
		neighborAge("unreachable_time", "time for which a silent neighbour counts as unreachable (Windows)", "邻居未确认可达时视为不可达的时间（Windows）", netstat.NeighborUnreachableTime, func(n *netstat.Neighbor) time.Duration { return n.UnreachableTime }),
		setFact("flags", "flags set: router, proxy, extern-learn, offloaded, managed, sticky", "已设置的标志: router、proxy、extern-learn、offloaded、managed、sticky", neighborFlagNames, func(r *Record) (uint64, bool) {
			n := r.Neighbor
			var set uint64
			for i, on := range [...]bool{n.Router, n.Proxy, n.ExternLearn, n.Offloaded, n.Managed, n.Sticky} {
				if on {
					set |= 1 << i
				}
			}
			return set, true
		}),
		neighborFlag("router", "neighbour says that it is a router (IPv6)", "邻居自称为路由器（IPv6）", func(n *netstat.Neighbor) bool { return n.Router }),
		neighborFlag("proxy", "this host answers for the address", "由本机代为应答", func(n *netstat.Neighbor) bool { return n.Proxy }),
		neighborFlag("extern_learn", "a program or device taught the kernel the entry", "条目由程序或设备告知内核", func(n *netstat.Neighbor) bool { return n.ExternLearn }),
		neighborFlag("offloaded", "hardware uses the entry", "条目由硬件使用", func(n *netstat.Neighbor) bool { return n.Offloaded }).also("offload"),
		neighborFlag("managed", "kernel keeps the entry resolved", "内核保持条目为已解析", func(n *netstat.Neighbor) bool { return n.Managed }),
		neighborFlag("sticky", "link-layer address cannot move to another port", "链路层地址不得移到其他端口", func(n *netstat.Neighbor) bool { return n.Sticky }),
		neighborFact("protocol", "who made the entry: static, zebra, bgp, …", "条目的来源: static、zebra、bgp 等", ValueText, func(n *netstat.Neighbor) Value {
			if n.Protocol == 0 {
				return Value{}
			}
			return textValue(n.Protocol.String())
		}).word(),
		neighborNumber("vlan", "VLAN of the entry, if given", "条目的 VLAN（若给出）", netstat.NeighborVLAN, func(n *netstat.Neighbor) uint32 { return uint32(n.VLAN) }),
		neighborNumber("vni", "VXLAN network of the entry, if given", "条目的 VXLAN 网络（若给出）", netstat.NeighborVNI, func(n *netstat.Neighbor) uint32 { return n.VNI }),
		neighborNumber("master", "index of the master interface, if given", "主接口的索引（若给出）", netstat.NeighborMaster, func(n *netstat.Neighbor) uint32 { return n.Master }),
	}
}

var neighborFlagNames = []string{"router", "proxy", "extern-learn", "offloaded", "managed", "sticky"}
