package filter

import (
	"net/netip"
	"strconv"
	"strings"

	"netstat"
	"netstat/fact"
)

// conditionLeaf is a test that a kernel may do as well.
type conditionLeaf struct {
	condition *netstat.Condition
	text      string
}

func (l *conditionLeaf) match(r *fact.Record) bool      { return l.condition.Match(&r.Row.Socket) }
func (l *conditionLeaf) appendText(b []byte) []byte     { return append(b, l.text...) }
func (l *conditionLeaf) needs() fact.Needs              { return fact.Needs{Socket: l.condition.Facts()} }
func (l *conditionLeaf) kernel() *netstat.Condition     { return l.condition }
func (l *conditionLeaf) decide(t netstat.Table) verdict { return decideCondition(l.condition, t) }

// decideCondition says what is known of a condition for all rows of a table:
// IPv4 sockets have no IPv6 address, some families neither addresses nor ports.
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
		case t.Family != netstat.Inet && t.Family != netstat.Inet6:
			return never
		// SCTP has one table for both families.
		case c.Kind == netstat.WherePrefix && t.Family == netstat.Inet && t.Protocol != netstat.SCTP && !c.Prefix.Addr().Is4():
			return never
		}
	}
	return open
}

// nameLeaf tests the name of an end in families without IP addresses.
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

// autoboundLeaf tests whether the kernel chose the local end.
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
	// One without a name did not choose any either; the kernel's are of five
	// hexadecimal digits (unix(7)).
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

// endsOf returns the ends that a field is about: one, or both.
func endsOf(field string) []netstat.End {
	switch field {
	case "src", "sport":
		return []netstat.End{netstat.LocalEnd}
	case "dst", "dport":
		return []netstat.End{netstat.RemoteEnd}
	}
	return []netstat.End{netstat.LocalEnd, netstat.RemoteEnd}
}

// either returns the condition for whichever end.
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

// ports is a port, a range of ports or any port.
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

// port reads "*", a number, a range of numbers or the name of a service.
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
			return r, "no port: " + reason
		}
		*side.into = uint16(n)
	}
	if r.low > r.high {
		return r, "the range ends before it begins"
	}
	return r, ""
}

// number reads a decimal or, with 0x, hexadecimal number.
func number(s string, limit uint64) (uint64, string) {
	base, digits := 10, s
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		base, digits = 16, rest
	} else if len(s) > 1 && s[0] == '0' {
		return 0, "a leading 0 would be octal in some programs and decimal in others"
	}
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return 0, "not a number"
	}
	n, err := strconv.ParseUint(digits, base, 64)
	switch {
	case err != nil && strings.Contains(err.Error(), "range") || err == nil && n > limit:
		return 0, "at most " + strconv.FormatUint(limit, 10)
	case err != nil:
		return 0, "not a number"
	}
	return n, ""
}

// parsePort reads what sport, dport and the like are compared with.
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

// ofFamily returns a test that only sockets of a family can meet, or its
// opposite.
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

// portTest reads a port with or without a colon before it.
func (v *value) portTest(s string) (node, *Error) {
	r, reason := v.port(strings.TrimPrefix(s, ":"))
	if reason != "" {
		return v.fail(reason)
	}
	ends := endsOf(v.field)
	text := v.field + " " + comparisonOf(v.compare, netstat.CompareEqual) + " :" + r.String()
	if v.compare == netstat.CompareEqual || v.compare == netstat.CompareNotEqual {
		return v.leaf(&conditionLeaf{either(ends, r.condition), text})
	}
	if r.low != r.high {
		return v.fail("a range is compared with = and != only")
	}
	return leafOf(&conditionLeaf{either(ends, func(end netstat.End) *netstat.Condition {
		return &netstat.Condition{Kind: netstat.WherePort, End: end, Compare: v.compare, Port: r.low}
	}), text}), nil
}

