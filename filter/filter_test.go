package filter

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testEnv knows a few names.
var testEnv = Env{
	Service: func(name string) (uint16, bool) {
		port, ok := map[string]uint16{"ssh": 22, "http": 80, "https": 443, "http-alt": 8080}[name]
		return port, ok
	},
	Host: func(name string) ([]netip.Addr, error) {
		switch name {
		case "localhost":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}, nil
		case "mapped":
			return []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.1")}, nil
		case "empty":
			return nil, nil
		}
		return nil, errors.New("no such host")
	},
	Interface: func(name string) (uint32, bool) {
		n, ok := map[string]uint32{"lo": 1, "eth0": 2}[name]
		return n, ok
	},
	User: func(name string) (uint32, bool) {
		n, ok := map[string]uint32{"root": 0, "alice": 1000}[name]
		return n, ok
	},
	Cgroup: func(path string) (uint64, error) {
		if path == "/system.slice" {
			return 77, nil
		}
		return 0, errors.New("no such control group")
	},
}

// testRecord returns a record of a socket with all facts requested.
func testRecord(s *netstat.Socket, joined fact.Row) *fact.Record {
	joined.Socket, joined.Facts = *s, ^netstat.Facts(0)
	return &fact.Record{Row: &joined}
}

func testSocket(t netstat.Table, state netstat.State, local, remote string) *netstat.Socket {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	return &netstat.Socket{
		Table: t, State: state,
		Local: netstat.Addr{IP: l.Addr(), Port: l.Port()}, Remote: netstat.Addr{IP: r.Addr(), Port: r.Port()},
	}
}

func mustParse(t testing.TB, text string) *Expr {
	t.Helper()
	e, err := Parse(text, testEnv)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return e
}

// testRows returns rows by name.
func testRows() map[string]*fact.Record {
	web := testSocket(netstat.TCP4Table, netstat.Established, "10.0.0.1:443", "192.168.1.5:50000")
	web.UID, web.Inode, web.RecvQ, web.SendQ, web.Mark, web.Cgroup, web.Local.Scope = 1000, 4242, 10, 20000, 5, 77, 2
	web.TOS, web.ULP, web.Autobound = 16, netstat.ULPTLS, false
	info := &netstat.TCPInfo{RTT: 20 * time.Millisecond, CWnd: 10, BytesAcked: 5_000_000, PacingRate: 1_250_000, AppLimited: true, Congestion: "cubic", CAState: netstat.CARecovery}
	for _, f := range []netstat.TCPField{netstat.TCPRTT, netstat.TCPCWnd, netstat.TCPBytesAcked, netstat.TCPPacingRate, netstat.TCPAppLimited, netstat.TCPCAState, netstat.TCPSACK} {
		info.Known.Add(f)
	}
	web.TCP = info
	web.Memory = &netstat.Memory{Known: 1 << netstat.MemoryRcvBuf, RcvBuf: 131072}
	listener := testSocket(netstat.TCP6Table, netstat.Listen, "[::]:22", "[::]:0")
	listener.MaxBacklog = 128
	client := testSocket(netstat.TCP4Table, netstat.TimeWait, "127.0.0.1:40000", "127.0.0.1:80")
	client.Autobound = true
	mapped := testSocket(netstat.TCP6Table, netstat.SynReceived, "[::ffff:10.0.0.1]:443", "[::ffff:10.9.9.9]:1024")
	dns := testSocket(netstat.UDP4Table, netstat.Closed, "0.0.0.0:53", "0.0.0.0:0")
	unix := &netstat.Socket{
		Table: netstat.UnixTable, State: netstat.Listen, Local: netstat.Addr{Name: "/run/X11.sock"}, Inode: 9,
		Detail: &netstat.UnixDetail{Type: netstat.TypeStream, Accepting: true},
	}
	auto := &netstat.Socket{Table: netstat.UnixTable, State: netstat.Connected, Local: netstat.Addr{Name: "@000a1"}, Detail: &netstat.UnixDetail{}}
	packet := &netstat.Socket{Table: netstat.PacketTable, State: netstat.Closed, Local: netstat.Addr{Name: "ip:eth0", Scope: 2}, Detail: &netstat.PacketDetail{
		Type: netstat.TypeRaw, Protocol: 0x800, Device: "eth0", Complete: true, Drops: 3,
	}}
	everyFrame := &netstat.Socket{Table: netstat.PacketTable, State: netstat.Closed, Local: netstat.Addr{Name: "*:*"}, Detail: &netstat.PacketDetail{Type: netstat.TypeDgram, Protocol: netstat.EtherAll}}
	netlink := &netstat.Socket{
		Table: netstat.NetlinkTable, State: netstat.Established, Absent: netstat.FactUID, Local: netstat.Addr{Name: "genl:4242"}, Remote: netstat.Addr{Name: "genl:kernel"},
		Detail: &netstat.NetlinkDetail{Protocol: 16, Port: 4242},
	}
	vsock := &netstat.Socket{
		Table: netstat.VSockTable, State: netstat.Established, Absent: netstat.FactUID | netstat.FactQueues, Local: netstat.Addr{Name: "3:70000"}, Remote: netstat.Addr{Name: "2:1024"},
		Detail: &netstat.VSockDetail{Type: netstat.TypeStream, LocalCID: 3, LocalPort: 70000, RemoteCID: 2, RemotePort: 1024},
	}
	windows := testSocket(netstat.TCP4Table, netstat.Established, "10.0.0.2:5000", "10.0.0.3:445")
	windows.Absent = netstat.FactUID | netstat.FactInode | netstat.FactQueues
	rows := map[string]*fact.Record{
		"web": testRecord(web, fact.Row{
			Owners: []fact.Owner{{Command: "nginx -g daemon off", Process: netstat.Process{
				PID: 7, Executable: "/usr/sbin/nginx", ExecutableDeleted: true, Argv0: "/usr/sbin/nginx", Comm: "nginx", User: "33",
				Started: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), Parent: 1, Threads: 4, Context: "system_u:system_r:httpd_t",
				Cgroup: "/system.slice/nginx.service", Unit: "nginx.service", UserUnit: "app.service", Slice: "system.slice",
				Container: netstat.Container{Runtime: "docker", ID: "web-1", Pod: "7e5"}, Services: []string{"W3SVC", "WAS"},
				Company: "Contoso, Ltd.", Version: "1.2.3.4", Signature: netstat.SignatureValid, Signer: "Contoso", Package: "Contoso.Web_1.2.3.4_x64__8wekyb3d8bbwe",
			}}, {Process: netstat.Process{PID: 9, Comm: "nginx-worker"}}},
			Peer: &fact.Peer{
				PeerEnd: fact.PeerEnd{Inode: 4300, State: netstat.CloseWait, Translated: true}, Netns: "red",
				Owners: []fact.Owner{{Process: netstat.Process{PID: 70, Comm: "curl"}}},
			},
		}),
		"listener": testRecord(listener, fact.Row{Owners: []fact.Owner{{Process: netstat.Process{PID: 1, Comm: "sshd", Executable: "/usr/sbin/sshd"}}}}),
		"client":   testRecord(client, fact.Row{Unknown: netstat.OwnerTimeWait}),
		"windows":  testRecord(windows, fact.Row{Owners: []fact.Owner{{Process: netstat.Process{PID: 4, Comm: "System", User: `NT AUTHORITY\SYSTEM`}}}}),
	}
	rows["web"].Netns = "blue"
	for name, s := range map[string]*netstat.Socket{
		"mapped": mapped, "dns": dns, "unix": unix, "auto": auto, "packet": packet, "every": everyFrame, "netlink": netlink, "vsock": vsock,
	} {
		rows[name] = testRecord(s, fact.Row{})
	}
	return rows
}

