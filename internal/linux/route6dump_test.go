package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// refusedCapture reads a file of testdata/refused: files of /proc/net and dumps
// of one moment, from a little-endian machine.
func refusedCapture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/refused/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refusedNames lists the interfaces of testdata/refused.
var refusedNames = map[uint32]string{1: "lo", 2: "d1", 3: "d0"}

// refusals lists the ways in which a file cannot be read.
var refusals = []struct {
	name  string
	open  func(string) (io.ReadCloser, error)
	cause error
}{
	{"denied", func(string) (io.ReadCloser, error) { return nil, syscall.EACCES }, syscall.EACCES},
	{"no /proc", func(string) (io.ReadCloser, error) { return nil, syscall.ENOENT }, netstat.ErrIncomplete},
	{"missing", func(path string) (io.ReadCloser, error) {
		if path == "/proc/net" {
			return io.NopCloser(&chunkReader{}), nil
		}
		return nil, syscall.ENOENT
	}, syscall.ENOENT},
	{"empty", func(string) (io.ReadCloser, error) { return io.NopCloser(&chunkReader{size: 1}), nil }, errEmptyFile},
}

// route6Message builds an RTM_NEWROUTE message about an IPv6 route.
func route6Message(kind, protocol byte, prefix string, table, flags uint32, attributes ...[]byte) []byte {
	p := netip.MustParsePrefix(prefix)
	b := []byte{afInet6, byte(p.Bits()), 0, 0, byte(table), protocol, 0, kind}
	b = binary.NativeEndian.AppendUint32(b, flags)
	b = append(b, netlinkAttribute(rtaTable, number32(table))...)
	if p.Bits() > 0 {
		b = append(b, netlinkAttribute(rtaDst, p.Addr().AsSlice())...)
	}
	return message(rtmNewRoute, 2, append(b, slices.Concat(attributes...)...))
}

// TestCapturedRoutes6 compares a dump and /proc/net/ipv6_route of the same
// moment: they have the same rows except for the reference counts, whatever the
// reason why the file cannot be read.
func TestCapturedRoutes6(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	q := netstat.RouteQuery{Family: netstat.Inet6}
	files := routeSource(t, Options{}, nil, map[string]string{"/proc/net/ipv6_route": string(refusedCapture(t, "ipv6_route"))})
	files.openLinks = func() (linkControl, error) {
		return &scriptedLinks{mtu: map[string]uint32{"lo": 1, "d1": 2, "d0": 3}}, nil
	}
	want := collectRoutes(t, files, q)
	if len(want.rows) != 61 || want.err != nil || len(want.reports) > 0 {
		t.Fatalf("%d rows, %v, %v", len(want.rows), want.err, want.reports)
	}
	for i := range want.rows {
		if want.rows[i].RefCount == 0 || want.rows[i].Use != 0 {
			t.Errorf("row %d: %+v", i, want.rows[i])
		}
		want.rows[i].RefCount = 0
	}
	for _, refusal := range refusals {
		t.Run(refusal.name, func(t *testing.T) {
			c := &routeScript{names: refusedNames}
			c.replies = []reply{{data: refusedCapture(t, "route6-linux-6.18-le")}}
			s := routeSource(t, Options{}, c, nil)
			s.open = refusal.open
			got := collectRoutes(t, s, q)
			if got.err != nil || len(got.reports) != 1 || got.reports[0].Op != route6Unknown || !errors.Is(got.reports[0], refusal.cause) {
				t.Errorf("error %v, reports %v", got.err, got.reports)
			}
			for i := range min(len(want.rows), len(got.rows)) {
				if want.rows[i] != got.rows[i] {
					t.Fatalf("row %d:\nfile %+v\ndump %+v", i, want.rows[i], got.rows[i])
				}
			}
			if len(want.rows) != len(got.rows) {
				t.Errorf("%d rows dumped, %d in the file", len(got.rows), len(want.rows))
			}
			if c.closed != 1 {
				t.Errorf("closed %d times", c.closed)
			}

			// Only the file, and neither of the two.
			for _, o := range []Options{{Source: "proc"}, {}} {
				s := routeSource(t, o, nil, nil)
				s.open = refusal.open
				if got := collectRoutes(t, s, q); !errors.Is(got.err, refusal.cause) || len(got.rows) > 0 || len(got.reports) > 0 {
					t.Errorf("%+v: %+v", o, got)
				}
			}
		})
	}
}

