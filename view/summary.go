package view

import (
	"context"
	"errors"
	"math/bits"
	"strings"

	"netstat"
	"netstat/fact"
)

// summaryRecords yields the summary of one place, and reports whether more are wanted.
func summaryRecords(ctx context.Context, src netstat.Source, report func(*netstat.OpError), yield func(fact.Record, error) bool) bool {
	var s summing
	for _, f := range [...]netstat.Family{netstat.Inet, netstat.Inet6} {
		for c, err := range src.Counters(ctx, f) {
			switch {
			case err != nil:
				if !yield(fact.Record{}, err) {
					return false
				}
			case c.Name == "CurrEstab" && c.Group == "Tcp":
				s.established[0] = amount(c.Value)
			case c.Name == "CurrEstab" && c.Group == "Tcp6":
				s.established[1] = amount(c.Value)
			default:
				s.count(&c)
			}
		}
	}
	if !s.established[1].Known { // a system with Tcp6 keeps no counts of sockets, and reading its measures is slow
		for m, err := range src.Measures(ctx) {
			switch {
			case errors.Is(err, errors.ErrUnsupported):
				continue // counting sockets answers instead
			case err != nil:
				if !yield(fact.Record{}, err) {
					return false
				}
				continue
			}
			s.measures = append(s.measures, m)
		}
	}
	if s.measured() {
		s.fromMeasures()
	} else if !s.fromTables(ctx, src, report, yield) {
		return false
	}
	for i := range s.rows {
		if !yield(fact.Record{Summary: &s.rows[i]}, nil) {
			return false
		}
	}
	return true
}

// summing collects the rows of a summary.
type summing struct {
	measures    []netstat.Measure
	established [2]netstat.Amount // of IPv4 or both, and of IPv6 alone
	counted     [len(countedNumbers)][2]netstat.Amount
	rows        []netstat.Summary
}

// countedNumbers are the numbers that only counters have, where the system does not
// measure its sockets. Those of frag count since the system started, the others are of now
// (MIB_IPSTATS, MIB_TCPSTATS and MIB_UDPSTATS of ipmib.h, tcpmib.h and udpmib.h).
var countedNumbers = [...]struct{ group, counter, protocol, name string }{
	{"Tcp", "NumConns", "tcp", "non-listening"}, {"Udp", "NumAddrs", "udp", "listeners"},
	{"Ip", "NumIf", "ip", "interfaces"}, {"Ip", "NumAddr", "ip", "addresses"}, {"Ip", "NumRoutes", "ip", "routes"},
	{"Ip", "ReasmReqds", "frag", "received"}, {"Ip", "ReasmOKs", "frag", "reassembled"}, {"Ip", "ReasmFails", "frag", "failed"},
	{"Ip", "FragCreates", "frag", "created"},
}

// count keeps a counter that the summary may need.
func (s *summing) count(c *netstat.Counter) {
	group, six := strings.CutSuffix(c.Group, "6")
	for i := range countedNumbers {
		if n := &countedNumbers[i]; n.counter == c.Name && n.group == group {
			v := 0
			if six {
				v = 1
			}
			s.counted[i][v] = amount(c.Value)
		}
	}
}

// fromCounters adds the rows of a protocol from countedNumbers.
func (s *summing) fromCounters(protocol string) {
	for i := range countedNumbers {
		n := &countedNumbers[i]
		if n.protocol != protocol {
			continue
		}
		source := n.group + "." + n.counter
		if s.counted[i][1].Known {
			source += ", " + n.group + "6." + n.counter
		}
		s.add(netstat.Summary{Protocol: protocol, Name: n.name, IPv4: s.counted[i][0], IPv6: s.counted[i][1], Scope: scopeNetns, Source: source})
	}
}

