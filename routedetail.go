package netstat

import (
	"net/netip"
	"strconv"
	"time"
)

// RouteDetail holds what the classic texts do not show of a route (RTM_NEWROUTE of
// rtnetlink(7)). It is immutable once delivered.
type RouteDetail struct {
	Type RouteType
	// Table is the number of the routing table, TableName its name: that of rt_tables, or
	// "" if it has none.
	Table     uint32
	TableName string
	// VRF is the name of the VRF device that has this table; of several the names with
	// commas between. It is "" for none.
	VRF      string
	Protocol RouteProtocol
	Scope    RouteScope
	// TOS is the type of service that packets must have; 0 for any.
	TOS uint8
	// Preference is the router preference of an IPv6 route (RFC 4191).
	Preference RoutePreference
	// PreferredSource is the source address for packets of this host; zero for none.
	PreferredSource netip.Addr
	// NextHops lists every next hop. A route that drops packets has none, or only the
	// interface that the kernel lists.
	NextHops []NextHop
	// NextHopID is the number of the next-hop object that the route uses; 0 for none.
	NextHopID uint32
	// Metrics are the metrics that are set, and Locked those that path MTU discovery and
	// others must not change.
	Metrics RouteMetrics
	Locked  RouteMetricSet
	// CongestionControl is the name of the algorithm for new connections; "" for none.
	CongestionControl string
	// Expires is the time until the route expires. It is valid if Temporary is set.
	Expires   time.Duration
	Temporary bool
	// SourceRealm and Realm are the realms of IPv4 (RTA_FLOW); 0 for none.
	SourceRealm, Realm uint16
	// Offloaded, OffloadFailed and Trapped report whether hardware forwards the route, failed
	// to take it, or passes its packets to the kernel.
	Offloaded, OffloadFailed, Trapped bool
	// Windows is nil on other systems. Windows has one table and no scopes: Table and Scope
	// mean nothing then.
	Windows *WindowsRoute
}

// NextHop is one next hop of a route.
type NextHop struct {
	// Gateway is the address of the next host, of either family; zero if the destination
	// is on the link.
	Gateway netip.Addr
	// Index and Interface are the number and the name of the interface.
	Index     uint32
	Interface string
	// Weight is the share of the traffic, from 1, where there are several hops.
	Weight uint32
	Flags  NextHopFlags
	// Realm and SourceRealm are the realms of this hop; 0 for none.
	SourceRealm, Realm uint16
	// Encap is how packets are encapsulated; "" for not at all. EncapTarget is where to:
	// the address of a tunnel's end, MPLS labels with "/" between, or the addresses of
	// segment routing with "," between, if known.
	Encap, EncapTarget string
}

// NextHopFlags are properties of a next hop (RTNH_F_… of include/uapi/linux/rtnetlink.h).
type NextHopFlags uint8

const (
	NextHopDead       NextHopFlags = 1 << iota // its interface is down
	NextHopPervasive                           // the gateway is looked up recursively
	NextHopOnLink                              // the gateway is on the link whatever its address
	NextHopOffloaded                           // hardware forwards to it
	NextHopLinkDown                            // the link has no carrier
	NextHopUnresolved                          // a multicast route that is being resolved
	NextHopTrapped                             // hardware passes its packets to the kernel
)

// RouteType is what a route does with packets. The zero value is unknown. The other
// values are those of RTN_… plus nothing.
type RouteType uint8

const (
	RouteTypeUnknown RouteType = iota
	RouteUnicast
	RouteToLocal
	RouteToBroadcast
	RouteToAnycast
	RouteToMulticast
	RouteBlackhole
	RouteToUnreachable
	RouteProhibit
	RouteThrow
	RouteNAT
)

var routeTypes = [...]string{
	"unknown", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat",
}

// String returns the name that ip-route(8) uses.
func (t RouteType) String() string { return routeTypes[min(int(t), len(routeTypes)-1)] }

// Drops reports whether the route drops or rejects packets.
func (t RouteType) Drops() bool {
	return t == RouteBlackhole || t == RouteToUnreachable || t == RouteProhibit
}

// RouteProtocol is who made a route: a number of RTPROT_…
type RouteProtocol uint8

