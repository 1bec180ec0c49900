package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"iter"
	"math/bits"
	"net/netip"

	"netstat"
)

// Flags of /proc/net/route and /proc/net/ipv6_route
// (include/uapi/linux/route.h, ipv6_route.h).
const (
	rtfUp      = 0x1
	rtfGateway = 0x2
	rtfHost    = 0x4
	rtfReject  = 0x200
	rtfCache   = 0x1000000
)

// routeFlags maps the bits of the kernel's flags, which IPv4 and IPv6 share.
var routeFlags = [...]struct {
	bit  uint32
	flag netstat.RouteFlags
}{
	{rtfUp, netstat.RouteUp}, {rtfGateway, netstat.RouteGateway}, {rtfHost, netstat.RouteHost},
	{0x8, netstat.RouteReinstate}, {0x10, netstat.RouteDynamic}, {0x20, netstat.RouteModified},
	{0x40, netstat.RouteFixedMTU}, {0x80, netstat.RouteFixedWindow}, {0x100, netstat.RouteFixedRTT},
	{rtfReject, netstat.RouteReject}, {0x400, netstat.RouteNotCached},
	{0x10000, netstat.RouteDefault}, {0x20000, netstat.RouteAllOnLink}, {0x40000, netstat.RouteAutoconf},
	{0x200000, netstat.RouteNoNextHop}, {0x400000, netstat.RouteExpires}, {rtfCache, netstat.RouteCached},
	{0x2000000, netstat.RouteFlow}, {0x4000000, netstat.RoutePolicy}, {0x80000000, netstat.RouteLocal},
}

func routeFlagsOf(bitmap uint32) (flags netstat.RouteFlags) {
	// Nearly all routes have only these flags; skip the search.
	if bitmap&^(rtfUp|rtfGateway|rtfHost) == 0 {
		// These three have the same numbers in the model.
		return netstat.RouteFlags(bitmap)
	}
	for i := range routeFlags {
		if bitmap&routeFlags[i].bit != 0 {
			flags |= routeFlags[i].flag
		}
	}
	return flags
}

// cacheFlags maps the bits of the flags of /proc/net/rt_cache: the flags of a
// lookup's result (include/uapi/linux/in_route.h) above a few flags of the
// route.
var cacheFlags = [...]struct {
	bit  uint32
	flag netstat.RouteFlags
}{
	{0x1, netstat.RouteDead}, {rtfGateway, netstat.RouteGateway}, {0x4, netstat.RouteOnLink},
	{0x8, netstat.RouteReinstate}, {0x10, netstat.RouteDynamic}, {0x20, netstat.RouteModified},
	{rtfReject, netstat.RouteReject},
	{0x10000, netstat.RouteNotify}, {0x20000, netstat.RouteDirectDst}, {0x80000, netstat.RouteTProxy},
	{0x200000, netstat.RouteFast}, {0x400000, netstat.RouteMasquerade}, {0x800000, netstat.RouteSNAT},
	{0x1000000, netstat.RouteDoRedirect}, {0x4000000, netstat.RouteDirectSrc}, {0x8000000, netstat.RouteDNAT},
	{0x10000000, netstat.RouteBroadcast}, {0x20000000, netstat.RouteMulticast},
	{0x40000000, netstat.RouteUnreachable}, {0x80000000, netstat.RouteLocal},
}

func cacheFlagsOf(bitmap uint32) (flags netstat.RouteFlags) {
	for i := range cacheFlags {
		if bitmap&cacheFlags[i].bit != 0 {
			flags |= cacheFlags[i].flag
		}
	}
	return flags
}

type routeYield = func(netstat.Route, error) bool

var (
	routes4 = netstat.Table{Family: netstat.Inet}
	routes6 = netstat.Table{Family: netstat.Inet6}
)

// Routes implements netstat.Source.
func (s *source) Routes(ctx context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	return func(yield func(netstat.Route, error) bool) {
		family := q.Family
		if q.Persistent { // Linux keeps no such list; boot-time configuration adds routes.
			family = netstat.FamilyNone
		}
		if q.Details && !q.Cache && (family == netstat.Inet || family == netstat.Inet6) && !s.withoutDetails(ctx, q, yield) {
			return
		}
		switch family {
		case netstat.Inet:
			if q.Cache {
				s.routeCache4(ctx, q, yield)
			} else {
				s.routes4(ctx, q, yield)
			}
		case netstat.Inet6:
			s.routes6(ctx, q, yield)
		default:
			yield(netstat.Route{}, &netstat.OpError{Op: "read routes of", Table: netstat.Table{Family: q.Family}, Err: errors.ErrUnsupported})
		}
	}
}

