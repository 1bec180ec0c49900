package wine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux"
	"netstat/test/live"
	"netstat/test/need"
)

// report is the helper's output; see there. Detail is sealed, so JSON cannot decode it.
type report struct {
	Sockets map[string][]struct {
		netstat.Socket
		Detail *netstat.WindowsDetail
	}
	Counters   map[string][]netstat.Counter
	Routes     map[string][]netstat.Route
	Persistent map[string][]netstat.Route
	Groups     map[string][]netstat.Membership
	Neighbors  map[string][]netstat.Neighbor
	Interfaces []netstat.Interface
	Self, Idle netstat.Process
	Errors     map[string]string
	Warnings   []string

	Elevated                          bool
	ElevationText, Language, HostName string
}

// world is the host shared by all tests, with sockets and interfaces to compare.
type world struct {
	*Host
	helper string
	open   []io.Closer
	inWine *Process
}

var shared *world

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if code, run := need.Package(m, need.NoNamespaces); !run {
		return code
	}
	for _, tool := range []string{"wine", "wineserver", compiler, resources, "osslsigncode", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Fprintln(os.Stderr, "test/wine needs wine, wine64, gcc-mingw-w64-x86-64, osslsigncode and iproute2:", err)
			return 1
		}
	}
	dir, err := os.MkdirTemp("", "wine")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if shared, err = begin(dir); err == nil {
		code := m.Run()
		if err = shared.end(); err == nil {
			return code
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func begin(dir string) (*world, error) {
	h, err := Start(dir)
	if err != nil {
		return nil, err
	}
	w := &world{Host: h}
	if err := w.populate(); err != nil {
		return nil, errors.Join(err, w.end())
	}
	return w, nil
}

func (w *world) end() error {
	var err error
	if w.inWine != nil {
		err = w.inWine.Stop()
	}
	for _, c := range w.open {
		c.Close()
	}
	return errors.Join(err, w.Close())
}

// populate creates interfaces, routes and sockets, of Linux and of Wine.
func (w *world) populate() error {
	for _, line := range []string{
		"link add veth0 type veth peer name veth1", "link set veth0 mtu 1400", "link set veth0 up", "link set veth1 up",
		"addr add 192.0.2.5/24 broadcast 192.0.2.255 dev veth0", "addr add 2001:db8::5/64 dev veth0 nodad",
		"neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev veth0 nud permanent",
		"route add default via 192.0.2.1", "route add 198.51.100.0/25 via 192.0.2.7", "route add 203.0.113.9/32 dev veth0",
	} {
		if err := w.Native("ip", strings.Fields(line)...); err != nil {
			return err
		}
	}
	err := w.In(func() error { return live.Reachable("2001:db8::5") })
	if err != nil {
		return err
	}
	if w.helper, err = w.Build("netstat/test/wine/helper", false); err != nil {
		return err
	}
	if err := w.In(w.sockets); err != nil {
		return err
	}
	if w.inWine, err = w.Begin(w.helper, "hold", "127.0.0.1", "::1", "192.0.2.5"); err != nil {
		return err
	}
	lines := bufio.NewReader(w.inWine.Stdout)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("the helper's output: %q, %w", line, err)
		}
		if strings.TrimSpace(line) == "ready" {
			return nil
		}
	}
}

