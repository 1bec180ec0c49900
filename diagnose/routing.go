package diagnose

import (
	"net/netip"
	"strconv"

	"netstat"
)

// routing finds routes that lead nowhere, or that contradict each other.
func routing() *Rule {
	return &Rule{
		Name: "routing",
		Signal: Text{
			"default routes whose gateway does not answer, two default routes of one metric, routes to a link that is down",
			"网关无应答的默认路由，度量相同的两条默认路由，指向未启用链路的路由",
		},
		Threshold: Text{
			"any of them: warning; a default route behind a better one: info",
			"出现任何一种: warning；有更优路由的备用默认路由: info",
		},
		Doubt: Text{
			"a gateway is failed until it answers again, also if it was only away for a moment; another routing table may carry the traffic",
			"网关再次应答之前一直显示为失败，即使只是短暂离线；流量也可能由另一张路由表承载",
		},
		Source:  "ip-route(8), ip-neighbour(8), RFC 4861 section 7.3",
		Moments: OneMoment,
		Needs:   Needs{Interfaces: true, Routes: true, Neighbors: true},
		new:     func() check { return routingCheck{} },
	}
}

type routingCheck struct{ noSocket }

const routeCommand = "-rn --columns destination,gateway,flags,metric,interface"

func (routingCheck) conclude(m *Moment) {
	best := make(map[netstat.Family]uint32) // lowest metric of default routes
	for i := range m.Routes {
		r := &m.Routes[i]
		if !usableDefault(r) {
			continue
		}
		if metric, ok := best[r.Family]; !ok || r.Metric < metric {
			best[r.Family] = r.Metric
		}
	}
	failedGateways(m, best)
	rivalDefaults(m)
	routesToDownLinks(m, best)
}

// usableDefault reports whether a route is for every destination and carries packets.
func usableDefault(r *netstat.Route) bool {
	return r.Destination.IsValid() && r.Destination.Bits() == 0 && !r.Source.IsValid() && usable(r)
}

func usable(r *netstat.Route) bool {
	const refuses = netstat.RouteReject | netstat.RouteUnreachable
	return r.Flags.Has(netstat.RouteUp) && r.Flags&(refuses|netstat.RouteLocal|netstat.RouteMulticast) == 0
}

func aboutRoute(r *netstat.Route) netstat.Subject {
	return netstat.Subject{Kind: netstat.OfRoute, Destination: r.Destination, Interface: r.Interface}
}

// failedGateways finds default routes whose gateway has no link-layer address.
func failedGateways(m *Moment, best map[netstat.Family]uint32) {
	type key struct {
		address netip.Addr
		link    string
	}
	failed := make(map[key]bool)
	for i := range m.Neighbors {
		n := &m.Neighbors[i]
		if n.State == netstat.NeighborFailed {
			failed[key{n.Address, n.Interface}] = true
		}
	}
	isFailed := func(r *netstat.Route) bool {
		return r.Gateway.IsValid() && failed[key{r.Gateway.WithZone(""), r.Interface}]
	}
	// The kernel prefers gateways that answer among routes of one metric.
	works := make(map[netstat.Family]bool)
	for i := range m.Routes {
		if r := &m.Routes[i]; usableDefault(r) && r.Metric == best[r.Family] && !isFailed(r) {
			works[r.Family] = true
		}
	}
	for i := range m.Routes {
		r := &m.Routes[i]
		if !usableDefault(r) || !isFailed(r) {
			continue
		}
		f := netstat.Finding{
			Subject:  aboutRoute(r),
			Severity: netstat.Warning,
			Text: m.say("gateway "+r.Gateway.String()+" of the default route does not answer on its link",
				"默认路由的网关 "+r.Gateway.String()+" 在其链路上无应答"),
			Advice: m.say("check the gateway, and the address and VLAN of the interface (ip neigh, ping)",
				"检查该网关，以及接口的地址与 VLAN (ip neigh，ping)"),
			Evidence: []netstat.Evidence{
				{Fact: "gateway", Value: netstat.TextOf(r.Gateway.String())},
				{Fact: "neighbor.state", Value: netstat.TextOf(netstat.NeighborFailed.String())},
				{Fact: "metric", Value: netstat.NumberOf(uint64(r.Metric))},
			},
			Command: routeCommand,
		}
		if r.Metric > best[r.Family] || works[r.Family] {
			f.Severity = netstat.Info
			f.Text = m.say("gateway "+r.Gateway.String()+" of a spare default route does not answer on its link",
				"备用默认路由的网关 "+r.Gateway.String()+" 在其链路上无应答")
		}
		m.find(f)
	}
}

