package schema

import (
	"math"
	"net/netip"

	"netstat"
)

// AppendMembership appends a multicast group of an interface.
func AppendMembership(b []byte, f netstat.Family, m *netstat.Membership) []byte {
	b = appendWord(append(b, '{'), "family", f.String())
	b = AppendText(b, "interface", m.Interface)
	b = appendCount(b, "index", uint64(m.Index))
	b = appendIP(b, "group", m.Group)
	return append(appendInt(b, "users", int64(m.Users)), '}')
}

// Membership reads what AppendMembership wrote.
func (r *Reader) Membership() netstat.Membership {
	var m netstat.Membership
	var name ExactText
	r.Object(func(key []byte) {
		switch string(key) {
		case "index":
			m.Index = r.uint32()
		case "group":
			m.Group = r.IP()
		case "users":
			m.Users = r.Int()
		default:
			r.textOrSkip(key, "interface", &name)
		}
	})
	m.Interface = name.s
	return m
}

// AppendCounter appends a counter of a family.
func AppendCounter(b []byte, f netstat.Family, c *netstat.Counter) []byte {
	b = appendWord(append(b, '{'), "family", f.String())
	b = AppendText(b, "group", c.Group)
	b = AppendText(b, "name", c.Name)
	if c.Name != "" || c.Value != 0 {
		b = appendUint(b, "value", c.Value)
	}
	return append(appendUint(b, "part", uint64(c.Part)), '}')
}

// Counter reads what AppendCounter wrote.
func (r *Reader) Counter() netstat.Counter {
	var c netstat.Counter
	var group, name ExactText
	r.Object(func(key []byte) {
		switch string(key) {
		case "value":
			c.Value = r.Uint(math.MaxUint64)
		case "part":
			c.Part = r.uint32()
		default:
			if !r.TextField(key, "group", &group) {
				r.textOrSkip(key, "name", &name)
			}
		}
	})
	c.Group, c.Name = group.s, name.s
	return c
}

// appendPrefix appends an address and the length of its network.
func appendPrefix(b []byte, address, length string, p netip.Prefix) []byte {
	b = appendIP(b, address, p.Addr())
	if p.Bits() >= 0 {
		b = appendUint(b, length, uint64(p.Bits()))
	}
	return b
}

// prefixFields are the two fields of a prefix while its object is read.
type prefixFields struct {
	ip     netip.Addr
	length int // plus one, 0 for none
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

// prefix puts the two together; one that is too long for its address is none.
func (p *prefixFields) prefix() netip.Prefix {
	if !p.ip.IsValid() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(p.ip, p.length-1)
}

// AppendRoute appends a route.
func AppendRoute(b []byte, route *netstat.Route) []byte {
	b = appendWord(append(b, '{'), "family", route.Family.String())
	b = appendPrefix(b, "destination", "prefix_length", route.Destination)
	b = appendPrefix(b, "source", "source_prefix_length", route.Source)
	b = appendIP(b, "gateway", route.Gateway)
	b = appendSet(b, "flags", uint64(route.Flags), routeFlags)
	if route.Metric != netstat.DefaultMetric {
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
		b = append(appendKey(b, "cached"), '{')
		b = appendUint(b, "tos", uint64(c.TOS))
		b = appendInt(b, "link_layer_references", int64(c.LinkLayerRefs))
		b = appendInt(b, "link_layer_valid", int64(c.LinkLayerValid))
		b = append(appendIP(b, "preferred_source", c.PreferredSource), '}')
	}
	return append(b, '}')
}

// Route reads what AppendRoute wrote.
func (r *Reader) Route() netstat.Route {
	route := netstat.Route{Metric: netstat.DefaultMetric}
	var destination, source prefixFields
	var name ExactText
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
			route.Metric = r.uint32()
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
			route.Cached = r.cachedRoute()
		default:
			r.textOrSkip(key, "interface", &name)
		}
	})
	route.Destination, route.Source = destination.prefix(), source.prefix()
	route.Interface = name.s
	return route
}

func (r *Reader) cachedRoute() *netstat.CachedRoute {
	c := new(netstat.CachedRoute)
	r.Object(func(key []byte) {
		switch string(key) {
		case "tos":
			c.TOS = r.uint32()
		case "link_layer_references":
			c.LinkLayerRefs = r.Int()
		case "link_layer_valid":
			c.LinkLayerValid = r.Int()
		case "preferred_source":
			c.PreferredSource = r.IP()
		default:
			r.Skip()
		}
	})
	return c
}