// sockets creates Linux sockets in every state that persists by itself.
func (w *world) sockets() error {
	keep := func(c io.Closer, err error) error {
		if err == nil {
			w.open = append(w.open, c)
		}
		return err
	}
	for _, c := range []struct{ version, address, to string }{
		{"4", "127.0.0.1:135", "127.0.0.1:135"}, {"6", "[::1]:445", "[::1]:445"},
		{"4", "192.0.2.5:80", "192.0.2.5:80"}, {"6", "[2001:db8::5]:443", "[2001:db8::5]:443"},
		{"4", "0.0.0.0:49152", "127.0.0.9:49152"}, {"6", "[::]:49153", "[::1]:49153"},
	} {
		l, err := net.Listen("tcp"+c.version, c.address)
		if err := keep(l, err); err != nil {
			return err
		}
		for range 2 {
			client, err := net.Dial("tcp", c.to)
			if err := keep(client, err); err != nil {
				return err
			}
			server, err := l.Accept()
			if err := keep(server, err); err != nil {
				return err
			}
			if len(w.open)%2 == 1 {
				continue
			}
			if err := server.(*net.TCPConn).CloseWrite(); err != nil { // FIN-WAIT-2 and CLOSE-WAIT
				return err
			}
		}
		if err := closeFirst(l, c.to); err != nil {
			return err
		}
		if err := keep(net.ListenPacket("udp"+c.version, c.address)); err != nil {
			return err
		}
		if err := keep(net.Dial("udp", c.to)); err != nil {
			return err
		}
	}
	return nil
}

// closeFirst leaves a connection in TIME-WAIT, which lasts a minute.
func closeFirst(l net.Listener, to string) error {
	client, err := net.Dial("tcp", to)
	if err != nil {
		return err
	}
	server, err := l.Accept()
	if err != nil {
		return err
	}
	return errors.Join(client.Close(), server.Close())
}

// windows returns what the back end reports under Wine.
func (w *world) windows(t *testing.T, args ...string) *report {
	t.Helper()
	r, err := w.Run(w.helper, append([]string{"rows"}, args...)...)
	if err != nil || r.Code != 0 || len(r.Stderr) > 0 {
		t.Fatalf("status %d, %v\n%s", r.Code, err, r.Stderr)
	}
	rep := new(report)
	if err := json.Unmarshal(r.Stdout, rep); err != nil {
		t.Fatalf("%v in\n%s", err, r.Stdout)
	}
	return rep
}

// linux calls f with Linux's view of the namespace: its files, which belong to the
// thread that In uses.
func (w *world) linux(t *testing.T, f func(src netstat.Source) error) {
	t.Helper()
	err := w.In(func() error {
		src, err := linux.Open(linux.Options{ProcRoot: "/proc/thread-self"})
		if err != nil {
			return err
		}
		defer src.Close()
		return f(src)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func describe(s *netstat.Socket) string {
	remote := "*"
	if s.Remote.IP.IsValid() {
		remote = netip.AddrPortFrom(s.Remote.IP, s.Remote.Port).String()
	}
	return fmt.Sprintf("%v %v %s %s", s.Table, s.State, netip.AddrPortFrom(s.Local.IP, s.Local.Port), remote)
}

// linuxSockets lists Linux's sockets in Windows' terms: UDP without peers.
func (w *world) linuxSockets(t *testing.T) []string {
	var all []string
	w.linux(t, func(src netstat.Source) error {
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table} {
			for s, err := range src.Sockets(context.Background(), table, netstat.Need{}) {
				if err != nil {
					return err
				}
				if table.Protocol == netstat.UDP {
					s.Remote, s.State = netstat.Addr{}, netstat.Closed
				}
				all = append(all, describe(&s))
			}
		}
		return nil
	})
	slices.Sort(all)
	return all
}

// linuxCounters returns Linux's counters of protocols, and the bytes of each interface.
func (w *world) linuxCounters(t *testing.T) map[string]uint64 {
	counters := make(map[string]uint64)
	w.linux(t, func(src netstat.Source) error {
		for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
			for c, err := range src.Counters(context.Background(), f) {
				if err != nil {
					return err
				}
				counters[c.Group+"."+c.Name] = c.Value
			}
		}
		for i, err := range src.Interfaces(context.Background(), netstat.InterfaceQuery{}) {
			if err != nil {
				return err
			}
			counters[i.Name+".in"], counters[i.Name+".out"] = i.Receive.Bytes, i.Transmit.Bytes
		}
		return nil
	})
	return counters
}

// TestSockets compares every socket of the namespace, those of Linux and those of
// Windows programs, in every row layout of the back end.
func TestSockets(t *testing.T) {
	// Those of populate may have expired.
	if err := shared.In(func() error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		return errors.Join(closeFirst(l, l.Addr().String()), l.Close())
	}); err != nil {
		t.Fatal(err)
	}
	want := shared.linuxSockets(t)
	if len(want) < 40 {
		t.Fatalf("only %d sockets: %q", len(want), want)
	}
	states := make(map[netstat.State]int)
	for _, facts := range []netstat.Facts{0, netstat.FactCreated, netstat.FactOffload, netstat.FactCreated | netstat.FactOffload} {
		rep := shared.windows(t, "-facts", fmt.Sprint(uint(facts)))
		if rep = again(t, want, rep, facts); rep == nil {
			continue
		}
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table} {
			rows := rep.Sockets[table.String()]
			for i := range rows {
				states[rows[i].State]++
				if (facts != 0) != (rows[i].Detail != nil) {
					t.Errorf("facts %b: detail %v", facts, rows[i].Detail)
				}
				if facts&netstat.FactOffload != 0 && table.Protocol == netstat.TCP && rows[i].Detail.Offload != netstat.OffloadInHost {
					t.Errorf("facts %b: %s: offload %d", facts, describe(&rows[i].Socket), rows[i].Detail.Offload)
				}
				if rows[i].Absent == 0 || rows[i].Local.Scope != 0 && !rows[i].Local.IP.IsLinkLocalUnicast() {
					t.Errorf("%+v", rows[i].Socket)
				}
			}
		}
	}
	for _, s := range []netstat.State{netstat.Listen, netstat.Established, netstat.FinWait2, netstat.CloseWait, netstat.TimeWait, netstat.Closed} {
		if states[s] == 0 {
			t.Errorf("no socket in %v", s)
		}
	}
}