// comparisonOf returns the comparison as it stands in a leaf: "!=" is the
// opposite of a leaf with "=".
func comparisonOf(c, equal netstat.Comparison) string {
	if c == netstat.CompareNotEqual {
		c = equal
	}
	return c.String()
}

// parseHost reads what src and dst are compared with: [FAMILY:]ADDRESS[:PORT].
func parseHost(v *value) (node, *Error) {
	s := v.token.text
	family := netstat.FamilyNone
	if s != "" && (s[0] == '/' || s[0] == '@') {
		family = netstat.Unix
	} else if name, rest, ok := strings.Cut(s, ":"); ok && !strings.HasPrefix(s, "[") {
		if f, known := familyNamed(name); known {
			family, s = f, rest
		}
	}
	if family == netstat.FamilyNone && v.env.Family != netstat.Inet && v.env.Family != netstat.Inet6 {
		family = v.env.Family
	}
	switch {
	case family == netstat.FamilyNone:
		return v.inetHost(family, s)
	case family == netstat.Inet || family == netstat.Inet6:
		return v.ofFamily(family, func(v *value) (node, *Error) { return v.inetHost(family, s) })
	case s == "":
		return v.fail("an address is missing")
	case inParts(family):
		return v.partHost(family, s)
	}
	return v.namedHost(family, s)
}

// familyNamed returns the family of a name, "link" being ss's for packet
// sockets.
func familyNamed(name string) (netstat.Family, bool) {
	if name == "link" {
		name = "packet"
	}
	for f := netstat.Unix; f.String() != "unknown"; f++ {
		if f.String() == name {
			return f, true
		}
	}
	return netstat.FamilyNone, false
}

// namedHost reads an end in a family without IP addresses.
func (v *value) namedHost(family netstat.Family, s string) (node, *Error) {
	pattern := s
	var port uint16
	withPort := false
	if family != netstat.Unix {
		if i := strings.LastIndexByte(s, ':'); i >= 0 && s[i+1:] != "*" {
			if n, reason := number(s[i+1:], 1<<16-1); reason == "" {
				pattern, port, withPort = s[:i], uint16(n), true
			}
		} else if i >= 0 {
			pattern = s[:i]
		}
	}
	ends := endsOf(v.field)
	var parts []node
	for _, end := range ends {
		field := "src"
		if end == netstat.RemoteEnd {
			field = "dst"
		}
		text := string(appendWord([]byte(field+" = "), family.String()+":"+s))
		parts = append(parts, leafOf(&nameLeaf{family, end, pattern, port, withPort, text}))
	}
	negate, err := v.equality()
	n := joinNodes(orNode, parts)
	if negate {
		n = notOf(n)
	}
	return n, err
}

// inetHost reads an end of an IP socket.
func (v *value) inetHost(family netstat.Family, s string) (node, *Error) {
	negate, failed := v.equality()
	if failed != nil {
		return node{}, failed
	}
	var host, portText, reason string
	if s != "" {
		host, portText, reason = splitHost(s)
	} else if family == netstat.FamilyNone {
		reason = "an address is missing"
	}
	if reason != "" {
		return v.fail(reason)
	}
	anyPort := ports{0, 1<<16 - 1}
	port := anyPort
	if portText != "" {
		if port, reason = v.port(portText); reason != "" {
			return v.fail(reason)
		}
	}
	prefixes, reason := v.prefixes(family, host)
	if reason != "" {
		return v.fail(reason)
	}
	var parts []node
	for _, prefix := range prefixes {
		prefix := prefix
		condition := either(endsOf(v.field), func(end netstat.End) *netstat.Condition {
			var of []*netstat.Condition
			if prefix.IsValid() {
				of = append(of, &netstat.Condition{Kind: netstat.WherePrefix, End: end, Prefix: prefix})
			}
			if port != anyPort {
				of = append(of, port.condition(end))
			}
			if len(of) == 0 {
				return &netstat.Condition{Kind: netstat.WhereAll}
			}
			return joinConditions(netstat.WhereAll, of)
		})
		parts = append(parts, leafOf(&conditionLeaf{condition, hostText(v.field, prefix, port, anyPort)}))
	}
	n := joinNodes(orNode, parts)
	if negate {
		n = notOf(n)
	}
	return n, nil
}

