package fact

import (
	"netstat"
)

var routeFlagNames = []string{
	"up", "gateway", "host", "reinstate", "dynamic", "modified", "fixed-mtu", "fixed-window",
	"fixed-rtt", "reject", "not-cached", "default", "all-on-link", "autoconf", "no-next-hop",
	"expires", "cached", "flow", "policy", "local",
	"dead", "on-link", "notify", "direct-destination", "tproxy", "fast", "masquerade", "snat",
	"do-redirect", "direct-source", "dnat", "broadcast", "multicast", "unreachable",
}

var ax25ModeNames = []string{"default", "datagram", "circuit"}

// routeFact returns a fact about an IPv4 or IPv6 route. rare returns the same
// fact about a route of another family, or is nil if those lack it.
func routeFact(name, about, aboutZH string, kind ValueKind, value func(r *netstat.Route) Value, rare func(r netstat.RareRoute) Value) Fact {
	return Fact{Name: name, About: about, AboutZH: aboutZH, Kind: kind, Value: func(r *Record) Value {
		switch {
		case r.Route != nil && value != nil:
			return value(r.Route)
		case r.RareRoute != nil && rare != nil:
			return rare(r.RareRoute)
		}
		return Value{}
	}}
}

func cachedFact(name, about, aboutZH string, kind ValueKind, value func(c *netstat.CachedRoute) Value) Fact {
	return routeFact(name, about, aboutZH, kind, func(r *netstat.Route) Value {
		if r.Cached == nil {
			return Value{}
		}
		return value(r.Cached)
	}, nil)
}

// prefixLength returns a prefix length.
func prefixLength(bits int) Value {
	if bits < 0 {
		return Value{}
	}
	return numberValue(uint64(bits))
}

func routeFacts() []Fact {
	return []Fact{
		routeFact("family", "address family: inet, inet6, ax25", "地址族: inet、inet6、ax25", ValueText, func(r *netstat.Route) Value { return textValue(r.Family.String()) },
			func(r netstat.RareRoute) Value { return textValue(r.Family().String()) }),
		routeFact("destination", "destination address or prefix", "目的地址或前缀", ValueAddress, func(r *netstat.Route) Value { return prefixValue(r.Destination) }, rareDestination),
		routeFact("prefix_length", "prefix length of the destination", "目的地址的前缀长度", ValueNumber, func(r *netstat.Route) Value { return prefixLength(r.Destination.Bits()) }, nil).titled("PREFIX"),
		routeFact("source", "source prefix of packets that may take the route", "可用此路由的数据包的源前缀", ValueAddress, func(r *netstat.Route) Value { return prefixValue(r.Source) }, nil),
		routeFact("gateway", "next hop; for NET/ROM and ROSE the next station", "下一跳；对 NET/ROM 和 ROSE 为下一站", ValueAddress, func(r *netstat.Route) Value { return addressValue(r.Gateway) }, rareGateway),
		setFact("flags", "flags set: up, gateway, host, …", "已设置的标志: up、gateway、host 等", routeFlagNames, routeFlagSet).cut(),
		routeFact("metric", "preference of the route; the lowest is preferred", "路由的优先级；最小者优先", ValueNumber, func(r *netstat.Route) Value {
			if r.InterfaceMetric {
				return Value{}
			}
			return numberValue(uint64(r.Metric))
		}, nil),
		routeFact("references", "references to the route, if the system counts them", "路由的引用数（若系统统计）", ValueNumber, func(r *netstat.Route) Value { return numberValue(uint64(r.RefCount)) }, nil).titled("REFS").sums(),
		routeFact("use", "lookups of the route, if the system counts them", "路由的查找次数（若系统统计）", ValueNumber, func(r *netstat.Route) Value { return numberValue(uint64(r.Use)) }, nil).sums(),
		routeFact("mtu", "maximum packet size, if set", "数据包的最大长度（若已设置）", ValueBytes, func(r *netstat.Route) Value { return routeBytes(r.MTU) }, nil),
		routeFact("window", "TCP window, if set", "TCP 窗口（若已设置）", ValueBytes, func(r *netstat.Route) Value { return routeBytes(r.Window) }, nil),
		// The unit is milliseconds, as in the system and in JSON.
		routeFact("rtt", "initial round-trip time in milliseconds, if set", "初始往返时间，以毫秒计（若已设置）", ValueNumber, func(r *netstat.Route) Value { return countValue(uint64(r.RTT)) }, nil).titled("RTT-MS"),
		routeFact("interface", "outgoing interface", "出接口", ValueText, func(r *netstat.Route) Value { return textValue(r.Interface) }, rareInterface).cut(),
		routeFact("index", "index of the outgoing interface", "出接口的索引", ValueNumber, func(r *netstat.Route) Value { return countValue(uint64(r.Index)) }, nil),
		cachedFact("tos", "type of service (old IPv4 routing cache)", "服务类型（旧的 IPv4 路由缓存）", ValueNumber, func(c *netstat.CachedRoute) Value { return numberValue(uint64(c.TOS)) }),
		cachedFact("link_layer_references", "references to the link-layer header (old IPv4 routing cache)", "链路层首部的引用数（旧的 IPv4 路由缓存）", ValueSigned, func(c *netstat.CachedRoute) Value { return signedValue(int64(c.LinkLayerRefs)) }),
		cachedFact("link_layer_valid", "validity of the link-layer header (old IPv4 routing cache)", "链路层首部是否有效（旧的 IPv4 路由缓存）", ValueSigned, func(c *netstat.CachedRoute) Value { return signedValue(int64(c.LinkLayerValid)) }),
		cachedFact("preferred_source", "source address of packets (old IPv4 routing cache)", "数据包的源地址（旧的 IPv4 路由缓存）", ValueAddress, func(c *netstat.CachedRoute) Value { return addressValue(c.PreferredSource) }),
		routeFact("mnemonic", "name of a NET/ROM node", "NET/ROM 节点的名称", ValueText, nil, func(r netstat.RareRoute) Value {
			if r, ok := r.(*netstat.NetROMRoute); ok {
				return textValue(r.Mnemonic)
			}
			return Value{}
		}),
		routeFact("quality", "quality of a NET/ROM route", "NET/ROM 路由的质量", ValueNumber, nil, func(r netstat.RareRoute) Value {
			if r, ok := r.(*netstat.NetROMRoute); ok {
				return numberValue(uint64(r.Quality))
			}
			return Value{}
		}),
		routeFact("mode", "mode of an AX.25 route: default, datagram, circuit", "AX.25 路由的模式: default、datagram、circuit", ValueText, nil, func(r netstat.RareRoute) Value {
			if r, ok := r.(*netstat.AX25Route); ok {
				return textValue(nameAt(ax25ModeNames, r.Mode))
			}
			return Value{}
		}),
		routeFact("digipeaters", "repeaters of an AX.25 route", "AX.25 路由的中继站", ValueText, nil, func(r netstat.RareRoute) Value {
			if r, ok := r.(*netstat.AX25Route); ok {
				return textValue(r.Digipeaters)
			}
			return Value{}
		}),
		routeFact("digits", "significant digits of a ROSE or X.25 route", "ROSE 或 X.25 路由的有效位数", ValueNumber, nil, func(r netstat.RareRoute) Value {
			switch r := r.(type) {
			case *netstat.ROSERoute:
				return numberValue(uint64(r.Digits))
			case *netstat.X25Route:
				return numberValue(uint64(r.Digits))
			}
			return Value{}
		}),
		neighbourFact(),
	}
}

