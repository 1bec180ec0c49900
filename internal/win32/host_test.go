package win32

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat"
)

func win32Put(b []byte, at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }

// win32Stats fills a structure of counters: the field at n has the value 1000+n.
func win32Stats(_ statistic, buf []byte, _ uint32) uint32 {
	for at := 0; at < len(buf); at += 4 {
		win32Put(buf, at, uint32(1000+at))
	}
	return codeSuccess
}

func TestCounters(t *testing.T) {
	a := win32Missing()
	a.statistics = func(which statistic, buf []byte, family uint32) uint32 {
		if want := [...]int{ipSize, icmpSize, tcpSize, udpSize}[which]; len(buf) != want {
			t.Errorf("%d: a buffer of %d bytes", which, len(buf))
		}
		code := win32Stats(which, buf, family)
		switch which {
		case statisticTCP:
			win32Put(buf, 12, 0xffffffff)
		case statisticICMP: // only a few types occurred
			clear(buf[icmpTypes:icmpHalf])
			clear(buf[icmpHalf+icmpTypes:])
			win32Put(buf, icmpTypes+4*3, 33)
			win32Put(buf, icmpTypes+4*133, 44)
			win32Put(buf, icmpHalf+icmpTypes+4*10, 55)
		}
		return code
	}
	s := win32Source(t, a, Options{})
	for family, want := range map[netstat.Family]map[string]uint64{
		netstat.Inet: {
			"1 Ip InReceives": 1008, "1 Ip ForwDatagrams": 1020, "1 Ip RoutingDiscards": 1040, "1 Ip OutNoRoutes": 1048,
			"1 Ip FragCreates": 1076, "1 Ip NumRoutes": 1088, "2 Icmp InMsgs": 1000, "2 Icmp InErrors": 1004,
			"2 Icmp OutMsgs": 2032, "2 Icmp OutErrors": 2036, "2 Icmp InDestUnreachs": 33, "2 Icmp InEchos": 0,
			"3 IcmpMsg InType3": 33, "3 IcmpMsg InType133": 44, "3 IcmpMsg OutType10": 55,
			"4 Tcp ActiveOpens": 1016, "4 Tcp RetransSegs": 1044, "4 Tcp MaxConn": 1<<64 - 1, "4 Tcp NumConns": 1056,
			"5 Udp InDatagrams": 1000, "5 Udp NoPorts": 1004, "5 Udp InErrors": 1008, "5 Udp OutDatagrams": 1012,
		},
		netstat.Inet6: {
			"1 Ip6 InReceives": 1008, "1 Ip6 OutForwDatagrams": 1020, "2 Icmp6 InTimeExcds": 33,
			"2 Icmp6 InRouterSolicits": 44, "2 Icmp6 InType133": 44, "2 Icmp6 OutType10": 55,
			"3 Tcp6 CurrEstab": 1032, "4 Udp6 OutDatagrams": 1012,
		},
	} {
		rows, errs := win32Gather(t, s.Counters(context.Background(), family))
		got := make(map[string]uint64)
		var last uint32
		for _, c := range rows {
			if c.Part < last {
				t.Errorf("%+v after part %d", c, last)
			}
			last = c.Part
			key := fmt.Sprintf("%d %s %s", c.Part, c.Group, c.Name)
			if _, twice := got[key]; twice {
				t.Errorf("%s twice", key)
			}
			got[key] = c.Value
		}
		for key, value := range want {
			if v, ok := got[key]; !ok || v != value {
				t.Errorf("%s = %d, %v; want %d", key, v, ok, value)
			}
		}
		if len(errs) > 0 {
			t.Error(errs)
		}
		types := 0
		for key := range got {
			if strings.Contains(key, "Type") {
				types++
			}
		}
		if types != 3 {
			t.Errorf("%v: %d types", family, types)
		}
		// A caller may stop at any row.
		for n := range rows {
			i := 0
			for range s.Counters(context.Background(), family) {
				if i == n {
					break
				}
				i++
			}
		}
	}
	// A failed structure does not affect the others; without IPv6 there is one error.
	a.statistics = func(which statistic, buf []byte, family uint32) uint32 {
		if family == familyInet6 {
			return codeNotSupported
		}
		if which == statisticICMP {
			return codeAccessDenied
		}
		return win32Stats(which, buf, family)
	}
	s = win32Source(t, a, Options{})
	rows, errs := win32Gather(t, s.Counters(context.Background(), netstat.Inet))
	if len(errs) != 1 || errs[0].Error() != "read Icmp counters: Windows error 5" || rows[len(rows)-1].Group != "Udp" {
		t.Errorf("%v", errs)
	}
	rows, errs = win32Gather(t, s.Counters(context.Background(), netstat.Inet6))
	if len(rows) > 0 || len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("%v, %v", rows, errs)
	}
}

