package nettools

import (
	"errors"
	"iter"
	"net/netip"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Column widths of the routing tables.
const (
	widthRouteAddr  = 15
	widthRouteFlags = 5
	widthRouteDest6 = 30
	widthRouteHop6  = 26
	maxRouteIface   = 6 // with -ee
)

// routes prints the routing tables of the families asked for, in the order
// given. The first table that cannot be shown ends the report.
func (r *report) routes() int {
	families := r.cmd.Families
	if len(families) == 0 {
		families = []string{"inet"}
	}
	for _, f := range families {
		if status := r.routesOf(f); status != ExitOK {
			return status
		}
	}
	return r.status
}

func (r *report) routesOf(family string) int {
	switch family {
	case "inet", "inet6":
	default:
		return r.rareRoutes(family)
	}
	print := r.routes4
	if family == "inet6" {
		print = r.routes6
	}
	if r.cmd.FIB || !r.cmd.Cache {
		if status := print(false); status != ExitOK {
			return status
		}
	}
	if r.cmd.Cache {
		return print(true)
	}
	return ExitOK
}

// numericRoutes reports whether addresses are shown as numbers. -N, which the
// manual calls symbolic, has this effect too.
func (r *report) numericRoutes() bool { return r.cmd.NumericHosts || r.cmd.Symbolic }

// routeRows yields the rows of a table. It calls header once before the first
// row; also if the table turns out to be empty or unreadable, but not if this
// system lacks it.
func (r *report) routeRows(family netstat.Family, cache bool, header func()) iter.Seq2[netstat.Route, error] {
	q := netstat.RouteQuery{Family: family, Cache: cache, Report: r.routeWarning}
	rows := r.env.Source.Routes(r.ctx, q)
	return func(yield func(netstat.Route, error) bool) {
		begun := false
		for route, err := range rows {
			if !begun && !errors.Is(err, errors.ErrUnsupported) {
				begun = true
				header()
			}
			if !yield(route, err) {
				return
			}
		}
		if !begun {
			header()
		}
	}
}

func (r *report) routeWarning(e *netstat.OpError) {
	if errors.Is(e, netstat.ErrBogusRecord) {
		r.say("warning, got bogus route line.\n")
		return
	}
	r.say("netstat: " + ascii.OneLine(e) + "\n")
}

// routesFailed reports why a table could not be shown, and returns the status
// for it.
func (r *report) routesFailed(err error, file, name string) int {
	var missing *netstat.MissingColumnError
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		why := "No such file or directory"
		// number holds the error number of the host, which may be a
		// snapshot.
		var number interface {
			error
			Temporary() bool
		}
		if errors.As(err, &number) {
			why = errorText(number)
		}
		r.say(file + ": " + why + "\n")
		r.out.buf = append(r.out.buf, name+" not configured in this system.\n"...)
		return ExitMissing
	case errors.Is(err, netstat.ErrNoRoutes):
		return ExitMissing
	case errors.As(err, &missing):
		r.say("warning: " + safe(missing.File) + " does not contain required field " + safe(missing.Column) + "\n")
		return ExitMissing
	}
	return r.failed(err)
}

func (r *report) routes4(cache bool) int {
	title, first, third, file := "Kernel IP routing table\n", "Destination     Gateway         Genmask         ", "", "/proc/net/route"
	if cache {
		title, first, third, file = "Kernel IP routing cache\n", "Source          Destination     Gateway         ",
			"  TOS HHRef HHUptod     SpecDst", "/proc/net/rt_cache"
	}
	header := func() {
		b := append(append(r.out.buf, title...), first...)
		switch r.cmd.Extend {
		case 0:
			b = append(b, "Flags   MSS Window  irtt Iface"...)
		case 1:
			b = append(b, "Flags Metric Ref    Use Iface"...)
		default:
			b = append(append(b, "Flags Metric Ref    Use Iface    MSS   Window irtt"...), third...)
		}
		r.out.buf = append(b, '\n')
	}
	rows := r.routeRows(netstat.Inet, cache, header)
	if !r.numericRoutes() {
		hosts := routeHosts4
		if cache {
			hosts = cacheHosts4
		}
		rows = view.WithRouteHosts(rows, r.env.Names, hosts, r.out.flush)
	}
	for route, err := range rows {
		if err != nil {
			return r.routesFailed(err, file, "INET (IPv4)")
		}
		if cache {
			r.out.buf = r.appendCached4(r.out.buf, &route)
		} else if route.Flags.Has(netstat.RouteUp) {
			r.out.buf = r.appendRoute4(r.out.buf, &route)
		}
		if !r.out.full() {
			return ExitFailure
		}
	}
	return ExitOK
}

