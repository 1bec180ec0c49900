package schema

import (
	"strconv"
	"time"

	"netstat"
)

var (
	nextHopFlags = []string{"dead", "pervasive", "onlink", "offload", "linkdown", "unresolved", "trap"}
	// routeTypeNames and preferenceNames are indexed by their types.
	routeTypeNames = []string{
		"", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat",
	}
	preferenceNames = []string{"", "low", "medium", "high"}

	windowsProtocols = ownNames{fill: func() []string { return namesTo(netstat.WindowsRouteStaticNonDOD) }}
	routeOrigins     = ownNames{fill: func() []string { return namesTo(netstat.RouteOrigin6to4) }}
)

// routeDetailFields are the fields of a RouteDetail, which are fields of the route. The
// first one is "windows" on Windows and "table_id" elsewhere: every detail has one of
// them.
func routeDetailFields(f *fields, d *netstat.RouteDetail) {
	windowsRouteFields(f, &d.Windows)
	if d.Windows == nil {
		number(f, "table_id", &d.Table, true)
		text(f, "table", &d.TableName)
		text(f, "vrf", &d.VRF)
	}
	named(f, "type", routeTypeNames, &d.Type)
	parsed(f, "protocol", &d.Protocol, netstat.ParseRouteProtocol)
	if d.Windows == nil {
		parsed(f, "scope", &d.Scope, netstat.ParseRouteScope)
	}
	number(f, "tos", &d.TOS, false)
	named(f, "preference", preferenceNames, &d.Preference)
	ip(f, "preferred_source", &d.PreferredSource)
	objects(f, "next_hops", &d.NextHops, nextHopFields)
	number(f, "next_hop_id", &d.NextHopID, false)
	routeMetricFields(f, "metrics", &d.Metrics)
	metricSet(f, "locked", &d.Locked)
	text(f, "congestion_control", &d.CongestionControl)
	switch {
	case f.r == nil:
		if d.Temporary {
			f.b = appendSeconds(f.b, "expires", d.Expires)
		}
	case f.at("expires"):
		d.Temporary, d.Expires = true, f.r.Seconds()
	}
	number(f, "source_realm", &d.SourceRealm, false)
	number(f, "realm", &d.Realm, false)
	flag(f, "offloaded", &d.Offloaded, false)
	flag(f, "offload_failed", &d.OffloadFailed, false)
	flag(f, "trapped", &d.Trapped, false)
}

// windowsRouteFields is the object "windows"; omitted if nil.
func windowsRouteFields(f *fields, p **netstat.WindowsRoute) {
	if f.r == nil {
		if w := *p; w != nil {
			f.open("windows")
			windowsRoute(f, w)
			f.close()
		}
		return
	}
	if !f.at("windows") {
		return
	}
	w := new(netstat.WindowsRoute)
	readFields(f.r, func(f *fields) { windowsRoute(f, w) })
	*p = w
}

func windowsRoute(f *fields, w *netstat.WindowsRoute) {
	named(f, "protocol", windowsProtocols.names(), &w.Protocol)
	named(f, "origin", routeOrigins.names(), &w.Origin)
	number(f, "metric", &w.RouteMetric, true)
	present(f, "interface_metric", &w.HasInterfaceMetric, &w.InterfaceMetric)
	switch {
	case f.r == nil:
		f.b = appendSeconds(f.b, "age", w.Age)
	case f.at("age"):
		w.Age = f.r.Seconds()
	}
	lifetime(f, "preferred", &w.Preferred, &w.PreferredLimited)
	flag(f, "loopback", &w.Loopback, false)
	flag(f, "autoconfigure", &w.Autoconfigure, false)
	flag(f, "published", &w.Published, false)
	flag(f, "immortal", &w.Immortal, false)
}

func nextHopFields(f *fields, h *netstat.NextHop) {
	ip(f, "gateway", &h.Gateway)
	text(f, "interface", &h.Interface)
	number(f, "index", &h.Index, false)
	number(f, "weight", &h.Weight, false)
	flagNames(f, "flags", nextHopFlags, &h.Flags)
	number(f, "source_realm", &h.SourceRealm, false)
	number(f, "realm", &h.Realm, false)
	text(f, "encap", &h.Encap)
	text(f, "encap_target", &h.EncapTarget)
}

// flagNames is a list of the names of the bits that are set; omitted if none is.
func flagNames[T ~uint8 | ~uint32](f *fields, name string, names []string, p *T) {
	switch {
	case f.r == nil:
		f.b = appendNames(f.b, name, uint64(*p), names)
	case f.at(name):
		*p = T(f.r.names(names))
	}
}

// parsed is a field with the name of a number, or the number as text.
func parsed[T interface {
	~uint8
	Name() string
}](f *fields, name string, p *T, parse func(string) (T, bool)) {
	switch {
	case f.r == nil:
		if word := (*p).Name(); word != "" {
			f.b = appendWord(f.b, name, word)
		} else {
			f.b = append(strconv.AppendUint(append(appendKey(f.b, name), '"'), uint64(*p), 10), '"')
		}
	case f.at(name):
		start := f.r.Offset()
		v, ok := parse(f.r.Text())
		if !ok {
			f.r.FailAt(start, "unknown "+name)
		}
		*p = v
	}
}

// metricUnit returns the unit of a metric that is a time.
func metricUnit(m netstat.RouteMetric) time.Duration {
	switch m {
	case netstat.MetricRTT, netstat.MetricRTTVar, netstat.MetricRTOMin:
		return time.Microsecond
	}
	return 0
}

// routeMetricFields is an object with a number for each metric, seconds for times;
// omitted if none is set.
func routeMetricFields(f *fields, name string, p *netstat.RouteMetrics) {
	if f.r == nil {
		if p.Known == 0 {
			return
		}
		f.open(name)
		for m := range netstat.RouteMetricCount {
			value, ok := p.Value(m)
			if !ok {
				continue
			}
			if unit := metricUnit(m); unit != 0 {
				f.b = appendSeconds(f.b, m.String(), time.Duration(value)*unit)
			} else {
				f.b = appendUint(f.b, m.String(), uint64(value))
			}
		}
		f.close()
		return
	}
	if !f.at(name) {
		return
	}
	r := f.r
	r.Object(func(key []byte) {
		for m := range netstat.RouteMetricCount {
			if string(key) != m.String() {
				continue
			}
			if unit := metricUnit(m); unit != 0 {
				start := r.Offset()
				n := r.Seconds() / unit
				if n < 0 || n > 1<<32-1 {
					r.FailAt(start, "time out of range")
					return
				}
				p.Set(m, uint32(n))
			} else {
				p.Set(m, r.uint32())
			}
			return
		}
		r.Skip()
	})
}

// metricSet is a list of the names of metrics; omitted if empty.
func metricSet(f *fields, name string, p *netstat.RouteMetricSet) {
	switch {
	case f.r != nil && f.at(name):
		names := make([]string, netstat.RouteMetricCount)
		for m := range netstat.RouteMetricCount {
			names[m] = m.String()
		}
		*p = netstat.RouteMetricSet(f.r.names(names))
	case f.r == nil && *p != 0:
		f.openList(name)
		for m := range netstat.RouteMetricCount {
			if !p.Has(m) {
				continue
			}
			if f.b[len(f.b)-1] != '[' {
				f.b = append(f.b, ',')
			}
			f.b = append(append(append(f.b, '"'), m.String()...), '"')
		}
		f.closeList()
	}
}
