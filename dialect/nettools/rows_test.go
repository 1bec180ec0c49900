package nettools

import (
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/test/fakehost"
)

// host is the Source of the tests.
type host = fakehost.Host

// names is a resolver that knows the names a test gives it, and counts lookups.
type names struct {
	hosts, networks map[netip.Addr]string
	users           map[uint32]string
	gaveUp          int
}

func (*names) WantHost(netip.Addr)                 {}
func (n *names) Host(ip netip.Addr) (string, bool) { s, ok := n.hosts[ip]; return s, ok }
func (*names) HostReady(netip.Addr) bool           { return true }
func (n *names) Network(ip netip.Addr) (string, bool) {
	s, ok := n.networks[ip]
	return s, ok
}
func (*names) Service(p uint16, _ string) (string, bool) {
	if p == 80 {
		return "http", true
	}
	return "", false
}
func (*names) Protocol(n uint16) (string, bool) { return "icmp", n == 1 }
func (*names) WantUser(uint32)                  {}
func (*names) UserReady(uint32) bool            { return true }
func (n *names) GaveUp() int                    { return n.gaveUp }
func (n *names) User(uid uint32) (string, bool) { s, ok := n.users[uid]; return s, ok }
func (*names) NextReport()                      {}

func answer(t *testing.T, h *host, n *names, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd, exit := Parse(append([]string{"netstat"}, args...), Environment{SELinux: func() bool { return true }})
	if exit != nil {
		t.Fatalf("Parse(%q) ended with %+v", args, exit)
	}
	var out, err strings.Builder
	status = cmd.Report(t.Context(), Env{Source: h, Names: n, Stdout: &out, Stderr: &err, EUID: 1000})
	return out.String(), err.String(), status
}

func tcp(local, remote string, state netstat.State) netstat.Socket {
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	table := netstat.TCP4Table
	if l.Addr().Is6() {
		table = netstat.TCP6Table
	}
	return netstat.Socket{
		Table: table, State: state,
		Local:  netstat.Addr{IP: l.Addr(), Port: l.Port()},
		Remote: netstat.Addr{IP: r.Addr(), Port: r.Port()},
	}
}

func TestAddressCell(t *testing.T) {
	long := "2001:db8:1111:2222:3333:4444:5555:6666"
	n := &names{hosts: map[netip.Addr]string{
		netip.MustParseAddr("192.0.2.1"):   "a-very-long-name-indeed.example.org",
		netip.MustParseAddr("192.0.2.2"):   "evil\x1b[2J",
		netip.MustParseAddr("192.0.2.3"):   "äääääääääää",
		netip.MustParseAddr("192.0.2.4"):   strings.Repeat("n", 200),
		netip.MustParseAddr("2001:db8::4"): strings.Repeat("n", 200),
	}}
	for _, c := range []struct{ args, addr, want string }{
		{"-tan", "127.0.0.1:80", "127.0.0.1:80           "},
		{"-ta", "127.0.0.1:80", "127.0.0.1:http         "},
		{"-tan", "255.255.255.255:65535", "255.255.255.255:65535  "},
		{"-ta", "192.0.2.1:80", "a-very-long-name-i:http"},
		{"-taW", "192.0.2.1:80", "a-very-long-name-indeed.example.org:http"},
		{"-ta", "192.0.2.2:80", "evil.[2J:http          "},
		{"-ta", "192.0.2.3:8080", "äääääääää:8080"},
		{"-ta", "192.0.2.3:808", "äääääääää.:808"},
		// Divergence 27.
		{"-taW", "192.0.2.4:80", strings.Repeat("n", 127) + ":http"},
		{"-taW", "[2001:db8::4]:80", "2001:db8::4:http       "},
		{"-tan", "[" + long + "]:443", "2001:db8:1111:2222::443"},
		{"-tanW", "[" + long + "]:443", long + ":443"},
		{"-tan", "[::]:0", ":::*                   "},
		{"-ta", "[::]:0", "[::]:*                 "},
		{"-tan", "[::ffff:192.0.2.1]:22", "192.0.2.1:22           "},
		{"-tan", "[::127.0.0.1]:22", "::127.0.0.1:22         "},
	} {
		s := tcp(c.addr, c.addr, netstat.Established)
		h := &host{Rows: map[netstat.Table][]netstat.Socket{s.Table: {s}}}
		out, _, _ := answer(t, h, n, c.args)
		row := strings.Split(out, "\n")[2]
		if want := c.want + " " + c.want + " ESTABLISHED"; !strings.HasSuffix(row, want) {
			t.Errorf("%s %s: row %q does not end in %q", c.args, c.addr, row, want)
		}
	}
}

