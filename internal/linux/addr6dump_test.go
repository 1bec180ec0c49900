package linux

import (
	"errors"
	"io"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// TestCapturedAddrs6 compares a dump and /proc/net/if_inet6 of the same moment:
// they have the same addresses.
func TestCapturedAddrs6(t *testing.T) {
	if !littleEndian() {
		t.Log("the captures are those of a little-endian machine")
		return
	}
	ofFile, ofDump := map[string][]netstat.InterfaceAddr{}, map[string][]netstat.InterfaceAddr{}
	for line := range strings.Lines(string(refusedCapture(t, "if_inet6"))) {
		name, a, ok := parseInet6([]byte(strings.TrimSuffix(line, "\n")))
		if !ok {
			t.Fatalf("%q", line)
		}
		ofFile[string(name)] = append(ofFile[string(name)], a)
	}
	s := groupSource(t, Options{}, &scriptedConn{replies: []reply{{data: refusedCapture(t, "addr6-linux-6.18-le")}}}, 0)
	addrs, interrupted, err := s.dumpAddrs6(t.Context(), false)
	if len(addrs) != 10 || interrupted || err != nil {
		t.Fatalf("%v, %v, %v", addrs, interrupted, err)
	}
	for _, a := range addrs {
		name := refusedNames[a.index]
		ofDump[name] = append(ofDump[name], a.addr)
	}
	for _, all := range []map[string][]netstat.InterfaceAddr{ofFile, ofDump} {
		for _, list := range all {
			slices.SortFunc(list, func(a, b netstat.InterfaceAddr) int { return a.Prefix.Addr().Compare(b.Prefix.Addr()) })
		}
	}
	if !reflect.DeepEqual(ofFile, ofDump) {
		t.Errorf("file %v\ndump %v", ofFile, ofDump)
	}
}

// addr6Msg builds a struct ifaddrmsg with attributes.
func addr6Msg(index uint32, bits byte, attributes ...[]byte) []byte {
	return append(append([]byte{afInet6, bits, 0, 0}, number32(index)...), slices.Concat(attributes...)...)
}

func TestAddrs6WithoutFile(t *testing.T) {
	ip := netlinkAttribute(ifaAddress, netip.MustParseAddr("fe80::1").AsSlice())
	six := message(rtmNewAddr, 2, addr6Msg(1, 64, ip))
	links := []reply{datagram(done(0)), datagram(link(1, "lo"), done(0))}
	want := []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("fe80::1/64"), Scope: netstat.ScopeLink}}
	for _, test := range []struct {
		name    string
		replies []reply
		want    []netstat.InterfaceAddr
		reports int
		refused bool
	}{
		{"dumped", []reply{datagram(six, done(0))}, want, 0, false},
		{"inconsistent at first", []reply{datagram(withFlags(six, netlink.FlagInterrupted), done(0)), datagram(six, done(0))}, want, 0, false},
		{"inconsistent", slices.Repeat([]reply{datagram(withFlags(six, netlink.FlagInterrupted), done(0))}, dumpTries), want, 1, false},
		{"other families", []reply{datagram(addr(1, "10.0.0.1", "lo"), done(0))}, nil, 0, false},
		{"an interface that appeared meanwhile", []reply{datagram(message(rtmNewAddr, 2, addr6Msg(7, 64, ip)), done(0))}, nil, 0, false},
		{"refused", []reply{datagram(refusal(syscall.EPERM))}, nil, 0, true},
	} {
		for k, kind := range refusals {
			c := &scriptedConn{replies: slices.Concat(links, test.replies)}
			s := linkSource(t, Options{}, c, nil, nil)
			s.open = func(path string) (io.ReadCloser, error) {
				if strings.HasSuffix(path, "/interface") {
					return nil, syscall.ENOENT
				}
				return kind.open(path)
			}
			_, all, reports, err := interfacesOf(s, netstat.InterfaceQuery{Details: true})
			if test.refused {
				// Like without a dump: a denied file is an error,
				// a missing /proc is reported, and a missing or
				// empty file has no addresses.
				if denied := k == 0; errors.Is(err, syscall.EACCES) != denied || (err != nil) != denied || (len(reports) == 1) != (k == 1) {
					t.Errorf("%s, %s: %v, %v", test.name, kind.name, reports, err)
				}
				continue
			}
			if err != nil || len(reports) != test.reports || len(all) != 1 || !reflect.DeepEqual(all[0].Addrs, test.want) || c.closed != c.sends-1 {
				t.Errorf("%s, %s: %+v, %v, %v; closed %d of %d", test.name, kind.name, all, reports, err, c.closed, c.sends)
			}
		}
	}
}

func TestDecodeAddr6(t *testing.T) {
	ip := func(kind uint16, s string) []byte { return netlinkAttribute(kind, netip.MustParseAddr(s).AsSlice()) }
	for _, test := range []struct {
		name  string
		b     []byte
		want  string // "" for none
		scope netstat.AddrScope
	}{
		{"global", addr6Msg(3, 64, ip(ifaAddress, "2001:db8::1")), "2001:db8::1/64", 0},
		{"with a peer", addr6Msg(3, 128, ip(ifaAddress, "2001:db8::2"), ip(ifaLocal, "2001:db8::1")), "2001:db8::1/128", 0},
		{"host", addr6Msg(3, 128, ip(ifaAddress, "::1")), "::1/128", netstat.ScopeHost},
		{"link", addr6Msg(3, 10, ip(ifaAddress, "febf::1")), "febf::1/10", netstat.ScopeLink},
		{"site", addr6Msg(3, 10, ip(ifaAddress, "feff::1")), "feff::1/10", netstat.ScopeSite},
		{"compatible", addr6Msg(3, 96, ip(ifaAddress, "::10.0.0.1")), "::a00:1/96", netstat.ScopeCompat},
		{"mapped", addr6Msg(3, 96, ip(ifaAddress, "::ffff:10.0.0.1")), "::ffff:10.0.0.1/96", 0},
		{"too long a prefix", addr6Msg(3, 129, ip(ifaAddress, "::1")), "", 0},
		{"no address", addr6Msg(3, 64), "", 0},
		{"an IPv4 address", addr6Msg(3, 24, ip(ifaAddress, "10.0.0.1")), "", 0},
		{"cut short", addr6Msg(3, 64)[:7], "", 0},
	} {
		a, ok := decodeAddr6(test.b)
		if ok != (test.want != "") || ok && (a.index != 3 || a.addr.Prefix.String() != test.want || a.addr.Scope != test.scope) {
			t.Errorf("%s: %+v, %v", test.name, a, ok)
		}
	}
}

func FuzzDecodeAddr6(f *testing.F) {
	f.Add(addr6Msg(3, 64, netlinkAttribute(ifaAddress, make([]byte, 16)), netlinkAttribute(ifaLocal, make([]byte, 16))))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := decodeAddr6(b)
		if ok && (!a.addr.Prefix.IsValid() || !a.addr.Prefix.Addr().Is6()) {
			t.Errorf("%x: %+v", b, a)
		}
	})
}
