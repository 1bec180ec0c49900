package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// routeScript is a scripted NETLINK_ROUTE socket.
type routeScript struct {
	scriptedConn
	names map[uint32]string
	asked int
}

func (c *routeScript) interfaceName(index uint32) (string, error) {
	c.asked++
	if index == 0 {
		return "", nil
	}
	if name, ok := c.names[index]; ok {
		return name, nil
	}
	return "", syscall.ENODEV
}

func routeSource(t testing.TB, o Options, c *routeScript, files map[string]string) *source {
	s := fakeSource(t, o, nil, files)
	s.dialRoutes = func() (routeConn, error) {
		if c == nil {
			return nil, syscall.EPERM
		}
		return c, nil
	}
	return s
}

type routeResult struct {
	rows    []netstat.Route
	err     error
	reports []*netstat.OpError
}

func collectRoutes(t testing.TB, s *source, q netstat.RouteQuery) (r routeResult) {
	t.Helper()
	q.Report = func(e *netstat.OpError) { r.reports = append(r.reports, e) }
	for row, err := range s.Routes(t.Context(), q) {
		if r.err != nil {
			t.Fatal("a pair after the error")
		}
		if err != nil {
			r.err = err
			if row != (netstat.Route{}) {
				t.Errorf("a row with the error: %+v", row)
			}
			continue
		}
		r.rows = append(r.rows, row)
	}
	return r
}