func TestMatch(t *testing.T) {
	const every = "auto client dns every listener mapped netlink packet unix vsock web windows"
	rows := testRows()
	without := func(names string) string {
		var rest []string
		for _, name := range strings.Fields(every) {
			if !strings.Contains(" "+names+" ", " "+name+" ") {
				rest = append(rest, name)
			}
		}
		return strings.Join(rest, " ")
	}
	for _, test := range []struct{ text, want string }{
		{"", every},
		{"  ", every},
		{"state established", "auto netlink vsock web windows"},
		{"state ESTAB", "auto netlink vsock web windows"},
		{"state all", every},
		{"state connected", "auto client mapped netlink vsock web windows"},
		{"state synchronized", "auto client mapped netlink vsock web windows"},
		{"state bucket", "client mapped"},
		{"state big", without("client mapped")},
		{"state listening", "listener unix"},
		{"state closed", "dns every packet"},
		{"exclude listening", without("listener unix")},
		{"exclude listening exclude closed state listening", without("dns every packet")},
		{"state bucket state listening", "client listener mapped unix"},
		{"state = listening or state = syn-recv", "listener mapped unix"},
		{"state != listening and state != established", "client dns every mapped packet"},
		{"state established sport = :443 or sport = :5000", "web windows"},
		{"state established and sport = :443 or sport = :22", "listener web"},
		{"( state established ) sport = :443 or sport = :22", "listener web"},

		{"sport = :443", "mapped web"},
		{"sport :https", "mapped web"},
		{"sport https", "mapped web"},
		{"sport eq inet:443", "web"},
		{"sport=:443", "mapped web"},
		{"sport != :443", without("mapped web")},
		{"not sport = :443", without("mapped web")},
		{"sport lt :53", "listener"},
		{"sport <= :53", "dns listener"},
		{"sport > 443 sport < 40000", "windows"},
		{"sport ge :5000", "client windows"},
		{"dport = *", "client dns listener mapped web windows"},
		{"sport = :22-53", "dns listener"},
		{"sport != :22-53", without("dns listener")},
		{"port = :80,port = 40000", "client"},
		{"port = 443", "mapped web"},
		// A remote port of 0 is none, unless 0 is asked for.
		{"port < 50", "listener"},
		{"port <= 53", "dns listener"},
		{"port = 0-53", "dns listener"},
		{"port != 0-53", without("dns listener")},
		{"port = 0", "dns listener"},
		{"port = 0-65535", "client dns listener mapped web windows"},
		{"port != 443", without("mapped web")},
		{"local_port = 443 remote_port = 50000", "web"},
		{"sport = :0x1bb", "mapped web"},
		{"sport = http-alt", ""},

		{"src 10.0.0.1", "mapped web"},
		{"src = 10/8", "mapped web windows"},
		{"src 10.0/16:443", "mapped web"},
		{"src != 10.0.0.0/8", without("mapped web windows")},
		{"dst 192.168.1.5:50000", "web"},
		{"dst 192.168.1.99/24", "web"},
		{"src [::]", "listener"},
		{"src [::]:22", "listener"},
		{"src [::/0]", "listener mapped"},
		{"src [::ffff:0:0]/96", "mapped"},
		{"src ::/0", "listener mapped"},
		{"src ::ffff:0:0/96", "mapped"},
		{"src ::ffff:0:0/96:443", "mapped"},
		{"src ::/128:22", "listener"},
		{"src ::/128:*", "listener"},
		{"src :::22", "listener"}, // the port follows the last colon
		{"src :::", "listener"},
		{"src inet6:::/0", "listener mapped"},
		{"src inet6:", "listener mapped"},
		{"src :", every},
		{"src 10.0.0.1:", "mapped web"},
		{"src [10.0.0.1]", "mapped web"},
		{"src [*]:22", "listener"},
		{"src inet6:*", "listener mapped"},
		{"src inet:*", "client dns web windows"},
		{"src inet:10.0.0.1", "web"},
		{"src != inet:10.0.0.1 and sport = 443", "mapped"},
		{"sport = inet6:443", "mapped"},
		{"sport != inet6::443 sport = 443", "web"},
		{"src *:22", "listener"},
		{"src :22", "listener"},
		{"src any", every},
		{"src localhost", "client"},
		{"src mapped", "mapped web"},
		{"src localhost:22-50000", "client"},
		{"src inet:localhost", "client"},
		{"src inet6:localhost", ""},
		{"address = 10.9.9.9", "mapped"},
		{"src /run/*", "unix"},
		{"src unix:/RUN/x11.SOCK", "unix"},
		{"src unix:*", "auto unix"},
		{"src @*", "auto"},
		{"dst unix:?*", ""},
		{"autobound", "auto client"},
		{"!autobound and state connected", "mapped netlink vsock web windows"},
		{"autobound = no state bucket", "mapped"},
		{"autobound=no and state bucket", "mapped"},
		{"dev eth0", "packet web"},
		{"dev != eth0 and proto = tcp", "client listener mapped windows"},
		{"dev 0 && sport = :22", "listener"},
		{"fwmark 5", "web"},
		{"fwmark = 0x1/0x1", "web"},
		{"fwmark != 5/0xff and proto tcp", "client listener mapped windows"},
		{"cgroup /system.slice", "web"},
		{"cgroup != /system.slice and sport = 443", "mapped"},

		{"pid = 9", "web"},
		{"pid 1-4", "listener windows"},
		{"pid != 7 and state established", "auto netlink vsock windows"},
		{"pid > 8", "web"},
		{"process = nginx", "web"},
		{"process = nginx*", "web"},
		{"process = ngin[xy]", "web"},
		{"process = [!n]*", "listener windows"},
		{"process = NGINX", ""},
		{"process != nginx and sport = 443", "mapped"},
		{"process = -", "auto client dns every mapped netlink packet unix vsock"},
		{"process = ''", "auto client dns every mapped netlink packet unix vsock"},
		{"exe = */nginx", "web"},
		{"peer_process = curl or peer_pid 99", "web"},
		{"container = web-?", "web"},
		{"unit = *.service", "web"},
		{"netns = blue", "web"},
		{"user = alice", "web"},
		{"user = root and proto tcp", "client listener mapped"},
		{"uid >= 1000", "web"},
		{"inode = 4242", "web"},
		{"family inet6", "listener mapped"},
		{"proto udp", "dns"},
		{"proto = tcp6", "listener mapped"},
		{"proto != tcp6 and proto = tcp", "client web windows"},
		{"proto = unix", "auto unix"},
		{"recvq > 0", "web"},
		{"sendq >= 20k", "web"},
		{"sendq > 19.5Ki", "web"},
		{"sendq > 19.5KiB", "web"},
		{"max_backlog = 128", "listener"},
		{"tos = 0x10", "web"},
		{"ulp = tls", "web"},
		{"rtt > 10ms", "web"},
		{"rtt = 1ms-20ms", "web"},
		{"rtt < 10ms", ""},
		{"rtt != 10ms and proto tcp", "client listener mapped web windows"},
		{"cwnd <= 10", "web"},
		{"bytes_acked >= 5M", "web"},
		{"pacing_rate = 10Mbit", "web"},
		{"app_limited", "web"},
		{"app_limited = no and rtt > 0s", ""},
		{"not app_limited and sport 443", "mapped"},
		{"sack", ""},
		{"sack = no rtt > 0ms", "web"},
		{"congestion = cubic", "web"},
		{"ca_state = recovery", "web"},
		{"rcvbuf = 128Ki", "web"},

		{"src link:ip", "packet"},
		{"src link:IP:*", "packet"},
		{"src link:0x800:eth0", "packet"},
		{"src link:[2048]:2", "packet"},
		{"src link:i*:eth*", "packet"},
		{"src link:all", "every"},
		{"src packet:*", "every packet"},
		{"src link:*:lo", ""},
		{"dst link:ip", ""},
		{"address link:ip", "packet"},
		{"sport = link::eth0", "packet"},
		{"sport != link::eth0 and family packet", "every"},
		{"sport >= link::1", "packet"},
		{"src netlink:genl", "netlink"},
		{"src netlink:16:4242", "netlink"},
		{"src netlink:gen?:4000-5000", "netlink"},
		{"dst netlink:GENL:kernel", "netlink"},
		{"dport = netlink:kernel", "netlink"},
		{"sport > netlink::4241", "netlink"},
		{"src != netlink:rtnl and family netlink", "netlink"},
		{"src vsock:3", "vsock"},
		{"dst vsock:2:1024", "vsock"},
		{"src vsock:*:70000", "vsock"},
		{"sport = vsock:70000-80000", "vsock"},
		{"port = vsock::1024", "vsock"},
		{"dport < vsock::1024", ""},
		{"autobound = no and family packet", "every packet"},
		{"drops > 0", "packet"},

		{"command = 'nginx -g*'", "web"},
		{"args != '' and pid 1", ""},
		{"exe_deleted", "web"},
		{"exe_deleted = no", "listener"},
		{"exe-deleted != yes and sport = 443", "mapped"},
		{"started = 2026-11-24T12:00:00Z", "web"},
		{"started > 2026-11-24T13:00:00+02:00", "web"},
		{"started < 2026-11-24T13:00:00+02:00", ""},
		{"parent = 1 threads >= 2", "web"},
		{"slice = system.slice", "web"},
		{"user_unit = app.*", "web"},
		{"runtime = docker pod = 7e5", "web"},
		{"process_cgroup = /system.slice/*", "web"},
		{"context = *httpd_t", "web"},
		{"comm = nginx argv0 = */nginx", "web"},
		{"services = WAS", "web"},
		{"company = Contoso*", "web"}, {"version = 1.2.*", "web"}, {"signature = valid", "web"}, {"signature = un*", ""},
		{"signer = Contoso and package = *_x64_*", "web"}, {"signer != Contoso and pid 1", "listener"},
		{"company = '' and pid 1", "listener"}, {"signature = '' and pid 1", "listener"},
		{"services != '' and pid 7", "web"},
		{"owner_user = 33", "web"},
		{"owner_user = alice", ""},
		{"owner_unknown = time-wait", "client"},
		{"owner_unknown != '' and proto tcp", "client"},
		{"peer_inode = 4300 peer_state = CLOSE-WAIT peer_netns = red", "web"},
		{"peer_translated", "web"},
		{"peer_waiting", ""},
		{"peer_waiting = no", "web"},
		{"cookie = 0", ""},
		{"mark = 5 interface_index = 2", "web"},
		{"cgroup_id = 77", "web"},
		{"local_address = 10.0.0.1:443 remote_address = 192.168/16", "web"},
		{"path = /run/*", "unix"},
		{"local_name = *:*", "every netlink packet vsock"},
		{"remote_name = 2:1024", "vsock"},
		{"netid = p_*", "every packet"},
		{"type = dgram", "every"},
		{"protocol = ip", "packet"},
		{"device = eth*", "packet"},
		{"accepting", "unix"},
		{"accepting = no", "auto"},
		{"timer = none and sport = 22", "listener"},
		{"recv_queue > 0 and send-queue > 0", "web"},

		// "or" binds less than "and", which may be omitted.
		{"sport = :22 or sport = :443 dport = :50000", "listener web"},
		{"sport = :22 | sport = :443 & dport = :50000", "listener web"},
		{"sport = :443 dport = :50000 or sport = :22", "listener web"},
		{"( sport = :22 or sport = :443 ) dport = :50000", "web"},
		{"(sport=:22||sport=:443)&&dport=:50000", "web"},
		{"not sport = :22 and not sport = :443 and proto tcp", "client windows"},
		{"not ( sport = :22 or sport = :443 ) and proto tcp", "client windows"},
		{"not not sport = :22", "listener"},
		{"!!sport=:22", "listener"},
	} {
		e := mustParse(t, test.text)
		var got []string
		for _, name := range strings.Fields(every) {
			if e.Match(rows[name]) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q = %q\ngot  %v\nwant %v", test.text, e, got, test.want)
		}
		again := mustParse(t, e.String())
		if again.String() != e.String() {
			t.Errorf("%q: %q reads as %q", test.text, e, again)
		}
		for _, name := range strings.Fields(every) {
			if r := rows[name]; again.Match(r) != e.Match(r) {
				t.Errorf("%q: %q matches differently for %s", test.text, e, name)
			}
		}
		checkNeed(t, e, rows)
	}
	var none *Expr
	if need, ok := none.Need(netstat.TCP4Table); !none.Match(rows["web"]) || !ok || need.Where != nil || none.String() != "" || none.HasState() {
		t.Error("a nil expression does not match every socket")
	}
}

