package differential

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// routesRole names the world of routes that a process of this binary is to create, and
// routesOurs the program under test.
const (
	routesRole = "NETSTAT_DIFFERENTIAL_ROUTES"
	routesOurs = "NETSTAT_DIFFERENTIAL_ROUTES_OURS"
)

func init() {
	name := os.Getenv(routesRole)
	if name == "" {
		return
	}
	os.Unsetenv(routesRole)
	verdicts, err := routesMain(name, os.Getenv(routesOurs))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(verdicts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential test of routes:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// routeWorld is a network namespace, or a made-up /proc, in which the two programs are
// compared.
type routeWorld struct {
	name string
	// ip are lines for ip -batch; sysctls are set before.
	ip, ip6 string
	sysctls []string
	// proc, if not nil, are the files of a made-up /proc that hides the real one.
	proc map[string]string
	// exceptions makes the kernel learn a path MTU.
	exceptions bool
	cases      []string // command lines
	// users are the users to run as, sources the ways that ours reads.
	users   []uint32
	sources []string
	change  []routeChange
}

// routeChange is a declared divergence: it changes the original's output into the
// output expected of ours. Its number is that of docs/differences.md.
type routeChange struct {
	number string
	args   *regexp.Regexp // affected command lines; nil for all
	apply  func(oracle printed, args string) printed
}

// routeVerdict is the outcome of one case; Diff is empty if the programs agree. Seen
// are the divergences that had an effect.
type routeVerdict struct {
	Case, Diff string
	Seen       []string
}

var routeFormats = []string{
	"-rn", "-ren", "-reen", "-r", "-re", "-ree", "-rN", "-rNee", "-r --numeric-hosts", "-r --numeric-ports",
	"-r --numeric-users", "-nr4", "-rn -A inet", "--route --numeric --inet", "-rnF", "-rvn", "-rnW", "-rntlapo",
	"-rnvaW --extend --extend", "-rn -A ip,inet", "-n --ro", "-rnd",
	"-6rn", "-6r", "-6re", "-6reen", "-6rN", "-6rF", "-6rW --numeric-hosts", "-r -A inet6 -n", "-r --inet6 -nv",
	"-46rn", "-64rn", "-64r", "-46reen", "-r -n -A inet,inet6", "-r -n -A inet6,inet", "-r -n -A inet6,inet6",
	"-rCn", "-rCen", "-rCeen", "-rC", "-rFCn", "-rFC", "-6rCn", "-6rFCn", "-6rC", "-46rFCn", "-64rCneeW",
	"-rx", "-r -A unix,inet", "-rn -A inet,unix", "-rn -A inet6,ash", "-r -A econet", "-rn -A inet,bluetooth",
	"-r --bluetooth", "-rn -A inet6,bluetooth,inet", "-rCn -A inet,unix", "-rr", "-ri", "-rn -A foo", "-rgn", "-rneee", "-reeee -46", "-rCneee",
}

// richRoutes has every type of IPv4 route.
const richRoutes = `link set lo up
link add v0 type veth peer name v1
link add name averylongname15 type veth peer name v3
link add v4 type veth peer name v5
link add name "e` + "\x1b" + `[31mx" type veth peer name v7
link add name zweiä type veth peer name v9
link set v0 up
link set v1 up
link set averylongname15 up
link set v3 up
link set v4 up
link set "e` + "\x1b" + `[31mx" up
link set v7 up
link set zweiä up
link set v9 up
addr add 10.0.0.1/24 dev v0
addr add 10.0.1.1/30 dev averylongname15
addr add 10.0.2.1/32 dev v0
addr add 10.0.3.1/24 dev v4
addr add 10.0.4.1 peer 10.0.4.2 dev v0
route add default via 10.0.0.254
route add default via 10.0.0.253 metric 100
route add 0.0.0.0/8 via 10.0.0.254
route add 128.0.0.0/1 via 10.0.0.254 metric 4294967295
route add 10.1.0.0/16 via 10.0.0.2 metric 3000000000
route add 10.1.0.0/16 via 10.0.0.3 tos 0x10
route add 10.1.0.0/17 via 10.0.0.3 mtu 1400 advmss 1300 window 65535 rtt 120ms
route add 10.1.128.0/17 via 10.0.0.3 mtu lock 1280 advmss 65495 window 4294967295 rttvar 5ms rto_min 200ms initcwnd 10 congctl reno
route add 10.2.0.0/16 nexthop via 10.0.0.4 weight 2 nexthop via 10.0.1.2 weight 3
route add 10.3.0.0/16 nexthop dev averylongname15 nexthop via 10.0.0.4
route add blackhole 10.4.0.0/16
route add unreachable 10.5.0.0/16 metric 7
route add prohibit 10.6.0.0/16
route add throw 10.7.0.0/16 metric 9
route add unreachable default metric 4294967294
route add 10.8.0.0/16 dev v0 scope link
route add 10.9.0.0/16 dev v0 scope host
route add 10.10.0.1 dev v0
route add 10.11.0.0/16 via 172.16.0.1 dev v0 onlink
route add 10.12.0.0/16 via inet6 fe80::1 dev v0
route add 10.13.0.0/16 via inet6 ::1:2 dev v0 onlink
route add local 10.14.0.0/16 dev lo table main
route add broadcast 10.15.0.255 dev v0 table main
route add multicast 239.0.0.0/8 dev v0 table main
route add anycast 10.16.0.1 dev v0 table main
route add 10.17.0.0/16 dev v0 src 10.0.2.1 proto static realm 3
route add 10.18.0.0/16 dev v4
route add 10.19.0.0/16 nexthop via inet6 fe80::7 dev v0 nexthop via 10.0.0.4
route add 10.20.0.0/16 nexthop via 10.0.0.4 nexthop via inet6 fe80::7 dev v0
route add 10.21.0.0/16 dev "e` + "\x1b" + `[31mx"
route add 10.22.0.0/16 dev zweiä
route add 10.23.0.0/16 via 10.0.0.20
route add 10.24.0.0/16 via 10.0.0.21
route add 10.25.0.99 via 10.0.0.21
route add 10.99.0.0/16 via 10.0.0.9 table 100
route add 127.1.0.0/16 dev lo
route add 169.254.0.0/16 dev v0
route add 192.168.7.0/24 dev v0
route add 192.168.8.0/24 dev v0
route add 192.168.8.0/25 dev v0
route add 192.168.9.0/24 dev v0
route add 172.16.0.0/16 dev v0
route add 255.255.255.255 dev v0
nexthop add id 1 via 10.0.0.11 dev v0
nexthop add id 2 via 10.0.1.2 dev averylongname15
nexthop add id 3 group 1/2
nexthop add id 4 blackhole
nexthop add id 6 via fe80::9 dev v0
nexthop add id 7 group 2,3/1,5
addr add fd00::1/64 dev v0 nodad
addr add fd01::1/64 dev averylongname15 nodad
addr add fd02::1/128 dev v0 nodad
nexthop add id 11 via fd00::11 dev v0
nexthop add id 12 via fd01::12 dev averylongname15
nexthop add id 13 group 11/12
route add 10.30.0.0/16 nhid 1
route add 10.31.0.0/16 nhid 3
route add 10.32.0.0/16 nhid 4
route add 10.34.0.0/16 nhid 6
route add 10.35.0.0/16 nhid 1 metric 55
route add 10.36.0.0/16 nhid 7
`

// richRoutes6 has every type of IPv6 route.
const richRoutes6 = `route add default via fd00::fe
route add default via fd00::fd metric 4294967294
route add 2001:db8::/32 via fd00::2 metric 1
route add 2001:db8:1::/48 via fd00::2 expires 3000
route add 2001:db8:2::/48 via fd00::2 from 2001:db8:9::/48
route add 2001:db8:3::/48 nexthop via fd00::3 nexthop via fd01::3
route add blackhole 2001:db8:4::/48
route add unreachable 2001:db8:5::/48 metric 77
route add prohibit 2001:db8:6::/48
route add throw 2001:db8:7::/48
route add 2001:db8:8::1 dev v0
route add 2001:db8:9:0:1::/80 via fe80::1 dev v0 onlink mtu 1400 advmss 1300
route add 2001:db8:a::/48 dev averylongname15
route add 2001:db8:b::/48 dev "e` + "\x1b" + `[31mx"
route add 2001:db8:c::/48 via fd00::20
route add fd77:1111:2222:3333:4444:5555:6666:7777 via fd00::1234:5678:9abc:def0
route add ::ffff:10.0.0.20 dev v0
route add ::10.0.0.20 dev v0
route add local 2001:db8:d::/48 dev lo table main
route add anycast 2001:db8:e::1 dev v0 table main
route add multicast ff05::/16 dev v0 table main
route add 2001:db8:f::/48 via fd00::9 table 100
route add 2001:db8:10::/48 nhid 11
route add 2001:db8:11::/48 nhid 13
nexthop add id 14 blackhole
route add 2001:db8:12::/48 nhid 14
`

// routeEtc replaces files of /etc.
var routeEtc = map[string]string{
	"hosts": `127.0.0.1 localhost
10.0.0.254 gw.example.org gw
10.0.0.20 a-gateway-with-a-long-name.example.org
10.0.0.4 four
10.25.0.99 host.example.org
10.10.0.1 ten
192.168.7.0 not-the-network
fd00::fe gw6.example.org
fd00::20 a-gateway-with-a-long-name.v6.example.org
2001:db8:8::1 a-destination-with-a-long-name.v6.example.org
2001:db8:a:: net6
::1 localhost
`,
	"networks": `# numbers in every form
default		0.0.0.0
loopback	127.0.0.0
link-local	169.254.0.0
ten-eight	10.8
octal		012.011
hexadecimal	0xac.0x10
lan		192.168.7.0	alias
again		192.168.7.0
a-network-with-a-long-name	192.168.8.0
bad-number	192.168.9.
too-large	192.168.300
`,
	"nsswitch.conf": "hosts: files\nnetworks: files\npasswd: files\n",
}

const routeHeader = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"

const cacheHeader = "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst"

// flagRoutes returns a table with a route for each of the kernel's flags.
func flagRoutes() map[string]string {
	route := new(strings.Builder)
	cache := new(strings.Builder)
	route6 := new(strings.Builder)
	fmt.Fprintf(route, "%-127s\n", routeHeader)
	fmt.Fprintf(cache, "%-127s\n", cacheHeader)
	row := func(bit int, flags uint32) {
		fmt.Fprintf(route, "b%d\t%02X00000A\t0100000A\t%04X\t%d\t%d\t%d\t000000FF\t%d\t%d\t%d\n",
			bit, bit, flags|1, bit*3, bit*1001, bit*11, bit*40, bit*2222, bit*7)
		fmt.Fprintf(cache, "b%d\t%02X00000A\t0100000A\t%8X\t%d\t%d\t%d\t1400000A\t%d\t%d\t%d\t%02X\t%d\t%d\t0400000A\n",
			bit, bit, flags, bit, bit*2, bit*3, bit*40, bit*5, bit*6, bit%10, bit-1, bit%2)
		fmt.Fprintf(route6, "20010db80000%04x0000000000000000 30 00000000000000000000000000000000 00 fd0000000000000000000000000000fe %08x %08x %08x %08x %8s\n",
			bit, bit, bit*5, bit*777, flags, fmt.Sprintf("b%d", bit))
	}
	for bit := range 32 {
		row(bit, 1<<bit)
	}
	row(32, 0xFFFFFFFF)
	row(33, 0xFFFFFFFF&^0x200)
	row(34, 0xFFFFFFFF&^0x1000000)
	route.WriteString("down\t0000000A\t0100000A\t0002\t0\t0\t0\t000000FF\t0\t0\t0\n" +
		"*\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n" +
		"wide\t0000000A\t0100000A\t0003\t12345\t123456789\t1234567890\t000000FF\t1234567\t1234567\t12345678\n" +
		"wide\t0000000A\t0100000A\t0203\t12345\t123456789\t1234567890\t000000FF\t1234567\t1234567\t12345678\n" +
		"negative\t0000000A\t0100000A\t0003\t-1\t4294967295\t4294967295\t000000FF\t-5\t4294967295\t2147483648\n")
	cache.WriteString("wide\t6300190A\t1400000A\t0\t12345\t123456789\t1234567890\tFE00000A\t1234567\t1234567\t12345678\t10\t-1234\t12345\t6300190A\n" +
		"zero\t00000000\t00000000\t0\t0\t0\t0\t00000000\t0\t0\t0\t00\t-1\t0\t00000000\n" +
		"nets\t0007A8C0\t0007A8C0\t0\t0\t0\t0\t0007A8C0\t0\t0\t0\t02\t-1\t0\t0007A8C0\n")
	route6.WriteString("00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff ffffffff ffffffff 00200200       lo\n" +
		"ffffffffffffffffffffffffffffffff 80 20010db8000000000000000000000000 20 ffffffffffffffffffffffffffffffff 12345678 00012345 12345678 00000003 averylongname15\n" +
		"00000000000000000000ffff0a000014 80 00000000000000000000000000000000 00 0000000000000000000000000a000014 00000000 00000400 00000000 00000005       v0\n")
	return map[string]string{"net/route": route.String(), "net/rt_cache": cache.String(), "net/ipv6_route": route6.String()}
}

// headerRoutes is a /proc whose route file has the given header and one route.
func headerRoutes(header, row string) map[string]string {
	// The kernel always lists the route that rejects the rest.
	rejects := strings.Repeat("0", 32) + " 00 " + strings.Repeat("0", 32) + " 00 " + strings.Repeat("0", 32) + " ffffffff 00000001 00000000 00200200       lo\n"
	files := map[string]string{"net/rt_cache": cacheHeader + "\n", "net/ipv6_route": rejects}
	if header != "absent" {
		files["net/route"] = header + row
	}
	return files
}

const oneRoute = "\neth0\t0000000A\t0100000A\t0003\t1\t2\t3\t000000FF\t4\t5\t6\n"

var (
	someFormats = []string{"-rn", "-ren", "-reen", "-r", "-6rn", "-46rn", "-64rn", "-rCn", "-rFCn", "-6rCn", "-rvn", "-rn -A inet,unix", "-rnc -A inet6,unix"}
	// These exit by themselves only without a table.
	endlessFormats = append([]string{"-rnc", "-r --continuous", "-rnc -A inet,inet6"}, someFormats...)
	anyone         = []uint32{0, 65534}
	bothSources    = []string{"", "netlink", "proc"}
	onlyProc       = []string{"proc"}
)

var routeWorlds = []routeWorld{
	{name: "rich", ip: richRoutes, ip6: richRoutes6, cases: routeFormats, users: anyone, sources: bothSources, change: routeChanges},
	{name: "rules", ip: richRoutes + "rule add from 10.0.0.9 table 100\n", ip6: richRoutes6, cases: someFormats, users: anyone, sources: bothSources, change: routeChanges},
	{name: "nexthops by number", ip: richRoutes, ip6: richRoutes6, sysctls: []string{"net/ipv4/nexthop_compat_mode=0"},
		cases: someFormats, users: anyone[:1], sources: []string{"", "proc"}, change: routeChanges},
	{name: "fresh", cases: append(endlessFormats, routeFormats...), users: anyone, sources: bothSources, change: routeChanges},
	{name: "emptied", ip: "link set lo up\nroute add 10.0.0.0/8 dev lo\nroute del 10.0.0.0/8 dev lo\n",
		cases: someFormats, users: anyone[:1], sources: bothSources, change: routeChanges},
	{name: "learnt", exceptions: true, cases: []string{"-rCn", "-6rCn", "-rCen", "-rCeen", "-46rFCn", "-rn", "-6rn"},
		users: anyone, sources: []string{"", "netlink"}, change: learntChanges},
	{name: "flags", proc: flagRoutes(), cases: routeFormats, users: anyone[:1], sources: onlyProc, change: routeChanges},
	{name: "no files", proc: map[string]string{}, cases: append(endlessFormats, "-r -A inet6,inet", "-6rFC"), users: anyone, sources: onlyProc},
	{name: "no table", proc: headerRoutes("", ""), cases: endlessFormats, users: anyone[:1], sources: onlyProc},
	{name: "header only", proc: headerRoutes(routeHeader, "\n"), cases: someFormats, users: anyone[:1], sources: onlyProc},
	{name: "no newline", proc: headerRoutes(routeHeader, strings.TrimSuffix(oneRoute, "\n")), cases: someFormats, users: anyone[:1], sources: onlyProc},
	{name: "more columns", proc: headerRoutes("Foo "+strings.ReplaceAll(routeHeader, "Mask", "Bar Mask")+" Baz", "\nx eth0 0000000A 0100000A 0003 1 2 3 y 000000FF 4 5 6 z\n"),
		cases: someFormats, users: anyone[:1], sources: onlyProc},
	{name: "no mask", proc: headerRoutes(strings.Replace(routeHeader, "Mask", "Musk", 1), oneRoute), cases: someFormats, users: anyone[:1], sources: onlyProc},
	{name: "no header", proc: headerRoutes("x", oneRoute), cases: someFormats, users: anyone[:1], sources: onlyProc},
	{name: "short rows", proc: headerRoutes(routeHeader, "\neth0\t0000000A\t0100000A\t0003\t1\t2\t3\t000000FF\t4\neth1\t0000000A\t0100000A\t0003\t1\t2\t3\t000000FF\t4\t5\n"),
		cases: someFormats, users: anyone[:1], sources: onlyProc, change: []routeChange{bogusRoute}},
}

var (
	// Control characters of interface names.
	safeNames = routeChange{number: "7", apply: func(r printed, _ string) printed {
		r.Stdout = strings.ReplaceAll(r.Stdout, "\x1b", ".")
		// The cut after six bytes with -ee splits a letter.
		r.Stdout = strings.ReplaceAll(r.Stdout, "zwei\xc3 ", "zwei. ")
		return r
	}}
	// The usage after a mistake is our own.
	ownRouteUsage = routeChange{number: "4", apply: func(r printed, _ string) printed {
		if r.Exit == 3 && strings.Contains(r.Stderr, "usage: netstat") {
			r.Stderr = ""
		}
		return r
	}}
	routeChanges = []routeChange{safeNames, ownRouteUsage}

	// The reference count of a learned path is up to the kernel: usually 1, on a busy
	// host also 2.
	learntRefs = regexp.MustCompile(`(?m)^(0\.0\.0\.0 .* G     0      |fd02::1/128 .* UGCem 1024 )[1-9]`)
	// Only ours shows learned paths.
	learntChanges = []routeChange{{number: "R1", args: regexp.MustCompile(`C`), apply: func(r printed, args string) printed {
		rows4 := "0.0.0.0         10.2.0.1        10.1.0.2        G      1300 0          0 a0\n"
		if strings.Contains(args, "ee") {
			rows4 = "0.0.0.0         10.2.0.1        10.1.0.2        G     0      1        0 a0       1300  0      0     0   -1    0           0.0.0.0\n"
		} else if strings.Contains(args, "e") {
			rows4 = "0.0.0.0         10.2.0.1        10.1.0.2        G     0      1        0 a0\n"
		}
		rows6 := "fd02::1/128                    fd01::2                    UGCem 1024 1      0 a0\n"
		lines := strings.SplitAfter(r.Stdout, "\n")
		r.Stdout = ""
		for i, line := range lines {
			r.Stdout += line
			if i > 0 && lines[i-1] == "Kernel IP routing cache\n" {
				r.Stdout += rows4
			}
			if i > 0 && lines[i-1] == "Kernel IPv6 routing cache\n" {
				r.Stdout += rows6
			}
		}
		return r
	}}}

	// A truncated line is reported.
	bogusRoute = routeChange{number: "R2", apply: func(r printed, args string) printed {
		if strings.Contains(r.Stdout, "Kernel IP routing table") {
			r.Stderr = "warning, got bogus route line.\n" + r.Stderr
		}
		return r
	}}
)

// TestRoutes compares the routing tables of both programs, byte for byte.
func TestRoutes(t *testing.T) {
	_, ours := bothPrograms(t)
	need.Program(t, "ip", "iproute2")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	total := 0
	for _, w := range routeWorlds {
		t.Run(w.name, func(t *testing.T) {
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), routesRole+"="+w.name, routesOurs+"="+ours)
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v (a container needs --privileged for this test)\n%s", err, stderr.Bytes())
			}
			var verdicts []routeVerdict
			if err := json.Unmarshal(out, &verdicts); err != nil {
				t.Fatal(err)
			}
			for _, v := range verdicts {
				total++
				for _, number := range v.Seen {
					seen[number] = true
				}
				if v.Diff != "" {
					t.Errorf("%s: %s", v.Case, v.Diff)
				}
			}
		})
	}
	t.Logf("%d cases", total)
	for _, number := range []string{"4", "7", "R1", "R2", "R3"} {
		if !seen[number] && !t.Failed() {
			t.Errorf("divergence %s had no effect", number)
		}
	}
}

