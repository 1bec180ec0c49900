package netstat

import (
	"errors"
	"net/netip"
)

// Route is one row of a routing table: a plain value, safe to keep. Unknown fields are
// zero.
type Route struct {
	Family Family
	// Destination is the destination network. Bits of its address beyond the prefix
	// length may be set.
	Destination netip.Prefix
	// Source is the network that packets must come from; zero for any.
	Source netip.Prefix
	// Gateway is the next hop; zero for none. If there are several next hops, Gateway
	// and Interface are those of the first; RouteDetail.NextHops has all. It is zero for
	// a next hop of another family, unless Detail is set.
	Gateway netip.Addr
	Flags   RouteFlags
	// Metric orders routes to the same destination, lowest first. It is meaningless if
	// InterfaceMetric is set: the metric is then that of the interface.
	Metric          uint32
	InterfaceMetric bool
	// RefCount is the number of references to the route, Use the number of lookups.
	// Linux no longer counts them for IPv4.
	RefCount, Use uint32
	// MTU is the MTU that the system shows, in bytes; 0 if not set. On Linux it is the
	// route's largest TCP segment plus 40 for IPv4. For a cached route it is the path
	// MTU.
	MTU uint32
	// Window is the TCP window limit in bytes; 0 if not set.
	Window uint32
	// RTT is the initial round-trip time in milliseconds; 0 if not set.
	RTT uint32
	// Interface is the name of the outgoing interface; empty for none. Users choose it:
	// pass it through ascii.AppendSafe before printing it on a terminal.
	Interface string
	// Index is the system's number of that interface; 0 if unknown.
	Index uint32
	// Cached holds the fields that only rows of the IPv4 routing cache have; nil for
	// others. It is immutable once delivered.
	Cached *CachedRoute
	// Detail is what the classic texts do not show. It is nil unless RouteQuery.Details
	// was set and the system tells it. It is immutable, unless RouteQuery.Reuse was set.
	Detail *RouteDetail
}

// CachedRoute holds the fields of a row of /proc/net/rt_cache beyond those of Route.
// Linux 3.6 removed that cache; it still keeps what it learns of paths (MTU,
// redirects), without these fields.
type CachedRoute struct {
	TOS uint32
	// LinkLayerRefs is the reference count of the cached link-layer header, -1 for
	// none. LinkLayerValid is nonzero if that header is up to date.
	LinkLayerRefs, LinkLayerValid int32
	// PreferredSource is the local address of the path (rt_spec_dst).
	PreferredSource netip.Addr
}

// RouteFlags are properties of a route. The numbers are defined by this package. The
// first group is for routes (include/uapi/linux/route.h and ipv6_route.h), the second
// for the IPv4 routing cache (in_route.h).
type RouteFlags uint64

const (
	RouteUp          RouteFlags = 1 << iota // in use
	RouteGateway                            // uses Gateway
	RouteHost                               // leads to one host
	RouteReinstate                          // reinstated after a timeout
	RouteDynamic                            // created by a redirect
	RouteModified                           // changed by a redirect or by path MTU discovery
	RouteFixedMTU                           // has its own MTU
	RouteFixedWindow                        // has its own window
	RouteFixedRTT                           // has its own round-trip time
	RouteReject                             // rejects packets
	RouteNotCached                          // must not be cached
	RouteDefault                            // default route learned from a router
	RouteAllOnLink                          // every destination is on this link
	RouteAutoconf                           // learned by address autoconfiguration
	RouteNoNextHop                          // has no next hop
	RouteExpires                            // expires
	RouteCached                             // cache entry
	RouteFlow                               // for one flow
	RoutePolicy                             // created by a policy
	RouteLocal                              // local address of this host

	RouteDead        // the next hop is dead
	RouteOnLink      // the next hop is on this link
	RouteNotify      // changes are notified
	RouteDirectDst   // the destination is reached directly
	RouteTProxy      // transparent proxy
	RouteFast        // may use the fast forwarding path
	RouteMasquerade  // masqueraded
	RouteSNAT        // source address is translated
	RouteDoRedirect  // a redirect must be sent
	RouteDirectSrc   // the source is on this link
	RouteDNAT        // destination address is translated
	RouteBroadcast   // leads to a broadcast address
	RouteMulticast   // leads to a multicast group
	RouteUnreachable // rejected as unreachable
)

// Has reports whether all given flags are set.
func (f RouteFlags) Has(flags RouteFlags) bool { return f&flags == flags }

// RouteQuery selects one routing table.
type RouteQuery struct {
	Family Family
	// Cache selects the routing cache (learned path MTUs and redirects) instead of the
	// table.
	Cache bool
	// Persistent selects the routes restored at boot instead of the table. Only Windows
	// keeps such a list; other systems return an error that wraps
	// errors.ErrUnsupported.
	Persistent bool
	// Details requests Route.Detail. A route with several next hops is then one row for
	// IPv6 too, and MTU, Window and RTT are those of the metrics.
	Details bool
	// Table is the number of the table to read, AllTables for every table. 0 means the
	// tables of the classic texts: on Linux the main table for IPv4, every table for
	// IPv6. It needs Details.
	Table uint32
	// Reuse permits to overwrite Route.Detail with that of the next row.
	Reuse bool
	// Report, if not nil, is called during iteration for warnings, as [Need.Report] is.
	Report func(*OpError)
}

// Numbers of Linux's routing tables, and AllTables for all of them.
const (
	DefaultRouteTable = 253
	MainRouteTable    = 254
	LocalRouteTable   = 255
	AllTables         = 1<<32 - 1
)

// ErrNoRoutes means that the system has no routing table at all, as opposed to an empty
// one. Linux creates a namespace's table with its first route.
var ErrNoRoutes = errors.New("no routing table")

// MissingColumnError means that a table's file lacks a required column.
type MissingColumnError struct{ File, Column string }

func (e *MissingColumnError) Error() string { return e.File + " has no column " + e.Column }
