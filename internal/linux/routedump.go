package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/rtnetlink.h.
const (
	rtmNewRoute  = 24
	rtmGetRoute  = 26
	rtMsgSize    = 12
	rtTableMain  = 254
	rtmFCloned   = 0x200
	rtProtoRedir = 1

	rtaDst       = 1
	rtaOif       = 4
	rtaGateway   = 5
	rtaPriority  = 6
	rtaMetrics   = 8
	rtaMultipath = 9
	rtaCacheInfo = 12
	rtaTable     = 15
	rtaVia       = 18
	rtaNHID      = 30

	rtaxMTU    = 2
	rtaxWindow = 3
	rtaxRTT    = 4
	rtaxAdvMSS = 8

	rtnBroadcast   = 3
	rtnMulticast   = 5
	rtnUnreachable = 7
	rtnProhibit    = 8

	rtNextHopSize = 8
)

// A routeConn is a NETLINK_ROUTE socket whose dumps follow the request strictly
// (NETLINK_GET_STRICT_CHK, Linux 4.20).
type routeConn interface {
	netlink.Conn
	// interfaceName returns the name of an interface. It returns ENODEV if
	// the interface no longer exists.
	interfaceName(index uint32) (string, error)
}

var (
	// errRouteNeedsFile means that the next route has a fact that only
	// /proc/net/route provides.
	errRouteNeedsFile = errors.New("netlink lacks a fact of a route")
	// errNoStrictDump means that the kernel does not support strict dumps.
	errNoStrictDump = errors.New("the kernel does not support strict route dumps")
)

// routeRequest is one dump: of a table or, if cloned, of cached routes.
type routeRequest struct {
	family byte
	table  uint32 // 0 for all
	cloned bool
}

func appendRouteRequest(b []byte, seq uint32, q *routeRequest) []byte {
	size := rtMsgSize
	if q.table != 0 {
		size += netlink.AttributeSize + 4
	}
	order := binary.NativeEndian
	b = netlink.AppendDumpHeader(b, rtmGetRoute, seq, size)
	b = append(b, q.family, 0, 0, 0, 0, 0, 0, 0)
	flags := uint32(0)
	if q.cloned {
		flags = rtmFCloned
	}
	b = order.AppendUint32(b, flags)
	if q.table != 0 {
		b = order.AppendUint16(b, netlink.AttributeSize+4)
		b = order.AppendUint16(b, rtaTable)
		b = order.AppendUint32(b, q.table)
	}
	return b
}

// routeVerdict is the result of decoding a message about a route.
type routeVerdict uint8

const (
	routeShown     routeVerdict = iota
	routeHidden                 // /proc has no row for it
	routeBogus                  // malformed
	routeNeedsFile              // understood only in part
)

// routeDecoder turns messages into the rows of /proc.
type routeDecoder struct {
	family    byte
	cloned    bool
	objects   *nextHopObjects
	nameOf    func(index uint32) (string, error)
	lastIndex uint32
	lastName  string
	names     map[uint32]string
}