func TestTimerText(t *testing.T) {
	for _, c := range []struct {
		table netstat.Table
		timer netstat.Timer
		want  string
	}{
		{netstat.TCP4Table, netstat.Timer{Expires: time.Hour}, "off (0.00/0/0)"},
		{netstat.TCP4Table, netstat.Timer{Kind: netstat.TimerRetransmit, Code: 1, Expires: 210 * time.Millisecond, Retransmits: 3}, "on (0.21/3/0)"},
		{netstat.TCP4Table, netstat.Timer{Kind: netstat.TimerKeepalive, Code: 2, Expires: 7199990 * time.Millisecond, Probes: 2}, "keepalive (7199.99/0/2)"},
		{netstat.TCP4Table, netstat.Timer{Kind: netstat.TimerTimeWait, Code: 3, Expires: time.Minute}, "timewait (60.00/0/0)"},
		{netstat.TCP4Table, netstat.Timer{Kind: netstat.TimerProbe, Code: 4, Expires: 10 * time.Millisecond}, "probe (0.01/0/0)"},
		{netstat.TCP4Table, netstat.Timer{Kind: netstat.TimerOther, Code: 9}, "unkn-9 (0.00/0/0)"},
		{netstat.UDP4Table, netstat.Timer{}, "off (0.00/0/0)"},
		{netstat.UDP4Table, netstat.Timer{Kind: netstat.TimerRetransmit, Code: 1, Expires: time.Second, Retransmits: 4}, "on1 (1.00/0/0)"},
		{netstat.UDP4Table, netstat.Timer{Kind: netstat.TimerKeepalive, Code: 2}, "on2 (0.00/0/0)"},
		{netstat.Raw4Table, netstat.Timer{Kind: netstat.TimerTimeWait, Code: 3}, "unkn-3 (0.00/0/0)"},
	} {
		got := string(appendTimer(nil, &netstat.Socket{Table: c.table, Timer: c.timer}))
		if got != c.want {
			t.Errorf("%v %+v = %q, want %q", c.table, c.timer, got, c.want)
		}
	}
}

func TestProgramCell(t *testing.T) {
	for argv0, want := range map[string]string{
		"/usr/sbin/sshd":             "123/sshd            ",
		"/dir/":                      "123/                ",
		"":                           "123/                ",
		"./rel/prog":                 "123/./rel/prog      ",
		"nginx: master process /usr": "123/nginx: master p ",
		"sh\x1b]0;owned\a":           "123/sh.]0;owned.    ",
		"äöüäöüäöüä":                 "123/äöüäöüä. ",
		"\u202egpj.exe":              "123/.gpj.exe        ",
		"bad\xff\xfeutf":             "123/bad..utf        ",
	} {
		s := tcp("127.0.0.1:1", "0.0.0.0:0", netstat.Listen)
		s.Inode = 7
		h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {s}},
			Processes: map[uint32]netstat.Process{123: {PID: 123, Argv0: argv0}}}
		h.Owned.Add(7, 123)
		out, _, _ := answer(t, h, &names{}, "-tlnp")
		if row := strings.Split(out, "\n")[2]; !strings.HasSuffix(row, "LISTEN      "+want) {
			t.Errorf("argv0 %q: row %q, want it to end in %q", argv0, row, want)
		}
	}
}

func TestContextKeepsItsEnd(t *testing.T) {
	s := tcp("127.0.0.1:1", "0.0.0.0:0", netstat.Listen)
	s.Inode = 7
	context := "system_u:system_r:" + strings.Repeat("x", 40) + "_t:s0-s0:c0.c1023"
	h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {s}},
		Processes: map[uint32]netstat.Process{123: {PID: 123, Argv0: "a", Context: context}}}
	h.Owned.Add(7, 123)
	out, _, _ := answer(t, h, &names{}, "-tlnZ")
	want := "123/a                " + context[len(context)-49:] + " "
	if row := strings.Split(out, "\n")[2]; !strings.HasSuffix(row, want) {
		t.Errorf("row %q, want it to end in %q", row, want)
	}
}

