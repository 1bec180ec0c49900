package linux

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"netstat"
)

// routeAttr returns a netlink attribute.
func routeAttr(kind uint16, value ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func routeWord(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// detailMessage returns the payload of an RTM_NEWROUTE message.
func detailMessage(family, length, tos, table, protocol, scope, kind byte, flags uint32, attributes ...[]byte) []byte {
	b := append([]byte{family, length, 0, tos, table, protocol, scope, kind}, routeWord(flags)...)
	return append(b, slices.Concat(attributes...)...)
}

func severalHops(hops ...[]byte) []byte { return routeAttr(rtaMultipath, slices.Concat(hops...)...) }

func hopOf(flags, weight int, index uint32, attributes ...[]byte) []byte {
	rest := slices.Concat(attributes...)
	b := binary.NativeEndian.AppendUint16(nil, uint16(8+len(rest)))
	b = append(append(b, byte(flags), byte(weight-1)), routeWord(index)...)
	return append(b, rest...)
}

func testDetails() *routeDetails {
	names := map[uint32]string{3: "eth0", 4: "eth1"}
	return &routeDetails{
		names: routeDecoder{nameOf: func(index uint32) (string, error) {
			if name, ok := names[index]; ok {
				return name, nil
			}
			return "", syscall.ENODEV
		}},
		tables: routeTableNames(),
		vrfs:   map[uint32]string{51820: "blue"},
	}
}

var detailedRoutes = []struct {
	name string
	b    []byte
	want netstat.RouteDetail
}{
	{
		"a gateway of the other family",
		detailMessage(afInet, 24, 0, 254, 3, 0, 1, 0, routeAttr(rtaTable, routeWord(254)...), routeAttr(rtaDst, 192, 0, 2, 0), routeAttr(rtaOif, routeWord(3)...),
			routeAttr(rtaVia, append(binary.NativeEndian.AppendUint16(nil, afInet6), netip.MustParseAddr("fe80::99").AsSlice()...)...)),
		netstat.RouteDetail{
			Type: netstat.RouteUnicast, Table: 254, TableName: "main", Protocol: 3,
			NextHops: []netstat.NextHop{{Gateway: netip.MustParseAddr("fe80::99"), Index: 3, Interface: "eth0", Weight: 1}},
		},
	},
	{
		"several next hops, one of an interface that is gone",
		detailMessage(afInet, 16, 0, 0, 4, 0, 1, 0, routeAttr(rtaTable, routeWord(51820)...), routeAttr(rtaDst, 10, 8, 0, 0), severalHops(
			hopOf(0, 1, 3, routeAttr(rtaGateway, 10, 9, 0, 6)), hopOf(4|16, 256, 9, routeAttr(rtaGateway, 10, 9, 0, 7), routeAttr(rtaFlow, routeWord(3<<16|4)...)))),
		netstat.RouteDetail{
			Type: netstat.RouteUnicast, Table: 51820, Protocol: 4,
			NextHops: []netstat.NextHop{
				{Gateway: netip.MustParseAddr("10.9.0.6"), Index: 3, Interface: "eth0", Weight: 1},
				{
					Gateway: netip.MustParseAddr("10.9.0.7"), Index: 9, Weight: 256, SourceRealm: 3, Realm: 4,
					Flags: netstat.NextHopOnLink | netstat.NextHopLinkDown,
				},
			},
		},
	},
	{
		"metrics, some locked",
		detailMessage(afInet, 32, 8, 254, 2, 253, 6, rtmFOffload, routeAttr(rtaMetrics, slices.Concat(
			routeAttr(rtaxLock, routeWord(1<<2|1<<16)...), routeAttr(2, routeWord(1400)...), routeAttr(4, routeWord(160)...), routeAttr(13, routeWord(200)...), routeAttr(rtaxCongestion, []byte("cubic\x00")...))...),
			routeAttr(rtaPriority, routeWord(1<<32-1)...), routeAttr(rtaNHID, routeWord(7)...)),
		func() netstat.RouteDetail {
			d := netstat.RouteDetail{
				Type: netstat.RouteBlackhole, Table: 254, TableName: "main", Protocol: 2, Scope: 253, TOS: 8, Offloaded: true, NextHopID: 7,
				Locked: 1 << netstat.MetricMTU, CongestionControl: "cubic",
			}
			d.Metrics.Set(netstat.MetricMTU, 1400)
			d.Metrics.Set(netstat.MetricRTT, 20000)
			d.Metrics.Set(netstat.MetricRTOMin, 200000)
			return d
		}(),
	},
	{
		"IPv6 that expires",
		detailMessage(afInet6, 64, 0, 254, 9, 0, 1, 0, routeAttr(rtaDst, netip.MustParseAddr("2001:db8::").AsSlice()...), routeAttr(rtaOif, routeWord(4)...),
			routeAttr(rtaPref, 3), routeAttr(rtaCacheInfo, slices.Concat(routeWord(1), routeWord(2), routeWord(60000), routeWord(0), routeWord(5), routeWord(0), routeWord(0), routeWord(0))...),
			routeAttr(rtaEncapType, 1, 0), routeAttr(rtaEncap, routeAttr(mplsIPTunnel, 0, 0x06, 0x40, 0, 0, 0x0c, 0x81, 0)...)),
		netstat.RouteDetail{
			Type: netstat.RouteUnicast, Table: 254, TableName: "main", Protocol: 9, Preference: netstat.PreferenceLow,
			Temporary: true, Expires: 10 * time.Minute,
			NextHops: []netstat.NextHop{{Index: 4, Interface: "eth1", Weight: 1, Encap: "mpls", EncapTarget: "100/200"}},
		},
	},
}

// segmentRoute returns the payload of a message about a route with segment routing.
func segmentRoute(first byte, segments ...string) []byte {
	b := []byte{0, 0, 0, 0, 0, byte(2 * len(segments)), 4, first, first, 0, 0, 0}
	for _, s := range segments {
		b = append(b, netip.MustParseAddr(s).AsSlice()...)
	}
	return detailMessage(afInet6, 0, 0, 254, 3, 0, 1, 0, routeAttr(rtaOif, routeWord(3)...), routeAttr(rtaEncapType, 5, 0), routeAttr(rtaEncap, routeAttr(seg6IPTunnel, b...)...))
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{segmentRoute(1, "fd00::2", "fd00::1"), "fd00::1,fd00::2"},
		{segmentRoute(1, "::", "fd00::1"), "fd00::1"}, // inserted into packets
		{segmentRoute(2, "fd00::2", "fd00::1"), ""},   // too short
		{segmentRoute(0), ""},
	} {
		var r netstat.Route
		if !testDetails().decode(c.b, &r) || r.Detail.NextHops[0].Encap != "seg6" || r.Detail.NextHops[0].EncapTarget != c.want {
			t.Errorf("%+v, want %q", r.Detail, c.want)
		}
	}
}

func TestRouteDetails(t *testing.T) {
	for _, c := range detailedRoutes {
		t.Run(c.name, func(t *testing.T) {
			var r netstat.Route
			if !testDetails().decode(c.b, &r) {
				t.Fatal("malformed")
			}
			got := *r.Detail
			if !slices.Equal(got.NextHops, c.want.NextHops) {
				t.Errorf("next hops %+v, want %+v", got.NextHops, c.want.NextHops)
			}
			got.NextHops, c.want.NextHops = nil, nil
			if a, b := got, c.want; !slices.Equal(a.NextHops, b.NextHops) || a.Metrics != b.Metrics || a.Type != b.Type || a.Table != b.Table ||
				a.TableName != b.TableName || a.Protocol != b.Protocol || a.Scope != b.Scope || a.TOS != b.TOS || a.Preference != b.Preference ||
				a.NextHopID != b.NextHopID || a.Locked != b.Locked || a.CongestionControl != b.CongestionControl ||
				a.Expires != b.Expires || a.Temporary != b.Temporary || a.Offloaded != b.Offloaded {
				t.Errorf("%+v, want %+v", a, b)
			}
		})
	}
}

// FuzzRouteDetails requires that no message panics, and that the classic fields follow
// from the details.
func FuzzRouteDetails(f *testing.F) {
	for _, c := range detailedRoutes {
		f.Add(c.b)
	}
	f.Add(segmentRoute(1, "fd00::2", "fd00::1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r netstat.Route
		if !testDetails().decode(b, &r) {
			return
		}
		if !r.Destination.IsValid() || r.Detail == nil {
			t.Fatalf("%+v", r)
		}
		if hops := r.Detail.NextHops; len(hops) > 0 && (r.Gateway != hops[0].Gateway || r.Index != hops[0].Index) {
			t.Fatalf("%+v of %+v", r, hops)
		}
	})
}

func TestParseRouteTables(t *testing.T) {
	names := routeTableNames()
	parseRouteTables([]byte("#\n# reserved\n255\tlocal\n0 unspec\n 0x64 vpn # a comment\n51820 wg0\nbad line here\n99999999999 big\n254 renamed"), names)
	for n, want := range map[uint32]string{255: "local", 100: "vpn", 51820: "wg0", 254: "renamed", 253: "default"} {
		if names[n] != want {
			t.Errorf("table %d: %q, want %q", n, names[n], want)
		}
	}
	if len(names) != 5 {
		t.Errorf("%v", names)
	}
}