// decode fills r from the payload of an RTM_NEWROUTE message: a struct rtmsg
// and attributes, written by fib_dump_info (net/ipv4/fib_semantics.c),
// rt_fill_info (net/ipv4/route.c) or rt6_fill_node (net/ipv6/route.c). Which
// routes are shown, and how, follows fib_route_seq_show (net/ipv4/fib_trie.c).
func (d *routeDecoder) decode(b []byte, r *netstat.Route) routeVerdict {
	if len(b) < rtMsgSize || b[0] != d.family {
		return routeBogus
	}
	order := binary.NativeEndian
	var (
		length, protocol, kind = b[1], b[5], b[7]
		cloneFlags             = order.Uint32(b[8:])
		hop                    nextHop
		advMSS, pathMTU        uint32
		nextHopID              uint32
	)
	if cloneFlags&rtmFCloned != 0 != d.cloned {
		return routeHidden
	}
	if !d.cloned && (kind == rtnBroadcast || kind == rtnMulticast) {
		return routeHidden
	}
	r.Family = netstat.Inet
	destination := netip.IPv4Unspecified()
	if d.family == afInet6 {
		r.Family = netstat.Inet6
		destination = netip.IPv6Unspecified()
	}
	r.Metric, r.RefCount, r.Use, r.MTU, r.Window, r.RTT = 0, 0, 0, 0, 0, 0
	r.Cached = nil
	r.Source = netip.Prefix{}
	expires := false
	for b = b[rtMsgSize:]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return routeBogus
		}
		b = rest
		switch kind {
		case rtaDst:
			if destination, ok = addrOf(d.family, value); !ok {
				return routeBogus
			}
		case rtaOif, rtaGateway, rtaVia:
			hop.attribute(d.family, kind, value)
		case rtaPriority:
			if len(value) >= 4 {
				r.Metric = order.Uint32(value)
			}
		case rtaMetrics:
			for m := value; len(m) >= netlink.AttributeSize; {
				kind, value, rest, ok := netlink.Attribute(m)
				if !ok {
					return routeBogus
				}
				m = rest
				if len(value) < 4 {
					continue
				}
				switch v := order.Uint32(value); kind {
				case rtaxMTU:
					pathMTU = v
				case rtaxWindow:
					r.Window = v
				case rtaxRTT:
					// The kernel counts eighths of a millisecond.
					r.RTT = v >> 3
				case rtaxAdvMSS:
					advMSS = v
				}
			}
		case rtaMultipath:
			if !hop.first(d.family, value) {
				return routeBogus
			}
		case rtaCacheInfo:
			if len(value) >= 20 {
				r.RefCount = order.Uint32(value)
				r.Use = order.Uint32(value[16:])
				expires = order.Uint32(value[8:]) != 0
			}
		case rtaNHID:
			if len(value) >= 4 {
				nextHopID = order.Uint32(value)
			}
		}
	}
	// With nexthop_compat_mode off the kernel sends only the number of a
	// nexthop object.
	if nextHopID != 0 && hop.index == 0 {
		if hop = d.objects.first(d.family, nextHopID); hop.index == 0 {
			return routeNeedsFile
		}
	}
	r.Destination = netip.PrefixFrom(destination, int(length))
	if !r.Destination.IsValid() {
		return routeBogus
	}
	r.Gateway = hop.gateway
	switch {
	case !d.cloned:
		r.Flags = netstat.RouteUp
		if hop.hasGateway {
			r.Flags |= netstat.RouteGateway
		}
		if kind == rtnUnreachable || kind == rtnProhibit {
			r.Flags |= netstat.RouteReject
		}
		if length == 32 {
			r.Flags |= netstat.RouteHost
		}
		if advMSS != 0 {
			r.MTU = advMSS + 40
		}
		// Like /proc, a dump has 0 for the references and lookups of an
		// IPv4 route.
	case d.family == afInet:
		r.Flags = cacheFlagsOf(cloneFlags&^0xffff) | netstat.RouteCached
		if hop.hasGateway {
			r.Flags |= netstat.RouteGateway
		}
		r.MTU = pathMTU
		r.Source = netip.PrefixFrom(netip.IPv4Unspecified(), 32)
		r.Cached = &netstat.CachedRoute{LinkLayerRefs: -1, PreferredSource: netip.IPv4Unspecified()}
	default:
		r.Flags = netstat.RouteUp | netstat.RouteCached
		if hop.hasGateway {
			r.Flags |= netstat.RouteGateway
		}
		if protocol == rtProtoRedir {
			r.Flags |= netstat.RouteDynamic
		}
		if pathMTU != 0 {
			r.Flags |= netstat.RouteModified
		}
		if expires {
			r.Flags |= netstat.RouteExpires
		}
	}
	return d.nameInterface(hop.index, r)
}

func (d *routeDecoder) nameInterface(index uint32, r *netstat.Route) routeVerdict {
	r.Index = index
	if index == d.lastIndex {
		r.Interface = d.lastName
		return routeShown
	}
	name, ok := d.names[index]
	if !ok {
		var err error
		name, err = d.nameOf(index)
		if err == syscall.ENODEV || err == syscall.ENXIO {
			// The interface disappeared, and its routes with it.
			return routeHidden
		}
		if err != nil {
			return routeNeedsFile
		}
		if d.names == nil {
			d.names = make(map[uint32]string)
		}
		d.names[index] = name
	}
	d.lastIndex, d.lastName = index, name
	r.Interface = name
	return routeShown
}