// neighbors adds how many entries the neighbour tables have.
func (s *summing) neighbors(ctx context.Context, src netstat.Source, yield func(fact.Record, error) bool) bool {
	for _, t := range [...]struct {
		name   string
		family netstat.Family
	}{{"arp", netstat.Inet}, {"ndisc", netstat.Inet6}} {
		n := amount(0)
		for _, err := range src.Neighbors(ctx, netstat.NeighborQuery{Family: t.family}) {
			switch {
			case err == nil:
				n.N++
			case errors.Is(err, errors.ErrUnsupported):
				n = netstat.Amount{}
			case !yield(fact.Record{}, err):
				return false
			}
		}
		s.add(netstat.Summary{Protocol: t.name, Name: "entries", Value: n, Scope: scopeNetns, Source: "count of its entries"})
	}
	return true
}

// The values of Summary.Scope and Summary.Unit.
const (
	scopeNetns  = "netns"
	scopeSystem = "system"
	unitBytes   = "bytes"
)

func amount(n uint64) netstat.Amount { return netstat.Amount{N: n, Known: true} }

// total returns the sum of the known amounts; absent if none is known.
func total(list ...netstat.Amount) (sum netstat.Amount) {
	for _, a := range list {
		sum = netstat.Amount{N: sum.N + a.N, Known: sum.Known || a.Known}
	}
	return sum
}

// times returns an amount in a smaller unit, absent if it does not fit.
func times(a, factor netstat.Amount) netstat.Amount {
	high, n := bits.Mul64(a.N, factor.N)
	if !a.Known || !factor.Known || high != 0 {
		return netstat.Amount{}
	}
	return amount(n)
}

// measured reports whether the system counts its sockets.
func (s *summing) measured() bool {
	for i := range s.measures {
		if s.measures[i].Group == netstat.MeasureSockets {
			return true
		}
	}
	return false
}

func (s *summing) get(g netstat.MeasureGroup, name string) netstat.Amount {
	for i := range s.measures {
		if m := &s.measures[i]; m.Group == g && m.Name == name {
			return amount(m.Value)
		}
	}
	return netstat.Amount{}
}

func (s *summing) sockets(name string) netstat.Amount { return s.get(netstat.MeasureSockets, name) }
func (s *summing) sysctl(name string) netstat.Amount  { return s.get(netstat.MeasureSysctl, name) }

// add adds a row, unless its value is absent.
func (s *summing) add(row netstat.Summary) {
	if !row.Value.Known {
		row.Value = total(row.IPv4, row.IPv6)
	}
	if row.Value.Known {
		s.rows = append(s.rows, row)
	}
}