// routesMain creates a world and compares the programs in it.
func routesMain(name, ours string) ([]routeVerdict, error) {
	var w *routeWorld
	for i := range routeWorlds {
		if routeWorlds[i].name == name {
			w = &routeWorlds[i]
		}
	}
	if w == nil {
		return nil, fmt.Errorf("unknown world %q", name)
	}
	oracle, err := exec.LookPath("netstat")
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(ours)
	if err != nil {
		return nil, err
	}
	if err := w.build(); err != nil {
		return nil, err
	}
	// Every user can run it there.
	ours = "/run/netstat"
	if err := os.WriteFile(ours, program, 0o755); err != nil {
		return nil, err
	}
	var verdicts []routeVerdict
	for _, args := range w.cases {
		for _, uid := range w.users {
			for _, locale := range []string{"C", "C.UTF-8"} {
				for _, source := range w.sources {
					// Every way of reading and every locale is tried as root.
					if uid != 0 && (locale == "C" || source != w.sources[0]) {
						continue
					}
					v, err := w.judge(oracle, ours, args, uid, locale, source)
					if err != nil {
						return nil, fmt.Errorf("netstat %s: %w", args, err)
					}
					verdicts = append(verdicts, v)
				}
			}
		}
	}
	return verdicts, nil
}

// build turns the calling process's new namespaces into the world.
func (w *routeWorld) build() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	// A directory for files that disappears with the process. ip keeps the names of
	// namespaces there too.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	if err := live.CoverEtc(routeEtc); err != nil {
		return err
	}
	// The namespace's own sysctls and tables.
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, s := range w.sysctls {
		key, value, _ := strings.Cut(s, "=")
		if err := os.WriteFile("/proc/sys/"+key, []byte(value), 0); err != nil {
			return err
		}
	}
	if err := ipBatch("", w.ip); err != nil {
		return err
	}
	if err := ipBatch("-6", w.ip6); err != nil {
		return err
	}
	if w.exceptions {
		if err := learnPaths(); err != nil {
			return err
		}
	}
	if w.proc == nil {
		return nil
	}
	for name, text := range w.proc {
		file := filepath.Join("/run/proc", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.MkdirAll("/run/proc/net", 0o755); err != nil {
		return err
	}
	return unix.Mount("/run/proc", "/proc", "", unix.MS_BIND, "")
}

func ipBatch(family, lines string) error {
	args := []string{"-batch", "-"}
	if family != "" {
		args = append([]string{family}, args...)
	}
	cmd := exec.Command("ip", args...)
	cmd.Stdin = strings.NewReader(lines)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// learnPaths puts a router with a small MTU between this namespace and a host behind
// it, and sends packets that are too large for that link.
func learnPaths() error {
	script := `set -e
for n in xr xb; do ip netns add $n; ip -n $n link set lo up; done
ip link set lo up
ip link add a0 type veth peer name r0 netns xr
ip -n xr link add r1 mtu 1300 type veth peer name b0 mtu 1300 netns xb
ip link set a0 up
for p in xr:r0 xr:r1 xb:b0; do ip -n ${p%%:*} link set ${p##*:} up; done
ip addr add fd01::1/64 dev a0 nodad; ip addr add 10.1.0.1/24 dev a0
ip -n xr addr add fd01::2/64 dev r0 nodad; ip -n xr addr add fd02::2/64 dev r1 nodad
ip -n xr addr add 10.1.0.2/24 dev r0; ip -n xr addr add 10.2.0.2/24 dev r1
ip -n xb addr add fd02::1/64 dev b0 nodad; ip -n xb addr add 10.2.0.1/24 dev b0
ip netns exec xr sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; echo 1 >/proc/sys/net/ipv4/ip_forward'
ip route add default via 10.1.0.2; ip -6 route add default via fd01::2
ip -n xb route add default via 10.2.0.2; ip -n xb -6 route add default via fd02::2
`
	if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		return fmt.Errorf("routers: %v\n%s", err, out)
	}
	for _, path := range []struct{ network, remote, family string }{
		{"udp6", "[fd02::1]:9", "-6"}, {"udp4", "10.2.0.1:9", "-4"},
	} {
		c, err := net.Dial(path.network, path.remote)
		if err != nil {
			return err
		}
		raw, err := c.(*net.UDPConn).SyscallConn()
		if err != nil {
			return err
		}
		if err := raw.Control(func(fd uintptr) {
			// No effect on an IPv6 socket, which never fragments before it knows the
			// path.
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO)
		}); err != nil {
			return err
		}
		learnt := false
		for deadline := time.Now().Add(patience); !learnt; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				return fmt.Errorf("no path MTU to %s was learned", path.remote)
			}
			// Once it is learned, the packet is rejected here.
			_, _ = c.Write(make([]byte, 1400))
			out, err := exec.Command("ip", path.family, "route", "show", "cache").Output()
			if err != nil {
				return err
			}
			learnt = bytes.Contains(out, []byte("mtu 1300"))
		}
		c.Close()
	}
	return nil
}

