package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
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

// scriptedLinks answers queries about single interfaces.
type scriptedLinks struct {
	mtu    map[string]uint32
	list   []netstat.InterfaceAddr
	err    error
	closed int
}

func (c *scriptedLinks) fill(i *netstat.Interface) error {
	mtu, ok := c.mtu[i.Name]
	if !ok {
		return syscall.ENODEV
	}
	i.Index, i.MTU, i.Flags = mtu, mtu, netstat.InterfaceUp
	if i.Name == "sl0" {
		i.Hardware = netstat.HardwareSLIP
	}
	return c.err
}
func (c *scriptedLinks) addrs() ([]netstat.InterfaceAddr, error) { return c.list, nil }
func (c *scriptedLinks) ethtool(name string, b []byte) error {
	if binary.NativeEndian.Uint32(b) != ethtoolGetDriver {
		return syscall.EOPNOTSUPP
	}
	copy(b[4:36], "driver of "+name)
	return nil
}

func (c *scriptedLinks) slipTimers(string) netstat.SLIPTimers {
	return netstat.SLIPTimers{Outfill: 5, Keepalive: 6}
}

// index uses the MTU as the index.
func (c *scriptedLinks) index(name string) uint32 { return c.mtu[name] }
func (c *scriptedLinks) close()                   { c.closed++ }

func linkSource(t *testing.T, o Options, c *scriptedConn, links *scriptedLinks, files map[string]string) *source {
	s := fakeSource(t, o, nil, files)
	s.dialLinks = func() (netlink.Conn, error) {
		if c == nil {
			return nil, syscall.EPERM
		}
		return c, nil
	}
	s.openLinks = func() (linkControl, error) {
		if links == nil {
			return nil, syscall.EACCES
		}
		return links, nil
	}
	return s
}

func interfacesOf(s *source, q netstat.InterfaceQuery) (names []string, all []netstat.Interface, reports []*netstat.OpError, err error) {
	q.Report = func(e *netstat.OpError) { reports = append(reports, e) }
	for i, e := range s.Interfaces(context.Background(), q) {
		if e != nil {
			err = e
			continue
		}
		names, all = append(names, i.Name), append(all, i)
	}
	return names, all, reports, err
}

func link(index uint32, name string) []byte {
	return message(rtmNewLink, 2, linkMsg(index, 1, 1, netlinkAttribute(iflaIfname, append([]byte(name), 0)), netlinkAttribute(iflaStats64, counting(8, 25))))
}

func addr(index uint32, ip, label string) []byte {
	b := netip.MustParseAddr(ip).AsSlice()
	return message(rtmNewAddr, 2, addrMsg(index, 8, netlinkAttribute(ifaLocal, b), netlinkAttribute(ifaAddress, b), netlinkAttribute(ifaLabel, append([]byte(label), 0))))
}

func flagged(b []byte, flags byte) []byte {
	b = slices.Clone(b)
	b[6] |= flags
	return b
}

const (
	devColumnsLine = " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed"
	devHeader      = "Inter-|   Receive                                                |  Transmit\n" + devColumnsLine + "\n"
)

func TestInterfacesDumped(t *testing.T) {
	c := &scriptedConn{replies: []reply{
		datagram(addr(9, "10.0.0.9", "b"), addr(2, "127.0.0.1", "lo"), addr(9, "10.0.0.8", "b:1")), datagram(done(0)),
		datagram(link(2, "lo"), link(9, "b")), datagram(link(11, "c")), datagram(done(0)),
	}}
	s := linkSource(t, Options{}, c, nil, map[string]string{
		"/proc/net/if_inet6": "fe800000000000000000000000000001 09 40 20 80        b\n00000000000000000000000000000001 02 80 10 80       lo\nbogus\nfe800000000000000000000000000001 0c 40 20 80     gone\n",
	})
	names, all, reports, err := interfacesOf(s, netstat.InterfaceQuery{Details: true})
	if err != nil || strings.Join(names, " ") != "lo b c" || len(reports) != 1 || c.closed != 1 {
		t.Fatalf("%v, %v, %v, closed %d", names, reports, err, c.closed)
	}
	var got []string
	for _, a := range all[1].Addrs {
		got = append(got, a.Prefix.String()+" "+a.Label)
	}
	if want := []string{"10.0.0.9/8 b", "10.0.0.8/8 b:1", "fe80::1/64 "}; !slices.Equal(got, want) {
		t.Errorf("addresses %q, want %q", got, want)
	}
	if all[1].Addrs[2].Scope != netstat.ScopeLink || len(all[0].Addrs) != 2 || all[2].Addrs != nil || !all[2].HasCounters {
		t.Errorf("%+v", all)
	}
}

