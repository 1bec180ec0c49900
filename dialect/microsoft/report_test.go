package microsoft

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"netstat"
)

// body returns the text after the header of the connection table.
func body(t *testing.T, stdout string) string {
	t.Helper()
	_, rows, ok := strings.Cut(stdout, "State\n")
	if !ok {
		t.Fatalf("no header in %q", stdout)
	}
	return rows
}

// TestOrder checks that rows are sorted by numeric address and port, local then
// remote, that equal rows keep their order, and that bound rows come last.
func TestOrder(t *testing.T) {
	v4, v6 := netstat.TCP4Table, netstat.TCP6Table
	sorted := []netstat.Socket{
		sock(v4, "0.0.0.0:9", "0.0.0.0:0", netstat.Listen),
		sock(v4, "9.0.0.0:1", "200.0.0.1:1", netstat.Established),
		sock(v4, "10.0.0.1:80", "9.9.9.9:65535", netstat.Established),
		sock(v4, "10.0.0.1:80", "10.0.0.1:2", netstat.Established),
		sock(v4, "10.0.0.1:80", "10.0.0.1:10", netstat.Established),
		sock(v4, "10.0.0.1:80", "10.0.0.1:10", netstat.TimeWait),
		sock(v4, "10.0.0.1:100", "0.0.0.0:0", netstat.Listen),
		sock(v4, "192.168.56.1:139", "0.0.0.0:0", netstat.Listen),
		sock(v4, "192.168.100.14:139", "0.0.0.0:0", netstat.Listen),
		sock(v4, "0.0.0.0:1", "0.0.0.0:0", netstat.Bound),
		sock(v4, "127.0.0.1:1", "0.0.0.0:0", netstat.Bound),
	}
	six := []netstat.Socket{
		sock(v6, "[::]:80", "[::]:0", netstat.Listen),
		sock(v6, "[::1]:5", "[::1]:6", netstat.Established),
		sock(v6, "[::ffff:1.2.3.4]:5", "[::ffff:1.2.3.5]:6", netstat.Established),
		sock(v6, "[2001:db8::1:2]:5", "[::]:0", netstat.Listen),
		sock(v6, "[2001:db8::2:1]:5", "[::]:0", netstat.Listen),
		sock(v6, "[fe80::1]:1", "[::]:0", netstat.Listen, scope(3)),
		sock(v6, "[fe80::1]:2", "[::]:0", netstat.Listen, scope(2)),
		sock(v6, "[::]:1", "[::]:0", netstat.Bound),
	}
	mixed := func(rows []netstat.Socket) (out []netstat.Socket) {
		for i := range rows { // 7 has no common factor with 8 and 11
			out = append(out, rows[i*7%len(rows)])
		}
		// Rows that differ only in state keep their order.
		a := slices.IndexFunc(out, func(s netstat.Socket) bool { return s.State == netstat.TimeWait })
		if a >= 0 {
			b := slices.IndexFunc(out, func(s netstat.Socket) bool {
				return s.Local == out[a].Local && s.Remote == out[a].Remote && s.State != out[a].State
			})
			if a < b {
				out[a], out[b] = out[b], out[a]
			}
		}
		return out
	}
	want, _, _ := answer(t, &host{Rows: map[netstat.Table][]netstat.Socket{v4: sorted, v6: six}}, "-qn")
	got, _, status := answer(t, &host{Rows: map[netstat.Table][]netstat.Socket{v4: mixed(sorted), v6: mixed(six)}}, "-qn")
	var plain strings.Builder
	for _, s := range append(slices.Clone(sorted), six...) {
		fmt.Fprintf(&plain, "  %-5s  %-21s  %-21s  %s\n", "TCP", endText(s.Local), endText(s.Remote), stateTexts[s.State])
	}
	if status != ExitOK || got != want || body(t, got) != plain.String() {
		t.Errorf("got\n%s\nwant\n%s", body(t, got), plain.String())
	}
}

