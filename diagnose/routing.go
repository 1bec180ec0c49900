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

// routeCommand returns the command line that shows a route.
func routeCommand(r *netstat.Route) string {
	const columns = " --columns destination,gateway,flags,metric,interface"
	if r.Family == netstat.Inet6 {
		return "-6 -rn" + columns
	}
	return "-rn" + columns
}

func (routingCheck) conclude(m *Moment) {
	t := mainTable{best: make(map[netstat.Family]uint32)}
	for i := range m.Routes {
		r := &m.Routes[i]
		if !usable(r) {
			continue
		}
		t.routes = append(t.routes, r)
		if metric, ok := t.best[r.Family]; forAll(r) && (!ok || r.Metric < metric) {
			t.best[r.Family] = r.Metric
		}
	}
	t.failedGateways(m)
	t.rivalDefaults(m)
	t.downLinks(m)
}

// mainTable holds the routes of the main tables that carry packets.
type mainTable struct {
	routes []*netstat.Route
	best   map[netstat.Family]uint32 // lowest metric of default routes
}

// usable reports whether a route of the main table carries packets to other hosts.
func usable(r *netstat.Route) bool {
	const refuses = netstat.RouteReject | netstat.RouteUnreachable
	if d := r.Detail; d != nil && (d.Table != netstat.MainRouteTable || d.Type != netstat.RouteUnicast) {
		return false
	}
	return r.Flags.Has(netstat.RouteUp) && r.Flags&(refuses|netstat.RouteLocal|netstat.RouteMulticast) == 0
}

// forAll reports whether a route is for every destination.
func forAll(r *netstat.Route) bool {
	return r.Destination.IsValid() && r.Destination.Bits() == 0 && !r.Source.IsValid()
}

// nextHops returns the next hops of a route: at least one.
func nextHops(r *netstat.Route) []netstat.NextHop {
	if r.Detail != nil && len(r.Detail.NextHops) > 0 {
		return r.Detail.NextHops
	}
	return []netstat.NextHop{{Gateway: r.Gateway, Interface: r.Interface}}
}

func aboutRoute(r *netstat.Route, link string) netstat.Subject {
	return netstat.Subject{Kind: netstat.OfRoute, Destination: r.Destination, Interface: link}
}

// failedGateways finds gateways of default routes that have no link-layer address.
func (t *mainTable) failedGateways(m *Moment) {
	type key struct {
		address netip.Addr
		link    string
	}
	failed := make(map[key]bool)
	for i := range m.Neighbors {
		if n := &m.Neighbors[i]; n.State == netstat.NeighborFailed {
			failed[key{n.Address, n.Interface}] = true
		}
	}
	isFailed := func(hop *netstat.NextHop) bool {
		return hop.Gateway.IsValid() && failed[key{hop.Gateway.WithZone(""), hop.Interface}]
	}
	// Among routes of one metric the kernel prefers one whose gateway answers. Among the
	// next hops of one route it does so for IPv6 only.
	works := make(map[netstat.Family]bool)
	for _, r := range t.routes {
		if !forAll(r) || r.Metric != t.best[r.Family] {
			continue
		}
		hops := nextHops(r)
		bad := 0
		for i := range hops {
			if isFailed(&hops[i]) {
				bad++
			}
		}
		if bad == 0 || r.Family == netstat.Inet6 && bad < len(hops) {
			works[r.Family] = true
		}
	}
	for _, r := range t.routes {
		if !forAll(r) {
			continue
		}
		hops := nextHops(r)
		for i := range hops {
			hop := &hops[i]
			if !isFailed(hop) {
				continue
			}
			gateway := hop.Gateway.String()
			f := netstat.Finding{
				Subject:  aboutRoute(r, hop.Interface),
				Severity: netstat.Warning,
				Text: m.say("gateway "+gateway+" of the default route does not answer on its link",
					"默认路由的网关 "+gateway+" 在其链路上无应答"),
				Advice: m.say("check the gateway, and the address and VLAN of the interface (ip neigh, ping)",
					"检查该网关，以及接口的地址与 VLAN (ip neigh，ping)"),
				Evidence: []netstat.Evidence{
					{Fact: "gateway", Value: netstat.TextOf(gateway)},
					{Fact: "neighbor.state", Value: netstat.TextOf(netstat.NeighborFailed.String())},
					{Fact: "metric", Value: netstat.NumberOf(uint64(r.Metric))},
				},
				Command: routeCommand(r),
			}
			if r.Metric > t.best[r.Family] || works[r.Family] {
				f.Severity = netstat.Info
				f.Text = m.say("gateway "+gateway+" of a spare default route does not answer on its link",
					"备用默认路由的网关 "+gateway+" 在其链路上无应答")
			}
			m.find(f)
		}
	}
}

