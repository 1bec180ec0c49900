package microsoft

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/test/fakehost"
)

// host is the Source of the tests.
type host = fakehost.Host

// names is a resolver that knows the names a test gives it, and records
// lookups.
type names struct {
	hosts  map[string]string
	wanted map[netip.Addr]int
}

func (n *names) WantHost(ip netip.Addr) {
	if n.wanted == nil {
		n.wanted = make(map[netip.Addr]int)
	}
	n.wanted[ip]++
}

func (n *names) Host(ip netip.Addr) (string, bool) {
	s, ok := n.hosts[ip.String()]
	return s, ok
}
func (*names) HostReady(netip.Addr) bool         { return false }
func (*names) Network(netip.Addr) (string, bool) { return "", false }
func (*names) Service(p uint16, network string) (string, bool) {
	switch {
	case p == 80 && network == "tcp":
		return "http", true
	case p == 443:
		return "https", true
	case p == 9 && network == "udp":
		return "discard\x1b", true
	}
	return "", false
}
func (*names) Protocol(uint16) (string, bool) { return "", false }
func (*names) WantUser(uint32)                {}
func (*names) UserReady(uint32) bool          { return true }
func (*names) User(uint32) (string, bool)     { return "", false }
func (*names) GaveUp() int                    { return 0 }
func (*names) NextReport()                    {}

// clock is the time of the tests.
var clock = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// answerEnv runs a command line with an Env that change may modify.
func answerEnv(t *testing.T, h *host, change func(*Env), args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs strings.Builder
	env := Env{
		Source: h, Names: &names{hosts: hostNames}, Stdout: &out, Stderr: &errs, HostName: "g0",
		Now: func() time.Time { return clock },
	}
	if change != nil {
		change(&env)
	}
	cmd, exit := Parse(append([]string{"netstat"}, args...), Environment{Lang: env.Lang, CRLF: env.CRLF})
	if exit != nil {
		return exit.Stdout, exit.Stderr, exit.Code
	}
	status = cmd.Report(t.Context(), env)
	return out.String(), errs.String(), status
}

func answer(t *testing.T, h *host, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	return answerEnv(t, h, nil, args...)
}

var hostNames = map[string]string{
	"216.58.214.67":   "par21s20-in-f3.1e100.net",
	"54.89.233.95":    "ec2-54-89-233-95.compute-1.amazonaws.com",
	"2001:db8::beef":  "v6.example.org",
	"198.51.100.66":   "evil\x1b[2J\r\nfake.example.org",
	"198.51.100.67":   ".dot",
	"192.168.100.200": "单元格.example.org",
}

type socketOption func(*netstat.Socket)

func pid(n uint32) socketOption { return func(s *netstat.Socket) { s.PID = n } }

func scope(n uint32) socketOption {
	return func(s *netstat.Socket) { s.Local.Scope, s.Remote.Scope = n, n }
}

func detail(d netstat.WindowsDetail) socketOption {
	return func(s *netstat.Socket) { s.Detail = &d }
}

func sock(t netstat.Table, local, remote string, state netstat.State, options ...socketOption) netstat.Socket {
	l := netip.MustParseAddrPort(local)
	s := netstat.Socket{
		Table: t, State: state, Local: netstat.Addr{IP: l.Addr(), Port: l.Port()},
		Absent: netstat.FactQueues | netstat.FactInode | netstat.FactUID | netstat.FactTimer,
	}
	if remote != "" {
		r := netip.MustParseAddrPort(remote)
		s.Remote = netstat.Addr{IP: r.Addr(), Port: r.Port()}
	}
	for _, o := range options {
		o(&s)
	}
	return s
}

// inHost returns the Windows detail of a connection of this age.
func inHost(age time.Duration, template, module string) socketOption {
	return detail(netstat.WindowsDetail{
		Created: clock.Add(-age), Offload: netstat.OffloadInHost, Template: template, Module: module,
	})
}

