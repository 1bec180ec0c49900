package filter

import (
	"slices"
	"strings"
	"sync"

	"netstat"
	"netstat/fact"
)

// field describes a word that a test may begin with.
type field struct {
	name  string // as an expression is written
	flag  bool   // it may stand alone
	parse func(*value) (node, *Error)
}

var (
	factsOnce sync.Once
	factTable []fact.Fact
)

// facts returns the facts of sockets. They are made when the first expression
// is parsed, since most command lines have none.
func facts() []fact.Fact {
	factsOnce.Do(func() { factTable = fact.Of(fact.Sockets) })
	return factTable
}

// Fields returns the facts that an expression can name, in the order of their
// documentation. Expressions also accept "address" and "port" for either end.
func Fields() []fact.Fact {
	return slices.DeleteFunc(fact.Of(fact.Sockets), func(f fact.Fact) bool { return f.Compared })
}

// fieldNamed returns the field with this name. If there is none, its parse is
// nil.
func fieldNamed(name string) field {
	f := fact.Named(facts(), name)
	if f == nil {
		// Either end.
		switch strings.ToLower(name) {
		case "address":
			return field{name: "address", parse: parseHost}
		case "port":
			return field{name: "port", parse: parsePort}
		}
		return field{}
	}
	if f.Compared {
		return field{}
	}
	// What ss(8) compares in a way of its own has ss's name.
	switch f.Name {
	case "local", "local_address":
		return field{name: "src", parse: parseHost}
	case "remote", "remote_address":
		return field{name: "dst", parse: parseHost}
	case "local_port":
		return field{name: "sport", parse: parsePort}
	case "remote_port":
		return field{name: "dport", parse: parsePort}
	case "interface", "interface_index":
		return field{name: "dev", parse: parseDevice}
	case "mark":
		return field{name: "fwmark", parse: parseMark}
	case "autobound":
		return field{name: f.Name, flag: true, parse: parseAutobound}
	case "cgroup":
		return field{name: f.Name, parse: parseCgroup}
	case "state":
		return field{name: f.Name, parse: parseState}
	case "user":
		return field{name: f.Name, parse: parseUser}
	case "owner_user": // user of a process; "user" may be that of the socket
		return field{name: f.Name, parse: parseOwnerUser}
	}
	if u, ok := unitOf(f); ok {
		n := &numberField{f, u}
		return field{name: f.Name, flag: u == unitFlag, parse: n.parse}
	}
	return field{name: f.Name, parse: func(v *value) (node, *Error) { return parseText(f, v) }}
}

// textLeaf compares a text with a pattern. A value that a row lacks is the
// empty text.
type textLeaf struct {
	fact    *fact.Fact
	pattern string
	// also returns another text of the table that may match. It may be nil.
	also func(netstat.Table) string
}

func (l *textLeaf) match(r *fact.Record) bool {
	r.Row.Need(&l.fact.Needs)
	if l.fact.All == nil {
		v := l.fact.Value(r)
		return l.matches(&v) || l.also != nil && glob(l.pattern, l.also(r.Row.Socket.Table), false)
	}
	list := l.fact.Values(r)
	for i := range list {
		if l.matches(&list[i]) {
			return true
		}
	}
	return len(list) == 0 && l.pattern == ""
}

func (l *textLeaf) matches(v *fact.Value) bool {
	text := v.Text
	if v.Kind != fact.ValueText && v.Kind != fact.ValueAbsent {
		text = string(v.Append(nil))
	}
	return glob(l.pattern, text, false)
}

func (l *textLeaf) needs() fact.Needs          { return l.fact.Needs }
func (l *textLeaf) kernel() *netstat.Condition { return nil }

func (l *textLeaf) appendText(b []byte) []byte {
	return appendWord(append(b, l.fact.Name+" = "...), l.pattern)
}

func (l *textLeaf) decide(t netstat.Table) verdict {
	if l.fact.Of == nil {
		return open
	}
	v := l.fact.Of(t)
	if l.matches(&v) || l.also != nil && glob(l.pattern, l.also(t), false) {
		return always
	}
	return never
}

func parseText(f *fact.Fact, v *value) (node, *Error) {
	if f.Texts != nil && !slices.ContainsFunc(f.Texts, func(text string) bool { return glob(v.token.text, text, false) }) {
		known := slices.DeleteFunc(slices.Clone(f.Texts), func(text string) bool { return text == "" })
		return v.fail("unknown value (known: " + strings.Join(known, ", ") + ")")
	}
	l := &textLeaf{fact: f, pattern: v.token.text}
	if f.Name == "proto" {
		l.also = protocolOf
	}
	return v.leaf(l)
}

// protocolOf returns the name of a table's protocol, or of its family where
// that has but one.
func protocolOf(t netstat.Table) string {
	if t.Protocol == netstat.ProtocolNone {
		return t.Family.String()
	}
	return t.Protocol.String()
}

// familyLeaf returns a test for a family.
func familyLeaf(f netstat.Family) *textLeaf {
	return &textLeaf{fact: fact.Named(facts(), "family"), pattern: f.String()}
}

// parseState reads one state after a comparison.
func parseState(v *value) (node, *Error) {
	l := &stateLeaf{}
	if !l.clause(false, v.token.text) {
		return v.fail("unknown state")
	}
	return v.leaf(l)
}