// TestAltNameQueried checks that if the dumps are refused, the kernel is
// queried for the requested name.
func TestAltNameQueried(t *testing.T) {
	for name, want := range map[string]string{"wan0": "[] [wan0]", "": "[] []", "b": "[] []", "wan0:1": "[] []", "gone": "[] []"} {
		links := &scriptedLinks{mtu: map[string]uint32{"a": 1, "b": 2, "wan0": 2, "wan0:1": 2, "gone": 9}}
		s := linkSource(t, Options{}, nil, links, map[string]string{"/proc/net/dev": devHeader + "  a: 1 2\n  b: 1 2\n"})
		_, all, reports, err := interfacesOf(s, netstat.InterfaceQuery{Name: name})
		if err != nil || len(reports) > 0 || len(all) != 2 {
			t.Fatalf("%+v, %v, %v", all, reports, err)
		}
		if got := fmt.Sprint(all[0].AltNames, all[1].AltNames); got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}

// TestInterfacesDumpRetried checks that an inconsistent dump is repeated a few
// times and then reported, and that transient errors are retried before /proc
// is read.
func TestInterfacesDumpRetried(t *testing.T) {
	good := []reply{datagram(done(0)), datagram(link(2, "lo"), done(0))}
	torn := []reply{datagram(done(0)), datagram(flagged(link(2, "lo"), netlink.FlagInterrupted), done(0))}
	tornAddrs := []reply{datagram(flagged(done(0), netlink.FlagInterrupted)), datagram(link(2, "lo"), done(0))}
	busy := []reply{datagram(refusal(syscall.EBUSY))}
	cut := []reply{{data: link(2, "lo"), truncated: true}}
	file := map[string]string{"/proc/net/dev": devHeader + "  file: 1 2\n"}
	links := &scriptedLinks{mtu: map[string]uint32{"file": 1}}
	for _, c := range []struct {
		name    string
		options Options
		replies [][]reply
		want    string
		reports int
		fails   bool
	}{
		{"at once", Options{}, [][]reply{good}, "lo", 0, false},
		{"second time", Options{}, [][]reply{torn, good}, "lo", 0, false},
		{"third time", Options{}, [][]reply{torn, tornAddrs, good}, "lo", 0, false},
		{"never consistent", Options{}, [][]reply{torn, tornAddrs, torn}, "lo", 1, false},
		{"busy", Options{}, [][]reply{busy, good}, "lo", 0, false},
		{"truncated", Options{}, [][]reply{cut, good}, "lo", 0, false},
		{"always busy", Options{}, [][]reply{busy, busy, busy}, "file", 0, false},
		{"refused", Options{}, [][]reply{{datagram(refusal(syscall.EOPNOTSUPP))}}, "file", 0, false},
		{"nothing", Options{}, nil, "file", 0, false},
		{"garbage", Options{}, [][]reply{{{data: []byte{1, 2, 3}}}, good}, "lo", 0, false},
		{"a link without a name", Options{}, [][]reply{{datagram(done(0)), datagram(message(rtmNewLink, 2, linkMsg(1, 1, 1)))}, good}, "lo", 0, false},
		{"an invalid address", Options{}, [][]reply{{datagram(message(rtmNewAddr, 2, addrMsg(1, 1)))}, good}, "lo", 0, false},
		{"overrun", Options{}, [][]reply{{datagram(message(netlink.TypeOverrun, 0, nil))}, good}, "lo", 0, false},
		{"error at the end", Options{}, [][]reply{{datagram(done(-int32(syscall.EPERM)))}}, "file", 0, false},
		{"short error", Options{}, [][]reply{{datagram(message(netlink.TypeError, 0, nil))}, good}, "lo", 0, false},
		{"refused, netlink forced", Options{Source: "netlink"}, [][]reply{{datagram(refusal(syscall.EPERM))}}, "", 0, true},
		{"file forced", Options{Source: "proc"}, nil, "file", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := linkSource(t, c.options, &scriptedConn{replies: slices.Concat(c.replies...)}, links, file)
			names, _, reports, err := interfacesOf(s, netstat.InterfaceQuery{})
			if strings.Join(names, " ") != c.want || len(reports) != c.reports || (err != nil) != c.fails {
				t.Errorf("%q, reports %v, error %v", names, reports, err)
			}
		})
	}
}

