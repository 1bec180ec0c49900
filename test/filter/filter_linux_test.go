package filter

import (
	"errors"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/filter"
)

// kinds maps ss's family options to our tables.
var kinds = map[string][]netstat.Table{
	"t": {netstat.TCP4Table, netstat.TCP6Table},
	"u": {netstat.UDP4Table, netstat.UDP6Table},
	"x": {netstat.UnixTable},
	"M": {netstat.MPTCP4Table, netstat.MPTCP6Table},
	"0": {netstat.PacketTable},
	"n": {netstat.NetlinkTable},
}

// preferred is the family of addresses under these options of ss.
var preferred = map[string]netstat.Family{"x": netstat.Unix, "0": netstat.Packet, "n": netstat.Netlink}

// compare compares the rows of one expression with those of ss.
func (w *world) compare(src netstat.Source, env filter.Env, kind, text string) (rows int) {
	w.Helper()
	env.Family = preferred[kind]
	e, err := filter.Parse(text, env)
	if err != nil {
		w.Errorf("%q: %v", text, err)
		return 0
	}
	w.renew()
	want := w.theirs(kind, text)
	got := w.ours(src, e, kinds[kind]...)
	for !maps.Equal(got, want) {
		// A TIME-WAIT may have expired in between.
		again := w.theirs(kind, text)
		if maps.Equal(again, want) {
			break
		}
		want, got = again, w.ours(src, e, kinds[kind]...)
	}
	for id := range want {
		if !got[id] {
			w.Errorf("-%s %q: ss shows %#x, we do not", kind, text, id)
		}
	}
	for id := range got {
		if !want[id] {
			w.Errorf("-%s %q: we show %#x, ss does not", kind, text, id)
		}
	}
	return len(want)
}

