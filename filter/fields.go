package filter

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"netstat"
	"netstat/fact"
)

// field describes a word that a test may begin with.
type field struct {
	name  string     // name in the expression
	flag  bool       // it may stand alone
	fact  *fact.Fact // nil for either end
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

// facts returns the facts that the expression can name.
func (p *parser) facts() []fact.Fact {
	if p.env.Facts != nil {
		return p.env.Facts
	}
	return facts()
}

// tooLate reports whether a fact is known only after rows are filtered.
func (p *parser) tooLate(f *fact.Fact) bool { return f.Compared && (!f.Needs.Rates || !p.env.Rates) }

// fieldNamed returns the field with this name. If there is none, its parse is
// nil.
func (p *parser) fieldNamed(name string) field {
	f := fact.Named(p.facts(), name)
	if p.env.Facts != nil {
		if f == nil || p.tooLate(f) {
			return field{}
		}
		named := plainField(f)
		named.fact = f
		return named
	}
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
	if p.tooLate(f) {
		return field{}
	}
	named := fieldOf(f)
	named.fact = f
	return named
}

// fieldOf returns the field of a fact.
func fieldOf(f *fact.Fact) field {
	// Facts that ss(8) compares in its own way have ss's names.
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
	case "peer_state":
		return field{name: f.Name, parse: func(v *value) (node, *Error) { return parsePeerState(f, v) }}
	case "user":
		return field{name: f.Name, parse: parseUser}
	case "owner_user": // user of a process; "user" may be that of the socket
		return field{name: f.Name, parse: parseOwnerUser}
	}
	return plainField(f)
}

// plainField returns the field of a fact that is compared as it is shown.
func plainField(f *fact.Fact) field {
	if u, ok := unitOf(f); ok {
		n := &numberField{f, u}
		return field{name: f.Name, flag: u == unitFlag, parse: n.parse}
	}
	return field{name: f.Name, parse: func(v *value) (node, *Error) { return parseText(f, v) }}
}

// join ensures that a socket has what a test reads. Other records have it.
func join(r *fact.Record, n *fact.Needs) {
	if r.Row != nil {
		r.Row.Need(n)
	}
}

// textLeaf compares a text with a pattern. A value that a row lacks is the
// empty text.
type textLeaf struct {
	fact    *fact.Fact
	pattern string
	// prefix also matches its addresses. It is invalid if the pattern is no prefix.
	prefix netip.Prefix
	// also returns another text of the table that may match. It may be nil.
	also func(netstat.Table) string
}

func (l *textLeaf) match(r *fact.Record) bool {
	join(r, &l.fact.Needs)
	if l.fact.All == nil {
		v := l.fact.Value(r)
		return l.matches(&v) || l.also != nil && l.is(l.also(r.Row.Socket.Table))
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
	switch v.Kind {
	case fact.ValueText:
		return l.is(v.Text)
	case fact.ValueAbsent:
		return l.is("") // not the reason why it is absent
	case fact.ValueAddress:
		if (v.Text == "" || l.fact.Hosts && l.prefix == l.prefix.Masked()) && l.prefix.IsValid() && l.prefix.Contains(v.Address) {
			return true
		}
		if v.Text != "" && l.fact.Hosts {
			var room [64]byte
			if l.is(string(v.Address.AppendTo(room[:0]))) {
				return true
			}
		}
	}
	var room [64]byte
	return l.is(string(v.Append(room[:0])))
}

// is reports whether a text matches the pattern or equals it literally.
func (l *textLeaf) is(text string) bool { return means(l.fact, l.pattern, text) }

// means reports whether a pattern matches a text of a fact.
func means(f *fact.Fact, pattern, text string) bool {
	return pattern == text || glob(pattern, text, f.Word) || f.Word && sameWord(pattern, text)
}

// sameWord reports whether two words are equal, ignoring case, "-" and "_".
func sameWord(a, b string) bool {
	for {
		a, b = strings.TrimLeft(a, "-_"), strings.TrimLeft(b, "-_")
		if a == "" || b == "" {
			return a == b
		}
		if c := rune(b[0]); rune(a[0]) != c && rune(a[0]) != otherCase(c) {
			return false
		}
		a, b = a[1:], b[1:]
	}
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
	if l.matches(&v) || l.also != nil && l.is(l.also(t)) {
		return always
	}
	return never
}

func parseText(f *fact.Fact, v *value) (node, *Error) {
	l := &textLeaf{fact: f, pattern: v.token.text}
	if f.Kind == fact.ValueAddress && strings.Contains(l.pattern, "/") {
		l.prefix, _ = netip.ParsePrefix(l.pattern)
	}
	if l.pattern == "-" && !v.token.quoted {
		l.pattern = "" // as tables show an unknown value
	}
	switch {
	case v.env.Facts != nil:
	case f.Name == "proto":
		l.also = protocolOf
		l.pattern = versionSix(l.pattern)
	case f.Name == "family":
		l.pattern = familyWord(l.pattern)
	}
	if !isKnown(f, l.pattern) {
		if known := vocabulary(f); known != nil && l.pattern != "" {
			var names []spelling
			for _, text := range known {
				names = append(names, spelling{strings.ToLower(text), text})
			}
			return v.failNamed(unknown(f.Name, v.token.text, strings.ToLower(v.token.text), names, "known: "+strings.Join(known, ", ")))
		}
	}
	return v.leaf(l)
}

// isKnown reports whether a pattern matches one of the texts that a fact can have. It
// returns false if these are unknown.
func isKnown(f *fact.Fact, pattern string) bool {
	return slices.ContainsFunc(vocabulary(f), func(text string) bool { return means(f, pattern, text) })
}

// vocabulary returns the texts that a fact can have, nil if any text is possible.
func vocabulary(f *fact.Fact) (known []string) {
	if f.Of == nil {
		return slices.DeleteFunc(slices.Clone(f.Texts), func(text string) bool { return text == "" })
	}
	for _, t := range netstat.Tables() {
		of := f.Of(t)
		texts := []string{of.Text}
		if f.Name == "proto" {
			texts = append(texts, protocolOf(t))
		}
		for _, text := range texts {
			if !slices.Contains(known, text) {
				known = append(known, text)
			}
		}
	}
	return known
}

// versionSix returns the name of a table of IPv6 for Microsoft's name of its protocol,
// such as "TCPv6".
func versionSix(name string) string {
	if n := len(name) - 2; n > 0 && strings.EqualFold(name[n:], "v6") {
		return name[:n] + "6"
	}
	return name
}

// familyWord returns the name of a family for one of its other names.
func familyWord(name string) string {
	switch strings.ToLower(name) {
	case "ipv4":
		return netstat.Inet.String()
	case "ipv6":
		return netstat.Inet6.String()
	case "link": // name in ss
		return netstat.Packet.String()
	}
	return name
}

// protocolOf returns the name of a table's protocol, or of its family if that has only
// one.
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