// judge runs one case until the original prints the same before and after ours.
func (w *routeWorld) judge(oracle, ours, args string, uid uint32, locale, source string) (routeVerdict, error) {
	v := routeVerdict{Case: fmt.Sprintf("netstat %s (uid %d, %s, NETSTAT_SOURCE=%q)", args, uid, locale, source)}
	// Divergence R3: more than two -e count as two.
	asked := strings.NewReplacer("eeee", "ee", "eee", "ee").Replace(args)
	if asked != args {
		v.Seen = append(v.Seen, "R3")
	}
	env := []string{"LC_ALL=" + locale, "LANG=" + locale}
	for deadline := time.Now().Add(settling); ; {
		before, err := output(command(oracle, strings.Fields(asked), uid, env))
		if err != nil {
			return v, err
		}
		mine, err := output(command(ours, strings.Fields(args), uid, append(env, "NETSTAT_SOURCE="+source)))
		if err != nil {
			return v, err
		}
		after, err := output(command(oracle, strings.Fields(asked), uid, env))
		if err != nil {
			return v, err
		}
		if before != after {
			if time.Now().After(deadline) {
				return v, errors.New("the routes kept changing")
			}
			continue
		}
		if w.exceptions {
			mine.Stdout = learntRefs.ReplaceAllString(mine.Stdout, "${1}1")
		}
		if mine.Exit == 3 && strings.Contains(before.Stderr, "usage: netstat") {
			mine.Stderr = ""
		}
		want := before
		for _, c := range w.change {
			if c.args != nil && !c.args.MatchString(args) {
				continue
			}
			changed := c.apply(want, args)
			if changed != want {
				v.Seen = append(v.Seen, c.number)
			}
			want = changed
		}
		switch {
		case mine.Stdout != want.Stdout:
			v.Diff = "stdout: " + firstDifference(want.Stdout, mine.Stdout)
		case mine.Stderr != want.Stderr:
			v.Diff = "stderr: " + firstDifference(want.Stderr, mine.Stderr)
		case mine.Exit != want.Exit:
			v.Diff = fmt.Sprintf("exit code: want %d, got %d", want.Exit, mine.Exit)
		}
		return v, nil
	}
}