// TestInterfacesRefused checks that a refused dump is not tried again.
func TestInterfacesRefused(t *testing.T) {
	dials := 0
	s := linkSource(t, Options{}, nil, &scriptedLinks{mtu: map[string]uint32{"lo": 1}}, map[string]string{"/proc/net/dev": devHeader + "lo: 1\n"})
	s.dialLinks = func() (netlink.Conn, error) { dials++; return nil, syscall.EPERM }
	for range 3 {
		if names, _, _, err := interfacesOf(s, netstat.InterfaceQuery{}); err != nil || strings.Join(names, " ") != "lo" {
			t.Fatalf("%v, %v", names, err)
		}
	}
	if dials != 1 {
		t.Errorf("%d attempts", dials)
	}
}

func TestInterfacesFromFile(t *testing.T) {
	at := func(label string) netstat.InterfaceAddr {
		return netstat.InterfaceAddr{Label: label, Prefix: netip.MustParsePrefix("10.0.0.1/8")}
	}
	links := &scriptedLinks{
		mtu:  map[string]uint32{"lo": 65536, "veth0": 1500, "veth01": 9, "only": 3, "sl0": 296},
		list: []netstat.InterfaceAddr{at("veth0"), at("veth0:1"), at("veth0foo"), at("veth01:x"), at("only:3"), at("nosuch")},
	}
	dev := devHeader + "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n veth0:1\nveth01:\n  gone: 1\n   sl0: 1\nnonsense\n"
	s := linkSource(t, Options{Source: "proc"}, nil, links, map[string]string{"/proc/net/dev": dev})
	names, all, reports, err := interfacesOf(s, netstat.InterfaceQuery{Details: true})
	if err != nil || len(reports) != 0 || strings.Join(names, " ") != "lo veth0 veth01 sl0 only" || links.closed != 2 {
		t.Fatalf("%v, %v, %v, closed %d", names, reports, err, links.closed)
	}
	if n := []int{len(all[0].Addrs), len(all[1].Addrs), len(all[2].Addrs), len(all[4].Addrs)}; !slices.Equal(n, []int{0, 3, 1, 1}) {
		t.Errorf("addresses: %v", n)
	}
	if all[0].MTU != 65536 || all[0].Partial || all[3].SLIP.Keepalive != 6 || all[4].HasCounters {
		t.Errorf("%+v", all)
	}

	// Without the file, interfaces with an address are found, and the error
	// is reported.
	s = linkSource(t, Options{Source: "proc"}, nil, links, nil)
	names, all, reports, err = interfacesOf(s, netstat.InterfaceQuery{})
	if err != nil || len(reports) != 1 || strings.Join(names, " ") != "veth0 veth01 only" || all[0].HasCounters {
		t.Errorf("%v, %v, %v", names, reports, err)
	}

	for name, s := range map[string]*source{
		"no query possible":     linkSource(t, Options{Source: "proc"}, nil, nil, map[string]string{"/proc/net/dev": dev}),
		"an answer is an error": linkSource(t, Options{Source: "proc"}, nil, &scriptedLinks{mtu: links.mtu, err: syscall.EPERM}, map[string]string{"/proc/net/dev": dev}),
		"another host":          linkSource(t, Options{ProcRoot: "/copy"}, nil, links, map[string]string{"/proc/net/dev": dev}),
	} {
		var e *netstat.OpError
		if names, _, _, err := interfacesOf(s, netstat.InterfaceQuery{}); !errors.As(err, &e) || names != nil {
			t.Errorf("%s: %v, %v", name, names, err)
		}
	}
}

// TestInterfacesOfAnotherHost checks that the interfaces of a copied /proc have
// no facts of this host.
func TestInterfacesOfAnotherHost(t *testing.T) {
	s := linkSource(t, Options{ProcRoot: "/copy"}, &scriptedConn{}, &scriptedLinks{mtu: map[string]uint32{"lo": 1}}, map[string]string{
		"/copy/net/dev": devHeader + "lo: 1 2\nsl0: 3 4\n", "/copy/net/if_inet6": "00000000000000000000000000000001 02 80 10 80       lo\n",
		"/proc/net/dev": devHeader + "here: 1 2\n",
	})
	_, all, _, err := interfacesOf(s, netstat.InterfaceQuery{Details: true})
	want := []netstat.Interface{
		{Name: "lo", Partial: true, HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 1, Packets: 2},
			Addrs: []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("::1/128"), Scope: netstat.ScopeHost}}},
		{Name: "sl0", Partial: true, HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 3, Packets: 4}},
	}
	for i := range want {
		want[i].Receive.Absent, want[i].Transmit.Absent = absentReceive|dumpedReceive, absentTransmit|dumpedTransmit
	}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestInterfaceNodes parses lines in the kernel's format.
