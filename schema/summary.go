package schema

import (
	"math"

	"netstat"
)

// AppendSummary appends a number of a summary as an object.
func AppendSummary(b []byte, s *netstat.Summary) []byte {
	return append(appendFields(append(b, '{'), func(f *fields) { summaryFields(f, s) }), '}')
}

// Summary reads what AppendSummary wrote.
func (r *Reader) Summary() netstat.Summary {
	var s netstat.Summary
	readFields(r, func(f *fields) { summaryFields(f, &s) })
	return s
}

func summaryFields(f *fields, s *netstat.Summary) {
	text(f, "protocol", &s.Protocol)
	text(f, "name", &s.Name)
	amount(f, "value", &s.Value)
	amount(f, "ipv4", &s.IPv4)
	amount(f, "ipv6", &s.IPv6)
	amount(f, "low", &s.Low)
	amount(f, "pressure", &s.Pressure)
	amount(f, "max", &s.Max)
	text(f, "unit", &s.Unit)
	text(f, "scope", &s.Scope)
	text(f, "source", &s.Source)
}

// amount is a number that is omitted if absent, and not if 0.
func amount(f *fields, name string, p *netstat.Amount) {
	switch {
	case f.r == nil:
		if p.Known {
			f.b = appendUint(f.b, name, p.N)
		}
	case f.at(name):
		*p = netstat.Amount{N: f.r.Uint(math.MaxUint64), Known: true}
	}
}
