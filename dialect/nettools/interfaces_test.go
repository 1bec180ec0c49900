package nettools

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

func ask(t *testing.T, n *host, round int, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd, exit := Parse(append([]string{"netstat"}, args...), Environment{})
	if exit != nil {
		t.Fatalf("Parse(%q) ended with %+v", args, exit)
	}
	var out, err strings.Builder
	known := &names{hosts: map[netip.Addr]string{netip.MustParseAddr("224.0.0.1"): "all-systems.example"}}
	status = cmd.Report(t.Context(), Env{Source: n, Names: known, Stdout: &out, Stderr: &err, Round: round})
	return out.String(), err.String(), status
}

func testLinks() []netstat.Interface {
	v4 := func(prefix, label, broadcast string) netstat.InterfaceAddr {
		a := netstat.InterfaceAddr{Prefix: netip.MustParsePrefix(prefix), Label: label}
		a.Peer = a.Prefix.Addr()
		if broadcast != "" {
			a.Broadcast = netip.MustParseAddr(broadcast)
		}
		return a
	}
	tun := v4("10.7.0.1/32", "tun0", "")
	tun.Peer = netip.MustParseAddr("10.7.0.2")
	return []netstat.Interface{
		{Index: 4, Name: "veth10", AltNames: []string{"a:b"}, Flags: netstat.InterfaceBroadcast | netstat.InterfaceMulticast, MTU: 1400, HasQueueLen: true, HasCounters: true, Hardware: netstat.HardwareEthernet, HardwareAddr: []byte{2, 0, 0, 0, 0, 0x1f}},
		{
			Index: 2, Name: "veth2", AltNames: []string{"a-long-name-of-veth2", "wan0"}, Flags: netstat.InterfaceUp | netstat.InterfaceBroadcast | netstat.InterfaceRunning | netstat.InterfaceMulticast, MTU: 1500,
			QueueLen: 1000, HasQueueLen: true, Hardware: netstat.HardwareEthernet, HardwareAddr: []byte{2, 0, 0, 0, 0, 1}, HasCounters: true,
			Receive:  netstat.InterfaceCounters{Packets: 1, Bytes: 1025, Errors: 2, Dropped: 3, FIFO: 4, Frame: 5},
			Transmit: netstat.InterfaceCounters{Packets: 6, Bytes: 1 << 20, Errors: 7, Dropped: 8, FIFO: 9, Carrier: 10, Collisions: 11},
			Addrs: []netstat.InterfaceAddr{
				v4("10.0.0.1/24", "veth2", "10.0.0.255"), v4("10.0.0.2/24", "veth2", ""), v4("10.0.1.1/8", "veth2:1", ""), v4("10.0.1.2/8", "veth2:1", ""),
				{Prefix: netip.MustParsePrefix("fe80::1/64"), Scope: netstat.ScopeLink}, {Prefix: netip.MustParsePrefix("2001:db8::1/128")},
			},
		},
		{Index: 3, Name: "tun0", Flags: netstat.InterfaceUp | netstat.InterfacePointToPoint | netstat.InterfaceNoARP, MTU: 1500, HardwareCode: 65534, Addrs: []netstat.InterfaceAddr{tun}},
	}
}