// TestLikeSS compares rows by the kernel's identity of the sockets. ss needs spaces
// around words, and gives "or" and "and" the same precedence, so mixtures have
// parentheses here.
func TestLikeSS(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	w.make()
	src, env := w.open()

	for _, test := range []struct {
		kind, text string
		none       bool // the test is that nothing matches
	}{
		// Examples of the manual page.
		{"t", "state established ( dport = :ssh or sport = :ssh )", false},
		{"x", "src " + w.x11() + "*", false},
		{"t", "state fin-wait-1 ( sport = :http or sport = :https ) dst 193.233.7/24", false},
		{"t", "", false},
		{"u", "", false},
		{"x", "", false},

		{"t", "state all", false},
		{"t", "state established", false},
		{"t", "state syn-sent", false},
		{"t", "state syn-recv", false},
		{"t", "state fin-wait-1", false},
		{"t", "state fin-wait-2", false},
		{"t", "state time-wait", false},
		{"t", "state closed", true},
		{"t", "state close-wait", false},
		{"t", "state last-ack", true},
		{"t", "state listening", false},
		{"t", "state closing", true},
		{"t", "state connected", false},
		{"t", "state synchronized", false},
		{"t", "state bucket", false},
		{"t", "state big", false},
		{"t", "exclude listening", false},
		{"t", "exclude connected", false},
		{"t", "exclude big", false},
		{"t", "state connected exclude established", false},
		{"t", "exclude established state established", false},
		{"t", "state established exclude established state time-wait", false},
		{"t", "state TIME-WAIT", false},
		{"u", "state established", false},
		{"u", "state closed", false},
		{"u", "state connected", false},
		{"u", "exclude established", false},
		{"u", "state listening", true},
		{"x", "state established", false},
		{"x", "state listening", false},
		{"x", "state closed", false},
		{"x", "state connected", false},
		{"x", "exclude established", false},

		{"t", "sport = :80", false},
		{"t", "sport :http", false},
		{"t", "sport http", false},
		{"t", "sport == 80", false},
		{"t", "sport eq :80", false},
		{"t", "sport = inet:80", false},
		{"t", "sport = inet6:22", false},
		{"t", "sport = *", false},
		{"t", "sport = :0x50", false},
		{"t", "sport != :80", false},
		{"t", "sport ne :80", false},
		{"t", "sport neq :80", false},
		{"t", "sport > :1001", false},
		{"t", "sport gt :1001", false},
		{"t", "sport < :80", false},
		{"t", "sport lt :80", false},
		{"t", "sport >= :1002", false},
		{"t", "sport ge :1002", false},
		{"t", "sport geq :1002", false},
		{"t", "sport <= :80", false},
		{"t", "dport le :80", false},
		{"t", "dport leq :80", false},
		{"t", "sport > :65534", false},
		{"t", "sport > :65535", true},
		{"t", "sport < :0", true},
		{"t", "sport >= :0", false},
		{"t", "dport = :0", false},
		{"u", "sport = :53", false},
		{"u", "dport != :0", false},
		{"u", "sport <= :123", false},

		{"t", "src 127.0.0.1", false},
		{"t", "src = 127.0.0.1", false},
		{"t", "src eq 127.0.0.1:80", false},
		{"t", "src 127.0.0.1:http", false},
		{"t", "src 127/8", false},
		{"t", "src 10.1/16:443", false},
		{"t", "dst 10.1.2.99/24", false},
		{"t", "src 10.1.2.3/0", false},
		{"t", "src 0.0.0.0", false},
		{"t", "src 0.0.0.0/0", false},
		{"t", "src [::]", false},
		{"t", "src [::/0]", false},
		{"t", "src [::1]:22", false},
		{"t", "src [2001:db8::/32]", false},
		{"t", "dst [::ffff:127.0.0.2]", true}, // ours is the source
		{"t", "src [::ffff:127.0.0.2]", false},
		{"t", "src inet6:[::1]", false},
		{"t", "src inet:127.0.0.2", true}, // IPv4-mapped sockets are IPv6 sockets
		{"t", "src inet:*", false},
		{"t", "src inet:*:22", false},
		{"t", "src *", false},
		{"t", "src *:443", false},
		{"t", "src :443", false},
		{"t", "src *:*", false},
		{"t", "dst any", false},
		{"t", "src localhost", false},
		{"u", "src 127.0.0.1:53", false},
		{"u", "dst [::1]", false},
		{"x", "src unix:@netstat-*", false},
		{"x", "src unix:@NETSTAT-?", false},
		{"x", "src unix:*[x]1", false},
		{"x", "not src unix:@netstat-*", false},

		{"t", "dev lo", false},
		{"t", "dev = lo", false},
		{"t", "dev != lo", false},
		{"t", "dev 1", false},
		{"t", "dev 0", false},
		{"u", "dev lo", false},
		{"t", "fwmark 5", false},
		{"t", "fwmark = 0x5/0xff", false},
		{"t", "fwmark != 5", false},
		{"t", "fwmark = 1/1", false},
		{"t", "fwmark 4/1", true},
		{"t", "fwmark 0", false},
		{"u", "fwmark = 7", false},
		{"t", "state time-wait fwmark 9", false},
		{"t", "autobound", false},
		{"u", "autobound", false},
		{"x", "autobound", false},

		{"x", "src @netstat-1", false},
		{"x", "src *X1", false},
		{"x", "dst *", false},
		{"x", "not autobound", false},

		{"0", "", false},
		{"0", "state closed", false},
		{"0", "state established", true},
		{"0", "src link:ip", false},
		{"0", "src link:IP:*", false},
		{"0", "src link:2048", false},
		{"0", "src link:0x88b5", false},
		{"0", "src link:all", false},
		{"0", "src link:*:lo", false},
		{"0", "src link:arp:1", false},
		{"0", "src link:ip:lo", true},
		{"0", "src ipv6", false},
		{"0", "src *:lo", false},
		{"0", "src *", false},
		{"0", "not src link:ip", false},
		{"0", "src ip or src arp", false},
		{"0", "sport = link:lo", false},
		{"0", "sport = link::lo", false},
		{"0", "sport = :lo", false},
		{"0", "sport != lo", false},
		{"0", "sport >= :1", false},
		{"0", "sport < :1", false},
		{"0", "dev lo", false},
		{"0", "dev = 1", false},
		{"0", "autobound", false},

		{"n", "", false},
		{"n", "src netlink:rtnl", false},
		{"n", "src netlink:rtnl:*", false},
		{"n", "src netlink:rtnl:4242", false},
		{"n", "src netlink:*:4242", false},
		{"n", "src netlink:0:4242", false},
		{"n", "src netlink:genl:kernel", false},
		{"n", "src netlink:*", false},
		{"n", "src rtnl", false},
		{"n", "src *:kernel", false},
		{"n", "src :4242", false},
		{"n", "not src rtnl", false},
		{"n", "src rtnl or src genl", false},
		{"n", "src rtnl and not sport = kernel", false},
		{"n", "sport = netlink:4242", false},
		{"n", "sport = netlink::4242", false},
		{"n", "sport = 4242", false},
		{"n", "sport > 4241 and sport <= 4243", false},
		{"n", "sport = kernel", false},
		{"n", "autobound", false},
		{"n", "src netlink:99", true},

		{"M", "", false},
		{"M", "state listening", false},
		{"M", "state established", false},
		{"M", "sport = :2200", false},
		{"M", "dport = :2200 or sport < :1000", false},
		{"M", "src 127.0.0.1", false},
		{"M", "autobound", false},
		{"M", "fwmark = 6", false},
		{"M", "fwmark != 6", false},

		{"t", "sport = :80 and dst 127.0.0.1", false},
		{"t", "sport = :80 & dst 127.0.0.1", false},
		{"t", "sport = :80 && dst 127.0.0.1", false},
		{"t", "sport = :80 dst 127.0.0.1", false},
		{"t", "sport = :80 or sport = :22", false},
		{"t", "sport = :80 | sport = :22", false},
		{"t", "sport = :80 || sport = :22", false},
		{"t", "not sport = :80", false},
		{"t", "! sport = :80", false},
		{"t", "not not sport = :80", false},
		{"t", "not sport = :80 and dport = :80", false},
		{"t", "not ( sport = :80 or dport = :80 )", false},
		{"t", "state connected ( sport = :80 or autobound ) and ( dport > :1000 or dst [::1] )", false},
		{"t", "sport = :80 and dst 127.0.0.1 or sport = :22", false},
	} {
		text := test.text
		if kind := test.kind; kind == "t" && strings.HasPrefix(text, "state fin-wait-1 (") {
			text = strings.Replace(text, "dst", "src", 1) // our end is the server
		}
		if n := w.compare(src, env, test.kind, text); n == 0 != test.none {
			t.Errorf("-%s %q: ss shows %d rows: the test setup is wrong", test.kind, text, n)
		}
		if text != test.text {
			w.compare(src, env, test.kind, test.text)
		}
	}
	// Expressions that ss does not have.
	for text, want := range map[string]int{"ulp = mptcp": 3, "ulp = mptcp and sport = 2200": 2, "timer = none and cookie > 0 and sport = 22 and state listening": 2} {
		e, err := filter.Parse(text, env)
		w.must(err, text)
		if got := w.ours(src, e, kinds["t"]...); len(got) != want {
			t.Errorf("%q: %d rows, want %d", text, len(got), want)
		}
	}
	for text, want := range map[string]int{"abstract": 9, "pending > 0": 3, "pending = 0": 3, "cookie > 0 and path = *X1": 2} {
		e, err := filter.Parse(text, env)
		w.must(err, text)
		if got := w.ours(src, e, netstat.UnixTable); len(got) != want {
			t.Errorf("%q: %d rows, want %d", text, len(got), want)
		}
	}
	if w.cgroup != "" {
		w.compare(src, env, "M", "cgroup "+w.cgroup)
		for _, text := range []string{"cgroup " + w.cgroup, "cgroup = " + w.cgroup, "cgroup != " + w.cgroup, "not cgroup " + w.cgroup} {
			for _, kind := range []string{"t", "u"} {
				if w.compare(src, env, kind, text) == 0 {
					t.Errorf("-%s %q: no rows", kind, text)
				}
			}
		}
	}

	// Random combinations, except for negations on which ss's two filters, the kernel's
	// and its own, disagree, so that rows are in neither half: autobound, prefixes of
	// length 0, and "[::]/96", which its own filter reads as IPv4's 0.0.0.0.
	r := rand.New(rand.NewPCG(7, 8))
	tests := []string{
		"sport = :80", "sport != :443", "sport > :1000", "dport <= :80", "dport = :22", "src 127/8", "dst 10/8", "src [::1]", "dst [2001:db8::/32]", "src 193.233.7.1:443",
		"src [::ffff:127.0.0.2]", "dev lo", "dev != lo", "fwmark 3", "fwmark != 1/1", "src :22",
	}
	if w.cgroup != "" {
		tests = append(tests, "cgroup "+w.cgroup)
	}
	states := []string{"", "state established ", "exclude listening ", "state bucket state listening ", "state big exclude fin-wait-1 "}
	var combine func(depth int) string
	combine = func(depth int) string {
		if depth == 0 {
			return tests[r.IntN(len(tests))]
		}
		switch r.IntN(4) {
		case 0:
			return "not ( " + combine(depth-1) + " )"
		case 1:
			return "( " + combine(depth-1) + " ) or ( " + combine(depth-1) + " )"
		case 2:
			return "( " + combine(depth-1) + " ) ( " + combine(depth-1) + " )"
		}
		return "( " + combine(depth-1) + " ) and ( " + combine(depth-1) + " )"
	}
	rows := 0
	for i := range 250 {
		kind := "t"
		text := states[r.IntN(len(states))]
		if i%5 == 0 {
			kind, text = "u", ""
		}
		rows += w.compare(src, env, kind, text+combine(1+r.IntN(4)))
	}
	if rows == 0 {
		t.Error("no combination matches any row")
	}
}