// toHost reports whether a destination is named as a host rather than as a
// network.
func toHost(route *netstat.Route) bool {
	return route.Flags.Has(netstat.RouteHost) || route.Destination != route.Destination.Masked()
}

// routeHosts4 returns the addresses of a route that are named as hosts.
func routeHosts4(route *netstat.Route) (hosts [4]netip.Addr) {
	if toHost(route) {
		hosts[0] = named(route.Destination.Addr())
	}
	hosts[1] = named(route.Gateway)
	return hosts
}

func cacheHosts4(route *netstat.Route) (hosts [4]netip.Addr) {
	hosts[0] = named(route.Source.Addr())
	hosts[1] = named(route.Destination.Addr())
	hosts[2] = named(route.Gateway)
	if route.Cached != nil {
		hosts[3] = named(route.Cached.PreferredSource)
	}
	return hosts
}

// named returns ip, or the zero Addr if it is shown without a lookup.
func named(ip netip.Addr) netip.Addr {
	if ip.IsUnspecified() {
		return netip.Addr{}
	}
	return ip
}

// appendRouteHost appends an IPv4 address or its host name, cut to cut bytes.
func (r *report) appendRouteHost(b []byte, ip netip.Addr, cut int) []byte {
	if !ip.IsValid() || ip.IsUnspecified() {
		return append(b, "0.0.0.0"...)
	}
	if !r.numericRoutes() {
		if name, ok := r.env.Names.Host(ip); ok {
			return appendCut(b, name, cut)
		}
	}
	return ascii.AppendIP(b, ip)
}

// appendRouteCell is like appendRouteHost, but pads the cell to its width.
func (r *report) appendRouteCell(b []byte, ip netip.Addr, cut int) []byte {
	start := len(b)
	b = r.appendRouteHost(b, ip, cut)
	return append(ascii.PadFrom(b, start, widthRouteAddr), ' ')
}

func (r *report) appendDestination4(b []byte, route *netstat.Route) []byte {
	ip := route.Destination.Addr()
	if r.numericRoutes() || ip.IsUnspecified() && route.Destination.Bits() != 0 || toHost(route) {
		return r.appendRouteCell(b, ip, widthRouteAddr)
	}
	if ip.IsUnspecified() {
		return ascii.AppendLeft(b, "default", widthRouteAddr+1)
	}
	name, ok := r.env.Names.Network(ip)
	start := len(b)
	if ok {
		b = appendCut(b, name, widthRouteAddr)
	} else {
		b = ascii.AppendIP(b, ip)
	}
	return append(ascii.PadFrom(b, start, widthRouteAddr), ' ')
}

func (r *report) appendRoute4(b []byte, route *netstat.Route) []byte {
	b = r.appendDestination4(b, route)
	rejects := route.Flags.Has(netstat.RouteReject)
	if rejects {
		b = append(b, "-               "...)
	} else {
		b = r.appendRouteCell(b, route.Gateway, widthRouteAddr)
	}
	start := len(b)
	b = ascii.AppendIP(b, maskOf(route.Destination.Bits()))
	b = append(ascii.PadFrom(b, start, widthRouteAddr), ' ')
	start = len(b)
	b = ascii.PadFrom(appendFlags4(b, route.Flags), start, widthRouteFlags)
	if !rejects {
		return append(r.appendRouteFacts(b, route, 0), '\n')
	}
	if r.cmd.Extend == 0 {
		return append(b, "     - -          - -\n"...)
	}
	b = appendSignedLeft(append(b, ' '), route.Metric, 6)
	b = appendSignedRight(append(b, " -  "...), route.Use, 7)
	if r.cmd.Extend == 1 {
		return append(b, " -\n"...)
	}
	return append(b, " -        -     -      -\n"...)
}

// appendCached4 appends a row of the cache. Its names are not cut.
func (r *report) appendCached4(b []byte, route *netstat.Route) []byte {
	b = r.appendRouteCell(b, route.Source.Addr(), maxHost)
	b = r.appendRouteCell(b, route.Destination.Addr(), maxHost)
	b = r.appendRouteCell(b, route.Gateway, maxHost)
	start := len(b)
	b = ascii.PadFrom(appendCacheFlags(b, route.Flags), start, widthRouteFlags)
	b = r.appendRouteFacts(b, route, 5)
	if d := route.Cached; r.cmd.Extend >= 2 && d != nil {
		b = append(b, ' ')
		start = len(b)
		b = append(ascii.PadFrom(appendHex(b, uint64(d.TOS), 1), start, 3), ' ')
		b = append(appendSignedLeft(b, uint32(d.LinkLayerRefs), 3), "   "...)
		b = append(appendSignedLeft(b, uint32(d.LinkLayerValid), 3), ' ')
		start = len(b)
		b = rightFrom(r.appendRouteHost(b, d.PreferredSource, maxHost), start, widthRouteAddr)
	}
	return append(b, '\n')
}

