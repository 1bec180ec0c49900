package sources

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
)

const (
	// links makes two links. When they are settled, contents adds routes of all types in
	// several tables, addresses and groups.
	links = `set -e
sysctl -qw net.ipv6.conf.default.router_solicitations=0
ip link add d0 type veth peer name d1
ip addr add 2001:db8:1::1/64 dev d0 nodad
ip link set d0 up; ip link set d1 up`
	contents = `set -e
ip addr add 2001:db8:9::1 peer 2001:db8:9::2/128 dev d1 nodad
ip addr add 10.5.0.1/24 dev d0
ip addr add 224.5.5.5/32 dev d0 autojoin
sysctl -qw net.ipv6.conf.all.forwarding=1
ip -6 route add 2001:db8:2::/48 via 2001:db8:1::2 metric 77
ip -6 route add unreachable 2001:db8:3::/48
ip -6 route add throw 2001:db8:c::/48 table 100
ip -6 route add default via 2001:db8:1::9 expires 5000
ip -6 route add 2001:db8:8::/48 nexthop via 2001:db8:1::2 nexthop via 2001:db8:1::3 dev d0 onlink
ip -6 route add 2001:db8:a::/48 from 2001:db8:b::/48 via 2001:db8:1::2
ip nexthop add id 5 via 2001:db8:1::2 dev d0
ip nexthop add id 6 via 2001:db8:1::4 dev d0
ip nexthop add id 7 group 5/6
ip -6 route add 2001:db8:d::/48 nhid 7
ip -6 route add unreachable 2001:db8:33::/48 table 511
ip -6 route add unreachable default table 510`
)

// since reports whether the kernel has at least a version.
func since(t *testing.T, major, minor int) bool {
	t.Helper()
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		t.Fatal(err)
	}
	var a, b int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &a, &b); err != nil {
		t.Fatal(err)
	}
	return a > major || a == major && b >= minor
}

// Tables from files are read from netlink if the files are not readable. They equal
// net-tools' except for what standard error names (divergence R6, divergence I14).
func TestFilesUnreadable(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "sh", "-c", links)
	live.Settled(t)
	live.Run(t, "sh", "-c", contents)
	live.Settled(t)
	live.Lasting(t)
	references := regexp.MustCompile(`(?m)(\d+) +\d+ ( +\d+ \S+)$`)
	users := regexp.MustCompile(`(?m)^(\S+ +)(\d+|-) +`)
	const (
		routes = "netstat: read the reference counts and the flags A and D of routes of inet6: open /proc/net/ipv6_route: "
		count  = "netstat: read the user counts of groups of "
	)
	type report struct {
		args []string
		// unlike removes from an answer what a dump lacks.
		unlike func(string) string
		errs   []string // each followed by the cause
	}
	reports := []report{
		{[]string{"-rn6"}, func(s string) string { return references.ReplaceAllString(s, "$1 $2") }, []string{routes}},
		{[]string{"-rn6C"}, func(s string) string { return s }, nil},
		{[]string{"-rnC"}, func(s string) string { return s }, nil},
		{[]string{"-gn6"}, func(s string) string { return users.ReplaceAllString(s, "$1") }, []string{count + "inet6: "}},
		{[]string{"-ine"}, func(s string) string { // addresses, in an order common to both
			lines := strings.Split(s, "\n")
			name := ""
			for i, line := range lines {
				if n, _, ok := strings.Cut(line, ": flags="); ok {
					name = n
				}
				lines[i] = name + " " + line
			}
			lines = slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(line, " inet") })
			slices.Sort(lines)
			return strings.Join(lines, "\n")
		}, nil},
	}
	if since(t, 6, 15) {
		reports = append(reports, report{[]string{"-gn"}, reports[3].unlike, []string{count + "inet: ", count + "inet6: "}})
	} else {
		t.Log("IPv4 groups: this kernel does not dump them (before Linux 6.15)")
	}
	want := make([]string, len(reports))
	for i, r := range reports {
		a := live.Netstat(t, r.args...)
		if a.Err != "" || a.Status != 0 {
			t.Fatalf("%q: status %d, %s", r.args, a.Status, a.Err)
		}
		if real := live.Run(t, "netstat", r.args...); r.unlike(real) != r.unlike(a.Out) {
			t.Errorf("%q: net-tools:\n%s\nours:\n%s", r.args, real, a.Out)
		}
		want[i] = r.unlike(a.Out)
	}
	check := func(what, cause string, command ...string) {
		t.Helper()
		for i, r := range reports {
			a := live.Program(t, slices.Concat(command, []string{live.ProgramPath()}, r.args)...)
			errs := ""
			for _, e := range r.errs {
				errs += e + cause + "\n"
			}
			if got := r.unlike(a.Out); got != want[i] || a.Err != errs || a.Status != 0 {
				t.Errorf("%s, %q: status %d, %q\n%s\nwant\n%s", what, r.args, a.Status, a.Err, got, want[i])
			}
			// Files only. If only igmp6 is missing there is no IPv6, which net-tools
			// does not report either.
			if what == "missing" && r.args[0] == "-gn6" {
				continue
			}
			if a := live.Program(t, slices.Concat(command, []string{"env", "NETSTAT_SOURCE=proc", live.ProgramPath()}, r.args)...); len(r.errs) > 0 && a.Err == "" {
				t.Errorf("%s, %q from files: status %d, no message\n%s", what, r.args, a.Status, a.Out)
			}
		}
	}
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "self"), 0o755))
	must(os.Chmod(dir, 0o755))
	must(unix.Mount(dir, "/proc", "", unix.MS_BIND, ""))
	defer func() { must(unix.Unmount("/proc", unix.MNT_DETACH)) }()
	check("no net", "/proc/net is missing")
	must(os.Mkdir(filepath.Join(dir, "net"), 0o755))
	check("missing", "no such file or directory")
	for _, file := range []string{"ipv6_route", "rt_cache", "igmp", "igmp6", "if_inet6"} {
		must(os.WriteFile(filepath.Join(dir, "net", file), nil, 0o600))
	}
	check("empty", "incomplete: file is empty; another file may be mounted over it")
	check("denied", "permission denied", "setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all")

	// A snapshot keeps the rows and the warnings about them.
	document := filepath.Join(t.TempDir(), "host.json")
	live.Netstat(t, "--snapshot", document)
	for i, r := range reports {
		a := live.Netstat(t, append([]string{"--replay", document}, r.args...)...)
		if r.unlike(a.Out) != want[i] || strings.Count(a.Err, "another file may be mounted over it\n") != len(r.errs) || a.Status != 0 {
			t.Errorf("replay of %q: status %d, %q\n%s", r.args, a.Status, a.Err, a.Out)
		}
	}
}

