package differential

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat/internal/ascii"
	"netstat/test/live"
	"netstat/test/need"
)

// The tests of -i and -g run in a process of their own, this test binary started again
// with its own network and mounts.

const (
	linksUser = 65534
	// linksTries is the number of times a case is tried that differs although the original
	// printed the same before and after. While it does not, because the kernel itself sends
	// packets (IPv6 does) and counters change, a try does not count.
	linksTries = 8
)

// linksInside is like inside, with quiet interfaces.
func linksInside(t *testing.T) bool {
	t.Helper()
	need.Program(t, "ip", "iproute2")
	if !inside(t) {
		return false
	}
	// Packets that IPv6 sends by itself would change the counters.
	for _, setting := range []string{"router_solicitations", "dad_transmits", "accept_ra"} {
		for _, of := range []string{"all", "default"} {
			path := "/proc/sys/net/ipv6/conf/" + of + "/" + setting
			must(t, os.WriteFile(path, []byte("0"), 0), "write "+path)
		}
	}
	return true
}

// linksIP runs commands of ip(8), one a line.
func linksIP(t *testing.T, commands string) {
	t.Helper()
	cmd := exec.Command(need.Program(t, "ip", "iproute2"), "-batch", "-")
	cmd.Stdin = strings.NewReader(commands)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ip: %v\n%s", err, out)
	}
}

// linksRun is how a program is run.
type linksRun struct {
	uid  uint32
	lang string
	env  string // for ours only
}

func (r linksRun) command(t *testing.T, ours bool, args ...string) *exec.Cmd {
	t.Helper()
	if ours {
		return command(stageDir+"/netstat", args, r.uid, append([]string{"LANG=" + r.lang}, strings.Fields(r.env)...))
	}
	return command(need.Program(t, "netstat", "net-tools"), args, r.uid, []string{"LANG=" + r.lang})
}

func (r linksRun) run(t *testing.T, ours bool, args ...string) printed {
	t.Helper()
	p, err := output(r.command(t, ours, args...))
	must(t, err, "run netstat")
	return p
}

// linksDivergence changes the original's output into the output expected of ours. Its
// name is the number in docs/differences.md.
type linksDivergence struct {
	number string
	change func(*printed)
}

// linksSafe is divergence 7: names with bytes that control a terminal.
var linksSafe = &linksDivergence{"7", func(r *printed) {
	lines := strings.Split(r.Stdout, "\n")
	for i, line := range lines {
		safe := string(ascii.AppendSafe(nil, line))
		// A shortened name in a column has more spaces after it.
		if name, rest, ok := strings.Cut(safe, " "); ok && len(safe) < len(line) && !strings.HasSuffix(name, ":") {
			safe = name + strings.Repeat(" ", len(line)-len(safe)+1) + rest
		}
		lines[i] = safe
	}
	r.Stdout = strings.Join(lines, "\n")
}}

// linksUsage is divergence 4: the usage is our own text.
func linksUsage(t *testing.T, r linksRun) *linksDivergence {
	usage := r.run(t, true, "-h").Stdout
	return &linksDivergence{"4", func(r *printed) {
		if i := strings.Index(r.Stderr, "usage: "); i >= 0 {
			r.Stderr = r.Stderr[:i] + usage
		}
	}}
}

// linksCompare compares one command line. The original runs before and after, so that
// changes in between are noticed.
func linksCompare(t *testing.T, r linksRun, args string, divergences ...*linksDivergence) {
	t.Helper()
	words := strings.Fields(args)
	var ours, want printed
	deadline := time.Now().Add(settling)
	for tries := 0; tries < linksTries; {
		before := r.run(t, false, words...)
		ours = r.run(t, true, words...)
		want = r.run(t, false, words...)
		for _, d := range divergences {
			d.change(&before)
			d.change(&want)
		}
		if before == want && ours == want {
			return
		}
		if before == want || time.Now().After(deadline) {
			tries++
		}
	}
	t.Errorf("netstat %s (uid %d, LANG=%s %s): exit %d, want %d; stderr %q, want %q\n%s",
		args, r.uid, r.lang, r.env, ours.Exit, want.Exit, ours.Stderr, want.Stderr, linksDiff(ours.Stdout, want.Stdout))
}

