//go:build !race

package schema

import (
	"net/netip"
	"testing"

	"netstat"
)

// TestAllocations does not run under the race detector, with which a sync.Pool forgets at
// random.
func TestAllocations(t *testing.T) {
	random := newSchemaRandom(3)
	var sockets []netstat.Socket
	for range 100 {
		sockets = append(sockets, random.socket(AllFacts))
	}
	owners := []netstat.Process{{PID: 1, Argv0: "a\xff"}, {PID: 2, Services: []string{"x\xff", "y"}}}
	route, iface, nat, rare := random.route(), random.iface(), random.nat(), random.rareRoute()
	member, counter, tracked := schemaValue[netstat.Membership](random), random.counter(), random.tracked()
	measure, neighbor, rule := schemaValue[netstat.Measure](random), random.neighbor(), random.rule()
	b := make([]byte, 0, 1<<20)
	allocs := testing.AllocsPerRun(20, func() {
		b = b[:0]
		for i := range sockets {
			b = AppendSocket(b, &sockets[i], AllFacts, owners)
		}
		b = AppendRoute(b, &route)
		b = AppendInterface(b, &iface)
		b = AppendNATSession(b, &nat)
		b = AppendRareRoute(b, rare)
		b = AppendMembership(b, netstat.Inet, &member)
		b = AppendCounter(b, netstat.Inet, &counter)
		b = AppendMeasure(b, &measure)
		b = AppendNeighbor(b, netstat.Inet, &neighbor)
		b = AppendTrackedConnection(b, &tracked)
		b = AppendRule(b, &rule)
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
	plain := netstat.Socket{Table: netstat.TCP4Table, Local: netstat.Addr{IP: netip.MustParseAddr("10.1.2.3"), Port: 1}, State: netstat.Listen}
	text := AppendSocket(nil, &plain, AllFacts, []netstat.Process{{PID: 1}})
	found := make([]netstat.Process, 0, 4)
	r := NewReader(text)
	allocs = testing.AllocsPerRun(20, func() {
		r.at = 0
		_, found, _ = r.Socket(AllFacts, found[:0])
	})
	if allocs > 0 {
		t.Errorf("%v allocations to read a row", allocs)
	}
}
