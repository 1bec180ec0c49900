package differential

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
	"netstat/test/tracked"
)

// The tests of -M have their own world: a router between two hosts. The old table is
// compared with net-tools over a made-up /proc. For the table of current kernels, which
// net-tools cannot read, the oracle is conntrack -L.

const (
	natRole  = "NETSTAT_NAT_ROLE" // exec, host
	natProc  = "NETSTAT_NAT_PROC" // replaces /proc
	natEtc   = "NETSTAT_NAT_ETC"  // files that replace those of /etc
	natUser  = "NETSTAT_NAT_USER" // user to run as
	natDrop  = "NETSTAT_NAT_DROP" // capability to drop
	natOurs  = "NETSTAT_NAT_OURS" // in the world of TestNATSessions: our program
	natNoone = 65534
)

func init() {
	var err error
	switch os.Getenv(natRole) {
	case "exec":
		err = natExec()
	case "host":
		err = natHost(os.Stdin, os.Stdout)
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(120)
	}
	os.Exit(0)
}

// natExec runs a program in its own mount namespace.
func natExec() error {
	runtime.LockOSThread()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	etc := map[string]string{}
	for _, name := range []string{"hosts", "services", "nsswitch.conf"} {
		text, err := os.ReadFile(filepath.Join(os.Getenv(natEtc), name))
		if err != nil {
			return err
		}
		etc[name] = string(text)
	}
	if err := live.CoverEtc(etc); err != nil {
		return err
	}
	if dir := os.Getenv(natProc); dir != "" {
		if err := unix.Mount(dir, "/proc", "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("cover /proc: %w", err)
		}
	}
	if text := os.Getenv(natDrop); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(n), 0, 0, 0); err != nil {
			return fmt.Errorf("drop a capability: %w", err)
		}
	}
	if text := os.Getenv(natUser); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(n), syscall.Setuid(n)); err != nil {
			return fmt.Errorf("become %d: %w", n, err)
		}
	}
	return syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
}

// natRun is one run of a program; each field is an environment variable for natExec or
// the program.
type natRun struct {
	proc, etc string
	user      int
	drop      int
	env       []string
}