// again compares the sockets of a report with Linux's before it, and takes another report
// if they differ, up to twice. Reports during which Linux's sockets changed do not count: a
// TIME-WAIT may have expired.
func again(t *testing.T, want []string, rep *report, facts netstat.Facts) *report {
	t.Helper()
	for same, tries := 0, 0; ; tries++ {
		var got []string
		for _, rows := range rep.Sockets {
			for i := range rows {
				got = append(got, describe(&rows[i].Socket))
			}
		}
		slices.Sort(got)
		if slices.Equal(got, want) {
			return rep
		}
		now := shared.linuxSockets(t)
		if slices.Equal(now, want) {
			same++
		}
		if same == 3 || tries == 30 {
			t.Errorf("facts %b: Wine has\n%s\nLinux has\n%s", facts, strings.Join(got, "\n"), strings.Join(want, "\n"))
			return nil
		}
		want, rep = now, shared.windows(t, "-facts", fmt.Sprint(uint(facts)))
	}
}

// TestOtherTables compares interfaces, addresses, routes, groups and counters.
func TestOtherTables(t *testing.T) {
	rep := shared.windows(t)
	wantErrors := map[string]string{
		"sockets raw": "read raw: not supported on Windows", "sockets unix": "read unix: not supported on Windows",
		"neighbours inet6": "read neighbours of inet6: Invalid function (Windows error 1)",
		"nat":              "read NAT sessions: not supported on Windows", "no process": "read process: file does not exist",
	}
	if fmt.Sprint(rep.Errors) != fmt.Sprint(wantErrors) || len(rep.Warnings) > 0 {
		t.Errorf("errors %q, warnings %q", rep.Errors, rep.Warnings)
	}

	// Interfaces: Linux's numbers, names, addresses and counters.
	err := shared.In(func() error {
		list, err := net.Interfaces()
		if err != nil {
			return err
		}
		if len(list) != len(rep.Interfaces) {
			return fmt.Errorf("%d interfaces, Linux has %d", len(rep.Interfaces), len(list))
		}
		for _, want := range list {
			at := slices.IndexFunc(rep.Interfaces, func(i netstat.Interface) bool { return i.Index == uint32(want.Index) })
			if at < 0 {
				return fmt.Errorf("no interface %d", want.Index)
			}
			got := rep.Interfaces[at]
			if got.Name != want.Name || got.MTU != uint32(want.MTU) || string(got.HardwareAddr) != string(want.HardwareAddr) ||
				got.Flags.Has(netstat.InterfaceLoopback) != (want.Flags&net.FlagLoopback != 0) || !got.HasCounters || got.Unlisted {
				t.Errorf("%+v\nLinux has %+v", got, want)
			}
			addrs, err := want.Addrs()
			if err != nil {
				return err
			}
			var mine, theirs []string
			for _, a := range got.Addrs {
				mine = append(mine, a.Prefix.String())
			}
			for _, a := range addrs {
				theirs = append(theirs, a.String())
			}
			slices.Sort(mine)
			slices.Sort(theirs)
			if !slices.Equal(mine, theirs) {
				t.Errorf("%s: addresses %q, Linux has %q", got.Name, mine, theirs)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}

	// IPv4 routes without metrics, which Wine lacks.
	route := func(r netstat.Route) string {
		// Wine takes a route to a host on this link for a route to this host.
		return fmt.Sprint(r.Destination.Masked(), " ", r.Gateway, " ", r.Interface, " ", r.Flags&^netstat.RouteLocal)
	}
	var got, want []string
	for _, r := range rep.Routes["inet"] {
		got = append(got, route(r))
	}
	shared.linux(t, func(src netstat.Source) error {
		for r, err := range src.Routes(context.Background(), netstat.RouteQuery{Family: netstat.Inet}) {
			if err != nil {
				return err
			}
			want = append(want, route(r))
		}
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) != 4 {
		t.Errorf("routes %q, Linux has %q", got, want)
	}

	// Neighbours: the one of IPv4 that populate added, and groups that Wine adds.
	near := slices.DeleteFunc(rep.Neighbors["inet"], func(n netstat.Neighbor) bool { return n.Address.IsMulticast() })
	if len(near) != 1 || near[0].Address.String() != "192.0.2.1" || string(near[0].HardwareAddr) != "\x02\x00\x00\x00\x00\x01" ||
		near[0].State != netstat.NeighborPermanent || near[0].Interface != "veth0" || near[0].Index == 0 || near[0].Router {
		t.Errorf("neighbours %+v", near)
	}

	// Processes exist in Wine under names and numbers different from Linux's.
	if rep.Self.Argv0 != "netstat-test-wine-helper.exe" || !strings.HasSuffix(rep.Self.Executable, `\`+rep.Self.Argv0) ||
		!strings.HasPrefix(rep.Self.Executable, "Z:") || !strings.Contains(rep.Self.User, `\`) || time.Since(rep.Self.Started).Abs() > time.Hour {
		t.Errorf("self: %+v", rep.Self)
	}
	if rep.Idle.Argv0 != "System Idle Process" {
		t.Errorf("idle: %+v", rep.Idle)
	}
	name, err := os.Hostname()
	if err != nil || !strings.EqualFold(rep.HostName, name) || !rep.Elevated || rep.Language == "" || rep.ElevationText != "" {
		t.Errorf("host %q, elevated %v, language %q, elevation %q", rep.HostName, rep.Elevated, rep.Language, rep.ElevationText)
	}
}

// TestCounters sends known amounts of traffic between two readings of the counters and
// compares the increases with Linux's.
func TestCounters(t *testing.T) {
	type numbers = map[string]uint64
	// Sockets of other tests may still send packets: only readings between which Linux
	// counts nothing can be compared.
	look := func() (windows, linux numbers) {
		for range 1000 {
			linux = shared.linuxCounters(t)
			rep := shared.windows(t)
			if !maps.Equal(linux, shared.linuxCounters(t)) {
				continue
			}
			windows = numbers{}
			for _, list := range rep.Counters {
				for _, c := range list {
					windows[c.Group+"."+c.Name] = c.Value
				}
			}
			for _, i := range rep.Interfaces {
				windows[i.Name+".in"], windows[i.Name+".out"] = i.Receive.Bytes, i.Transmit.Bytes
			}
			return windows, linux
		}
		t.Fatal("the counters keep changing")
		return nil, nil
	}
	before, beforeLinux := look()
	err := shared.In(func() error {
		u, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer u.Close()
		for range 1000 {
			if _, err := u.WriteTo([]byte("x"), u.LocalAddr()); err != nil {
				return err
			}
		}
		for range 50 {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				return err
			}
			if err := errors.Join(c.Close(), l.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	after, afterLinux := look()
	for _, c := range []struct {
		windows, linux string
		least          uint64
	}{
		{"Ip.InReceives", "Ip.InReceives", 1200}, {"Ip.InDelivers", "Ip.InDelivers", 1200}, {"Ip.OutRequests", "Ip.OutRequests", 1200},
		{"Tcp.ActiveOpens", "Tcp.ActiveOpens", 50}, {"Tcp.PassiveOpens", "Tcp.PassiveOpens", 50},
		{"Tcp.InSegs", "Tcp.InSegs", 200}, {"Tcp.OutSegs", "Tcp.OutSegs", 200},
		{"Udp.OutDatagrams", "Udp.OutDatagrams", 1000}, {"lo.in", "lo.in", 20000}, {"lo.out", "lo.out", 20000},
	} {
		mine, theirs := after[c.windows]-before[c.windows], afterLinux[c.linux]-beforeLinux[c.linux]
		if mine != theirs || mine < c.least {
			t.Errorf("%s grew by %d, Linux's by %d; at least %d happened", c.windows, mine, theirs, c.least)
		}
		if after[c.windows] != afterLinux[c.linux] {
			t.Errorf("%s is %d, Linux's %d", c.windows, after[c.windows], afterLinux[c.linux])
		}
	}
	for _, name := range []string{"Ip6.InReceives", "Tcp6.CurrEstab", "Udp6.NumAddrs", "Icmp6.InMsgs", "Icmp.InMsgs"} {
		if _, ok := after[name]; !ok {
			t.Errorf("no %s", name)
		}
	}
}

// TestMissingInWine requests everything that Wine 8.0 lacks: it is reported, and no row is
// lost. Later versions may have some of it.
func TestMissingInWine(t *testing.T) {
	version, err := shared.native("wine", "--version")
	if err != nil {
		t.Fatal(err)
	}
	rep := shared.windows(t, "-facts", fmt.Sprint(uint(^netstat.Facts(0))), "-states", fmt.Sprint(uint(netstat.AllStates)))
	for _, want := range []string{
		"read templates of tcp:", "find components of tcp:", "find components of udp6:", "list bound ports of tcp:",
		"list bound ports of tcp6:", "read connection statistics of tcp:", "read connection statistics of tcp6:",
	} {
		said := slices.ContainsFunc(rep.Warnings, func(f string) bool { return strings.HasPrefix(f, want) })
		if !said && strings.HasPrefix(string(version), "wine-8.") {
			t.Errorf("%q is not reported in %q", want, rep.Warnings)
		}
	}
	if again(t, nil, rep, 0) == nil {
		t.Error("rows are missing")
	}
}

// TestOutput writes text with a character split over two writes: it must come out in
// the code page of a Windows without a console.
func TestOutput(t *testing.T) {
	r, err := shared.Run(shared.helper, "write")
	if err != nil || r.Code != 0 || string(r.Stdout) != "TCP \x82\r\n" { // code page 437
		t.Errorf("%q, status %d, %v\n%s", r.Stdout, r.Code, err, r.Stderr)
	}
}

// TestPackages runs the Windows tests of the packages that make system calls.
func TestPackages(t *testing.T) {
	for _, pkg := range []string{"netstat/internal/win32", "netstat/internal/resolve", "netstat/collect"} {
		exe, err := shared.Build(pkg, true)
		if err != nil {
			t.Error(err)
			continue
		}
		r, err := shared.RunIn("../../"+strings.TrimPrefix(pkg, "netstat/"), exe, "-test.v", "-test.run=Windows|Native|Layout")
		if err != nil || r.Code != 0 || !strings.Contains(string(r.Stdout), "--- PASS") {
			t.Errorf("%s: status %d, %v\n%s%s", pkg, r.Code, err, r.Stdout, r.Stderr)
		}
	}
}