// win32Interface encodes a MIB_IF_ROW2: every counter at n has the value index*10000+n.
func win32Interface(index uint32, alias, description string, typ, access uint32, filter bool) []byte {
	b := make([]byte, ifSize)
	for at := ifInOctets; at+8 <= ifSize; at += 8 {
		binary.LittleEndian.PutUint64(b[at:], uint64(index)*10000+uint64(at))
	}
	win32Put(b, ifIndex, index)
	copy(b[ifAlias:], win32UTF16(alias))
	copy(b[ifDescription:], win32UTF16(description))
	win32Put(b, ifPhysLength, 6)
	copy(b[ifPhys:], []byte{0, 0x50, 0xcc, 0x79, 0x63, byte(index)})
	win32Put(b, ifMTU, 1500)
	win32Put(b, ifType, typ)
	win32Put(b, ifAccessType, access)
	win32Put(b, ifOperStatus, statusUp)
	win32Put(b, ifAdminStatus, statusUp)
	b[ifFlags] = 1
	if filter {
		b[ifFlags] |= ifFilterInterface
	}
	return b
}

func win32Counted(first int, rows ...[]byte) []byte {
	b := make([]byte, first)
	win32Put(b, 0, uint32(len(rows)))
	return append(b, slices.Concat(rows...)...)
}

// win32Adapter is an adapter to encode.
type win32Adapter struct {
	index, index6     uint32
	name, description string
	phys              []byte
	flags, ifType     uint32
	metric4, metric6  uint32
	unicast, groups   []string
}

// win32Adapters encodes a list of IP_ADAPTER_ADDRESSES at base.
func win32Adapters(p *pointers, base uint64, list ...win32Adapter) []byte {
	var b []byte
	reserve := func(n int) int {
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
		at := len(b)
		b = append(b, make([]byte, n)...)
		return at
	}
	point := func(at, to int) {
		for i := range p.size {
			b[at+i] = byte((base + uint64(to)) >> (8 * i))
		}
	}
	text := func(at int, s string) {
		to := reserve(0)
		b = append(b, win32UTF16(s)...)
		point(at, to)
	}
	last := -1
	for _, a := range list {
		at := reserve(p.adapterSize + 200)
		if last >= 0 {
			point(last+p.adapterNext, at)
		}
		last = at
		win32Put(b, at+adapterIndex, a.index)
		win32Put(b, at+p.adapterIndex6, a.index6)
		win32Put(b, at+p.adapterFlags, a.flags)
		win32Put(b, at+p.adapterMTU, 1400)
		win32Put(b, at+p.adapterType, a.ifType)
		win32Put(b, at+p.adapterOperStatus, statusUp)
		win32Put(b, at+p.adapterMetric4, a.metric4)
		win32Put(b, at+p.adapterMetric6, a.metric6)
		win32Put(b, at+p.adapterPhysLength, uint32(len(a.phys)))
		copy(b[at+p.adapterPhys:at+p.adapterPhys+adapterPhysSize], a.phys)
		text(at+p.adapterFriendlyName, a.name)
		text(at+p.adapterDescription, a.description)
		addresses := func(from int, list []string) {
			for _, s := range list {
				prefix, err := netip.ParsePrefix(s)
				if err != nil {
					prefix = netip.PrefixFrom(netip.MustParseAddr(s), 0)
				}
				entry := reserve(p.unicastPrefixLength + 8)
				point(from, entry)
				b[entry+p.unicastPrefixLength] = byte(prefix.Bits())
				sockaddr := reserve(sockaddrSize6)
				if ip := prefix.Addr(); ip.Is4() {
					b[sockaddr] = familyInet4
					copy(b[sockaddr+sockaddrIn4:], ip.AsSlice())
				} else {
					b[sockaddr] = familyInet6
					copy(b[sockaddr+sockaddrIn6:], ip.AsSlice())
				}
				point(entry+p.addressSockaddr, sockaddr)
				from = entry + p.addressNext
			}
		}
		addresses(at+p.adapterUnicast, a.unicast)
		addresses(at+p.adapterMulticast, a.groups)
	}
	return b
}

const win32Base = 0x7fe01000

var win32Host = []win32Adapter{
	{
		index: 14, index6: 14, name: "Ethernet", description: "Intel(R) 82574L Gigabit Network Connection",
		phys: []byte{0, 0x50, 0xcc, 0x79, 0x63, 0x40}, ifType: ifTypeEthernet, metric4: 25, metric6: 35,
		unicast: []string{"fe80::c9ee:eb4d:5f0b:a64f/64", "192.168.1.12/24", "2001:db8::12/64"},
		groups:  []string{"ff02::1", "224.0.0.1", "224.0.0.252"},
	},
	{
		index: 1, index6: 1, name: "Loopback Pseudo-Interface 1", description: "Software Loopback Interface 1",
		ifType: ifTypeLoopback, metric4: 75, metric6: 75, unicast: []string{"::1/128", "127.0.0.1/8"},
	},
	{
		index: 0, index6: 21, name: "Teredo", description: "Microsoft Teredo Tunneling Adapter",
		phys: []byte{0, 0, 0, 0, 0, 0, 0, 0xe0}, ifType: ifTypeTunnel, flags: adapterNoGroups, unicast: []string{"fec0::9/64"},
	},
}