// netlinkAttribute builds a netlink attribute.
func netlinkAttribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func number32(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

// routeMessage builds an RTM_NEWROUTE message about an IPv4 route.
func routeMessage(kind byte, prefix string, flags uint32, attributes ...[]byte) []byte {
	p := netip.MustParsePrefix(prefix)
	b := []byte{afInet, byte(p.Bits()), 0, 0, rtTableMain, 3, 0, kind}
	b = binary.NativeEndian.AppendUint32(b, flags)
	b = append(b, netlinkAttribute(rtaDst, p.Addr().AsSlice())...)
	return message(rtmNewRoute, 2, append(b, slices.Concat(attributes...)...))
}

func via(gateway string, index uint32) []byte {
	return slices.Concat(netlinkAttribute(rtaGateway, netip.MustParseAddr(gateway).AsSlice()), netlinkAttribute(rtaOif, number32(index)))
}

const (
	routeHeader = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	routeRow    = "eth0\t0000000A\t0100000A\t0003\t0\t0\t%d\t000000FF\t0\t0\t0\n"
)

func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

// TestCapturedRoutes compares a dump and /proc/net/route of the same moment:
// they have the same rows.
func TestCapturedRoutes(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	read := func(name string) string {
		b, err := os.ReadFile("testdata/route/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	names := map[uint32]string{1: "lo", 2: "v1", 3: "v0", 4: "v3", 5: "averylongname15", 6: "v5", 7: "v4"}
	c := &routeScript{names: names}
	c.replies = []reply{{data: []byte(read("dump-linux-6.18-le"))}}
	q := netstat.RouteQuery{Family: netstat.Inet}
	dumped := collectRoutes(t, routeSource(t, Options{}, c, nil), q)
	files := routeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net/route": read("route")})
	links := &scriptedLinks{mtu: make(map[string]uint32)}
	for index, name := range names {
		links.mtu[name] = index // scriptedLinks uses the MTU as the index
	}
	files.openLinks = func() (linkControl, error) { return links, nil }
	filed := collectRoutes(t, files, q)
	if links.closed != 1 {
		t.Errorf("links closed %d times", links.closed)
	}
	if len(filed.rows) != 39 || filed.err != nil || len(filed.reports) > 0 || dumped.err != nil || len(dumped.reports) > 0 {
		t.Fatalf("%d rows; errors %v, %v", len(filed.rows), filed.err, dumped.err)
	}
	for i := range filed.rows {
		if i >= len(dumped.rows) || dumped.rows[i] != filed.rows[i] {
			t.Fatalf("row %d:\nfile %+v\ndump %+v", i, filed.rows[i], dumped.rows[i])
		}
	}
	if len(dumped.rows) != len(filed.rows) {
		t.Errorf("%d rows dumped, %d in the file", len(dumped.rows), len(filed.rows))
	}
	want := netstat.Route{
		Family: netstat.Inet, Destination: netip.MustParsePrefix("10.1.0.0/17"), Gateway: netip.MustParseAddr("10.0.0.3"),
		Flags: netstat.RouteUp | netstat.RouteGateway, MTU: 1340, Window: 65535, RTT: 120, Interface: "v0", Index: 3,
	}
	if !slices.Contains(dumped.rows, want) {
		t.Errorf("no row %+v", want)
	}
}

// TestCachedRoutes checks that cached routes follow the rows of the files.
func TestCachedRoutes(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	source := func(name string) *source {
		b, err := os.ReadFile("testdata/route/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c := &routeScript{names: map[uint32]string{2: "a0"}}
		c.replies = []reply{{data: b}}
		file, err := os.ReadFile("testdata/route/ipv6_route")
		if err != nil {
			t.Fatal(err)
		}
		return routeSource(t, Options{}, c, map[string]string{
			"/proc/net/rt_cache":   "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst\n",
			"/proc/net/ipv6_route": string(file),
		})
	}
	got := collectRoutes(t, source("learnt4-linux-6.18-le"), netstat.RouteQuery{Family: netstat.Inet, Cache: true})
	any4 := netip.IPv4Unspecified()
	want4 := netstat.Route{
		Family: netstat.Inet, Destination: netip.MustParsePrefix("10.2.0.1/32"), Source: netip.PrefixFrom(any4, 32),
		Gateway: netip.MustParseAddr("10.1.0.2"), Flags: netstat.RouteCached | netstat.RouteGateway, RefCount: 1,
		MTU: 1300, Interface: "a0", Index: 2, Cached: &netstat.CachedRoute{LinkLayerRefs: -1, PreferredSource: any4},
	}
	if !reflect.DeepEqual(got.rows, []netstat.Route{want4}) || got.err != nil || len(got.reports) > 0 {
		t.Errorf("got %+v", got)
	}
	got = collectRoutes(t, source("learnt6-linux-6.18-le"), netstat.RouteQuery{Family: netstat.Inet6, Cache: true})
	want6 := netstat.Route{
		Family: netstat.Inet6, Destination: netip.MustParsePrefix("fd02::1/128"), Gateway: netip.MustParseAddr("fd01::2"),
		Flags:  netstat.RouteUp | netstat.RouteGateway | netstat.RouteCached | netstat.RouteModified | netstat.RouteExpires,
		Metric: 1024, RefCount: 1, Interface: "a0", Index: 2,
	}
	if !reflect.DeepEqual(got.rows, []netstat.Route{want6}) || got.err != nil || len(got.reports) > 0 {
		t.Errorf("got %+v", got)
	}
	got = collectRoutes(t, source("learnt6-linux-6.18-le"), netstat.RouteQuery{Family: netstat.Inet6})
	if len(got.rows) != 8 || got.err != nil {
		t.Errorf("%d routes, %v", len(got.rows), got.err)
	}
}

// TestRouteDumpOfManyDatagrams reads a large dump, which is received ahead of
// the caller. All rows come in order.
func TestRouteDumpOfManyDatagrams(t *testing.T) {
	const rows, each = 5000, 300
	c := &routeScript{names: map[uint32]string{1: "eth0"}}
	var part [][]byte
	for i := range rows {
		part = append(part, routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 1), netlinkAttribute(rtaPriority, number32(uint32(i)))))
		if len(part) == each || i == rows-1 {
			c.replies = append(c.replies, datagram(part...))
			part = nil
		}
	}
	replies := append(slices.Clone(c.replies), datagram(done(0)))
	c.replies = replies
	s := routeSource(t, Options{}, c, nil)
	got := collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet})
	if got.err != nil || len(got.rows) != rows || c.closed != 1 || c.asked != 1 {
		t.Fatalf("%d rows, %v, closed %d times, %d names looked up", len(got.rows), got.err, c.closed, c.asked)
	}
	for i, r := range got.rows {
		if r.Metric != uint32(i) {
			t.Fatalf("row %d is number %d", i, r.Metric)
		}
	}

	// An early stop closes the connection, whatever is still to come.
	for _, stop := range []int{1, each, each + 1, rows - 1} {
		c := &routeScript{names: c.names}
		c.replies = replies
		n := 0
		for range routeSource(t, Options{}, c, nil).Routes(t.Context(), netstat.RouteQuery{Family: netstat.Inet}) {
			if n++; n == stop {
				break
			}
		}
		if c.closed != 1 {
			t.Errorf("closed %d times after %d rows", c.closed, n)
		}
	}
}

