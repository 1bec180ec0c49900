package win32

import (
	"context"
	"encoding/binary"
	"iter"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"netstat"
)

// routeRow holds the fields used of a MIB_IPFORWARD_ROW2.
type routeRow struct {
	index            uint32
	destination      netip.Prefix
	nextHop          netip.Addr
	metric           uint32
	protocol, origin uint32

	valid, preferred, age                   uint32 // seconds
	loopback, autoconf, published, immortal bool
}

// decodeRoute decodes a row; ok is false if its addresses are invalid.
func decodeRoute(b []byte) (r routeRow, ok bool) {
	_ = b[forwardSize-1]
	ip, ok1 := sockaddrIP(b[forwardPrefix:forwardPrefixLen])
	hop, ok2 := sockaddrIP(b[forwardNextHop : forwardNextHop+sockaddrSize6])
	length := int(b[forwardPrefixLen])
	if !ok1 || length > ip.BitLen() {
		return routeRow{}, false
	}
	if !ok2 { // a next hop without a family means none
		hop = netip.IPv6Unspecified()
	}
	return routeRow{
		index: word(b, forwardIndex), destination: netip.PrefixFrom(ip, length), nextHop: hop,
		metric: word(b, forwardMetric), protocol: word(b, forwardProtocol),
		origin: word(b, forwardOrigin), loopback: b[forwardLoopback] != 0, autoconf: b[forwardAutoconf] != 0,
		published: b[forwardPublish] != 0, immortal: b[forwardImmortal] != 0,
		valid: word(b, forwardValid), preferred: word(b, forwardPreferred), age: word(b, forwardAge),
	}, true
}

// Routes implements netstat.Source. The metric is the sum of those of the route and its
// interface, which decides and is what Windows shows.
func (s *source) Routes(ctx context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	return func(yield func(netstat.Route, error) bool) {
		t := netstat.Table{Family: q.Family}
		fail := func(err error) { yield(netstat.Route{}, opError("read routes of", t, err)) }
		switch {
		case q.Table != 0 && q.Table != netstat.AllTables:
			fail(netstat.ErrOneTable)
			return
		case q.Family != netstat.Inet && q.Family != netstat.Inet6 || q.Cache:
			fail(errNotHere)
			return
		case ctx.Err() != nil:
			fail(ctx.Err())
			return
		case q.Persistent:
			s.persistentRoutes(q, yield)
			return
		}
		family := uint32(familyInet4)
		if q.Family == netstat.Inet6 {
			family = familyInet6
		}
		table, code := s.api.routes(family)
		if emptyFamily(code) || code == codeNotFound { // no such version of IP, or no routes
			return
		}
		if code != codeSuccess {
			fail(s.win(code))
			return
		}
		rows, short := countedRows(table, forwardTable, forwardSize)
		links := s.links(q)
		for ; len(rows) > 0; rows = rows[forwardSize:] {
			row, ok := decodeRoute(rows)
			if !ok {
				reportWarning(q.Report, "read routes of", t, netstat.ErrBogusRecord)
				continue
			}
			if !yield(row.model(q.Family, links, q.Details), nil) {
				return
			}
		}
		if short {
			fail(&detailedError{netstat.ErrIncomplete, errTooShort.Error()})
		}
	}
}

// onLink reports whether the destination is on the link.
func (r *routeRow) onLink() bool { return r.nextHop.IsUnspecified() }

// link holds what a route takes from its interface.
type link struct {
	name     string
	metric   uint32
	measured bool           // metric is known
	unicast  []netip.Prefix // with RouteQuery.Details
}

// broadcasts reports whether an address is that of a broadcast on the link: the last one of
// a network, or that of any network.
func (l link) broadcasts(ip netip.Addr) bool {
	if ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	for _, p := range l.unicast {
		if ip.Is4() && p.Addr().Is4() && p.Bits() < 31 && lastOf(p) == ip {
			return true
		}
	}
	return false
}

// lastOf returns the last address of a network of IPv4.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for n := p.Bits(); n < 32; n++ {
		b[n/8] |= 0x80 >> (n % 8)
	}
	return netip.AddrFrom4(b)
}

