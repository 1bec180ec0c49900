package nettools

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

// counterHost is a Source of counters, each written "group.name value". A new
// group begins a part, and so does "+" before the group. The key of an error is
// the number of counters yielded before it.
type counterHost struct {
	netstat.Source
	counters []netstat.Counter
	errs     map[int]error
	families []netstat.Family
}

func counterSource(text string) *counterHost {
	h := &counterHost{}
	last, part := "", uint32(0)
	for _, item := range strings.Fields(text) {
		rest, again := strings.CutPrefix(item, "+")
		key, value, _ := strings.Cut(rest, "=")
		group, name, _ := strings.Cut(key, ".")
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil && value != "" {
			panic(item)
		}
		if again || group != last {
			part++
		}
		last = group
		h.counters = append(h.counters, netstat.Counter{Group: group, Name: name, Part: part, Value: n})
	}
	return h
}

func (h *counterHost) Counters(_ context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	h.families = append(h.families, f)
	return func(yield func(netstat.Counter, error) bool) {
		for i := range len(h.counters) + 1 {
			if err := h.errs[i]; err != nil && !yield(netstat.Counter{}, err) {
				return
			}
			if i < len(h.counters) && !yield(h.counters[i], nil) {
				return
			}
		}
	}
}

func statisticsAnswer(t testing.TB, h *counterHost, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd, exit := Parse(append([]string{"netstat"}, args...), Environment{})
	if exit != nil {
		t.Fatalf("Parse(%q) ended with %+v", args, exit)
	}
	var out, err strings.Builder
	status = cmd.Report(t.Context(), Env{Source: h, Names: &names{}, Stdout: &out, Stderr: &err})
	return out.String(), err.String(), status
}

// TestStatisticsText checks lines that net-tools 2.10 was observed to print.
func TestStatisticsText(t *testing.T) {
	for _, test := range []struct{ args, counters, want string }{
		{"-s", "", ""},
		{"-s", "Ip.Forwarding=2 Ip.DefaultTTL=64 Ip.InReceives=0 Ip.InHdrErrors=0 Ip.OutTransmits=0",
			"Ip:|    Forwarding: 2|    0 total packets received"},
		{"-s", "Tcp.RtoAlgorithm=1 Tcp.MaxConn=18446744073709551615 Tcp.CurrEstab=18446744073709551615",
			"Tcp:|    18446744073709551615 connections established"},
		{"-s", "TcpExt.DelayedACKLost=3 TcpExt.SockMallocOOM=1 TcpExt.TCPMemoryPressures=2 TcpExt.TCPTSReorder=4 TcpExt.TCPTimeouts=5",
			"TcpExt:|    Quick ack mode was activated 3 times|    Ran 1 times out of system memory during packet sending|" +
				"    TCP ran low on memory 2 times|    Detected reordering 4 times using time stamp|    TCPTimeouts: 5"},
		{"-s", "Foo.A=0 Bar. Baz.B=1", "Foo:|Bar:|Baz:|    B: 1"},
		{"-st", "Ip.InReceives=1 Foo.A=2 Tcp.InSegs=3 Udp.NoPorts=4 Sctp.Shutdowns=5", "Foo:|    A: 2|Tcp:|    3 segments received"},
		{"-sU", "Ip.InReceives=1 Foo.A=2 Tcp.InSegs=3 UdpLite.NoPorts=4 Sctp.Shutdowns=5", "Foo:|    A: 2|UdpLite:|    NoPorts: 4"},
		{"-sS", "Tcp.InSegs=3 Sctp.Aborteds=0 Sctp.New=5", "Sctp:|    0 Number of Aborteds |    SctpNew: 5"},
		{"-s", "IcmpMsg.InType3=1 +IcmpMsg.OutType3=2", "IcmpMsg:|    InType3: 1|IcmpMsg:|    OutType3: 2"},
		{"-s", "Icmp.InEchos=0 Icmp.InEchoReps=1 Icmp.OutEchos=2 Icmp.InMsgs=3 IcmpMsg.InType3=4",
			"Icmp:|    ICMP input histogram:|        echo replies: 1|        ICMP output histogram:|        echo requests: 2|" +
				"    3 ICMP messages received|IcmpMsg:|    InType3: 4"},
		{"-s", "Icmp.OutEchos=2 IcmpMsg.InType3=4 Tcp.New=1 Foo.A=1",
			"Icmp:|    ICMP output histogram:|        echo requests: 2|IcmpMsg:|        InType3: 4|Tcp:|    New: 1|Foo:|    A: 1"},
		{"-st", "Icmp.OutEchos=2 IcmpMsg.InType3=4", "IcmpMsg:|    InType3: 4"},
		{"-s6", "Ip6.InReceives=1 Ip6.InOctets=2 XIp6.InReceives=3 .XIp6=4 Icmp6.OutEchos=5 .New=6 .New=7 Tcp.InSegs=8",
			"Ip6:|    1 total packets received|    Ip6InOctets: 2|    XIp6InReceives: 3|    XIp6: 4|" +
				"Icmp6:|    ICMP output histogram:|        echo requests: 5|New:|        New: 6|        New: 7|Tcp:|    8 segments received"},
		{"-s6u", "Ip6.InReceives=1 Udp6.NoPorts=2 UdpLite6.NoPorts=3 Tcp.InSegs=8",
			"Udp6:|    2 packets to unknown port received|UdpLite6:|    UdpLite6NoPorts: 3"},
		{"-s6w", "Ip6.InReceives=1 Icmp6.InEchos=0 Tcp6.New=2 Udp6.NoPorts=2", "Ip6:|    1 total packets received|Icmp6:|    ICMP input histogram:"},
		{"-s6t", "Ip6.InReceives=1 Tcp6.ActiveOpens=2", "Tcp6:|    Tcp6ActiveOpens: 2"},
		{"-s", "Ip6.InReceives=1", "Ip6:|    InReceives: 1"},
		{"-s", "F\x1boo.A\u202eB=1", "F.oo:|    A.B: 1"},
	} {
		got, stderr, status := statisticsAnswer(t, counterSource(test.counters), test.args)
		want := strings.ReplaceAll(test.want, "|", "\n")
		if want != "" {
			want += "\n"
		}
		if got != want || stderr != "" || status != ExitOK {
			t.Errorf("%s of %q: status %d, stderr %q\ngot\n%s\nwant\n%s", test.args, test.counters, status, stderr, got, want)
		}
	}
}