// fromMeasures makes the rows from /proc/net/sockstat, sockstat6, snmp and protocols.
func (s *summing) fromMeasures() {
	s.add(netstat.Summary{Protocol: "all", Name: "sockets", Value: s.sockets("sockets.used"), Scope: scopeNetns, Source: "sockstat sockets.used"})
	tw, alloc := s.sockets("TCP.tw"), s.sockets("TCP.alloc")
	tcp4, tcp6 := s.sockets("TCP.inuse"), s.sockets("TCP6.inuse")
	s.add(netstat.Summary{Protocol: "tcp", Name: "sockets", IPv4: tcp4, IPv6: tcp6, Scope: scopeNetns, Source: "sockstat TCP.inuse, sockstat6 TCP6.inuse"})
	s.add(netstat.Summary{Protocol: "tcp", Name: "established", Value: s.established[0], Scope: scopeNetns, Source: "snmp Tcp.CurrEstab"})
	s.add(netstat.Summary{Protocol: "tcp", Name: "time-wait", Value: tw, Max: s.sysctl("net.ipv4.tcp_max_tw_buckets"), Scope: scopeNetns, Source: "sockstat TCP.tw"})
	s.add(netstat.Summary{Protocol: "tcp", Name: "orphans", Value: s.sockets("TCP.orphan"), Max: s.sysctl("net.ipv4.tcp_max_orphans"), Scope: scopeSystem, Source: "sockstat TCP.orphan"})
	s.add(netstat.Summary{Protocol: "tcp", Name: "allocated", Value: alloc, Scope: scopeSystem, Source: "sockstat TCP.alloc"})
	// The counts are not of one moment: what is left may be below zero.
	if open := total(tcp4, tcp6).N; alloc.Known && tcp4.Known && tw.Known {
		closed := alloc.N + tw.N
		closed -= min(closed, open)
		s.add(netstat.Summary{Protocol: "tcp", Name: "closed", Value: amount(closed), Scope: scopeSystem, Source: "sockstat TCP.alloc + TCP.tw - TCP.inuse - TCP6.inuse"})
	}
	s.memory("tcp", "TCP.mem", "net.ipv4.tcp_mem.")
	for _, p := range [...]struct{ name, v4, v6 string }{{"udp", "UDP", "UDP6"}, {"udplite", "UDPLITE", "UDPLITE6"}, {"raw", "RAW", "RAW6"}} {
		s.add(netstat.Summary{Protocol: p.name, Name: "sockets", IPv4: s.sockets(p.v4 + ".inuse"), IPv6: s.sockets(p.v6 + ".inuse"), Scope: scopeNetns, Source: "sockstat " + p.v4 + ".inuse, sockstat6 " + p.v6 + ".inuse"})
		if p.name == "udp" {
			s.memory("udp", "UDP.mem", "net.ipv4.udp_mem.")
		}
	}
	s.add(netstat.Summary{
		Protocol: "inet", Name: "sockets", Scope: scopeNetns, Source: "sum of tcp, udp and raw",
		IPv4: total(tcp4, s.sockets("UDP.inuse"), s.sockets("RAW.inuse")),
		IPv6: total(tcp6, s.sockets("UDP6.inuse"), s.sockets("RAW6.inuse")),
	})
	s.add(netstat.Summary{Protocol: "frag", Name: "queues", IPv4: s.sockets("FRAG.inuse"), IPv6: s.sockets("FRAG6.inuse"), Scope: scopeNetns, Source: "sockstat FRAG.inuse, sockstat6 FRAG6.inuse"})
	s.add(netstat.Summary{
		Protocol: "frag", Name: "memory", Unit: unitBytes, IPv4: s.sockets("FRAG.memory"), IPv6: s.sockets("FRAG6.memory"),
		Max: total(s.sysctl("net.ipv4.ipfrag_high_thresh"), s.sysctl("net.ipv6.ip6frag_high_thresh")), Scope: scopeNetns, Source: "sockstat FRAG.memory, sockstat6 FRAG6.memory",
	})
	s.add(netstat.Summary{
		Protocol: "conntrack", Name: "entries", Value: s.get(netstat.MeasureConntrack, "count"), Max: s.get(netstat.MeasureConntrack, "max"),
		Scope: scopeNetns, Source: "sysctl nf_conntrack_count",
	})
	for _, cache := range [...]struct {
		name, file, version string
		group               netstat.MeasureGroup
	}{{"arp", "arp_cache", "4", netstat.MeasureARP}, {"ndisc", "ndisc_cache", "6", netstat.MeasureNDISC}} {
		limit := "net.ipv" + cache.version + ".neigh.default.gc_thresh"
		s.add(netstat.Summary{
			Protocol: cache.name, Name: "entries", Value: s.get(cache.group, "entries"),
			Low: s.sysctl(limit + "1"), Pressure: s.sysctl(limit + "2"), Max: s.sysctl(limit + "3"),
			Scope: scopeSystem, Source: "stat/" + cache.file + " entries",
		})
	}
	s.protocols()
}

// memory adds the memory of a protocol, which the kernel counts in pages.
func (s *summing) memory(protocol, measure, limit string) {
	page := s.get(netstat.MeasureHost, "page_size")
	s.add(netstat.Summary{
		Protocol: protocol, Name: "memory", Unit: unitBytes, Value: times(s.sockets(measure), page),
		Low: times(s.sysctl(limit+"min"), page), Pressure: times(s.sysctl(limit+"pressure"), page), Max: times(s.sysctl(limit+"max"), page),
		Scope: scopeSystem, Source: "sockstat " + measure + " in pages",
	})
}