func TestInterfaceNodes(t *testing.T) {
	files := map[string]string{
		"/proc/net/dev": devHeader + "eth0: 1 2\neth1: 3 4\n",
		"/proc/net/ipx/interface": "Network    Node_Address   Primary  Device     Frame_Type\n" +
			"2B43A245   000000000001   Yes      Internal   None     \n" +
			"20100915   842B2B5E41CB   No       eth0       802.2    \n" +
			"00000001   842B2B5E41CB   No       eth0       EtherII  \n" +
			"00000002   842B2B5E41CB   No       eth0       SNAP     \n" +
			"00000003   842B2B5E41CB   No       eth0       802.3    \n" +
			"00000004   842B2B5E41CB   No       eth0       802.2TR  \n" +
			"0000004    842B2B5E41CB   No       eth0       802.2    \n" +
			"00000004   842B2B5E41CB   No       eth0\n",
		"/proc/net/atalk/interface": "Interface        Address   Networks  Status\n" +
			"eth1             FF01:0A  FF00-FFFE  0\n" +
			"eth1             FF01.0A  FF00-FFFE  0\n" +
			"gone             0001:01  0001-0001  0\n",
	}
	s := linkSource(t, Options{Source: "proc"}, nil, &scriptedLinks{mtu: map[string]uint32{"eth0": 1500, "eth1": 1500}}, files)
	_, all, reports, err := interfacesOf(s, netstat.InterfaceQuery{Details: true})
	if err != nil || len(all) != 2 || len(reports) != 3 {
		t.Fatalf("%+v, %v, %v", all, reports, err)
	}
	ipx := func(frame netstat.Frame, network uint32) netstat.NodeAddr {
		return netstat.NodeAddr{Family: netstat.IPX, Frame: frame, Network: network, Node: 0x842b2b5e41cb}
	}
	want := []netstat.NodeAddr{ipx(netstat.Frame8022, 0x20100915), ipx(netstat.FrameEthernetII, 1), ipx(netstat.FrameSNAP, 2), ipx(netstat.Frame8023, 3), ipx(netstat.FrameOther, 4)}
	if !slices.Equal(all[0].Nodes, want) {
		t.Errorf("eth0: %+v, want %+v", all[0].Nodes, want)
	}
	if want := []netstat.NodeAddr{{Family: netstat.AppleTalk, Network: 0xff01, Node: 10}}; !slices.Equal(all[1].Nodes, want) {
		t.Errorf("eth1: %+v, want %+v", all[1].Nodes, want)
	}
}

func FuzzAddNodes(f *testing.F) {
	f.Add([]byte("20100915   842B2B5E41CB   No       eth0       802.2    "))
	f.Add([]byte("eth0             FF01:0A  FF00-FFFE  0"))
	f.Fuzz(func(t *testing.T, line []byte) {
		i := netstat.Interface{}
		at := map[string]*netstat.Interface{"eth0": &i}
		taken := addIPX(line, at)
		if addAppleTalk(line, at) || taken {
			for _, a := range i.Nodes {
				if a.Node >= 1<<48 || a.Family == netstat.AppleTalk && (a.Network > 0xffff || a.Node > 0xff) {
					t.Errorf("%+v", a)
				}
			}
		} else if i.Nodes != nil {
			t.Errorf("%q was refused and left %+v", line, i.Nodes)
		}
	})
}

func TestInterfacesCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, o := range []Options{{}, {Source: "proc"}, {ProcRoot: "/copy"}} {
		s := linkSource(t, o, &scriptedConn{replies: []reply{datagram(done(0)), datagram(done(0))}}, &scriptedLinks{}, map[string]string{"/proc/net/dev": devHeader, "/copy/net/dev": devHeader})
		n := 0
		for _, err := range s.Interfaces(ctx, netstat.InterfaceQuery{Details: true}) {
			if n++; !errors.Is(err, context.Canceled) {
				t.Errorf("%+v: %v", o, err)
			}
		}
		if n != 1 {
			t.Errorf("%+v: %d pairs", o, n)
		}
	}
}

