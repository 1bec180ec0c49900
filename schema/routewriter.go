package schema

import (
	"encoding/binary"
	"slices"

	"netstat"
)

// RouteWriter appends routes as AppendRoute does. It remembers what it appended after the
// destination, because most routes of a long table differ only there. The zero value is
// ready to use.
type RouteWriter struct {
	known [1 << routeSlots]*writtenRoute
}

const (
	// routeSlots is the binary logarithm of the number of remembered texts.
	routeSlots = 10
	// routeProbes is the number of slots in which a text may be. Its first slot comes
	// from its hash.
	routeProbes = 8
)

// writtenRoute is a route with the text after its destination.
type writtenRoute struct {
	hash   uint32
	route  netstat.Route
	detail netstat.RouteDetail
	hops   []netstat.NextHop
	text   []byte
}

// Append appends a route as an object.
func (w *RouteWriter) Append(b []byte, route *netstat.Route) []byte {
	d := route.Detail
	if d == nil || d.Temporary || d.Windows != nil || route.Cached != nil {
		return AppendRoute(b, route)
	}
	b = appendDestination(b, route)
	hash := hashRoute(route)
	known := w.slot(hash)
	if known.hash == hash && known.same(route) {
		return append(b, known.text...)
	}
	start := len(b)
	b = appendRest(b, route)
	known.hash = hash
	known.hops = append(known.hops[:0], d.NextHops...)
	known.route, known.detail = *route, *d
	known.detail.NextHops, known.route.Detail = known.hops, nil
	known.text = append(known.text[:0], b[start:]...)
	return b
}

// hashRoute returns a hash of the fields that differ most often between the routes of a
// table.
func hashRoute(route *netstat.Route) uint32 {
	const factor = 0x9e3779b1 // 2^32 over the golden ratio, a prime
	hash := ((route.Metric*factor+route.Index)*factor+route.Detail.Table)*factor + uint32(route.Flags)
	if ip := route.Gateway; ip.IsValid() {
		bytes := ip.As16()
		hash = hash*factor + binary.NativeEndian.Uint32(bytes[12:])
	}
	// The route has the first next hop too.
	for i := 1; i < len(route.Detail.NextHops); i++ {
		hop := &route.Detail.NextHops[i]
		hash = (hash*factor+hop.Index)*factor + hop.Weight
		if ip := hop.Gateway; ip.IsValid() {
			bytes := ip.As16()
			hash = hash*factor + binary.NativeEndian.Uint32(bytes[12:])
		}
	}
	return hash * factor
}

// slot returns the place of a text: where it is, where it can be, or one whose text it
// replaces.
func (w *RouteWriter) slot(hash uint32) *writtenRoute {
	first := hash >> (32 - routeSlots)
	for i := range uint32(routeProbes) {
		at := &w.known[(first+i)%(1<<routeSlots)]
		if *at == nil {
			*at = new(writtenRoute)
			return *at
		}
		if (*at).hash == hash {
			return *at
		}
	}
	return w.known[first]
}

// same reports whether the text after the destination is that of a route with details.
func (w *writtenRoute) same(route *netstat.Route) bool {
	a, d := *route, route.Detail
	a.Destination, a.Detail = w.route.Destination, nil
	o := &w.detail
	return len(w.text) > 0 && a == w.route &&
		d.Type == o.Type && d.Table == o.Table && d.TableName == o.TableName && d.VRF == o.VRF && d.Protocol == o.Protocol && d.Scope == o.Scope &&
		d.TOS == o.TOS && d.Preference == o.Preference && d.PreferredSource == o.PreferredSource && d.NextHopID == o.NextHopID &&
		d.Locked == o.Locked && d.CongestionControl == o.CongestionControl && d.SourceRealm == o.SourceRealm && d.Realm == o.Realm &&
		d.Offloaded == o.Offloaded && d.OffloadFailed == o.OffloadFailed && d.Trapped == o.Trapped &&
		d.Metrics == o.Metrics && slices.Equal(d.NextHops, o.NextHops)
}