// Counters have no second source: the file is named, and the others follow (divergence
// S2).
func TestCountersUnreadable(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "self"), 0o755))
	must(os.Mkdir(filepath.Join(dir, "net"), 0o755))
	must(os.Chmod(dir, 0o755))
	contents := map[string][]byte{}
	for _, file := range []string{"snmp", "netstat", "snmp6"} {
		text, err := os.ReadFile("/proc/net/" + file)
		must(err)
		contents[file] = text
	}
	must(unix.Mount(dir, "/proc", "", unix.MS_BIND, ""))
	defer func() { must(unix.Unmount("/proc", unix.MNT_DETACH)) }()
	for _, test := range []struct {
		args, file, has, hasNot string
	}{
		{"-s", "snmp", "\nTcpExt:\n", "Ip:\n"},
		{"-s", "netstat", "Ip:\n", "TcpExt:\n"},
		{"-s6", "snmp6", "Tcp:\n", "Ip6:\n"},
		{"-s6", "snmp", "Ip6:\n", "Tcp:\n"},
	} {
		look := func(what, want string, command ...string) {
			t.Helper()
			a := live.Program(t, append(command, live.ProgramPath(), test.args)...)
			if a.Err != want || a.Status != 0 || !strings.Contains("\n"+a.Out, test.has) || strings.Contains("\n"+a.Out, "\n"+test.hasNot) {
				t.Errorf("%s without %s (%s): status %d, %q\n%s", test.args, test.file, what, a.Status, a.Err, a.Out)
			}
		}
		for file, text := range contents {
			must(os.WriteFile(filepath.Join(dir, "net", file), text, 0o644))
		}
		path := filepath.Join(dir, "net", test.file)
		must(os.Chmod(path, 0o600))
		look("denied", "cannot open /proc/net/"+test.file+": Permission denied\n", "setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all")
		must(os.Truncate(path, 0))
		look("empty", "/proc/net/"+test.file+": Incomplete: file is empty; another file may be mounted over it\n")
		must(os.Chmod(path, 0o644))
	}
}