func win32Network(p *pointers) api {
	a := win32Missing()
	a.pointers = p
	memory := win32Adapters(p, win32Base, win32Host...)
	a.adapters = func(buf []byte, size *uint32, _ uint32) (uint64, uint32) {
		code := win32Answer(memory)(buf, size)
		if code == codeInsufficientBuffer {
			code = codeBufferOverflow // this adapter's answer
		}
		return win32Base, code
	}
	a.interfaces = func() ([]byte, uint32) {
		return win32Counted(ifTable,
			win32Interface(1, "Loopback Pseudo-Interface 1", "Software Loopback Interface 1", ifTypeLoopback, 1, false),
			win32Interface(5, "Ethernet-WFP Filter-0000", "a filter", ifTypeEthernet, accessBroadcast, true),
			win32Interface(9, "Local Area Connection* 3", "WAN Miniport (IP)", ifTypeEthernet, accessBroadcast, false),
			win32Interface(14, "Ethernet", "Intel(R) 82574L Gigabit Network Connection", ifTypeEthernet, accessBroadcast, false)), codeSuccess
	}
	a.ipInterfaces = func(family uint32) ([]byte, uint32) {
		row := func(index, metric uint32) []byte {
			b := make([]byte, interfaceSize)
			win32Put(b, interfaceIndexOffset, index)
			win32Put(b, interfaceMetric, metric)
			return b
		}
		return win32Counted(interfaceTable, row(1, 75), row(14, family), row(9, 500)), codeSuccess
	}
	return a
}

func TestInterfaces(t *testing.T) {
	for _, p := range []*pointers{&pointers32, &pointers64} {
		s := win32Source(t, win32Network(p), Options{})
		s.buf = make([]byte, 100) // too small
		rows, errs := win32Gather(t, s.Interfaces(context.Background(), netstat.InterfaceQuery{Details: true}))
		if len(rows) != 4 || len(errs) > 0 {
			t.Fatalf("%+v, errors %v", rows, errs)
		}
		var order []string
		for _, r := range rows {
			order = append(order, fmt.Sprintf("%d %s %v %v", r.Index, r.Name, r.Unlisted, r.HasCounters))
		}
		want := []string{
			"14 Ethernet false true", "1 Loopback Pseudo-Interface 1 false true", "21 Teredo false false",
			"9 Local Area Connection* 3 true true",
		}
		if !slices.Equal(order, want) {
			t.Errorf("%q", order)
		}
		e := rows[0]
		if e.Description != "Intel(R) 82574L Gigabit Network Connection" || e.MTU != 1500 || e.Hardware != netstat.HardwareEthernet ||
			e.HardwareCode != 6 || string(e.HardwareAddr) != "\x00\x50\xcc\x79\x63\x0e" ||
			e.Flags != netstat.InterfaceUp|netstat.InterfaceRunning|netstat.InterfaceBroadcast|netstat.InterfaceMulticast {
			t.Errorf("%+v", e)
		}
		if want := (netstat.InterfaceCounters{
			Packets: 141216 + 141224, Bytes: 141208, NonUnicast: 141224, Dropped: 141232, Errors: 141240,
			UnknownProtocols: 141248, UnicastBytes: 141256, MulticastBytes: 141264, BroadcastBytes: 141272, Absent: absentReceive,
		}); e.Receive != want {
			t.Errorf("received %+v", e.Receive)
		}
		if want := (netstat.InterfaceCounters{
			Packets: 141288 + 141296, Bytes: 141280, NonUnicast: 141296, Dropped: 141304, Errors: 141312,
			UnicastBytes: 141320, MulticastBytes: 141328, BroadcastBytes: 141336, Absent: absentTransmit,
		}); e.Transmit != want {
			t.Errorf("sent %+v", e.Transmit)
		}
		var addrs []string
		for _, a := range e.Addrs {
			addrs = append(addrs, fmt.Sprintf("%v %v %v %s %d", a.Prefix, a.Peer, a.Broadcast, a.Label, a.Scope))
		}
		wantAddrs := []string{
			"192.168.1.12/24 192.168.1.12 192.168.1.255 Ethernet 0",
			"fe80::c9ee:eb4d:5f0b:a64f/64 invalid IP invalid IP  2", "2001:db8::12/64 invalid IP invalid IP  0",
		}
		if !slices.Equal(addrs, wantAddrs) {
			t.Errorf("%q", addrs)
		}
		if lo := rows[1]; !lo.Flags.Has(netstat.InterfaceLoopback) || lo.Hardware != netstat.HardwareLoopback ||
			lo.Addrs[0].Broadcast.IsValid() || lo.Addrs[1].Scope != netstat.ScopeHost {
			t.Errorf("%+v", lo)
		}
		if teredo := rows[2]; teredo.Flags != netstat.InterfaceUp|netstat.InterfaceRunning || teredo.MTU != 1400 ||
			len(teredo.HardwareAddr) != 8 || teredo.Addrs[0].Scope != netstat.ScopeSite {
			t.Errorf("%+v", teredo)
		}
		rows, _ = win32Gather(t, s.Interfaces(context.Background(), netstat.InterfaceQuery{}))
		if len(rows[0].Addrs) != 1 || len(rows[2].Addrs) != 0 {
			t.Errorf("without details: %+v", rows)
		}
		for range s.Interfaces(context.Background(), netstat.InterfaceQuery{}) {
			break
		}
	}
}