func endText(a netstat.Addr) string {
	if a.IP.Is4() {
		return fmt.Sprintf("%v:%d", a.IP, a.Port)
	}
	if a.Scope != 0 && a.IP.IsLinkLocalUnicast() {
		return fmt.Sprintf("[%v%%%d]:%d", a.IP, a.Scope, a.Port)
	}
	return fmt.Sprintf("[%v]:%d", a.IP, a.Port)
}

// TestNeeds checks that a report requests only what it shows.
func TestNeeds(t *testing.T) {
	connected := netstat.AllStates &^ netstat.States(netstat.Listen, netstat.Bound)
	for _, c := range []struct {
		args   string
		facts  netstat.Facts
		states netstat.StateSet
		tables []netstat.Table
		about  netstat.ProcessFacts
	}{
		{"-n", 0, connected, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, 0},
		{"-an", 0, 0, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table}, 0},
		{"-qn", 0, netstat.AllStates, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table}, 0},
		{"-no", netstat.FactInode, connected, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, 0},
		{"-nb", netstat.FactInode | netstat.FactModule, connected, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, netstat.FactExecutable | netstat.FactArgv0},
		{"-nt", netstat.FactOffload, connected, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, 0},
		{"-ni", netstat.FactCreated, connected, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, 0},
		{"-naybotiq", netstat.FactTemplate, netstat.AllStates, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, 0},
		{"-n -p udp", 0, 0, nil, 0},
		{"-no -p udpv6", 0, 0, nil, 0},
		{"-an -p udpv6", 0, 0, []netstat.Table{netstat.UDP6Table}, 0},
		{"-n -p tcpv6", 0, connected, []netstat.Table{netstat.TCP6Table}, 0},
		{"-c -p tcp", netstat.FactInode, netstat.AllStates, []netstat.Table{netstat.TCP4Table}, netstat.FactExecutable | netstat.FactArgv0},
	} {
		h := windowsHost()
		h.Needs = make(map[netstat.Table]netstat.Need)
		if _, _, status := answer(t, h, strings.Fields(c.args)...); status != ExitOK {
			t.Errorf("%s: status %d", c.args, status)
		}
		if len(h.Needs) != len(c.tables) || h.ProcessFacts != c.about {
			t.Errorf("%s: tables %v, facts about processes %b", c.args, h.Needs, h.ProcessFacts)
		}
		for _, table := range c.tables {
			n, ok := h.Needs[table]
			states := c.states
			if table.Protocol == netstat.UDP {
				states = 0
			}
			if !ok || n.Facts != c.facts || n.States != states {
				t.Errorf("%s: %v requested with %+v", c.args, table, n)
			}
		}
	}
}

// TestLookups checks that only foreign addresses shown by name are looked up,
// and that all lookups start before the first wait.
func TestLookups(t *testing.T) {
	n := &names{hosts: hostNames}
	h := windowsHost()
	ask := func(args ...string) {
		answerEnv(t, h, func(e *Env) { e.Names = n }, args...)
	}
	ask("-aqno")
	ask("-anf")
	ask("-e")
	ask("-y", "-n")
	if len(n.wanted) != 0 {
		t.Errorf("numeric reports looked up %v", n.wanted)
	}
	ask("-a", "-p", "tcp")
	want := []string{
		"10.20.30.1", "198.51.100.66", "198.51.100.67", "192.168.100.200", "198.51.100.1", "54.89.233.95",
		"216.58.214.67", "162.159.135.234",
	}
	if len(n.wanted) != len(want) {
		t.Errorf("looked up %v", n.wanted)
	}
	for _, ip := range want {
		if n.wanted[netip.MustParseAddr(ip)] != 1 {
			t.Errorf("%s looked up %d times", ip, n.wanted[netip.MustParseAddr(ip)])
		}
	}
}