// checkNeed checks that no row that a Source may leave out matches.
func checkNeed(t *testing.T, e *Expr, rows map[string]*fact.Record) {
	t.Helper()
	for name, r := range rows {
		if !e.Match(r) {
			continue
		}
		s := &r.Row.Socket
		need, ok := e.Need(s.Table)
		if !ok || need.States != 0 && !need.States.Has(s.State) || !need.Where.Match(s) {
			t.Errorf("%q: Need excludes a match: %s %+v: %v, %+v", e, name, s, ok, need)
		}
	}
}

func TestNeed(t *testing.T) {
	states := netstat.States
	all := "-"
	where := func(c *netstat.Condition) string { return whereText(c) }
	for _, test := range []struct {
		text   string
		table  netstat.Table
		ok     bool
		states netstat.StateSet
		where  string
	}{
		{"", netstat.TCP4Table, true, 0, all},
		{"state established", netstat.TCP4Table, true, states(netstat.Established), all},
		{"state established", netstat.UDP4Table, true, 0, all},
		{"state all", netstat.TCP4Table, true, 0, all},
		{"state bound", netstat.TCP4Table, true, states(netstat.Bound), all},
		{"not exclude bound", netstat.TCP4Table, true, states(netstat.Bound), all},
		{"state bound and exclude listening", netstat.TCP4Table, true, states(netstat.Bound), all},
		{"state bound or sport 1", netstat.TCP4Table, true, tcpStates | states(netstat.Bound, netstat.DeleteTCB), all},
		{"exclude listening", netstat.TCP4Table, true, tcpStates&^states(netstat.Listen) | states(netstat.DeleteTCB), all},
		{"state listening state established", netstat.TCP4Table, true, states(netstat.Listen, netstat.Established), all},
		{"state listening and state established", netstat.TCP4Table, false, 0, all},
		{"state recovering", netstat.TCP4Table, false, 0, all},
		{"state listening", netstat.UDP6Table, false, 0, all},
		{"state listening", netstat.NetlinkTable, false, 0, all},
		{"state listening", netstat.UnixTable, true, 0, all},
		{"state listening", netstat.VSockTable, true, 0, all},
		{"state time-wait", netstat.UnixTable, false, 0, all},
		{"state established", netstat.NetlinkTable, true, 0, all},
		{"not state listening", netstat.UDP4Table, true, 0, all},
		{"state listening or sport 1", netstat.TCP4Table, true, 0, all},
		{"( state listening and sport 2 ) or ( state established and sport 1 )", netstat.TCP4Table, true, states(netstat.Listen, netstat.Established), "(l=2|l=1)"},
		{"sport 1 and pid = 4 and dport >= 5", netstat.TCP4Table, true, 0, "(l=1&r>=5)"},
		{"sport 1 or pid = 4", netstat.TCP4Table, true, 0, all},
		{"not ( sport 1 or pid = 4 )", netstat.TCP4Table, true, 0, "!l=1"},
		{"not ( sport 1 and pid = 4 )", netstat.TCP4Table, true, 0, all},
		{"family inet6 or sport 1", netstat.TCP4Table, true, 0, "l=1"},
		{"family inet6 or sport 1", netstat.TCP6Table, true, 0, all},
		{"family inet6 and sport 1", netstat.TCP4Table, false, 0, all},
		{"family != inet6 and sport 1", netstat.TCP6Table, false, 0, all},
		{"sport 1", netstat.UnixTable, false, 0, all},
		{"sport != 1", netstat.UnixTable, true, 0, all},
		{"src [::1]", netstat.TCP4Table, false, 0, all},
		{"src [::1] or proto udp", netstat.UDP4Table, true, 0, all},
		{"src 10/8:22", netstat.TCP6Table, true, 0, "(l~10.0.0.0/8&l=22)"},
		{"port 22", netstat.TCP6Table, true, 0, "(l=22|r=22)"},
		{"rtt > 5ms", netstat.UDP4Table, false, 0, all},
		{"rtt != 5ms", netstat.UDP4Table, true, 0, all},
		{"src unix:/x", netstat.TCP4Table, false, 0, all},
		{"dev 3 fwmark 1/3 not cgroup /system.slice autobound", netstat.TCP4Table, true, 0, "(dev=3&mark=1/3&!cgroup=77&auto)"},
	} {
		need, ok := mustParse(t, test.text).Need(test.table)
		if ok != test.ok {
			t.Errorf("%q of %v: wanted %v", test.text, test.table, ok)
			continue
		}
		if ok && (need.States != test.states || where(need.Where) != test.where) {
			t.Errorf("%q of %v: states %b, where %s; want %b, %s", test.text, test.table, need.States, where(need.Where), test.states, test.where)
		}
	}

	facts := mustParse(t, "rtt > 5ms or rcvbuf > 5 or process = x or container = y or unit = z or netns = n or peer_process = p or fwmark 1 or cgroup /system.slice or dev 1 or autobound or tos 1 or ulp tls or uid 1 or recvq 1 or exe x").Needs()
	want := fact.Needs{
		Socket: netstat.FactTCPInfo | netstat.FactMemory | netstat.FactInode | netstat.FactMark | netstat.FactCgroup | netstat.FactInterface |
			netstat.FactAutobound | netstat.FactTOS | netstat.FactULP | netstat.FactUID | netstat.FactQueues | netstat.FactPeer,
		Process: netstat.FactArgv0 | netstat.FactExecutable | netstat.FactProcessCgroup, Owners: true, Peers: true, NetNS: true,
	}
	if facts != want {
		t.Errorf("facts %+v\nwant  %+v", facts, want)
	}
	if mustParse(t, "sport 1").HasState() || !mustParse(t, "sport 1 or not state closed").HasState() {
		t.Error("HasState is wrong")
	}
}

