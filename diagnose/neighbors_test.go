package diagnose

import (
	"net/netip"
	"testing"

	"netstat"
)

// The kernel shows its neighbour tables and their limits in the first network namespace
// only, so that no test with a namespace of its own can fill one.

// near is a host with this many entries of each neighbour table, and the default limits.
func near(entries4, fulls4, entries6, fulls6 uint64) *host {
	return &host{measures: []netstat.Measure{
		{Group: netstat.MeasureARP, Name: "entries", Value: entries4},
		{Group: netstat.MeasureARP, Name: "table_fulls", Value: fulls4},
		{Group: netstat.MeasureNDISC, Name: "entries", Value: entries6},
		{Group: netstat.MeasureNDISC, Name: "table_fulls", Value: fulls6},
		{Group: netstat.MeasureSysctl, Name: "net.ipv4.neigh.default.gc_thresh3", Value: 1000},
		{Group: netstat.MeasureSysctl, Name: "net.ipv6.neigh.default.gc_thresh3", Value: 2000},
	}}
}

// permanent adds permanent neighbours of IPv4.
func (h *host) permanent(n int) *host {
	for i := range n {
		h.neighbors = append(h.neighbors, netstat.Neighbor{
			Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), State: netstat.NeighborPermanent,
		})
	}
	return h
}

func TestNeighbors(t *testing.T) {
	for _, c := range []struct {
		name    string
		moments []*host
		want    []string
	}{
		{"below", []*host{near(799, 3, 1599, 4)}, nil},
		{"IPv4", []*host{near(800, 3, 1599, 4)}, []string{"warning arp_cache.entries 800 of 1000"}},
		{"IPv6", []*host{near(799, 3, 1600, 4)}, []string{"warning ndisc_cache.entries 1600 of 2000"}},
		{"full before", []*host{near(10, 3, 10, 4), near(10, 3, 10, 4)}, nil},
		{"counters went back", []*host{near(10, 3, 10, 4), near(10, 0, 10, 0)}, nil},
		{
			"full", []*host{near(1000, 3, 10, 4), near(1000, 5, 10, 5)},
			[]string{
				"critical +arp_cache.table_fulls 2 of 0, arp_cache.entries 1000 of 1000",
				"critical +ndisc_cache.table_fulls 1 of 0, ndisc_cache.entries 10 of 2000",
			},
		},
		{"permanent", []*host{near(801, 3, 10, 4).permanent(2)}, nil},
		{
			"also permanent", []*host{near(802, 3, 10, 4).permanent(2)},
			[]string{"warning arp_cache.entries 802 of 1000, neighbors.permanent 2"},
		},
		{"others", []*host{near(0, 3, 0, 4).permanent(2)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "neighbors", c.moments...), c.want...) })
	}
	without6 := near(799, 3, 0, 0)
	without6.measures = append(without6.measures[:2], without6.measures[4])
	t.Run("without IPv6", func(t *testing.T) { wantFindings(t, look(t, "neighbors", without6)) })
	t.Run("absent", func(t *testing.T) { wantCannotLook(t, look(t, "neighbors", &host{})) })
}
