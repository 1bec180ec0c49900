package linux

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"netstat"
)

// objectMessage returns the payload of an RTM_NEWNEXTHOP message.
func objectMessage(family byte, flags, id uint32, attributes ...[]byte) []byte {
	b := append([]byte{family, 0, 3, 0}, routeWord(flags)...)
	return append(append(b, routeAttr(nhaID, routeWord(id)...)...), slices.Concat(attributes...)...)
}

// member returns a struct nexthop_grp.
func member(id uint32, weight int) []byte {
	return append(routeWord(id), byte(weight-1), byte((weight-1)>>8), 0, 0)
}

var (
	linkLocal  = netip.MustParseAddr("fe80::99")
	objectList = [][]byte{
		objectMessage(afInet, 4, 7, routeAttr(nhaOif, routeWord(3)...), routeAttr(nhaGateway, 10, 9, 0, 7)),
		objectMessage(afInet6, 0, 8, routeAttr(nhaOif, routeWord(4)...), routeAttr(nhaGateway, linkLocal.AsSlice()...),
			routeAttr(nhaEncapType, 1, 0), routeAttr(nhaEncap, routeAttr(mplsIPTunnel, 0, 0x06, 0x41, 0)...)),
		objectMessage(0, 0, 9, routeAttr(nhaGroup, slices.Concat(member(7, 1), member(8, 1000))...)),
		objectMessage(afInet, 0, 10, routeAttr(nhaBlackhole)),
		objectMessage(0, 0, 11, routeAttr(nhaGroup, slices.Concat(member(7, 1), member(77, 1))...)), // of 77 nothing is known
		objectMessage(0, 0, 12, routeAttr(nhaGroup, member(9, 1)...)),                               // of a group
	}
	hop7 = netstat.NextHop{Gateway: netip.MustParseAddr("10.9.0.7"), Index: 3, Interface: "eth0", Weight: 1, Flags: netstat.NextHopOnLink}
	hop8 = netstat.NextHop{Gateway: linkLocal, Index: 4, Interface: "eth1", Weight: 1, Encap: "mpls", EncapTarget: "100"}
)

// knownObjects returns objectList, dumped when first asked for.
func knownObjects(t testing.TB) *nextHopObjects {
	return &nextHopObjects{dump: func() map[uint32]nextHopObject {
		known := make(map[uint32]nextHopObject)
		for _, b := range objectList {
			id, o, ok := decodeNextHop(b, &routeDetails{})
			if !ok {
				t.Fatalf("malformed: %v", b)
			}
			known[id] = o
		}
		return known
	}}
}

// TestNextHopObjects decodes routes of which the kernel says only the number of an object,
// or weights without their upper bits.
func TestNextHopObjects(t *testing.T) {
	weighted := func(h netstat.NextHop, weight uint32) netstat.NextHop {
		h.Weight = weight
		return h
	}
	several := severalHops(hopOf(4, 1, 3, routeAttr(rtaGateway, 10, 9, 0, 7)), hopOf(0, 1000%256, 4))
	for _, c := range []struct {
		name   string
		id     uint32
		route  [][]byte
		want   []netstat.NextHop
		missed bool
	}{
		{"one", 7, nil, []netstat.NextHop{hop7}, false},
		{"encapsulated, of the other family", 8, nil, []netstat.NextHop{hop8}, false},
		{"a group", 9, nil, []netstat.NextHop{hop7, weighted(hop8, 1000)}, false},
		{"a blackhole", 10, nil, []netstat.NextHop{{Index: 1, Weight: 1}}, false},
		{"weights", 9, [][]byte{several}, []netstat.NextHop{hop7, {Index: 4, Interface: "eth1", Weight: 1000}}, false},
		{"hops of its own", 7, [][]byte{routeAttr(rtaOif, routeWord(4)...)}, []netstat.NextHop{{Index: 4, Interface: "eth1", Weight: 1}}, false},
		{"unknown", 78, nil, nil, true},
		{"unknown in part", 11, nil, nil, true},
		{"a group of a group", 12, nil, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := testDetails()
			d.objects = knownObjects(t)
			var r netstat.Route
			if !d.decode(detailMessage(afInet, 0, 0, 254, 3, 0, 1, 0, append(c.route, routeAttr(rtaNHID, routeWord(c.id)...))...), &r) {
				t.Fatal("malformed")
			}
			if !slices.Equal(r.Detail.NextHops, c.want) || d.objects.missed != c.missed || d.objects.dumps > maxObjectDumps {
				t.Errorf("%+v, missed %v after %d dumps; want %+v", r.Detail.NextHops, d.objects.missed, d.objects.dumps, c.want)
			}
			if len(c.want) > 0 && (r.Gateway != c.want[0].Gateway || r.Interface != c.want[0].Interface) {
				t.Errorf("gateway %v, interface %q", r.Gateway, r.Interface)
			}
		})
	}
}