// linksStill calls compare, which says what differs, again if something differs and a
// counter changed meanwhile.
func linksStill(t *testing.T, compare func() string) {
	t.Helper()
	counters := func() string {
		text, err := os.ReadFile("/proc/net/dev")
		must(t, err, "read the counters")
		return string(text)
	}
	for deadline := time.Now().Add(settling); ; {
		before := counters()
		diff := compare()
		if diff == "" {
			return
		}
		if before == counters() || time.Now().After(deadline) {
			t.Error(diff)
			return
		}
	}
}

// linksAwait waits until the kernel has noticed whether links have a carrier: state is UP or
// DOWN. Until then it drops what is sent, and the flag RUNNING is that of before.
func linksAwait(t *testing.T, state string, names ...string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for _, name := range names {
		for {
			_, now, _ := strings.Cut(live.Run(t, "ip", "-o", "link", "show", name), " state ")
			now, _, _ = strings.Cut(now, " ")
			if strings.HasSuffix(now, state) { // also LOWERLAYERDOWN
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s stays %s", name, now)
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// linksDiff shows where two texts differ.
func linksDiff(ours, want string) string {
	a, b := strings.Split(ours, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			show := func(lines []string) string { return strings.Join(lines[min(i, len(lines)):min(i+4, len(lines))], "\n") }
			return fmt.Sprintf("from line %d on, ours:\n%s\noriginal:\n%s", i+1, show(a), show(b))
		}
	}
	return ""
}

// linksCases are command lines for an unchanging world. A leading "!" means that both
// programs print the usage.
var linksCases = strings.Split(strings.TrimSpace(`
-i
-ia
-ie
-iea
-iee
-ieea
-ieee
-in
-ian
-ien
-iean
-iaen -v
-iW
-iaW
-il
-ila
-iae -l
-it
-iu -a
-iw
-ix
-ix -a
-i4
-i6 -ae
-ip
-ipa
-io
-ioa
-iN
-iv
-iva
-iveav
-iF
-iC
-id
-iS
-iU
-ig
-igx -a
-ig4e
-ai
-aie
-eai
-e -a -i
-a -e -n -W -i -v
--interfaces
--interfaces --all
--interface -e
--inter -a
--int --extend --all
--interfaces --numeric
--interfaces --numeric-hosts --wide
--interfaces --verbose --listening
-i -A inet
-i -A inet6 -e
-i -A unix
-i -A inet,unix,ax25 -a
-i --protocol=ipx
-i --inet
-i --inet6 -ea
-i --ipx --ax25
-i --netrom
-i --x25 -a
-i --ddp
-i --rose
-i --unix
-i --symbolic
-i --fib
-i --cache
-i --groups -a
-i --
!-ii
!-ir
!-is
!-iM
!-i --route
!-iQ
!-i --bogus
-g
-gn
-g4
-g4n
-g6
-g6n
-g46n
-g64
-gt
-gtn
-gu
-gunl
-gU -4
-gw -6
-gx
-gxn
-gx4n
-gx6n
-gnl
-gna
-gne
-gnee
-gnW
-gnp
-gno
-gnv
-gnN
-gN
-gntl
-gnta6
-gntux -46
--groups
--groups -n
--groups --numeric-hosts
--groups --numeric-ports
--groups --inet -n
--groups --inet6 -n
--groups --unix -n
!--group --num
--group --numeric
-g -A inet
-g -A inet6
-g -A unix
-g -A inet,inet6 -n
-g -A inet,unix -n
-gn -g
-gn -A ash
-gn -A econet
-gn --ax25
-gn --ipx
`), "\n")

func linksAll(t *testing.T, r linksRun, cases []string, divergences ...*linksDivergence) {
	t.Helper()
	for _, c := range cases {
		args, usage := strings.CutPrefix(c, "!")
		if usage {
			linksCompare(t, r, args, linksUsage(t, r))
		} else {
			linksCompare(t, r, args, divergences...)
		}
	}
}

// linksWorld has interfaces of every type that this kernel can create, in every
// condition. lo has carried more than a gibibyte.
const linksWorld = `link set lo up
link add veth0 type veth peer name veth1
link add veth2 type veth peer name veth10
link add abcdefghijklmno type veth peer name abcdefghijklmn1
link add br0 type bridge
link add br-12 type bridge
link add ifb0 type ifb
link add vx7 type vxlan id 7 dstport 4789 dev veth0
link set veth0 mtu 1400
link set veth1 mtu 9000
link set br-12 mtu 68
link set veth2 txqueuelen 0
link set veth10 txqueuelen 2147483647
link set veth0 up
link set veth1 up
link set veth2 up
link set br0 up
link set abcdefghijklmno up
link set veth1 master br0
link set veth2 promisc on
link set veth10 allmulticast on
link set br-12 promisc on
link set br-12 promisc on
link set abcdefghijklmn1 arp off
link set ifb0 dynamic on
link set ifb0 multicast on
link set abcdefghijklmno multicast off
addr add 10.0.0.1/24 brd + dev veth0
addr add 10.0.0.2/24 dev veth0
addr add 10.0.1.2/23 brd + dev veth0 label veth0:1
addr add 10.0.1.3/23 dev veth0 label veth0:x9
addr add 10.0.2.3/25 dev veth0 label veth0:12
addr add 10.0.3.3/25 dev veth0 label veth0:2
addr add 10.0.4.4/32 dev veth0 label veth0:1
addr add 10.9.0.1 peer 10.9.0.2 dev veth1
addr add 10.8.0.1/24 brd 10.8.0.77 dev veth10 label veth10:5
addr add 192.168.1.1/0 dev br0
addr add 2001:db8::1/64 dev veth0
addr add 2001:db8::2/128 dev veth0
addr add fec0::5/10 dev veth0
addr add ::10.1.2.3/96 dev veth0
addr add 2001:db8:9::1 peer 2001:db8:9::2 dev veth0
addr add fd00::1/8 dev br0
addr add fe80::7/64 dev br0
addr add 10.66.0.1/8 dev lo
addr add 2001:db8::99/128 dev lo
route add 224.0.0.0/4 dev veth0
`

// linksOptional are interface types that a kernel may lack.
var linksOptional = []string{
	"link add dm0 type dummy",
	"link add link veth0 name mv0 type macvlan mode bridge",
	"link add link veth0 name mt0 type macvtap",
	"link add link veth2 name iv0 type ipvlan",
	"link add link veth0 name veth0.7 type vlan id 7",
	"link add vrf9 type vrf table 9",
	"link add sit7 type sit remote 10.0.0.9 local 10.0.0.1",
	"link add ipip7 type ipip remote 10.0.0.9 local 10.0.0.1",
	"link add gre7 type gre remote 10.0.0.9 local 10.0.0.1",
	"link add bond7 type bond",
	"link add team7 type team",
	"link add wg7 type wireguard",
	"link add gnv7 type geneve id 7 remote 10.0.0.9",
	"link add can7 type vcan",
}

func linksBuild(t *testing.T) {
	t.Helper()
	linksIP(t, linksWorld)
	ip := need.Program(t, "ip", "iproute2")
	for _, command := range linksOptional {
		if out, err := exec.Command(ip, strings.Fields(command)...).CombinedOutput(); err != nil {
			t.Logf("this kernel has no such interface: ip %s: %.60s", command, out)
		}
	}
	for _, tun := range []struct {
		name  string
		flags uint16
	}{
		{"tun0", unix.IFF_TUN}, {"tap0", unix.IFF_TAP}, {"tun1", unix.IFF_TUN},
	} {
		linksTun(t, tun.name, tun.flags)
	}
	linksIP(t, `link set tun0 up
addr add 10.7.0.1 peer 10.7.0.2 dev tun0
link set tun1 up
link set tap0 up
addr add 10.6.0.1/16 dev tap0
link set veth10 name renamed3
`)
}

// linksTun creates an interface that lasts as long as this process, and returns its
// file descriptor.
func linksTun(t *testing.T, name string, flags uint16) int {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	must(t, err, "open /dev/net/tun")
	var r struct {
		name  [unix.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(r.name[:unix.IFNAMSIZ-1], name)
	r.flags = flags | unix.IFF_NO_PI
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(&r))); e != 0 {
		t.Fatalf("create the interface %q: %v", name, e)
	}
	return fd
}

func TestInterfaces(t *testing.T) {
	if !linksInside(t) {
		return
	}
	linksBuild(t)
	linksTraffic(t)
	linksJoin(t)
	for _, r := range []linksRun{
		{lang: "C"},
		{lang: "C.UTF-8"},
		{lang: "C", env: "NETSTAT_SOURCE=proc"},
		{lang: "C", uid: linksUser},
	} {
		t.Run(fmt.Sprintf("uid=%d %s %s", r.uid, r.lang, r.env), func(t *testing.T) {
			linksAll(t, r, linksCases)
		})
	}
	t.Run("one interface", linksOne)
	t.Run("repeated", linksRepeated)
	// Divergence I4.
	t.Run("label of no interface", func(t *testing.T) {
		linksIP(t, "addr add 10.77.0.1/24 dev veth0 label veth0foo\n")
		r := linksRun{lang: "C"}
		original := r.run(t, false, "-i")
		if original.Exit != 1 || !strings.Contains(original.Stderr, "veth0foo: error fetching interface information: Device not found\n") {
			t.Fatalf("the original behaves correctly: %v", original)
		}
		for _, env := range []string{"", "NETSTAT_SOURCE=proc"} {
			r.env = env
			got := r.run(t, true, "-i")
			const row = "veth0foo         1400      - no statistics available -                        BMRU\n"
			if got.Exit != 0 || got.Stderr != "" || !strings.Contains(got.Stdout, row) {
				t.Errorf("-i: %v", got)
			}
		}
	})
}

// linksTraffic raises the counters past every unit that is quick to reach: lo past a
// gibibyte, veth0 past some kibibytes.
func linksTraffic(t *testing.T) {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err, "listen")
	defer c.Close()
	packet := make([]byte, 65000)
	for range 18000 {
		_, err := c.WriteTo(packet, c.LocalAddr())
		must(t, err, "send on lo")
	}
	linksAwait(t, "UP", "veth0")
	to := &net.UDPAddr{IP: net.IPv4(10, 0, 0, 255), Port: 9}
	d, err := net.ListenUDP("udp4", nil)
	must(t, err, "listen")
	defer d.Close()
	raw, err := d.SyscallConn()
	must(t, err, "get at a socket")
	must(t, raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 1) }), "allow broadcasts")
	must(t, err, "allow broadcasts")
	for range 20 {
		_, err := d.WriteTo(packet[:1000], to)
		must(t, err, "send on veth0")
	}
}

