package diagnose

import "netstat"

// grown returns as evidence those of the counters that grew since the moment before, and
// the sum of their growth. known reports whether the host has one of them, at whatever
// number of moments.
func (m *Moment) grown(names ...string) (evidence []netstat.Evidence, sum uint64, known bool) {
	return growths(names, m.Counter, m.Grown)
}

// grownMeasures is grown for measures.
func (m *Moment) grownMeasures(names ...string) (evidence []netstat.Evidence, sum uint64, known bool) {
	return growths(names, m.Measure, m.MeasureGrown)
}

func growths(names []string, value, growth func(string) (uint64, bool)) (evidence []netstat.Evidence, sum uint64, known bool) {
	for _, name := range names {
		_, has := value(name)
		known = known || has
		if g, _ := growth(name); g > 0 {
			evidence = append(evidence, netstat.Evidence{
				Fact: name, Grown: true, Value: netstat.NumberOf(g), Limit: netstat.NumberOf(0),
			})
			sum += g
		}
	}
	return evidence, sum, known
}

// lacksMeasure reports that the rule cannot look because the host lacks a measure, unless
// no measures were read at all: that is reported for every rule.
func (m *Moment) lacksMeasure(why string) {
	if len(m.measures) > 0 || m.Unread("measures") == nil {
		m.cannot(why)
	}
}

// noSocket is the part of a check that looks at no sockets.
type noSocket struct{}

func (noSocket) socket(*Moment, *netstat.Socket) {}