// Without the list of adapters the counters remain, and nothing is Unlisted.
func TestInterfacesWithoutAdapters(t *testing.T) {
	a := win32Network(&pointers64)
	a.adapters = win32Missing().adapters
	var warnings []*netstat.OpError
	rows, errs := win32Gather(t, win32Source(t, a, Options{}).Interfaces(context.Background(), netstat.InterfaceQuery{
		Report: func(err *netstat.OpError) { warnings = append(warnings, err) },
	}))
	if len(rows) != 3 || len(errs) > 0 || len(warnings) != 1 || slices.ContainsFunc(rows, func(i netstat.Interface) bool { return i.Unlisted }) {
		t.Errorf("%+v, errors %v, warnings %v", rows, errs, warnings)
	}
	// A truncated table is reported.
	a = win32Network(&pointers64)
	whole, _ := a.interfaces()
	a.interfaces = func() ([]byte, uint32) { return whole[:len(whole)-1], codeSuccess }
	warnings = nil
	rows, errs = win32Gather(t, win32Source(t, a, Options{}).Interfaces(context.Background(), netstat.InterfaceQuery{
		Report: func(err *netstat.OpError) { warnings = append(warnings, err) },
	}))
	if len(rows) != 4 || len(errs) > 0 || len(warnings) != 1 || !errors.Is(warnings[0], netstat.ErrIncomplete) || rows[0].HasCounters {
		t.Errorf("%+v, errors %v, warnings %v", rows, errs, warnings)
	}
}

// Lists with pointers out of range or in a cycle end.
func TestAdaptersBroken(t *testing.T) {
	for _, p := range []*pointers{&pointers32, &pointers64} {
		good := win32Adapters(p, win32Base, win32Host...)
		point := func(at int, to uint64) []byte {
			b := slices.Clone(good)
			for i := range p.size {
				b[at+i] = byte(to >> (8 * i))
			}
			return b
		}
		for name, memory := range map[string][]byte{
			"empty":                      nil,
			"short":                      good[:40],
			"circle":                     point(p.adapterNext, win32Base),
			"next outside the memory":    point(p.adapterNext, 0x10),
			"next at the end":            point(p.adapterNext, win32Base+uint64(len(good)-8)),
			"address outside the memory": point(p.adapterUnicast, 0x7fffffff),
			"address in itself":          point(p.adapterUnicast, win32Base),
			"text outside the memory":    point(p.adapterFriendlyName, 0x10),
		} {
			all, err := decodeAdapters(memory, win32Base, p)
			if ok := name == "text outside the memory"; (err == nil) != ok || ok && (len(all) != 3 || all[0].name != "") {
				t.Errorf("%s: %d adapters, %v", name, len(all), err)
			}
		}
	}
}

func TestGroups(t *testing.T) {
	s := win32Source(t, win32Network(&pointers64), Options{})
	for family, want := range map[netstat.Family]string{
		netstat.Inet:  "[{14 Ethernet 224.0.0.1 0} {14 Ethernet 224.0.0.252 0}]",
		netstat.Inet6: "[{14 Ethernet ff02::1 0}]",
	} {
		rows, errs := win32Gather(t, s.Groups(context.Background(), netstat.GroupQuery{Family: family}))
		if fmt.Sprint(rows) != want || len(errs) > 0 {
			t.Errorf("%v, errors %v", rows, errs)
		}
		for range s.Groups(context.Background(), netstat.GroupQuery{Family: family}) {
			break
		}
	}
}

func win32Route(index uint32, destination, hop string, metric uint32) []byte {
	b := make([]byte, forwardSize)
	win32Put(b, forwardIndex, index)
	sockaddr := func(at int, ip netip.Addr) {
		if ip.Is4() {
			b[at] = familyInet4
			copy(b[at+sockaddrIn4:], ip.AsSlice())
			return
		}
		b[at] = familyInet6
		copy(b[at+sockaddrIn6:], ip.AsSlice())
	}
	prefix := netip.MustParsePrefix(destination)
	sockaddr(forwardPrefix, prefix.Addr())
	b[forwardPrefixLen] = byte(prefix.Bits())
	sockaddr(forwardNextHop, netip.MustParseAddr(hop))
	win32Put(b, forwardMetric, metric)
	return b
}