// linksJoin makes this process join groups until it exits.
func linksJoin(t *testing.T) {
	t.Helper()
	link, err := net.InterfaceByName("veth0")
	must(t, err, "find veth0")
	lo, err := net.InterfaceByName("lo")
	must(t, err, "find lo")
	for _, g := range []struct {
		link  *net.Interface
		group string
	}{
		{link, "239.1.2.3"}, {link, "239.1.2.3"}, {link, "224.0.0.251"}, {lo, "239.255.255.250"},
		{link, "ff02::fb"}, {link, "ff05::1:3"}, {lo, "ff01::101"}, {link, "ff02::fb"}, {link, "ff3e::8000:1"},
	} {
		ip := net.ParseIP(g.group)
		domain := unix.AF_INET
		if ip.To4() == nil {
			domain = unix.AF_INET6
		}
		fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		must(t, err, "make a socket")
		if ip4 := ip.To4(); ip4 != nil {
			err = unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreqn{Multiaddr: [4]byte(ip4), Ifindex: int32(g.link.Index)})
		} else {
			err = unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, &unix.IPv6Mreq{Multiaddr: [16]byte(ip), Interface: uint32(g.link.Index)})
		}
		must(t, err, "join "+g.group)
	}
}

// linksOne compares divergence 2, one interface by name, and divergence I8, a missing
// interface, with ifconfig, whose text is that of netstat -ie.
func linksOne(t *testing.T) {
	ifconfig := need.Program(t, "ifconfig", "net-tools")
	for _, name := range []string{"lo", "veth0", "veth0:1", "veth0:x9", "br-12", "renamed3", "ifb0", "tun0", "nosuch", "veth0:77", "renamed3:5"} {
		for _, args := range [][]string{{"-ie", name}, {"-e", "--interface=" + name}, {"--interfaces=" + name, "-ea"}, {"-aien", name, "--wide"}} {
			linksStill(t, func() string {
				r := linksRun{lang: "C"}
				want, err := exec.Command(ifconfig, name).Output()
				got := r.run(t, true, args...)
				var exit *exec.ExitError
				w := printed{"Kernel Interface table\n" + string(want), "", 0}
				switch {
				case name == "veth0:77" || name == "renamed3:5":
					// ifconfig shows a missing alias as if it existed.
					w = printed{"", name + ": error fetching interface information: Device not found\n", 1}
				case errors.As(err, &exit):
					w = printed{"", string(exit.Stderr), exit.ExitCode()}
				}
				if got != w {
					return fmt.Sprintf("%v: %v\nifconfig: %v", args, got, w)
				}
				return ""
			})
		}
	}
	// The short table has only this row of the full one.
	linksStill(t, func() (diff string) {
		r := linksRun{lang: "C"}
		all := strings.SplitAfter(r.run(t, false, "-ia").Stdout, "\n")
		for _, line := range all[2:] {
			name, _, _ := strings.Cut(line, " ")
			if name == "" {
				continue
			}
			if got := r.run(t, true, "-i", name).Stdout; got != all[0]+all[1]+line {
				diff += fmt.Sprintf("-i %s:\n%s", name, got)
			}
		}
		return diff
	})
}