func hostText(field string, prefix netip.Prefix, port, anyPort ports) string {
	text := field + " = "
	switch {
	case !prefix.IsValid():
		text += "*"
	case prefix.Addr().Is4() && prefix.Bits() == 32:
		text += prefix.Addr().String()
	case prefix.Addr().Is4():
		text += prefix.String()
	default:
		text += "[" + prefix.Addr().String() + "]"
		if prefix.Bits() < 128 {
			text += "/" + strconv.Itoa(prefix.Bits())
		}
	}
	if port != anyPort {
		text += ":" + port.String()
	}
	return text
}

// splitHost splits HOST[:PORT] as ss does; the brackets stay with the host. An
// IPv6 address may do without them: the port then follows the last colon, or the
// one behind the bits of a prefix. A port that is empty is any.
func splitHost(s string) (host, port, reason string) {
	colon := strings.LastIndexByte(s, ':')
	from := 0
	if s[0] == '[' {
		if from = strings.IndexByte(s, ']'); from < 0 {
			return "", "", "this bracket is not closed"
		}
	} else if from = strings.IndexByte(s, '/'); from < 0 {
		from = 0
	}
	if colon < from {
		return s, "", ""
	}
	host, port = s[:colon], s[colon+1:]
	if s[0] != '[' && strings.IndexByte(host, ':') >= 0 {
		if _, err := netip.ParseAddr(host); err != nil && from == 0 {
			if _, err := netip.ParseAddr(s); err == nil {
				return "", "", "an IPv6 address needs brackets or the bits of a prefix, as in [::1]:80 or ::1/128"
			}
		}
	}
	return host, port, ""
}

// prefixes reads an address, with a prefix length or without, or the name of a
// host; an invalid prefix stands for every address.
func (v *value) prefixes(family netstat.Family, s string) ([]netip.Prefix, string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		inside, bits, _ := strings.Cut(rest, "]")
		if bits != "" && (bits[0] != '/' || strings.IndexByte(inside, '/') >= 0) {
			return nil, "not understood behind the bracket"
		}
		s = inside + bits
	}
	switch s {
	case "", "*", "any", "all", "default":
		return []netip.Prefix{{}}, ""
	}
	if strings.IndexByte(s, ':') >= 0 {
		prefix, reason := prefix6(s)
		if reason == "" && family == netstat.Inet {
			reason = "no IPv4 address"
		}
		return []netip.Prefix{prefix}, reason
	}
	address, _, _ := strings.Cut(s, "/")
	if s[0] >= '0' && s[0] <= '9' && strings.Trim(address, "0123456789.") == "" {
		prefix, reason := prefix4(s)
		if reason == "" && family == netstat.Inet6 {
			reason = "no IPv6 address"
		}
		return []netip.Prefix{prefix}, reason
	}
	if strings.ContainsAny(s, "/%") {
		return nil, "no address"
	}
	if v.env.Host == nil {
		return nil, "no address, and names of hosts are not looked up"
	}
	addrs, err := v.env.Host(s)
	if err != nil {
		return nil, "no address for this name: " + printable(err.Error())
	}
	var list []netip.Prefix
	for _, a := range addrs {
		a = a.Unmap().WithZone("")
		if family == netstat.Inet && !a.Is4() || family == netstat.Inet6 && a.Is4() {
			continue
		}
		list = append(list, netip.PrefixFrom(a, a.BitLen()))
	}
	if len(list) == 0 {
		return nil, "no address for this name"
	}
	return list, ""
}

