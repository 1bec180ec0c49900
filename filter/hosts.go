package filter

import (
	"net/netip"
	"strconv"
	"strings"

	"netstat"
)

// parseHost parses the value of src and dst: [FAMILY:]ADDRESS[:PORT].
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
		return v.anyHost(s)
	case family == netstat.Inet || family == netstat.Inet6:
		return v.ofFamily(family, func(v *value) (node, *Error) { return v.inetHost(family, s) })
	case s == "":
		return v.fail("an address is missing")
	case inParts(family):
		return v.partHost(family, s)
	}
	return v.namedHost(family, s)
}

// anyHost parses an end without the name of a family: one of an IP socket, or one of a
// packet or netlink socket as tables show it.
func (v *value) anyHost(s string) (node, *Error) {
	n, err := v.inetHost(netstat.FamilyNone, s)
	if err == nil {
		return n, nil
	}
	if family := shownFamily(s); family != netstat.FamilyNone {
		if n, err := v.partHost(family, s); err == nil {
			return n, nil
		}
	}
	if err.Offset == v.token.offset && !strings.ContainsAny(s, "/[%.") {
		err.Reason += " (of another family: FAMILY:NAME)"
	}
	return n, err
}

// shownFamily returns the family of an end as tables show it, if its first part
// identifies the family: a frame type or a netlink protocol.
func shownFamily(s string) netstat.Family {
	name, port, ok := strings.Cut(s, ":")
	switch {
	case !ok || port == "" || strings.Contains(port, ":"):
	case name == "*", strings.EqualFold(name, "all"), len(name) > 2 && name[0] == '[' && strings.Trim(name[1:len(name)-1], "0123456789") == "":
		return netstat.Packet
	default:
		if _, known := netstat.NetlinkProtocolNamed(name); known {
			return netstat.Netlink
		}
		if _, known := netstat.EtherTypeNamed(name); known {
			return netstat.Packet
		}
	}
	return netstat.FamilyNone
}

// familyNamed returns the family with a name; "link" is ss's name for packet sockets.
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

// namedHost parses an endpoint of a family without IP addresses.
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

// inetHost parses an endpoint of an IP socket.
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
	if addr, err := netip.ParseAddr(s); err == nil && addr.Is6() && addr.Zone() == "" && v.named("address") {
		// The field is a column without ports: an address alone is valid too.
		equal := *v
		equal.compare = netstat.CompareEqual
		n, err := equal.hostPort(family, "["+s+"]", "")
		if err != nil {
			return n, err
		}
		if reason == "" {
			if other, err := equal.hostPort(family, host, portText); err == nil {
				n = joinNodes(orNode, []node{n, other})
			}
		}
		if negate {
			n = notOf(n)
		}
		return n, nil
	}
	if reason != "" {
		return v.fail(reason)
	}
	return v.hostPort(family, host, portText)
}

// named reports whether the name of the field, as written, has this suffix.
func (v *value) named(end string) bool { return strings.HasSuffix(strings.ToLower(v.name.text), end) }

// hostPort parses the two parts of an end of an IP socket.
func (v *value) hostPort(family netstat.Family, host, portText string) (node, *Error) {
	negate, failed := v.equality()
	if failed != nil {
		return node{}, failed
	}
	var reason string
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

// splitHost splits HOST[:PORT] as ss does. Brackets remain part of the host. An
// IPv6 address may omit them: the port then follows the last colon, or the
// colon after a prefix length. An empty port means any.
func splitHost(s string) (host, port, reason string) {
	colon := strings.LastIndexByte(s, ':')
	from := 0
	if s[0] == '[' {
		if from = strings.IndexByte(s, ']'); from < 0 {
			return "", "", "bracket is not closed"
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

// prefixes parses an address, with or without a prefix length, or a host name.
// An invalid prefix stands for every address.
func (v *value) prefixes(family netstat.Family, s string) ([]netip.Prefix, string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		inside, bits, _ := strings.Cut(rest, "]")
		if bits != "" && (bits[0] != '/' || strings.IndexByte(inside, '/') >= 0) {
			return nil, "unexpected after the bracket"
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
			reason = "not an IPv4 address"
		}
		return []netip.Prefix{prefix}, reason
	}
	address, _, _ := strings.Cut(s, "/")
	if s[0] >= '0' && s[0] <= '9' && strings.Trim(address, "0123456789.") == "" {
		prefix, reason := prefix4(s)
		if reason == "" && family == netstat.Inet6 {
			reason = "not an IPv6 address"
		}
		return []netip.Prefix{prefix}, reason
	}
	if strings.ContainsAny(s, "/%") {
		return nil, "not an address"
	}
	if v.env.Host == nil {
		return nil, "not an address (host names cannot be looked up here)"
	}
	addrs, err := v.env.Host(s)
	if err != nil {
		return nil, "name has no address: " + printable(err.Error())
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
		return nil, "name has no address"
	}
	return list, ""
}

// prefix6 parses "ADDRESS" or "ADDRESS/BITS".
func prefix6(s string) (netip.Prefix, string) {
	text, bitsText, hasBits := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(text)
	switch {
	case err != nil || addr.Is4():
		return netip.Prefix{}, "not an IPv6 address"
	case addr.Zone() != "":
		return netip.Prefix{}, "an address takes no zone here: use dev"
	}
	return prefixOf(addr, bitsText, hasBits)
}

// prefix4 parses an IPv4 address, whose last parts may be omitted and are then
// 0, and an optional prefix length.
func prefix4(s string) (netip.Prefix, string) {
	text, bitsText, hasBits := strings.Cut(s, "/")
	if !hasBits && !strings.Contains(text, ".") {
		return netip.Prefix{}, "not an address (a port needs a colon before it)"
	}
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Prefix{}, "not an IPv4 address"
	}
	var a [4]byte
	for i, part := range parts {
		n, reason := number(part, 255)
		if reason != "" {
			return netip.Prefix{}, "not an IPv4 address"
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
			return netip.Prefix{}, "bad prefix length: " + reason
		}
	}
	return netip.PrefixFrom(a, int(bits)).Masked(), ""
}

// prefixLength parses a prefix length as ss does: with an optional plus sign,
// and in octal after a leading 0.
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
