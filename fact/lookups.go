package fact

import (
	"strconv"

	"netstat"
)

func lookupFact(name, about, aboutZH string, kind ValueKind, value func(a *netstat.RouteAnswer) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value { return value(r.Lookup) }}
}

// lookedRoute returns a fact about the route of the table that was found.
func lookedRoute(name, about, aboutZH string, kind ValueKind, value func(d *netstat.RouteDetail) Value) Fact {
	return lookupFact(name, about, aboutZH, kind, func(a *netstat.RouteAnswer) Value {
		if a.Route == nil || a.Route.Detail == nil {
			return Value{}
		}
		return value(a.Route.Detail)
	})
}

// lookedNeighbor returns a fact about the neighbour that packets are sent to.
func lookedNeighbor(name, about, aboutZH string, kind ValueKind, value func(n *netstat.Neighbor) Value) Fact {
	return lookupFact(name, about, aboutZH, kind, func(a *netstat.RouteAnswer) Value {
		if a.Neighbor == nil {
			return Value{}
		}
		return value(a.Neighbor)
	})
}

func lookupFacts() []Fact {
	return []Fact{
		lookupFact("destination", "destination of the packets", "数据包的目的地址", ValueAddress, func(a *netstat.RouteAnswer) Value { return addressValue(a.Lookup.Destination) }),
		lookupFact("type", "what happens to the packets: unicast, local, blackhole, …", "数据包的处理: unicast、local、blackhole 等", ValueText, func(a *netstat.RouteAnswer) Value {
			if a.Type == netstat.RouteTypeUnknown {
				return Value{}
			}
			return textValue(a.Type.String())
		}).one(texts(netstat.RouteUnicast, netstat.RouteProhibit)),
		lookupFact("refusal", "error of the system for packets without a usable route", "无可用路由时系统返回的错误", ValueText, func(a *netstat.RouteAnswer) Value {
			if a.Refusal == nil {
				return Value{}
			}
			return textValue(a.Refusal.Error())
		}),
		lookupFact("rule", "priority of the policy rule that matched", "匹配的策略规则的优先级", ValueNumber, func(a *netstat.RouteAnswer) Value {
			if a.Rule == nil {
				return Value{}
			}
			return numberValue(uint64(a.Rule.Priority))
		}),
		lookupFact("rule_selector", "packets that this rule is for", "该规则所适用的数据包", ValueText, func(a *netstat.RouteAnswer) Value {
			if a.Rule == nil {
				return Value{}
			}
			return textValue(string(appendSelector(nil, a.Rule)))
		}).cut(),
		lookupFact("table", "routing table, by name or number", "路由表的名称或编号", ValueText, func(a *netstat.RouteAnswer) Value {
			switch {
			case a.TableName != "":
				return textValue(a.TableName)
			case a.Table != 0:
				return textValue(strconv.FormatUint(uint64(a.Table), 10))
			}
			return Value{}
		}),
		lookupFact("vrf", "VRF device that has the table", "拥有此路由表的 VRF 设备", ValueText, func(a *netstat.RouteAnswer) Value { return textValue(a.VRF) }).cut(),
		lookupFact("route", "destination of the route in the table", "路由表中该路由的目的地址", ValueAddress, func(a *netstat.RouteAnswer) Value {
			if a.Route == nil {
				return Value{}
			}
			return prefixValue(a.Route.Destination)
		}),
		lookupFact("gateway", "next hop", "下一跳", ValueAddress, func(a *netstat.RouteAnswer) Value { return addressValue(a.Gateway) }),
		lookupFact("interface", "outgoing interface", "出接口", ValueText, func(a *netstat.RouteAnswer) Value { return textValue(a.Interface) }).also("dev").cut(),
		lookupFact("index", "index of the outgoing interface", "出接口的索引", ValueNumber, func(a *netstat.RouteAnswer) Value { return countValue(uint64(a.Index)) }),
		lookupFact("source", "source address of the packets", "数据包的源地址", ValueAddress, func(a *netstat.RouteAnswer) Value { return addressValue(a.Source) }),
		lookupFact("mtu", "maximum packet size of the route or the interface", "路由或接口的最大数据包长度", ValueBytes, func(a *netstat.RouteAnswer) Value {
			if a.MTU == 0 {
				return Value{}
			}
			return bytesValue(uint64(a.MTU))
		}),
		lookedNeighbor("neighbor_state", "state of the neighbour that packets are sent to", "数据包所送往的邻居的状态", ValueText, func(n *netstat.Neighbor) Value {
			if n.State == netstat.NeighborUnknown {
				return Value{}
			}
			return textValue(n.State.String())
		}).one(texts(netstat.NeighborIncomplete, netstat.NeighborNone)),
		lookedNeighbor("neighbor_mac", "link-layer address of this neighbour", "该邻居的链路层地址", ValueText, func(n *netstat.Neighbor) Value { return hardwareAddressValue(n.HardwareAddr) }),
		lookupFact("metric", "preference of the route", "路由的优先级", ValueNumber, func(a *netstat.RouteAnswer) Value {
			if a.Route == nil || a.Route.InterfaceMetric {
				return Value{}
			}
			return numberValue(uint64(a.Route.Metric))
		}),
		lookedRoute("protocol", "who made the route: kernel, static, dhcp, …", "路由的来源: kernel、static、dhcp 等", ValueText, func(d *netstat.RouteDetail) Value { return textValue(d.Protocol.String()) }).word(),
		lookedRoute("scope", "distance of the destination: global, link, host, …", "目的地的范围: global、link、host 等", ValueText, scopeValue).word(),
		lookedRoute("next_hop_id", "number of the next-hop object", "下一跳对象的编号", ValueNumber, func(d *netstat.RouteDetail) Value { return countValue(uint64(d.NextHopID)) }),
		lookupFact("from", "source address that was asked about", "所查询的源地址", ValueAddress, func(a *netstat.RouteAnswer) Value { return addressValue(a.Lookup.From) }),
		lookupFact("mark", "mark that was asked about", "所查询的标记", ValueNumber, func(a *netstat.RouteAnswer) Value { return countValue(uint64(a.Lookup.Mark)) }),
	}
}