// whereText returns a short text of a condition.
func whereText(c *netstat.Condition) string {
	if c == nil {
		return "-"
	}
	end := [...]string{"l", "r"}[c.End]
	switch c.Kind {
	case netstat.WhereNot:
		return "!" + whereText(c.Of[0])
	case netstat.WherePort:
		return fmt.Sprintf("%s%v%d", end, c.Compare, c.Port)
	case netstat.WherePrefix:
		return fmt.Sprintf("%s~%v", end, c.Prefix)
	case netstat.WhereInterface:
		return fmt.Sprint("dev=", c.Number)
	case netstat.WhereMark:
		return fmt.Sprintf("mark=%d/%d", c.Number, c.Mask)
	case netstat.WhereCgroup:
		return fmt.Sprint("cgroup=", c.Number)
	case netstat.WhereAutobound:
		return "auto"
	}
	var parts []string
	for _, part := range c.Of {
		parts = append(parts, whereText(part))
	}
	return "(" + strings.Join(parts, map[netstat.ConditionKind]string{netstat.WhereAll: "&", netstat.WhereAny: "|"}[c.Kind]) + ")"
}

// TestErrorsGolden compares the message and the carets of every mistake with
// the golden file.
func TestErrorsGolden(t *testing.T) {
	input, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for line := range strings.Lines(string(input)) {
		line = strings.TrimSuffix(line, "\n")
		_, err := Parse(line, testEnv)
		var mistake *Error
		if !errors.As(err, &mistake) {
			t.Errorf("%q: no mistake", line)
			continue
		}
		fmt.Fprintf(&b, "%s\n    %s\n", mistake, strings.ReplaceAll(mistake.Caret(), "\n", "\n    "))
	}
	if *update {
		if err := os.WriteFile("testdata/errors.golden", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/errors.golden")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("got\n%s", b.Bytes())
	}
}

// TestWithoutEnv checks that without an Env names are mistakes and nothing else
// fails.
func TestWithoutEnv(t *testing.T) {
	for text, reason := range map[string]string{
		"sport = :http":      "unknown service",
		"src localhost":      "host names cannot be looked up",
		"dev lo":             "give the number",
		"cgroup /":           "no control groups",
		"sport = :http-alt ": "unknown service",
	} {
		if _, err := Parse(text, Env{}); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v", text, err)
		}
	}
	e, err := Parse("user = system", Env{})
	if err != nil {
		t.Fatal(err)
	}
	rows := testRows()
	if !e.Match(rows["windows"]) || e.Match(rows["web"]) || e.Needs().Process != netstat.FactUser || !e.Needs().Owners {
		t.Errorf("%v: facts %+v", e, e.Needs())
	}
}