func TestUsers(t *testing.T) {
	n := &names{users: map[uint32]string{1000: "alice", 1001: "a-name-longer-than-its-column"}}
	for _, c := range []struct {
		uid        uint32
		args, want string
	}{
		{1000, "-tane", "1000       0         "},
		{1000, "-tae", "alice      0         "},
		{1001, "-tae", "a-name-longer-than-its-column 0         "},
		{4294967294, "-tae", "-2         0         "},
		{1000, "-taee", "alice      0         "},
	} {
		s := tcp("127.0.0.1:1", "127.0.0.1:2", netstat.Established)
		s.UID = c.uid
		h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {s}}}
		out, _, _ := answer(t, h, n, c.args)
		if row := strings.Split(out, "\n")[2]; !strings.HasSuffix(row, "ESTABLISHED "+c.want) {
			t.Errorf("uid %d %s: row %q, want it to end in %q", c.uid, c.args, row, c.want)
		}
	}
}

// TestUnknownStates checks divergence 8.
func TestUnknownStates(t *testing.T) {
	row := func(table netstat.Table, state netstat.State) string {
		s := tcp("127.0.0.1:1", "127.0.0.1:2", state)
		s.Table = table
		h := &host{Rows: map[netstat.Table][]netstat.Socket{table: {s}}}
		out, _, _ := answer(t, h, &names{}, "-antuUw")
		return strings.Split(out, "\n")[2]
	}
	for _, table := range []netstat.Table{netstat.TCP4Table, netstat.UDP4Table, netstat.UDPLite4Table, netstat.Raw4Table} {
		if got := row(table, netstat.StateUnknown); !strings.Contains(got, "UNKNOWN    ") && table != netstat.Raw4Table {
			t.Errorf("%v: %q", table, got)
		}
	}
	if got := row(netstat.TCP4Table, netstat.NewSynRecv); !strings.HasSuffix(got, " UNKNOWN    ") {
		t.Errorf("state without a text: %q", got)
	}
	if got := row(netstat.Raw4Table, netstat.Closed); !strings.HasSuffix(got, " 7          ") {
		t.Errorf("raw: %q", got)
	}
}

// TestTableErrors checks that missing, denied and damaged tables are reported and
// the others still printed.
func TestTableErrors(t *testing.T) {
	good := tcp("127.0.0.1:1", "127.0.0.1:2", netstat.Established)
	h := &host{
		Rows:    map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {good}},
		Errs:    map[netstat.Table]error{netstat.UDP4Table: io.ErrUnexpectedEOF, netstat.TCP4Table: errors.New("lost\x1b[0m\nrows")},
		Reports: map[netstat.Table][]error{netstat.Raw4Table: {netstat.ErrBogusRecord, netstat.ErrBogusRecord}, netstat.UnixTable: {netstat.ErrBogusRecord}},
	}
	out, errs, status := answer(t, h, &names{}, "-antuwx")
	wantErrs := "netstat: read tcp: lost.[0m rows\n" +
		"netstat: read udp: unexpected EOF\n" +
		"warning, got bogus tcp line.\nwarning, got bogus tcp line.\n" +
		"warning, got bogus unix line.\n"
	if errs != wantErrs || status != ExitFailure {
		t.Errorf("stderr %q, status %d, want %q, %d", errs, status, wantErrs, ExitFailure)
	}
	if strings.Count(out, "\n") != 5 || !strings.Contains(out, "Active UNIX") {
		t.Errorf("the other tables are missing: %q", out)
	}
}