var routeProtocols = [...]struct {
	number RouteProtocol
	name   string
}{
	{0, "unspec"}, {1, "redirect"}, {2, "kernel"}, {3, "boot"}, {4, "static"}, {8, "gated"}, {9, "ra"}, {10, "mrt"}, {11, "zebra"},
	{12, "bird"}, {13, "dnrouted"}, {14, "xorp"}, {15, "ntk"}, {16, "dhcp"}, {17, "mrouted"}, {18, "keepalived"}, {42, "babel"},
	{99, "openr"}, {186, "bgp"}, {187, "isis"}, {188, "ospf"}, {189, "rip"}, {192, "eigrp"},
}

// String returns the name of include/uapi/linux/rtnetlink.h in lower case, or the number.
func (p RouteProtocol) String() string {
	if name := p.Name(); name != "" {
		return name
	}
	return strconv.Itoa(int(p))
}

// Name is String, but returns "" for a number without a name.
func (p RouteProtocol) Name() string {
	for i := range routeProtocols {
		if routeProtocols[i].number == p {
			return routeProtocols[i].name
		}
	}
	return ""
}

// ParseRouteProtocol is the reverse of String.
func ParseRouteProtocol(s string) (RouteProtocol, bool) {
	for i := range routeProtocols {
		if routeProtocols[i].name == s {
			return routeProtocols[i].number, true
		}
	}
	n, err := strconv.ParseUint(s, 10, 8)
	return RouteProtocol(n), err == nil
}

// RouteScope is how far the destination is: a number of RT_SCOPE_…
type RouteScope uint8

var routeScopes = [...]struct {
	number RouteScope
	name   string
}{{0, "global"}, {200, "site"}, {253, "link"}, {254, "host"}, {255, "nowhere"}}

// String returns the name that ip-route(8) uses, or the number.
func (s RouteScope) String() string {
	if name := s.Name(); name != "" {
		return name
	}
	return strconv.Itoa(int(s))
}

// Name is String, but returns "" for a number without a name.
func (s RouteScope) Name() string {
	for i := range routeScopes {
		if routeScopes[i].number == s {
			return routeScopes[i].name
		}
	}
	return ""
}

// ParseRouteScope is the reverse of String.
func ParseRouteScope(s string) (RouteScope, bool) {
	for i := range routeScopes {
		if routeScopes[i].name == s {
			return routeScopes[i].number, true
		}
	}
	n, err := strconv.ParseUint(s, 10, 8)
	return RouteScope(n), err == nil
}

// RoutePreference is the router preference of RFC 4191. The zero value means none, as for
// IPv4.
type RoutePreference uint8

const (
	PreferenceNone RoutePreference = iota
	PreferenceLow
	PreferenceMedium
	PreferenceHigh
)

var routePreferences = [...]string{"", "low", "medium", "high"}

// String returns the name, or "" for PreferenceNone.
func (p RoutePreference) String() string {
	return routePreferences[min(int(p), len(routePreferences)-1)]
}

// RouteMetric names a number in RouteMetrics (RTAX_… of include/uapi/linux/rtnetlink.h).
// The numbers may change between versions of this package; the names do not.
type RouteMetric uint8

const (
	MetricMTU RouteMetric = iota
	MetricWindow
	MetricRTT    // microseconds
	MetricRTTVar // microseconds
	MetricSSThresh
	MetricCWnd
	MetricAdvMSS
	MetricReordering
	MetricHopLimit
	MetricInitCWnd
	MetricFeatures
	MetricRTOMin // microseconds
	MetricInitRWnd
	MetricQuickAck
	MetricFastOpenNoCookie
	// RouteMetricCount is the number of metrics.
	RouteMetricCount
)

var routeMetricNames = [RouteMetricCount]string{
	"mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd", "advmss", "reordering", "hoplimit", "initcwnd", "features", "rto_min",
	"initrwnd", "quickack", "fastopen_no_cookie",
}

// String returns the kernel's name of the metric in lower case.
func (m RouteMetric) String() string { return routeMetricNames[min(m, RouteMetricCount-1)] }

// RouteMetricSet is a set of metrics.
type RouteMetricSet uint32

// Has reports whether the set contains m.
func (s RouteMetricSet) Has(m RouteMetric) bool { return s>>m&1 != 0 }

// RouteMetrics holds the metrics of a route. The zero value has none.
type RouteMetrics struct {
	Known  RouteMetricSet
	Values [RouteMetricCount]uint32
}

// Set sets a metric.
func (m *RouteMetrics) Set(metric RouteMetric, value uint32) {
	m.Known |= 1 << metric
	m.Values[metric] = value
}

// Value returns a metric; ok is false if it is not set.
func (m *RouteMetrics) Value(metric RouteMetric) (value uint32, ok bool) {
	return m.Values[metric], m.Known.Has(metric)
}