// linksRepeated compares -c over more than one round: the title of -i is printed once.
// For -g it repeats the first report (divergence I1: from the second round on, the
// original reads the IPv4 file as an IPv6 one).
func linksRepeated(t *testing.T) {
	r := linksRun{lang: "C"}
	for _, args := range []string{"-i", "-ia", "-iea"} {
		linksStill(t, func() (diff string) {
			once := r.run(t, false, args).Stdout
			want := once + strings.TrimPrefix(once, "Kernel Interface table\n")
			if got := linksFirst(t, r, false, len(want), args, "-c"); got != want {
				diff += fmt.Sprintf("original %s -c:\n%s\nwant:\n%s", args, got, want)
			}
			for _, how := range []string{"-c", "0.01"} {
				if got := linksFirst(t, r, true, len(want), args, how); got != want {
					diff += fmt.Sprintf("%s %s:\n%s\nwant:\n%s", args, how, got, want)
				}
			}
			return diff
		})
	}
	for _, args := range []string{"-gn", "-g4n"} {
		want := strings.Repeat(r.run(t, false, args).Stdout, 3)
		if got := linksFirst(t, r, true, len(want), args, "0.01"); got != want {
			t.Errorf("%s -c:\n%s\nwant:\n%s", args, got, want)
		}
	}
}