const (
	interfaceTitle  = "Kernel Interface table\n"
	interfaceHeader = "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
	rowTun          = "tun0             1500      - no statistics available -                        OPU\n"
	rowVeth2        = "veth2            1500        1      2      3 4             6      7      8      9 BMRU\n"
	rowAlias        = "veth2:1          1500      - no statistics available -                        BMRU\n"
	rowVeth10       = "veth10           1400        0      0      0 0             0      0      0      0 BM\n"
	blockTun        = "tun0: flags=145<UP,POINTOPOINT,NOARP>  mtu 1500\n" +
		"        inet 10.7.0.1  netmask 255.255.255.255  destination 10.7.0.2\n" +
		"        unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  (UNSPEC)\n\n"
	blockVeth2 = "veth2: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n" +
		"        inet 10.0.0.1  netmask 255.255.255.0  broadcast 10.0.0.255\n" +
		"        inet6 fe80::1  prefixlen 64  scopeid 0x20<link>\n" +
		"        inet6 2001:db8::1  prefixlen 128  scopeid 0x0<global>\n" +
		"        ether 02:00:00:00:00:01  txqueuelen 1000  (Ethernet)\n" +
		"        RX packets 1  bytes 1025 (1.0 KiB)\n" +
		"        RX errors 2  dropped 3  overruns 4  frame 5\n" +
		"        TX packets 6  bytes 1048576 (1024.0 KiB)\n" +
		"        TX errors 7  dropped 8 overruns 9  carrier 10  collisions 11\n\n"
	blockAlias = "veth2:1: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n" +
		"        inet 10.0.1.1  netmask 255.0.0.0  broadcast 0.0.0.0\n" +
		"        ether 02:00:00:00:00:01  txqueuelen 1000  (Ethernet)\n\n"
	blockVeth10 = "veth10: flags=4098<BROADCAST,MULTICAST>  mtu 1400\n" +
		"        ether 02:00:00:00:00:1f  txqueuelen 0  (Ethernet)\n" +
		"        RX packets 0  bytes 0 (0.0 B)\n" +
		"        RX errors 0  dropped 0  overruns 0  frame 0\n" +
		"        TX packets 0  bytes 0 (0.0 B)\n" +
		"        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n"
)

func TestInterfaces(t *testing.T) {
	for _, c := range []struct {
		args   string
		round  int
		stdout string
		stderr string
		status int
	}{
		{"-i", 0, interfaceTitle + interfaceHeader + rowTun + rowVeth2 + rowAlias, "", 0},
		{"-i -c", 1, interfaceHeader + rowTun + rowVeth2 + rowAlias, "", 0},
		{"-ian", 0, interfaceTitle + interfaceHeader + rowTun + rowVeth2 + rowAlias + rowVeth10, "", 0},
		{"-ie", 0, interfaceTitle + blockTun + blockVeth2 + blockAlias, "", 0},
		{"-ieeac", 7, blockTun + blockVeth2 + blockAlias + blockVeth10, "", 0},
		{"-i veth10", 0, interfaceTitle + interfaceHeader + rowVeth10, "", 0},
		{"--interface=veth2", 0, interfaceTitle + interfaceHeader + rowVeth2, "", 0},
		{"-ie veth2:1", 0, interfaceTitle + blockAlias, "", 0},
		{"-i wan0", 0, interfaceTitle + interfaceHeader + rowVeth2, "", 0},
		{"-ie wan0:1", 0, interfaceTitle + blockAlias, "", 0},
		{"-i a:b", 0, interfaceTitle + interfaceHeader + rowVeth10, "", 0},
		{"-i a", 0, "", "a: error fetching interface information: Device not found\n", 1},
		{"-i veth", 0, "", "veth: error fetching interface information: Device not found\n", 1},
		{"-i \x1b]0;x", 0, "", ".]0;x: error fetching interface information: Device not found\n", 1},
	} {
		n := &host{Links: testLinks()}
		stdout, stderr, status := ask(t, n, c.round, strings.Fields(c.args)...)
		if stdout != c.stdout || stderr != c.stderr || status != c.status {
			t.Errorf("netstat %s: status %d, stderr %q\n%s", c.args, status, stderr, stdout)
		}
		if want := strings.Contains(c.args, "e") && strings.Contains(c.args, "-ie"); n.LinkQueries[0].Details != want {
			t.Errorf("netstat %s asks for details: %v", c.args, n.LinkQueries[0].Details)
		}
	}
}

