package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"net/netip"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Further numbers of include/uapi/linux/rtnetlink.h.
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
	// loopbackIndex is the index of lo in every network namespace.
	loopbackIndex = 1
)

// route6Unknown names the facts of IPv6 routes that a dump lacks: the
// references, and the flags of routes that the kernel learned from router
// advertisements. Since Linux 4.20, which the dump requires, the file has 0 for
// the lookups too.
const route6Unknown = "read the reference counts and the flags A and D of routes of"

// unknownHops and errNextHopNumber mean that a dump has only the number of a nexthop
// object, as with the sysctl nexthop_compat_mode off, and that no such object is known.
const unknownHops = "read the next hops of some routes of"

var errNextHopNumber = errors.New("netlink has only the numbers of their nexthop objects")

// routes6Dumped yields the rows of /proc/net/ipv6_route if reading that file
// failed with e. The dump covers all routing tables in the order of the file.
func (s *source) routes6Dumped(ctx context.Context, q netstat.RouteQuery, e *netstat.OpError, yield routeYield) {
	if !s.useNetlink || ctx.Err() != nil {
		yield(netstat.Route{}, e)
		return
	}
	if q.Cache {
		s.cacheDumped(ctx, q, afInet6, e, yield)
		return
	}
	d := dump6{yield: yield, report: q.Report, objects: s.nextHopObjects(ctx)}
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
		if d.objects.missed {
			q.Report(routeError(unknownHops, routes6, errNextHopNumber))
		}
		if interrupted {
			q.Report(routeError("dump routes of", routes6, &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
		}
	}
	if err != nil {
		yield(netstat.Route{}, routeError("dump routes of", routes6, err))
	}
}

// cacheDumped yields the cached routes of a family if reading its cache file
// failed with e. Kernels that list cached routes over netlink have none in the
// file: the file of IPv4 has been empty since Linux 3.6, that of IPv6 since
// 4.15.
func (s *source) cacheDumped(ctx context.Context, q netstat.RouteQuery, family byte, e error, yield routeYield) {
	t := routes4
	if family == afInet6 {
		t = routes6
	}
	// A kernel without the family answers with routes of other families.
	foreign := false
	report := func(warning *netstat.OpError) {
		if errors.Is(warning, netstat.ErrBogusRecord) && errors.Is(e, fs.ErrNotExist) {
			foreign = true
		} else if q.Report != nil {
			q.Report(warning)
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
	names     routeDecoder // only for interface names
	hops      []nextHop6
	objects   *nextHopObjects
	delivered int
	stopped   bool

	// table is the table being read. byDefault reports whether it has a
	// default route.
	table            uint32
	begun, byDefault bool
	mainDone         bool
}

type nextHop6 struct {
	nextHop
	onLink bool
}

// message decodes an RTM_NEWROUTE message. It returns false if no more rows are
// accepted.
func (d *dump6) message(b []byte) bool {
	if len(b) > 0 && b[0] != afInet6 {
		return true // a kernel without IPv6 dumps other families
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
			r.Flags |= netstat.RouteHost // both flags have the same number
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
	case routeHidden: // the interface disappeared meanwhile
		return
	case routeNeedsFile:
		r.Interface = ""
	}
	d.delivered++
	d.stopped = !d.yield(*r, nil)
}

// The file has a row at the end of each table without a default route: it
// rejects what nothing else matches. A dump leaves that row out. It lists the
// tables in hash order and, within a bucket, the newest first. The main and the
// local table always exist, so they are the last of their buckets. Other tables
// without routes have the row too, but a dump does not reveal them.

// endOfTable adds that row to the table just read.
func (d *dump6) endOfTable() {
	if !d.begun {
		return
	}
	if !d.byDefault {
		d.rejectRest()
	}
	d.mainDone = d.mainDone || d.table == rtTableMain
}

// betweenTables adds the row of an empty main table, if it comes before next.
func (d *dump6) betweenTables(next uint32) {
	if !d.mainDone && next%fib6Buckets > rtTableMain%fib6Buckets {
		d.rejectRest()
		d.mainDone = true
	}
}

// endOfTables adds the rows that are still missing at the end of the dump.
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
		Flags: netstat.RouteReject | netstat.RouteNoNextHop, Metric: math.MaxUint32,
	})
}

// decode fills r and d.hops from a struct rtmsg and attributes (rt6_fill_node
// in net/ipv6/route.c), with the flags that the file shows for such a route.
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
		nextHopID         uint32
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
			if len(value) >= 4 {
				nextHopID = order.Uint32(value)
			}
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
	if nextHopID != 0 {
		kind = rtnUnicast // the dump has the type of the nexthop object, the file that of the route
	}
	r.Flags = route6Flags(kind, protocol)
	if expires {
		r.Flags |= netstat.RouteExpires
	}
	switch {
	case several == nil && nextHopID != 0 && hop.index == 0:
		d.hops = append(d.hops, nextHop6{nextHop: d.objects.first(afInet6, nextHopID)})
	case several == nil:
		d.hops = append(d.hops, hop)
	case !d.addHops(several):
		d.hops = d.hops[:0]
		return 0, false
	case nextHopID != 0:
		// The file has one row for a route through a nexthop object.
		d.hops = d.hops[:1]
	}
	if nextHopID != 0 {
		d.hops[0].onLink = false // onlink belongs to the nexthop object
	}
	return table, true
}

// route6Flags returns the flags that the kernel gives to a route of its own or
// to one set with a type (addrconf_f6i_alloc and ip6_route_info_create in
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

// addHops decodes structs rtnexthop, each with attributes.
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

// withoutSupport returns the error of an unreadable file without
// errors.ErrUnsupported: the kernel provided the facts in another way, so the
// missing file does not mean that the kernel lacks them.
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