// TestNextHopObjectsOfRows requires that rows without details, and those with, have the next
// hops of objects, or report that they do not know them.
func TestNextHopObjectsOfRows(t *testing.T) {
	object := message(rtmNewNextHop, 2, objectList[0])
	group := message(rtmNewNextHop, 2, objectMessage(0, 0, 9, routeAttr(nhaGroup, member(7, 5)...)))
	route4 := routeMessage(1, "10.0.0.0/8", 0, netlinkAttribute(rtaNHID, number32(9)))
	route6 := route6Message(rtnUnicast, 3, "2001:db8::/32", rtTableMain, 0, netlinkAttribute(rtaNHID, number32(9)))
	for _, c := range []struct {
		name    string
		q       netstat.RouteQuery
		route   []byte
		objects reply
		gateway netip.Addr
		iface   string
		unknown bool
	}{
		{"details", netstat.RouteQuery{Family: netstat.Inet, Details: true}, route4, datagram(object, group, done(0)), hop7.Gateway, "eth0", false},
		{"details, unknown", netstat.RouteQuery{Family: netstat.Inet, Details: true}, route4, datagram(object, done(0)), netip.Addr{}, "", true},
		{"IPv4", netstat.RouteQuery{Family: netstat.Inet}, route4, datagram(object, group, done(0)), hop7.Gateway, "eth0", false},
		{"IPv6", netstat.RouteQuery{Family: netstat.Inet6}, route6, datagram(object, group, done(0)), netip.Addr{}, "eth0", false},
		{"IPv6, unknown", netstat.RouteQuery{Family: netstat.Inet6}, route6, datagram(object, done(0)), netip.Addr{}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			routes := &routeScript{names: map[uint32]string{1: "lo", 3: "eth0"}}
			routes.replies = []reply{datagram(c.route, done(0))}
			s := routeSource(t, Options{}, routes, nil)
			s.open = refusals[0].open
			s.dialRoutes = func() (routeConn, error) {
				if routes.sends == 0 {
					return routes, nil
				}
				objects := &routeScript{}
				objects.replies = []reply{c.objects}
				return objects, nil
			}
			if c.q.Details { // whose first dump is that of VRF devices
				routes.replies = append([]reply{datagram(done(0))}, routes.replies...)
				s.dialRoutes = func(dial func() (routeConn, error)) func() (routeConn, error) {
					return func() (routeConn, error) {
						if routes.sends == 1 {
							return routes, nil
						}
						return dial()
					}
				}(s.dialRoutes)
			}
			got := collectRoutes(t, s, c.q)
			if got.err != nil || len(got.rows) == 0 {
				t.Fatalf("%+v", got)
			}
			if r := got.rows[0]; r.Gateway != c.gateway || r.Interface != c.iface {
				t.Errorf("gateway %v, interface %q", r.Gateway, r.Interface)
			}
			unknown := slices.ContainsFunc(got.reports, func(e *netstat.OpError) bool {
				return e.Op == unknownHops && errors.Is(e, errNextHopNumber)
			})
			if unknown != c.unknown {
				t.Errorf("reports %v", got.reports)
			}
		})
	}
}

// FuzzNextHopObjects requires that no message panics, and that each object has next hops or
// is unknown.
func FuzzNextHopObjects(f *testing.F) {
	for _, b := range objectList {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		id, o, ok := decodeNextHop(b, &routeDetails{})
		if !ok {
			return
		}
		n := nextHopObjects{dump: func() map[uint32]nextHopObject { return map[uint32]nextHopObject{id: o} }}
		hops, ok := n.appendHops(nil, id)
		if ok != (o.group == nil) || ok == n.missed || ok && len(hops) != 1 {
			t.Fatalf("%+v: %+v", o, hops)
		}
		if h := n.first(afInet, id); h.gateway.IsValid() && !h.hasGateway {
			t.Fatalf("%+v", h)
		}
		if n := binary.NativeEndian.Uint32(b[4:]); ok && uint32(hops[0].Flags) != n&0x7f {
			t.Fatalf("flags %x of %x", hops[0].Flags, n)
		}
	})
}