func TestInterfaceFailures(t *testing.T) {
	open := &netstat.OpError{Op: "read interfaces", Err: &fs.PathError{Op: "open", Path: "/proc/net/dev", Err: syscall.ENOENT}}
	n := &host{Links: testLinks()[2:], Warnings: []*netstat.OpError{open, {Op: "dump interfaces", Err: netstat.ErrIncomplete}}}
	stdout, stderr, status := ask(t, n, 0, "-i")
	want := "Warning: cannot open /proc/net/dev (No such file or directory). Limited output.\nnetstat: dump interfaces: incomplete\n"
	if stdout != interfaceTitle+interfaceHeader+rowTun || stderr != want || status != 0 {
		t.Errorf("status %d, stderr %q\n%s", status, stderr, stdout)
	}
	n = &host{Links: testLinks()[2:], Warnings: []*netstat.OpError{{Op: "read IPv6 addresses", Err: errors.ErrUnsupported}}}
	if stdout, stderr, status := ask(t, n, 0, "-ie"); stdout != interfaceTitle+blockTun || stderr != "netstat: read IPv6 addresses: unsupported operation\n" || status != ExitFailure {
		t.Errorf("status %d, stderr %q\n%s", status, stderr, stdout)
	}
	n = &host{LinksErr: open}
	if stdout, stderr, status := ask(t, n, 0, "-i"); stdout != "" || stderr != "netstat: read interfaces: open /proc/net/dev: no such file or directory\n" || status != ExitFailure {
		t.Errorf("status %d, stderr %q\n%s", status, stderr, stdout)
	}
}

// TestInterfaceNames checks that names are safe for a terminal and may have any
// length.
func TestInterfaceNames(t *testing.T) {
	n := &host{Links: []netstat.Interface{
		{Name: "\x1b[2J\xff", Partial: true}, {Name: strings.Repeat("x", 300), Partial: true, Addrs: []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("10.0.0.1/8"), Label: "\u202ex"}}},
	}}
	const none = "    0      - no statistics available -                        [NO FLAGS]\n"
	want := interfaceTitle + interfaceHeader + ".[2J.           " + none + strings.Repeat("x", 300) + " " + none + ".x              " + none
	if stdout, _, _ := ask(t, n, 0, "-i"); stdout != want {
		t.Errorf("%q", stdout)
	}
	want = ".[2J.: flags=0<  mtu 0\n\n" + strings.Repeat("x", 300) + ": flags=0<  mtu 0\n\n.x: flags=0<  mtu 0\n        inet 10.0.0.1  netmask 255.0.0.0\n\n"
	if stdout, _, _ := ask(t, n, 1, "-ie"); stdout != want {
		t.Errorf("%q", stdout)
	}
}

