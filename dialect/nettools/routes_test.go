package nettools

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

func answerRoutes(t *testing.T, h *host, n *names, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd, exit := Parse(append([]string{"netstat"}, args...), Environment{})
	if exit != nil {
		t.Fatalf("Parse(%q) ended with %+v", args, exit)
	}
	var out, err strings.Builder
	status = cmd.Report(t.Context(), Env{Source: h, Names: n, Stdout: &out, Stderr: &err})
	return out.String(), err.String(), status
}

const (
	header4 = "Kernel IP routing table\nDestination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n"
	header6 = "Kernel IPv6 routing table\nDestination                    Next Hop                   Flag Met Ref  Use If\n"
)

// TestRoutesAreSafe checks that text from outside is made safe for a terminal,
// even where a column ends within a character.
func TestRoutesAreSafe(t *testing.T) {
	h := &host{RouteRows: map[netstat.Family][]netstat.Route{
		netstat.Inet: {{
			Destination: netip.MustParsePrefix("192.168.1.0/24"), Gateway: netip.MustParseAddr("10.0.0.1"),
			Flags: netstat.RouteUp | netstat.RouteGateway, Interface: "e\x1b[1mé",
		}},
		netstat.Inet6: {{
			Destination: netip.MustParsePrefix("2001:db8::1/128"), Gateway: netip.MustParseAddr("fe80::1"), Interface: "\u202ex",
		}},
	}}
	n := &names{
		hosts: map[netip.Addr]string{
			netip.MustParseAddr("10.0.0.1"): "gate\x07way-with-\u00e9\u00e9\u00e9", netip.MustParseAddr("fe80::1"): "six\x9b",
			netip.MustParseAddr("2001:db8::1"): strings.Repeat("é", 63),
		},
		networks: map[netip.Addr]string{netip.MustParseAddr("192.168.1.0"): "lan\x1b"},
	}
	stdout, stderr, status := answerRoutes(t, h, n, "-r", "-46", "-ee")
	want := "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n" +
		"lan.            gate.way-with-. 255.255.255.0   UG    0      0        0 e.[1m.   0     0      0\n" + header6 +
		strings.Repeat("é", 63) + "/ six.                            0   0      0 .x\n"
	if stdout != want || stderr != "" || status != ExitOK {
		t.Errorf("got  %q\nwant %q\nstderr %q, exit %d", stdout, want, stderr, status)
	}
}

func TestRouteFailures(t *testing.T) {
	tests := []struct {
		name           string
		args           string
		fails          map[netstat.Family]error
		bogus          int
		stdout, stderr string
		status         int
	}{
		{"missing without an errno", "-r", map[netstat.Family]error{netstat.Inet: errors.ErrUnsupported}, 0,
			"INET (IPv4) not configured in this system.\n", "/proc/net/route: No such file or directory\n", ExitMissing},
		{"denied", "-r6", map[netstat.Family]error{netstat.Inet6: errors.Join(errors.ErrUnsupported, syscall.EACCES)}, 0,
			"INET6 (IPv6) not configured in this system.\n", "/proc/net/ipv6_route: Permission denied\n", ExitMissing},
		{"no table", "-r64", map[netstat.Family]error{netstat.Inet: netstat.ErrNoRoutes}, 0, header6 + header4, "", ExitMissing},
		// Divergence R5.
		{"no column", "-r46", map[netstat.Family]error{netstat.Inet: &netstat.MissingColumnError{File: "/f", Column: "C"}}, 0,
			header4, "warning: /f does not contain required field C\n", ExitMissing},
		{"unreadable", "-r46", map[netstat.Family]error{netstat.Inet: syscall.EIO}, 0,
			header4, "netstat: read routes: " + syscall.EIO.Error() + "\n", ExitFailure},
		{"bogus", "-r", nil, 2, header4, "warning, got bogus route line.\nwarning, got bogus route line.\n", ExitOK},
	}
	for _, test := range tests {
		stdout, stderr, status := answerRoutes(t, &host{RouteErrs: test.fails, RouteWarnings: slices.Repeat([]*netstat.OpError{{Op: "parse", Err: netstat.ErrBogusRecord}}, test.bogus)}, &names{}, strings.Fields(test.args)...)
		if stdout != test.stdout || stderr != test.stderr || status != test.status {
			t.Errorf("%s: %q, %q, exit %d", test.name, stdout, stderr, status)
		}
	}
}

// TestRouteAllocations checks that the cost of a row does not grow with the
// number of rows, beyond those that wait for names.
func TestRouteAllocations(t *testing.T) {
	for _, args := range []string{"-rn", "-r", "-ree", "-6r", "-6rn"} {
		cmd, _ := Parse(append([]string{"netstat"}, args), Environment{})
		h := &host{RouteRows: map[netstat.Family][]netstat.Route{
			netstat.Inet:  {{Destination: netip.MustParsePrefix("10.0.0.1/24"), Gateway: netip.MustParseAddr("10.0.0.1"), Flags: netstat.RouteUp, Interface: "eth0"}},
			netstat.Inet6: {{Destination: netip.MustParsePrefix("2001:db8::/32"), Gateway: netip.MustParseAddr("fe80::1"), Interface: "eth0"}},
		}}
		n := &names{hosts: map[netip.Addr]string{netip.MustParseAddr("10.0.0.1"): "gw"}}
		cost := func(rows int) float64 {
			h.RouteRounds = rows
			return testing.AllocsPerRun(5, func() {
				cmd.Report(t.Context(), Env{Source: h, Names: n, Stdout: io.Discard, Stderr: io.Discard})
			})
		}
		if few, many := cost(20000), cost(40000); many-few > 5 {
			t.Errorf("%s: %v allocations for 20000 rows, %v for 40000", args, few, many)
		}
	}
}

func TestSignedCells(t *testing.T) {
	for _, n := range []uint32{0, 9, 10, 123456, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1<<32 - 10, 1<<32 - 123456} {
		for _, width := range []int{0, 3, 7, 12} {
			if got, want := string(appendSignedLeft(nil, n, width)), fmt.Sprintf("%-*d", width, int32(n)); got != want {
				t.Errorf("left: %q, want %q", got, want)
			}
			if got, want := string(appendSignedRight(nil, n, width)), fmt.Sprintf("%*d", width, int32(n)); got != want {
				t.Errorf("right: %q, want %q", got, want)
			}
		}
		if got, want := string(appendHex(nil, uint64(n), 1)), fmt.Sprintf("%X", n); got != want {
			t.Errorf("hexadecimal: %q, want %q", got, want)
		}
	}
}