// prefix6 reads "ADDRESS" or "ADDRESS/BITS".
func prefix6(s string) (netip.Prefix, string) {
	text, bitsText, hasBits := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil || addr.Is4():
		return netip.Prefix{}, "no IPv6 address"
	case addr.Zone() != "":
		return netip.Prefix{}, "an address has no zone here: use dev"
	}
	return prefixOf(addr, bitsText, hasBits)
}

// prefix4 reads an IPv4 address whose last parts may be missing, which are 0,
// and bits of a prefix.
func prefix4(s string) (netip.Prefix, string) {
	text, bitsText, hasBits := strings.Cut(s, "/")
	if !hasBits && !strings.Contains(text, ".") {
		return netip.Prefix{}, "no address; a port has a colon before it"
	}
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Prefix{}, "no IPv4 address"
	}
	var a [4]byte
	for i, part := range parts {
		n, reason := number(part, 255)
		if reason != "" {
			return netip.Prefix{}, "no IPv4 address"
		}
		a[i] = byte(n)
	}
	return prefixOf(netip.AddrFrom4(a), bitsText, hasBits)
}

func prefixOf(a netip.Addr, bitsText string, hasBits bool) (netip.Prefix, string) {
	bits := uint64(a.BitLen())
	if hasBits {
		var reason string
		if bits, reason = prefixLength(bitsText, bits); reason != "" {
			return netip.Prefix{}, "no prefix length: " + reason
		}
	}
	return netip.PrefixFrom(a, int(bits)).Masked(), ""
}

// prefixLength reads a number as ss does there: after a plus sign or none, and in octal
// after a leading 0.
func prefixLength(s string, limit uint64) (uint64, string) {
	s = strings.TrimPrefix(s, "+")
	if digits := strings.TrimLeft(s, "0"); digits != s && strings.Trim(digits, "01234567") == "" {
		n, err := strconv.ParseUint("0"+digits, 8, 64)
		if err != nil || n > limit {
			return 0, "at most " + strconv.FormatUint(limit, 10)
		}
		return n, ""
	}
	return number(s, limit)
}

// parseDevice reads the name or index of an interface.
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

// parseMark reads MARK[/MASK].
func parseMark(v *value) (node, *Error) {
	markText, maskText, hasMask := strings.Cut(v.token.text, "/")
	mark, reason := number(markText, 1<<32-1)
	mask := uint64(1<<32 - 1)
	if reason == "" && hasMask {
		mask, reason = number(maskText, 1<<32-1)
	}
	if reason != "" {
		return v.fail("no mark: " + reason)
	}
	text := "fwmark = 0x" + strconv.FormatUint(mark, 16)
	if hasMask {
		text += "/0x" + strconv.FormatUint(mask, 16)
	}
	return v.leaf(&conditionLeaf{&netstat.Condition{Kind: netstat.WhereMark, Number: mark, Mask: uint32(mask)}, text})
}

// parseCgroup reads the path of a control group.
func parseCgroup(v *value) (node, *Error) {
	if v.env.Cgroup == nil {
		return v.fail("this system has no control groups")
	}
	id, err := v.env.Cgroup(v.token.text)
	if err != nil {
		return v.fail(printable(err.Error()))
	}
	return v.leaf(&conditionLeaf{
		&netstat.Condition{Kind: netstat.WhereCgroup, Number: id},
		string(appendWord([]byte("cgroup = "), v.token.text)),
	})
}

// parseAutobound reads a flag.
func parseAutobound(v *value) (node, *Error) {
	set, ok := flagNamed(v.token.text)
	if !ok {
		return v.fail("yes or no is expected here")
	}
	n, err := v.leaf(autoboundLeaf{})
	if !set {
		n = notOf(n)
	}
	return n, err
}

// flagNamed reads a value of a flag; ok is false for one that is none.
func flagNamed(name string) (set, ok bool) {
	switch strings.ToLower(name) {
	case "yes", "true", "on", "1":
		return true, true
	case "no", "false", "off", "0":
		return false, true
	}
	return false, false
}