// TestWithoutHostName checks that a host that does not know its own name shows
// the names that the resolver returns.
func TestWithoutHostName(t *testing.T) {
	h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {
		sock(netstat.TCP4Table, "0.0.0.0:80", "0.0.0.0:0", netstat.Listen),
		sock(netstat.TCP4Table, "127.0.0.1:80", "127.0.0.1:81", netstat.Established),
	}}}
	stdout, _, _ := answerEnv(t, h, func(e *Env) {
		e.HostName = ""
		e.Names = &names{hosts: map[string]string{"127.0.0.1": "localhost"}}
	}, "-a")
	want := "  TCP    0.0.0.0:80             0.0.0.0:0              LISTENING\n" +
		"  TCP    127.0.0.1:80           localhost:81           ESTABLISHED\n"
	if got := body(t, stdout); got != want {
		t.Errorf("got\n%s", got)
	}
	stdout, _, _ = answerEnv(t, h, func(e *Env) { e.HostName = "ev\x1bil" }, "-a")
	if !strings.Contains(stdout, "ev.il:0") {
		t.Errorf("got\n%s", stdout)
	}
}

func TestElevation(t *testing.T) {
	denied := func(e *Env) { e.Elevated = func() bool { return false } }
	for _, c := range []struct {
		args   string
		change func(*Env)
		want   string // standard error; "" if a report is printed
	}{
		{"-b", denied, "The requested operation requires elevation.\n"},
		{"-abno", denied, "The requested operation requires elevation.\n"},
		{"-s -b -p tcp", denied, "The requested operation requires elevation.\n"},
		{"-b", func(e *Env) { denied(e); e.Lang = "zh" }, "请求的操作需要提升。\n"},
		{"-b", func(e *Env) { denied(e); e.CRLF = true }, "The requested operation requires elevation.\r\n"},
		{"-b", func(e *Env) { denied(e); e.ElevationText = "请求的操作需要提升(作为管理员运行)。\r\n" }, "请求的操作需要提升(作为管理员运行)。\n"},
		{"-b", func(e *Env) { e.Elevated = func() bool { return true } }, ""},
		{"-an", denied, ""},
		{"-ano", denied, ""},
		{"-e -b", denied, ""},
		{"-s -b", denied, ""},
		{"-r -b", denied, ""},
		{"-y -b", denied, ""},
	} {
		stdout, stderr, status := answerEnv(t, windowsHost(), c.change, strings.Fields(c.args)...)
		if c.want == "" {
			if stdout == "" || stderr != "" || status != ExitOK {
				t.Errorf("%s: %d, %q", c.args, status, stderr)
			}
		} else if stdout != "" || stderr != c.want || status != ExitFailure {
			t.Errorf("%s: %d, %q, %q", c.args, status, stderr, stdout)
		}
	}
}

