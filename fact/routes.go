package fact

import (
	"strconv"
	"time"

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

// detailFact returns a fact about what only RouteDetail has.
func detailFact(name, about, aboutZH string, kind ValueKind, value func(d *netstat.RouteDetail) Value) Fact {
	return routeFact(name, about, aboutZH, kind, func(r *netstat.Route) Value {
		if r.Detail == nil {
			return Value{}
		}
		return value(r.Detail)
	}, nil)
}

// hopFact returns a fact about each next hop of a route. one is the fact about a route
// without details, and about one of another family.
func hopFact(one Fact, hop func(h *netstat.NextHop) Value) Fact {
	value := one.Value
	one.All = func(r *Record, list []Value) []Value {
		if r.Route != nil && r.Route.Detail != nil && len(r.Route.Detail.NextHops) > 1 {
			for i := range r.Route.Detail.NextHops {
				if v := hop(&r.Route.Detail.NextHops[i]); v.Kind != ValueAbsent {
					list = append(list, v)
				}
			}
			return list
		}
		if v := value(r); v.Kind != ValueAbsent {
			list = append(list, v)
		}
		return list
	}
	return one
}

// metricFact returns a fact about a metric of a route.
func metricFact(m netstat.RouteMetric, about, aboutZH string) Fact {
	kind := ValueNumber
	if m == netstat.MetricRTTVar || m == netstat.MetricRTOMin {
		kind = ValueDuration
	}
	return detailFact(m.String(), about, aboutZH, kind, func(d *netstat.RouteDetail) Value {
		v, ok := d.Metrics.Value(m)
		switch {
		case !ok:
			return Value{}
		case kind == ValueDuration:
			return durationValue(time.Duration(v) * time.Microsecond)
		}
		return numberValue(uint64(v))
	})
}

// windowsFact returns a fact about a route that only Windows has.
func windowsFact(name, about, aboutZH string, kind ValueKind, value func(w *netstat.WindowsRoute) Value) Fact {
	return detailFact(name, about+" (Windows)", aboutZH+"（Windows）", kind, func(d *netstat.RouteDetail) Value {
		if d.Windows == nil {
			return Value{}
		}
		return value(d.Windows)
	}).optional()
}

// windowsRouteFacts returns the facts of netstat.WindowsRoute.
func windowsRouteFacts() []Fact {
	flag := func(name, about, aboutZH string, value func(w *netstat.WindowsRoute) bool) Fact {
		return windowsFact(name, about, aboutZH, ValueFlag, func(w *netstat.WindowsRoute) Value { return flagValue(value(w)) })
	}
	return []Fact{
		windowsFact("origin", "where the route comes from: manual, wellknown, dhcp, ra, 6to4", "路由的出处: manual、wellknown、dhcp、ra、6to4", ValueText, func(w *netstat.WindowsRoute) Value { return textValue(w.Origin.String()) }).word(),
		windowsFact("mib_protocol", "who made the route: local, netmgmt, icmp, rip, …", "路由的制定者: local、netmgmt、icmp、rip 等", ValueText, func(w *netstat.WindowsRoute) Value { return textValue(w.Protocol.String()) }).word(),
		windowsFact("route_metric", "part of the metric that is the route's own", "跃点数中路由自身的部分", ValueNumber, func(w *netstat.WindowsRoute) Value { return numberValue(uint64(w.RouteMetric)) }),
		windowsFact("interface_metric", "part of the metric that is the interface's", "跃点数中接口的部分", ValueNumber, func(w *netstat.WindowsRoute) Value {
			if !w.HasInterfaceMetric {
				return Value{}
			}
			return numberValue(uint64(w.InterfaceMetric))
		}),
		windowsFact("age", "time since the route was added or changed", "距路由添加或更改的时间", ValueDuration, func(w *netstat.WindowsRoute) Value { return durationValue(w.Age) }),
		windowsFact("preferred_lifetime", "time for which the route stays preferred, if limited", "路由保持首选的剩余时间（若有限）", ValueDuration, func(w *netstat.WindowsRoute) Value {
			if !w.PreferredLimited {
				return Value{}
			}
			return durationValue(w.Preferred)
		}),
		flag("loopback", "next hop is this host", "下一跳为本机", func(w *netstat.WindowsRoute) bool { return w.Loopback }),
		flag("autoconfigure", "addresses may be made of the prefix", "可由前缀自动配置地址", func(w *netstat.WindowsRoute) bool { return w.Autoconfigure }),
		flag("published", "this host advertises the route", "本机通告此路由", func(w *netstat.WindowsRoute) bool { return w.Published }),
		flag("immortal", "route never expires", "路由永不过期", func(w *netstat.WindowsRoute) bool { return w.Immortal }),
	}
}

func tableValue(d *netstat.RouteDetail) Value {
	if d.Windows != nil { // which has one table
		return Value{}
	}
	if d.TableName != "" {
		return textValue(d.TableName)
	}
	return textValue(strconv.FormatUint(uint64(d.Table), 10))
}

func scopeValue(d *netstat.RouteDetail) Value {
	if d.Windows != nil {
		return Value{}
	}
	return textValue(d.Scope.String())
}

// nextHopValue returns a next hop as ip-route(8) writes it.
func nextHopValue(h *netstat.NextHop) Value {
	var b []byte
	add := func(key, value string) {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(append(append(b, key...), ' '), value...)
	}
	if h.Gateway.IsValid() {
		add("via", h.Gateway.String())
	}
	if h.Interface != "" {
		add("dev", h.Interface)
	}
	if h.Weight > 1 {
		add("weight", strconv.FormatUint(uint64(h.Weight), 10))
	}
	if h.Encap != "" {
		add("encap", h.Encap)
		if h.EncapTarget != "" {
			b = append(append(b, ' '), h.EncapTarget...)
		}
	}
	for i, name := range nextHopFlagNames {
		if h.Flags>>i&1 != 0 {
			b = append(append(b, ' '), name...)
		}
	}
	return textValue(string(b))
}

var nextHopFlagNames = [...]string{"dead", "pervasive", "onlink", "offload", "linkdown", "unresolved", "trap"}

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
	list := []Fact{
		routeFact("family", "address family: inet, inet6, ax25", "地址族: inet、inet6、ax25", ValueText, func(r *netstat.Route) Value { return textValue(r.Family.String()) },
			func(r netstat.RareRoute) Value { return textValue(r.Family().String()) }),
		routeFact("destination", "destination address or prefix", "目的地址或前缀", ValueAddress, func(r *netstat.Route) Value { return prefixValue(r.Destination) }, rareDestination),
		routeFact("prefix_length", "prefix length of the destination", "目的地址的前缀长度", ValueNumber, func(r *netstat.Route) Value { return prefixLength(r.Destination.Bits()) }, nil).titled("PREFIX"),
		routeFact("source", "source prefix of packets that may take the route", "可用此路由的数据包的源前缀", ValueAddress, func(r *netstat.Route) Value { return prefixValue(r.Source) }, nil),
		hopFact(routeFact("gateway", "next hop; for NET/ROM and ROSE the next station", "下一跳；对 NET/ROM 和 ROSE 为下一站", ValueAddress, func(r *netstat.Route) Value { return addressValue(r.Gateway) }, rareGateway),
			func(h *netstat.NextHop) Value { return addressValue(h.Gateway) }),
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
		hopFact(routeFact("interface", "outgoing interface", "出接口", ValueText, func(r *netstat.Route) Value { return textValue(r.Interface) }, rareInterface).cut(),
			func(h *netstat.NextHop) Value { return textValue(h.Interface) }),
		routeFact("index", "index of the outgoing interface", "出接口的索引", ValueNumber, func(r *netstat.Route) Value { return countValue(uint64(r.Index)) }, nil),
		detailFact("type", "what the route does: unicast, local, blackhole, prohibit, …", "路由的类型: unicast、local、blackhole、prohibit 等", ValueText, func(d *netstat.RouteDetail) Value {
			if d.Type == netstat.RouteTypeUnknown {
				return Value{}
			}
			return textValue(d.Type.String())
		}).word(),
		detailFact("table", "routing table, by name or number", "路由表的名称或编号", ValueText, tableValue),
		detailFact("vrf", "VRF device that has the table", "拥有此路由表的 VRF 设备", ValueText, func(d *netstat.RouteDetail) Value { return textValue(d.VRF) }).cut(),
		detailFact("protocol", "who made the route: kernel, static, dhcp, ra, bgp, …", "路由的来源: kernel、static、dhcp、ra、bgp 等", ValueText, func(d *netstat.RouteDetail) Value { return textValue(d.Protocol.String()) }).word(),
		detailFact("scope", "distance of the destination: global, link, host, …", "目的地的范围: global、link、host 等", ValueText, scopeValue).word(),
		detailFact("preference", "router preference: low, medium, high (IPv6)", "路由器优先级: low、medium、high（IPv6）", ValueText, func(d *netstat.RouteDetail) Value { return textValue(d.Preference.String()) }).word(),
		detailFact("weight", "share of the first next hop, of several", "有多个下一跳时第一个的权重", ValueNumber, func(d *netstat.RouteDetail) Value {
			if len(d.NextHops) < 2 {
				return Value{}
			}
			return numberValue(uint64(d.NextHops[0].Weight))
		}),
		nextHopsFact(),
		detailFact("next_hop_id", "number of the next-hop object", "下一跳对象的编号", ValueNumber, func(d *netstat.RouteDetail) Value { return countValue(uint64(d.NextHopID)) }),
		metricFact(netstat.MetricAdvMSS, "largest TCP segment that is announced", "对外通告的最大 TCP 报文段"),
		metricFact(netstat.MetricHopLimit, "hop limit of packets", "数据包的跳数限制"),
		metricFact(netstat.MetricSSThresh, "initial slow start threshold in segments", "慢启动阈值的初值，以报文段计"),
		metricFact(netstat.MetricCWnd, "limit of the congestion window in segments", "拥塞窗口的上限，以报文段计"),
		metricFact(netstat.MetricInitCWnd, "initial congestion window in segments", "拥塞窗口的初值，以报文段计"),
		metricFact(netstat.MetricInitRWnd, "initial receive window in segments", "接收窗口的初值，以报文段计"),
		metricFact(netstat.MetricRTTVar, "initial variance of the round-trip time", "往返时间方差的初值"),
		metricFact(netstat.MetricRTOMin, "smallest retransmission timeout", "最小的重传超时"),
		metricFact(netstat.MetricReordering, "reordering that is expected, in segments", "预期的乱序程度，以报文段计"),
		metricFact(netstat.MetricFeatures, "features, as bits: 1 is ECN", "特性位: 1 为 ECN"),
		metricFact(netstat.MetricQuickAck, "1: acknowledge at once", "1: 立即确认"),
		metricFact(netstat.MetricFastOpenNoCookie, "1: TCP Fast Open without a cookie", "1: 不用 cookie 的 TCP Fast Open"),
		lockedFact(),
		detailFact("congestion_control", "congestion control of new connections", "新连接的拥塞控制算法", ValueText, func(d *netstat.RouteDetail) Value { return textValue(d.CongestionControl) }).word(),
		detailFact("expires", "time until the route expires", "距路由过期的时间", ValueDuration, func(d *netstat.RouteDetail) Value {
			if !d.Temporary {
				return Value{}
			}
			return durationValue(d.Expires)
		}),
		detailFact("realm", "realm of the destination (IPv4)", "目的 realm（IPv4）", ValueNumber, func(d *netstat.RouteDetail) Value { return countValue(uint64(d.Realm)) }),
		detailFact("source_realm", "realm of the source (IPv4)", "源 realm（IPv4）", ValueNumber, func(d *netstat.RouteDetail) Value { return countValue(uint64(d.SourceRealm)) }),
		detailFact("offload", "what hardware does with the route: offloaded, failed, trapped", "硬件对路由的处理: offloaded、failed、trapped", ValueText, func(d *netstat.RouteDetail) Value {
			switch {
			case d.Offloaded:
				return textValue("offloaded")
			case d.OffloadFailed:
				return textValue("failed")
			case d.Trapped:
				return textValue("trapped")
			}
			return Value{}
		}).word(),
		routeFact("tos", "type of service that packets must have", "数据包须有的服务类型", ValueNumber, func(r *netstat.Route) Value {
			switch {
			case r.Cached != nil:
				return numberValue(uint64(r.Cached.TOS))
			case r.Detail != nil:
				return countValue(uint64(r.Detail.TOS))
			}
			return Value{}
		}, nil),
		cachedFact("link_layer_references", "references to the link-layer header (old IPv4 routing cache)", "链路层首部的引用数（旧的 IPv4 路由缓存）", ValueSigned, func(c *netstat.CachedRoute) Value { return signedValue(int64(c.LinkLayerRefs)) }),
		cachedFact("link_layer_valid", "validity of the link-layer header (old IPv4 routing cache)", "链路层首部是否有效（旧的 IPv4 路由缓存）", ValueSigned, func(c *netstat.CachedRoute) Value { return signedValue(int64(c.LinkLayerValid)) }),
		routeFact("preferred_source", "source address of packets of this host", "本机数据包的源地址", ValueAddress, func(r *netstat.Route) Value {
			switch {
			case r.Cached != nil:
				return addressValue(r.Cached.PreferredSource)
			case r.Detail != nil:
				return addressValue(r.Detail.PreferredSource)
			}
			return Value{}
		}, nil),
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
	return append(list, windowsRouteFacts()...)
}

func nextHopsFact() Fact {
	f := detailFact("next_hops", "every next hop: gateway, interface, weight, encapsulation, flags", "每个下一跳: 网关、接口、权重、封装、标志", ValueText, func(d *netstat.RouteDetail) Value {
		if len(d.NextHops) == 0 {
			return Value{}
		}
		return nextHopValue(&d.NextHops[0])
	}).cut()
	f.All = func(r *Record, list []Value) []Value {
		if r.Route != nil && r.Route.Detail != nil {
			for i := range r.Route.Detail.NextHops {
				list = append(list, nextHopValue(&r.Route.Detail.NextHops[i]))
			}
		}
		return list
	}
	return f
}

func lockedFact() Fact {
	each := func(d *netstat.RouteDetail, list []Value) []Value {
		for m := range netstat.RouteMetricCount {
			if d.Locked.Has(m) {
				list = append(list, textValue(m.String()))
			}
		}
		return list
	}
	f := detailFact("locked", "metrics that path MTU discovery must not change", "路径 MTU 发现不得更改的度量", ValueText, func(d *netstat.RouteDetail) Value {
		if all := each(d, nil); len(all) > 0 {
			return all[0]
		}
		return Value{}
	}).word()
	f.All = func(r *Record, list []Value) []Value {
		if r.Route == nil || r.Route.Detail == nil {
			return list
		}
		return each(r.Route.Detail, list)
	}
	return f
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