// nextHop is the interface and gateway of a route or of its first hop.
type nextHop struct {
	index   uint32
	gateway netip.Addr
	// hasGateway is also true for a gateway of another family if the first
	// word of its address is not 0: fib_flag_trans (net/ipv4/fib_trie.c)
	// tests only that word.
	hasGateway bool
}

func (h *nextHop) attribute(family byte, kind uint16, value []byte) {
	switch kind {
	case rtaOif:
		if len(value) >= 4 {
			h.index = binary.NativeEndian.Uint32(value)
		}
	case rtaGateway:
		if ip, ok := addrOf(family, value); ok && !ip.IsUnspecified() {
			h.gateway, h.hasGateway = ip, true
		}
	case rtaVia: // the kernel has none for IPv6
		if len(value) >= 6 && family == afInet {
			h.hasGateway = binary.NativeEndian.Uint32(value[2:]) != 0
		}
	}
}

// first decodes the first of several hops: a struct rtnexthop and attributes.
func (h *nextHop) first(family byte, b []byte) bool {
	if len(b) < rtNextHopSize {
		return false
	}
	size := int(binary.NativeEndian.Uint16(b))
	if size < rtNextHopSize || size > len(b) {
		return false
	}
	*h = nextHop{index: binary.NativeEndian.Uint32(b[4:])}
	for b = b[rtNextHopSize:size]; len(b) >= netlink.AttributeSize; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return false
		}
		h.attribute(family, kind, value)
		b = rest
	}
	return true
}

func addrOf(family byte, b []byte) (netip.Addr, bool) {
	switch {
	case family == afInet && len(b) >= 4:
		return netip.AddrFrom4([4]byte(b)), true
	case family == afInet6 && len(b) >= 16:
		return netip.AddrFrom16([16]byte(b)), true
	}
	return netip.Addr{}, false
}

// routeOutcome is how a dump of routes ended.
type routeOutcome struct {
	netlink.Outcome
	delivered int // number of rows
}

// dumpRoutes runs one dump and repeats it if the kernel marks its beginning as
// inconsistent.
func (s *source) dumpRoutes(ctx context.Context, q *routeRequest, report func(*netstat.OpError), yield routeYield) (out routeOutcome) {
	t := routes4
	if q.family == afInet6 {
		t = routes6
	}
	for try := 1; try <= dumpTries; try++ {
		out = s.tryRoutes(ctx, q, try == dumpTries, func(record []byte) { reportBogus(report, t, record) }, yield)
		if out.Err == nil || out.delivered > 0 || out.Stopped || !transient(out.Err) {
			break
		}
	}
	if out.Interrupted && report != nil {
		report(routeError("dump routes of", t, &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
	}
	return out
}

func (s *source) tryRoutes(ctx context.Context, q *routeRequest, tolerant bool, bogus func([]byte), yield routeYield) (out routeOutcome) {
	c, err := s.dialRoutes()
	if err != nil {
		out.Err = err
		return out
	}
	buf := s.takeBuffer()
	a := &netlink.Ahead{Conn: c, Buf: buf}
	// Close the connection only after the last read from it.
	defer func() {
		a.Stop()
		c.Close()
		s.returnBuffer(buf)
	}()
	s.seq++
	if err := c.Send(appendRouteRequest(nil, s.seq, q)); err != nil {
		out.Err = err
		return out
	}
	d := routeDecoder{family: q.family, cloned: q.cloned, objects: s.nextHopObjects(ctx), nameOf: c.interfaceName}
	m := netlink.Reader{Ctx: ctx, Seq: s.seq, Ahead: a, Tolerant: tolerant}
	var r netstat.Route
rows:
	for m.Next() {
		if m.Kind != rtmNewRoute {
			continue
		}
		switch d.decode(m.Payload, &r) {
		case routeHidden:
		case routeBogus:
			bogus(m.Payload)
		case routeNeedsFile:
			m.Err = errRouteNeedsFile
			break rows
		case routeShown:
			m.Rows = true
			out.delivered++
			if !yield(r, nil) {
				m.Stopped = true
				break rows
			}
		}
	}
	out.Outcome = m.Outcome
	if out.Err == syscall.ENOENT {
		out.Err = &detailedError{netstat.ErrNoRoutes, out.Err}
	}
	return out
}
