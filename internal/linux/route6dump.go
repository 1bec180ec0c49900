package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"net/netip"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// More numbers of include/uapi/linux/rtnetlink.h.
const (
	rtaSrc = 2

	rtProtoKernel = 2
	rtTableLocal  = 255
	rtnUnicast    = 1
	rtnLocal      = 2
	rtnAnycast    = 4
	rtnBlackhole  = 6
	rtnThrow      = 9
	rtnhOnLink    = 4

	// fib6Buckets is FIB6_TABLE_HASHSZ of include/net/ip6_fib.h.
	fib6Buckets = 256
	// loopbackIndex is the number of lo in every network namespace.
	loopbackIndex = 1
)

// route6Unknown is what a dump does not tell of IPv6 routes: the references, and
// whether the kernel made a route from an advertisement of a router, for which
// the file has flags. Since Linux 4.20, of which the dump is, the file has 0 for
// the lookups too.
const route6Unknown = "count the references and tell the flags A and D of routes of"

// errNextHopNumber is why a dump does not tell a next hop: it has the number of a
// nexthop object alone, as with the sysctl nexthop_compat_mode off.
var errNextHopNumber = errors.New("the dump has only the numbers of their nexthop objects")

// routes6Dumped yields what /proc/net/ipv6_route would have, where that is refused
// with e. The dump covers all routing tables in the order of the file.
func (s *source) routes6Dumped(ctx context.Context, q netstat.RouteQuery, e *netstat.OpError, yield routeYield) {
	if !s.useNetlink || ctx.Err() != nil {
		yield(netstat.Route{}, e)
		return
	}
	if q.Cache {
		s.cacheDumped(ctx, q, afInet6, e, yield)
		return
	}
	d := dump6{yield: yield, report: q.Report}
	interrupted, err := s.dump6(ctx, &d)
	absent := errors.Is(e, fs.ErrNotExist)
	if err == nil && !d.stopped && (d.delivered > 0 || !absent) {
		d.endOfTables()
	}
	switch {
	case d.stopped:
		return
	case d.delivered == 0 && (err != nil || absent):
		yield(netstat.Route{}, e)
		return
	}
	if q.Report != nil {
		q.Report(routeError(route6Unknown, routes6, withoutSupport(e)))
		if d.unknownHops {
			q.Report(routeError("tell the next hops of some routes of", routes6, errNextHopNumber))
		}
		if interrupted {
			q.Report(routeError("dump routes of", routes6, &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
		}
	}
	if err != nil {
		yield(netstat.Route{}, routeError("dump routes of", routes6, err))
	}
}

// cacheDumped yields what was learnt of paths where the file of a family's cache is
// refused with e. No kernel that lists it by netlink has any of it in the file: that of
// IPv4 has been without rows since Linux 3.6, that of IPv6 since 4.15.
func (s *source) cacheDumped(ctx context.Context, q netstat.RouteQuery, family byte, e error, yield routeYield) {
	t := routes4
	if family == afInet6 {
		t = routes6
	}
	// A kernel without the family answers with the routes of others.
	foreign := false
	report := func(flaw *netstat.OpError) {
		if errors.Is(flaw, netstat.ErrBogusRecord) && errors.Is(e, fs.ErrNotExist) {
			foreign = true
		} else if q.Report != nil {
			q.Report(flaw)
		}
	}
	out := s.dumpRoutes(ctx, &routeRequest{family: family, cloned: true}, report, yield)
	switch {
	case out.Stopped:
	case out.delivered > 0 && out.Err != nil:
		yield(netstat.Route{}, routeError("dump routes of", t, out.Err))
	case out.Err != nil || foreign:
		yield(netstat.Route{}, e)
	}
}

func (s *source) dump6(ctx context.Context, d *dump6) (interrupted bool, err error) {
	c, err := s.dialRoutes()
	if err != nil {
		return false, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	d.nameOf = c.interfaceName
	request := routeRequest{family: afInet6}
	return s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendRouteRequest(nil, seq, &request) }, rtmNewRoute, buf, d.message)
}

// dump6 turns a dump of all IPv6 routing tables into the rows of
// /proc/net/ipv6_route.
type dump6 struct {
	yield     routeYield
	report    func(*netstat.OpError)
	nameOf    func(index uint32) (string, error)
	names     routeDecoder // of interfaces alone
	hops      []nextHop6
	delivered int
	stopped   bool
	// unknownHops says that a route has its next hop in a nexthop object of
	// which the dump has only the number.
	unknownHops bool

	// table is the one whose routes come; byDefault says that it has a route to
	// everywhere.
	table            uint32
	begun, byDefault bool
	mainDone         bool
}

type nextHop6 struct {
	nextHop
	onLink bool
}

// message takes an RTM_NEWROUTE message, and returns false where no more are wanted.
func (d *dump6) message(b []byte) bool {
	if len(b) > 0 && b[0] != afInet6 {
		return true // the kernel has no IPv6, and dumps other families
	}
	var r netstat.Route
	table, ok := d.decode(b, &r)
	if !ok {
		reportBogus(d.report, routes6, b)
		return true
	}
	if len(d.hops) == 0 {
		return true
	}
	if !d.begun || table != d.table {
		d.endOfTable()
		d.betweenTables(table)
		d.begun, d.table, d.byDefault = true, table, false
	}
	if r.Destination.Bits() == 0 && !r.Source.IsValid() {
		d.byDefault = true
	}
	flags := r.Flags
	for _, hop := range d.hops {
		r.Gateway, r.Flags = hop.gateway, flags
		if hop.hasGateway {
			r.Flags |= netstat.RouteGateway
		}
		if hop.onLink {
			r.Flags |= netstat.RouteHost // the two have one number
		}
		d.row(hop.index, &r)
	}
	return !d.stopped
}

func (d *dump6) row(index uint32, r *netstat.Route) {
	if d.stopped {
		return
	}
	d.names.nameOf = d.nameOf
	switch d.names.nameInterface(index, r) {
	case routeHidden: // the interface has gone since
		return
	case routeNeedsFile:
		r.Interface = ""
	}
	d.delivered++
	d.stopped = !d.yield(*r, nil)
}

// The file has a row for the end of each table that has no route to everywhere: it
// rejects what nothing else matches. A dump leaves that out. It has the tables in the
// order of a hash, and in one bucket of that the newest first, so that the main and
// the local table, which always exist, are the last of theirs. Other tables without
// routes have the row too, but nothing tells of them.

// endOfTable adds the row to the table whose routes came last.
func (d *dump6) endOfTable() {
	if !d.begun {
		return
	}
	if !d.byDefault {
		d.rejectRest()
	}
	d.mainDone = d.mainDone || d.table == rtTableMain
}

// betweenTables adds the row of a main table without routes, if it comes before next.
func (d *dump6) betweenTables(next uint32) {
	if !d.mainDone && next%fib6Buckets > rtTableMain%fib6Buckets {
		d.rejectRest()
		d.mainDone = true
	}
}

// endOfTables adds the rows that remain at the end of the dump.
func (d *dump6) endOfTables() {
	d.endOfTable()
	d.betweenTables(rtTableLocal)
	if !d.begun || d.table != rtTableLocal {
		d.rejectRest()
	}
}

func (d *dump6) rejectRest() {
	d.row(loopbackIndex, &netstat.Route{
		Family: netstat.Inet6, Destination: netip.PrefixFrom(netip.IPv6Unspecified(), 0),
		Flags: netstat.RouteReject | netstat.RouteNoNextHop, Metric: netstat.DefaultMetric,
	})
}

// decode fills r and d.hops from a struct rtmsg and attributes (rt6_fill_node of
// net/ipv6/route.c), with the flags that the file has for such a route.
func (d *dump6) decode(b []byte, r *netstat.Route) (table uint32, ok bool) {
	d.hops = d.hops[:0]
	if len(b) < rtMsgSize {
		return 0, false
	}
	order := binary.NativeEndian
	length, sourceLength, protocol, kind := b[1], b[2], b[5], b[7]
	flags := order.Uint32(b[8:])
	table = uint32(b[4])
	if flags&rtmFCloned != 0 {
		return table, true
	}
	var (
		destination, from = netip.IPv6Unspecified(), netip.IPv6Unspecified()
		hop               = nextHop6{onLink: flags&rtnhOnLink != 0}
		several           []byte
		nextHopID         bool
		expires           bool
	)
	for b = b[rtMsgSize:]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return 0, false
		}
		b = rest
		switch kind {
		case rtaDst:
			if destination, ok = addrOf(afInet6, value); !ok {
				return 0, false
			}
		case rtaSrc:
			if from, ok = addrOf(afInet6, value); !ok {
				return 0, false
			}
		case rtaOif, rtaGateway:
			hop.attribute(afInet6, kind, value)
		case rtaTable:
			if len(value) >= 4 {
				table = order.Uint32(value)
			}
		case rtaPriority:
			if len(value) >= 4 {
				r.Metric = order.Uint32(value)
			}
		case rtaMultipath:
			several = value
		case rtaCacheInfo:
			expires = len(value) >= 12 && order.Uint32(value[8:]) != 0
		case rtaNHID:
			nextHopID = true
		}
	}
	r.Family = netstat.Inet6
	r.Destination = netip.PrefixFrom(destination, int(length))
	if sourceLength != 0 {
		r.Source = netip.PrefixFrom(from, int(sourceLength))
	}
	if !r.Destination.IsValid() || sourceLength != 0 && !r.Source.IsValid() {
		return 0, false
	}
	if nextHopID {
		kind = rtnUnicast // the dump has that of the object, the file the route's own
	}
	r.Flags = route6Flags(kind, protocol)
	if expires {
		r.Flags |= netstat.RouteExpires
	}
	switch {
	case several == nil:
		d.hops = append(d.hops, hop)
		d.unknownHops = d.unknownHops || nextHopID && hop.index == 0
	case !d.addHops(several):
		d.hops = d.hops[:0]
		return 0, false
	case nextHopID:
		// The file has one row for a route by way of a nexthop object.
		d.hops = d.hops[:1]
	}
	if nextHopID {
		d.hops[0].onLink = false // it is the object that is
	}
	return table, true
}