// links returns the names and metrics of interfaces by index.
func (s *source) links(q netstat.RouteQuery) map[uint32]link {
	t := netstat.Table{Family: q.Family}
	links := make(map[uint32]link)
	flags := uint32(adaptersSkipUnicast | adaptersSkipGroups)
	if q.Details {
		flags = adaptersSkipGroups
	}
	adapters, err := s.readAdapters(flags)
	if err != nil {
		reportWarning(q.Report, "read adapters for routes of", t, err)
	}
	family := uint32(familyInet4)
	if q.Family == netstat.Inet6 {
		family = familyInet6
	}
	for i := range adapters {
		a := &adapters[i]
		if q.Family == netstat.Inet6 {
			links[a.index6] = link{a.name, a.metric6, true, a.unicast}
		} else {
			links[a.index] = link{a.name, a.metric4, true, a.unicast}
		}
	}
	// This table has every interface; Wine 8.0 lacks it.
	table, code := s.api.ipInterfaces(family)
	if code != codeSuccess {
		if len(adapters) == 0 {
			reportWarning(q.Report, "read metrics of interfaces for", t, s.win(code))
		}
		return links
	}
	rows, _ := countedRows(table, interfaceTable, interfaceSize)
	unnamed := false
	for ; len(rows) > 0; rows = rows[interfaceSize:] {
		index := word(rows, interfaceIndexOffset)
		l := links[index]
		l.metric, l.measured = word(rows, interfaceMetric), true
		links[index] = l
		unnamed = unnamed || l.name == ""
	}
	if unnamed {
		if rows, err := s.readInterfaces(); err == nil {
			for i := range rows {
				if l, ok := links[rows[i].index]; ok && l.name == "" {
					l.name = rows[i].name
					links[rows[i].index] = l
				}
			}
		}
	}
	return links
}

func (r *routeRow) model(f netstat.Family, links map[uint32]link, details bool) netstat.Route {
	l := links[r.index]
	route := netstat.Route{
		Family: f, Destination: r.destination, Index: r.index, Interface: l.name,
		Metric: r.metric + l.metric, Flags: netstat.RouteUp,
	}
	if route.Metric < r.metric {
		route.Metric = math.MaxUint32
	}
	if !r.nextHop.IsUnspecified() && r.nextHop.Is4() == r.destination.Addr().Is4() {
		route.Gateway = r.nextHop
		route.Flags |= netstat.RouteGateway
	}
	if r.destination.IsSingleIP() {
		route.Flags |= netstat.RouteHost
	}
	if r.loopback {
		route.Flags |= netstat.RouteLocal
	}
	if r.protocol == protocolRedirect {
		route.Flags |= netstat.RouteDynamic
	}
	if r.origin == originAdvertisement {
		route.Flags |= netstat.RouteAutoconf
	}
	if details {
		route.Detail = r.detail(&route, l)
	}
	return route
}

// routeProtocols are the values of NL_ROUTE_PROTOCOL (nldef.h) in its order, from 1 on, and
// who made the route in Linux's words.
var routeProtocols = [...]struct {
	windows netstat.WindowsRouteProtocol
	linux   netstat.RouteProtocol
}{
	1: {netstat.WindowsRouteOther, 0}, 2: {netstat.WindowsRouteLocal, protoKernel}, 3: {netstat.WindowsRouteNetMgmt, protoStatic},
	4: {netstat.WindowsRouteICMP, protoRedirect}, 5: {netstat.WindowsRouteEGP, 0}, 6: {netstat.WindowsRouteGGP, 0},
	7: {netstat.WindowsRouteHello, 0}, 8: {netstat.WindowsRouteRIP, protoRIP}, 9: {netstat.WindowsRouteISIS, protoISIS},
	10: {netstat.WindowsRouteESIS, 0}, 11: {netstat.WindowsRouteCisco, 0}, 12: {netstat.WindowsRouteBBN, 0},
	13: {netstat.WindowsRouteOSPF, protoOSPF}, 14: {netstat.WindowsRouteBGP, protoBGP},
}

// Numbers of netstat.RouteProtocol.
const (
	protoRedirect = 1
	protoKernel   = 2
	protoStatic   = 4
	protoRA       = 9
	protoDHCP     = 16
	protoBGP      = 186
	protoISIS     = 187
	protoOSPF     = 188
	protoRIP      = 189
)

// madeBy returns who made a route. The origin tells more than the protocol: routes of DHCP
// have RouteProtocolNetMgmt.
func (r *routeRow) madeBy() (windows netstat.WindowsRouteProtocol, linux netstat.RouteProtocol) {
	switch {
	case r.protocol < uint32(len(routeProtocols)):
		windows, linux = routeProtocols[r.protocol].windows, routeProtocols[r.protocol].linux
	case r.protocol == 10002: // MIB_IPPROTO_NT_AUTOSTATIC
		windows, linux = netstat.WindowsRouteAutoStatic, protoStatic
	case r.protocol == 10006: // MIB_IPPROTO_NT_STATIC
		windows, linux = netstat.WindowsRouteStatic, protoStatic
	case r.protocol == 10007: // MIB_IPPROTO_NT_STATIC_NON_DOD
		windows, linux = netstat.WindowsRouteStaticNonDOD, protoStatic
	}
	switch r.origin {
	case originDHCP:
		linux = protoDHCP
	case originAdvertisement:
		linux = protoRA
	}
	return windows, linux
}