func (r natRun) command(argv ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", argv...)
	cmd.Env = append([]string{natRole + "=exec", natProc + "=" + r.proc, natEtc + "=" + r.etc, "PATH=" + os.Getenv("PATH")}, r.env...)
	if r.user != 0 {
		cmd.Env = append(cmd.Env, natUser+"="+strconv.Itoa(r.user))
	}
	if r.drop != 0 {
		cmd.Env = append(cmd.Env, natDrop+"="+strconv.Itoa(r.drop))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (r natRun) run(t *testing.T, argv ...string) result {
	t.Helper()
	cmd := r.command(argv...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", argv, err)
	}
	if code := cmd.ProcessState.ExitCode(); code == 120 || code < 0 {
		t.Fatalf("%q: %v, %s", argv, cmd.ProcessState, errs.String())
	}
	return result{Stdout: out.Bytes(), Stderr: errs.Bytes(), Exit: cmd.ProcessState.ExitCode()}
}

// runReports returns the first size bytes of a repeating program's output, and kills
// the program.
func (r natRun) runReports(t *testing.T, size int, argv ...string) []byte {
	t.Helper()
	cmd := r.command(argv...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%q: %v", argv, err)
	}
	b := make([]byte, size)
	n, err := io.ReadFull(out, b)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil {
		t.Errorf("%q ended after %d bytes of %d: %v", argv, n, size, err)
	}
	return b[:n]
}

const (
	natHeader    = "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=40960,40960,40960)\n"
	natOldHeader = "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta Expires (free=40960,40960,40960)\n"
	natGood      = "TCP 0A000002:0400 C0A80105:0050 F000 00001234     0      0   44999\n"
)

// natRules masquerade traffic towards the server, and forward one port to a host on
// either side.
const natRules = `table ip nat {
	chain post {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "s0" ip protocol udp masquerade to :50000-50001
		oifname "s0" masquerade
	}
	chain pre {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "s0" tcp dport 8081 dnat to 192.168.7.2:7001
		iifname "s0" udp dport 8082 dnat to 192.168.7.2:7002
		iifname "s0" tcp dport 8083 redirect to :7003
		iifname "c0" tcp dport 8080 dnat to 203.0.113.9:7000
	}
}
`

// natLive are the rows for the traffic of natTraffic under these rules, without their
// times.
var natLive = []string{
	"tcp E 192.168.7.2          203.0.113.9          40000 -> 7000 (40000)",
	"tcp E 192.168.7.2          203.0.113.9          7001 -> 40001 (8081)",
	"udp E 192.168.7.2          203.0.113.9          7002 -> 40002 (8082)",
	"tcp E 203.0.113.1          203.0.113.9          7003 -> 40003 (8083)",
	"tcp E 192.168.7.2          203.0.113.9          40004 -> 7000 (40004)",
	"tcp E 203.0.113.9          192.168.7.2          7000 -> 40004 (8080)",
	"udp E 192.168.7.2          203.0.113.9          40005 -> 7000 (5000N)",
	"icmp E 192.168.7.2          203.0.113.9          513 -> * (513)",
}

// natAdded returns entries of protocols without traffic here, with their rows.
func natAdded() (entries []tracked.Entry, rows []string) {
	add := func(e tracked.Entry, from, to, replyFrom, replyTo string, lines ...string) {
		e.From, e.To = netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
		e.ReplyFrom, e.ReplyTo = netip.MustParseAddrPort(replyFrom), netip.MustParseAddrPort(replyTo)
		e.Timeout = 86400
		entries, rows = append(entries, e), append(rows, lines...)
	}
	add(tracked.Entry{Protocol: 132, State: 4}, "192.168.7.2:40010", "203.0.113.9:2905", "203.0.113.9:2905", "203.0.113.1:40010",
		"sctp E 192.168.7.2          203.0.113.9          40010 -> 2905 (40010)")
	add(tracked.Entry{Protocol: 47}, "192.168.7.2:7", "203.0.113.9:9", "203.0.113.9:9", "203.0.113.1:11",
		"gre E 192.168.7.2          203.0.113.9          7 -> 9 (11)")
	add(tracked.Entry{Protocol: 50}, "192.168.7.2:0", "203.0.113.9:0", "203.0.113.9:0", "203.0.113.1:0",
		"esp E 192.168.7.2          203.0.113.9          * -> * (*)")
	add(tracked.Entry{Protocol: 41}, "192.168.7.2:0", "203.0.113.9:0", "203.0.113.9:0", "203.0.113.1:0",
		"41 E 192.168.7.2          203.0.113.9          * -> * (*)")
	add(tracked.Entry{Protocol: 1}, "192.168.7.2:5", "203.0.113.9:0", "203.0.113.9:6", "203.0.113.1:0",
		"icmp E 192.168.7.2          203.0.113.9          5 -> * (6)")
	add(tracked.Entry{Protocol: 6, State: 3, Assured: true, Position: 4660, OffsetBefore: -5, OffsetAfter: 12},
		"192.168.7.2:40011", "203.0.113.9:21", "203.0.113.9:21", "203.0.113.1:40011",
		"tcp E 192.168.7.2          203.0.113.9          40011 -> 21 (40011)")
	add(tracked.Entry{Protocol: 17}, "192.168.7.2:40012", "203.0.113.9:53", "203.0.113.9:53", "192.168.7.2:40012")
	add(tracked.Entry{Protocol: 17}, "[fd00::2]:40012", "[fd00::9]:53", "[fd00::9]:53", "[fd00::1]:40012")
	return entries, rows
}

// TestNATSessions builds a router between a client and a server, with real rules and
// traffic, and compares -M with conntrack -L.
func TestNATSessions(t *testing.T) {
	need.Namespaces(t)
	if ours := os.Getenv(natOurs); ours != "" {
		natInside(t, ours)
		return
	}
	need.Program(t, "nft", "nftables")
	need.Program(t, "conntrack", "conntrack")
	need.Program(t, "ip", "iproute2")
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestNATSessions$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), natOurs+"="+ourProgram(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	t.Logf("on the router:\n%s", out)
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestNATSessions")) {
		t.Fatalf("on the router: %v", err)
	}
}

func natInside(t *testing.T, ours string) {
	etc := natDir(t, natEtcFiles)
	oracle := need.Program(t, "netstat", "net-tools")
	r := natRun{etc: etc, env: []string{"LC_ALL=C"}}

	// The namespace supports connection tracking though no rule uses it yet, and has no
	// entries: divergence M1.
	if got := r.run(t, ours, "-M"); got.Exit != 0 || len(got.Stdout)+len(got.Stderr) != 0 {
		t.Errorf("no sessions: exit %d, %q, %q", got.Exit, got.Stdout, got.Stderr)
	}

	natTraffic(t)
	entries, rows := natAdded()
	if err := tracked.Add(entries...); err != nil {
		t.Fatal(err)
	}
	want := append(slices.Clone(natLive), rows...)
	slices.Sort(want)

	sources := map[string]natRun{
		"automatic": r, "UTF-8": {etc: etc, env: []string{"LANG=C.UTF-8"}},
		"netlink":       {etc: etc, env: []string{"LC_ALL=C", "NETSTAT_SOURCE=netlink"}},
		"file":          {etc: etc, env: []string{"LC_ALL=C", "NETSTAT_SOURCE=proc"}},
		"no capability": {etc: etc, env: []string{"LC_ALL=C"}, drop: unix.CAP_NET_ADMIN},
	}
	for name, r := range sources {
		for _, args := range []string{"-Mn", "-Mnav", "-Mnt6", "-MnWop", "-Mng", "-M --numeric-hosts --numeric-ports"} {
			table := natCompare(t, r, ours, name, args, natPlain)
			got := natSplit(table)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s:\n%s\nwant\n%s", name, args, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		natCompare(t, r, ours, name, "-Mne", func(e natEntry) []string {
			seq := "         0     0     0"
			if name == "file" || name == "no capability" {
				seq = "         -     -     -" // the file lacks it
			} else if e.from.Port() == 40011 {
				seq = "      4660    12    -5"
			}
			return natRows(e, seq+" ", addrText, portText)
		})
		for _, args := range []string{"-M", "-MNW", "-Ma", "-Mtu"} {
			natCompare(t, r, ours, name, args, func(e natEntry) []string { return natRows(e, "", nameText, serviceText) })
		}
		natCompare(t, r, ours, name, "-M --numeric-hosts", func(e natEntry) []string { return natRows(e, "", addrText, serviceText) })
		natCompare(t, r, ours, name, "-M --numeric-ports", func(e natEntry) []string { return natRows(e, "", nameText, portText) })
	}

	// A user who may not read the table gets net-tools' message, which net-tools always
	// prints.
	for _, args := range []string{"-M", "-Mn", "-Mnev", "-Mnc", "-Mt"} {
		for _, env := range [][]string{{"LC_ALL=C"}, {"LANG=C.UTF-8"}} {
			r := natRun{etc: etc, env: env, user: natNoone}
			if diff := difference(r.run(t, oracle, args), r.run(t, ours, args), nil); diff != "" {
				t.Errorf("%s as nobody: %s", args, diff)
			}
		}
	}
	if got := (natRun{etc: etc, user: natNoone, env: []string{"NETSTAT_SOURCE=netlink"}}).run(t, ours, "-M"); got.Exit != 255 ||
		string(got.Stderr) != "netstat: dump NAT sessions: operation not permitted\n" {
		t.Errorf("netlink as nobody: exit %d, %q", got.Exit, got.Stderr)
	}
}

