package nettools

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
)

// router is a Source that translates addresses.
type router struct {
	host
	sessions []netstat.NATSession
	fails    error
}

func (h *router) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		for _, s := range h.sessions {
			if !yield(s, nil) {
				return
			}
		}
		if h.fails != nil {
			yield(netstat.NATSession{}, &netstat.OpError{Op: "read NAT sessions", Err: h.fails})
		}
	}
}

// session returns a session of this protocol number with the four addresses.
func session(protocol uint8, from, to, replyFrom, replyTo string) netstat.NATSession {
	s := netstat.NATSession{
		Family: netstat.Inet, IPProtocol: protocol,
		Original: netstat.NATTuple{Source: netip.MustParseAddrPort(from), Destination: netip.MustParseAddrPort(to)},
		Reply:    netstat.NATTuple{Source: netip.MustParseAddrPort(replyFrom), Destination: netip.MustParseAddrPort(replyTo)},
		Timeout:  90 * time.Second,
	}
	switch protocol {
	case 6:
		s.Protocol = netstat.TCP
	case 17:
		s.Protocol = netstat.UDP
	case 132:
		s.Protocol = netstat.SCTP
	}
	return s
}

func slow(s netstat.NATSession, d time.Duration) netstat.NATSession {
	s.Timeout = d
	return s
}

func masqueradeAnswer(t *testing.T, h *router, n *names, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd, exit := Parse(append([]string{"netstat"}, args...), Environment{})
	if exit != nil {
		t.Fatalf("Parse(%q) ended with %+v", args, exit)
	}
	var out, err strings.Builder
	status = cmd.Report(t.Context(), Env{Source: h, Names: n, Stdout: &out, Stderr: &err})
	return out.String(), err.String(), status
}