func TestStatisticsFamilies(t *testing.T) {
	for args, want := range map[string]netstat.Family{
		"-s": netstat.Inet, "-s4": netstat.Inet, "-s --ip": netstat.Inet, "-s6": netstat.Inet6, "-s -A ip6": netstat.Inet6,
	} {
		h := counterSource("")
		if _, _, status := statisticsAnswer(t, h, strings.Fields(args)...); status != ExitOK || !slices.Equal(h.families, []netstat.Family{want}) {
			t.Errorf("%s: status %d, requested %v, want %v", args, status, h.families, want)
		}
	}
	for args, list := range map[string]string{
		"-s46": "inet,inet6", "-s44": "inet,inet", "-sx": "unix", "-s -A econet": "ec", "-s --appletalk -6": "ddp,inet6",
	} {
		h := counterSource("Ip.InReceives=1")
		got, stderr, status := statisticsAnswer(t, h, strings.Fields(args)...)
		if want := "netstat: No statistics support for specified address family: " + list + "\n"; got != want || stderr != "" || status != 1 || h.families != nil {
			t.Errorf("%s: status %d, %q, %q", args, status, got, stderr)
		}
	}
}

func TestStatisticsFailures(t *testing.T) {
	file := func(op string, err error) error {
		return &netstat.OpError{Op: "read counters", Err: &fs.PathError{Op: op, Path: "/proc/net/sn\x1bmp", Err: err}}
	}
	for _, test := range []struct {
		err    error
		say    string
		status int
	}{
		{file("open", syscall.ENOENT), "cannot open /proc/net/sn.mp: No such file or directory\n", 0},
		{file("read", syscall.EISDIR), "/proc/net/sn.mp: Is a directory\n", 0},
		{file("parse", netstat.ErrBogusRecord), "Problem while parsing /proc/net/sn.mp\n", 0},
		{&netstat.OpError{Op: "read counters", Err: errors.ErrUnsupported}, "netstat: read counters: unsupported operation\n", 255},
	} {
		h := counterSource("Ip.InReceives=1 Foo.A=2")
		h.errs = map[int]error{1: test.err}
		got, stderr, status := statisticsAnswer(t, h, "-s")
		if want := "Ip:\n    1 total packets received\nFoo:\n    A: 2\n"; got != want || stderr != test.say || status != test.status {
			t.Errorf("%v: status %d, stderr %q, want %d, %q\n%s", test.err, status, stderr, test.status, test.say, got)
		}
	}
}

// TestLabels checks what the binary search in the tables relies on.
func TestLabels(t *testing.T) {
	n := 0
	for _, g := range knownGroups {
		for i, l := range g.labels {
			n++
			if i > 0 && g.labels[i-1].name >= l.name {
				t.Errorf("%s: %s comes after %s", g.name, l.name, g.labels[i-1].name)
			}
			if (l.kind == hidden) != (l.before+l.after == "") {
				t.Errorf("%s.%s: %+v", g.name, l.name, l)
			}
		}
	}
	if n < 180 {
		t.Errorf("only %d sentences", n)
	}
}

func TestStatisticsCost(t *testing.T) {
	cost := func(n int) float64 {
		h := counterSource("Icmp.InEchos=1" + strings.Repeat(" TcpExt.TCPTimeouts=5 TcpExt.DelayedACKs=3 Ip6.InReceives=4 XIp6.New=3", n))
		cmd, exit := Parse([]string{"netstat", "-s6"}, Environment{})
		if exit != nil {
			t.Fatal(exit)
		}
		env := Env{Source: h, Names: &names{}, Stdout: io.Discard, Stderr: io.Discard}
		return testing.AllocsPerRun(5, func() { h.families = nil; cmd.Report(t.Context(), env) })
	}
	if few, many := cost(100), cost(10000); many > few+5 {
		t.Errorf("%v allocations for 400 counters, %v for 40000", few, many)
	}
}
