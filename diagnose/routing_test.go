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
