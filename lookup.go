package netstat

import (
	"context"
	"errors"
	"net/netip"
)

// RouteLookup describes packets whose route is looked up. Fields other than Destination may
// be zero.
type RouteLookup struct {
	Destination netip.Addr
	// From is the source address; zero for a packet whose source this host is to choose.
	From netip.Addr
	// Input is the interface that the packet comes from, "" for a packet of this host;
	// Output the interface that its socket is bound to.
	Input, Output string
	// Mark is the packet's mark and TOS its type of service.
	Mark uint32
	TOS  uint8
	// IPProto is the number of the IP protocol, the ports are those of the packet.
	IPProto                     uint8
	SourcePort, DestinationPort uint16
	// UID is the user of the sending socket; valid if HasUID is set. Otherwise it is the
	// user of this process.
	UID    uint32
	HasUID bool
}

// RouteAnswer is the route that packets take. A field that is unknown or does not apply is
// zero.
type RouteAnswer struct {
	Lookup RouteLookup
	// Type is what happens to the packets; RouteTypeUnknown if no route was found.
	Type RouteType
	// Refusal is the system's error for packets that are dropped or have no route; nil for
	// others.
	Refusal error
	// Rule is the policy rule that led to the route, or that refused the packets; nil if it
	// is unknown.
	Rule *Rule
	// Route is the route of the table, with its Detail if the system tells it; nil if it is
	// unknown or there is none.
	Route *Route
	// Table is the number of the routing table, TableName its name and VRF the device that
	// has it, as in RouteDetail; 0 if unknown.
	Table          uint32
	TableName, VRF string
	// Gateway is the next hop; zero if the destination is on the link.
	Gateway netip.Addr
	// Index and Interface are the number and the name of the outgoing interface.
	Index     uint32
	Interface string
	// Source is the source address of the packets.
	Source netip.Addr
	// MTU is the largest packet in bytes: that of the route, else of the interface.
	MTU uint32
	// Neighbor is the entry of the neighbour table for the next hop; nil if there is none.
	Neighbor *Neighbor
}

// RouteFinder is implemented by a Source that can look up routes as packets do.
type RouteFinder interface {
	// LookUpRoute returns the route of packets. That they are dropped, or that there is no
	// route, is an answer and no error.
	LookUpRoute(ctx context.Context, l *RouteLookup) (RouteAnswer, error)
}

// LookUpRoute looks up a route in a Source. The error wraps errors.ErrUnsupported if it
// cannot look up routes.
func LookUpRoute(ctx context.Context, src Source, l *RouteLookup) (RouteAnswer, error) {
	if s, ok := src.(RouteFinder); ok {
		return s.LookUpRoute(ctx, l)
	}
	return RouteAnswer{}, &OpError{Op: "look up the route to " + l.Destination.String(), Err: errNoLookup}
}

var errNoLookup error = noLookup{}

type noLookup struct{}

func (noLookup) Error() string { return "only a running Linux or Windows answers this" }
func (noLookup) Unwrap() error { return errors.ErrUnsupported }