// TestPreferredFamily checks that an address without a family has that of the
// report, if the report has only one.
func TestPreferredFamily(t *testing.T) {
	rows := testRows()
	for _, test := range []struct {
		family netstat.Family
		text   string
		want   string
	}{
		{netstat.Unix, "src *x11.sock", "unix"},
		{netstat.Unix, "src inet:10/8", "web windows"},
		{netstat.Unix, "sport = 443", "mapped web"},
		{netstat.Packet, "src ip", "packet"},
		{netstat.Packet, "src *:eth0", "packet"},
		{netstat.Packet, "sport = eth0", "packet"},
		{netstat.Netlink, "src genl:4242", "netlink"},
		{netstat.Netlink, "sport = :4242", "netlink"},
		{netstat.Netlink, "port = 4242", "netlink"},
		{netstat.VSock, "dport = 1024", "vsock"},
		{netstat.Inet, "sport = 443", "mapped web"},
		{netstat.Inet6, "src 10.0.0.1", "mapped web"},
		{netstat.TIPC, "src x", ""},
	} {
		env := testEnv
		env.Family = test.family
		e, err := Parse(test.text, env)
		if err != nil {
			t.Fatalf("%v: %q: %v", test.family, test.text, err)
		}
		var got []string
		for name, r := range rows {
			if e.Match(r) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v: %q = %q: %v, want %v", test.family, test.text, e, got, test.want)
		}
		checkNeed(t, e, rows)
	}
}

