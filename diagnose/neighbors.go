package diagnose

import (
	"strconv"

	"netstat"
)

// neighborsMuch is the part of gc_thresh3, in percent, from which on a neighbour table is
// nearly full. From gc_thresh2, by default 50 %, on the kernel collects entries that are
// not in use, so that a fuller table holds those in use (neigh_alloc in
// net/core/neighbour.c).
const neighborsMuch = 80

// neighborTables are the two neighbour tables. Each is one for all network namespaces.
var neighborTables = [...]struct {
	family               netstat.Family
	name, entries, fulls string
	limit                string
}{
	{
		netstat.Inet, "IPv4", "arp_cache.entries", "arp_cache.table_fulls",
		"net.ipv4.neigh.default.gc_thresh3",
	},
	{
		netstat.Inet6, "IPv6", "ndisc_cache.entries", "ndisc_cache.table_fulls",
		"net.ipv6.neigh.default.gc_thresh3",
	},
}

// neighbors finds a neighbour table that is nearly full, or was.
func neighbors() *Rule {
	return &Rule{
		Name: "neighbors",
		Signal: Text{
			"entries of the neighbour tables (ARP, NDP) that are not permanent, against gc_thresh3, and how often a table was full",
			"邻居表 (ARP、NDP) 中非永久条目的数量，与 gc_thresh3 相比，以及表满的次数",
		},
		Threshold: Text{
			"a table was full between two moments: critical; from " + strconv.Itoa(neighborsMuch) + " % of gc_thresh3: warning",
			"两个时刻之间表曾满: critical；达到 gc_thresh3 的 " + strconv.Itoa(neighborsMuch) + " %: warning",
		},
		Doubt: Text{
			"the tables are shared by all network namespaces, and permanent entries of other namespaces are counted though the limit exempts them",
			"各网络命名空间共用这些表；其他命名空间的永久条目也计算在内，虽然上限不限制它们",
		},
		Source:  "arp(7), Documentation/networking/ip-sysctl.rst of the kernel",
		Moments: BetterTwo,
		Needs:   Needs{Measures: true, Neighbors: true},
		new:     func() check { return neighborsCheck{} },
	}
}

type neighborsCheck struct{ noSocket }

func (neighborsCheck) conclude(m *Moment) {
	looked := false
	for _, t := range neighborTables {
		entries, counted := m.Measure(t.entries)
		limit, limited := m.Measure("sysctl." + t.limit)
		looked = looked || counted && limited
		var permanent uint64
		for i := range m.Neighbors {
			n := &m.Neighbors[i]
			if n.State == netstat.NeighborPermanent && n.Address.Is4() == (t.family == netstat.Inet) {
				permanent++
			}
		}
		use := []netstat.Evidence{{Fact: t.entries, Value: netstat.NumberOf(entries), Limit: netstat.NumberOf(limit)}}
		if permanent > 0 {
			use = append(use, netstat.Evidence{Fact: "neighbors.permanent", Value: netstat.NumberOf(permanent)})
		}
		advice := m.say("raise "+t.limit+", and gc_thresh2 and gc_thresh1 with it, or make the network smaller",
			"调大 "+t.limit+"，并相应调大 gc_thresh2 与 gc_thresh1，或缩小网段")
		temporary := entries - min(permanent, entries)
		if evidence, fulls, _ := m.grownMeasures(t.fulls); fulls > 0 {
			if counted && limited {
				evidence = append(evidence, use...)
			}
			times := strconv.FormatUint(fulls, 10)
			m.find(netstat.Finding{
				Severity: netstat.Critical,
				Text: m.say("neighbour table of "+t.name+" is full; new neighbours refused: "+times,
					t.name+" 邻居表已满: 拒绝了 "+times+" 个新邻居"),
				Advice:   advice,
				Evidence: evidence,
			})
		} else if counted && limited && limit > 0 && temporary*100 >= limit*neighborsMuch {
			m.find(netstat.Finding{
				Severity: netstat.Warning,
				Text: m.say("neighbour table of "+t.name+" is nearly full: "+strconv.FormatUint(temporary, 10)+" of "+strconv.FormatUint(limit, 10),
					t.name+" 邻居表将满: "+strconv.FormatUint(temporary, 10)+" / "+strconv.FormatUint(limit, 10)),
				Advice:   advice,
				Evidence: use,
			})
		}
	}
	if !looked {
		m.lacksMeasure(m.say("the kernel shows the tables only in the first network namespace", "内核只在初始网络命名空间显示这些表"))
	}
}
