package linux

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// capturedMessages returns the messages of a kind in testdata/links: dumps of Debian 12's
// kernel (6.1), with an interface of each kind that it has.
func capturedMessages(t testing.TB, file string, kind uint16) (list [][]byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/links/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		message, rest, ok := netlink.NextMessage(b)
		if !ok {
			t.Fatalf("%s: not a message", file)
		}
		if b = rest; binary.NativeEndian.Uint16(message[4:]) == kind {
			list = append(list, message[netlink.HeaderSize:])
		}
	}
	return list
}

// capturedObjects returns what ip(8) printed at the same moment.
func capturedObjects(t testing.TB, file string) (list []map[string]any) {
	t.Helper()
	b, err := os.ReadFile("testdata/links/" + file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// said returns what ip(8) says on a path of names, "" if nothing.
func said(v any, path ...string) string {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	}
	return fmt.Sprint(v)
}

// TestCapturedLinks compares every attribute and counter of captured interfaces with what
// ip(8) says.
func TestCapturedLinks(t *testing.T) {
	messages, objects := capturedMessages(t, "dump", rtmNewLink), capturedObjects(t, "link.json")
	var links []netstat.Interface
	for _, m := range messages {
		var i netstat.Interface
		if !decodeLink(m, &i, &textSlab{}) {
			t.Fatalf("%x", m)
		}
		i.Link = decodeLinkDetail(m)
		links = append(links, i)
	}
	if len(links) != len(objects) || len(links) < 40 {
		t.Fatalf("%d interfaces, ip says %d", len(links), len(objects))
	}
	nameLinks(links)
	confirmed := make(map[string]int) // settings by kind
	for k := range links {
		i, want := &links[k], objects[k]
		l := i.Link
		same := func(what, ours, theirs string) {
			if ours != theirs {
				t.Errorf("%s: %s is %q, ip says %q", i.Name, what, ours, theirs)
			}
		}
		same("name", i.Name, said(want, "ifname"))
		same("index", fmt.Sprint(i.Index), said(want, "ifindex"))
		same("kind", l.Kind, said(want, "linkinfo", "info_kind"))
		same("slave kind", l.SlaveKind, said(want, "linkinfo", "info_slave_kind"))
		same("master", l.Master.Name, said(want, "master"))
		same("operstate", strings.ToUpper(l.OperState.String()), said(want, "operstate"))
		same("qdisc", l.QueueDiscipline, said(want, "qdisc"))
		same("alias", i.Alias, said(want, "ifalias"))
		if lower := said(want, "link"); lower != "" {
			same("lower", l.Lower.Name, lower)
		}
		if lower := said(want, "link_index"); lower != "" {
			same("lower index", fmt.Sprint(l.Lower.Index), lower)
			same("netns", fmt.Sprint(l.LowerNetnsID), said(want, "link_netnsid"))
		}
		for n, name := range map[netstat.LinkNumber]string{
			netstat.LinkMinMTU: "min_mtu", netstat.LinkMaxMTU: "max_mtu", netstat.LinkTxQueues: "num_tx_queues", netstat.LinkRxQueues: "num_rx_queues",
			netstat.LinkPromiscuity: "promiscuity", netstat.LinkAllMulticast: "allmulti", netstat.LinkGSOMaxSize: "gso_max_size",
			netstat.LinkGSOMaxSegments: "gso_max_segs", netstat.LinkTSOMaxSize: "tso_max_size", netstat.LinkTSOMaxSegments: "tso_max_segs", netstat.LinkGROMaxSize: "gro_max_size",
		} {
			v, ok := l.Numbers.Value(n)
			if text := said(want, name); ok || text != "" {
				same(name, fmt.Sprint(v), text)
			}
		}
		group, _ := l.Numbers.Value(netstat.LinkGroup)
		same("group", fmt.Sprint(group), strings.Replace(said(want, "group"), "default", "0", 1))
		// ip(8) leaves out an address that the interface still has, and writes 16 bytes as
		// an IPv6 address.
		permanent := hardwareText(l.PermanentAddr)
		if bytes.Equal(l.PermanentAddr, i.HardwareAddr) {
			permanent = ""
		} else if len(l.PermanentAddr) == 16 {
			permanent = netip.AddrFrom16([16]byte(l.PermanentAddr)).String()
		}
		same("permanent address", permanent, said(want, "permaddr"))
		changes, _ := l.Numbers.Value(netstat.LinkCarrierChanges)
		same("carrier changes", fmt.Sprint(changes), said(want, "stats64", "tx", "carrier_changes"))
		for name, n := range map[string]uint64{
			"bytes": i.Receive.Bytes, "packets": i.Receive.Packets, "errors": i.Receive.Errors, "dropped": i.Receive.Dropped - i.Receive.MissedErrors,
			"over_errors": i.Receive.OverErrors, "multicast": i.Receive.Multicast, "length_errors": i.Receive.LengthErrors, "crc_errors": i.Receive.CRCErrors,
			"frame_errors": i.Receive.FrameErrors, "fifo_errors": i.Receive.FIFO, "missed_errors": i.Receive.MissedErrors,
		} {
			same("receive "+name, fmt.Sprint(n), said(want, "stats64", "rx", name))
		}
		for name, n := range map[string]uint64{
			"bytes": i.Transmit.Bytes, "packets": i.Transmit.Packets, "errors": i.Transmit.Errors, "dropped": i.Transmit.Dropped,
			"carrier_errors": i.Transmit.CarrierErrors, "collisions": i.Transmit.Collisions, "aborted_errors": i.Transmit.AbortedErrors,
			"fifo_errors": i.Transmit.FIFO, "window_errors": i.Transmit.WindowErrors, "heartbeat_errors": i.Transmit.HeartbeatErrors,
		} {
			same("transmit "+name, fmt.Sprint(n), said(want, "stats64", "tx", name))
		}
		for data, settings := range map[string][]netstat.LinkSetting{"info_data": l.Settings, "info_slave_data": l.SlaveSettings} {
			for _, s := range settings {
				theirs := said(want, "linkinfo", data, s.Name)
				if s.Name == "remote" || s.Name == "remote6" {
					// That of a VXLAN is a group if it is a multicast address.
					theirs += said(want, "linkinfo", data, strings.Replace(s.Name, "remote", "group", 1))
				}
				ours := s.Text
				if !s.IsText {
					ours = fmt.Sprint(s.Number)
				}
				if theirs != "" {
					confirmed[l.Kind+l.SlaveKind]++
					same(s.Name, ours, ipText(s, theirs))
				}
			}
		}
	}
	for _, kind := range []string{
		"vlan", "vxlan", "bond", "bridge", "tun", "macvlan", "macvtap", "ipvlan", "vrf", "gre", "gretap", "ip6gre", "ipip", "sit", "ip6tnl", "vti", "geneve", "xfrm",
		"dummybridge", "dummybond", "dummyvrf",
	} {
		if confirmed[kind] == 0 {
			t.Errorf("no setting of %s was compared", kind)
		}
	}
	for _, kind := range []string{"dummy", "veth", "wireguard", "ifb", "vcan", "nlmon", "erspan"} {
		if !slices.ContainsFunc(links, func(i netstat.Interface) bool { return i.Link.Kind == kind }) {
			t.Errorf("no %s", kind)
		}
	}
}

// ipText converts what ip(8) says about a setting to our form.
func ipText(s netstat.LinkSetting, text string) string {
	switch {
	case s.Name == "bridge_id" || s.Name == "root_id":
		priority, address, _ := strings.Cut(text, ".")
		parts := strings.Split(address, ":")
		for i, p := range parts {
			parts[i] = strings.Repeat("0", 2-len(p)) + p
		}
		return priority + "." + strings.Join(parts, ":")
	case (s.Name == "ikey" || s.Name == "okey") && strings.Contains(text, "."):
		var b [4]uint64
		_, _ = fmt.Sscanf(text, "%d.%d.%d.%d", &b[0], &b[1], &b[2], &b[3])
		return fmt.Sprint(b[0]<<24 | b[1]<<16 | b[2]<<8 | b[3])
	case text == "any" && s.IsText && strings.Contains(s.Text, ":"):
		return "::"
	case text == "any" && s.Text != "any":
		return "0.0.0.0"
	case s.Name == "if_id":
		var n uint64
		_, _ = fmt.Sscanf(text, "0x%x", &n)
		return fmt.Sprint(n)
	}
	return text
}

// TestCapturedAddresses compares addresses with what ip(8) says.
func TestCapturedAddresses(t *testing.T) {
	var got, want []string
	for _, file := range []string{"addrs4", "addrs6"} {
		for _, m := range capturedMessages(t, file, rtmNewAddr) {
			var (
				a  linkAddr
				ok bool
			)
			if file == "addrs4" {
				ok = decodeAddr(m, &a, &textSlab{})
			} else {
				a, ok = decodeAddr6(m)
			}
			if !ok {
				t.Fatalf("%x", m)
			}
			d := decodeAddrDetail(m)
			peer := d.Peer
			if a.addr.Prefix.Addr().Is4() && a.addr.Peer != a.addr.Prefix.Addr() {
				peer = a.addr.Peer
			}
			life := func(limited bool, d time.Duration) string {
				if !limited {
					return "4294967295"
				}
				return fmt.Sprint(int64(d / time.Second))
			}
			text := fmt.Sprintf("%d %v scope %v valid %s preferred %s metric %d", a.index, a.addr.Prefix, d.Scope, life(d.ValidLimited, d.Valid), life(d.PreferredLimited, d.Preferred), d.Metric)
			if peer.IsValid() {
				text += " peer " + peer.String()
			}
			for flag, name := range map[netstat.AddrFlags]string{
				netstat.AddrSecondary: "secondary", netstat.AddrNoDAD: "nodad", netstat.AddrHomeAddress: "home", netstat.AddrDeprecated: "deprecated",
				netstat.AddrTentative: "tentative", netstat.AddrManageTempAddr: "mngtmpaddr", netstat.AddrNoPrefixRoute: "noprefixroute",
			} {
				if d.Flags&flag != 0 {
					text += " " + name
				}
			}
			if d.Flags&netstat.AddrPermanent == 0 {
				text += " dynamic"
			}
			words := strings.Fields(text)
			slices.Sort(words)
			got = append(got, strings.Join(words, " "))
		}
	}
	for _, link := range capturedObjects(t, "addr.json") {
		for _, info := range link["addr_info"].([]any) {
			metric := said(info, "metric")
			if metric == "" {
				metric = "0"
			}
			text := fmt.Sprintf("%s %s/%s scope %s valid %s preferred %s metric %s", said(link, "ifindex"), said(info, "local"), said(info, "prefixlen"), said(info, "scope"), said(info, "valid_life_time"), said(info, "preferred_life_time"), metric)
			if peer := said(info, "address"); peer != "" {
				text += " peer " + peer
			}
			for _, name := range []string{"secondary", "nodad", "home", "deprecated", "tentative", "mngtmpaddr", "noprefixroute", "dynamic"} {
				if said(info, name) != "" {
					text += " " + name
				}
			}
			words := strings.Fields(text)
			slices.Sort(words)
			want = append(want, strings.Join(words, " "))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) < 15 {
		t.Errorf("%d addresses:\n%s\nip says\n%s", len(got), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLinkXDP(t *testing.T) {
	mode := func(n byte) []byte { return netlinkAttribute(xdpAttached, []byte{n}) }
	id := func(kind uint16, n uint32) []byte { return netlinkAttribute(kind, number32(n)) }
	for _, test := range []struct {
		name string
		b    []byte
		want []netstat.XDPProgram
	}{
		{"nothing", nil, nil},
		{"not attached", mode(0), nil},
		{"driver", slices.Concat(mode(1), id(xdpProgID, 7), id(xdpDriverID, 7)), []netstat.XDPProgram{{Mode: netstat.XDPDriver, ID: 7}}},
		{"several", slices.Concat(mode(4), id(xdpGenericID, 1<<32-1), id(xdpOffloadID, 9)), []netstat.XDPProgram{{Mode: netstat.XDPGeneric, ID: 1<<32 - 1}, {Mode: netstat.XDPOffload, ID: 9}}},
		{"before Linux 4.19", slices.Concat(mode(2), id(xdpProgID, 8)), []netstat.XDPProgram{{Mode: netstat.XDPGeneric, ID: 8}}},
		{"a newer kernel's mode", mode(9), []netstat.XDPProgram{{}}},
		{"too short", netlinkAttribute(xdpDriverID, []byte{1}), nil},
	} {
		if got := decodeXDP(test.b); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestDriver(t *testing.T) {
	info := make([]byte, driverInfoSize)
	copy(info[4:], "virtio_net\x00junk")
	copy(info[36:], "1.0.0\x00")
	copy(info[68:], "N/A")
	copy(info[100:], strings.Repeat("x", 32))
	var l netstat.Link
	var room driverRoom
	copy(room.info[:], info)
	room.decodeInfo(&l)
	if l.Driver != "virtio_net" || l.DriverVersion != "1.0.0" || l.Firmware != "" || l.BusInfo != strings.Repeat("x", 32) {
		t.Errorf("%+v", l)
	}
	settings := func(speed uint32, duplex byte) (uint64, bool, netstat.Duplex) {
		b := make([]byte, linkSettingsSize)
		binary.NativeEndian.PutUint32(b[4:], speed)
		b[8] = duplex
		var l netstat.Link
		decodeLinkSettings(b, &l)
		n, ok := l.Numbers.Value(netstat.LinkSpeed)
		return n, ok, l.Duplex
	}
	if n, ok, d := settings(400_000, 1); n != 400e9 || !ok || d != netstat.DuplexFull {
		t.Errorf("400 Gb/s: %d, %v, %v", n, ok, d)
	}
	if n, ok, d := settings(10, 0); n != 10e6 || !ok || d != netstat.DuplexHalf {
		t.Errorf("10 Mb/s: %d, %v, %v", n, ok, d)
	}
	if _, ok, d := settings(speedUnknown, 0xff); ok || d != netstat.DuplexUnknown {
		t.Errorf("unknown: %v, %v", ok, d)
	}
}

func TestNamespaceID(t *testing.T) {
	for _, test := range []struct {
		b    []byte
		want uint32
		ok   bool
	}{
		{append(make([]byte, 4), netlinkAttribute(netnsaNsID, number32(3))...), 3, true},
		{append(make([]byte, 4), netlinkAttribute(netnsaNsID, number32(nsUnrelated))...), nsUnrelated, false},
		{make([]byte, 4), 0, false},
		{nil, 0, false},
	} {
		if id, ok := decodeNamespaceID(test.b); id != test.want || ok != test.ok {
			t.Errorf("%x: %d, %v", test.b, id, ok)
		}
	}
}

func FuzzLinkDetail(f *testing.F) {
	for _, m := range capturedMessages(f, "dump", rtmNewLink) {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		l := decodeLinkDetail(b)
		if l.Carrier && !l.HasCarrier || !l.HasLowerNetns && l.LowerNetnsID != 0 || l.Numbers.Known>>netstat.LinkNumberCount != 0 {
			t.Errorf("%x: %+v", b, l)
		}
		for _, s := range slices.Concat(l.Settings, l.SlaveSettings) {
			if s.Name == "" || s.IsText && s.Number != 0 || !s.IsText && s.Text != "" {
				t.Errorf("%x: %+v", b, s)
			}
		}
		if !bytes.Equal(b, before) {
			t.Errorf("%x was changed", before)
		}
	})
}

func FuzzAddrDetail(f *testing.F) {
	for _, file := range []string{"addrs4", "addrs6"} {
		for _, m := range capturedMessages(f, file, rtmNewAddr) {
			f.Add(m)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := decodeAddrDetail(b)
		if !d.ValidLimited && d.Valid != 0 || !d.PreferredLimited && d.Preferred != 0 || d.Peer.IsValid() && !d.Peer.Is6() {
			t.Errorf("%x: %+v", b, d)
		}
	})
}

func FuzzDriver(f *testing.F) {
	f.Add(make([]byte, driverInfoSize))
	f.Add(append(make([]byte, 4), netlinkAttribute(netnsaNsID, number32(3))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var l netstat.Link
		var room driverRoom
		copy(room.info[:], b)
		room.decodeInfo(&l)
		decodeLinkSettings(b, &l)
		if len(l.Driver) > 32 || strings.Contains(l.BusInfo, "\x00") {
			t.Errorf("%x: %+v", b, l)
		}
		if id, ok := decodeNamespaceID(b); ok && id == nsUnrelated {
			t.Errorf("%x: %d", b, id)
		}
	})
}