func TestRouteDumpFaults(t *testing.T) {
	one := routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 1), netlinkAttribute(rtaPriority, number32(1)))
	two := routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 1), netlinkAttribute(rtaPriority, number32(2)))
	flagged := slices.Clone(one)
	binary.NativeEndian.PutUint16(flagged[6:], 2|netlink.FlagInterrupted)
	unresolved := routeMessage(1, "10.0.0.0/8", 0, netlinkAttribute(rtaNHID, number32(9)))
	gone := routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 77))
	file := map[string]string{"/proc/net/route": routeHeader + fmt.Sprintf(routeRow, 1) + fmt.Sprintf(routeRow, 2) + fmt.Sprintf(routeRow, 3)}
	tests := []struct {
		name    string
		options Options
		replies []reply
		metrics []uint32
		err     error
		reports int
	}{
		{"refused", Options{}, []reply{datagram(refusal(syscall.EPERM))}, []uint32{1, 2, 3}, nil, 0},
		{"refused, netlink forced", Options{Source: "netlink"}, []reply{datagram(refusal(syscall.EPERM))}, nil, syscall.EPERM, 0},
		{"no table", Options{}, []reply{datagram(refusal(syscall.ENOENT))}, nil, netstat.ErrNoRoutes, 0},
		{"an empty table", Options{}, []reply{datagram(done(0))}, nil, nil, 0},
		{"a nexthop object without its next hop", Options{}, []reply{datagram(one, unresolved, done(0))}, []uint32{1, 2, 3}, nil, 0},
		{"an interface that disappeared", Options{}, []reply{datagram(one, gone, two, done(0))}, []uint32{1, 2}, nil, 0},
		{"inconsistent at first", Options{}, []reply{datagram(flagged, two, done(0)), datagram(one, two, done(0))}, []uint32{1, 2}, nil, 0},
		{"inconsistent late", Options{}, []reply{datagram(two, flagged, done(0))}, []uint32{2, 1}, nil, 1},
		{"always inconsistent", Options{}, []reply{datagram(flagged, done(0)), datagram(flagged, done(0)), datagram(flagged, done(0))}, []uint32{1}, nil, 1},
		{"no memory once", Options{}, []reply{datagram(refusal(syscall.ENOBUFS)), datagram(one, done(0))}, []uint32{1}, nil, 0},
		{"cut off", Options{}, []reply{datagram(one), {err: syscall.EAGAIN}}, []uint32{1}, syscall.EAGAIN, 0},
		{"ended by an error", Options{}, []reply{datagram(one, done(-int32(syscall.EIO)))}, []uint32{1}, syscall.EIO, 0},
		{"truncated", Options{}, []reply{datagram(one), {data: two, truncated: true}}, []uint32{1}, netlink.ErrTruncated, 0},
		{"garbled", Options{}, []reply{{data: append(slices.Clone(one), 1, 2, 3)}}, []uint32{1}, netlink.ErrGarbled, 0},
		{"a malformed message", Options{}, []reply{datagram(message(rtmNewRoute, 2, []byte{afInet, 8}), one, done(0))}, []uint32{1}, nil, 1},
		{"an empty message", Options{}, []reply{datagram(message(rtmNewRoute, 2, nil), one, done(0))}, []uint32{1}, nil, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &routeScript{names: map[uint32]string{1: "eth0"}}
			c.replies = test.replies
			got := collectRoutes(t, routeSource(t, test.options, c, file), netstat.RouteQuery{Family: netstat.Inet})
			var metrics []uint32
			for _, r := range got.rows {
				metrics = append(metrics, r.Metric)
			}
			var op *netstat.OpError
			if !slices.Equal(metrics, test.metrics) || !errors.Is(got.err, test.err) || len(got.reports) != test.reports ||
				got.err != nil && !errors.As(got.err, &op) {
				t.Errorf("metrics %v, error %v, reports %v", metrics, got.err, got.reports)
			}
			if c.closed != c.sends {
				t.Errorf("%d dumps, %d closed", c.sends, c.closed)
			}
		})
	}
}

