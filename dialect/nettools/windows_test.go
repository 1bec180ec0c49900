package nettools

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net/netip"
	"strings"
	"testing"

	"netstat"
)

// windowsSource answers as the Windows back end does: with the values that
// Windows reports, and with errors.ErrUnsupported for what Windows does not
// have.
type windowsSource struct {
	netstat.Source
	rows map[netstat.Table][]netstat.Socket
}

const windowsAbsent = netstat.FactQueues | netstat.FactUID | netstat.FactInode | netstat.FactTimer

func windowsUnsupported(t netstat.Table) error {
	return &netstat.OpError{Op: "read", Table: t, Err: errors.ErrUnsupported}
}

func (w *windowsSource) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		rows, ok := w.rows[t]
		if !ok {
			yield(netstat.Socket{}, windowsUnsupported(t))
			return
		}
		for _, s := range rows {
			s.Table, s.Absent = t, windowsAbsent
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (*windowsSource) Owners(context.Context, netstat.OwnerQuery) (*netstat.Owners, error) {
	return new(netstat.Owners), nil
}

func (*windowsSource) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	if pid == 7 {
		return netstat.Process{PID: pid}, &netstat.OpError{Op: "read process", Err: fs.ErrPermission}
	}
	return netstat.Process{PID: pid, Argv0: "svchost.exe"}, nil
}

func (*windowsSource) Interfaces(context.Context, netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(yield func(netstat.Interface, error) bool) {
		counts := netstat.InterfaceCounters{Packets: 12, Bytes: 3456, Errors: 1, Dropped: 2, NonUnicast: 3}
		in, out := counts, counts
		in.Absent = netstat.CountsFIFO | netstat.CountsFrame | netstat.CountsCompressed | netstat.CountsMulticast
		out.Absent = netstat.CountsFIFO | netstat.CountsCarrier | netstat.CountsCollisions | netstat.CountsCompressed
		i := netstat.Interface{
			Index: 12, Name: "Ethernet", Description: "Intel(R) 82574L", MTU: 1500, Hardware: netstat.HardwareEthernet, HardwareCode: 6,
			Flags:        netstat.InterfaceUp | netstat.InterfaceBroadcast | netstat.InterfaceRunning | netstat.InterfaceMulticast,
			HardwareAddr: []byte{0, 0x50, 0xcc, 0x79, 0x63, 0x40}, HasCounters: true, Receive: in, Transmit: out,
			Addrs: []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("192.168.1.12/24"), Label: "Ethernet"}},
		}
		layer := i
		layer.Index, layer.Name, layer.Unlisted = 13, "Ethernet-QoS", true
		if yield(i, nil) {
			yield(layer, nil)
		}
	}
}

func (*windowsSource) Groups(_ context.Context, q netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return func(yield func(netstat.Membership, error) bool) {
		group := "224.0.0.1"
		if q.Family == netstat.Inet6 {
			group = "ff02::1"
		}
		yield(netstat.Membership{Index: 12, Interface: "Ethernet", Group: netip.MustParseAddr(group)}, nil)
	}
}

func (*windowsSource) Routes(_ context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	return func(yield func(netstat.Route, error) bool) {
		if q.Cache || q.Family != netstat.Inet {
			yield(netstat.Route{}, windowsUnsupported(netstat.Table{Family: q.Family}))
			return
		}
		yield(netstat.Route{
			Family: netstat.Inet, Destination: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.168.1.1"),
			Flags: netstat.RouteUp | netstat.RouteGateway, Metric: 25, Interface: "Ethernet", Index: 12,
		}, nil)
	}
}

func (*windowsSource) RareRoutes(_ context.Context, f netstat.Family, _ func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return func(yield func(netstat.RareRoute, error) bool) {
		yield(nil, windowsUnsupported(netstat.Table{Family: f}))
	}
}

func (*windowsSource) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		yield(netstat.NATSession{}, windowsUnsupported(netstat.Table{}))
	}
}