// withoutDetails yields routes with details. It returns true if it could not, and the
// caller must yield those without.
func (s *source) withoutDetails(ctx context.Context, q netstat.RouteQuery, yield routeYield) bool {
	t := netstat.Table{Family: q.Family}
	err := errRouteFile
	if s.useNetlink {
		err = s.routesDetailed(ctx, q, yield)
	}
	switch {
	case err == nil:
		return false
	case q.Table != 0 || err == ctx.Err():
		yield(netstat.Route{}, routeError("dump routes of", t, err))
		return false
	case q.Report != nil:
		q.Report(routeError("read the details of routes of", t, &detailedError{errors.ErrUnsupported, err}))
	}
	return true
}

// errRouteFile means that the files, a copy or selected by the user, lack facts.
var errRouteFile error = routeFileOnly{}

type routeFileOnly struct{}

func (routeFileOnly) Error() string { return "available only over netlink" }
func (routeFileOnly) Unwrap() error { return errors.ErrUnsupported }

// routes4 reads the main table from a dump. If the kernel refuses the dump, it
// reads /proc/net/route, which has the same rows in the same order.
func (s *source) routes4(ctx context.Context, q netstat.RouteQuery, yield routeYield) {
	skip := 0
	if s.useNetlink && (!s.useProc || !s.routesRefused) {
		out := s.dumpRoutes(ctx, &routeRequest{family: afInet, table: rtTableMain}, q.Report, yield)
		switch {
		case out.Stopped || out.Err == nil:
			return
		case errors.Is(out.Err, netstat.ErrNoRoutes), out.Err == ctx.Err(), !s.useProc,
			out.delivered > 0 && out.Err != errRouteNeedsFile:
			yield(netstat.Route{}, routeError("dump routes of", routes4, out.Err))
			return
		}
		s.routesRefused = out.Err != errRouteNeedsFile && !transient(out.Err)
		skip = out.delivered
	}
	s.routeFile(ctx, q, "route", skip, yield)
}

// routeFile reads /proc/net/route or /proc/net/rt_cache, leaving out the first
// skip rows. It reports whether the caller accepts more rows.
func (s *source) routeFile(ctx context.Context, q netstat.RouteQuery, file string, skip int, yield routeYield) (more bool) {
	l, header, err := s.openLines(ctx, routes4, file, q.Report)
	if err != nil {
		yield(netstat.Route{}, routeFileError(err, file))
		return false
	}
	defer s.closeLines(l)
	p := routeParser{cache: q.Cache}
	if len(header) == 0 && l.eof {
		yield(netstat.Route{}, routeError("read routes of", routes4, netstat.ErrNoRoutes))
		return false
	}
	if missing := p.header(header); missing != "" {
		yield(netstat.Route{}, routeError("read routes of", routes4,
			&netstat.MissingColumnError{File: "/proc/net/" + file, Column: missing}))
		return false
	}
	indexes := interfaceIndexes{s: s}
	defer indexes.close()
	r := netstat.Route{Family: netstat.Inet}
	for {
		line, err := l.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			yield(netstat.Route{}, routeError("read routes of", routes4, err))
			return false
		}
		if !p.parse(line, &r) {
			reportBogus(q.Report, routes4, line)
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		r.Index = indexes.of(r.Interface)
		if !yield(r, nil) {
			return false
		}
	}
}

// interfaceIndexes looks up the numbers of interfaces, each once, for files
// that hold only their names. For a copy of /proc the numbers are unknown.
type interfaceIndexes struct {
	s         *source
	c         linkControl // nil if not open
	refused   bool
	last      string
	lastIndex uint32
	known     map[string]uint32
}