// TestRoutesWithoutNetlink checks that without netlink the routes come from the
// file and missing cached routes are reported, unless the kernel cannot list
// them.
func TestRoutesWithoutNetlink(t *testing.T) {
	files := map[string]string{
		"/proc/net/route":    routeHeader + fmt.Sprintf(routeRow, 7),
		"/proc/net/rt_cache": strings.Replace(strings.TrimSpace(routeHeader), "Mask", "Source", 1) + "\tTOS\tHHRef\tHHUptod\tSpecDst\n",
	}
	s := routeSource(t, Options{}, nil, files)
	got := collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet})
	if len(got.rows) != 1 || got.rows[0].Metric != 7 || got.err != nil || len(got.reports) > 0 {
		t.Errorf("got %+v", got)
	}
	if !s.routesRefused {
		t.Error("the refusal was forgotten")
	}
	got = collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet, Cache: true})
	if len(got.rows) != 0 || got.err != nil || len(got.reports) != 1 || !errors.Is(got.reports[0], netstat.ErrIncomplete) {
		t.Errorf("got %+v", got)
	}
	s.dialRoutes = func() (routeConn, error) { return nil, errNoStrictDump }
	got = collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet, Cache: true})
	if len(got.rows) != 0 || got.err != nil || len(got.reports) > 0 {
		t.Errorf("got %+v", got)
	}
	for _, q := range []netstat.RouteQuery{{Family: netstat.Inet6}, {Family: netstat.Inet6, Cache: true}, {Family: netstat.AX25}} {
		if got := collectRoutes(t, s, q); !errors.Is(got.err, errors.ErrUnsupported) {
			t.Errorf("%v: %v", q.Family, got.err)
		}
	}
	var path *fs.PathError
	if got := collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet6}); !errors.As(got.err, &path) || path.Path != "/proc/net/ipv6_route" {
		t.Errorf("the error does not name the file: %v", got.err)
	}
}

func TestRouteHeader(t *testing.T) {
	var missing *netstat.MissingColumnError
	for header, want := range map[string]string{
		"":                                    "no table",
		"\n":                                  "Iface",
		routeHeader:                           "",
		"a " + routeHeader:                    "",
		strings.TrimSuffix(routeHeader, "\n"): "",
		"Iface Gateway Destination Flags RefCnt Use Metric Mask MTU Window IRTT\n": "Gateway",
		strings.Repeat("x ", 40) + routeHeader:                                     "Iface",
	} {
		s := routeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net/route": header})
		got := collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet})
		switch {
		case want == "" && got.err != nil,
			want == "no table" && !errors.Is(got.err, netstat.ErrNoRoutes),
			want != "" && want != "no table" && (!errors.As(got.err, &missing) || missing.Column != want):
			t.Errorf("%q: %v", header, got.err)
		}
	}
}

func parseRouteLine(line string) (netstat.Route, bool) {
	var p routeParser
	p.header([]byte(routeHeader))
	r := netstat.Route{Family: netstat.Inet}
	ok := p.parse([]byte(line), &r)
	return r, ok
}

func TestParseRoute(t *testing.T) {
	if !littleEndian() {
		t.Log("the addresses are those of a little-endian machine")
		return
	}
	r, ok := parseRouteLine("eth0\t0000000A\t0100000A\tC1650203\t-1\t4294967296\t4294967295\t0000E0FF\t1340\t1\t2   ")
	want := netstat.Route{
		Family: netstat.Inet, Destination: netip.MustParsePrefix("10.0.0.0/11"), Gateway: netip.MustParseAddr("10.0.0.1"),
		Flags: netstat.RouteUp | netstat.RouteGateway | netstat.RouteReject | netstat.RouteDefault | netstat.RouteAutoconf |
			netstat.RouteNoNextHop | netstat.RouteExpires | netstat.RouteCached | netstat.RouteLocal,
		RefCount: 0xFFFFFFFF, Use: 0, Metric: 0xFFFFFFFF, MTU: 1340, Window: 1, RTT: 2, Interface: "eth0",
	}
	if !ok || r != want {
		t.Errorf("got  %+v, %v\nwant %+v", r, ok, want)
	}
	for _, line := range []string{
		"", "eth0", "eth0\t0000000A\t0100000A\t3\t0\t0\t0\t000000FF\t0", "eth0\t0000000A\t0100000A\t3\t0\t0\t0\t00FF00FF\t0\t0\t0",
		"eth0\t000000A\t0100000A\t3\t0\t0\t0\t000000FF\t0\t0\t0", "eth0\t0000000A\t0100000A\tx\t0\t0\t0\t000000FF\t0\t0\t0",
		"eth0\t0000000A\t0100000A\t3\t0\tx\t0\t000000FF\t0\t0\t0", "eth0\t0000000A0\t0100000A\t3\t0\t0\t0\t000000FF\t0\t0\t0",
	} {
		if r, ok := parseRouteLine(line); ok {
			t.Errorf("%q is %+v", line, r)
		}
	}
}