// rightFrom right-aligns what was appended since b had length start, in a cell
// of width bytes.
func rightFrom(b []byte, start, width int) []byte {
	used := len(b) - start
	if used >= width {
		return b
	}
	b = ascii.AppendBlanks(b, width-used)
	copy(b[start+width-used:], b[start:start+used])
	ascii.AppendBlanks(b[:start], width-used)
	return b
}

// appendRouteFacts appends the cells after the flags. With -ee the last number
// is padded to last bytes.
func (r *report) appendRouteFacts(b []byte, route *netstat.Route, last int) []byte {
	iface := route.Interface
	if iface == "" {
		iface = "*"
	}
	b = append(b, ' ')
	switch r.cmd.Extend {
	case 0:
		b = append(appendSignedRight(b, route.MTU, 5), ' ')
		b = append(appendSignedLeft(b, route.Window, 5), ' ')
		b = append(appendSignedRight(b, route.RTT, 6), ' ')
		b = appendSafe(b, iface)
	case 1:
		b = append(appendSignedLeft(b, route.Metric, 6), ' ')
		b = append(appendSignedLeft(b, route.RefCount, 2), ' ')
		b = append(appendSignedRight(b, route.Use, 7), ' ')
		b = appendSafe(b, iface)
	default:
		b = append(appendSignedLeft(b, route.Metric, 6), ' ')
		b = append(appendSignedLeft(b, route.RefCount, 3), ' ')
		b = append(appendSignedRight(b, route.Use, 6), ' ')
		start := len(b)
		b = ascii.PadFrom(appendCut(b, iface, maxRouteIface), start, maxRouteIface)
		b = append(appendSignedLeft(append(b, "   "...), route.MTU, 5), ' ')
		b = append(appendSignedLeft(b, route.Window, 6), ' ')
		b = appendSignedLeft(b, route.RTT, last)
	}
	return b
}

func (r *report) routes6(cache bool) int {
	title := "Kernel IPv6 routing table\n"
	if cache {
		title = "Kernel IPv6 routing cache\n"
	}
	header := func() {
		b := append(r.out.buf, title...)
		r.out.buf = append(b, "Destination                    Next Hop                   Flag Met Ref  Use If\n"...)
	}
	rows := r.routeRows(netstat.Inet6, cache, header)
	if !r.numericRoutes() {
		rows = view.WithRouteHosts(rows, r.env.Names, routeHosts6, r.out.flush)
	}
	for route, err := range rows {
		if err != nil {
			return r.routesFailed(err, "/proc/net/ipv6_route", "INET6 (IPv6)")
		}
		r.out.buf = r.appendRoute6(r.out.buf, &route)
		if !r.out.full() {
			return ExitFailure
		}
	}
	return ExitOK
}

func routeHosts6(route *netstat.Route) (hosts [4]netip.Addr) {
	hosts[0] = named(route.Destination.Addr())
	hosts[1] = named(route.Gateway)
	return hosts
}

func (r *report) appendRoute6(b []byte, route *netstat.Route) []byte {
	numeric := r.numericRoutes()
	start := len(b)
	b = r.appendHost(b, route.Destination.Addr(), numeric)
	b = ascii.AppendUint(append(b, '/'), uint64(route.Destination.Bits()))
	if len(b)-start > maxHost {
		// net-tools 2.10 cuts name and prefix length together.
		b = appendSafe(b[:start], string(b[start:start+maxHost]))
	}
	b = append(ascii.PadFrom(b, start, widthRouteDest6), ' ')
	start = len(b)
	gateway := route.Gateway
	if !gateway.IsValid() {
		gateway = netip.IPv6Unspecified()
	}
	b = r.appendHost(b, gateway, numeric)
	b = append(ascii.PadFrom(b, start, widthRouteHop6), ' ')
	start = len(b)
	for _, l := range routeLetters6 {
		if route.Flags.Has(l.flag) {
			b = append(b, l.letter)
		}
	}
	b = append(ascii.PadFrom(b, start, 4), ' ')
	b = append(appendSignedLeft(b, route.Metric, 3), ' ')
	b = append(appendSignedLeft(b, route.RefCount, 0), ' ')
	b = append(appendSignedRight(b, route.Use, 6), ' ')
	return append(appendSafe(b, route.Interface), '\n')
}