// route6Flags are the flags that the kernel gives to a route of its own, or to one
// that is set with a type (addrconf_f6i_alloc and ip6_route_info_create of
// net/ipv6/route.c).
func route6Flags(kind, protocol byte) netstat.RouteFlags {
	if kind >= rtnBlackhole && kind <= rtnThrow {
		return netstat.RouteReject | netstat.RouteNoNextHop
	}
	flags := netstat.RouteUp
	if kind == rtnLocal {
		flags |= netstat.RouteLocal
	}
	if (kind == rtnLocal || kind == rtnAnycast) && protocol == rtProtoKernel {
		flags |= netstat.RouteNoNextHop
	}
	return flags
}

// addHops takes structs rtnexthop, each with attributes.
func (d *dump6) addHops(b []byte) bool {
	for len(b) > 0 {
		if len(b) < rtNextHopSize {
			return false
		}
		size := int(binary.NativeEndian.Uint16(b))
		hop := nextHop6{onLink: b[2]&rtnhOnLink != 0}
		if !hop.first(afInet6, b) {
			return false
		}
		d.hops = append(d.hops, hop)
		b = b[min((size+3)&^3, len(b)):]
	}
	return len(d.hops) > 0
}

// withoutSupport is why a file is refused whose facts the kernel told in another
// way: that the file is missing does not mean that the kernel lacks them.
func withoutSupport(e *netstat.OpError) error {
	var errno syscall.Errno
	if errors.Is(e, errors.ErrUnsupported) && !errors.Is(e, netstat.ErrIncomplete) && errors.As(e, &errno) {
		var path *fs.PathError
		if errors.As(e, &path) {
			return &fs.PathError{Op: path.Op, Path: path.Path, Err: errno}
		}
		return errno
	}
	return e.Err
}