func win32Described(r netstat.Route) string {
	metric := strconv.FormatUint(uint64(r.Metric), 10)
	if r.InterfaceMetric {
		metric = "default"
	}
	return fmt.Sprintf("%v %v %s %s %d %x", r.Destination, r.Gateway, metric, r.Interface, r.Index, uint64(r.Flags))
}

func TestRoutes(t *testing.T) {
	const up, gateway, host, local = netstat.RouteUp, netstat.RouteGateway, netstat.RouteHost, netstat.RouteLocal
	redirect := win32Route(14, "192.0.2.9/32", "192.168.1.2", 1)
	win32Put(redirect, forwardProtocol, protocolRedirect)
	mine := win32Route(1, "127.0.0.1/32", "0.0.0.0", 256)
	mine[forwardLoopback] = 1
	learnt := win32Route(14, "::/0", "fe80::1", 256)
	win32Put(learnt, forwardOrigin, originAdvertisement)
	bogus := win32Route(14, "192.0.2.9/32", "0.0.0.0", 1)
	bogus[forwardPrefixLen] = 33
	a := win32Network(&pointers64)
	a.routes = func(family uint32) ([]byte, uint32) {
		if family == familyInet6 {
			return win32Counted(forwardTable, win32Route(1, "::1/128", "::", 256), learnt), codeSuccess
		}
		return win32Counted(forwardTable, win32Route(14, "0.0.0.0/0", "192.168.1.1", 0), mine, redirect, bogus,
			win32Route(9, "10.0.0.0/8", "0.0.0.0", 0xffffffff), win32Route(77, "10.0.0.0/8", "0.0.0.0", 6)), codeSuccess
	}
	flags := func(f netstat.RouteFlags) string { return fmt.Sprintf("%x", uint64(f)) }
	for _, c := range []struct {
		name string
		set  func(a *api)
		v4   []string
		v6   []string
	}{
		{"metrics of interfaces", func(*api) {}, []string{
			"0.0.0.0/0 192.168.1.1 2 Ethernet 14 " + flags(up|gateway),
			"127.0.0.1/32 invalid IP 331 Loopback Pseudo-Interface 1 1 " + flags(up|host|local),
			"192.0.2.9/32 192.168.1.2 3 Ethernet 14 " + flags(up|gateway|host|netstat.RouteDynamic),
			"10.0.0.0/8 invalid IP 4294967295 Local Area Connection* 3 9 " + flags(up),
			"10.0.0.0/8 invalid IP 6  77 " + flags(up),
		}, []string{
			"::1/128 invalid IP 331 Loopback Pseudo-Interface 1 1 " + flags(up|host),
			"::/0 fe80::1 279 Ethernet 14 " + flags(up|gateway|netstat.RouteAutoconf),
		}},
		{"metrics of adapters", func(a *api) {
			a.ipInterfaces = func(uint32) ([]byte, uint32) { return nil, codeNotSupported }
		}, []string{
			"0.0.0.0/0 192.168.1.1 25 Ethernet 14 " + flags(up|gateway),
			"127.0.0.1/32 invalid IP 331 Loopback Pseudo-Interface 1 1 " + flags(up|host|local),
			"192.0.2.9/32 192.168.1.2 26 Ethernet 14 " + flags(up|gateway|host|netstat.RouteDynamic),
			"10.0.0.0/8 invalid IP 4294967295  9 " + flags(up),
			"10.0.0.0/8 invalid IP 6  77 " + flags(up),
		}, []string{
			"::1/128 invalid IP 331 Loopback Pseudo-Interface 1 1 " + flags(up|host),
			"::/0 fe80::1 291 Ethernet 14 " + flags(up|gateway|netstat.RouteAutoconf),
		}},
	} {
		c.set(&a)
		s := win32Source(t, a, Options{})
		for family, want := range map[netstat.Family][]string{netstat.Inet: c.v4, netstat.Inet6: c.v6} {
			var warnings []*netstat.OpError
			rows, errs := win32Gather(t, s.Routes(context.Background(), netstat.RouteQuery{
				Family: family, Report: func(err *netstat.OpError) { warnings = append(warnings, err) },
			}))
			var got []string
			for _, r := range rows {
				got = append(got, win32Described(r))
			}
			if !slices.Equal(got, want) || len(errs) > 0 {
				t.Errorf("%s: %q, errors %v", c.name, got, errs)
			}
			if bogus := family == netstat.Inet; len(warnings) != 0 != bogus || bogus && !errors.Is(warnings[0], netstat.ErrBogusRecord) {
				t.Errorf("%s: warnings %v", c.name, warnings)
			}
			for range s.Routes(context.Background(), netstat.RouteQuery{Family: family}) {
				break
			}
		}
	}
	// A missing version of IP and an empty table are no errors.
	for _, code := range []uint32{codeNoData, codeNotSupported, codeNotFound} {
		a.routes = func(uint32) ([]byte, uint32) { return nil, code }
		if rows, errs := win32Gather(t, win32Source(t, a, Options{}).Routes(context.Background(), netstat.RouteQuery{Family: netstat.Inet})); len(rows)+len(errs) > 0 {
			t.Errorf("code %d: %v, %v", code, rows, errs)
		}
	}
}