func TestMasqueradeRows(t *testing.T) {
	snat := session(6, "10.0.0.2:1024", "192.168.1.5:80", "192.168.1.5:80", "192.0.2.1:61440")
	forever := snat
	forever.Timeout = -1
	shifted := snat
	shifted.Original.SeqAdjust = netstat.SeqAdjust{Known: true, BeforeKnown: true, Position: 4294967295, Before: -123456, After: 7}
	half := snat
	half.Original.SeqAdjust = netstat.SeqAdjust{Known: true, Position: 4660, After: -7}
	both := session(17, "10.0.0.2:1024", "10.0.0.1:8080", "10.0.0.3:53", "10.0.0.1:61440")
	both.Reply.SeqAdjust = netstat.SeqAdjust{Known: true, BeforeKnown: true, Position: 9}
	long := snat
	long.Timeout = 5*24*time.Hour + 1234567890
	n := &names{hosts: map[netip.Addr]string{
		netip.MustParseAddr("10.0.0.2"):    "evil\x1b[2J",
		netip.MustParseAddr("192.168.1.5"): "a-very-long-host-name.example.org",
		netip.MustParseAddr("192.0.2.1"):   "never-shown",
	}}
	for _, c := range []struct {
		args string
		row  netstat.NATSession
		want string
	}{
		{"-Mn", snat, "tcp   1:30.00 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"},
		{"-M", snat, "tcp   1:30.00 evil.[2J             a-very-long-host-name.example.org 1024 -> http (61440)\n"},
		{"-MW", snat, "tcp   1:30.00 evil.[2J             a-very-long-host-name.example.org 1024 -> http (61440)\n"},
		{"-M --numeric-hosts", snat, "tcp   1:30.00 10.0.0.2             192.168.1.5          1024 -> http (61440)\n"},
		{"-M --numeric-ports", snat, "tcp   1:30.00 evil.[2J             a-very-long-host-name.example.org 1024 -> 80 (61440)\n"},
		{"-Mne", snat, "tcp   1:30.00          -     -     - 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"},
		{"-Mne", shifted, "tcp   1:30.00 4294967295     7 -123456 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"},
		{"-Mne", half, "tcp   1:30.00       4660    -7     - 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"},
		{"-Mn", forever, "tcp         - 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"},
		{"-Mn", long, "tcp 7200:01.23 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"},
		{
			"-Mn", session(6, "192.0.2.9:41000", "192.0.2.1:8080", "10.0.0.2:80", "192.0.2.9:41000"),
			"tcp   1:30.00 10.0.0.2             192.0.2.9            80 -> 41000 (8080)\n",
		},
		{"-Mne", both, "udp   1:30.00          -     -     - 10.0.0.2             10.0.0.3             1024 -> 53 (61440)\n" +
			"udp   1:30.00          9     0     0 10.0.0.3             10.0.0.2             53 -> 1024 (8080)\n"},
		{"-Mn", session(1, "10.0.0.2:513", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:514"), "icmp  1:30.00 10.0.0.2             192.0.2.9            513 -> * (514)\n"},
		{"-M", session(132, "10.0.0.4:80", "192.0.2.9:80", "192.0.2.9:80", "192.0.2.1:80"), "sctp  1:30.00 10.0.0.4             192.0.2.9            80 -> 80 (80)\n"},
		{"-Mn", session(136, "10.0.0.2:1", "192.0.2.9:2", "192.0.2.9:2", "192.0.2.1:3"), "udpl  1:30.00 10.0.0.2             192.0.2.9            1 -> 2 (3)\n"},
		{"-Mn", session(47, "10.0.0.2:1", "192.0.2.9:2", "192.0.2.9:2", "192.0.2.1:1"), "gre   1:30.00 10.0.0.2             192.0.2.9            1 -> 2 (1)\n"},
		{"-Mn", slow(session(1, "10.0.0.2:5", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:6"), 99*time.Minute), "icmp 99:00.00 10.0.0.2             192.0.2.9            5 -> * (6)\n"},
		{"-Mn", slow(session(1, "10.0.0.2:5", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:6"), 100*time.Minute), "icmp 100:00.00 10.0.0.2             192.0.2.9            5 -> * (6)\n"},
		{"-Mn", session(50, "10.0.0.2:0", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:0"), "esp   1:30.00 10.0.0.2             192.0.2.9            * -> * (*)\n"},
		{"-Mn", session(51, "10.0.0.2:0", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:0"), "ah    1:30.00 10.0.0.2             192.0.2.9            * -> * (*)\n"},
		{"-Mn", session(33, "10.0.0.2:0", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:0"), "dccp  1:30.00 10.0.0.2             192.0.2.9            * -> * (*)\n"},
		{"-Mn", session(0, "10.0.0.2:0", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:0"), "ip    1:30.00 10.0.0.2             192.0.2.9            * -> * (*)\n"},
		{"-Mn", session(253, "10.0.0.2:0", "192.0.2.9:0", "192.0.2.9:0", "192.0.2.1:0"), "253   1:30.00 10.0.0.2             192.0.2.9            * -> * (*)\n"},
	} {
		header := "IP masquerading entries\nprot   expire source               destination          ports\n"
		if strings.Contains(c.args, "e") && !strings.Contains(c.args, "--") {
			header = "IP masquerading entries\nprot   expire    initseq delta prevd source               destination          ports\n"
		}
		stdout, stderr, status := masqueradeAnswer(t, &router{sessions: []netstat.NATSession{c.row}}, n, strings.Fields(c.args)...)
		if stdout != header+c.want || stderr != "" || status != ExitOK {
			t.Errorf("%s: status %d, stderr %q\ngot  %q\nwant %q", c.args, status, stderr, stdout, header+c.want)
		}
	}
}

func TestMasqueradeEnds(t *testing.T) {
	row := session(6, "10.0.0.2:1024", "192.168.1.5:80", "192.168.1.5:80", "192.0.2.1:61440")
	const table = "IP masquerading entries\nprot   expire source               destination          ports\n" +
		"tcp   1:30.00 10.0.0.2             192.168.1.5          1024 -> 80 (61440)\n"
	for _, c := range []struct {
		host           router
		args           string
		stdout, stderr string
		status         int
	}{
		{router{}, "-M", "", "", ExitOK},
		{router{}, "-Mae", "", "", ExitOK},
		{router{fails: errors.Join(errors.ErrUnsupported, fs.ErrPermission)}, "-M", "", "netstat: no support for `ip_masquerade' on this system.\n", ExitMissing},
		{router{fails: errors.ErrUnsupported}, "-Mne", "", "netstat: no support for `ip_masquerade' on this system.\n", ExitMissing},
		{router{fails: errors.Join(errors.ErrUnsupported, netstat.ErrIncomplete)}, "-M", "", "netstat: read NAT sessions: unsupported operation incomplete\n", ExitFailure},
		{router{fails: errors.New("gone\x1b")}, "-M", "", "netstat: read NAT sessions: gone.\n", ExitFailure},
		{router{sessions: []netstat.NATSession{row}, fails: netstat.ErrBogusRecord}, "-Mn", table, "netstat: read NAT sessions: bogus record\n", ExitFailure},
		{router{sessions: []netstat.NATSession{row}}, "-Mngtx6", table, "", ExitOK},
	} {
		stdout, stderr, status := masqueradeAnswer(t, &c.host, &names{}, c.args)
		if stdout != c.stdout || stderr != c.stderr || status != c.status {
			t.Errorf("%s: status %d, stdout %q, stderr %q", c.args, status, stdout, stderr)
		}
	}
}

// TestMasqueradeStops checks that a closed pipe ends the list, and that the
// Source is not read further.
func TestMasqueradeStops(t *testing.T) {
	h := &router{sessions: make([]netstat.NATSession, 5000)}
	for i := range h.sessions {
		h.sessions[i] = session(6, "10.0.0.2:1024", "192.168.1.5:80", "192.168.1.5:80", "192.0.2.1:61440")
	}
	cmd, _ := Parse([]string{"netstat", "-Mn"}, Environment{})
	w := &brokenPipe{}
	var stderr strings.Builder
	if status := cmd.Report(t.Context(), Env{Source: h, Names: &names{}, Stdout: w, Stderr: &stderr}); status != ExitFailure || w.writes != 1 {
		t.Errorf("status %d after %d writes, stderr %q", status, w.writes, stderr.String())
	}
}

type brokenPipe struct{ writes int }

func (w *brokenPipe) Write([]byte) (int, error) {
	w.writes++
	return 0, errors.New("no reader")
}

func TestMasqueradeCost(t *testing.T) {
	const rows = 1000
	s := session(6, "10.0.0.2:1024", "192.168.1.5:80", "192.168.1.5:80", "192.0.2.1:61440")
	s.Original.SeqAdjust = netstat.SeqAdjust{Known: true, BeforeKnown: true, After: -3}
	h := &router{sessions: make([]netstat.NATSession, rows)}
	for i := range h.sessions {
		h.sessions[i] = s
	}
	for _, args := range []string{"-Mne", "-M"} {
		cmd, _ := Parse([]string{"netstat", args}, Environment{})
		got := testing.AllocsPerRun(5, func() {
			cmd.Report(t.Context(), Env{Source: h, Names: &names{}, Stdout: &discard{}, Stderr: &discard{}})
		})
		if got > 40 {
			t.Errorf("%s: %v allocations for %d rows", args, got, rows)
		}
	}
}

type discard struct{}

func (*discard) Write(b []byte) (int, error) { return len(b), nil }
