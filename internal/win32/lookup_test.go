package win32

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
)

// win32Lifetimes sets the fields of a MIB_IPFORWARD_ROW2 that only its details have.
func win32Lifetimes(row []byte, protocol, origin, valid, preferred, age uint32, flags ...int) []byte {
	win32Put(row, forwardProtocol, protocol)
	win32Put(row, forwardOrigin, origin)
	win32Put(row, forwardValid, valid)
	win32Put(row, forwardPreferred, preferred)
	win32Put(row, forwardAge, age)
	for _, at := range flags {
		row[at] = 1
	}
	return row
}

func describeDetail(r *netstat.Route) string {
	d := r.Detail
	if d == nil {
		return r.Destination.String() + " without details"
	}
	w := d.Windows
	text := fmt.Sprintf("%v %v %v/%v/%v metric %d+%d", r.Destination, d.Type, d.Protocol, w.Protocol, w.Origin, w.RouteMetric, w.InterfaceMetric)
	if !w.HasInterfaceMetric {
		text += "?"
	}
	text += fmt.Sprintf(" age %v", w.Age)
	if d.Temporary {
		text += fmt.Sprintf(" expires %v", d.Expires)
	}
	if w.PreferredLimited {
		text += fmt.Sprintf(" preferred %v", w.Preferred)
	}
	for _, f := range []struct {
		name string
		on   bool
	}{{"loopback", w.Loopback}, {"autoconfigure", w.Autoconfigure}, {"published", w.Published}, {"immortal", w.Immortal}} {
		if f.on {
			text += " " + f.name
		}
	}
	for _, h := range d.NextHops {
		text += fmt.Sprintf(" via %v dev %s#%d", h.Gateway, h.Interface, h.Index)
	}
	return text
}