// linksFirst returns the first bytes that a program writes, and kills it.
func linksFirst(t *testing.T, r linksRun, ours bool, n int, args ...string) string {
	t.Helper()
	cmd := r.command(t, ours, args...)
	out, err := cmd.StdoutPipe()
	must(t, err, "make a pipe")
	must(t, cmd.Start(), "start")
	b := make([]byte, n)
	got, err := io.ReadFull(out, b)
	if err != nil {
		t.Errorf("%v: %v after %d of %d bytes", args, err, got, n)
	}
	must(t, cmd.Process.Kill(), "end it")
	_ = cmd.Wait()
	return string(b[:got])
}

// Names that only a program can set: any bytes except white space, slash and colon.
func TestInterfaceNames(t *testing.T) {
	if !linksInside(t) {
		return
	}
	linksIP(t, "link set lo up\n")
	for _, name := range []string{
		"\x1b[31m", "a\x07b", "\x01\x02\x03\x04\x05\x06\x07", "caf\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac0", "\xff\xfe9", "\xe2\x80\xaex",
		"\xc2\x9b2J", "$(id)", "`id`", "'\"\\", "\x7f", "-i", "--help", "*", "0", "00", "1e3", "fifteen_chars_x", "\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5",
		"a1", "a01", "a10", "a2", "a4294967297", "z", "Z", "_", "a-10", "a-9", "a.10", "a.9",
	} {
		linksTun(t, name, unix.IFF_TAP)
	}
	for _, r := range []linksRun{{lang: "C"}, {lang: "C.UTF-8"}, {lang: "C", env: "NETSTAT_SOURCE=proc"}, {lang: "C", uid: linksUser}} {
		linksAll(t, r, []string{"-i", "-ia", "-iea", "-gn", "-g6n"}, linksSafe)
	}
	// An operand that looks like an option is one.
	r := linksRun{lang: "C"}
	for args, want := range map[string]string{"--interface=--help": "--help", "-ia -- *": "*", "-i \x1b[31m": ".[31m", "-i -- -i": "-i"} {
		got := r.run(t, true, strings.Fields(args)...)
		if rows := strings.Split(got.Stdout, "\n"); got.Exit != 0 || len(rows) != 4 || !strings.HasPrefix(rows[2], want+" ") {
			t.Errorf("netstat %q: %v", args, got)
		}
	}
	if got, want := r.run(t, true, "-i", "\x1b]0;x"), (printed{"", ".]0;x: error fetching interface information: Device not found\n", 1}); got != want {
		t.Errorf("unknown: %v", got)
	}
}