// TestInterfaceOrder checks the order observed with net-tools 2.10.
func TestInterfaceOrder(t *testing.T) {
	for _, want := range []string{
		"veth2 veth10", "veth02 veth2", "veth veth1", "a1b a1c", "a10b a2b", "a10b1 a2b3", "eth0 eth0:1", "eth0:2 eth0:10", "eth0:5 eth1",
		"eth2 eth0:x9", "A a", "z é", "z2 é1", "9 10", "a a001 a01 a1", "eth01:1 eth1:1", "eth0 lo", "a1 a9999999999", "a4294967296 a1",
		"a1 a4294967297", "a2147483648 a1", "veth veth1a", "br1 br-1", "br1 br-", "x-9 x-10", "eth0.9 eth0.10", "eth1 eth0.10", "wlan wlan0 wlan0mon",
		"1:5 4294967297", "a1:5 a4294967297:1", "00:12 0000", "a0 a00:1", "a0:10 a00:2", "eth:20 eth00", "eth eth:20", "eth0 eth:", "a:01 a:1 a:2",
	} {
		var links []netstat.Interface
		for _, name := range strings.Fields(want) {
			links = append(links, netstat.Interface{Name: name, Partial: true})
		}
		for range len(links) {
			links = append(links[1:], links[0])
			r := &report{cmd: &Command{}}
			var got []string
			for _, row := range r.interfaceRows(slices.Clone(links), "") {
				got = append(got, row.name)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func TestAppendFlags(t *testing.T) {
	all := netstat.InterfaceFlags(0)
	for _, f := range interfaceFlags {
		all |= f.flag
	}
	for flags, want := range map[netstat.InterfaceFlags][2]string{
		0:                            {"0<", "[NO FLAGS]"},
		netstat.InterfaceUp:          {"1<UP>", "U"},
		netstat.InterfaceMaster:      {"1024<MASTER>", "m"},
		netstat.InterfaceSlave:       {"2048<SLAVE>", "s"},
		netstat.InterfacePromiscuous: {"256<PROMISC>", "P"},
		netstat.InterfaceDynamic:     {"-32768<DYNAMIC>", "d"},
		netstat.InterfacePortSelect:  {"8192", ""},
		netstat.InterfaceAutoMedia:   {"16384", ""},
		netstat.InterfaceAutoMedia | netstat.InterfaceUp: {"16385<UP>", "U"},
		all: {"-1<UP,BROADCAST,DEBUG,LOOPBACK,POINTOPOINT,NOTRAILERS,RUNNING,NOARP,PROMISC,ALLMULTI,SLAVE,MASTER,MULTICAST,DYNAMIC>", "ABDLMdPNOPsmRU"},
	} {
		if got := string(appendFlags(nil, flags)); got != want[0] {
			t.Errorf("appendFlags(%#x) = %q, want %q", flags, got, want[0])
		}
		row := string(appendInterface(nil, &interfaceRow{of: &netstat.Interface{Flags: flags}}))
		if !strings.HasSuffix(row, " "+want[1]+"\n") {
			t.Errorf("letters of %#x: %q, want %q", flags, row, want[1])
		}
	}
}

func TestAppendAmount(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0.0 B", 1: "1.0 B", 1024: "1024.0 B", 1025: "1.0 KiB", 1126: "1.0 KiB", 1535: "1.4 KiB", 10239: "9.9 KiB",
		1<<20 - 1: "1023.9 KiB", 1 << 20: "1024.0 KiB", 1<<20 + 1: "1.0 MiB", 1<<30 - 1: "1023.9 MiB", 1<<30 + 1: "1.0 GiB",
		1<<40 + 1: "1.0 TiB", 1<<50 + 1: "1.0 PiB", 1 << 60: "1024.0 PiB", 1<<60 + 1: "1.0 EiB", 1<<63 - 1: "8.0 EiB", 1<<64 - 1: "16.0 EiB",
		99999999999999999: "88.8 PiB", 123456789012: "114.9 GiB",
	} {
		if got := string(appendAmount(nil, n)); got != want {
			t.Errorf("appendAmount(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestAppendResources checks divergence I7: interrupts may be above 255.
func TestAppendResources(t *testing.T) {
	for want, m := range map[string]netstat.InterfaceResources{
		"":                              {MemoryEnd: 5, IOBase: 0xff, Media: 1},
		"        device interrupt 5  ":  {IRQ: 5, IOBase: 1},
		"        device base 0x100  ":   {IOBase: 0x100},
		"        device memory 0x1-0  ": {MemoryStart: 1},
		"        device   dma 0x3":      {DMA: 3},
		"        device interrupt 300  base 0xffff  memory 0xd0000-d3fff    dma 0x2": {IRQ: 300, IOBase: 0xffff, MemoryStart: 0xd0000, MemoryEnd: 0xd3fff, DMA: 2},
	} {
		if want != "" {
			want += "\n"
		}
		if got := string(appendResources(nil, &m)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestHardware checks how net-tools 2.10 was observed to show the address of
// each link type. For IrDA and media see divergence I6.
func TestHardware(t *testing.T) {
	address := []byte{0x9a, 0x86, 0x80, 0x60, 0x60, 0x60, 0x62, 0x88, 0x99}
	for kind, want := range map[netstat.Hardware]string{
		netstat.HardwareOther:    "unspec 9a-86-80-60-60-60-62-88-00-00-00-00-00-00-00-00  txqueuelen 1  (UNSPEC)",
		netstat.HardwareEthernet: "ether 9a:86:80:60:60:60  txqueuelen 1  (Ethernet)",
		netstat.HardwareLoopback: "loop  txqueuelen 1  (Local Loopback)",
		netstat.HardwareAX25:     "ax25 MC@000-1  txqueuelen 1  (AMPR AX.25)",
		netstat.HardwareNetROM:   "netrom MC@000-1  txqueuelen 1  (AMPR NET/ROM)",
		netstat.HardwareROSE:     "rose 9a86806060  txqueuelen 1  (AMPR ROSE)",
		netstat.HardwareX25:      "x25 ...```b.  txqueuelen 1  (generic X.25)",
		netstat.HardwareARCnet:   "arcnet 9a  txqueuelen 1  (ARCnet)",
		netstat.HardwareFRAD:     "frad  txqueuelen 1  (Frame Relay Access Device)",
		netstat.HardwareEUI64:    "eui64 9a:86:80:60:60:60:62:88  txqueuelen 1  (Generic EUI-64)",
		netstat.HardwareSLIP:     "slip  txqueuelen 1  (Serial Line IP)",
		netstat.HardwareCSLIP:    "cslip  txqueuelen 1  (VJ Serial Line IP)",
		netstat.HardwareSLIP6:    "slip6  txqueuelen 1  (6-bit Serial Line IP)",
		netstat.HardwareCSLIP6:   "cslip6  txqueuelen 1  (VJ 6-bit Serial Line IP)",
		netstat.HardwareAdaptive: "adaptive  txqueuelen 1  (Adaptive Serial Line IP)",
		netstat.HardwarePPP:      "ppp  txqueuelen 1  (Point-to-Point Protocol)",
		netstat.HardwareHDLC:     "hdlc  txqueuelen 1  ((Cisco)-HDLC)",
		netstat.HardwareLAPB:     "lapb  txqueuelen 1  (LAPB)",
		netstat.HardwareTunnel:   "tunnel   txqueuelen 1  (IPIP Tunnel)",
		netstat.HardwareSIT:      "sit  txqueuelen 1  (IPv6-in-IPv4)",
		netstat.HardwareFDDI:     "fddi 9a-86-80-60-60-60  txqueuelen 1  (Fiber Distributed Data Interface)",
		netstat.HardwareHIPPI:    "hippi 9a:86:80:60:60:60  txqueuelen 1  (HIPPI)",
		netstat.HardwareAsh:      "ash [a6000028" + strings.Repeat("0", 56) + "]  txqueuelen 1  (Ash)",
		netstat.HardwareEconet:   "ec  txqueuelen 1  (Econet)",
		netstat.HardwareIrDA:     "irda 60:80:86:9a  txqueuelen 1  (IrLAP)",
	} {
		i := netstat.Interface{Hardware: kind, HardwareAddr: address, QueueLen: 1, HasQueueLen: true}
		if got := string(appendHardware(nil, &i)); got != blockIndent+want+"\n" {
			t.Errorf("%d: %q, want %q", kind, got, want)
		}
	}
	// The byte order of a DLCI depends on the machine.
	for _, a := range [][]byte{{1, 1}, {0xff, 0xff}, nil} {
		want := map[int]string{0: "0", 1: "257", 2: "-1"}[slices.IndexFunc([]byte{0, 1, 0xff}, func(c byte) bool { return c == append(a, 0)[0] })]
		i := netstat.Interface{Hardware: netstat.HardwareDLCI, HardwareAddr: a}
		if got := string(appendHardware(nil, &i)); got != blockIndent+"dlci "+want+"  (Frame Relay DLCI)\n" {
			t.Errorf("DLCI %v: %q", a, got)
		}
	}
	for a, want := range map[string]string{
		"": "", "\x82": "A", "\x82\x00\x84": "A", "\x82\x40\x84": "A", "\x40\x40\x40\x40\x40\x40\x1e": "-15", "\x82\x40\x40\x40\x40\x40\x02": "A-1",
		"\x02": ".", "\x14\x14": "..", "\x9a\x9b": "MM", "\xff\xff\xff\xff\xff\xff\xff": "......-15",
	} {
		i := netstat.Interface{Hardware: netstat.HardwareAX25, HardwareAddr: []byte(a)}
		if got := string(appendHardware(nil, &i)); got != blockIndent+"ax25 "+want+"  (AMPR AX.25)\n" {
			t.Errorf("callsign %x: %q, want %q", a, got, want)
		}
	}
}

func TestInterfaceExtras(t *testing.T) {
	row := interfaceRow{interfaceKey: interfaceKeyOf("sl0"), of: &netstat.Interface{
		Name: "sl0", Flags: netstat.InterfacePortSelect | netstat.InterfaceAutoMedia, MTU: 1<<32 - 5, Hardware: netstat.HardwareCSLIP, QueueLen: 1<<32 - 5, HasQueueLen: true,
		SLIP: netstat.SLIPTimers{Outfill: 7}, Resources: netstat.InterfaceResources{Media: 3}, HasCounters: true,
		Receive: netstat.InterfaceCounters{Compressed: 5}, Transmit: netstat.InterfaceCounters{Compressed: 6},
		Addrs: []netstat.InterfaceAddr{
			{Prefix: netip.MustParsePrefix("::ffff:10.0.0.1/128"), Scope: netstat.ScopeHost},
			{Prefix: netip.MustParsePrefix("::10.0.0.1/96"), Scope: netstat.ScopeCompat},
			{Prefix: netip.MustParsePrefix("fec0::1/10"), Scope: netstat.ScopeSite},
			{Prefix: netip.MustParsePrefix("::/0"), Scope: netstat.ScopeCompat | netstat.ScopeLink | netstat.ScopeSite | netstat.ScopeHost},
		},
	}}
	want := "sl0: flags=24576  mtu -5  outfill 7  keepalive 0\n" +
		"        inet6 10.0.0.1  prefixlen 128  scopeid 0x10<host>\n" +
		"        inet6 ::10.0.0.1  prefixlen 96  scopeid 0x80<compat,global>\n" +
		"        inet6 fec0::1  prefixlen 10  scopeid 0x40<site>\n" +
		"        inet6 ::  prefixlen 0  scopeid 0xf0<compat,link,site,host>\n" +
		"        cslip  txqueuelen -5  (VJ Serial Line IP)\n" +
		"        media AUIautoselect\n" +
		"        RX packets 0  bytes 0 (0.0 B)\n        RX compressed:5\n        RX errors 0  dropped 0  overruns 0  frame 0\n" +
		"        TX packets 0  bytes 0 (0.0 B)\n        TX compressed 6\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n"
	if got := string(appendInterfaceBlock(nil, &row)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := mediaText(200); got != "unknown" {
		t.Errorf("media 200: %q", got)
	}
}

// TestInterfaceNodes checks what net-tools 2.10 was observed to print when a
// preloaded library returned such addresses in place of the kernel. Without
// that library, see divergence I10.
func TestInterfaceNodes(t *testing.T) {
	ipx := func(frame netstat.Frame, host uint32, node uint64) netstat.NodeAddr {
		return netstat.NodeAddr{Family: netstat.IPX, Frame: frame, Network: host, Node: node}
	}
	n := &host{Links: []netstat.Interface{{
		Name: "lo", Flags: netstat.InterfaceUp, MTU: 65536, Hardware: netstat.HardwareLoopback,
		Addrs: []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("127.0.0.1/8"), Label: "lo"}, {Prefix: netip.MustParsePrefix("127.0.0.2/8"), Label: "lo:1"}},
		Nodes: []netstat.NodeAddr{
			{Family: netstat.AppleTalk, Network: 0xff00, Node: 254},
			ipx(netstat.Frame8023, 0, 0), ipx(netstat.Frame8022, 0x1020304, 0), ipx(netstat.FrameOther, 9, 9),
			ipx(netstat.FrameSNAP, 0, 0x708090a0b0c), ipx(netstat.FrameEthernetII, 0x3040506, 0x708090a0b0c),
		},
	}}}
	want := interfaceTitle + "lo: flags=1<UP>  mtu 65536\n" +
		"        inet 127.0.0.1  netmask 255.0.0.0\n" +
		"        ipx Ethernet-II   03040506:0708090A0B0C\n" +
		"        ipx Ethernet-SNAP 0708090A0B0C\n" +
		"        ipx Ethernet802.2 01020304\n" +
		"        ipx Ethernet802.3 \n" +
		"        ddp 65280/254\n" +
		"        loop  (Local Loopback)\n\n" +
		"lo:1: flags=1<UP>  mtu 65536\n" +
		"        inet 127.0.0.2  netmask 255.0.0.0\n" +
		"        loop  (Local Loopback)\n\n"
	if stdout, stderr, status := ask(t, n, 0, "-ie"); stdout != want || stderr != "" || status != 0 {
		t.Errorf("status %d, stderr %q\n%s\nwant\n%s", status, stderr, stdout, want)
	}
}

func TestGroups(t *testing.T) {
	v4 := []netstat.Membership{{Interface: "lo", Group: netip.MustParseAddr("224.0.0.1"), Users: 1}, {Interface: "\x1b[2J", Group: netip.MustParseAddr("239.1.2.3"), Users: -1}}
	v6 := []netstat.Membership{{Interface: "fifteen_chars_x", Group: netip.MustParseAddr("ff02::1"), Users: 1000000}, {Interface: "x", Group: netip.IPv6Unspecified(), Users: 1}}
	const header = "IPv6/IPv4 Group Memberships\nInterface       RefCnt Group\n--------------- ------ ---------------------\n"
	const rows4 = "lo              1      224.0.0.1\n.[2J            -1     239.1.2.3\n"
	const rows6 = "fifteen_chars_x 1000000 ff02::1\nx               1      ::\n"
	const sockets = "Active Internet connections (w/o servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State      \n"
	const unix = "Active UNIX domain sockets (w/o servers)\nProto RefCnt Flags       Type       State         I-Node   Path\n"
	both := map[netstat.Family][]netstat.Membership{netstat.Inet: v4, netstat.Inet6: v6}
	missing := &netstat.OpError{Op: "open", Err: errors.ErrUnsupported}
	broken := &netstat.OpError{Op: "read", Err: syscall.EIO}
	bogus := &netstat.OpError{Op: "parse", Table: netstat.Table{Family: netstat.Inet6}, Err: &netstat.RecordError{Line: 3, Text: `"x"`}}
	for _, c := range []struct {
		args           string
		n              host
		stdout, stderr string
		status         int
	}{
		{"-gn", host{Members: both}, header + rows4 + rows6, "", 0},
		{"-gnp", host{Members: both}, header + rows4 + rows6, "", 0},
		{"-g", host{Members: both}, header + strings.Replace(rows4, "224.0.0.1", "all-systems.example", 1) + strings.Replace(rows6, "::\n", "[::]\n", 1), "", 0},
		{"-g4n", host{Members: both}, sockets + header + rows4, "", 0},
		{"-g6n", host{Members: both}, sockets + header + rows6, "", 0},
		{"-gxn", host{Members: both}, header + rows4 + rows6 + unix, "", 0},
		{"-gx6n", host{Members: both}, sockets + header + rows6 + unix, "", 0},
		{"-gxn", host{Members: both, MemberErr: map[netstat.Family]error{netstat.Inet: missing}}, header + rows4 + rows6, "netstat: no support for `AF INET (igmp)' on this system.\n", 1},
		{"-g4n", host{MemberErr: map[netstat.Family]error{netstat.Inet: missing}}, sockets + header, "", 0},
		{"-gn", host{MemberErr: map[netstat.Family]error{netstat.Inet6: missing}}, header, "", 0},
		{"-gxn", host{MemberErr: map[netstat.Family]error{netstat.Inet: broken, netstat.Inet6: broken}}, header + unix, "netstat: read: input/output error\nnetstat: read: input/output error\n", 255},
		{"-g6n", host{MemberErr: map[netstat.Family]error{netstat.Inet6: &netstat.OpError{Op: "open", Err: errors.Join(errors.ErrUnsupported, netstat.ErrIncomplete)}}}, sockets + header, "netstat: open: unsupported operation incomplete\n", 255},
		{"-g6n", host{Warnings: []*netstat.OpError{bogus}}, sockets + header, "warning, got bogus igmp6 line 3.\n", 0},
	} {
		stdout, stderr, status := ask(t, &c.n, 0, strings.Fields(c.args)...)
		if stdout != c.stdout || stderr != c.stderr || status != c.status {
			t.Errorf("netstat %s: status %d, stderr %q\n%s", c.args, status, stderr, stdout)
		}
	}
}

// TestInterfaceAllocations checks that a row costs no allocation.
func TestInterfaceAllocations(t *testing.T) {
	links := testLinks()
	buf := make([]byte, 0, 4096)
	for _, i := range links {
		row := interfaceRow{interfaceKey: interfaceKeyOf(i.Name), of: &i}
		if n := testing.AllocsPerRun(100, func() { buf = appendInterface(appendInterfaceBlock(buf[:0], &row), &row) }); n != 0 {
			t.Errorf("%s: %v allocations", i.Name, n)
		}
	}
}