// inSockstat reports whether sockstat counts the protocol already.
func inSockstat(protocol string) bool {
	return protocol == "tcp" || protocol == "udp" || protocol == "udplite" || protocol == "raw"
}

// protocols adds the other protocols, from /proc/net/protocols in its order.
func (s *summing) protocols() {
	first := len(s.rows)
	for i := range s.measures {
		m := &s.measures[i]
		kernel, ok := strings.CutSuffix(m.Name, ".sockets")
		if m.Group != netstat.MeasureProtocols || !ok {
			continue
		}
		base, v6 := strings.CutSuffix(kernel, "v6")
		name := strings.TrimPrefix(strings.ToLower(base), "af_")
		if name == "udp-lite" {
			name = "udplite"
		}
		if inSockstat(name) {
			continue
		}
		row := first
		for row < len(s.rows) && s.rows[row].Protocol != name {
			row++
		}
		if row == len(s.rows) {
			s.rows = append(s.rows, netstat.Summary{Protocol: name, Name: "sockets", Scope: scopeNetns, Source: "protocols " + kernel})
		} else {
			s.rows[row].Source += ", " + kernel
		}
		r := &s.rows[row]
		r.Value = total(r.Value, amount(m.Value))
		switch {
		case v6:
			r.IPv6 = amount(m.Value)
			r.IPv4 = netstat.Amount{N: r.Value.N - m.Value, Known: r.Source != "protocols "+kernel}
		case r.IPv6.Known:
			r.IPv4 = amount(m.Value)
		}
	}
}

// fromTables counts the sockets of TCP and UDP in their tables. Of a system that counts
// connections in Tcp.CurrEstab, that number is among the rows.
func (s *summing) fromTables(ctx context.Context, src netstat.Source, report func(*netstat.OpError), yield func(fact.Record, error) bool) bool {
	var states [netstat.PartOpen + 1][2]uint64
	for _, p := range [...]struct {
		name   string
		tables [2]netstat.Table
	}{{"tcp", [2]netstat.Table{netstat.TCP4Table, netstat.TCP6Table}}, {"udp", [2]netstat.Table{netstat.UDP4Table, netstat.UDP6Table}}} {
		var n [2]netstat.Amount
		for i, t := range p.tables {
			n[i].Known = true
			for socket, err := range src.Sockets(ctx, t, netstat.Need{Report: report}) {
				if err != nil {
					n[i].Known = false
					if !errors.Is(err, errors.ErrUnsupported) && !yield(fact.Record{}, err) {
						return false
					}
					continue
				}
				n[i].N++
				if p.name == "tcp" && int(socket.State) < len(states) {
					states[socket.State][i]++
				}
			}
			if !n[i].Known {
				n[i].N = 0
			}
		}
		s.add(netstat.Summary{Protocol: p.name, Name: "sockets", IPv4: n[0], IPv6: n[1], Scope: scopeNetns, Source: "count of its sockets"})
		if p.name != "tcp" {
			s.fromCounters(p.name)
			continue
		}
		for state, count := range states {
			if name := netstat.State(state).String(); count != [2]uint64{} {
				s.add(netstat.Summary{
					Protocol: "tcp", Name: strings.ToLower(name), Scope: scopeNetns, Source: "count of its sockets",
					IPv4: netstat.Amount{N: count[0], Known: n[0].Known}, IPv6: netstat.Amount{N: count[1], Known: n[1].Known},
				})
			}
		}
		connections := netstat.Summary{Protocol: "tcp", Name: "connections", Value: s.established[0], Scope: scopeNetns, Source: "Tcp.CurrEstab"}
		if s.established[1].Known {
			connections.Value, connections.IPv4, connections.IPv6 = netstat.Amount{}, s.established[0], s.established[1]
			connections.Source += ", Tcp6.CurrEstab"
		}
		s.add(connections)
		s.fromCounters("tcp")
	}
	s.fromCounters("ip")
	s.fromCounters("frag")
	return s.neighbors(ctx, src, yield)
}