// TestFailures checks that a table that cannot be read is reported and the
// others printed.
func TestFailures(t *testing.T) {
	boom, unsupported := errors.New("boom\n\x1b"), errors.ErrUnsupported
	unmounted := fmt.Errorf("%w, %w", unsupported, netstat.ErrIncomplete)
	for _, c := range []struct {
		name   string
		args   string
		change func(*host)
		stderr string
		shows  string
		status int
	}{
		{"tcp6 fails", "-an", func(h *host) { h.Errs = map[netstat.Table]error{netstat.TCP6Table: boom} }, "netstat: read tcp6: boom .\n", "UDP    [::1]:62261", 1},
		{"rows before an error", "-an", func(h *host) { h.Errs = map[netstat.Table]error{netstat.TCP6Table: boom} }, "netstat: read tcp6: boom .\n", "TCP    [2001:db8::1]:6000", 1},
		{"no IPv6", "-an", func(h *host) {
			h.Errs = map[netstat.Table]error{netstat.TCP6Table: unsupported, netstat.UDP6Table: unsupported}
		}, "", "UDP    0.0.0.0:123", 0},
		{"no IPv6, named", "-an -p tcpv6", func(h *host) { h.Errs = map[netstat.Table]error{netstat.TCP6Table: unsupported} }, "netstat: read tcp6: unsupported operation\n", "", 1},
		{"no files", "-an", func(h *host) { h.Errs = map[netstat.Table]error{netstat.TCP6Table: unmounted} }, "netstat: read tcp6: unsupported operation, incomplete\n", "", 1},
		{"no IPv4", "-an", func(h *host) { h.Errs = map[netstat.Table]error{netstat.TCP4Table: unsupported} }, "netstat: read tcp: unsupported operation\n", "UDP    0.0.0.0:123", 1},
		{"bound ports", "-qn", func(h *host) {
			h.Reports = map[netstat.Table][]error{netstat.TCP4Table: {unsupported}, netstat.TCP6Table: {unsupported}}
		}, "netstat: list tcp: unsupported operation\n", "LISTENING", 0},
		{"warning", "-an", func(h *host) {
			h.Reports = map[netstat.Table][]error{netstat.TCP4Table: {netstat.ErrIncomplete}, netstat.TCP6Table: {netstat.ErrIncomplete}}
		}, "netstat: list tcp: incomplete\nnetstat: list tcp6: incomplete\n", "LISTENING", 0},
		{"owners", "-ano", func(h *host) { h.OwnersErr = boom }, "netstat: boom .\n", "LISTENING", 1},
		{"owners denied", "-ano", func(h *host) { h.Owned.Denied = true }, "netstat: cannot inspect some processes; unknown owners have PID 0 or no name\n", "LISTENING", 0},
		{"owners denied, not wanted", "-an", func(h *host) { h.Owned.Denied = true }, "", "LISTENING", 0},
		{"owners denied, no rows", "-no -p udp", func(h *host) { h.Owned.Denied = true }, "", "Active", 0},
		{"-c owners", "-c", func(h *host) { h.OwnersErr = boom }, "netstat: boom .\n", "3000", 1},
		{"-c denied", "-c", func(h *host) { h.Owned.Denied = true }, "netstat: cannot inspect some processes; unknown owners have PID 0 or no name\n", "3000", 0},
		{"-c table", "-c", func(h *host) {
			h.Errs = map[netstat.Table]error{netstat.UDP4Table: boom, netstat.UDP6Table: unsupported}
		}, "netstat: read udp: boom .\n", "3000", 1},
		{"interfaces, for names", "-a", func(h *host) { h.LinksErr = boom }, "netstat: list interfaces: boom .\n", "LISTENING", 1},
		{"-e", "-e", func(h *host) { h.LinksErr = boom }, "netstat: list interfaces: boom .\n", "1279913096", 1},
		{"-r interfaces", "-r", func(h *host) { h.LinksErr = boom }, "netstat: list interfaces: boom .\n", "192.168.1.1 ", 1},
		{"-r routes", "-r", func(h *host) { h.RouteErrs = map[netstat.Family]error{netstat.Inet: boom} }, "netstat: read routes: boom .\n", "fd99:", 1},
		{"-r no IPv6", "-r", func(h *host) {
			h.RouteRows[netstat.Inet6] = nil
			h.RouteErrs = map[netstat.Family]error{netstat.Inet6: unsupported}
		}, "", "IPv6 Route Table\n" + ruler + "Active Routes:\n  None\nPersistent Routes:\n  None\n", 0},
		{"-r no table", "-r", func(h *host) {
			h.RouteRows[netstat.Inet] = nil
			h.RouteErrs = map[netstat.Family]error{netstat.Inet: netstat.ErrNoRoutes}
		}, "", "Active Routes:\n  None\nPersistent Routes:\n  Network", 0},
		{"-r unmounted", "-r", func(h *host) {
			h.RouteRows[netstat.Inet6] = nil
			h.RouteErrs = map[netstat.Family]error{netstat.Inet6: unmounted}
		}, "netstat: read routes: unsupported operation, incomplete\n", "", 1},
		{"-e unreadable", "-e", func(h *host) {
			h.Links, h.Warnings = nil, []*netstat.OpError{{Op: "list interfaces", Err: unmounted}}
		}, "netstat: list interfaces: unsupported operation, incomplete\n", "Interface Statistics", 1},
		{"-s", "-s", func(h *host) { h.CountErrs = map[netstat.Family]error{netstat.Inet: boom} }, "netstat: read counters: boom .\n", "9147172", 1},
		{"-s no IPv6", "-s", func(h *host) {
			h.Counts[netstat.Inet6] = nil
			h.CountErrs = map[netstat.Family]error{netstat.Inet6: &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}}
		}, "", "UDP Statistics for IPv4", 0},
		{"-s no IPv6, named", "-s -p ipv6", func(h *host) {
			h.Counts[netstat.Inet6] = nil
			h.CountErrs = map[netstat.Family]error{netstat.Inet6: unsupported}
		}, "netstat: read counters: unsupported operation\n", "", 1},
		{"-s IPv6 half", "-s", func(h *host) { h.CountErrs = map[netstat.Family]error{netstat.Inet6: unsupported} }, "netstat: read counters: unsupported operation\n", "UDP Statistics for IPv6", 1},
	} {
		h := windowsHost()
		c.change(h)
		stdout, stderr, status := answer(t, h, strings.Fields(c.args)...)
		if status != c.status || stderr != c.stderr || !strings.Contains(stdout, c.shows) {
			t.Errorf("%s: %d, %q\n%s", c.name, status, stderr, stdout)
		}
	}
	h := windowsHost()
	h.Counts[netstat.Inet6] = nil
	if stdout, _, _ := answer(t, h, "-s"); strings.Contains(stdout, "v6") {
		t.Errorf("a section of a family that is not there:\n%s", stdout)
	}
}

