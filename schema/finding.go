package schema

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netstat"
)

// AppendFinding appends a finding as an object, without its network namespace.
func AppendFinding(b []byte, f *netstat.Finding) []byte {
	b = append(b, '{')
	b = appendFields(b, func(v *fields) { findingFields(v, f) })
	return append(b, '}')
}

// Finding reads what AppendFinding wrote.
func (r *Reader) Finding() netstat.Finding {
	var finding netstat.Finding
	readFields(r, func(f *fields) { findingFields(f, &finding) })
	return finding
}

var (
	severityNames = ownNames{fill: func() []string { return namesTo(netstat.Critical) }}
	subjectNames  = ownNames{fill: func() []string { return namesTo(netstat.OfRemote) }}
)

// program is the beginning of command lines.
const program = "netstat "

func findingFields(f *fields, v *netstat.Finding) {
	text(f, "rule", &v.Rule)
	named(f, "severity", severityNames.names(), &v.Severity)
	switch {
	case f.r == nil:
		f.open("subject")
		subjectFields(f, &v.Subject)
		f.close()
	case f.at("subject"):
		readFields(f.r, func(g *fields) { subjectFields(g, &v.Subject) })
	}
	text(f, "text", &v.Text)
	objects(f, "evidence", &v.Evidence, evidenceFields)
	text(f, "advice", &v.Advice)
	if f.r == nil {
		if v.Command != "" {
			f.b = AppendText(f.b, "command", program+v.Command)
		}
	} else {
		text(f, "command", &v.Command)
		v.Command = strings.TrimPrefix(v.Command, program)
	}
	text(f, "source", &v.Source)
}

func subjectFields(f *fields, s *netstat.Subject) {
	named(f, "kind", subjectNames.names(), &s.Kind)
	switch {
	case f.r != nil:
		f.taken = f.taken || f.r.TableField(f.key, &s.Table)
	case s.Table != netstat.Table{}:
		f.b = AppendTable(f.b, s.Table)
	}
	switch {
	case f.r == nil:
		if s.State != netstat.StateUnknown {
			f.b = appendWord(f.b, "state", s.State.String())
		}
	case f.at("state"):
		s.State = f.r.State()
	}
	address(f, "local", &s.Local)
	address(f, "remote", &s.Remote)
	number(f, "cookie", &s.Cookie, false)
	number(f, "pid", &s.PID, false)
	text(f, "process", &s.Process)
	text(f, "service", &s.Service)
	text(f, "interface", &s.Interface)
	switch {
	case f.r == nil:
		if s.Destination.IsValid() {
			f.b = appendPrefix(f.b, "destination", "prefix_length", s.Destination)
		}
	case f.at("destination"):
		ip := f.r.IP()
		s.Destination = netip.PrefixFrom(ip, max(s.Destination.Bits(), 0))
	case f.at("prefix_length"):
		s.Destination = netip.PrefixFrom(s.Destination.Addr(), int(f.r.Uint(128)))
	}
}

func evidenceFields(f *fields, e *netstat.Evidence) {
	text(f, "fact", &e.Fact)
	flag(f, "grown", &e.Grown, false)
	quantity(f, "value", &e.Value)
	quantity(f, "limit", &e.Limit)
}

// quantity is a number or a text, which ends in "%" for thousandths; omitted if absent.
func quantity(f *fields, name string, q *netstat.Quantity) {
	switch {
	case f.r == nil && q.Kind == netstat.QuantityNumber:
		f.b = appendUint(f.b, name, q.Number)
	case f.r == nil:
		s := q.String()
		text(f, name, &s)
	case !f.taken && string(f.key) == name && f.r.peek() != '"':
		f.taken = true
		*q = netstat.NumberOf(f.r.Uint(math.MaxUint64))
	default:
		before := f.taken
		if text(f, name, &q.Text); f.taken && !before {
			*q = quantityOf(q.Text)
		}
	}
}

// quantityOf returns the quantity that is written as a text.
func quantityOf(s string) netstat.Quantity {
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		whole, tenth, _ := strings.Cut(percent, ".")
		n, err := strconv.ParseUint(whole+cmp.Or(tenth, "0"), 10, 64)
		if q := netstat.PermilleOf(n); err == nil && q.String() == s {
			return q
		}
	}
	return netstat.TextOf(s)
}

// Looked is what a search for findings looked at. The zero value is nothing.
type Looked struct {
	// Rules lists the rules that looked at something.
	Rules []string
	// Unlooked lists what rules could not look at.
	Unlooked []Unlooked
}

// Unlooked is something that a rule could not look at, and why. Netns is the name of the
// network namespace, or "" if only one was read.
type Unlooked struct {
	Rule, Why, Netns string
}

// Add adds what was looked at in one more network namespace.
func (l *Looked) Add(rules []string, unlooked ...Unlooked) {
	for _, rule := range rules {
		if !slices.Contains(l.Rules, rule) {
			l.Rules = append(l.Rules, rule)
		}
	}
	l.Unlooked = append(l.Unlooked, unlooked...)
}

// AppendLooked appends two fields to the object at the end of b.
func AppendLooked(b []byte, l *Looked) []byte {
	return appendFields(b, func(f *fields) { lookedFields(f, l) })
}

// LookedField reads the value of a field of AppendLooked into l and reports whether key is
// one.
func (r *Reader) LookedField(key []byte, l *Looked) bool {
	f := fields{r: r, key: key}
	lookedFields(&f, l)
	return f.taken
}

func lookedFields(f *fields, l *Looked) {
	switch {
	case f.r == nil:
		f.openList("looked")
		for i, rule := range l.Rules {
			if i > 0 {
				f.b = append(f.b, ',')
			}
			f.b = AppendString(f.b, rule)
		}
		f.closeList()
	case f.at("looked"):
		l.Rules = f.r.texts(false)
	}
	list := l.Unlooked
	if f.r == nil && list == nil {
		list = []Unlooked{}
	}
	objects(f, "unlooked", &list, func(f *fields, u *Unlooked) {
		text(f, "rule", &u.Rule)
		text(f, "why", &u.Why)
		text(f, "netns", &u.Netns)
	})
	l.Unlooked = list
}