func (*windowsSource) Counters(_ context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		list := []netstat.Counter{
			{Group: "Ip", Name: "InReceives", Part: 1, Value: 5}, {Group: "Ip", Name: "RoutingDiscards", Part: 1, Value: 6},
			{Group: "IcmpMsg", Name: "InType3", Part: 2, Value: 7},
			{Group: "Tcp", Name: "ActiveOpens", Part: 3, Value: 8},
		}
		if f == netstat.Inet6 {
			list = []netstat.Counter{
				{Group: "Ip6", Name: "InReceives", Part: 1, Value: 9}, {Group: "Tcp6", Name: "ActiveOpens", Part: 2, Value: 10},
			}
		}
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// TestWindowsHost checks net-tools' dialect on Windows: a value that the system
// does not report is "-", and a family that it lacks is answered as where the
// kernel lacks it.
func TestWindowsHost(t *testing.T) {
	at := netip.MustParseAddrPort
	end := func(s string) netstat.Addr { return netstat.Addr{IP: at(s).Addr(), Port: at(s).Port()} }
	h := &windowsSource{rows: map[netstat.Table][]netstat.Socket{
		netstat.TCP4Table: {
			{State: netstat.Listen, Local: end("0.0.0.0:135"), Remote: end("0.0.0.0:0"), PID: 1192},
			{State: netstat.Established, Local: end("10.0.0.1:22"), Remote: end("10.0.0.2:40000"), PID: 7},
			{State: netstat.TimeWait, Local: end("10.0.0.1:22"), Remote: end("10.0.0.2:40001")},
			{State: netstat.DeleteTCB, Local: end("10.0.0.1:22"), Remote: end("10.0.0.2:40002")},
		},
		netstat.TCP6Table: {},
		netstat.UDP4Table: {
			{Local: end("0.0.0.0:123"), PID: 1192},
			{State: netstat.Established, Local: end("10.0.0.1:123"), Remote: end("10.0.0.2:123"), PID: 1192},
		},
		netstat.UDP6Table: {{Local: end("[::1]:123"), PID: 1192}},
	}}
	const (
		head     = "Proto Recv-Q Send-Q Local Address           Foreign Address         State      "
		listener = "tcp        -      - 0.0.0.0:135             0.0.0.0:*               LISTEN     "
		udp      = "udp        -      - 0.0.0.0:123             *:*                                "
		udp6     = "udp6       -      - ::1:123                 *:*                                "
		program  = " 1192/svchost.exe    "
	)
	for _, c := range []struct {
		args, stdout, stderr string
		status               int
	}{
		{"-tunlp", "Active Internet connections (only servers)\n" + head + " PID/Program name    \n" +
			listener + program + "\n" + udp + program + "\n" + udp6 + program + "\n", "", 0},
		{"-tnpe", "Active Internet connections (w/o servers)\n" + head + " User       Inode      PID/Program name    \n" +
			"tcp        -      - 10.0.0.1:22             10.0.0.2:40000          ESTABLISHED -          -          7/                  \n" +
			"tcp        -      - 10.0.0.1:22             10.0.0.2:40001          TIME_WAIT   -          -          -                   \n" +
			"tcp        -      - 10.0.0.1:22             10.0.0.2:40002          DELETE_TCB  -          -          -                   \n", "", 0},
		{"-uno", "Active Internet connections (w/o servers)\n" + head + " Timer\n" +
			"udp        -      - 10.0.0.1:123            10.0.0.2:123            ESTABLISHED -\n", "", 0},
		{"-tlno", "Active Internet connections (only servers)\n" + head + " Timer\n" + listener + " -\n", "", 0},
		{"-xn", "Active UNIX domain sockets (w/o servers)\nProto RefCnt Flags       Type       State         I-Node   Path\n", "netstat: no support for `AF UNIX' on this system.\n", 1},
		{"-wn", "Active Internet connections (w/o servers)\n" + head + "\n", "netstat: no support for `AF INET (raw)' on this system.\n", 1},
		{"-Mn", "", "netstat: no support for `ip_masquerade' on this system.\n", 1},
		{"--ax25 -n", "", "netstat: no support for `AF AX25' on this system.\n", 1},
		{"-i", "Kernel Interface table\n" +
			"Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" +
			"Ethernet         1500       12      1      2 -            12      1      2      - BMRU\n", "", 0},
		{"-ie", "Kernel Interface table\n" +
			"Ethernet: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n" +
			"        inet 192.168.1.12  netmask 255.255.255.0  broadcast 0.0.0.0\n" +
			"        ether 00:50:cc:79:63:40  (Ethernet)\n" +
			"        RX packets 12  bytes 3456 (3.3 KiB)\n" +
			"        RX errors 1  dropped 2  overruns -  frame -\n" +
			"        TX packets 12  bytes 3456 (3.3 KiB)\n" +
			"        TX errors 1  dropped 2 overruns -  carrier -  collisions -\n\n", "", 0},
		{"-gn", "IPv6/IPv4 Group Memberships\nInterface       RefCnt Group\n--------------- ------ ---------------------\n" +
			"Ethernet        -      224.0.0.1\nEthernet        -      ff02::1\n", "", 0},
		{"-rn", "Kernel IP routing table\nDestination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n" +
			"0.0.0.0         192.168.1.1     0.0.0.0         UG        0 0          0 Ethernet\n", "", 0},
		{"-r --ax25", "AX.25 not configured in this system.\n", "/proc/net/ax25_route: No such file or directory\n", 1},
		{"-rA netrom", "NET/ROM not configured in this system.\n",
			"/proc/net/nr_nodes: No such file or directory\n/proc/net/nr_neigh: No such file or directory\n", 1},
		{"-r --rose", "", "/proc/net/rose_nodes: No such file or directory\nROSE not configured in this system.\n", 1},
		{"-r --x25", "X.25 not configured in this system.\n", "", 1},
		{"-r --ipx", "IPX routing not in file /proc/net/ipx/route or /proc/net/ipx_route found.\n", "No such file or directory\n", 1},
		{"-r --ddp", "", "Error opening /proc/net/atalk_route: No such file or directory\nDDP (AppleTalk) not configured on this system.\n", 1},
		{"-s", "Ip:\n    5 total packets received\n    RoutingDiscards: 6\nIcmpMsg:\n    InType3: 7\nTcp:\n    8 active connection openings\n", "", 0},
		{"-s6", "Ip6:\n    9 total packets received\nTcp6:\n    Tcp6ActiveOpens: 10\n", "", 0},
	} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(c.args)...), Environment{})
		if exit != nil {
			t.Fatalf("%s: %+v", c.args, exit)
		}
		var out, errs strings.Builder
		status := cmd.Report(t.Context(), Env{Source: h, Names: &names{}, Stdout: &out, Stderr: &errs})
		if status != c.status || errs.String() != c.stderr || out.String() != c.stdout {
			t.Errorf("%s: %d, %q\ngot\n%s\nwant\n%s", c.args, status, errs.String(), out.String(), c.stdout)
		}
	}
}