// TestVerbose checks that -v has no effect in any position.
func TestVerbose(t *testing.T) {
	for with, without := range map[string]string{
		"-v": "", "-abv": "-ab", "-anvb": "-anb", "/V -e": "-e", "-s -v": "-s", "-rv": "-r", "-vx": "-x", "-cv": "-c", "-anyv": "-any",
	} {
		stdout, stderr, status := answer(t, windowsHost(), strings.Fields(with)...)
		wantOut, wantErr, wantStatus := answer(t, windowsHost(), strings.Fields(without)...)
		if stdout != wantOut || stderr != wantErr || status != wantStatus {
			t.Errorf("%s: status %d, %q\n%s", with, status, stderr, stdout)
		}
	}
}

// TestInterfaceOrder checks that the interface list has the loopback after
// other adapters and all tunnels after it, each in the system's order
// (captured).
func TestInterfaceOrder(t *testing.T) {
	tunnel := []byte{0, 0, 0, 0, 0, 0, 0, 0xe0}
	h := &host{Links: []netstat.Interface{
		{Index: 20, Description: "Microsoft ISATAP Adapter", Hardware: netstat.HardwareSIT, HardwareCode: 131, HardwareAddr: tunnel},
		{Index: 1, Description: "Software Loopback Interface 1", Hardware: netstat.HardwareLoopback, HardwareCode: 24},
		{Index: 29, Description: "Network Adapter #16", Hardware: netstat.HardwareEthernet, HardwareCode: 6, HardwareAddr: []byte{0, 0x15, 0x17, 0xd9, 0xb1, 0x6d}},
		{Index: 14, Description: "Microsoft IP-HTTPS Platform Adapter", HardwareCode: 131, HardwareAddr: tunnel},
		{Index: 16, Description: "HMA VPN Wintun Adapter", HardwareCode: 53},
	}}
	stdout, _, _ := answer(t, h, "-r")
	want := `Interface List
 29...00 15 17 d9 b1 6d ......Network Adapter #16
 16...........................HMA VPN Wintun Adapter
  1...........................Software Loopback Interface 1
 20...00 00 00 00 00 00 00 e0 Microsoft ISATAP Adapter
 14...00 00 00 00 00 00 00 e0 Microsoft IP-HTTPS Platform Adapter
=`
	if !strings.Contains(stdout, want) {
		t.Errorf("got\n%s", stdout)
	}
}