// x11 returns the start of the paths of the sockets in .X11-unix.
func (w *world) x11() string {
	for s, err := range w.all(netstat.UnixTable) {
		w.must(err, "unix")
		if before, _, ok := strings.Cut(s.Local.Name, "/.X11-unix/X"); ok {
			return before + "/.X11-unix/"
		}
	}
	w.Fatal("no socket in .X11-unix")
	return ""
}

// TestKernelFilter compares rows filtered by the kernel with unfiltered ones, from netlink
// and from /proc.
func TestKernelFilter(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	w.make()
	src, env := w.open()
	proc, err := collect.Open(collect.Options{Source: "proc"})
	w.must(err, "open")
	defer proc.Close()
	matches := 0
	for _, text := range []string{
		"state established sport = :80", "src 127.0.0.2", "not dst [::/96] and port 2000", "exclude listening dst 10/8", "sport >= :1000 or dport < :100",
		"uid = 0 and state listening", "recvq > 0", "sendq >= 1k", "inode = 0", "proto = udp family = inet6", "pid != 1 and sport = :53",
		"process = '' or state bound", "state bound",
		"port in 22,80,1000-2000", "sport not in (22, 80) and state in LISTEN,TIME_WAIT", "local_address = remote_address sport != 80",
		"sport > dport", "not sport > dport and dport in 80,443", "recvq > sendq or src = dst",
	} {
		e, err := filter.Parse(text, env)
		w.must(err, text)
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table} {
			need, wanted := e.Need(table)
			need.Facts |= netstat.FactUID | netstat.FactInode
			var hinted, everything, fromProc []string
			read := func(s netstat.Source, need netstat.Need) (list []string) {
				need.Report = func(err *netstat.OpError) { t.Errorf("%q: %v", text, err) }
				for row, err := range s.Sockets(t.Context(), table, need) {
					w.must(err, text)
					if e.Match(&fact.Record{Row: &fact.Row{Socket: row, Facts: need.Facts}}) {
						list = append(list, row.State.String()+" "+row.Local.IP.String()+" "+row.Remote.IP.String()+" "+string(rune(row.Local.Port))+string(rune(row.Remote.Port)))
					}
				}
				return list
			}
			unhinted := netstat.Need{Facts: need.Facts}
			if strings.Contains(text, "bound") {
				unhinted.States = netstat.AllStates
			}
			for range 20 {
				everything = read(src, unhinted)
				if wanted {
					hinted = read(src, need)
				}
				fromProc = read(proc, netstat.Need{Facts: need.Facts})
				if slices.Equal(read(src, unhinted), everything) {
					break // no TIME-WAIT has expired in between
				}
			}
			if strings.Join(hinted, "\n") != strings.Join(everything, "\n") {
				t.Errorf("%q of %v: %d rows with hints, %d without", text, table, len(hinted), len(everything))
			}
			if !strings.Contains(text, "bound") && len(fromProc) != len(everything) {
				t.Errorf("%q of %v: %d rows from /proc, %d by netlink", text, table, len(fromProc), len(everything))
			}
			matches += len(everything)
		}
	}
	if matches == 0 {
		t.Error("nothing matches")
	}

	// Facts that only a dump has are absent from /proc and reported as such.
	var reports []*netstat.OpError
	need := netstat.Need{Facts: netstat.FactTCPInfo | netstat.FactMark, Report: func(err *netstat.OpError) { reports = append(reports, err) }}
	for row, err := range proc.Sockets(t.Context(), netstat.TCP4Table, need) {
		w.must(err, "proc")
		if row.TCP != nil || row.Absent != need.Facts {
			t.Fatalf("%+v", row)
		}
	}
	if len(reports) != 1 || !errors.Is(reports[0], errors.ErrUnsupported) {
		t.Errorf("reports %v", reports)
	}
}