// windowsHost returns a made-up Windows host. It has the rows of the
// specification's samples among others, not in display order.
func windowsHost() *host {
	const (
		tcp   = netstat.Established
		none  = "Not Applicable"
		inet  = "Internet"
		dc    = "Datacenter"
		other = "DatacenterCustom"
	)
	v4, v6, u4, u6 := netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table
	h := &host{
		Rows: map[netstat.Table][]netstat.Socket{
			v4: {
				sock(v4, "0.0.0.0:49179", "0.0.0.0:0", netstat.Bound, pid(2588), inHost(time.Hour, none, "chrome.exe")),
				sock(v4, "192.168.100.14:49900", "192.168.56.1:80", netstat.TimeWait, detail(netstat.WindowsDetail{Offload: netstat.OffloadInHost, Template: none})),
				sock(v4, "192.168.56.1:52000", "216.58.214.67:80", tcp, pid(3000), inHost(90*time.Second, inet, "chrome.exe")),
				sock(v4, "192.168.56.1:51999", "54.89.233.95:9339", netstat.CloseWait, pid(3000), inHost(time.Minute, inet, "chrome.exe")),
				sock(v4, "192.168.56.1:52001", "162.159.135.234:443", netstat.SynSent, pid(3000), inHost(0, inet, "chrome.exe")),
				sock(v4, "10.20.30.130:22", "10.20.30.1:39956", tcp, pid(2016), inHost(time.Hour, dc, "sshd.exe")),
				sock(v4, "0.0.0.0:445", "0.0.0.0:0", netstat.Listen, pid(4), inHost(48*time.Hour, none, "")),
				sock(v4, "0.0.0.0:135", "0.0.0.0:0", netstat.Listen, pid(924), inHost(48*time.Hour, none, "RpcSs")),
				sock(v4, "0.0.0.0:80", "0.0.0.0:0", netstat.Listen, pid(1192), inHost(-time.Second, none, "httpd.exe")),
				sock(v4, "127.0.0.1:49300", "127.0.0.1:49301", netstat.FinWait1, pid(3001), detail(netstat.WindowsDetail{Offload: netstat.OffloadOffloading, Template: other})),
				sock(v4, "127.0.0.1:49301", "127.0.0.1:49300", netstat.LastAck, pid(3001), detail(netstat.WindowsDetail{Offload: netstat.OffloadOffloaded})),
				sock(v4, "127.0.0.1:49302", "198.51.100.66:1", netstat.FinWait2, pid(3002), detail(netstat.WindowsDetail{Offload: netstat.OffloadUploading, Module: "svc\x1b[1m"})),
				sock(v4, "127.0.0.1:49303", "198.51.100.67:2", netstat.Closing, pid(3003), detail(netstat.WindowsDetail{})),
				sock(v4, "127.0.0.1:49304", "192.168.100.200:3", netstat.SynReceived, pid(3004), detail(netstat.WindowsDetail{Module: "lonely.EXE"})),
				sock(v4, "127.0.0.1:49305", "0.0.0.0:0", netstat.Closed, pid(3005)),
				sock(v4, "127.0.0.1:49306", "198.51.100.1:5", netstat.DeleteTCB, pid(3000)),
			},
			v6: {
				sock(v6, "[::]:49180", "[::]:0", netstat.Bound, pid(2588), inHost(time.Hour, none, "chrome.exe")),
				sock(v6, "[fe80::c9ee:eb4d:5f0b:a64f]:1521", "[fe80::c9ee:eb4d:5f0b:a64f]:50297", netstat.TimeWait, scope(4), detail(netstat.WindowsDetail{Offload: netstat.OffloadInHost, Template: none})),
				sock(v6, "[::1]:5000", "[::ffff:192.168.1.5]:80", tcp, pid(3000), scope(4096), inHost(time.Second, inet, "chrome.exe")),
				sock(v6, "[2001:db8::1]:6000", "[2001:db8::beef]:443", tcp, pid(3000), inHost(time.Second, inet, "chrome.exe")),
				sock(v6, "[::]:135", "[::]:0", netstat.Listen, pid(924), inHost(48*time.Hour, none, "RpcSs")),
			},
			u4: {
				sock(u4, "127.0.0.1:57990", "127.0.0.1:57990", netstat.Closed, pid(2590), inHost(time.Hour, "", "app.exe")),
				sock(u4, "0.0.0.0:50060", "34.120.22.49:443", netstat.Closed, pid(3000), inHost(time.Hour, "", "chrome.exe")),
				sock(u4, "0.0.0.0:123", "0.0.0.0:0", netstat.Closed, pid(1036), inHost(time.Hour, "", "W32Time")),
				sock(u4, "192.168.56.1:9", "216.58.214.67:9", netstat.Closed, pid(3000), inHost(time.Hour, "", "")),
			},
			u6: {
				sock(u6, "[fe80::60e3:cb71:9810:3edd]:546", "", netstat.Closed, pid(1036), scope(11)),
				sock(u6, "[fe80::5196:ca37:70a7:5de9]:1900", "[::]:0", netstat.Closed, pid(3668), scope(2)),
				sock(u6, "[::1]:62261", "[::]:0", netstat.Closed, pid(1036)),
			},
		},
		Processes: map[uint32]netstat.Process{
			4:    {Executable: "System"},
			924:  {Executable: `C:\Windows\System32\svchost.exe`},
			1036: {Executable: `C:\Windows\System32\svchost.exe`},
			1192: {Executable: `D:\Apache/bin\httpd.exe`},
			2016: {Executable: `C:\Program Files\OpenSSH\sshd.exe`},
			2588: {Executable: `\\server\share\chrome.exe`},
			2590: {Executable: `C:\x\应用.exe`},
			3000: {Executable: `C:\Program Files\Google\chrome.exe`},
			3001: {Executable: "C:\\x\\ev\x1bil\n.exe"},
		},
		Links: []netstat.Interface{
			{
				Index: 1, Name: "Loopback Pseudo-Interface 1", Description: "Software Loopback Interface 1",
				Flags: netstat.InterfaceUp | netstat.InterfaceLoopback, Hardware: netstat.HardwareLoopback,
				HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 1 << 40, Packets: 5},
				Addrs: []netstat.InterfaceAddr{prefix("127.0.0.1/8"), prefix("::1/128")},
			},
			{
				Index: 21, Description: "Microsoft ISATAP Adapter #2", Hardware: netstat.HardwareTunnel,
				HardwareAddr: []byte{0, 0, 0, 0, 0, 0, 0, 0xe0},
			},
			{
				Index: 14, Description: "Intel(R) 82574L Gigabit Network Connection", Name: "Ethernet",
				Flags: netstat.InterfaceUp, Hardware: netstat.HardwareEthernet, HardwareAddr: []byte{0, 0x50, 0xcc, 0x79, 0x63, 0x40},
				HasCounters: true,
				Receive: netstat.InterfaceCounters{
					Bytes: 1279913000, Packets: 961100 + 2600, NonUnicast: 2600, Absent: netstat.CountsFrame,
				},
				Transmit: netstat.InterfaceCounters{Bytes: 89768300, Packets: 234100 + 325700, NonUnicast: 325700},
				Addrs:    []netstat.InterfaceAddr{prefix("192.168.1.12/24"), prefix("fe80::c9ee:eb4d:5f0b:a64f/64"), prefix("192.168.56.1/24")},
			},
			{
				Index: 13, Description: "Wi-Fi\x1b[0m", Flags: netstat.InterfaceUp, Hardware: netstat.HardwareEthernet,
				HardwareAddr: []byte{2, 2, 2, 2, 2, 0xff}, HasCounters: true,
				Receive:  netstat.InterfaceCounters{Bytes: 90, Packets: 40 + 60, NonUnicast: 60},
				Transmit: netstat.InterfaceCounters{Bytes: 80, Packets: 30 + 31, NonUnicast: 31},
			},
			{ // has counters, but is in no list
				Index: 15, Name: "Wi-Fi-Layer", Flags: netstat.InterfaceUp, Hardware: netstat.HardwareEthernet, Unlisted: true,
				HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 6, Packets: 9}, Transmit: netstat.InterfaceCounters{Bytes: 7, Packets: 6},
			},
			{Index: 16, Name: "Silent", Flags: netstat.InterfaceUp, Unlisted: true, Receive: netstat.InterfaceCounters{Bytes: 1 << 50}},
		},
		Counts: map[netstat.Family][]netstat.Counter{
			netstat.Inet: slicesConcat(
				counting("Ip", 1, "InReceives=9147172 InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests RoutingDiscards OutDiscards OutNoRoutes ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates"),
				counting("Icmp", 100, "InMsgs InErrors OutMsgs OutErrors"),
				counting("IcmpMsg", 200, "InType3 InType11 InType8 OutType0 OutType10=4294967296"),
				counting("Tcp", 300, "ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs"),
				counting("Udp", 400, "InDatagrams NoPorts InErrors OutDatagrams"),
			),
			netstat.Inet6: slicesConcat(
				counting("Ip6", 500, "InReceives InHdrErrors InAddrErrors OutForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests RoutingDiscards OutDiscards OutNoRoutes ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates"),
				counting("Icmp6", 600, "InMsgs InErrors OutMsgs OutErrors InType133 OutType135 OutType143"),
				counting("Tcp6", 700, "ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs"),
				counting("Udp6", 800, "InDatagrams NoPorts InErrors OutDatagrams"),
			),
		},
		RouteRows: map[netstat.Family][]netstat.Route{
			netstat.Inet: {
				{Destination: netip.MustParsePrefix("255.255.255.255/32"), Index: 1, Metric: 331},
				{Destination: netip.MustParsePrefix("224.0.0.0/4"), Index: 14, Metric: 276},
				{Destination: netip.MustParsePrefix("127.0.0.0/8"), Index: 1, Metric: 331},
				{Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.168.1.1"), Index: 14, Metric: 20},
				{Destination: netip.MustParsePrefix("224.0.0.0/4"), Index: 1, Metric: 331},
				{Destination: netip.MustParsePrefix("127.0.0.0/32"), Gateway: netip.IPv4Unspecified(), Index: 21, Metric: 123456},
			},
			netstat.Inet6: {
				{Destination: netip.MustParsePrefix("fd99:4c5b:5525:d80b::1/128"), Index: 13, Metric: 276},
				{Destination: netip.MustParsePrefix("fd99:4c5b:5525:d80b::/64"), Index: 13, Metric: 276},
				{Destination: netip.MustParsePrefix("::1/128"), Index: 1, Metric: 331},
				{Destination: netip.MustParsePrefix("::/0"), Gateway: netip.MustParseAddr("fe80::1"), Index: 13, Metric: 4294967295},
			},
		},
		Stored: map[netstat.Family][]netstat.Route{
			netstat.Inet: {
				{Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("10.10.10.2"), InterfaceMetric: true},
				{Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.168.187.254"), Metric: 1},
			},
		},
	}
	for f, list := range h.RouteRows {
		for i := range list {
			list[i].Family = f
		}
	}
	return h
}

func prefix(s string) netstat.InterfaceAddr {
	return netstat.InterfaceAddr{Prefix: netip.MustParsePrefix(s)}
}