// natEntry is one entry as shown by conntrack -L.
type natEntry struct {
	protocol           string
	timeout            int
	from, to           netip.AddrPort
	replyFrom, replyTo netip.AddrPort
}

// natList returns the IPv4 entries of conntrack -L.
func natList(t *testing.T) (list []natEntry) {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command(need.Program(t, "conntrack", "conntrack"), "-L", "-f", "ipv4")
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("conntrack -L: %v, %s", err, errs.String())
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		e := natEntry{protocol: f[0]}
		switch e.protocol {
		case "unknown":
			if e.protocol = f[1]; e.protocol == "50" {
				e.protocol = "esp"
			}
		case "udplite":
			e.protocol = "udpl"
		}
		if e.timeout, err = strconv.Atoi(f[2]); err != nil {
			t.Fatalf("conntrack -L: %q", line)
		}
		values := map[string][]string{}
		for _, word := range f[3:] {
			if key, value, ok := strings.Cut(word, "="); ok {
				values[key] = append(values[key], value)
			}
		}
		end := func(i int, address, port string) netip.AddrPort {
			n := uint64(0)
			if p := values[port]; p != nil {
				if n, err = strconv.ParseUint(p[i], 0, 16); err != nil {
					t.Fatalf("conntrack -L: %q", line)
				}
			}
			return netip.AddrPortFrom(netip.MustParseAddr(values[address][i]), uint16(n))
		}
		source, destination := "sport", "dport"
		if e.protocol == "gre" {
			source, destination = "srckey", "dstkey"
		}
		e.from, e.to = end(0, "src", source), end(0, "dst", destination)
		e.replyFrom, e.replyTo = end(1, "src", source), end(1, "dst", destination)
		if e.protocol == "icmp" {
			e.from, e.replyTo = end(0, "src", "id"), netip.AddrPortFrom(e.replyTo.Addr(), end(1, "src", "id").Port())
		}
		list = append(list, e)
	}
	return list
}

