package view

import (
	"context"
	"errors"
	"iter"
	"syscall"

	"netstat"
	"netstat/fact"
)

// measuredCounters yields the measures of a place that count events since the system
// started, as counters with the names of their groups: what was dropped or delayed
// outside of any protocol. It reports whether more are wanted.
func measuredCounters(ctx context.Context, p *Place, req *Request, yield func(fact.Record, error) bool) bool {
	family := netstat.FamilyNone
	counters := func(yield func(netstat.Counter, error) bool) {
		part := uint32(1 << 16) // after the parts of all protocols
		group := netstat.MeasureSockets
		for m, err := range p.Source.Measures(ctx) {
			if errors.Is(err, errors.ErrUnsupported) {
				return
			}
			if err == nil && (m.Group == netstat.MeasureSysctl || m.Group == netstat.MeasureProtocols || m.Group == netstat.MeasurePorts) {
				return // the counters come before these
			}
			if err == nil && !CountsEvents(&m) {
				continue
			}
			if m.Group != group {
				group = m.Group
				part++
			}
			if family = netstat.FamilyNone; m.Group == netstat.MeasureARP {
				family = netstat.Inet
			} else if m.Group == netstat.MeasureNDISC {
				family = netstat.Inet6
			}
			c := netstat.Counter{Group: m.Group.String(), Name: m.Name, Part: part, Value: m.Value}
			if err != nil {
				c = netstat.Counter{}
			}
			if !yield(c, err) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
				return // the files that follow cannot be opened either
			}
		}
	}
	return eachOf(iter.Seq2[netstat.Counter, error](counters), req.KeepCounter, yield, func(c *netstat.Counter) (fact.Record, bool) {
		return req.Deltas.counter(p.Netns, family, c)
	})
}

// CountsEvents reports whether a measure counts events.
func CountsEvents(m *netstat.Measure) bool {
	switch m.Group {
	case netstat.MeasureSoftnet:
		return true
	case netstat.MeasureARP, netstat.MeasureNDISC:
		return m.Name != "entries"
	case netstat.MeasureConntrack:
		return m.Name != "count" && m.Name != "max"
	}
	return false
}
