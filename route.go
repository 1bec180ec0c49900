package netstat

import (
	"errors"
	"math"
	"net/netip"
)

// Route is one row of a routing table: a plain value, safe to keep. What a
// source does not tell is zero.
type Route struct {
	Family Family
	// Destination is what the route leads to; the bits of its address beyond
	// the length may be set.
	Destination netip.Prefix
	// Source is where packets must come from for the route to apply; zero
	// for anywhere.
	Source netip.Prefix
	// Gateway is the next hop, zero for none. Of several next hops it is the
	// first, as is Interface. A next hop of another family is not shown.
	Gateway netip.Addr
	Flags   RouteFlags
	// Metric orders routes to the same destination, the lowest first.
	// DefaultMetric stands for that of the interface, which a stored route
	// may be left to.
	Metric uint32
	// RefCount and Use count references to the route and lookups of it;
	// Linux no longer counts them for IPv4.
	RefCount, Use uint32
	// MTU is what the system shows as such: on Linux the largest TCP segment
	// set for the route plus 40 for IPv4, in bytes; 0 if it is not set. In a
	// cached route it is the path's MTU.
	MTU uint32
	// Window is the TCP window limit in bytes, 0 if not set.
	Window uint32
	// RTT is the initial round trip time in milliseconds, 0 if not set.
	RTT uint32
	// Interface is the name of the interface packets leave by, empty for
	// none. Users choose it: pass it through ascii.AppendSafe before a
	// terminal sees it.
	Interface string
	// Index is the system's number of that interface, 0 where the source
	// cannot tell.
	Index uint32
	// Cached is what only a row of the IPv4 routing cache has; nil in any
	// other. It is not changed once it is delivered.
	Cached *CachedRoute
}

// DefaultMetric is a Route.Metric that says no more than "the default".
const DefaultMetric = math.MaxUint32

// CachedRoute is what a row of /proc/net/rt_cache has beyond a Route. Linux 3.6
// abolished that cache; what was learnt of paths (their MTU, redirects) is
// still kept, without these facts.
type CachedRoute struct {
	TOS uint32
	// LinkLayerRefs counts references to the cached link layer header, -1
	// for none; LinkLayerValid tells whether that is up to date.
	LinkLayerRefs, LinkLayerValid int32
	// PreferredSource is the local address of the path (rt_spec_dst).
	PreferredSource netip.Addr
}

// RouteFlags say what a route is. The numbers are this package's own. The first
// group is that of routes (include/uapi/linux/route.h and ipv6_route.h), the
// second that of the IPv4 routing cache (in_route.h).
type RouteFlags uint64

const (
	RouteUp          RouteFlags = 1 << iota // in use
	RouteGateway                            // by way of Gateway
	RouteHost                               // to one host
	RouteReinstate                          // reinstated after a timeout
	RouteDynamic                            // made by a redirect
	RouteModified                           // changed by a redirect or by path MTU discovery
	RouteFixedMTU                           // has an MTU of its own
	RouteFixedWindow                        // has a window of its own
	RouteFixedRTT                           // has a round trip time of its own
	RouteReject                             // refuses packets
	RouteNotCached                          // is not to be cached
	RouteDefault                            // default route, learnt from a router
	RouteAllOnLink                          // everything is on this link
	RouteAutoconf                           // learnt by address configuration
	RouteNoNextHop                          // has no next hop
	RouteExpires                            // has a time limit
	RouteCached                             // an entry of a cache
	RouteFlow                               // for a flow
	RoutePolicy                             // made by a policy
	RouteLocal                              // to this host

	RouteDead        // the next hop is dead
	RouteOnLink      // the next hop is on this link
	RouteNotify      // changes are announced
	RouteDirectDst   // the destination is reached directly
	RouteTProxy      // transparent proxy
	RouteFast        // may be forwarded on the fast path
	RouteMasquerade  // masqueraded
	RouteSNAT        // its source is translated
	RouteDoRedirect  // a redirect is to be sent
	RouteDirectSrc   // the source is on this link
	RouteDNAT        // its destination is translated
	RouteBroadcast   // to a broadcast address
	RouteMulticast   // to a multicast group
	RouteUnreachable // refused, as unreachable
)

// Has reports whether all of the flags given are set.
func (f RouteFlags) Has(flags RouteFlags) bool { return f&flags == flags }

// RouteQuery asks for one routing table.
type RouteQuery struct {
	Family Family
	// Cache asks for what the system has learnt of paths, instead of the
	// table.
	Cache bool
	// Persistent asks for the routes that are set again when the system
	// comes up, instead of the table. Windows keeps such a list; elsewhere it
	// is an error that wraps errors.ErrUnsupported.
	Persistent bool
	// Report, where not nil, is called during iteration for flaws that do
	// not end it, as [Need.Report] is.
	Report func(*OpError)
}

// ErrNoRoutes means that the system keeps no routing table: not one without
// routes, but none. Linux makes a namespace's table with its first route.
var ErrNoRoutes = errors.New("no routing table")

// MissingColumnError means that a table's file lacks a column that it cannot
// be read without.
type MissingColumnError struct{ File, Column string }

func (e *MissingColumnError) Error() string { return e.File + " has no column " + e.Column }
