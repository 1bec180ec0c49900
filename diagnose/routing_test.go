package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

// via returns a route that is up; gateway may be empty.
func via(destination, gateway, link string, metric uint32, flags ...netstat.RouteFlags) netstat.Route {
	r := netstat.Route{
		Destination: netip.MustParsePrefix(destination), Interface: link, Metric: metric,
		Family: netstat.Inet, Flags: netstat.RouteUp,
	}
	if r.Destination.Addr().Is6() {
		r.Family = netstat.Inet6
	}
	if gateway != "" {
		r.Gateway = netip.MustParseAddr(gateway)
		r.Flags |= netstat.RouteGateway
	}
	for _, f := range flags {
		r.Flags |= f
	}
	return r
}

// detailed adds what only a request for details tells; hops are pairs of a gateway and a
// link.
func detailed(r netstat.Route, table uint32, kind netstat.RouteType, tos uint8, hops ...string) netstat.Route {
	r.Detail = &netstat.RouteDetail{Type: kind, Table: table, TOS: tos}
	for i := 0; i < len(hops); i += 2 {
		r.Detail.NextHops = append(r.Detail.NextHops, netstat.NextHop{Gateway: netip.MustParseAddr(hops[i]), Interface: hops[i+1]})
	}
	return r
}

// next returns a neighbour.
func next(address, link string, state netstat.NeighborState) netstat.Neighbor {
	return netstat.Neighbor{Address: netip.MustParseAddr(address), Interface: link, State: state}
}

func TestRoutingGateway(t *testing.T) {
	const failed = netstat.NeighborFailed
	for _, c := range []struct {
		name      string
		routes    []netstat.Route
		neighbors []netstat.Neighbor
		want      []string
	}{
		{
			"answers", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 0)},
			[]netstat.Neighbor{next("10.0.0.1", "eth0", netstat.NeighborStale), next("10.0.0.2", "eth0", failed)}, nil,
		},
		{
			"is being asked", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 0)},
			[]netstat.Neighbor{next("10.0.0.1", "eth0", netstat.NeighborIncomplete)}, nil,
		},
		{"unused", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 0)}, nil, nil},
		{
			"failed", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 5)}, []netstat.Neighbor{next("10.0.0.1", "eth0", failed)},
			[]string{"warning eth0 0.0.0.0/0 gateway 10.0.0.1, neighbor.state failed, metric 5"},
		},
		{
			"failed on another link", []netstat.Route{via("::/0", "fe80::1", "eth0", 1024)},
			[]netstat.Neighbor{next("fe80::1", "eth1", failed)}, nil,
		},
		{
			"with a zone", []netstat.Route{via("::/0", "fe80::1%eth0", "eth0", 1024)}, []netstat.Neighbor{next("fe80::1", "eth0", failed)},
			[]string{"warning eth0 ::/0 gateway fe80::1%eth0, neighbor.state failed, metric 1024"},
		},
		{
			"of one network", []netstat.Route{via("10.1.0.0/16", "10.0.0.1", "eth0", 0)},
			[]netstat.Neighbor{next("10.0.0.1", "eth0", failed)}, nil,
		},
		{
			"spare", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 100), via("0.0.0.0/0", "10.1.0.1", "wlan0", 600)},
			[]netstat.Neighbor{next("10.1.0.1", "wlan0", failed)},
			[]string{"info wlan0 0.0.0.0/0 gateway 10.1.0.1, neighbor.state failed, metric 600"},
		},
		{
			"one of two routers", []netstat.Route{via("::/0", "fe80::1", "eth0", 1024), via("::/0", "fe80::2", "eth0", 1024)},
			[]netstat.Neighbor{next("fe80::1", "eth0", failed)},
			[]string{"info eth0 ::/0 gateway fe80::1, neighbor.state failed, metric 1024"},
		},
		{
			"refused by a better route", []netstat.Route{
				via("0.0.0.0/0", "10.0.0.1", "eth0", 40), via("0.0.0.0/0", "", "", 0, netstat.RouteReject),
			},
			[]netstat.Neighbor{next("10.0.0.1", "eth0", failed)},
			[]string{"warning eth0 0.0.0.0/0 gateway 10.0.0.1, neighbor.state failed, metric 40"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantFindings(t, look(t, "routing", &host{routes: c.routes, neighbors: c.neighbors}), c.want...)
		})
	}
}

func TestRoutingRivals(t *testing.T) {
	for _, c := range []struct {
		name   string
		routes []netstat.Route
		want   []string
	}{
		{"different metrics", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 0), via("0.0.0.0/0", "10.1.0.1", "eth1", 1)}, nil},
		{
			"one metric", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 5), via("0.0.0.0/0", "10.1.0.1", "eth1", 5)},
			[]string{"warning eth1 0.0.0.0/0 gateway 10.0.0.1, gateway 10.1.0.1, metric 5"},
		},
		{
			"three of one metric", []netstat.Route{
				via("0.0.0.0/0", "10.0.0.1", "eth0", 5), via("0.0.0.0/0", "", "tun0", 5), via("0.0.0.0/0", "10.2.0.1", "eth2", 5),
			},
			[]string{"warning tun0 0.0.0.0/0 gateway 10.0.0.1, interface tun0, metric 5"},
		},
		{"the same", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 5), via("0.0.0.0/0", "10.0.0.1", "eth0", 5)}, nil},
		{"refused", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 5), via("0.0.0.0/0", "", "", 5, netstat.RouteReject)}, nil},
		{"other destinations", []netstat.Route{via("10.0.0.0/8", "10.0.0.1", "eth0", 5), via("10.0.0.0/8", "10.1.0.1", "eth1", 5)}, nil},
		{"IPv6", []netstat.Route{via("::/0", "fe80::1", "eth0", 1024), via("::/0", "fe80::1", "eth1", 1024)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "routing", &host{routes: c.routes}), c.want...) })
	}
}