// TestRouteFlags checks that every named flag of the kernel has its own flag in
// the model.
func TestRouteFlags(t *testing.T) {
	for name, of := range map[string]func(uint32) netstat.RouteFlags{"route": routeFlagsOf, "cache": cacheFlagsOf} {
		var all netstat.RouteFlags
		for bit := range 32 {
			flag := of(1 << bit)
			if flag&all != 0 || flag&(flag-1) != 0 {
				t.Errorf("%s: bit %d is %#x, of %#x before", name, bit, flag, all)
			}
			all |= flag
		}
		if of(0xFFFFFFFF) != all {
			t.Errorf("%s: all bits are %#x, want %#x", name, of(0xFFFFFFFF), all)
		}
		for low := range uint32(8) {
			var want netstat.RouteFlags
			for bit := range 3 {
				want |= of(low & (1 << bit))
			}
			if of(low) != want {
				t.Errorf("%s: %#x is %#x, want %#x", name, low, of(low), want)
			}
		}
	}
}

// routeAllocations returns the ways to read n routes.
func routeAllocations(t testing.TB) map[string]func(n int) func() {
	read := func(s *source, q netstat.RouteQuery, n int) func() {
		return func() {
			got := 0
			for _, err := range s.Routes(t.Context(), q) {
				if err != nil {
					t.Fatal(err)
				}
				got++
			}
			if got != n {
				t.Fatalf("%d rows of %d", got, n)
			}
		}
	}
	return map[string]func(n int) func(){
		"file": func(n int) func() {
			text := routeHeader + strings.Repeat(fmt.Sprintf(routeRow, 7), n)
			return read(routeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net/route": text}), netstat.RouteQuery{Family: netstat.Inet}, n)
		},
		"file6": func(n int) func() {
			line := "20010db8000000000000000000000000 20 00000000000000000000000000000000 00 fd0000000000000000000000000000fe 00000400 00000001 00000000 00000003     eth0\n"
			return read(routeSource(t, Options{}, nil, map[string]string{"/proc/net/ipv6_route": strings.Repeat(line, n)}), netstat.RouteQuery{Family: netstat.Inet6}, n)
		},
	}
}

func TestRouteAllocations(t *testing.T) {
	const few, many = 1000, 9000
	for name, run := range routeAllocations(t) {
		small, large := testing.AllocsPerRun(10, run(few)), testing.AllocsPerRun(10, run(many))
		// The scripted file is a slice of a string, which allocates
		// nothing.
		if perRow := (large - small) / (many - few); perRow > 0.001 {
			t.Errorf("%s: %v allocations for %d rows, %v for %d", name, small, few, large, many)
		}
	}
	d := routeDecoder{family: afInet, nameOf: func(uint32) (string, error) { return "eth0", nil }}
	payload := routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 1), netlinkAttribute(rtaMetrics, netlinkAttribute(rtaxAdvMSS, number32(1300))))[netlink.HeaderSize:]
	var r netstat.Route
	d.decode(payload, &r)
	if n := testing.AllocsPerRun(100, func() { d.decode(payload, &r) }); n != 0 {
		t.Errorf("%v allocations to decode a route", n)
	}
}

func BenchmarkRoutes(b *testing.B) {
	for name, run := range routeAllocations(b) {
		b.Run(name, func(b *testing.B) { perRow(b, 10000, run(10000)) })
	}
	b.Run("decode", func(b *testing.B) {
		d := routeDecoder{family: afInet, nameOf: func(uint32) (string, error) { return "eth0", nil }}
		payload := routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 1), netlinkAttribute(rtaPriority, number32(100)))[netlink.HeaderSize:]
		var r netstat.Route
		perRow(b, 1, func() { d.decode(payload, &r) })
	})
}