func (r *routeRow) detail(route *netstat.Route, l link) *netstat.RouteDetail {
	const second = time.Second
	w := &netstat.WindowsRoute{
		RouteMetric: r.metric, InterfaceMetric: l.metric, HasInterfaceMetric: l.measured, Age: time.Duration(r.age) * second,
		Loopback: r.loopback, Autoconfigure: r.autoconf, Published: r.published, Immortal: r.immortal,
	}
	d := &netstat.RouteDetail{Windows: w, Type: r.kind(l)}
	w.Protocol, d.Protocol = r.madeBy()
	if r.origin <= origin6to4 {
		w.Origin = netstat.RouteOriginManual + netstat.RouteOrigin(r.origin)
	}
	if r.preferred != lifetimeInfinite {
		w.PreferredLimited, w.Preferred = true, time.Duration(r.preferred)*second
	}
	if r.valid != lifetimeInfinite {
		d.Temporary, d.Expires = true, time.Duration(r.valid)*second
	}
	d.NextHops = []netstat.NextHop{{Gateway: route.Gateway, Index: route.Index, Interface: route.Interface, Weight: 1}}
	return d
}

// kind returns what a route does. Windows tells it of routes to its own addresses; a
// broadcast and a group of hosts are known by their addresses.
func (r *routeRow) kind(l link) netstat.RouteType {
	ip := r.destination.Addr()
	switch {
	case r.loopback:
		return netstat.RouteToLocal
	case ip.IsMulticast():
		return netstat.RouteToMulticast
	case r.onLink() && r.destination.IsSingleIP() && l.broadcasts(ip):
		return netstat.RouteToBroadcast
	}
	return netstat.RouteUnicast
}

// persistentRoutes holds the values below
// HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters.
type persistentRoutes struct {
	// routes are the value names of PersistentRoutes: destination,mask,gateway,metric.
	routes []string
	// gateways are those of manually configured interfaces.
	gateways []staticGateway
}

// staticGateway is a value of DefaultGateway of one interface with its
// DefaultGatewayMetric; empty for none.
type staticGateway struct{ address, metric string }

// persistentRoutes yields the routes restored at boot. Windows stores those of IPv6
// where only WMI and netsh can read them, so IPv6 has none here.
func (s *source) persistentRoutes(q netstat.RouteQuery, yield func(netstat.Route, error) bool) {
	t := netstat.Table{Family: q.Family}
	if q.Family != netstat.Inet {
		return
	}
	stored, err := s.api.persistent()
	// Gateways come first, as in the system's own list.
	for _, g := range stored.gateways {
		r, ok := parsePersistent("0.0.0.0,0.0.0.0," + g.address + "," + g.metric)
		if !ok {
			reportWarning(q.Report, "read persistent routes of", t, &netstat.RecordError{Text: strconv.Quote(g.address)})
			continue
		}
		if !yield(r, nil) {
			return
		}
	}
	for _, text := range stored.routes {
		r, ok := parsePersistent(text)
		if !ok {
			reportWarning(q.Report, "read persistent routes of", t, &netstat.RecordError{Text: strconv.Quote(text)})
			continue
		}
		if !yield(r, nil) {
			return
		}
	}
	if err != nil {
		yield(netstat.Route{}, opError("read persistent routes of", t, err))
	}
}

// parsePersistent parses destination,mask,gateway,metric. A metric that is missing, 0
// or -1 means the interface's metric.
func parsePersistent(text string) (netstat.Route, bool) {
	var fields [4]string
	rest := text
	for i := range fields {
		fields[i], rest, _ = strings.Cut(rest, ",")
		fields[i] = strings.TrimSpace(fields[i])
	}
	destination, err1 := netip.ParseAddr(fields[0])
	mask, err2 := netip.ParseAddr(fields[1])
	gateway, err3 := netip.ParseAddr(fields[2])
	if err1 != nil || err2 != nil || err3 != nil || !destination.Is4() || !mask.Is4() || !gateway.Is4() {
		return netstat.Route{}, false
	}
	m := mask.As4()
	ones := binary.BigEndian.Uint32(m[:])
	length := bits.LeadingZeros32(^ones)
	if ones<<length != 0 { // not contiguous
		return netstat.Route{}, false
	}
	r := netstat.Route{
		Family: netstat.Inet, Destination: netip.PrefixFrom(destination, length),
		Flags: netstat.RouteUp, InterfaceMetric: true,
	}
	if length == 32 {
		r.Flags |= netstat.RouteHost
	}
	if !gateway.IsUnspecified() {
		r.Gateway = gateway
		r.Flags |= netstat.RouteGateway
	}
	if metric, err := strconv.ParseInt(fields[3], 10, 64); err == nil && metric > 0 && metric <= math.MaxUint32 {
		r.Metric, r.InterfaceMetric = uint32(metric), false
	} else if err != nil && fields[3] != "" {
		return netstat.Route{}, false
	}
	return r, true
}