func TestPersistentRoutes(t *testing.T) {
	a := win32Missing()
	a.persistent = func() (persistentRoutes, error) {
		return persistentRoutes{
			routes: []string{
				"0.0.0.0,0.0.0.0,192.168.187.254,1", "192.0.2.7,255.255.255.255,10.0.0.1,-1", "bogus",
				"192.0.2.0,255.0.255.0,10.0.0.1,1", "192.0.2.0,255.255.255.0,10.0.0.1,x", "::,::,::,1",
				"192.0.2.0, 255.255.255.128, 0.0.0.0, 7",
			},
			gateways: []staticGateway{{"10.10.10.2", "0"}, {"10.10.10.3", ""}, {"10.10.10.4", "9"}, {"?", ""}},
		}, nil
	}
	want := []string{
		"0.0.0.0/0 10.10.10.2 default  0 3", "0.0.0.0/0 10.10.10.3 default  0 3", "0.0.0.0/0 10.10.10.4 9  0 3",
		"0.0.0.0/0 192.168.187.254 1  0 3", "192.0.2.7/32 10.0.0.1 default  0 7", "192.0.2.0/25 invalid IP 7  0 1",
	}
	warnings := 0
	q := netstat.RouteQuery{Family: netstat.Inet, Persistent: true, Report: func(err *netstat.OpError) {
		warnings++
		if !errors.Is(err, netstat.ErrBogusRecord) {
			t.Error(err)
		}
	}}
	s := win32Source(t, a, Options{})
	rows, errs := win32Gather(t, s.Routes(context.Background(), q))
	var got []string
	for _, r := range rows {
		got = append(got, win32Described(r))
	}
	if !slices.Equal(got, want) || len(errs) > 0 || warnings != 5 {
		t.Errorf("%q, errors %v, %d warnings", got, errs, warnings)
	}
	for range s.Routes(context.Background(), q) {
		break
	}
	// IPv6 persistent routes cannot be read.
	if rows, errs := win32Gather(t, s.Routes(context.Background(), netstat.RouteQuery{Family: netstat.Inet6, Persistent: true})); len(rows)+len(errs) > 0 {
		t.Errorf("%v, %v", rows, errs)
	}
}

// win32Services encodes the answer of EnumServicesStatusEx at base.
func win32Services(p *pointers, base uint64, list ...netstat.Process) []byte {
	b := make([]byte, len(list)*p.serviceSize)
	for i, service := range list {
		at := i * p.serviceSize
		to := base + uint64(len(b))
		for n := range p.size {
			b[at+n] = byte(to >> (8 * n))
		}
		win32Put(b, at+p.servicePID, service.PID)
		b = append(b, win32UTF16(service.Argv0)...)
	}
	return b
}