func (x *interfaceIndexes) of(name string) uint32 {
	if name == "" || x.refused || x.s.procRoot != "/proc" || x.s.openLinks == nil {
		return 0
	}
	if name == x.last {
		return x.lastIndex
	}
	index, ok := x.known[name]
	if !ok {
		if x.c == nil {
			c, err := x.s.openLinks()
			if err != nil {
				x.refused = true
				return 0
			}
			x.c = c
		}
		index = x.c.index(name)
		if x.known == nil {
			x.known = make(map[string]uint32)
		}
		x.known[name] = index
	}
	x.last, x.lastIndex = name, index
	return index
}

func (x *interfaceIndexes) close() {
	if x.c != nil {
		x.c.close()
	}
}

// routeCache4 reads cached routes: /proc/net/rt_cache, which has had no rows
// since Linux 3.6, and the route exceptions that replaced it.
func (s *source) routeCache4(ctx context.Context, q netstat.RouteQuery, yield routeYield) {
	var (
		refused error
		missing *netstat.MissingColumnError
	)
	more := s.routeFile(ctx, q, "rt_cache", 0, func(r netstat.Route, err error) bool {
		if err != nil && s.useNetlink && ctx.Err() == nil && !errors.As(err, &missing) {
			refused = err
			return false
		}
		return yield(r, err)
	})
	switch {
	case more:
		s.exceptions(ctx, afInet, q, yield)
	case refused != nil:
		s.cacheDumped(ctx, q, afInet, refused, yield)
	}
}

// exceptions yields what the kernel learned about single destinations: path
// MTUs and redirects. Linux lists them since 5.3, over netlink only.
func (s *source) exceptions(ctx context.Context, family byte, q netstat.RouteQuery, yield routeYield) {
	if !s.useNetlink {
		return
	}
	t := routes4
	if family == afInet6 {
		t = routes6
	}
	out := s.dumpRoutes(ctx, &routeRequest{family: family, cloned: true}, q.Report, yield)
	switch {
	case out.Stopped || out.Err == nil || out.Err == errNoStrictDump || errors.Is(out.Err, netstat.ErrNoRoutes):
	case out.Err == ctx.Err() || !s.useProc:
		yield(netstat.Route{}, routeError("dump routes of", t, out.Err))
	case q.Report != nil:
		q.Report(routeError("dump cached routes of", t, &detailedError{netstat.ErrIncomplete, out.Err}))
	}
}

func routeError(op string, t netstat.Table, err error) *netstat.OpError {
	return &netstat.OpError{Op: op, Table: t, Err: err}
}

// routeFileError adds the file's name to the error of a file that cannot be
// opened.
func routeFileError(e *netstat.OpError, file string) *netstat.OpError {
	e.Op = "read routes of"
	e.Err = &fs.PathError{Op: "open", Path: "/proc/net/" + file, Err: e.Err}
	return e
}

// Columns of /proc/net/route in their order; other columns may stand between
// them. The cache has Source in place of Mask, and more columns at the end.
const (
	colIface = iota
	colDestination
	colGateway
	colFlags
	colRefCnt
	colUse
	colMetric
	colMask // or Source
	colMTU
	colWindow
	colIRTT
	routeColumns
	colTOS = iota - 1
	colHHRef
	colHHUptod
	colSpecDst
	cacheColumns
)

var routeColumnNames = [cacheColumns]string{
	"Iface", "Destination", "Gateway", "Flags", "RefCnt", "Use", "Metric", "Mask", "MTU", "Window", "IRTT",
	"TOS", "HHRef", "HHUptod", "SpecDst",
}

// maxRouteFields is the number of columns of a file that are parsed.
const maxRouteFields = 32

// routeParser parses the lines of one file.
type routeParser struct {
	cache bool
	// column is the index of each column's field in a line.
	column [cacheColumns]uint8
	names  interfaceNames
}

func (p *routeParser) wanted() int {
	if p.cache {
		return cacheColumns
	}
	return routeColumns
}

// header finds the columns in the file's first line. It returns the first
// missing column, or "".
func (p *routeParser) header(line []byte) (missing string) {
	var fields [maxRouteFields][]byte
	n := splitFields(line, &fields)
	at := 0
	for c := range p.wanted() {
		name := routeColumnNames[c]
		if c == colMask && p.cache {
			name = "Source"
		}
		for at < n && string(fields[at]) != name {
			at++
		}
		if at == n {
			return name
		}
		p.column[c] = uint8(at)
		at++
	}
	return ""
}