// rivalDefaults finds IPv4 default routes of one metric. The kernel uses the first and
// ignores the others, unlike the next hops of one route. IPv6 routes of one metric are
// next hops of one route, or of several routers that announce themselves.
func rivalDefaults(m *Moment) {
	first := make(map[uint32]*netstat.Route)
	told := make(map[uint32]bool)
	for i := range m.Routes {
		r := &m.Routes[i]
		if r.Family != netstat.Inet || !usableDefault(r) {
			continue
		}
		other := first[r.Metric]
		if other == nil {
			first[r.Metric] = r
			continue
		}
		if told[r.Metric] || other.Gateway == r.Gateway && other.Interface == r.Interface {
			continue
		}
		told[r.Metric] = true
		metric := strconv.FormatUint(uint64(r.Metric), 10)
		f := netstat.Finding{
			Subject:  aboutRoute(r),
			Severity: netstat.Warning,
			Text: m.say("default route is ignored: another one has the metric "+metric+" too",
				"默认路由被忽略: 另一条的度量也是 "+metric),
			Advice: m.say("give them different metrics, or make them next hops of one route (ip route replace default nexthop …)",
				"为它们设置不同的度量，或合并为一条路由的多个下一跳 (ip route replace default nexthop …)"),
			Command: routeCommand,
		}
		for _, r := range [...]*netstat.Route{other, r} {
			fact, value := "gateway", r.Gateway.String()
			if !r.Gateway.IsValid() {
				fact, value = "interface", r.Interface
			}
			f.Evidence = append(f.Evidence, netstat.Evidence{Fact: fact, Value: netstat.TextOf(value)})
		}
		f.Evidence = append(f.Evidence, netstat.Evidence{Fact: "metric", Value: netstat.NumberOf(uint64(r.Metric))})
		m.find(f)
	}
}

// routesToDownLinks finds links without a carrier that routes lead to, other than those
// to the networks of their own addresses.
func routesToDownLinks(m *Moment, best map[netstat.Family]uint32) {
	type link struct {
		count   int
		example *netstat.Route
		urgent  bool
	}
	down := make(map[string]*link)
	for i := range m.Interfaces {
		v := &m.Interfaces[i]
		if !v.Partial && !v.Flags.Has(netstat.InterfaceUp|netstat.InterfaceRunning) {
			down[v.Name] = &link{}
		}
	}
	for i := range m.Routes {
		r := &m.Routes[i]
		all := usableDefault(r)
		l := down[r.Interface]
		if l == nil || !usable(r) || !all && !r.Gateway.IsValid() {
			continue
		}
		l.count++
		urgent := !all || r.Metric == best[r.Family]
		if l.example == nil || urgent && (!l.urgent || all) {
			l.example = r
		}
		l.urgent = l.urgent || urgent
	}
	for i := range m.Interfaces {
		l := down[m.Interfaces[i].Name]
		if l == nil || l.example == nil {
			continue
		}
		n := strconv.Itoa(l.count)
		f := netstat.Finding{
			Subject:  aboutRoute(l.example),
			Severity: netstat.Warning,
			Text:     m.say(n+" routes lead to a link that is down", n+" 条路由指向未启用的链路"),
			Advice: m.say("check the link, remove the routes, or set net.ipv4.conf.all.ignore_routes_with_linkdown=1 to use others",
				"检查链路，删除这些路由，或设置 net.ipv4.conf.all.ignore_routes_with_linkdown=1 以使用其他路由"),
			Evidence: []netstat.Evidence{
				{Fact: "routes", Value: netstat.NumberOf(uint64(l.count))},
				{Fact: "flags", Value: netstat.TextOf(linkFlags(&m.Interfaces[i])), Limit: netstat.TextOf("up,running")},
			},
			Command: routeCommand,
		}
		if l.count == 1 {
			f.Text = m.say("route leads to a link that is down", "路由指向未启用的链路")
		}
		if !l.urgent {
			f.Severity = netstat.Info
		}
		m.find(f)
	}
}

// linkFlags names what an interface has of the flags up and running.
func linkFlags(i *netstat.Interface) string {
	switch {
	case i.Flags.Has(netstat.InterfaceUp):
		return "up"
	case i.Flags.Has(netstat.InterfaceRunning):
		return "running"
	}
	return "none"
}