// rivalDefaults finds IPv4 default routes of one metric. The kernel uses the first and
// ignores the others, unlike the next hops of one route. IPv6 routes of one metric are
// next hops of one route, or of several routers that announce themselves.
func (t *mainTable) rivalDefaults(m *Moment) {
	type key struct {
		metric uint32
		tos    uint8
	}
	first := make(map[key]*netstat.Route)
	told := make(map[key]bool)
	for _, r := range t.routes {
		if r.Family != netstat.Inet || !forAll(r) {
			continue
		}
		k := key{metric: r.Metric}
		if r.Detail != nil {
			k.tos = r.Detail.TOS
		}
		other := first[k]
		if other == nil {
			first[k] = r
			continue
		}
		if told[k] || other.Gateway == r.Gateway && other.Interface == r.Interface {
			continue
		}
		told[k] = true
		metric := strconv.FormatUint(uint64(r.Metric), 10)
		f := netstat.Finding{
			Subject:  aboutRoute(r, r.Interface),
			Severity: netstat.Warning,
			Text: m.say("default route is ignored: another one has the metric "+metric+" too",
				"默认路由被忽略: 另一条的度量也是 "+metric),
			Advice: m.say("give them different metrics, or make them next hops of one route (ip route replace default nexthop …)",
				"为它们设置不同的度量，或合并为一条路由的多个下一跳 (ip route replace default nexthop …)"),
			Command: routeCommand(r),
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

// downLinks finds links without a carrier that routes lead to, other than those to the
// networks of their own addresses.
func (t *mainTable) downLinks(m *Moment) {
	type link struct {
		count         int
		last, example *netstat.Route
		urgent        bool
	}
	down := make(map[string]*link)
	for i := range m.Interfaces {
		v := &m.Interfaces[i]
		if !v.Partial && !v.Flags.Has(netstat.InterfaceUp|netstat.InterfaceRunning) {
			down[v.Name] = &link{}
		}
	}
	for _, r := range t.routes {
		all := forAll(r)
		hops := nextHops(r)
		for i := range hops {
			l := down[hops[i].Interface]
			if l == nil || !all && !hops[i].Gateway.IsValid() {
				continue
			}
			if l.last != r {
				l.last = r
				l.count++
			}
			urgent := !all || r.Metric == t.best[r.Family]
			if l.example == nil || urgent && (!l.urgent || all) {
				l.example = r
			}
			l.urgent = l.urgent || urgent
		}
	}
	for i := range m.Interfaces {
		name := m.Interfaces[i].Name
		l := down[name]
		if l == nil || l.example == nil {
			continue
		}
		n := strconv.Itoa(l.count)
		f := netstat.Finding{
			Subject:  aboutRoute(l.example, name),
			Severity: netstat.Warning,
			Text:     m.say(n+" routes lead to a link that is down", n+" 条路由指向未启用的链路"),
			Advice: m.say("check the link, remove the routes, or set net.ipv4.conf.all.ignore_routes_with_linkdown=1 to use others",
				"检查链路，删除这些路由，或设置 net.ipv4.conf.all.ignore_routes_with_linkdown=1 以使用其他路由"),
			Evidence: []netstat.Evidence{
				{Fact: "routes", Value: netstat.NumberOf(uint64(l.count))},
				{Fact: "flags", Value: netstat.TextOf(linkFlags(&m.Interfaces[i])), Limit: netstat.TextOf("up,running")},
			},
			Command: routeCommand(l.example),
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