func FuzzRoute(f *testing.F) {
	f.Add(strings.TrimSuffix(fmt.Sprintf(routeRow, 1), "\n"))
	f.Add("*\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0")
	f.Fuzz(func(t *testing.T, line string) {
		r, ok := parseRouteLine(line)
		if !ok {
			return
		}
		if !r.Destination.IsValid() || r.Gateway.IsValid() && r.Gateway.IsUnspecified() {
			t.Fatalf("%q: %+v", line, r)
		}
		word := func(ip netip.Addr) uint32 {
			if !ip.IsValid() {
				return 0
			}
			b := ip.As4()
			return binary.NativeEndian.Uint32(b[:])
		}
		var flags uint32
		for _, f := range routeFlags {
			if r.Flags.Has(f.flag) {
				flags |= f.bit
			}
		}
		mask := binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-r.Destination.Bits()))
		iface := r.Interface
		if iface == "" {
			iface = "*"
		}
		// A row in the kernel's format parses to the same row.
		again := fmt.Sprintf("%s\t%08X\t%08X\t%04X\t%d\t%d\t%d\t%08X\t%d\t%d\t%d", iface, word(r.Destination.Addr()), word(r.Gateway), flags,
			int32(r.RefCount), r.Use, r.Metric, binary.NativeEndian.Uint32(mask), int32(r.MTU), r.Window, r.RTT)
		if got, ok := parseRouteLine(again); !ok || got != r {
			t.Errorf("line  %q\nagain %q\ngot  %+v\nwant %+v", line, again, got, r)
		}
	})
}

func FuzzRoute6(f *testing.F) {
	f.Add("20010db8000000000000000000000000 20 00000000000000000000000000000000 00 fd0000000000000000000000000000fe 00000400 00000001 00000000 00000003     eth0")
	f.Fuzz(func(t *testing.T, line string) {
		var p route6Parser
		r := netstat.Route{Family: netstat.Inet6}
		if !p.parse([]byte(line), &r) {
			return
		}
		hex := func(ip netip.Addr) string {
			if !ip.IsValid() {
				ip = netip.IPv6Unspecified()
			}
			return fmt.Sprintf("%x", ip.As16())
		}
		var flags uint32
		for _, f := range routeFlags {
			if r.Flags.Has(f.flag) {
				flags |= f.bit
			}
		}
		source := r.Source
		if source == (netip.Prefix{}) {
			source = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		again := fmt.Sprintf("%s %02x %s %02x %s %08x %08x %08x %08x %8s", hex(r.Destination.Addr()), r.Destination.Bits(),
			hex(source.Addr()), source.Bits(), hex(r.Gateway), r.Metric, r.RefCount, r.Use, flags, r.Interface)
		got := netstat.Route{Family: netstat.Inet6}
		if !p.parse([]byte(again), &got) || got != r {
			t.Errorf("line  %q\nagain %q\ngot  %+v\nwant %+v", line, again, got, r)
		}
	})
}

func FuzzRouteMessage(f *testing.F) {
	f.Add(routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 1))[netlink.HeaderSize:])
	f.Add(routeMessage(1, "10.0.0.0/8", 0, netlinkAttribute(rtaMultipath, append([]byte{16, 0, 0, 0, 1, 0, 0, 0}, netlinkAttribute(rtaGateway, []byte{10, 0, 0, 1})...)))[netlink.HeaderSize:])
	f.Add(routeMessage(1, "10.0.0.1/32", rtmFCloned, via("10.0.0.1", 1), netlinkAttribute(rtaCacheInfo, make([]byte, 32)))[netlink.HeaderSize:])
	f.Add(routeMessage(1, "10.0.0.0/8", 0, netlinkAttribute(rtaVia, []byte{10, 0, 1, 2, 3, 4}), netlinkAttribute(rtaMetrics, netlinkAttribute(rtaxMTU, number32(1400))))[netlink.HeaderSize:])
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, d := range []routeDecoder{{family: afInet}, {family: afInet, cloned: true}, {family: afInet6}, {family: afInet6, cloned: true}} {
			d.nameOf = func(index uint32) (string, error) { return fmt.Sprint(index), nil }
			var r netstat.Route
			if d.decode(payload, &r) != routeShown {
				continue
			}
			if !r.Destination.IsValid() || r.Gateway.IsValid() && r.Gateway.Is4() != (d.family == afInet) ||
				(r.Cached != nil) != (d.cloned && d.family == afInet) {
				t.Errorf("%x: %+v", payload, r)
			}
		}
	})
}
