package win32

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"netstat"
)

var _ netstat.RouteFinder = (*source)(nil)

// Codes of winerror.h for packets without a route. GetBestRoute2 is documented to return
// codeNotFound for an interface that does not exist; here interfaces are looked up before.
const (
	codeNetworkUnreachable = 1231
	codeHostUnreachable    = 1232
)

// LookUpRoute implements netstat.RouteFinder with GetBestRoute2, which knows packets by
// their destination, source and outgoing interface.
func (s *source) LookUpRoute(ctx context.Context, l *netstat.RouteLookup) (netstat.RouteAnswer, error) {
	fail := func(err error) (netstat.RouteAnswer, error) {
		return netstat.RouteAnswer{}, opError("look up the route to "+l.Destination.String(), netstat.Table{}, err)
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	if words := unknownToWindows(l); len(words) > 0 {
		return fail(unsupportedError("Windows looks up routes by destination, from and oif only, not by " + strings.Join(words, ", ")))
	}
	family, number := netstat.Inet, uint32(familyInet4)
	if !l.Destination.Is4() {
		family, number = netstat.Inet6, familyInet6
	}
	var warning error // of what only explains the route
	links := s.links(netstat.RouteQuery{Family: family, Details: true, Report: func(e *netstat.OpError) { warning = e }})
	index, err := s.outgoing(l.Output, links)
	if err != nil {
		return fail(err)
	}
	row, best := make([]byte, forwardSize), make([]byte, sockaddrSize6)
	var from []byte
	if l.From.IsValid() {
		from = encodeSockaddr(l.From)
	}
	answer := netstat.RouteAnswer{Lookup: *l}
	switch code := s.api.bestRoute(index, from, encodeSockaddr(l.Destination), row, best); code {
	case codeSuccess:
	case codeNotFound, codeNetworkUnreachable, codeHostUnreachable:
		answer.Refusal = s.win(code)
		return answer, nil
	default:
		return fail(s.win(code))
	}
	route, ok := decodeRoute(row)
	if !ok || route.destination.Addr().Is4() != l.Destination.Is4() {
		return fail(netstat.ErrBogusRecord)
	}
	r := route.model(family, links, true)
	answer.Route, answer.Type, answer.Gateway = &r, packetType(l.Destination, &route, links), r.Gateway
	answer.Index, answer.Interface = r.Index, r.Interface
	if source, ok := sockaddrIP(best); ok && !source.IsUnspecified() {
		answer.Source = source
	}
	answer.MTU = s.mtu(number, r.Index)
	if answer.Type == netstat.RouteUnicast {
		next := answer.Gateway
		if !next.IsValid() {
			next = l.Destination
		}
		for n, err := range s.Neighbors(ctx, netstat.NeighborQuery{Family: family}) {
			if err == nil && n.Address == next && n.Index == r.Index {
				answer.Neighbor = &n
				break
			}
		}
	}
	if r.Interface == "" && warning != nil {
		return fail(warning)
	}
	return answer, nil
}

// unknownToWindows returns the words for what Windows cannot look routes up by.
func unknownToWindows(l *netstat.RouteLookup) (words []string) {
	for _, w := range [...]struct {
		name  string
		given bool
	}{
		{"iif", l.Input != ""}, {"mark", l.Mark != 0}, {"tos", l.TOS != 0}, {"uid", l.HasUID},
		{"ipproto", l.IPProto != 0}, {"sport", l.SourcePort != 0}, {"dport", l.DestinationPort != 0},
	} {
		if w.given {
			words = append(words, w.name)
		}
	}
	return words
}

// outgoing returns the index of an interface, given by its name or index; 0 for "".
func (s *source) outgoing(name string, links map[uint32]link) (uint32, error) {
	if name == "" {
		return 0, nil
	}
	for index, l := range links {
		if index != 0 && strings.EqualFold(l.name, name) {
			return index, nil
		}
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		if _, ok := links[uint32(n)]; ok && n != 0 {
			return uint32(n), nil
		}
	}
	return 0, errors.New("no interface '" + name + "'")
}

// packetType returns what happens to packets that take a route.
func packetType(to netip.Addr, r *routeRow, links map[uint32]link) netstat.RouteType {
	switch {
	case r.loopback:
		return netstat.RouteToLocal
	case to.IsMulticast():
		return netstat.RouteToMulticast
	case r.onLink() && links[r.index].broadcasts(to):
		return netstat.RouteToBroadcast
	}
	return netstat.RouteUnicast
}

// mtu returns the MTU that a version of IP has on an interface; 0 if it is unknown or
// has no limit.
func (s *source) mtu(family, index uint32) uint32 {
	if table, code := s.api.ipInterfaces(family); code == codeSuccess {
		rows, _ := countedRows(table, interfaceTable, interfaceSize)
		for ; len(rows) > 0; rows = rows[interfaceSize:] {
			if word(rows, interfaceIndexOffset) == index {
				return limited(word(rows, interfaceMTU))
			}
		}
	}
	// Wine 8.0 lacks that table.
	rows, _ := s.readInterfaces()
	for i := range rows {
		if rows[i].index == index {
			return limited(rows[i].mtu)
		}
	}
	return 0
}

func limited(mtu uint32) uint32 {
	if mtu == math.MaxUint32 {
		return 0
	}
	return mtu
}

// encodeSockaddr returns an address as a SOCKADDR_INET.
func encodeSockaddr(ip netip.Addr) []byte {
	b := make([]byte, sockaddrSize6)
	if ip.Is4() {
		b[0] = familyInet4
		copy(b[sockaddrIn4:], ip.AsSlice())
	} else {
		b[0] = familyInet6
		copy(b[sockaddrIn6:], ip.AsSlice())
	}
	return b
}