// splitFields splits a line at spaces and tabs.
func splitFields(line []byte, fields *[maxRouteFields][]byte) (n int) {
	p := scanner{b: line}
	for n < maxRouteFields {
		p.skipBlanks()
		start := p.at
		for p.at < len(line) && line[p.at] != ' ' && line[p.at]-'\t' >= 5 {
			p.at++
		}
		if p.at == start {
			break
		}
		fields[n] = line[start:p.at]
		n++
	}
	return n
}

// parse fills r from a line, without allocating. fib_route_seq_show
// (net/ipv4/fib_trie.c) writes the table, rt_cache_seq_show (net/ipv4/route.c,
// before 3.6) the cache. Addresses are 32-bit words in the machine's byte
// order, flags are hexadecimal, other numbers decimal. It returns false if a
// column other than the last is missing.
func (p *routeParser) parse(line []byte, r *netstat.Route) bool {
	var fields [maxRouteFields][]byte
	n := splitFields(line, &fields)
	field := func(c int) []byte {
		if i := int(p.column[c]); i < n {
			return fields[i]
		}
		return nil
	}
	destination, ok1 := fieldAddr(field(colDestination))
	gateway, ok2 := fieldAddr(field(colGateway))
	mask, ok3 := fieldAddr(field(colMask))
	flags, ok4 := fieldHex(field(colFlags))
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return false
	}
	r.Gateway = netip.Addr{}
	if gateway != [4]byte{} {
		r.Gateway = netip.AddrFrom4(gateway)
	}
	for _, f := range [...]struct {
		c  int
		to *uint32
	}{
		{colRefCnt, &r.RefCount}, {colUse, &r.Use}, {colMetric, &r.Metric}, {colMTU, &r.MTU}, {colWindow, &r.Window},
	} {
		v, ok := fieldDecimal(field(f.c))
		if !ok {
			return false
		}
		*f.to = v
	}
	r.RTT, _ = fieldDecimal(field(colIRTT))
	iface := field(colIface)
	r.Interface = ""
	if string(iface) != "*" {
		r.Interface = p.names.of(iface)
	}
	if !p.cache {
		word := binary.BigEndian.Uint32(mask[:])
		length := bits.LeadingZeros32(^word)
		if word<<length != 0 {
			return false
		}
		r.Destination = netip.PrefixFrom(netip.AddrFrom4(destination), length)
		r.Flags = routeFlagsOf(flags)
		return true
	}
	r.Destination = netip.PrefixFrom(netip.AddrFrom4(destination), 32)
	r.Source = netip.PrefixFrom(netip.AddrFrom4(mask), 32)
	r.Flags = cacheFlagsOf(flags) | netstat.RouteCached
	var d netstat.CachedRoute
	d.TOS, _ = fieldHex(field(colTOS))
	refs, _ := fieldDecimal(field(colHHRef))
	valid, _ := fieldDecimal(field(colHHUptod))
	spec, _ := fieldAddr(field(colSpecDst))
	d.LinkLayerRefs, d.LinkLayerValid = int32(refs), int32(valid)
	d.PreferredSource = netip.AddrFrom4(spec)
	r.Cached = &d
	return true
}

func fieldAddr(b []byte) (ip [4]byte, ok bool) {
	p := scanner{b: b}
	if token := p.hexToken(); len(token) != 8 || p.at != len(b) {
		return ip, false
	}
	binary.NativeEndian.PutUint32(ip[:], hexWord(b))
	return ip, true
}

func fieldHex(b []byte) (uint32, bool) {
	p := scanner{b: b}
	v, ok := p.hex()
	return uint32(v), ok && p.at == len(b)
}

func fieldDecimal(b []byte) (uint32, bool) {
	p := scanner{b: b}
	v, ok := p.decimal()
	return uint32(v), ok && p.at == len(b)
}

// interfaceNames allocates each interface name once.
type interfaceNames struct {
	last  string
	names map[string]string
}

func (n *interfaceNames) of(b []byte) string {
	if string(b) == n.last {
		return n.last
	}
	name, ok := n.names[string(b)]
	if !ok {
		if n.names == nil {
			n.names = make(map[string]string)
		}
		name = string(b)
		n.names[name] = name
	}
	n.last = name
	return name
}