// TestRouteInterface checks that the Interface column shows one address per
// adapter, however many it has.
func TestRouteInterface(t *testing.T) {
	prefix := func(s string) netstat.InterfaceAddr {
		return netstat.InterfaceAddr{Prefix: netip.MustParsePrefix(s)}
	}
	h := &host{
		Links: []netstat.Interface{{Index: 7, Name: "eth7", Addrs: []netstat.InterfaceAddr{
			prefix("fe80::7/64"), prefix("192.168.1.12/24"), prefix("10.0.0.5/8"), prefix("192.168.1.13/24"),
		}}},
		RouteRows: map[netstat.Family][]netstat.Route{},
	}
	for _, destination := range []string{"10.0.0.0/8", "10.0.0.5/32", "192.168.1.0/24", "192.168.1.12/32", "192.168.1.13/32"} {
		h.RouteRows[netstat.Inet] = append(h.RouteRows[netstat.Inet], netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix(destination), Index: 7, Metric: 25})
	}
	stdout, stderr, status := answer(t, h, "-r")
	_, rows, _ := strings.Cut(stdout, english.routeColumns4+"\n")
	rows, _, _ = strings.Cut(rows, "=")
	for row := range strings.Lines(rows) {
		if !strings.HasSuffix(row, "         On-link      192.168.1.12     25\n") {
			t.Errorf("%q", row)
		}
	}
	if n := strings.Count(rows, "\n"); n != 5 || status != ExitOK || stderr != "" {
		t.Errorf("%d rows, status %d, %q\n%s", n, status, stderr, stdout)
	}
}

// TestInterfacesWide checks that the sums of -e have 64 bits.
func TestInterfacesWide(t *testing.T) {
	h := &host{Links: []netstat.Interface{
		{Name: "a", HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: math.MaxUint32, Packets: 1 << 33, NonUnicast: 1}},
		{Name: "b", HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 6}, Transmit: netstat.InterfaceCounters{Bytes: 1 << 60}},
	}}
	stdout, stderr, status := answer(t, h, "-e")
	want := "Bytes                    4294967301 1152921504606846976\nUnicast packets          8589934591               0\n"
	if status != ExitOK || stderr != "" || !strings.Contains(stdout, want) {
		t.Errorf("status %d, %q\n%s", status, stderr, stdout)
	}
}

// TestLineEnds checks that lines end in a single CR LF on Windows, on both
// streams.
func TestLineEnds(t *testing.T) {
	for _, args := range []string{"-a", "-anb", "-e -s", "-r", "-x", "-c"} {
		plain, plainErr, _ := answer(t, windowsHost(), strings.Fields(args)...)
		wide, wideErr, _ := answerEnv(t, windowsHost(), func(e *Env) { e.CRLF = true }, strings.Fields(args)...)
		if wide != strings.ReplaceAll(plain, "\n", "\r\n") || wideErr != strings.ReplaceAll(plainErr, "\n", "\r\n") {
			t.Errorf("%s: %q, %q", args, wide, wideErr)
		}
	}
}

// brokenWriter fails after it has accepted some bytes.
type brokenWriter struct {
	left int
	err  error
	n    int
}

func (w *brokenWriter) Write(b []byte) (int, error) {
	w.n++
	if len(b) > w.left {
		return 0, w.err
	}
	w.left -= len(b)
	return len(b), nil
}

// TestBrokenOutput checks that a write error ends the report, and is reported
// unless the reader closed a pipe.
func TestBrokenOutput(t *testing.T) {
	for _, args := range []string{"-a", "-anbo", "-e", "-s", "-r", "-x", "-c", "-s -p tcp"} {
		for _, c := range []struct {
			err  error
			want string
		}{{syscall.EPIPE, ""}, {syscall.ENOSPC, "netstat: no space left on device\n"}} {
			var errs strings.Builder
			_, _, status := answerEnv(t, sampleRoutes(), func(e *Env) {
				e.Stdout, e.Stderr = &brokenWriter{err: c.err}, &errs
			}, strings.Fields(args)...)
			if status != ExitFailure || !strings.HasSuffix(errs.String(), c.want) || strings.Count(errs.String(), "space") > 1 {
				t.Errorf("%s, %v: %d, %q", args, c.err, status, errs.String())
			}
		}
	}
	h := manyRows(20000)
	w := &brokenWriter{left: 100 << 10, err: syscall.EPIPE}
	if _, _, status := answerEnv(t, h, func(e *Env) { e.Stdout = w }, "-an"); status != ExitFailure || w.n != 2 {
		t.Errorf("status %d after %d writes", status, w.n)
	}
}