// Every link type: a tap interface can claim any. Addresses keep their six bytes, or
// are what the kernel sets for the type.
func TestInterfaceHardware(t *testing.T) {
	if !linksInside(t) {
		return
	}
	kinds := map[string]int{}
	for _, kind := range slices.Concat(span(0, 40), span(256, 283), span(512, 520), span(768, 830), []int{65534, 65535}) {
		for _, flags := range []uint16{unix.IFF_TAP, unix.IFF_TUN} {
			name := fmt.Sprintf("%c%d", "tu"[flags&1], kind)
			fd := linksTun(t, name, flags)
			if flags == unix.IFF_TAP {
				linksIP(t, "link set dev "+name+" address 02:41:42:63:74:65\n")
			}
			if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETLINK, uintptr(kind)); e != 0 {
				t.Fatalf("create %s of type %d: %v", name, kind, e)
			}
			kinds[name] = kind
		}
	}
	// After the address the original prints uninitialized memory.
	garbage := &linksDivergence{"I3", func(r *printed) {
		lines := strings.Split(r.Stdout, "\n")
		for i, line := range lines {
			for _, f := range []struct {
				kind   string
				at, of int // number of zeros, and where they start after the type
			}{
				{"        ash [", 6, 58}, {"        unspec ", len("02-41-42-63-74-65-00-"), 2},
			} {
				if from := len(f.kind) + f.at; strings.HasPrefix(line, f.kind) {
					lines[i] = line[:from] + strings.Repeat("0", f.of) + line[from+f.of:]
				}
			}
		}
		r.Stdout = strings.Join(lines, "\n")
	}}
	for _, r := range []linksRun{{lang: "C"}, {lang: "C.UTF-8", env: "NETSTAT_SOURCE=proc"}} {
		linksAll(t, r, []string{"-ia", "-iea"}, linksSafe, garbage)
	}
	if n := strings.Count(linksRun{lang: "C"}.run(t, true, "-iea").Stdout, "(UNSPEC)"); n == 0 || n >= len(kinds) {
		t.Errorf("%d of %d links are of a type without a name", n, len(kinds))
	}
}

func span(from, to int) (all []int) {
	for ; from <= to; from++ {
		all = append(all, from)
	}
	return all
}

// Many interfaces, in natural order.
func TestInterfacesMany(t *testing.T) {
	if !linksInside(t) {
		return
	}
	var b strings.Builder
	b.WriteString("link set lo up\n")
	for n := range 300 {
		fmt.Fprintf(&b, "link add veth%d type veth peer name br-%d.%d\n", n, n%7, n)
	}
	for n := range 150 {
		fmt.Fprintf(&b, "link set veth%d up\naddr add 10.%d.0.1/16 dev veth%d\naddr add 10.%d.0.2/16 dev veth%d label veth%d:%d\n", n, n, n, n, n, n, n)
	}
	linksIP(t, b.String())
	for _, r := range []linksRun{{lang: "C"}, {lang: "C", env: "NETSTAT_SOURCE=proc"}, {lang: "C.UTF-8", uid: linksUser}} {
		linksAll(t, r, []string{"-i", "-in", "-ia", "-ie", "-iea", "-gn"})
	}
}

