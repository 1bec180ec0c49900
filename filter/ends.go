package filter

import (
	"strconv"
	"strings"

	"netstat"
	"netstat/fact"
)

// conditionLeaf is a test that the kernel may also perform.
type conditionLeaf struct {
	condition *netstat.Condition
	text      string
}

func (l *conditionLeaf) match(r *fact.Record) bool      { return l.condition.Match(&r.Row.Socket) }
func (l *conditionLeaf) appendText(b []byte) []byte     { return append(b, l.text...) }
func (l *conditionLeaf) needs() fact.Needs              { return fact.Needs{Socket: l.condition.Facts()} }
func (l *conditionLeaf) kernel() *netstat.Condition     { return l.condition }
func (l *conditionLeaf) decide(t netstat.Table) verdict { return decideCondition(l.condition, t) }

// decideCondition returns what is known of a condition for all rows of a table:
// IPv4 sockets have no IPv6 address, and some families have neither addresses
// nor ports.
func decideCondition(c *netstat.Condition, t netstat.Table) verdict {
	switch c.Kind {
	case netstat.WhereNot:
		return decideCondition(c.Of[0], t).not()
	case netstat.WhereAll, netstat.WhereAny:
		decisive := never
		if c.Kind == netstat.WhereAny {
			decisive = always
		}
		all := decisive.not()
		for _, part := range c.Of {
			switch decideCondition(part, t) {
			case decisive:
				return decisive
			case open:
				all = open
			}
		}
		return all
	case netstat.WherePort, netstat.WherePrefix:
		switch {
		case t.Family == netstat.SMC: // of IPv4 and IPv6
		case c.Kind == netstat.WherePort && (t.Family == netstat.AppleTalk || t.Family == netstat.IPX):
		case t.Family != netstat.Inet && t.Family != netstat.Inet6:
			return never
		// SCTP has one table for both IP versions.
		case c.Kind == netstat.WherePrefix && t.Family == netstat.Inet && t.Protocol != netstat.SCTP && !c.Prefix.Addr().Is4():
			return never
		}
	}
	return open
}

// nameLeaf tests the name of an endpoint in families without IP addresses.
type nameLeaf struct {
	family   netstat.Family
	end      netstat.End
	pattern  string
	port     uint16
	withPort bool
	text     string
}

func (l *nameLeaf) match(r *fact.Record) bool {
	if r.Row.Socket.Table.Family != l.family {
		return false
	}
	end := &r.Row.Socket.Local
	if l.end == netstat.RemoteEnd {
		end = &r.Row.Socket.Remote
	}
	return glob(l.pattern, end.Name, true) && (!l.withPort || end.Port == l.port)
}

func (l *nameLeaf) appendText(b []byte) []byte { return append(b, l.text...) }
func (l *nameLeaf) needs() fact.Needs          { return fact.Needs{} }
func (l *nameLeaf) kernel() *netstat.Condition { return nil }
func (l *nameLeaf) decide(t netstat.Table) verdict {
	if t.Family != l.family {
		return never
	}
	return open
}

// autoboundLeaf tests whether the kernel chose the local address.
type autoboundLeaf struct{}

var autoboundCondition = &netstat.Condition{Kind: netstat.WhereAutobound}