// TestCachedRoutes6WithoutFile checks that cached routes are complete without
// the file.
func TestCachedRoutes6WithoutFile(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	b, err := os.ReadFile("testdata/route/learnt6-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	q := netstat.RouteQuery{Family: netstat.Inet6, Cache: true}
	for _, refusal := range refusals {
		c := &routeScript{names: map[uint32]string{2: "a0"}}
		c.replies = []reply{{data: b}}
		s := routeSource(t, Options{}, c, nil)
		s.open = refusal.open
		if got := collectRoutes(t, s, q); len(got.rows) != 1 || got.err != nil || len(got.reports) > 0 {
			t.Errorf("%s: %+v", refusal.name, got)
		}
		s = routeSource(t, Options{}, nil, nil)
		s.open = refusal.open
		if got := collectRoutes(t, s, q); !errors.Is(got.err, refusal.cause) || len(got.rows) > 0 || len(got.reports) > 0 {
			t.Errorf("%s, no dump: %+v", refusal.name, got)
		}
	}
}

func TestRoutes6DumpFaults(t *testing.T) {
	through := func(index uint32) []byte { return netlinkAttribute(rtaOif, number32(index)) }
	route := route6Message(rtnUnicast, 3, "2001:db8::/32", rtTableMain, 0, through(3))
	const rejects = "::/0 lo"
	for _, test := range []struct {
		name    string
		refusal int // index in refusals
		replies []reply
		want    []string
		ops     []string
		err     error
	}{
		{"no routes", 0, []reply{datagram(done(0))}, []string{rejects, rejects}, []string{route6Unknown}, nil},
		{"a kernel without IPv6", 2, []reply{datagram(done(0))}, nil, nil, syscall.ENOENT},
		{"a kernel without IPv6 that has other families", 2, []reply{datagram(routeMessage(1, "10.0.0.0/8", 0, via("10.0.0.1", 3)), done(0))}, nil, nil, syscall.ENOENT},
		{"refused", 0, []reply{datagram(refusal(syscall.EPERM))}, nil, nil, syscall.EACCES},
		{"an error after rows", 0, []reply{datagram(route), {err: syscall.ENOBUFS}}, []string{"2001:db8::/32 d0"}, []string{route6Unknown}, syscall.ENOBUFS},
		{"inconsistent", 0, []reply{datagram(withFlags(route, netlink.FlagInterrupted), done(0))}, []string{"2001:db8::/32 d0", rejects, rejects}, []string{route6Unknown, "dump routes of"}, nil},
		{"a bogus record", 0, []reply{datagram(route6Message(rtnUnicast, 3, "2001:db8::/32", rtTableMain, 0, netlinkAttribute(rtaSrc, []byte{1})), route, done(0))},
			[]string{"2001:db8::/32 d0", rejects, rejects}, []string{"parse", route6Unknown}, nil},
		{"an interface that disappeared", 0, []reply{datagram(route, route6Message(rtnUnicast, 3, "2001:db8::/32", rtTableMain, 0, through(9)), done(0))},
			[]string{"2001:db8::/32 d0", rejects, rejects}, []string{route6Unknown}, nil},
		{"the number of a nexthop object", 0, []reply{datagram(route6Message(rtnUnicast, 3, "::/0", rtTableMain, 0, netlinkAttribute(rtaNHID, number32(7))), done(0))},
			[]string{"::/0 ", rejects}, []string{route6Unknown, unknownHops}, nil},
		{"tables before the main one, of its bucket and of the local one's", 0, []reply{datagram(
			route6Message(rtnUnicast, 3, "::/0", 100, 0, through(2)),
			route6Message(rtnUnicast, 3, "fd01::/64", 510, 0, through(2)),
			route6Message(rtnUnicast, 3, "fd02::/64", 511, 0, through(2)),
			route6Message(rtnLocal, rtProtoKernel, "::1/128", rtTableLocal, 0, through(1)), done(0))},
			[]string{"::/0 d1", "fd01::/64 d1", rejects, rejects, "fd02::/64 d1", rejects, "::1/128 lo", rejects}, []string{route6Unknown}, nil},
		{"cached routes", 0, []reply{datagram(route6Message(rtnUnicast, 3, "fd01::/64", rtTableMain, rtmFCloned, through(2)), done(0))}, []string{rejects, rejects}, []string{route6Unknown}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &routeScript{names: refusedNames}
			c.replies = test.replies
			s := routeSource(t, Options{}, c, nil)
			s.open = refusals[test.refusal].open
			got := collectRoutes(t, s, netstat.RouteQuery{Family: netstat.Inet6})
			var rows, ops []string
			for _, r := range got.rows {
				rows = append(rows, r.Destination.String()+" "+r.Interface)
			}
			for _, e := range got.reports {
				ops = append(ops, e.Op)
			}
			if !slices.Equal(rows, test.want) || !slices.Equal(ops, test.ops) || !errors.Is(got.err, test.err) || c.closed == 0 || c.closed > c.sends {
				t.Errorf("rows %q, want %q; reports %q; error %v; closed %d times", rows, test.want, got.reports, got.err, c.closed)
			}
		})
	}
}