func TestProcess(t *testing.T) {
	const all = netstat.FactArgv0 | netstat.FactExecutable | netstat.FactServices | netstat.FactUser | netstat.FactStarted
	for _, p := range []*pointers{&pointers32, &pointers64} {
		a := win32Missing()
		a.pointers = p
		snapshots, enumerations, names := 0, 0, 0
		a.processes = func() (map[uint32]string, error) {
			snapshots++
			return map[uint32]string{0: "[System Process]", 4: "System", 700: "lsass.exe", 701: "denied.exe"}, nil
		}
		a.image = func(pid uint32) (string, uint32) {
			switch pid {
			case 1192:
				return `C:\Windows\System32\svchost.exe`, codeSuccess
			case 700, 701, 702:
				return "", codeAccessDenied
			}
			return "", codeInvalidParameter
		}
		a.started = func(pid uint32) (uint64, uint32) {
			if pid == 1192 {
				return win32Created, codeSuccess
			}
			return 0, codeAccessDenied
		}
		a.accountOf = func(pid uint32) (string, uint32) {
			switch pid {
			case 1192, 4:
				return "S-1-5-20", codeSuccess
			case 700:
				return "S-1-5-99", codeSuccess
			}
			return "", codeAccessDenied
		}
		a.accountName = func(sid string) string {
			names++
			if sid == "S-1-5-20" {
				return `NT AUTHORITY\NETWORK SERVICE`
			}
			return ""
		}
		list := win32Services(p, win32Base, netstat.Process{PID: 1192, Argv0: "RpcSs"}, netstat.Process{PID: 1192, Argv0: "RpcEptMapper"},
			netstat.Process{PID: 700, Argv0: "SamSs"}, netstat.Process{Argv0: "stopped"})
		a.services = func(buf []byte, size, count *uint32) (uint64, uint32) {
			enumerations++
			*count = 4
			code := win32Answer(list)(buf, size)
			if code == codeInsufficientBuffer {
				*count, code = 0, codeMoreData
			}
			return win32Base, code
		}
		s := win32Source(t, a, Options{})
		s.buf = make([]byte, 50) // too small
		for _, c := range []struct {
			pid  uint32
			want string
			is   error
		}{
			{0, "{0 System Idle Process   []  }", nil},
			{4, `{4 System   [] NT AUTHORITY\NETWORK SERVICE }`, nil},
			{1192, `{1192 svchost.exe  C:\Windows\System32\svchost.exe [RpcSs RpcEptMapper] NT AUTHORITY\NETWORK SERVICE 2024-11-25T09:20:00Z}`, nil},
			{700, "{700 lsass.exe  lsass.exe [SamSs] S-1-5-99 }", nil},
			{701, "{701 denied.exe  denied.exe []  }", nil},
			{702, "{702    []  }", nil}, // access denied, but it exists
			{999, "{999    []  }", fs.ErrNotExist},
		} {
			got, err := s.Process(c.pid, all)
			started := ""
			if !got.Started.IsZero() {
				started = got.Started.Format(time.RFC3339)
			}
			text := fmt.Sprintf("{%d %s %s %s %v %s %s}", got.PID, got.Argv0, got.Context, got.Executable, got.Services, got.User, started)
			if text != c.want || !errors.Is(err, c.is) {
				t.Errorf("%s, error %v; want %s", text, err, c.want)
			}
		}
		if snapshots != 1 || enumerations != 2 || names != 2 {
			t.Errorf("%d snapshots, %d enumerations, %d names", snapshots, enumerations, names)
		}
		// Nothing is called that was not requested, and facts about processes are
		// dropped at the next table.
		if got, err := s.Process(1192, netstat.FactContext); err != nil || got.Argv0 != "" || got.Services != nil || got.User != "" {
			t.Errorf("%+v, %v", got, err)
		}
		win32Gather(t, s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}))
		if got, err := s.Process(1192, netstat.FactServices); err != nil || len(got.Services) != 2 || enumerations != 3 {
			t.Errorf("%+v, %v, %d enumerations", got, err, enumerations)
		}
	}
}

func TestProcessGone(t *testing.T) {
	a := win32Missing()
	a.started = func(uint32) (uint64, uint32) { return 0, codeInvalidParameter }
	a.accountOf = func(uint32) (string, uint32) { return "", codeInvalidParameter }
	s := win32Source(t, a, Options{})
	for _, facts := range []netstat.ProcessFacts{netstat.FactStarted, netstat.FactUser} {
		if _, err := s.Process(50, facts); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("facts %b: %v", facts, err)
		}
	}
	var op *netstat.OpError
	for _, facts := range []netstat.ProcessFacts{netstat.FactArgv0, netstat.FactExecutable, netstat.FactServices} {
		if _, err := s.Process(50, facts); !errors.As(err, &op) {
			t.Errorf("facts %b: %v", facts, err)
		}
	}
	a.services = func([]byte, *uint32, *uint32) (uint64, uint32) { return 0, codeAccessDenied }
	if p, err := win32Source(t, a, Options{}).Process(50, netstat.FactServices); err != nil || p.Services != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// Answers of Wine 8.0, 64 bit, in a namespace with a veth, two routes and a pair of