func (autoboundLeaf) match(r *fact.Record) bool {
	switch r.Row.Socket.Table.Family {
	case netstat.Unix:
	case netstat.Packet, netstat.Netlink:
		return partAutobound(&r.Row.Socket)
	default:
		return autoboundCondition.Match(&r.Row.Socket)
	}
	// A unix socket without a name did not choose one either. Names chosen
	// by the kernel have five hexadecimal digits (unix(7)).
	name := r.Row.Socket.Local.Name
	if name == "" {
		return true
	}
	if len(name) != 6 || name[0] != '@' {
		return false
	}
	for _, c := range []byte(name[1:]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func (autoboundLeaf) appendText(b []byte) []byte { return append(b, "autobound"...) }
func (autoboundLeaf) needs() fact.Needs          { return fact.Needs{Socket: netstat.FactAutobound} }
func (autoboundLeaf) kernel() *netstat.Condition { return autoboundCondition }
func (autoboundLeaf) decide(t netstat.Table) verdict {
	switch t.Family {
	case netstat.Inet, netstat.Inet6, netstat.Unix, netstat.Packet, netstat.Netlink:
		return open
	}
	return never
}

// endsOf returns the ends that a field means: one, or both.
func endsOf(field string) []netstat.End {
	switch field {
	case "src", "sport":
		return []netstat.End{netstat.LocalEnd}
	case "dst", "dport":
		return []netstat.End{netstat.RemoteEnd}
	}
	return []netstat.End{netstat.LocalEnd, netstat.RemoteEnd}
}

// either returns a condition that holds if it holds for one of the ends.
func either(ends []netstat.End, condition func(netstat.End) *netstat.Condition) *netstat.Condition {
	var of []*netstat.Condition
	for _, end := range ends {
		of = append(of, condition(end))
	}
	return joinConditions(netstat.WhereAny, of)
}

func both(kind netstat.ConditionKind, of ...*netstat.Condition) *netstat.Condition {
	return joinConditions(kind, of)
}

// ports is a port, a range of ports, or any port.
type ports struct{ low, high uint16 }

func (r ports) condition(end netstat.End) *netstat.Condition {
	port := func(c netstat.Comparison, n uint16) *netstat.Condition {
		return &netstat.Condition{Kind: netstat.WherePort, End: end, Compare: c, Port: n}
	}
	switch {
	case r.low == r.high:
		return port(netstat.CompareEqual, r.low)
	case r.low == 0:
		return port(netstat.CompareLessOrEqual, r.high)
	case r.high == 1<<16-1:
		return port(netstat.CompareGreaterOrEqual, r.low)
	}
	return both(netstat.WhereAll, port(netstat.CompareGreaterOrEqual, r.low), port(netstat.CompareLessOrEqual, r.high))
}

func (r ports) String() string {
	switch {
	case r.low == 0 && r.high == 1<<16-1:
		return "*"
	case r.low == r.high:
		return strconv.Itoa(int(r.low))
	}
	return strconv.Itoa(int(r.low)) + "-" + strconv.Itoa(int(r.high))
}

// port parses "*", a number, a range of numbers, or the name of a service.
func (v *value) port(s string) (ports, string) {
	if s == "*" {
		return ports{0, 1<<16 - 1}, ""
	}
	if s == "" {
		return ports{}, "a port is missing"
	}
	if s[0] < '0' || s[0] > '9' {
		if v.env.Service != nil {
			if n, ok := v.env.Service(s); ok {
				return ports{n, n}, ""
			}
		}
		return ports{}, "unknown service"
	}
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	var r ports
	for _, side := range []struct {
		text string
		into *uint16
	}{{low, &r.low}, {high, &r.high}} {
		n, reason := number(side.text, 1<<16-1)
		if reason != "" {
			return r, "bad port: " + reason
		}
		*side.into = uint16(n)
	}
	if r.low > r.high {
		return r, "the range ends before it begins"
	}
	return r, ""
}

// notNumber is the reason why a text is no number at all.
const notNumber = "not a number"

// number parses a decimal number or, after 0x, a hexadecimal one.
func number(s string, limit uint64) (uint64, string) {
	base, digits := 10, s
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		base, digits = 16, rest
	} else if len(s) > 1 && s[0] == '0' {
		return 0, "leading 0 is ambiguous (octal or decimal)"
	}
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return 0, notNumber
	}
	n, err := strconv.ParseUint(digits, base, 64)
	switch {
	case err != nil && strings.Contains(err.Error(), "range") || err == nil && n > limit:
		return 0, "at most " + strconv.FormatUint(limit, 10)
	case err != nil:
		return 0, notNumber
	}
	return n, ""
}

// parsePort parses the value of sport, dport and the like.
func parsePort(v *value) (node, *Error) {
	s := v.token.text
	family := netstat.FamilyNone
	if name, rest, ok := strings.Cut(s, ":"); ok && name != "" {
		if f, known := familyNamed(name); known {
			family, s = f, rest
		}
	} else if inParts(v.env.Family) {
		family = v.env.Family
	}
	switch {
	case family == netstat.FamilyNone:
		return v.portTest(s)
	case family == netstat.Inet || family == netstat.Inet6:
		return v.ofFamily(family, func(v *value) (node, *Error) { return v.portTest(s) })
	case inParts(family):
		return v.partPortTest(family, s)
	}
	return v.fail("sockets of family " + family.String() + " have no ports")
}