type routeLetter struct {
	flag   netstat.RouteFlags
	letter byte
}

// The letters of the flags in their order. A rejecting IPv4 route has "!" in
// place of the first two.
var (
	routeLetters4 = [...]routeLetter{
		{netstat.RouteUp, 'U'}, {netstat.RouteGateway, 'G'},
		{netstat.RouteHost, 'H'}, {netstat.RouteReinstate, 'R'}, {netstat.RouteDynamic, 'D'},
		{netstat.RouteModified, 'M'}, {netstat.RouteDefault, 'd'}, {netstat.RouteAllOnLink, 'a'},
		{netstat.RouteAutoconf, 'c'}, {netstat.RouteNoNextHop, 'o'}, {netstat.RouteExpires, 'e'},
		{netstat.RouteCached, 'c'}, {netstat.RouteFlow, 'f'}, {netstat.RoutePolicy, 'p'},
		{netstat.RouteLocal, 'l'}, {netstat.RouteFixedMTU, 'u'}, {netstat.RouteFixedWindow, 'w'},
		{netstat.RouteFixedRTT, 'i'}, {netstat.RouteNotCached, 'n'},
	}
	routeLetters6 = [...]routeLetter{
		{netstat.RouteUp, 'U'}, {netstat.RouteReject, '!'}, {netstat.RouteGateway, 'G'},
		{netstat.RouteHost, 'H'}, {netstat.RouteDefault, 'D'}, {netstat.RouteAutoconf, 'A'},
		{netstat.RouteCached, 'C'}, {netstat.RouteAllOnLink, 'a'}, {netstat.RouteExpires, 'e'},
		{netstat.RouteModified, 'm'}, {netstat.RouteNoNextHop, 'n'}, {netstat.RouteFlow, 'f'},
	}
	cacheLetters = [...]struct {
		flag    netstat.RouteFlags
		letters string
	}{
		{netstat.RouteReinstate, "R"}, {netstat.RouteDynamic, "D"}, {netstat.RouteModified, "M"},
		{netstat.RouteDead, "-"}, {netstat.RouteOnLink, "o"}, {netstat.RouteNotify, "n"},
		{netstat.RouteDirectDst, "d"}, {netstat.RouteTProxy, "t"}, {netstat.RouteFast, "f"},
		{netstat.RouteMasquerade, "q"}, {netstat.RouteSNAT, "Ns"}, {netstat.RouteDoRedirect, "r"},
		{netstat.RouteDirectSrc, "i"}, {netstat.RouteDNAT, "Nd"}, {netstat.RouteBroadcast, "b"},
		{netstat.RouteMulticast, "m"}, {netstat.RouteUnreachable, "#"}, {netstat.RouteLocal, "l"},
	}
)

func appendFlags4(b []byte, flags netstat.RouteFlags) []byte {
	if flags.Has(netstat.RouteReject) {
		b = append(b, '!')
		flags &^= netstat.RouteUp | netstat.RouteGateway
	}
	for _, l := range routeLetters4 {
		if flags.Has(l.flag) {
			b = append(b, l.letter)
		}
	}
	return b
}

func appendCacheFlags(b []byte, flags netstat.RouteFlags) []byte {
	if flags.Has(netstat.RouteReject) {
		b = append(b, '!')
	} else if flags.Has(netstat.RouteGateway) {
		b = append(b, 'G')
	}
	for _, l := range cacheLetters {
		if flags.Has(l.flag) {
			b = append(b, l.letters...)
		}
	}
	return b
}

// maskOf returns the netmask of an IPv4 prefix length.
func maskOf(length int) netip.Addr {
	m := ^uint32(0) << (32 - length)
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)})
}

// appendSignedLeft and appendSignedRight append a number in a cell. net-tools
// 2.10 prints all numbers of a route as signed: a metric of 4294967295 shows as
// -1.
func appendSignedLeft(b []byte, n uint32, width int) []byte {
	start := len(b)
	if int32(n) < 0 {
		b = append(b, '-')
		n = -n
	}
	return ascii.PadFrom(ascii.AppendUint(b, uint64(n)), start, width)
}

func appendSignedRight(b []byte, n uint32, width int) []byte {
	if int32(n) >= 0 {
		return ascii.AppendUintRight(b, uint64(n), width)
	}
	digits := 1
	for m := -n; m >= 10; m /= 10 {
		digits++
	}
	b = append(ascii.AppendBlanks(b, width-digits-1), '-')
	return ascii.AppendUint(b, uint64(-n))
}