func TestRoutingDownLinks(t *testing.T) {
	const up, running = netstat.InterfaceUp, netstat.InterfaceRunning
	links := []netstat.Interface{
		{Name: "eth0", Flags: up | running}, {Name: "eth1", Flags: up}, {Name: "eth2", Flags: running}, {Name: "old", Partial: true},
	}
	for _, c := range []struct {
		name   string
		routes []netstat.Route
		want   []string
	}{
		{"up", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 0)}, nil},
		{"own network", []netstat.Route{via("10.1.0.0/16", "", "eth1", 0)}, nil},
		{"unknown flags", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "old", 0)}, nil},
		{"unknown link", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth9", 0)}, nil},
		{"no carrier", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth1", 0)}, []string{"warning eth1 0.0.0.0/0 routes 1, flags up of up,running"}},
		{"down", []netstat.Route{via("10.7.0.0/16", "10.0.0.1", "eth2", 0)}, []string{"warning eth2 10.7.0.0/16 routes 1, flags running of up,running"}},
		{"default without gateway", []netstat.Route{via("::/0", "", "eth1", 0)}, []string{"warning eth1 ::/0 routes 1, flags up of up,running"}},
		{
			"spare", []netstat.Route{via("0.0.0.0/0", "10.0.0.1", "eth0", 0), via("0.0.0.0/0", "10.1.0.1", "eth1", 1)},
			[]string{"info eth1 0.0.0.0/0 routes 1, flags up of up,running"},
		},
		{
			"many", []netstat.Route{
				via("10.7.0.0/16", "10.0.0.1", "eth1", 0), via("0.0.0.0/0", "10.0.0.1", "eth1", 0), via("10.8.0.0/16", "10.0.0.1", "eth1", 0),
			},
			[]string{"warning eth1 0.0.0.0/0 routes 3, flags up of up,running"},
		},
		{
			"spare and others", []netstat.Route{
				via("0.0.0.0/0", "10.0.0.1", "eth0", 0), via("0.0.0.0/0", "10.1.0.1", "eth1", 1), via("10.8.0.0/16", "10.0.0.1", "eth1", 0),
			},
			[]string{"warning eth1 10.8.0.0/16 routes 2, flags up of up,running"},
		},
		{"refused", []netstat.Route{via("0.0.0.0/0", "", "eth1", 0, netstat.RouteReject)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantFindings(t, look(t, "routing", &host{routes: c.routes, interfaces: links}), c.want...)
		})
	}
}

// Details of routes tell tables, types and every next hop.
func TestRoutingDetails(t *testing.T) {
	const (
		failed  = netstat.NeighborFailed
		main    = netstat.MainRouteTable
		unicast = netstat.RouteUnicast
	)
	first, second := via("0.0.0.0/0", "10.0.0.1", "eth0", 0), via("0.0.0.0/0", "10.1.0.1", "eth1", 0)
	hops := detailed(first, main, unicast, 0, "10.0.0.1", "eth0", "10.1.0.1", "eth1", "10.1.0.2", "eth1")
	hops6 := detailed(via("::/0", "fe80::1", "eth0", 1024), main, unicast, 0, "fe80::1", "eth0", "fe80::2", "eth0")
	for _, c := range []struct {
		name string
		host host
		want []string
	}{
		{"tables", host{routes: []netstat.Route{detailed(first, main, unicast, 0), detailed(second, 7, unicast, 0)}}, nil},
		{"types of service", host{routes: []netstat.Route{detailed(first, main, unicast, 0), detailed(second, main, unicast, 16)}}, nil},
		{"dropped", host{routes: []netstat.Route{detailed(first, main, unicast, 0), detailed(second, main, netstat.RouteBlackhole, 0)}}, nil},
		{
			"one table", host{routes: []netstat.Route{detailed(first, main, unicast, 0), detailed(second, main, unicast, 0)}},
			[]string{"warning eth1 0.0.0.0/0 gateway 10.0.0.1, gateway 10.1.0.1, metric 0"},
		},
		{
			"gateway of another table",
			host{routes: []netstat.Route{detailed(first, 7, unicast, 0)}, neighbors: []netstat.Neighbor{next("10.0.0.1", "eth0", failed)}}, nil,
		},
		{
			"second next hop", host{routes: []netstat.Route{hops}, neighbors: []netstat.Neighbor{next("10.1.0.1", "eth1", failed)}},
			[]string{"warning eth1 0.0.0.0/0 gateway 10.1.0.1, neighbor.state failed, metric 0"},
		},
		{
			"second next hop of IPv6", host{routes: []netstat.Route{hops6}, neighbors: []netstat.Neighbor{next("fe80::2", "eth0", failed)}},
			[]string{"info eth0 ::/0 gateway fe80::2, neighbor.state failed, metric 1024"},
		},
		{
			"link of two next hops",
			host{routes: []netstat.Route{hops}, interfaces: []netstat.Interface{{Name: "eth1", Flags: netstat.InterfaceUp}}},
			[]string{"warning eth1 0.0.0.0/0 routes 1, flags up of up,running"},
		},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "routing", &c.host), c.want...) })
	}
}