// TestInterfacesUnmounted checks that if /proc is not mounted, a missing
// if_inet6 does not mean that IPv6 is missing.
func TestInterfacesUnmounted(t *testing.T) {
	for mounted, want := range map[bool]int{true: 0, false: 1} {
		c := &scriptedConn{replies: []reply{datagram(done(0)), datagram(link(2, "lo"), done(0))}}
		s := linkSource(t, Options{}, c, nil, nil)
		if !mounted {
			s.open = func(string) (io.ReadCloser, error) { return nil, syscall.ENOENT }
		}
		names, _, reports, err := interfacesOf(s, netstat.InterfaceQuery{Details: true})
		if len(names) != 1 || err != nil || len(reports) != want || want > 0 && !errors.Is(reports[0], netstat.ErrIncomplete) {
			t.Errorf("mounted %v: %v, %v, %v", mounted, names, reports, err)
		}
	}
}

// TestInterfacesStopped checks that a caller that stops gets no more rows.
func TestInterfacesStopped(t *testing.T) {
	s := linkSource(t, Options{ProcRoot: "/copy"}, nil, nil, map[string]string{"/copy/net/dev": devHeader + "a: 1\nb: 2\n", "/copy/net/igmp6": group6 + group6})
	for range s.Interfaces(context.Background(), netstat.InterfaceQuery{}) {
		break
	}
	for range s.Groups(context.Background(), netstat.GroupQuery{Family: netstat.Inet6}) {
		break
	}
}

func TestParseInet6(t *testing.T) {
	for line, want := range map[string]string{
		"fe800000000000000000000000000001 02 40 20 80    veth0": "veth0 fe80::1/64 2",
		"20010db8000000000000000000000002 1f 80 00 00 a b":      "a b 2001:db8::2/128 0",
		"00000000000000000000000000000001 01 80 f0 80 lo":       "lo ::1/128 15",
		"fe80 02 40 20 80 lo":                                   "",
		"fe800000000000000000000000000001 02 81 20 80 lo":       "",
		"fe800000000000000000000000000001 02 40 20":             "",
		"fe800000000000000000000000000001 02 40 20 80":          "",
		"": "",
	} {
		name, a, ok := parseInet6([]byte(line))
		got := ""
		if ok {
			got = string(name) + " " + a.Prefix.String() + " " + string('0'+rune(a.Scope))
			if a.Scope == 15 {
				got = string(name) + " " + a.Prefix.String() + " 15"
			}
		}
		if got != want {
			t.Errorf("parseInet6(%q) = %q, want %q", line, got, want)
		}
	}
}

func FuzzParseInet6(f *testing.F) {
	f.Add([]byte("fe800000000000000000000000000001 02 40 20 80    veth0"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if name, a, ok := parseInet6(line); ok && (len(name) == 0 || !a.Prefix.IsValid()) {
			t.Errorf("%q %+v", name, a)
		}
	})
}

// interfaceFile is a file whose reading fails after some text.
type interfaceFile struct{ text string }

func (f *interfaceFile) Read(b []byte) (int, error) {
	if f.text == "" {
		return 0, syscall.EIO
	}
	n := copy(b, f.text)
	f.text = f.text[n:]
	return n, nil
}
func (*interfaceFile) Close() error { return nil }

func TestInterfaceFilesFail(t *testing.T) {
	s := linkSource(t, Options{ProcRoot: "/copy"}, nil, nil, nil)
	for _, text := range []string{"", devHeader + "lo: 1\n"} {
		s.open = func(string) (io.ReadCloser, error) { return &interfaceFile{text}, nil }
		if names, _, _, err := interfacesOf(s, netstat.InterfaceQuery{}); !errors.Is(err, syscall.EIO) || names != nil {
			t.Errorf("%v, %v", names, err)
		}
	}
	s.open = func(path string) (io.ReadCloser, error) {
		if strings.HasSuffix(path, "/dev") {
			return io.NopCloser(strings.NewReader(devHeader + "lo: 1\n")), nil
		}
		return &interfaceFile{}, nil
	}
	if _, _, _, err := interfacesOf(s, netstat.InterfaceQuery{Details: true}); !errors.Is(err, syscall.EIO) {
		t.Errorf("IPv6 addresses: %v", err)
	}
	s.open = func(path string) (io.ReadCloser, error) {
		if strings.HasSuffix(path, "/dev") {
			return io.NopCloser(strings.NewReader(devHeader + "lo: 1\n")), nil
		}
		return nil, syscall.EACCES
	}
	if _, _, _, err := interfacesOf(s, netstat.InterfaceQuery{Details: true}); !errors.Is(err, syscall.EACCES) {
		t.Errorf("IPv6 addresses: %v", err)
	}
}
