package schema

import (
	"slices"

	"netstat"
)

// RouteWriter appends routes as AppendRoute does. It remembers what it appended after the
// destination, because most routes of a long table differ only there. The zero value is
// ready to use.
type RouteWriter struct {
	known [256]writtenRoute
}

// writtenRoute is a route with the text after its destination.
type writtenRoute struct {
	route  netstat.Route
	detail netstat.RouteDetail
	hops   []netstat.NextHop
	text   []byte
}

// Append appends a route as an object.
func (w *RouteWriter) Append(b []byte, route *netstat.Route) []byte {
	d := route.Detail
	if d == nil || d.Temporary || route.Cached != nil {
		return AppendRoute(b, route)
	}
	hash := route.Metric*31 + route.Index + d.Table
	if ip := route.Gateway; ip.IsValid() {
		bytes := ip.As16()
		hash = hash*31 + uint32(bytes[13])<<16 + uint32(bytes[14])<<8 + uint32(bytes[15])
	}
	known := &w.known[(hash^hash>>8)&0xff]
	b = appendDestination(b, route)
	if known.same(route) {
		return append(b, known.text...)
	}
	start := len(b)
	b = appendRest(b, route)
	known.hops = append(known.hops[:0], d.NextHops...)
	known.route, known.detail = *route, *d
	known.detail.NextHops, known.route.Detail = known.hops, nil
	known.text = append(known.text[:0], b[start:]...)
	return b
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
