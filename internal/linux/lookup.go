package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

var _ netstat.RouteFinder = (*source)(nil)

// Numbers of include/uapi/linux/rtnetlink.h that only lookups need.
const (
	rtaIif     = 3
	rtaMark    = 16
	rtaUID     = 25
	rtaIPProto = 27
	rtaSport   = 28
	rtaDport   = 29

	rtmFLookupTable = 0x1000
	rtmFFibMatch    = 0x2000
)

// appendLookup appends a request for the route of packets (RTM_GETROUTE without a dump).
// With match, the answer is the route of the table, otherwise that of the packets.
func appendLookup(b []byte, seq uint32, l *netstat.RouteLookup, input, output uint32, match bool) []byte {
	order := binary.NativeEndian
	start := len(b)
	b = netlink.AppendDumpHeader(b, rtmGetRoute, seq, 0)
	order.PutUint16(b[start+6:], netlink.FlagRequest)
	family, bits := byte(afInet), byte(32)
	if !l.Destination.Is4() {
		family, bits = afInet6, 128
	}
	fromBits := byte(0)
	if l.From.IsValid() {
		fromBits = bits
	}
	flags := uint32(0)
	if family == afInet {
		flags = rtmFLookupTable // IPv6 always tells the table, and refuses the flag
	}
	if match {
		flags |= rtmFFibMatch
	}
	b = append(b, family, bits, fromBits, l.TOS, 0, 0, 0, 0)
	b = order.AppendUint32(b, flags)
	attribute := func(kind uint16, value ...byte) {
		b = order.AppendUint16(b, uint16(netlink.AttributeSize+len(value)))
		b = append(order.AppendUint16(b, kind), value...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	word := func(kind uint16, n uint32, given bool) {
		if given {
			attribute(kind, order.AppendUint32(nil, n)...)
		}
	}
	attribute(rtaDst, l.Destination.AsSlice()...)
	if l.From.IsValid() {
		attribute(rtaSrc, l.From.AsSlice()...)
	}
	word(rtaIif, input, input != 0)
	word(rtaOif, output, output != 0)
	word(rtaMark, l.Mark, l.Mark != 0)
	word(rtaUID, l.UID, l.HasUID)
	if l.IPProto != 0 {
		attribute(rtaIPProto, l.IPProto)
	}
	if l.SourcePort != 0 {
		attribute(rtaSport, byte(l.SourcePort>>8), byte(l.SourcePort))
	}
	if l.DestinationPort != 0 {
		attribute(rtaDport, byte(l.DestinationPort>>8), byte(l.DestinationPort))
	}
	order.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

// lookupRefusals are the kernel's errors for packets without a usable route: those of routes and
// rules that drop packets, and of a lookup that finds nothing.
var lookupRefusals = [...]syscall.Errno{syscall.EINVAL, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EACCES}

// refusalOf returns the error of a route that drops packets.
func refusalOf(t netstat.RouteType) syscall.Errno {
	switch t {
	case netstat.RouteBlackhole:
		return syscall.EINVAL
	case netstat.RouteToUnreachable:
		return syscall.EHOSTUNREACH
	case netstat.RouteProhibit:
		return syscall.EACCES
	}
	return 0
}

// actionRefusal returns the error of a rule that drops packets, and the type of its answer.
func actionRefusal(a netstat.RuleAction) (syscall.Errno, netstat.RouteType) {
	switch a {
	case netstat.RuleBlackhole:
		return syscall.EINVAL, netstat.RouteBlackhole
	case netstat.RuleUnreachable:
		return syscall.ENETUNREACH, netstat.RouteToUnreachable
	case netstat.RuleProhibit:
		return syscall.EACCES, netstat.RouteProhibit
	}
	return 0, netstat.RouteTypeUnknown
}

// LookUpRoute implements netstat.RouteFinder. The kernel tells the route and its table; the
// rule follows from the rules themselves, which agree with what the kernel told or are
// unknown.
func (s *source) LookUpRoute(ctx context.Context, l *netstat.RouteLookup) (netstat.RouteAnswer, error) {
	answer := netstat.RouteAnswer{Lookup: *l}
	fail := func(err error) (netstat.RouteAnswer, error) {
		return netstat.RouteAnswer{}, &netstat.OpError{Op: "look up the route to " + l.Destination.String(), Err: err}
	}
	if !s.useNetlink {
		return fail(errors.ErrUnsupported)
	}
	indexes := interfaceIndexes{s: s}
	defer indexes.close()
	input, output := indexes.of(l.Input), indexes.of(l.Output)
	for _, i := range [...]struct {
		name  string
		index uint32
	}{{l.Input, input}, {l.Output, output}} {
		if i.name != "" && i.index == 0 {
			return fail(errors.New("no interface '" + i.name + "'"))
		}
	}
	c, err := s.dialRoutes()
	if err != nil {
		return fail(err)
	}
	defer c.Close()
	vrfs := s.vrfs(ctx, nil)
	d := routeDetails{names: routeDecoder{nameOf: c.interfaceName}, tables: s.routeTables(), vrfs: vrfs, objects: s.nextHopObjects(ctx)}
	ask := func(match bool) (*netstat.Route, error) {
		s.seq++
		if err := c.Send(appendLookup(nil, s.seq, l, input, output, match)); err != nil {
			return nil, err
		}
		buf := s.takeBuffer()
		defer s.returnBuffer(buf)
		m := netlink.Reader{Ctx: ctx, Seq: s.seq, Conn: c, Buf: buf, Tolerant: true}
		for m.Next() {
			r := new(netstat.Route)
			if m.Kind == rtmNewRoute {
				if !d.decode(m.Payload, r) {
					return nil, netlink.ErrGarbled
				}
				return r, nil
			}
		}
		return nil, m.Err
	}
	taken, err := ask(false)
	var refused syscall.Errno
	switch {
	case err == nil:
		s.answer(ctx, &answer, taken)
		answer.Route, _ = ask(true)
	case errors.As(err, &refused) && isRefusal(refused):
		answer.Refusal = refused
	default:
		return fail(err)
	}
	if answer.Route != nil {
		answer.Route.RefCount, answer.Route.Use = 0, 0
	}
	vrf, err := s.vrfOf(ctx, l, vrfs)
	if err != nil {
		return fail(err)
	}
	if err := s.explain(ctx, &answer, vrf); err != nil {
		return fail(err)
	}
	answer.TableName, answer.VRF = d.tables[answer.Table], vrfs[answer.Table]
	return answer, nil
}

func isRefusal(err syscall.Errno) bool {
	for _, r := range lookupRefusals {
		if r == err {
			return true
		}
	}
	return false
}

// answer fills a from the route that packets take, the interface and its neighbours.
func (s *source) answer(ctx context.Context, a *netstat.RouteAnswer, taken *netstat.Route) {
	detail := taken.Detail
	a.Type, a.Table = detail.Type, detail.Table
	a.Gateway, a.Index, a.Interface = taken.Gateway, taken.Index, taken.Interface
	a.Source = detail.PreferredSource
	if !a.Source.IsValid() {
		a.Source = a.Lookup.From
	}
	a.MTU, _ = detail.Metrics.Value(netstat.MetricMTU)
	if a.MTU == 0 {
		for i, err := range s.Interfaces(ctx, netstat.InterfaceQuery{}) {
			if err == nil && i.Index == a.Index {
				a.MTU = i.MTU
			}
		}
	}
	next := a.Gateway
	if !next.IsValid() {
		next = a.Lookup.Destination
	}
	if a.Type != netstat.RouteUnicast {
		return
	}
	family := netstat.Inet
	if !next.Is4() {
		family = netstat.Inet6
	}
	for n, err := range s.Neighbors(ctx, netstat.NeighborQuery{Family: family}) {
		if err == nil && n.Address == next && n.Index == a.Index {
			a.Neighbor = &n
			return
		}
	}
}

// explain finds the rule of an answer and, for packets that are refused, the route.
func (s *source) explain(ctx context.Context, a *netstat.RouteAnswer, vrf lookupVRF) error {
	l := a.Lookup
	family := netstat.Inet
	if !l.Destination.Is4() {
		family = netstat.Inet6
	} else if l.IPProto == 0 {
		l.IPProto = 17 // as the kernel assumes for IPv4
	}
	uid := l.UID
	switch {
	case l.Input != "" && family == netstat.Inet:
		uid = 0 // of the namespace's owner, whatever the question says
	case l.HasUID:
	case l.Input != "":
		uid = 1<<32 - 1
	default:
		uid = s.ownUID
	}
	var rules []netstat.Rule
	for r, err := range s.Rules(ctx, netstat.RuleQuery{Family: family}) {
		if err != nil {
			return err
		}
		rules = append(rules, r)
	}
	match := func(r *netstat.Rule) verdict { return matchRule(r, &l, uid, vrf.table != 0) }
	tables := lookupTables{ctx: ctx, s: s, family: family, lookup: &l, vrf: vrf}
	if a.Refusal == nil {
		a.Rule = s.ruleOfTable(a, rules, match, &tables)
		return nil
	}
	rule, known := ruleWalk(rules, match, func(r *netstat.Rule) (done, ok bool) {
		if refusal, _ := actionRefusal(r.Action); refusal != 0 {
			return true, a.Refusal == refusal
		}
		route, clear := tables.find(vrf.tableOf(r))
		switch {
		case !clear:
			return false, false
		case route == nil || route.Detail.Type == netstat.RouteThrow, suppressed(r, route):
			return false, !unclearSuppress(r)
		}
		return true, a.Refusal == error(refusalOf(route.Detail.Type))
	})
	switch {
	case rule != nil && known:
		a.Rule = rule
		if _, a.Type = actionRefusal(rule.Action); a.Type == netstat.RouteTypeUnknown {
			a.Table = vrf.tableOf(rule)
			a.Route, _ = tables.find(a.Table)
			a.Type = a.Route.Detail.Type
		}
	case a.Refusal == error(syscall.EINVAL) && known && l.From.IsValid() && l.Input == "":
		// No route that drops packets explains it: the kernel refuses the question.
		return errors.New("invalid argument: the source must be an address of this host, unless iif is given")
	}
	return nil
}

// ruleOfTable returns the rule that led to the table that the kernel told; nil if it is
// unknown. As long as nobody added a rule, the kernel looks for all IPv4 routes in the main
// table, with which the local one is merged: the table of the route itself then decides.
func (s *source) ruleOfTable(a *netstat.RouteAnswer, rules []netstat.Rule, match func(*netstat.Rule) verdict, tables *lookupTables) *netstat.Rule {
	if a.Lookup.Destination.Is4() && a.Table == rtTableMain {
		if route, clear := tables.find(rtTableLocal); clear && route != nil && route.Detail.Type == a.Type {
			a.Table = rtTableLocal
			if a.Route != nil && a.Route.Detail != nil {
				a.Route = route
			}
		}
	}
	rule, known := ruleWalk(rules, match, func(r *netstat.Rule) (done, ok bool) {
		switch {
		case r.Action != netstat.RuleTable:
			return false, false // it would have refused the packets
		case tables.vrf.tableOf(r) != a.Table:
			return false, true // no route there, else the kernel had told that table
		case unclearSuppress(r), a.Route == nil && r.Known.Has(netstat.RuleSuppressPrefixLength):
			return false, false
		}
		return !suppressed(r, a.Route), true
	})
	if !known {
		return nil
	}
	return rule
}

// lookupVRF is the VRF that packets belong to. The zero value means none.
type lookupVRF struct {
	table  uint32
	output bool // whether the output interface is the VRF device itself
}

// tableOf returns the table in which a rule looks for a route.
func (v lookupVRF) tableOf(r *netstat.Rule) uint32 {
	if r.L3MDev {
		return v.table
	}
	return r.Table
}

// vrfOf returns the VRF of a lookup: the interface itself, or its master. vrfs are the names of
// VRF devices by table.
func (s *source) vrfOf(ctx context.Context, l *netstat.RouteLookup, vrfs map[uint32]string) (vrf lookupVRF, err error) {
	device := l.Output
	if device == "" {
		device = l.Input
	}
	if device == "" || len(vrfs) == 0 {
		return vrf, nil
	}
	tableOf := func(device string) uint32 {
		for table, names := range vrfs {
			if slices.Contains(strings.Split(names, ","), device) {
				return table
			}
		}
		return 0
	}
	if vrf.table = tableOf(device); vrf.table != 0 {
		vrf.output = l.Output != ""
		return vrf, nil
	}
	for i, err := range s.Interfaces(ctx, netstat.InterfaceQuery{Name: device, Facts: netstat.InterfaceLink}) {
		if err != nil {
			return vrf, err
		}
		if i.Link != nil && i.Called(device) {
			vrf.table = tableOf(i.Link.Master.Name)
		}
	}
	return vrf, nil
}

// suppressed reports whether a rule ignores a route.
func suppressed(r *netstat.Rule, route *netstat.Route) bool {
	return route != nil && r.Known.Has(netstat.RuleSuppressPrefixLength) && route.Destination.Bits() <= int(r.SuppressPrefixLength)
}

// unclearSuppress reports whether it is unknown which routes a rule ignores.
func unclearSuppress(r *netstat.Rule) bool { return r.Known.Has(netstat.RuleSuppressGroup) }

// lookupTables finds routes in tables as the kernel does.
type lookupTables struct {
	ctx    context.Context
	s      *source
	family netstat.Family
	lookup *netstat.RouteLookup
	vrf    lookupVRF
}

// passes reports whether the kernel considers a route that matches the destination: with an
// output interface only one through it, or one that drops packets. For IPv6 that holds without
// a source.
func (t *lookupTables) passes(r *netstat.Route) bool {
	l := t.lookup
	if l.Output == "" || t.vrf.output || r.Detail.Type.Drops() || r.Detail.Type == netstat.RouteThrow {
		return true
	}
	if t.family == netstat.Inet6 && (l.From.IsValid() || r.Detail.Type != netstat.RouteUnicast) {
		return true
	}
	return slices.ContainsFunc(r.Detail.NextHops, func(h netstat.NextHop) bool { return h.Interface == l.Output })
}

// find returns the route of a table for the packets; nil if there is none. clear is false if
// it cannot be known.
func (t *lookupTables) find(table uint32) (best *netstat.Route, clear bool) {
	clear = true
	for r, err := range t.s.Routes(t.ctx, netstat.RouteQuery{Family: t.family, Details: true, Table: table}) {
		switch {
		case errors.Is(err, netstat.ErrNoRoutes):
			return nil, true
		case err != nil:
			return nil, false
		case r.Detail == nil || !containsHost(r.Destination, t.lookup.Destination):
		case !t.passes(&r):
		case r.Source.Bits() > 0:
			clear = false // the source decides too
		case r.Detail.TOS != 0 && r.Detail.TOS != t.lookup.TOS&0x1c:
		case best == nil || better(&r, best):
			route := r
			best = &route
		}
	}
	return best, clear
}

func containsHost(p netip.Prefix, ip netip.Addr) bool { return p.IsValid() && p.Contains(ip) }

// better reports whether the kernel prefers a route to another one.
func better(a, b *netstat.Route) bool {
	switch {
	case a.Destination.Bits() != b.Destination.Bits():
		return a.Destination.Bits() > b.Destination.Bits()
	case a.Detail.TOS != b.Detail.TOS:
		return a.Detail.TOS > b.Detail.TOS
	}
	return a.Metric < b.Metric
}