func addrText(ip netip.Addr) string { return ip.String() }

func nameText(ip netip.Addr) string {
	switch ip.String() {
	case "192.168.7.2":
		return "client"
	case "203.0.113.9":
		return "a-server-with-a-long-name.example.org"
	}
	return ip.String()
}

func portText(_ string, port uint16) string {
	if port == 0 {
		return "*"
	}
	return strconv.Itoa(int(port))
}

func serviceText(protocol string, port uint16) string {
	switch protocol + strconv.Itoa(int(port)) {
	case "tcp8080":
		return "last"
	case "udp7000":
		return "rtp"
	}
	return portText(protocol, port)
}

// natRows returns the lines of -M expected for an entry, without its time.
func natRows(e natEntry, seq string, address func(netip.Addr) string, port func(string, uint16) string) (rows []string) {
	row := func(hidden, other netip.AddrPort, masq uint16) {
		rows = append(rows, fmt.Sprintf("%s E %s%-20s %-20s %s -> %s (%s)", e.protocol, seq, address(hidden.Addr()), address(other.Addr()),
			port(e.protocol, hidden.Port()), port(e.protocol, other.Port()), port(e.protocol, masq)))
	}
	if e.from != e.replyTo {
		row(e.from, e.replyFrom, e.replyTo.Port())
	}
	if e.to != e.replyFrom {
		row(e.replyFrom, e.from, e.to.Port())
	}
	return rows
}

func natPlain(e natEntry) []string { return natRows(e, "", addrText, portText) }

// natCompare runs ours between two readings of the oracle, until nothing was renewed in
// between, and returns our output.
func natCompare(t *testing.T, r natRun, ours, name, args string, rows func(natEntry) []string) string {
	t.Helper()
	for {
		before := natList(t)
		got := r.run(t, append([]string{ours}, strings.Fields(args)...)...)
		after := natList(t)
		if !natSteady(before, after) {
			continue
		}
		if got.Exit != 0 || len(got.Stderr) != 0 {
			t.Errorf("%s %s: exit %d, %q", name, args, got.Exit, got.Stderr)
		}
		var want []string
		var most, least []int
		for i, e := range before {
			for _, row := range rows(e) {
				want = append(want, row)
				most, least = append(most, e.timeout), append(least, after[i].timeout)
			}
		}
		_, body, _ := strings.Cut(string(got.Stdout), "ports\n")
		lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
		if len(lines) != len(want) {
			t.Errorf("%s %s: %d rows, want %d\n%s", name, args, len(lines), len(want), got.Stdout)
			return string(got.Stdout)
		}
		for i, line := range lines {
			text, seconds := natTimeless(line)
			if text != want[i] || seconds > most[i] || seconds < least[i] {
				t.Errorf("%s %s: row %q\nwant %q with %d to %d s", name, args, line, want[i], least[i], most[i])
			}
		}
		return string(got.Stdout)
	}
}

// natSteady reports whether the entries only aged.
func natSteady(before, after []natEntry) bool {
	return slices.EqualFunc(before, after, func(b, a natEntry) bool {
		older := a.timeout <= b.timeout
		a.timeout = b.timeout
		return older && a == b
	})
}

// natTimeless removes the time from a row; seconds is -1 if there is none.
func natTimeless(line string) (text string, seconds int) {
	protocol, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimLeft(rest, " ")
	expire, rest, _ := strings.Cut(rest, " ")
	var m, s int
	if n, err := fmt.Sscanf(expire, "%d:%02d.00", &m, &s); n != 2 || err != nil {
		return line, -1
	}
	return protocol + " E " + rest, m*60 + s
}

// natSplit returns the rows of a table without times and without the one port that the
// kernel chooses.
func natSplit(table string) (rows []string) {
	_, body, _ := strings.Cut(table, "ports\n")
	for line := range strings.Lines(body) {
		text, _ := natTimeless(strings.TrimSuffix(line, "\n"))
		text = strings.ReplaceAll(strings.ReplaceAll(text, "(50000)", "(5000N)"), "(50001)", "(5000N)")
		rows = append(rows, text)
	}
	return rows
}
