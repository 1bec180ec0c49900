package schema

import (
	"net/netip"

	"netstat"
)

// AppendMembership appends a multicast group of an interface as an object.
func AppendMembership(b []byte, family netstat.Family, m *netstat.Membership) []byte {
	f := fields{b: appendWord(append(b, '{'), "family", family.String())}
	membershipFields(&f, m)
	return append(f.b, '}')
}

// Membership reads what AppendMembership wrote.
func (r *Reader) Membership() netstat.Membership {
	var m netstat.Membership
	readFields(r, func(f *fields) { membershipFields(f, &m) })
	return m
}

func membershipFields(f *fields, m *netstat.Membership) {
	text(f, "interface", &m.Interface)
	number(f, "index", &m.Index, false)
	ip(f, "group", &m.Group)
	signed(f, "users", &m.Users, true)
}

// AppendCounter appends a counter of a family as an object, without the family if that is
// FamilyNone.
func AppendCounter(b []byte, family netstat.Family, c *netstat.Counter) []byte {
	b = append(b, '{')
	if family != netstat.FamilyNone {
		b = appendWord(b, "family", family.String())
	}
	f := fields{b: b}
	counterFields(&f, c)
	return append(f.b, '}')
}

// Counter reads what AppendCounter wrote.
func (r *Reader) Counter() netstat.Counter {
	var c netstat.Counter
	readFields(r, func(f *fields) { counterFields(f, &c) })
	return c
}

func counterFields(f *fields, c *netstat.Counter) {
	text(f, "group", &c.Group)
	text(f, "name", &c.Name)
	number(f, "value", &c.Value, c.Name != "")
	number(f, "part", &c.Part, true)
}

// appendPrefix appends an address and the prefix length of its network.
func appendPrefix(b []byte, address, length string, p netip.Prefix) []byte {
	b = appendIP(b, address, p.Addr())
	if p.Bits() >= 0 {
		b = appendUint(b, length, uint64(p.Bits()))
	}
	return b
}

// prefixFields are the two fields of a prefix whose object is being read.
type prefixFields struct {
	ip     netip.Addr
	length int // length plus one; 0 for none
}

func (p *prefixFields) take(r *Reader, key []byte, address, length string) bool {
	switch string(key) {
	case address:
		p.ip = r.IP()
	case length:
		p.length = int(r.Uint(128)) + 1
	default:
		return false
	}
	return true
}

// prefix combines the two fields. It returns the zero Prefix if the length is too long
// for the address.
func (p *prefixFields) prefix() netip.Prefix {
	if !p.ip.IsValid() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(p.ip, p.length-1)
}

// AppendRoute appends a route as an object.
func AppendRoute(b []byte, route *netstat.Route) []byte {
	return appendRest(appendDestination(b, route), route)
}

func appendDestination(b []byte, route *netstat.Route) []byte {
	b = appendWord(append(b, '{'), "family", route.Family.String())
	return appendPrefix(b, "destination", "prefix_length", route.Destination)
}

// appendRest appends the fields after the destination.
func appendRest(b []byte, route *netstat.Route) []byte {
	b = appendPrefix(b, "source", "source_prefix_length", route.Source)
	b = appendIP(b, "gateway", route.Gateway)
	b = appendSet(b, "flags", uint64(route.Flags), routeFlags)
	if !route.InterfaceMetric {
		b = appendUint(b, "metric", uint64(route.Metric))
	}
	b = appendUint(b, "references", uint64(route.RefCount))
	b = appendUint(b, "use", uint64(route.Use))
	b = appendCount(b, "mtu", uint64(route.MTU))
	b = appendCount(b, "window", uint64(route.Window))
	b = appendCount(b, "rtt", uint64(route.RTT))
	b = AppendText(b, "interface", route.Interface)
	b = appendCount(b, "index", uint64(route.Index))
	if c := route.Cached; c != nil {
		f := fields{b: append(appendKey(b, "cached"), '{')}
		cachedFields(&f, c)
		b = append(f.b, '}')
	}
	if route.Detail != nil {
		b = appendFields(b, func(f *fields) { routeDetailFields(f, route.Detail) })
	}
	return append(b, '}')
}

// Route reads what AppendRoute wrote.
func (r *Reader) Route() netstat.Route {
	route := netstat.Route{InterfaceMetric: true}
	var destination, source prefixFields
	var name ExactText
	detail := fields{r: r}
	r.Object(func(key []byte) {
		if destination.take(r, key, "destination", "prefix_length") ||
			source.take(r, key, "source", "source_prefix_length") {
			return
		}
		switch string(key) {
		case "family":
			route.Family = r.Family()
		case "gateway":
			route.Gateway = r.IP()
		case "flags":
			route.Flags = netstat.RouteFlags(r.names(routeFlags))
		case "metric":
			route.Metric, route.InterfaceMetric = r.uint32(), false
		case "references":
			route.RefCount = r.uint32()
		case "use":
			route.Use = r.uint32()
		case "mtu":
			route.MTU = r.uint32()
		case "window":
			route.Window = r.uint32()
		case "rtt":
			route.RTT = r.uint32()
		case "index":
			route.Index = r.uint32()
		case "cached":
			route.Cached = new(netstat.CachedRoute)
			readFields(r, func(f *fields) { cachedFields(f, route.Cached) })
		default:
			if k := string(key); k == "table_id" || k == "windows" {
				route.Detail = new(netstat.RouteDetail)
			}
			if detail.key, detail.taken = key, false; route.Detail != nil {
				routeDetailFields(&detail, route.Detail)
			}
			if !detail.taken {
				r.textOrSkip(key, "interface", &name)
			}
		}
	})
	route.Destination, route.Source = destination.prefix(), source.prefix()
	route.Interface = name.s
	return route
}

func cachedFields(f *fields, c *netstat.CachedRoute) {
	number(f, "tos", &c.TOS, true)
	signed(f, "link_layer_references", &c.LinkLayerRefs, true)
	signed(f, "link_layer_valid", &c.LinkLayerValid, true)
	ip(f, "preferred_source", &c.PreferredSource)
}