func TestMissingTables(t *testing.T) {
	unsupported := map[netstat.Table]error{
		netstat.SCTP4Table: errors.ErrUnsupported, netstat.UDPLite4Table: errors.ErrUnsupported, netstat.TCP6Table: errors.ErrUnsupported,
		netstat.IPXTable: errors.ErrUnsupported, netstat.AX25Table: errors.ErrUnsupported, netstat.X25Table: errors.ErrUnsupported,
		netstat.NetROMTable: errors.ErrUnsupported, netstat.ROSETable: errors.ErrUnsupported,
	}
	no := func(what string) string { return "netstat: no support for `" + what + "' on this system.\n" }
	rest := no("AF INET (udplite)") + no("AF IPX") + no("AF AX25") + no("AF X25") + no("AF NETROM") + no("AF ROSE") +
		"netstat: 3 names not resolved in time\n"
	for _, c := range []struct {
		args, stderr string
		status       int
	}{
		{"-n", "", 0},
		{"-nv", no("AF INET (sctp)") + rest, 0},
		{"-nlv", no("AF INET (sctp)") + rest, 0},
		{"-nav", no("AF INET (sctp)") + no("AF INET (sctp)") + rest, 0},
		{"-naS", no("AF INET (sctp)"), 1},
		{"-n4", "", 0},
		{"-n4v", "netstat: 3 names not resolved in time\n", 0},
		{"-ntS", no("AF INET (sctp)"), 1},
		{"-nS6", "", 0},
		{"-nU", no("AF INET (udplite)"), 1},
		{"-nU6", "", 0},
		{"-nt6", "", 0},
		{"--ipx", no("AF IPX"), 1},
		{"-Aax25,x25", no("AF AX25"), 1},
	} {
		_, errs, status := answer(t, &host{Errs: unsupported}, &names{gaveUp: 3}, c.args)
		if errs != c.stderr || status != c.status {
			t.Errorf("%s: stderr %q, status %d, want %q, %d", c.args, errs, status, c.stderr, c.status)
		}
	}
}

// TestConnectionToPortZero checks that a TCP connection to port 0 is no
// listener (divergence 12).
func TestConnectionToPortZero(t *testing.T) {
	s := tcp("10.0.0.1:4000", "10.0.0.2:0", netstat.SynSent)
	h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {s}}}
	for args, want := range map[string]int{"-tn": 3, "-tln": 2, "-tan": 3} {
		if out, _, _ := answer(t, h, &names{}, args); strings.Count(out, "\n") != want {
			t.Errorf("%s: %q", args, out)
		}
	}
}

func TestOwnerWarnings(t *testing.T) {
	none := "(No info could be read for \"-p\": geteuid()=1000 but you should be root.)\n"
	some := "(Not all processes could be identified, non-owned process info\n" +
		" will not be shown, you would have to be root to see it all.)\n"
	for _, c := range []struct {
		denied, seen bool
		args, want   string
	}{
		{true, false, "-tnp", none}, {true, true, "-tnp", some}, {false, false, "-tnp", ""}, {true, true, "-tn", ""},
		// The table without rows has a heading, the family that is missing none.
		{true, false, "-6Sp", none}, {true, false, "-gp", ""},
		{true, false, "-p --ax25", "netstat: no support for `AF AX25' on this system.\n"},
	} {
		h := &host{
			Owned: netstat.Owners{Denied: c.denied, Seen: c.seen},
			Errs:  map[netstat.Table]error{netstat.AX25Table: errors.ErrUnsupported},
		}
		if _, errs, _ := answer(t, h, &names{}, strings.Fields(c.args)...); errs != c.want {
			t.Errorf("%+v: stderr %q", c, errs)
		}
	}
}

// TestInteractive checks that a terminal gets messages in their place: the warning of -p
// before the table, a missing protocol after it.
func TestInteractive(t *testing.T) {
	h := &host{
		Owned: netstat.Owners{Denied: true, Seen: true},
		Rows:  map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {tcp("192.0.2.1:1", "192.0.2.2:2", netstat.Established)}},
		Errs:  map[netstat.Table]error{netstat.SCTP4Table: errors.ErrUnsupported},
	}
	var all strings.Builder
	cmd, _ := Parse([]string{"netstat", "-tnpS"}, Environment{})
	cmd.Report(t.Context(), Env{Source: h, Names: &names{}, Stdout: &all, Stderr: &all, Interactive: true})
	var first []string
	for line := range strings.Lines(all.String()) {
		word, _, _ := strings.Cut(line, " ")
		first = append(first, word)
	}
	if got := strings.Join(first, " "); got != "(Not  Active Proto tcp netstat:" {
		t.Errorf("lines begin with %q:\n%s", got, all.String())
	}
}