func TestRouteDetails(t *testing.T) {
	const forever = lifetimeInfinite
	v4 := [][]byte{
		win32Lifetimes(win32Route(14, "0.0.0.0/0", "192.168.1.1", 0), 3, 2, 86400, 86400, 17),
		win32Lifetimes(win32Route(1, "127.0.0.1/32", "0.0.0.0", 256), 2, 1, forever, forever, 90, forwardLoopback, forwardImmortal),
		win32Lifetimes(win32Route(14, "192.168.1.255/32", "0.0.0.0", 256), 2, 1, forever, forever, 0),
		win32Lifetimes(win32Route(1, "255.255.255.255/32", "0.0.0.0", 256), 2, 1, forever, forever, 0),
		win32Lifetimes(win32Route(14, "224.0.0.0/4", "0.0.0.0", 256), 2, 1, forever, forever, 0, forwardPublish),
		win32Lifetimes(win32Route(77, "10.0.0.0/8", "192.168.1.9", 6), 10006, 9, forever, 5, 0, forwardAutoconf),
		win32Lifetimes(win32Route(14, "10.1.0.0/16", "192.168.1.9", 6), 13, 0, forever, forever, 0),
		win32Lifetimes(win32Route(14, "10.2.0.9/32", "0.0.0.0", 6), 99, 0, forever, forever, 0),
	}
	a := win32Network(&pointers64)
	a.routes = func(family uint32) ([]byte, uint32) {
		if family == familyInet6 {
			return win32Counted(forwardTable, win32Lifetimes(win32Route(14, "::/0", "fe80::1", 256), 3, 3, 1800, 1800, 60, forwardAutoconf)), codeSuccess
		}
		return win32Counted(forwardTable, v4...), codeSuccess
	}
	s := win32Source(t, a, Options{})
	want := []string{
		"0.0.0.0/0 unicast dhcp/netmgmt/dhcp metric 0+2 age 17s expires 24h0m0s preferred 24h0m0s via 192.168.1.1 dev Ethernet#14",
		"127.0.0.1/32 local kernel/local/wellknown metric 256+75 age 1m30s loopback immortal via invalid IP dev Loopback Pseudo-Interface 1#1",
		"192.168.1.255/32 broadcast kernel/local/wellknown metric 256+2 age 0s via invalid IP dev Ethernet#14",
		"255.255.255.255/32 broadcast kernel/local/wellknown metric 256+75 age 0s via invalid IP dev Loopback Pseudo-Interface 1#1",
		"224.0.0.0/4 multicast kernel/local/wellknown metric 256+2 age 0s published via invalid IP dev Ethernet#14",
		"10.0.0.0/8 unicast static/static/ metric 6+0? age 0s preferred 5s autoconfigure via 192.168.1.9 dev #77",
		"10.1.0.0/16 unicast ospf/ospf/manual metric 6+2 age 0s via 192.168.1.9 dev Ethernet#14",
		"10.2.0.9/32 unicast unspec//manual metric 6+2 age 0s via invalid IP dev Ethernet#14",
		"::/0 unicast ra/netmgmt/ra metric 256+23 age 1m0s expires 30m0s preferred 30m0s autoconfigure via fe80::1 dev Ethernet#14",
	}
	var got []string
	for _, family := range []netstat.Family{netstat.Inet, netstat.Inet6} {
		rows, errs := win32Gather(t, s.Routes(context.Background(), netstat.RouteQuery{Family: family, Details: true}))
		if len(errs) > 0 {
			t.Error(errs)
		}
		for i := range rows {
			got = append(got, describeDetail(&rows[i]))
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	for r := range s.Routes(context.Background(), netstat.RouteQuery{Family: netstat.Inet}) {
		if r.Detail != nil {
			t.Errorf("%v has details nobody asked for", r.Destination)
		}
	}
}

// lookupHost is a Windows that has a route through each interface of win32Network.
func lookupHost(t *testing.T) api {
	a := win32Network(&pointers64)
	a.neighbors = func(family uint32) ([]byte, uint32) {
		if family == familyInet6 {
			return win32Counted(neighborTable, win32Neighbor("fe80::1", 14, 5, neighborIsRouter, 2, 0, 0, 0, 0, 9)), codeSuccess
		}
		return win32Counted(neighborTable, win32Neighbor("192.168.1.1", 1, 4, 0), win32Neighbor("192.168.1.1", 14, 5, 0, 2, 0, 0, 0, 0, 1)), codeSuccess
	}
	a.bestRoute = func(index uint32, source, destination, row, best []byte) uint32 {
		if len(destination) != sockaddrSize6 || len(row) != forwardSize || len(best) != sockaddrSize6 || source != nil && len(source) != sockaddrSize6 {
			t.Errorf("sizes %d, %d, %d, %d", len(source), len(destination), len(row), len(best))
		}
		to, _ := sockaddrIP(destination)
		from, asked := sockaddrIP(source)
		route, own := win32Route(14, "0.0.0.0/0", "192.168.1.1", 0), "192.168.1.12"
		switch to.String() {
		case "127.0.0.5":
			route, own = win32Route(1, "127.0.0.0/8", "0.0.0.0", 256), "127.0.0.1"
			route[forwardLoopback] = 1
		case "192.168.1.77":
			route = win32Route(14, "192.168.1.0/24", "0.0.0.0", 256)
		case "192.168.1.255":
			route = win32Route(14, "192.168.1.255/32", "0.0.0.0", 256)
		case "224.0.0.9":
			route = win32Route(14, "224.0.0.0/4", "0.0.0.0", 256)
		case "2001:db8:1::1":
			route, own = win32Route(14, "::/0", "fe80::1", 256), "2001:db8::12"
		case "203.0.113.1":
			return codeNetworkUnreachable
		case "203.0.113.2":
			return codeInvalidParameter
		case "203.0.113.3":
			route = win32Route(14, "::/0", "fe80::1", 256)
		}
		if asked {
			own = from.String()
		}
		if index != 0 && index != word(route, forwardIndex) {
			return codeNotFound
		}
		copy(row, route)
		copy(best, win32Sockaddr(own))
		return codeSuccess
	}
	return a
}

func TestLookUpRoute(t *testing.T) {
	s := win32Source(t, lookupHost(t), Options{})
	for _, c := range []struct{ to, from, output, want string }{
		{"8.8.8.8", "", "", "unicast 0.0.0.0/0 via 192.168.1.1 dev Ethernet#14 src 192.168.1.12 neighbor reachable 02:00:00:00:00:01"},
		{"8.8.8.8", "192.168.1.12", "ethernet", "unicast 0.0.0.0/0 via 192.168.1.1 dev Ethernet#14 src 192.168.1.12 neighbor reachable 02:00:00:00:00:01"},
		{"8.8.8.8", "", "14", "unicast 0.0.0.0/0 via 192.168.1.1 dev Ethernet#14 src 192.168.1.12 neighbor reachable 02:00:00:00:00:01"},
		{"8.8.8.8", "", "1", "refused Windows error 1168"},
		{"192.168.1.77", "", "", "unicast 192.168.1.0/24 via invalid IP dev Ethernet#14 src 192.168.1.12"},
		{"192.168.1.255", "", "", "broadcast 192.168.1.255/32 via invalid IP dev Ethernet#14 src 192.168.1.12"},
		{"224.0.0.9", "", "", "multicast 224.0.0.0/4 via invalid IP dev Ethernet#14 src 192.168.1.12"},
		{"127.0.0.5", "", "", "local 127.0.0.0/8 via invalid IP dev Loopback Pseudo-Interface 1#1 src 127.0.0.1"},
		{"2001:db8:1::1", "", "", "unicast ::/0 via fe80::1 dev Ethernet#14 src 2001:db8::12 neighbor reachable 02:00:00:00:00:09"},
		{"203.0.113.1", "", "", "refused Windows error 1231"},
		{"203.0.113.2", "", "", "error look up the route to 203.0.113.2: Windows error 87"},
		{"203.0.113.3", "", "", "error look up the route to 203.0.113.3: " + netstat.ErrBogusRecord.Error()},
		{"8.8.8.8", "", "eth0", "error look up the route to 8.8.8.8: no interface 'eth0'"},
		{"8.8.8.8", "", "0", "error look up the route to 8.8.8.8: no interface '0'"},
	} {
		l := netstat.RouteLookup{Destination: netip.MustParseAddr(c.to), Output: c.output}
		if c.from != "" {
			l.From = netip.MustParseAddr(c.from)
		}
		a, err := netstat.LookUpRoute(context.Background(), s, &l)
		var got string
		switch {
		case err != nil:
			got = "error " + err.Error()
		case a.Refusal != nil:
			got = "refused " + a.Refusal.Error()
		default:
			got = fmt.Sprintf("%v %v via %v dev %s#%d src %v", a.Type, a.Route.Destination, a.Gateway, a.Interface, a.Index, a.Source)
			if n := a.Neighbor; n != nil {
				got += " neighbor " + n.State.String() + " " + hardwareText(n.HardwareAddr)
			}
			if a.Route.Detail == nil || a.Lookup != l {
				t.Errorf("%s: %+v", c.to, a)
			}
		}
		if got != c.want {
			t.Errorf("%v: %s\nwant %s", c, got, c.want)
		}
	}
}

func hardwareText(b []byte) string {
	var parts []string
	for _, n := range b {
		parts = append(parts, fmt.Sprintf("%02x", n))
	}
	return strings.Join(parts, ":")
}

// What has no equivalent on Windows gives one error that lists it all.
func TestLookUpRouteUnsupported(t *testing.T) {
	s := win32Source(t, lookupHost(t), Options{})
	l := netstat.RouteLookup{
		Destination: netip.MustParseAddr("8.8.8.8"), Input: "Ethernet", Mark: 1, TOS: 4, HasUID: true, IPProto: 6, SourcePort: 1, DestinationPort: 2,
	}
	_, err := s.LookUpRoute(context.Background(), &l)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.HasSuffix(err.Error(), "not by iif, mark, tos, uid, ipproto, sport, dport") {
		t.Error(err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.LookUpRoute(canceled, &netstat.RouteLookup{Destination: l.Destination}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// This Windows lacks every entry point.
	_, err = win32Source(t, win32Missing(), Options{}).LookUpRoute(context.Background(), &netstat.RouteLookup{Destination: l.Destination})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

// TestLookUpRouteMTU checks that the MTU of the IP version counts, then that of the interface.
func TestLookUpRouteMTU(t *testing.T) {
	a := lookupHost(t)
	for _, c := range []struct {
		mtu  uint32
		code uint32
		want uint32
	}{{1420, codeSuccess, 1420}, {lifetimeInfinite, codeSuccess, 0}, {0, codeNotSupported, 1500}} {
		a.ipInterfaces = func(uint32) ([]byte, uint32) {
			row := make([]byte, interfaceSize)
			win32Put(row, interfaceIndexOffset, 14)
			win32Put(row, interfaceMTU, c.mtu)
			return win32Counted(interfaceTable, row), c.code
		}
		answer, err := win32Source(t, a, Options{}).LookUpRoute(context.Background(), &netstat.RouteLookup{Destination: netip.MustParseAddr("8.8.8.8")})
		if err != nil || answer.MTU != c.want {
			t.Errorf("%d, code %d: %d, %v", c.mtu, c.code, answer.MTU, err)
		}
	}
}

// win32Unicast encodes a MIB_UNICASTIPADDRESS_ROW, with every byte outside known fields
// filled.
func win32Unicast(address string, index, prefix, suffix, valid, preferred, dad uint32, skip byte) []byte {
	b := make([]byte, unicastSize)
	for i := range b {
		b[i] = 0xee
	}
	copy(b, win32Sockaddr(address))
	for at, v := range map[int]uint32{
		unicastIndex: index, unicastPrefix: prefix, unicastSuffix: suffix, unicastValid: valid, unicastPreferred: preferred, unicastDAD: dad,
	} {
		win32Put(b, at, v)
	}
	b[unicastSkip] = skip
	return b
}

func TestAddressDetails(t *testing.T) {
	a := win32Network(&pointers64)
	code := uint32(codeSuccess)
	table := win32Counted(unicastTable,
		win32Unicast("192.168.1.12", 14, 3, 3, 7200, 3600, 4, 0),
		win32Unicast("2001:db8::12", 14, 4, 5, 90, 30, 3, 1),
		win32Unicast("fe80::c9ee:eb4d:5f0b:a64f", 14, 2, 4, lifetimeInfinite, lifetimeInfinite, 1, 0),
		win32Unicast("127.0.0.1", 1, 1, 1, lifetimeInfinite, lifetimeInfinite, 2, 0),
		win32Unicast("fec0::9", 21, 9, 9, lifetimeInfinite, lifetimeInfinite, 4, 0))
	a.unicast = func(family uint32) ([]byte, uint32) {
		if family != 0 {
			t.Errorf("family %d", family)
		}
		return table, code
	}
	s := win32Source(t, a, Options{})
	gather := func() (got []string, warnings []*netstat.OpError) {
		rows, errs := win32Gather(t, s.Interfaces(context.Background(), netstat.InterfaceQuery{
			Details: true, Facts: netstat.InterfaceLink, Report: func(e *netstat.OpError) { warnings = append(warnings, e) },
		}))
		if len(errs) > 0 {
			t.Error(errs)
		}
		for _, i := range rows {
			for _, a := range i.Addrs {
				text := a.Prefix.Addr().String()
				if d := a.Detail; d != nil {
					text += fmt.Sprintf(" %v %b %v %v/%v", d.Scope, d.Flags, d.Windows.SkipAsSource, d.Windows.Prefix, d.Windows.Suffix)
					if d.ValidLimited || d.PreferredLimited {
						text += fmt.Sprintf(" %v %v", d.Valid, d.Preferred)
					}
				}
				got = append(got, text)
			}
		}
		return got, warnings
	}
	want := []string{
		"192.168.1.12 global 0 false dhcp/dhcp 2h0m0s 1h0m0s",
		"fe80::c9ee:eb4d:5f0b:a64f link 1000000 false wellknown/linklayer",
		"2001:db8::12 global 100000 true ra/random 1m30s 30s",
		"127.0.0.1 host 1000 false manual/manual", "::1",
		"fec0::9 site 0 false /",
	}
	if got, warnings := gather(); strings.Join(got, "\n") != strings.Join(want, "\n") || len(warnings) > 0 {
		t.Errorf("%q, warnings %v", got, warnings)
	}
	// A table that is denied, or short, is a warning; the addresses remain.
	table = table[:len(table)-1]
	if got, warnings := gather(); len(got) != 6 || len(warnings) != 1 || !errors.Is(warnings[0], netstat.ErrIncomplete) {
		t.Errorf("short: %q, warnings %v", got, warnings)
	}
	code = codeAccessDenied
	if got, warnings := gather(); len(got) != 6 || len(warnings) != 1 || got[0] != "192.168.1.12" {
		t.Errorf("denied: %q, warnings %v", got, warnings)
	}
	code = codeNotFound
	if got, warnings := gather(); len(got) != 6 || len(warnings) != 0 {
		t.Errorf("nothing: %q, warnings %v", got, warnings)
	}
}

func TestInterfaceSettings(t *testing.T) {
	row := make([]byte, ifSize)
	for at, v := range map[int]uint32{
		ifTunnelType: 14, ifMediaType: 15, ifPhysicalMedium: 0, ifAccessType: 3, ifDirectionType: 0, ifConnectionType: 1, ifAdminStatus: 3,
	} {
		win32Put(row, at, v)
	}
	row[ifFlags] = 1 | 1<<6
	row[ifNetworkGUID] = 0x1a
	describe := func() string {
		l := decodeLink(row)
		text := l.Kind + " " + l.NetworkGUID
		for _, s := range l.Settings {
			text += " " + s.Name + "="
			if s.IsText {
				text += s.Text
			} else {
				text += fmt.Sprint(s.Number)
			}
		}
		return text
	}
	if got, want := describe(), "teredo {0000001A-0000-0000-0000-000000000000} admin_status=testing access_type=point-to-point direction_type=sendreceive "+
		"connection_type=dedicated media_type=tunnel hardware_interface=1 connector_present=0 not_authenticated=0 not_media_connected=0 "+
		"paused=0 low_power=1 endpoint=0"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	// Values that this version does not know are absent.
	for _, at := range []int{ifTunnelType, ifMediaType, ifPhysicalMedium, ifAccessType, ifDirectionType, ifConnectionType, ifAdminStatus} {
		win32Put(row, at, 0xffffffff)
	}
	if got := describe(); strings.Contains(got, "type") || !strings.HasPrefix(got, " {") {
		t.Error(got)
	}
}

func TestNeighborTimes(t *testing.T) {
	for _, c := range []struct {
		flags                  byte
		reachable, unreachable time.Duration
		known                  netstat.NeighborFields
	}{
		{0, 30500 * time.Millisecond, 0, netstat.NeighborReachableTime},
		{neighborIsUnreachable, 0, 30500 * time.Millisecond, netstat.NeighborUnreachableTime},
	} {
		row := win32Neighbor("10.0.0.1", 9, 5, c.flags)
		win32Put(row, neighborReach, 30500)
		n, ok := decodeNeighbor(row, netstat.Inet)
		if !ok || n.ReachableTime != c.reachable || n.UnreachableTime != c.unreachable || n.Known != c.known {
			t.Errorf("%+v", n)
		}
	}
}

func FuzzUnicast(f *testing.F) {
	f.Add(win32Unicast("192.168.1.12", 14, 3, 3, 7200, 3600, 4, 0))
	f.Add(win32Unicast("fe80::1", 14, 99, 99, 0, 0, 99, 1))
	f.Fuzz(func(t *testing.T, row []byte) {
		row = append(row, make([]byte, unicastSize)...)
		key, d := decodeUnicast(row)
		if (d != nil) != key.ip.IsValid() || d != nil && (d.Windows == nil || d.Valid < 0 || d.Windows.Suffix > netstat.AddrOriginRandom) {
			t.Errorf("%x: %v, %+v", row, key, d)
		}
	})
}

func FuzzLookUpRoute(f *testing.F) {
	f.Add(win32Route(14, "0.0.0.0/0", "192.168.1.1", 0), win32Sockaddr("192.168.1.12"), "8.8.8.8")
	f.Add(win32Route(1, "::/0", "fe80::1", 7), win32Sockaddr("::1"), "2001:db8::1")
	f.Fuzz(func(t *testing.T, row, best []byte, to string) {
		destination, err := netip.ParseAddr(to)
		if err != nil {
			return
		}
		a := lookupHost(t)
		a.bestRoute = func(_ uint32, _, _, r, b []byte) uint32 {
			copy(r, row)
			copy(b, best)
			return codeSuccess
		}
		answer, err := win32Source(t, a, Options{}).LookUpRoute(context.Background(), &netstat.RouteLookup{Destination: destination.WithZone("").Unmap()})
		if err == nil && (answer.Route == nil || answer.Type == netstat.RouteTypeUnknown || answer.Gateway != answer.Route.Gateway) {
			t.Errorf("%+v", answer)
		}
	})
}