// Unusual kernel files, bind-mounted into /proc, where both programs read them.
func TestInterfaceFiles(t *testing.T) {
	if !linksInside(t) {
		return
	}
	linksIP(t, "link set lo up\nlink add veth0 type veth peer name veth1\nlink set veth0 up\naddr add 10.0.0.1/24 dev veth0\naddr add 10.0.0.2/24 dev veth0 label veth0:1\n")
	const header = "Inter-|   Receive                                                |  Transmit\n" +
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
	const most = "18446744073709551615"
	proc := linksRun{lang: "C", env: "NETSTAT_SOURCE=proc"}
	stage := func(files map[string]string) {
		t.Helper()
		dir := t.TempDir()
		must(t, os.MkdirAll(dir+"/net", 0o755), "make the stage")
		for name, text := range files {
			must(t, os.WriteFile(dir+"/net/"+name, []byte(text), 0o644), "write "+name)
		}
		must(t, unix.Mount(dir, "/proc", "", unix.MS_BIND, ""), "put a /proc in place")
	}
	unstage := func() {
		t.Helper()
		must(t, unix.Unmount("/proc", unix.MNT_DETACH), "take it away")
	}

	for _, n := range []string{
		"0", "1", "1000", "1023", "1024", "1025", "1126", "1535", "10239", "1048575", "1048576", "1048577",
		"1073741823", "1073741824", "1073741825", "1099511627776", "1099511627777", "1125899906842624", "1125899906842625",
		"1152921504606846976", "1152921504606846977", "9007199254740993", "9223372036854775807", "9223372036854775808", most,
		"123456789012", "99999999999999999", "999999999999999999", "9999999999999999999", "-1",
	} {
		rest := strings.Repeat(" "+n, 15)
		stage(map[string]string{"dev": header + "    lo: " + n + rest + "\n veth0:" + n + rest + "\n"})
		linksAll(t, proc, []string{"-i", "-ie"})
		unstage()
	}
	for _, dev := range []string{
		header, header + "lo: 1 2 3\n", header + "lo:\n", header + "    lo: a b\n",
		header + "lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n",
		header + "  veth1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nlo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
	} {
		stage(map[string]string{"dev": dev})
		linksAll(t, proc, []string{"-i", "-iea"})
		unstage()
	}
	// Divergence I13: an unknown layout is rejected.
	for file, refused := range map[string]string{
		"linux-2.2": "", "linux-2.1": "", "linux-2.0": "no column bytes of Receive", "no-frame": "no column frame of Receive",
		"twice": "two columns bytes of Receive", "other-table": "an unknown header", "empty": "no header", "other-order": "",
	} {
		text, err := os.ReadFile("../../internal/linux/testdata/dev/" + file)
		must(t, err, "read the layout")
		stage(map[string]string{"dev": strings.ReplaceAll(string(text), "eth0", "veth0")})
		switch {
		case refused != "":
			want := printed{"Kernel Interface table\n" + "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" +
				"lo              65536      - no statistics available -                        LRU\n" +
				"veth0            1500      - no statistics available -                        BMU\n" +
				"veth0:1          1500      - no statistics available -                        BMU\n",
				"netstat: read interfaces: /proc/net/dev has " + refused + "\n", 255}
			if got := proc.run(t, true, "-i"); got != want {
				t.Errorf("%s: %v", file, got)
			}
			for _, args := range [][]string{{"-i", "--json"}, {"-i", "--count"}, {"-i", "--columns=name"}, {"-i", "--format=csv"}, {"--snapshot", "/dev/null"}} {
				if got := proc.run(t, true, args...); got.Exit != 255 || !strings.Contains(got.Stderr, want.Stderr) {
					t.Errorf("%s: %q: %v", file, args, got)
				}
			}
			if original := proc.run(t, false, "-i"); original.Exit != 0 || original.Stderr != "" {
				t.Errorf("%s: the original: %v", file, original)
			}
		case file == "other-order":
			want := strings.Fields("veth0 1500 3005 1 2 3 2010 5 6 7 BMU")
			if ours, original := linksRow(proc.run(t, true, "-i"), "veth0"), linksRow(proc.run(t, false, "-i"), "veth0"); !slices.Equal(ours, want) || slices.Equal(original, want) {
				t.Errorf("%s: %q, originally %q", file, ours, original)
			}
		default:
			linksAll(t, proc, []string{"-i", "-ie"})
		}
		unstage()
	}
	// Without the file the original does what it can, and so does ours without netlink;
	// with netlink nothing is missing (divergence I5).
	stage(nil)
	linksAll(t, proc, []string{"-i", "-ie"})
	if got := (linksRun{lang: "C"}).run(t, true, "-i"); got.Exit != 0 || got.Stderr != "" || strings.Count(got.Stdout, "no statistics") != 1 {
		t.Errorf("-i without /proc/net/dev: %v", got)
	}
	unstage()

	// Divergence I2: an interface that is gone since the file was read is left out.
	const row = ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
	stage(map[string]string{"dev": header + "lo" + row + "veth0" + row})
	want := proc.run(t, false, "-i")
	unstage()
	stage(map[string]string{"dev": header + "lo" + row + "gone" + row + "veth0" + row})
	if original := proc.run(t, false, "-i"); original.Exit != 1 || !strings.HasPrefix(original.Stderr, "gone: error fetching interface information: Device not found\n") {
		t.Errorf("the original with a missing interface: %v", original)
	}
	if got := proc.run(t, true, "-i"); got != want {
		t.Errorf("with a missing interface: %v\nwant %v", got, want)
	}
	unstage()

	row6 := func(scope int) string {
		return fmt.Sprintf("20010db800000000000000000000%04x 02 %02x %02x 80     lo\n", scope, scope/2, scope)
	}
	stage(map[string]string{
		"dev": header + "lo" + row + "veth0" + row,
		"if_inet6": row6(0) + row6(0x10) + row6(0x20) + row6(0x30) + row6(0x40) + row6(0x50) + row6(0x60) + row6(0x70) + row6(0x80) + row6(0x90) + row6(0xf0) +
			"00000000000000000000ffff0a000001 01 80 10 80      lo\n0000000000000000000000000a000001 01 80 10 80   veth0\n00000000000000000000000000000000 01 80 10 80   veth0\n",
	})
	linksAll(t, proc, []string{"-ie", "-iea"})
	unstage()

	igmp := "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n" +
		"1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n" +
		"2\taveryverylong15:     3      V3\n\t\t\t\tFB0000E0    17 0:00000000\t\t0\n\t\t\t\t010000E1 4294967295 0:00000000\t\t0\n\t\t\t\t010000E0 1000000 0:00000000\t\t0\n"
	igmp6 := "1    lo              ff020000000000000000000000000001     1 0000000C 0\n" +
		"2    averyverylong15 ff020000000000000000000000000001    23 0000000C 0\n" +
		"3    x               ff0200000000000000000001ff7ed033    -5 00000004 0\n" +
		"3    x               00000000000000000000000000000000     1 00000004 0\n"
	groupCases := []string{"-gn", "-g", "-g4n", "-g6n", "-g46n", "-gxn", "-gtn", "-gnv", "-gn4v", "-gn6v", "-gun -6"}
	for _, files := range []map[string]string{
		{"igmp": igmp, "igmp6": igmp6},
		{"igmp": igmp},
		{"igmp6": igmp6},
		{},
		{"igmp": igmp + "\t\t\t\tzz\n\t\t\t\t01\n\t\t\t\t0100\n", "igmp6": igmp6 + "bad\n4 y ff020000000000000000000000000001\n5 z ff0200000000000000000000000000z1 7 0\n"},
	} {
		// The tables of sockets exist and are empty.
		for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "unix"} {
			files[name] = "local_address RefCount\n"
		}
		for _, name := range []string{"igmp", "igmp6"} {
			if _, ok := files[name]; !ok {
				delete(files, name)
			}
		}
		stage(files)
		linksAll(t, proc, groupCases)
		unstage()
	}
}