// TestOwnersOfShownRowsOnly checks that a report with few rows searches only
// for their owners.
func TestOwnersOfShownRowsOnly(t *testing.T) {
	shown := tcp("127.0.0.1:1", "0.0.0.0:0", netstat.Listen)
	shown.Inode = 5
	hidden := tcp("127.0.0.1:1", "127.0.0.1:2", netstat.Established)
	hidden.Inode = 6
	h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {shown, hidden}}}
	answer(t, h, &names{}, "-tlnp")
	if len(h.OwnerQueries) != 1 || len(h.OwnerQueries[0].Inodes) != 1 || h.OwnerQueries[0].Inodes[0] != 5 {
		t.Errorf("searched for %+v, want only inode 5", h.OwnerQueries)
	}
	h.Rows[netstat.TCP4Table] = manySockets(10000)
	out, _, _ := answer(t, h, &names{}, "-tanp")
	if h.OwnerQueries[1].Inodes != nil {
		t.Errorf("searched for %d inodes of a large table one by one", len(h.OwnerQueries[1].Inodes))
	}
	if n := strings.Count(out, "\n"); n != 10002 {
		t.Errorf("%d lines, want 10002", n)
	}
}

func manySockets(n int) []netstat.Socket {
	rows := make([]netstat.Socket, n)
	for i := range rows {
		rows[i] = tcp("10.1.2.3:"+strconv.Itoa(i%65535+1), "192.168.100.200:443", netstat.Established)
		rows[i].Inode = uint64(i + 1)
		rows[i].Detail = nil
	}
	return rows
}

// TestRowsDoNotAllocate checks that a row costs no allocation: a report on ten
// times the rows makes no more allocations.
func TestRowsDoNotAllocate(t *testing.T) {
	n := &names{users: map[uint32]string{0: "root"}}
	unixRows := func(n int) []netstat.Socket {
		rows := make([]netstat.Socket, n)
		for i := range rows {
			rows[i] = netstat.Socket{Table: netstat.UnixTable, State: netstat.Connected,
				Local: netstat.Addr{Name: "/run/some/socket"}, Detail: &netstat.UnixDetail{Type: netstat.TypeStream}}
		}
		return rows
	}
	for _, args := range []string{"-an", "-anW", "-tuane", "-anoe", "-anp", "-tn", "-xa", "-ta"} {
		cost := func(rows int) float64 {
			h := &host{Rows: map[netstat.Table][]netstat.Socket{
				netstat.TCP4Table: manySockets(rows), netstat.UnixTable: unixRows(rows)},
				Processes: map[uint32]netstat.Process{9: {PID: 9, Argv0: "/bin/daemon"}}}
			h.Owned.Grow(2 * rows)
			for i := range rows {
				h.Owned.Add(uint64(i+1), 9)
			}
			cmd, exit := Parse([]string{"netstat", args}, Environment{})
			if exit != nil {
				t.Fatal(exit)
			}
			env := Env{Source: h, Names: n, Stdout: io.Discard, Stderr: io.Discard}
			return testing.AllocsPerRun(5, func() { cmd.Report(t.Context(), env) })
		}
		// Both counts exceed the read-ahead, so that both reports
		// stream.
		few, many := cost(6000), cost(60000)
		if many > few+5 {
			t.Errorf("%s: %v allocations for 6000 rows, %v for 60000", args, few, many)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	for _, args := range []string{"-ant", "-antp", "-ta"} {
		b.Run(args, func(b *testing.B) {
			const rows = 10000
			h := &host{Rows: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: manySockets(rows)}}
			for i := range rows {
				h.Owned.Add(uint64(i+1), 9)
			}
			cmd, exit := Parse([]string{"netstat", args}, Environment{})
			if exit != nil {
				b.Fatal(exit)
			}
			env := Env{Source: h, Names: &names{}, Stdout: io.Discard, Stderr: io.Discard}
			for b.Loop() {
				cmd.Report(b.Context(), env)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