// ofFamily returns a test that only sockets of a family can pass, or its
// negation.
func (v *value) ofFamily(family netstat.Family, test func(*value) (node, *Error)) (node, *Error) {
	equal := *v
	negate := v.compare == netstat.CompareNotEqual
	if negate {
		equal.compare = netstat.CompareEqual
	}
	n, err := test(&equal)
	if err != nil {
		return n, err
	}
	n = joinNodes(andNode, []node{leafOf(familyLeaf(family)), n})
	if negate {
		n = notOf(n)
	}
	return n, nil
}

// portTest parses a port, with or without a colon before it.
func (v *value) portTest(s string) (node, *Error) {
	r, reason := v.port(strings.TrimPrefix(s, ":"))
	if reason != "" {
		return v.fail(reason)
	}
	ends := endsOf(v.field)
	text := v.field + " " + comparisonOf(v.compare) + " :" + r.String()
	equal := v.compare == netstat.CompareEqual || v.compare == netstat.CompareNotEqual
	if !equal && r.low != r.high {
		return v.fail("a range needs = or !=")
	}
	test := func(end netstat.End) *netstat.Condition {
		if equal {
			return r.condition(end)
		}
		return &netstat.Condition{Kind: netstat.WherePort, End: end, Compare: v.compare, Port: r.low}
	}
	// The remote port of a listening socket is 0: it has none, which is not below 1024.
	if v.field == "port" && (!equal || r.low == 0 && r.high > 0 && r.high < 1<<16-1) {
		any := test
		test = func(end netstat.End) *netstat.Condition {
			return both(netstat.WhereAll, any(end), ports{1, 1<<16 - 1}.condition(end))
		}
	}
	l := &conditionLeaf{either(ends, test), text}
	if equal {
		return v.leaf(l)
	}
	return leafOf(l), nil
}

// comparisonOf returns the comparison operator in the text of a leaf. A leaf is
// never "!=": that is the negation of a leaf with "=".
func comparisonOf(c netstat.Comparison) string {
	if c == netstat.CompareNotEqual {
		c = netstat.CompareEqual
	}
	return c.String()
}

// parseDevice parses the name or index of an interface.
func parseDevice(v *value) (node, *Error) {
	index, reason := v.device(v.token.text)
	if reason != "" {
		return v.fail(reason)
	}
	return v.leaf(&conditionLeaf{
		&netstat.Condition{Kind: netstat.WhereInterface, Number: index},
		"dev = " + strconv.FormatUint(index, 10),
	})
}

// parseMark parses MARK[/MASK].
func parseMark(v *value) (node, *Error) {
	markText, maskText, hasMask := strings.Cut(v.token.text, "/")
	mark, reason := number(markText, 1<<32-1)
	mask := uint64(1<<32 - 1)
	if reason == "" && hasMask {
		mask, reason = number(maskText, 1<<32-1)
	}
	if reason != "" {
		return v.fail("bad mark: " + reason)
	}
	text := "fwmark = 0x" + strconv.FormatUint(mark, 16)
	if hasMask {
		text += "/0x" + strconv.FormatUint(mask, 16)
	}
	return v.leaf(&conditionLeaf{&netstat.Condition{Kind: netstat.WhereMark, Number: mark, Mask: uint32(mask)}, text})
}

// parseCgroup parses the path of a control group.
func parseCgroup(v *value) (node, *Error) {
	id, reason := number(v.token.text, 1<<64-1) // the form shown if the path is unknown
	if reason != "" {
		if v.env.Cgroup == nil {
			return v.fail("this system has no control groups")
		}
		var err error
		if id, err = v.env.Cgroup(v.token.text); err != nil {
			return v.fail(printable(err.Error()))
		}
	}
	return v.leaf(&conditionLeaf{
		&netstat.Condition{Kind: netstat.WhereCgroup, Number: id},
		string(appendWord([]byte("cgroup = "), v.token.text)),
	})
}

// parseAutobound parses a flag.
func parseAutobound(v *value) (node, *Error) {
	set, ok := flagNamed(v.token.text)
	if !ok {
		return v.fail("must be yes or no")
	}
	n, err := v.leaf(autoboundLeaf{})
	if !set {
		n = notOf(n)
	}
	return n, err
}

// flagNamed parses the value of a flag. ok is false if it is not one.
func flagNamed(name string) (set, ok bool) {
	switch strings.ToLower(name) {
	case "yes", "true", "on", "1":
		return true, true
	case "no", "false", "off", "0":
		return false, true
	}
	return false, false
}