// withFlags returns a message with other flags.
func withFlags(b []byte, flags uint16) []byte {
	b = slices.Clone(b)
	binary.NativeEndian.PutUint16(b[6:], flags)
	return b
}

// TestRoutes6DumpStopped checks that a caller that stops gets no more rows, and
// that the connection is closed.
func TestRoutes6DumpStopped(t *testing.T) {
	for stop := 1; stop <= 3; stop++ {
		c := &routeScript{names: refusedNames}
		c.replies = []reply{datagram(route6Message(rtnUnicast, 3, "fd01::/64", rtTableMain, 0, netlinkAttribute(rtaOif, number32(2))), done(0))}
		s := routeSource(t, Options{}, c, nil)
		s.open = refusals[0].open
		rows := 0
		for _, err := range s.Routes(t.Context(), netstat.RouteQuery{Family: netstat.Inet6}) {
			if err != nil {
				t.Error(err)
			}
			if rows++; rows == stop {
				break
			}
		}
		if rows != stop || c.closed != 1 {
			t.Errorf("%d rows, closed %d times", rows, c.closed)
		}
	}
}

func FuzzRoute6Dump(f *testing.F) {
	f.Add(route6Message(rtnUnicast, 3, "2001:db8::/32", rtTableMain, rtnhOnLink, netlinkAttribute(rtaOif, number32(2)), netlinkAttribute(rtaCacheInfo, make([]byte, 32)))[netlink.HeaderSize:])
	f.Add(route6Message(rtnUnicast, 3, "::/0", rtTableMain, 0, netlinkAttribute(rtaMultipath, append([]byte{28, 0, 4, 0, 1, 0, 0, 0}, netlinkAttribute(rtaGateway, make([]byte, 16))...)))[netlink.HeaderSize:])
	f.Add(route6Message(rtnBlackhole, 3, "::/0", 1000, 0, netlinkAttribute(rtaNHID, number32(2)), netlinkAttribute(rtaPriority, number32(2)))[netlink.HeaderSize:])
	f.Fuzz(func(t *testing.T, payload []byte) {
		nameOf := func(index uint32) string {
			if index == 0 {
				return ""
			}
			return fmt.Sprint(index)
		}
		d := dump6{nameOf: func(index uint32) (string, error) { return nameOf(index), nil }}
		d.yield = func(r netstat.Route, err error) bool {
			if err != nil || !r.Destination.IsValid() || !r.Destination.Addr().Is6() || r.Gateway.IsValid() && !r.Gateway.Is6() ||
				r.Flags.Has(netstat.RouteGateway) != r.Gateway.IsValid() || r.Interface != nameOf(r.Index) {
				t.Errorf("%x: %+v, %v", payload, r, err)
			}
			return true
		}
		d.message(payload) // possibly preceded by the reject route of the main table
		// The same message again gives the same number of rows.
		var rows [2]int
		for i := range rows {
			before := d.delivered
			d.message(payload)
			rows[i] = d.delivered - before
		}
		if rows[0] != rows[1] {
			t.Errorf("%x: %d rows, then %d", payload, rows[0], rows[1])
		}
		d.endOfTables()
		var a, b netstat.Route
		d.decode(payload, &a)
		d.decode(payload, &b)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%+v, %+v", a, b)
		}
	})
}