func TestShort(t *testing.T) {
	for _, test := range []struct {
		short Short
		want  string
	}{
		{Short{}, ""},
		{Short{Ports: []string{"80"}}, "port = :80"},
		{Short{Ports: []string{"80,https", "1000-2000"}}, "port = :80 or port = :443 or port = :1000-2000"},
		{
			Short{States: []string{"listen", "established"}, PIDs: []string{"1"}, Processes: []string{"a,b", "nginx*"}, Users: []string{"root"}},
			`( state listen or state established ) and pid = 1 and ( process = "a,b" or process = a or process = b or process = nginx* ) and user = 0`,
		},
	} {
		e, err := test.short.Expr(testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if e.String() != test.want {
			t.Errorf("%+v: %q, want %q", test.short, e, test.want)
		}
		if again := mustParse(t, e.String()); again.String() != test.want {
			t.Errorf("%q reads as %q", test.want, again)
		}
	}
	_, err := Short{States: []string{"LISTN"}}.Expr(testEnv)
	if err == nil || !strings.HasPrefix(err.Error(), "--state: unknown state 'LISTN': did you mean LISTEN? (known: ESTABLISHED, ") {
		t.Error(err)
	}
	for want, short := range map[string]Short{
		`--port: column 4: unknown service 'x'`:                      {States: []string{"listen"}, Ports: []string{"22", "80,x"}, Users: []string{"no"}},
		`--pid: a value is missing`:                                  {PIDs: []string{""}},
		`--pid: column 3: a value is missing`:                        {PIDs: []string{"1,,2"}},
		`--user: column 7: no such user: 'nobody-there'`:             {Users: []string{"alice,nobody-there"}},
		`--port: column 4: the range ends before it begins: '20-10'`: {Ports: []string{"22,20-10"}},
	} {
		var mistake *Error
		if _, err := short.Expr(testEnv); !errors.As(err, &mistake) || err.Error() != want {
			t.Errorf("%+v: %v, want %s", short, err, want)
		}
	}
}

// allFields returns the names of all fields, without aliases.
func allFields() []string {
	list := []string{"address", "port"}
	for _, f := range facts() {
		if field := new(parser).fieldNamed(f.Name); field.parse != nil {
			list = append(list, f.Name, field.name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// TestManual checks that every field is in the manual of filters or of columns,
// and that the manual's examples parse.
func TestManual(t *testing.T) {
	b, err := os.ReadFile("../docs/filters.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	columns, err := os.ReadFile("../docs/columns.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range allFields() {
		if !strings.Contains(text, "`"+name+"`") && !strings.Contains(string(columns), "`"+name+"`") {
			t.Errorf("field %s is missing in the manual", name)
		}
	}
	for _, s := range stateNames {
		if !strings.Contains(text, "`"+s.name+"`") {
			t.Errorf("state %s is missing in the manual", s.name)
		}
	}
	_, after, _ := strings.Cut(text, "\n## Examples\n")
	after, _, _ = strings.Cut(after, "\n## ")
	examples := 0
	for line := range strings.Lines(after) {
		if line = strings.TrimSpace(line); line != "" {
			mustParse(t, line)
			examples++
		}
	}
	if examples < 10 {
		t.Errorf("%d examples", examples)
	}
}

// TestMatchAllocates checks that a match costs no allocation.
func TestMatchAllocates(t *testing.T) {
	e := mustParse(t, "state established ( sport = :443 or src 10/8 or src unix:*x* ) not dst [fe80::]/10 process = ngin?* rtt > 1ms user = alice fwmark 5/7 bytes_acked > 1M congestion = c* slice = system* command = nginx* exe_deleted services = WAS timer = none netid = t* peer_state = CLOSE* owner_unknown = '' not src link:ip:eth* not dst netlink:*:kernel")
	pairs := mustParse(t, "recvq > max_backlog or local_address = remote_address or src = dst or process = peer_process or pid <= parent or user = owner_user or rtt < min_rtt or "+
		"started < started or accept_full or exe_deleted != exe_deleted or netns = peer_netns or peer_state = TIME_WAIT or owners = x or port in 1,2,3 or protocol = 5 or process not in nginx,nginx-worker")
	rows := testRows()
	if !e.Match(rows["web"]) || pairs.Match(rows["web"]) {
		t.Fatal("does not match")
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, name := range []string{"web", "unix", "listener", "packet", "netlink", "vsock"} {
			e.Match(rows[name])
			pairs.Match(rows[name])
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		fold, want bool
	}{
		{"", "", false, true},
		{"", "a", false, false},
		{"*", "", false, true},
		{"*", "a/b", false, true},
		{"a*b*c", "a/xx/b.c.c", false, true},
		{"a*b", "ab", false, true},
		{"a*b", "abc", false, false},
		{"?", "é", false, true},
		{"?", "", false, false},
		{"[a-c]x", "bx", false, true},
		{"[!a-c]x", "bx", false, false},
		{"[^a-c]x", "dx", false, true},
		{"[]x]", "]", false, true},
		{"[a-]", "-", false, true},
		{"[a", "[a", false, true},
		{"[A-C]", "b", true, true},
		{"[A-C]", "b", false, false},
		{`\*`, "*", false, true},
		{`\*`, "a", false, false},
		{`a\`, `a\`, false, true},
		{"ABC", "abc", true, true},
		{"ABC", "abc", false, false},
		{"*aab", "aaaab", false, true},
	} {
		if got := glob(test.pattern, test.s, test.fold); got != test.want {
			t.Errorf("glob(%q, %q, %v) = %v", test.pattern, test.s, test.fold, got)
		}
	}
}

// checkExpr checks properties of any parsed expression.
func checkExpr(t *testing.T, text string) {
	t.Helper()
	e, err := Parse(text, testEnv)
	if err != nil {
		var mistake *Error
		if !errors.As(err, &mistake) || mistake.Text != text || mistake.Offset < 0 || mistake.Length < 0 ||
			mistake.Offset+mistake.Length > len(text) || mistake.Length == 0 && mistake.Offset != len(text) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%q: %#v", text, err)
		}
		_ = mistake.Caret()
		return
	}
	again, err := Parse(e.String(), testEnv)
	if err != nil || again.String() != e.String() {
		t.Fatalf("%q: %q reads as %q, %v", text, e, again, err)
	}
	if !reflect.DeepEqual(again.Needs(), e.Needs()) || again.HasState() != e.HasState() {
		t.Fatalf("%q: %q has other facts", text, e)
	}
	rows := testRows()
	for name, r := range rows {
		if again.Match(r) != e.Match(r) {
			t.Fatalf("%q: %q matches differently for %s", text, e, name)
		}
	}
	checkNeed(t, e, rows)
}

// TestRandomExpressions checks expressions of random tests and operators.
func TestRandomExpressions(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	tests := []string{
		"state established", "exclude listening", "state bucket", "state != closed", "state bound", "sport = :443", "dport > :1000", "sport != :22",
		"src 10/8", "dst *:80", "src [::]/96", "dev lo", "dev != 2", "fwmark 5", "cgroup /system.slice", "autobound", "pid 7", "process = ngin*",
		"src link:*:eth0", "sport > netlink::5", "dst vsock:2", "command = x*", "owner_unknown = time-wait", "exe_deleted = no", "started > 2026-01-01", "timer = none",
		"user alice", "family inet", "proto tcp", "rtt > 5ms", "src unix:/*", "port 443", "app_limited", "uid != 0", "src inet6:*", "sport = *",
	}
	var make func(depth int) string
	make = func(depth int) string {
		if depth == 0 || r.IntN(4) == 0 {
			return tests[r.IntN(len(tests))]
		}
		switch r.IntN(5) {
		case 0:
			return "not " + make(depth-1)
		case 1:
			return "( " + make(depth-1) + " )"
		case 2:
			return make(depth-1) + " or " + make(depth-1)
		case 3:
			return make(depth-1) + " and " + make(depth-1)
		}
		return make(depth-1) + " " + make(depth-1)
	}
	for range 20000 {
		text := make(r.IntN(6))
		if _, err := Parse(text, testEnv); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		checkExpr(t, text)
	}
}

func FuzzParse(f *testing.F) {
	input, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(input)) {
		f.Add(strings.TrimSuffix(line, "\n"))
	}
	for _, text := range []string{
		"state established and ( dport = :443 or process = nginx ) and not dst 10.0.0.0/8",
		"src [::1/64]:22-80 || dst unix:'a b' & fwmark 0x1/0x3", `process = "a\"b\\" rtt > 1.5ms`, "pacing_rate >= 1.5Gbit, sendq 1Ki-2Mi",
	} {
		f.Add(text)
	}
	f.Fuzz(checkExpr)
}

func FuzzGlob(f *testing.F) {
	f.Add("a*[b-c]?", "axbz", true)
	f.Fuzz(func(t *testing.T, pattern, s string, fold bool) {
		if len(pattern) > 100 || len(s) > 1000 {
			return
		}
		got := glob(pattern, s, fold)
		if got && !strings.ContainsAny(pattern, `[\`) && !glob("*"+pattern+"*", s, fold) {
			t.Errorf("%q matches %q, but not with stars around", pattern, s)
		}
		if !strings.ContainsAny(pattern, `*?[\`) && !fold && got != (pattern == s) && strings.ToValidUTF8(pattern+s, "") == pattern+s {
			t.Errorf("%q, %q: %v", pattern, s, got)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	e := mustParse(b, "state established and ( dport = :443 or process = nginx ) and not dst 10.0.0.0/8")
	r := testRows()["web"]
	b.ReportAllocs()
	for b.Loop() {
		e.Match(r)
	}
}