// connections for each version of IP.
func TestCaptured(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/wine-8.0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for i := range tables {
		r := &tables[i]
		layouts := map[string]*rowLayout{"-pid": r.plain, "-module": r.module}
		if r.table.Protocol == netstat.TCP {
			layouts["-2"] = r.second
		}
		var first []string
		for kind, l := range layouts {
			rows, short := l.rows(read(r.table.String() + kind))
			var got []string
			for ; len(rows) > 0; rows = rows[l.size:] {
				var s netstat.Socket
				l.decode(rows, &s)
				got = append(got, fmt.Sprintf("%v %s %d %s %d",
					s.State, win32AddrPort(s.Local), s.Local.Scope, win32AddrPort(s.Remote), s.Remote.Scope))
			}
			if first == nil {
				first = got
			}
			if len(got) == 0 || short || !slices.Equal(got, first) {
				t.Errorf("%v%s: %q, %v; another row layout gave %q", r.table, kind, got, short, first)
			}
		}
		text := strings.Join(first, "\n")
		for _, want := range map[netstat.Table][]string{
			netstat.TCP4Table: {"LISTEN 127.0.0.1:135 0 0.0.0.0:0 0", "ESTABLISHED 127.0.0.1:135 0 127.0.0.1:", "CLOSE-WAIT 127.0.0.1:", "FIN-WAIT-2 127.0.0.1:135"},
			netstat.TCP6Table: {"LISTEN [::1]:445 0 [::]:0 0", "ESTABLISHED [::1]:445 0 [::1]:", "CLOSE-WAIT [::1]:"},
			netstat.UDP4Table: {"127.0.0.1:135"},
			netstat.UDP6Table: {"[::1]:445"},
		}[r.table] {
			if !strings.Contains(text, want) {
				t.Errorf("%v: no %q in\n%s", r.table, want, text)
			}
		}
	}
	b := read("adapters")
	adapters, err := decodeAdapters(b[8:], binary.LittleEndian.Uint64(b), &pointers64)
	var names []string
	for _, a := range adapters {
		names = append(names, fmt.Sprint(a.number(), a.name, a.unicast))
	}
	if err != nil || len(names) != 3 || !strings.Contains(names[0], "lo") || !strings.Contains(strings.Join(names, " "), "192.0.2.5/24") {
		t.Errorf("adapters: %q, %v", names, err)
	}
	rows, short := countedRows(read("interfaces"), ifTable, ifSize)
	if len(rows) != 3*ifSize || short {
		t.Errorf("interfaces: %d bytes, %v", len(rows), short)
	}
	if lo := decodeInterface(rows); lo.ifType != ifTypeLoopback || lo.receive.Packets == 0 || lo.receive.Packets != lo.transmit.Packets {
		t.Errorf("%+v", lo)
	}
	rows, _ = countedRows(read("routes"), forwardTable, forwardSize)
	var routes []string
	for ; len(rows) > 0; rows = rows[forwardSize:] {
		r, ok := decodeRoute(rows)
		routes = append(routes, fmt.Sprint(r.destination, r.nextHop, ok))
	}
	if want := []string{"0.0.0.0/0 192.0.2.1 true", "192.0.2.0/24 0.0.0.0 true", "198.51.100.0/24 192.0.2.7 true"}; !slices.Equal(routes, want) {
		t.Errorf("routes: %q", routes)
	}
	b = read("services")
	services := decodeServices(b[12:], binary.LittleEndian.Uint64(b), word(b, 8), &pointers64)
	if len(services) == 0 {
		t.Error("no services")
	}
}

// TestDecodeLink decodes what a MIB_IF_ROW2 has beside the facts of every report.
func TestDecodeLink(t *testing.T) {
	b := win32Interface(1, "Ethernet", "", 6, 2, false)
	copy(b[ifGUID:], []byte{0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xf0, 0xde, 1, 2, 3, 4, 5, 6, 7, 8})
	copy(b[ifPermanentPhys:], []byte{2, 0, 0, 0, 0, 1})
	put := func(at int, n uint64) { binary.LittleEndian.PutUint64(b[at:], n) }
	for i, test := range []struct {
		oper, media   uint32
		send, receive uint64
		want          string
	}{
		{1, 1, 1e9, 1e9, "up true true 1000000000,true 0,false"},
		{2, 2, 1e8, 1e7, "down true false 100000000,true 10000000,true"},
		{3, 0, speedUnknown, speedUnknown, "testing false false 0,false 0,false"},
		{4, 3, 0, 0, "unknown false false 0,false 0,false"},
		{5, 1, 1, 1, "dormant true true 1,true 0,false"},
		{6, 1, 1, 1, "notpresent true true 1,true 0,false"},
		{7, 1, 1, 1, "lowerlayerdown true true 1,true 0,false"},
		{0, 1, 1, 1, " true true 1,true 0,false"},
		{8, 1, 1, 1, " true true 1,true 0,false"},
	} {
		win32Put(b, ifOperStatus, test.oper)
		win32Put(b, ifMediaConnect, test.media)
		put(ifTransmitSpeed, test.send)
		put(ifReceiveSpeed, test.receive)
		l := decodeLink(b)
		send, sends := l.Numbers.Value(netstat.LinkSpeed)
		receive, receives := l.Numbers.Value(netstat.LinkReceiveSpeed)
		if got := fmt.Sprintf("%v %v %v %d,%v %d,%v", l.OperState, l.HasCarrier, l.Carrier, send, sends, receive, receives); got != test.want {
			t.Errorf("%d: %s, want %s", i, got, test.want)
		}
		if l.GUID != "{12345678-9ABC-DEF0-0102-030405060708}" || string(l.PermanentAddr) != "\x02\x00\x00\x00\x00\x01" {
			t.Errorf("%+v", l)
		}
	}
	if l := decodeLink(make([]byte, ifSize)); l.GUID != "" || l.PermanentAddr != nil {
		t.Errorf("zeros: %+v", l)
	}
}