// TestManyRows checks that rows sorted in several chunks come in one order,
// also when the chunks' memory is reused.
func TestManyRows(t *testing.T) {
	for _, n := range []int{0, 1, chunkRows - 1, chunkRows, chunkRows + 1, 5*chunkRows + 7} {
		h := manyRows(n)
		list := slices.Clone(h.Rows[netstat.TCP4Table])
		var c entries
		for range 2 {
			c.reset(netstat.TCP4Table)
			for i := range list {
				c.add(&list[i], list[i].PID)
			}
			c.sort()
			seen := 0
			var last *entry
			for e := range c.sorted() {
				if last != nil && last.compare(e) >= 0 {
					t.Fatalf("%d rows: row %d is out of order", n, seen)
				}
				s := &list[e.index]
				if at(c.pids, e.index) != s.PID || c.address(e.remote) != s.Remote.IP || e.remotePort() != s.Remote.Port {
					t.Fatalf("%d rows: row %d is not %+v", n, seen, s)
				}
				last = e
				seen++
			}
			if seen != n || c.n != n {
				t.Fatalf("%d rows of %d", seen, n)
			}
			slices.Reverse(list)
		}
		for range c.sorted() {
			break
		}
	}
}

// manyRows returns a host with n unsorted connections.
func manyRows(n int) *host {
	rows := make([]netstat.Socket, n)
	for i := range rows {
		x := uint32(i) * 2654435761
		rows[i] = netstat.Socket{
			Table: netstat.TCP4Table, State: netstat.Established, PID: 1 + x%97,
			Local:  netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 0, 0, byte(x)}), Port: 443},
			Remote: netstat.Addr{IP: netip.AddrFrom4([4]byte{byte(x>>24)%100 + 1, byte(x >> 16), byte(x >> 8), 1}), Port: uint16(x)},
		}
	}
	return &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: rows}}
}

// TestInteractive checks that a terminal gets the finished rows before a wait,
// and messages in their place between rows.
func TestInteractive(t *testing.T) {
	var all strings.Builder
	h := windowsHost()
	h.Errs = map[netstat.Table]error{netstat.TCP4Table: errors.New("boom")}
	answerEnv(t, h, func(e *Env) {
		e.Interactive, e.Stdout, e.Stderr = true, &all, &all
	}, "-a", "-n")
	text := all.String()
	if at := strings.Index(text, "boom"); at < strings.Index(text, "DELETE_TCB") || at > strings.Index(text, "[::]:135") {
		t.Errorf("the message is out of place:\n%s", text)
	}
}

// TestRowCost checks that sorting keeps 48 bytes of a row, 52 with -o, and that
// a row allocates nothing else.
func TestRowCost(t *testing.T) {
	h := manyRows(50000)
	cmd := &Command{All: true, Numeric: true}
	r := &report{cmd: cmd, ctx: context.Background(), texts: &english, env: Env{Source: h, Names: &names{}, Stdout: &brokenWriter{left: math.MaxInt}}}
	r.out = newOut(r.env.Stdout, false)
	c := connections{report: r}
	plan := r.plan()
	rows := func() iter.Seq2[netstat.Socket, error] {
		return h.Sockets(r.ctx, netstat.TCP4Table, plan.Queries[0].Need)
	}
	collect := func() {
		c.entries.reset(netstat.TCP4Table)
		for s := range rows() {
			c.entries.add(&s, 0)
		}
		c.entries.sort()
		for e := range c.entries.sorted() {
			r.out.buf = c.appendRow(r.out.buf, e, time.Time{})
			r.out.full()
		}
	}
	if size := unsafe.Sizeof(entry{}); size != 48 {
		t.Errorf("a row takes %d bytes", size)
	}
	collect() // warm up the buffers
	if n := testing.AllocsPerRun(3, collect); n > 10 {
		t.Errorf("%v allocations for 50000 rows", n)
	}
}

func BenchmarkConnections(b *testing.B) {
	for _, n := range []int{1000, 1000000} {
		h := manyRows(n)
		cmd := &Command{All: true, Numeric: true, Owners: true}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if status := cmd.Report(b.Context(), Env{Source: h, Names: &names{}, Stdout: &brokenWriter{left: math.MaxInt}}); status != ExitOK {
					b.Fatal(status)
				}
			}
		})
	}
}