var randomExpressions = flag.Int("expressions", 500, "number of random expressions in TestRandomInKernel")

// TestRandomInKernel checks that whatever the kernel filters out, the rest is what the
// expression matches of all rows.
func TestRandomInKernel(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	w.make()
	src, env := w.open()
	facts := netstat.FactInode | netstat.FactInterface | netstat.FactMark | netstat.FactCgroup | netstat.FactAutobound
	type identity struct {
		cookie        uint64
		local, remote netstat.Addr
	}
	identify := func(s *netstat.Socket) identity {
		id := identity{cookie: s.Cookie, local: s.Local, remote: s.Remote}
		if s.State == netstat.TimeWait || s.State == netstat.FinWait2 || s.State == netstat.SynReceived {
			id.cookie = 0 // for these sockets the kernel assigns a cookie on request
		}
		return id
	}
	read := func(text string, e *filter.Expr, table netstat.Table, need netstat.Need) map[identity]netstat.Socket {
		rows := map[identity]netstat.Socket{}
		need.Facts |= facts
		need.Report = func(err *netstat.OpError) { t.Errorf("%q: %v", text, err) }
		for s, err := range src.Sockets(t.Context(), table, need) {
			w.must(err, text)
			if e.Match(&fact.Record{Row: &fact.Row{Socket: s, Facts: need.Facts}}) {
				rows[identify(&s)] = s
			}
		}
		return rows
	}
	r := rand.New(rand.NewPCG(9, uint64(*randomExpressions)))
	of := func(list ...string) string { return list[r.IntN(len(list))] }
	port := func() string {
		return of("0", "1", "22", "53", "80", "123", "443", "1000-1500", "1001", "2000", "5300-5400", "32768-65535", "65534", "65535", "0-80", "*")
	}
	address := func() string {
		return of("127.0.0.1", "127/8", "10/8", "10.1.2.3", "193.233.7.1/24", "0.0.0.0", "0.0.0.0/0", "[::]", "[::]/0", "[::]/96", "[::1]", "[2001:db8::]/32",
			"[::ffff:127.0.0.2]", "[::ffff:0:0]/96", "[::ffff:10.0.0.0]/104", "127.0.0.2/31", "*", "inet:*", "inet6:*")
	}
	test := func() string {
		switch r.IntN(10) {
		case 0, 1:
			return of("sport", "dport", "port") + of(" = :", " != :") + port()
		case 2:
			return of("sport", "dport", "port") + of(" < ", " <= ", " > ", " >= ") + of("0", "1", "22", "80", "443", "32768", "65534", "65535")
		case 3:
			return of("src", "dst", "address") + of(" = ", " != ") + address()
		case 4:
			return of("src", "dst", "address") + " " + of("127.0.0.1", "10/8", "[::1]", "[::]/0", "*") + ":" + port()
		case 5:
			return "dev" + of(" = ", " != ") + of("lo", "0", "1", "77")
		case 6:
			return "fwmark" + of(" = ", " != ") + of("0", "3", "5", "7", "1/1", "0x105/0xff", "0x5/0xff", "0/0", "9")
		case 7:
			if w.cgroup != "" {
				return "cgroup" + of(" = ", " != ") + of("/", w.cgroup)
			}
			return "family = inet6"
		case 8:
			return of("autobound", "state = listening", "state != established", "proto = tcp", "family = inet", "uid = 0", "recvq > 0")
		}
		return "( " + of("state", "exclude") + " " + of("established", "listening", "connected", "bucket", "big", "time-wait", "closed", "synchronized", "fin-wait-1") + " )"
	}
	var expression func(depth int) string
	expression = func(depth int) string {
		if depth == 0 {
			return test()
		}
		switch r.IntN(4) {
		case 0:
			return "not ( " + expression(depth-1) + " )"
		case 1:
			return "( " + expression(depth-1) + " ) or ( " + expression(r.IntN(depth)) + " )"
		}
		return "( " + expression(depth-1) + " ) and ( " + expression(r.IntN(depth)) + " )"
	}
	tables := []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table}
	var everything *filter.Expr
	matches := 0
	for range *randomExpressions {
		text := expression(r.IntN(5))
		e, err := filter.Parse(text, env)
		w.must(err, text)
		for _, table := range tables {
			// Connections change state during the test: only those that are the same
			// before and after count.
			before := read(text, everything, table, netstat.Need{})
			hinted := map[identity]netstat.Socket{}
			if need, wanted := e.Need(table); wanted {
				hinted = read(text, e, table, need)
			}
			after := read(text, everything, table, netstat.Need{})
			for id, s := range before {
				same, still := after[id]
				if !still || same.State != s.State {
					continue
				}
				_, got := hinted[id]
				if want := e.Match(&fact.Record{Row: &fact.Row{Socket: s, Facts: ^netstat.Facts(0)}}); got != want && same.RecvQ == s.RecvQ {
					t.Errorf("%q: %v %v %v %v: shown %v, matches %v", text, table, s.State, s.Local, s.Remote, got, want)
				}
				if got {
					matches++
				}
			}
		}
	}
	if matches == 0 {
		t.Error("nothing matches")
	}
}