func routeBytes(n uint32) Value {
	if n == 0 {
		return Value{}
	}
	return bytesValue(uint64(n))
}

func routeFlagSet(r *Record) (uint64, bool) {
	switch {
	case r.Route != nil:
		return uint64(r.Route.Flags), true
	case r.RareRoute != nil:
		if a, ok := r.RareRoute.(*netstat.AppleTalkRoute); ok {
			var f netstat.RouteFlags
			if a.Up {
				f |= netstat.RouteUp
			}
			if a.ViaGateway {
				f |= netstat.RouteGateway
			}
			if a.Host {
				f |= netstat.RouteHost
			}
			return uint64(f), true
		}
	}
	return 0, false
}

func rareDestination(r netstat.RareRoute) Value {
	switch r := r.(type) {
	case *netstat.AX25Route:
		return textValue(r.Destination)
	case *netstat.NetROMRoute:
		return textValue(r.Destination)
	case *netstat.ROSERoute:
		return textValue(r.Destination)
	case *netstat.X25Route:
		return textValue(r.Destination)
	case *netstat.IPXRoute:
		return textValue(r.Destination)
	case *netstat.AppleTalkRoute:
		return textValue(r.Destination)
	}
	return Value{}
}

// rareGateway returns the next hop in the family's own terms.
func rareGateway(r netstat.RareRoute) Value {
	switch r := r.(type) {
	case *netstat.NetROMRoute:
		return textValue(r.Neighbour.Callsign)
	case *netstat.ROSERoute:
		if len(r.Neighbours) > 0 {
			return textValue(r.Neighbours[0].Callsign)
		}
	case *netstat.IPXRoute:
		if r.RouterNet == "" && r.RouterNode == "" {
			return Value{}
		}
		return textValue(r.RouterNet + ":" + r.RouterNode)
	case *netstat.AppleTalkRoute:
		return textValue(r.Gateway)
	}
	return Value{}
}

func rareInterface(r netstat.RareRoute) Value {
	switch r := r.(type) {
	case *netstat.AX25Route:
		return textValue(r.Device)
	case *netstat.NetROMRoute:
		return textValue(r.Neighbour.Device)
	case *netstat.ROSERoute:
		if len(r.Neighbours) > 0 {
			return textValue(r.Neighbours[0].Device)
		}
	case *netstat.X25Route:
		return textValue(r.Device)
	case *netstat.AppleTalkRoute:
		return textValue(r.Device)
	}
	return Value{}
}

// neighbourFact returns the fact that lists the callsigns of all stations that
// a route may use.
func neighbourFact() Fact {
	return Fact{
		Name: "neighbours", About: "possible next stations of a NET/ROM or ROSE route", AboutZH: "NET/ROM 或 ROSE 路由可用的下一站", Kind: ValueText,
		Value: func(r *Record) Value {
			switch r.RareRoute.(type) {
			case *netstat.NetROMRoute, *netstat.ROSERoute:
				return rareGateway(r.RareRoute)
			}
			return Value{}
		},
		All: func(r *Record, list []Value) []Value {
			switch route := r.RareRoute.(type) {
			case *netstat.NetROMRoute:
				if route.Neighbour.Callsign != "" {
					list = append(list, textValue(route.Neighbour.Callsign))
				}
			case *netstat.ROSERoute:
				for i := range route.Neighbours {
					if v := textValue(route.Neighbours[i].Callsign); v.Kind != ValueAbsent {
						list = append(list, v)
					}
				}
			}
			return list
		},
	}
}
