package differential

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
	"netstat/test/tracked"
)

// The tests of -M stand apart from the others: their world is a router between
// two hosts. net-tools' own table is compared with net-tools over a made-up
// /proc; for the table of today's kernels, which net-tools cannot read, the
// oracle is conntrack -L.

const (
	natRole  = "NETSTAT_NAT_ROLE" // exec, host
	natProc  = "NETSTAT_NAT_PROC" // what stands in for /proc
	natEtc   = "NETSTAT_NAT_ETC"  // files that cover those of /etc
	natUser  = "NETSTAT_NAT_USER" // whom to become
	natDrop  = "NETSTAT_NAT_DROP" // the capability to be without
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

// natExec becomes a program in a mount namespace of its own.
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

// natRun is one run of a program; each field is an environment that only
// natExec or the program itself looks at.
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

// runReports returns the beginning of what a program prints that repeats, size
// bytes of it, and ends the program.
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

// natDir makes a directory that every user may read.
func natDir(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "netstat-nat-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var natEtcFiles = map[string]string{
	"hosts": "127.0.0.1 localhost\n192.168.7.2 client\n203.0.113.9 a-server-with-a-long-name.example.org server\n" +
		"10.0.0.3 exactly-twenty-chars\n10.0.0.4 twenty-one-characters\n10.0.0.5 " + strings.Repeat("label.", 25) + "example\n",
	"services":      "ssh 22/tcp\nsmtp 25/tcp\ndomain 53/tcp\ndomain 53/udp\nhttp 80/tcp\nfirst 8080/tcp\nlast 8080/tcp\nrtp 7000/udp\n",
	"nsswitch.conf": "passwd: files\nhosts: files\nservices: files\nprotocols: files\nnetworks: files\n",
}

const (
	natHeader    = "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=40960,40960,40960)\n"
	natOldHeader = "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta Expires (free=40960,40960,40960)\n"
	natGood      = "TCP 0A000002:0400 C0A80105:0050 F000 00001234     0      0   44999\n"
)

// natFiles are made-up tables of /proc/net/ip_masquerade.
var natFiles = map[string]string{
	"full": natHeader + natGood +
		"UDP 0A000002:0400 C0A80105:0035 F001 00000000     0     -5     599\n" +
		"ICMP 0A000002:0400 08080808:0000 F002 00000000     0     -5     599\n" +
		"ICMP C0A80702:0016 0A000003:0007 0019 1 2 3 100\n" +
		"TCP C0A80702:0016 0A000003:0050 0019 1 2 3 100\n" +
		"TCP 0A000003:1F90 0A000004:0050 0050 1 2 3 100\n" +
		"TCP 0A000005:0016 CB007109:0050 0019 1 2 3 100\n" +
		"UDP CB007109:1B58 0A000003:1B58 0035 FFFFFFFF -32768 32767 360000000\n" +
		"GRE 0A000002:0015 0A000003:0019 0016 1 1 2 100\n" +
		"ESP 0A000002:0000 0A000003:0000 0000 1 1 2 100\n" +
		"IP 00000000:0000 7F000001:0000 0000 1 1 2 0\n" +
		"TCP 0A000004:0000 FFFFFFFF:FFFF FFFF 1 1 2 6000\n",
	"old":      natOldHeader + "TCP 0A000002:0400 C0A80105:0050 F000 00001234     7   44999\nUDP C0A80702:0400 C0A80105:0035 F000 0 -7 0\n",
	"header":   natHeader,
	"unended":  natHeader + strings.TrimSuffix(natGood, "\n"),
	"no lines": strings.TrimSuffix(natHeader, "\n"),
	"blank":    natHeader + natGood + "\n   \n\t\n" + natGood + "\n",
	"narrow":   natHeader + "  TCP  A000002:15 A000003:19 16 1 1 2 6000\nTCP 0A000002:0400 C0A80105:0050 F000 1 40000 -40000 1 \t\r\n",
	"untitled": "something else\nTCP 0A000002:0400 C0A80105:0050 F000 00001234     7   44999\n",
	"crowded":  natHeader + "ICMP 1:2 3:4 5 6 7 8 599999\nICMP 1:2 3:4 5 6 7 8 600000\nICMP 1:2 3:4 5 6 7 8 9999999\nTCP 1:2 3:4 5 6 7 8 6000000\n",
	"many":     natHeader + strings.Repeat(natGood, 1500),
	// Divergence M2: net-tools prints nothing but a message.
	"bad line":     natHeader + natGood + "bad\n" + natGood,
	"short line":   natHeader + "TCP 0A000002:0400 C0A80105:0050 F000 00001234 0 0\n" + natGood,
	"bad protocol": natHeader + natGood + "SCTP 0A000002:0400 C0A80105:0050 F000 1 0 0 1\n",
	"empty":        "",
}

// natApart is divergence M3: net-tools prints a name of four letters and a
// large number of minutes without a blank between them.
var natApart = regexp.MustCompile(`(?m)^(icmp)(\d+:)`)

// natBad maps a file that net-tools fails at to what we print of it, with -Mn.
var natBad = map[string]string{
	"bad line":     natTable("tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)", "tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)"),
	"short line":   natTable("tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)"),
	"bad protocol": natTable("tcp   7:29.99 10.0.0.2             192.168.1.5          1024 -> 80 (61440)"),
	"empty":        "",
}

func natTable(rows ...string) string {
	return "IP masquerading entries\nprot   expire source               destination          ports\n" + strings.Join(rows, "\n") + "\n"
}

// natArgs are what is compared over the full table.
var natArgs = []string{
	"-M", "-Mn", "-Me", "-Mne", "-Mee", "-Mnee", "--masquerade", "--masq -n", "-M --numeric-hosts", "-M --numeric-ports",
	"-M --numeric-users", "-M --numeric-hosts --numeric-ports", "-Me --numeric-hosts", "-Mv", "-Mnv", "-Ma", "-Mna", "-Mnae",
	"-Ml", "-MnW", "-MW", "-Mno", "-Mnp", "-Mnoep", "-MnN", "-MN", "-MnC", "-MnF", "-Mnt", "-Mnu", "-Mntuw", "-MnS", "-MnU",
	"-Mn4", "-Mn6", "-Mn46", "-Mnx", "-Mng", "-Mng4", "-Mn -A ipx", "-Mn -A inet,unix,ax25", "--mas --numeric --ext", "-Mnd", "-nM eth0",
}

// natRefused end while the command line is read. The usage is not compared:
// divergence 4.
var natRefused = []string{"-MM", "-Mr", "-Mi", "-Ms", "-rM", "--masquerade=x", "-MnQ"}

func TestMasqueradeFile(t *testing.T) {
	oracle, ours := bothPrograms(t)
	etc := natDir(t, natEtcFiles)
	compare := func(r natRun, args string) {
		t.Helper()
		argv := strings.Fields(args)
		want := r.run(t, append([]string{oracle}, argv...)...)
		want.Stdout = natApart.ReplaceAll(want.Stdout, []byte("$1 $2"))
		r.env = append(slices.Clone(r.env), "NETSTAT_SOURCE=proc")
		if diff := difference(want, r.run(t, append([]string{ours}, argv...)...), nil); diff != "" {
			t.Errorf("%s %v uid %d: %s", args, r.env, r.user, diff)
		}
	}
	locales := [][]string{{"LC_ALL=C"}, {"LANG=C.UTF-8"}}
	for name, text := range natFiles {
		t.Run(name, func(t *testing.T) {
			proc := natDir(t, map[string]string{"net/ip_masquerade": text})
			args := []string{"-M", "-Mn", "-Mne"}
			if name == "full" {
				args = natArgs
			}
			for _, a := range args {
				for i, locale := range locales {
					r := natRun{proc: proc, etc: etc, env: locale}
					if want, bad := natBad[name]; bad {
						natCompareBad(t, r, oracle, ours, want)
						continue
					}
					compare(r, a)
					if i == 0 {
						r.user = natNoone
						compare(r, a)
					}
				}
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		proc := natDir(t, map[string]string{"net/tcp": ""})
		for _, a := range []string{"-M", "-Mn", "-Mnev", "-Mc", "-Mn -A ipx", "-Mt6"} {
			compare(natRun{proc: proc, etc: etc, env: locales[0]}, a)
			compare(natRun{proc: proc, etc: etc, env: locales[1], user: natNoone}, a)
		}
	})
	t.Run("refused", func(t *testing.T) {
		proc := natDir(t, map[string]string{"net/ip_masquerade": natFiles["full"]})
		r := natRun{proc: proc, etc: etc, env: locales[0]}
		for _, a := range natRefused {
			argv := strings.Fields(a)
			want, got := r.run(t, append([]string{oracle}, argv...)...), r.run(t, append([]string{ours}, argv...)...)
			if got.Exit != want.Exit || len(want.Stdout) != 0 || len(got.Stdout) != 0 || !bytes.Contains(got.Stderr, []byte("sage: netstat")) {
				t.Errorf("%s: exit %d, want %d; %q", a, got.Exit, want.Exit, got.Stderr)
			}
		}
	})
	t.Run("repeated", func(t *testing.T) {
		proc := natDir(t, map[string]string{"net/ip_masquerade": natFiles["full"]})
		r := natRun{proc: proc, etc: etc, env: locales[0]}
		once := r.run(t, oracle, "-Mne").Stdout
		for _, argv := range [][]string{{oracle, "-Mnec"}, {ours, "-Mnec"}, {ours, "-Mne", "0.01"}} {
			if got := r.runReports(t, 2*len(once), argv...); !bytes.Equal(got, append(slices.Clone(once), once...)) {
				t.Errorf("%q printed %q", argv, got)
			}
		}
	})
}

// natCompareBad checks divergence M2: net-tools ends in an internal error
// where we show what can be read, with the same exit code.
func natCompareBad(t *testing.T, r natRun, oracle, ours, want string) {
	t.Helper()
	theirs := r.run(t, oracle, "-Mn")
	if theirs.Exit != 255 || len(theirs.Stdout) != 0 || !bytes.Contains(theirs.Stderr, []byte("Internal Error")) {
		t.Errorf("net-tools: exit %d, %q, %q", theirs.Exit, theirs.Stdout, theirs.Stderr)
	}
	r.env = append(slices.Clone(r.env), "NETSTAT_SOURCE=proc")
	got := r.run(t, ours, "-Mn")
	if got.Exit != 255 || string(got.Stdout) != want || !bytes.HasPrefix(got.Stderr, []byte("netstat: read NAT sessions: ")) {
		t.Errorf("ours: exit %d, %q, %q", got.Exit, got.Stdout, got.Stderr)
	}
}

// natRules masquerade what leaves towards the server, and forward one port to
// a host on either side.
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

// natLive is what the rules make of the traffic of natTraffic, each row with
// its time left out.
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

// natAdded are entries of protocols that no traffic here has, with the rows
// they give.
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

// TestNATSessions builds a router between a client and a server, with real
// rules and traffic, and compares -M with conntrack -L.
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

	// The namespace has connection tracking though no rule uses it yet, and
	// nothing in it: divergence M1.
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
				seq = "         -     -     -" // the file does not have it
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

	// Who may not see the table gets net-tools' message, and so does the
	// user of net-tools always.
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

// natEntry is one entry as conntrack -L shows it.
type natEntry struct {
	protocol           string
	timeout            int
	from, to           netip.AddrPort
	replyFrom, replyTo netip.AddrPort
}

// natList is what conntrack -L lists of IPv4.
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

// natRows are the lines that -M owes an entry, with its time left out.
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

// natCompare runs ours between two readings of the oracle, until nothing was
// renewed meanwhile, and returns what it printed.
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

// natSteady reports whether the same entries only grew older.
func natSteady(before, after []natEntry) bool {
	return slices.EqualFunc(before, after, func(b, a natEntry) bool {
		older := a.timeout <= b.timeout
		a.timeout = b.timeout
		return older && a == b
	})
}

// natTimeless takes the time out of a row; -1 where there is none.
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

// natSplit gives the rows of a table, with time and the one port that the
// kernel chooses left out.
func natSplit(table string) (rows []string) {
	_, body, _ := strings.Cut(table, "ports\n")
	for line := range strings.Lines(body) {
		text, _ := natTimeless(strings.TrimSuffix(line, "\n"))
		text = strings.ReplaceAll(strings.ReplaceAll(text, "(50000)", "(5000N)"), "(50001)", "(5000N)")
		rows = append(rows, text)
	}
	return rows
}

// natTraffic connects this namespace, the router, with a client and a server,
// and makes them talk.
func natTraffic(t *testing.T) {
	t.Helper()
	client, server := startNATHost(t), startNATHost(t)
	must := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(need.Program(t, name, name), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v, %s", name, args, err, out)
		}
	}
	for _, side := range []struct {
		link, router, host string
		peer               *natPeer
	}{{"c0", "192.168.7.1", "192.168.7.2", client}, {"s0", "203.0.113.1", "203.0.113.9", server}} {
		must("ip", "link", "add", side.link, "type", "veth", "peer", "name", "e0", "netns", strconv.Itoa(side.peer.pid))
		must("ip", "address", "add", side.router+"/24", "dev", side.link)
		must("ip", "link", "set", side.link, "up")
		side.peer.do("ip", "link", "set", "lo", "up")
		side.peer.do("ip", "address", "add", side.host+"/24", "dev", "e0")
		side.peer.do("ip", "link", "set", "e0", "up")
		side.peer.do("ip", "route", "add", "default", "via", side.router)
	}
	for name, value := range map[string]string{
		"ipv4/ip_forward":                        "1",
		"netfilter/nf_conntrack_udp_timeout":     "3600",
		"netfilter/nf_conntrack_icmp_timeout":    "3600",
		"netfilter/nf_conntrack_generic_timeout": "3600",
	} {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	nft := exec.Command(need.Program(t, "nft", "nftables"), "-f", "-")
	nft.Stdin = strings.NewReader(natRules)
	if out, err := nft.CombinedOutput(); err != nil {
		t.Fatalf("nft: %v, %s", err, out)
	}
	here := &natPeer{t: t, do: func(words ...string) {
		t.Helper()
		if err := natOrder(words); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	}}

	server.do("tcp-server", "203.0.113.9:7000")
	server.do("udp-server", "203.0.113.9:7000")
	client.do("tcp-server", "192.168.7.2:7001")
	client.do("udp-server", "192.168.7.2:7002")
	here.do("tcp-server", "0.0.0.0:7003")

	client.do("tcp", "192.168.7.2:40000", "203.0.113.9:7000")
	server.do("tcp", "203.0.113.9:40001", "203.0.113.1:8081")
	server.do("udp", "203.0.113.9:40002", "203.0.113.1:8082")
	server.do("tcp", "203.0.113.9:40003", "203.0.113.1:8083")
	client.do("tcp", "192.168.7.2:40004", "192.168.7.1:8080")
	client.do("udp", "192.168.7.2:40005", "203.0.113.9:7000")
	client.do("ping", "203.0.113.9", "513")
}

// natPeer is a process with a network namespace of its own.
type natPeer struct {
	t   *testing.T
	pid int
	do  func(words ...string)
}

func startNATHost(t *testing.T) *natPeer {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), natRole+"=host")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start a host: %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	answers := bufio.NewScanner(out)
	p := &natPeer{t: t, pid: cmd.Process.Pid}
	p.do = func(words ...string) {
		t.Helper()
		if _, err := fmt.Fprintln(in, strings.Join(words, " ")); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		if !answers.Scan() || answers.Text() != "done" {
			t.Fatalf("%q: %s", words, answers.Text())
		}
	}
	return p
}

// natHost carries out orders, one a line, until there are no more.
func natHost(in io.Reader, out io.Writer) error {
	orders := bufio.NewScanner(in)
	for orders.Scan() {
		answer := "done"
		if err := natOrder(strings.Fields(orders.Text())); err != nil {
			answer = err.Error()
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return orders.Err()
}

// natKept are sockets that stay open as long as the process.
var natKept []any

func natOrder(words []string) error {
	switch words[0] {
	case "ip":
		path, err := exec.LookPath("ip")
		if err != nil {
			path = "/sbin/ip"
		}
		if text, err := exec.Command(path, words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, bytes.TrimSpace(text))
		}
		return nil
	case "tcp-server":
		l, err := net.Listen("tcp4", words[1])
		if err != nil {
			return err
		}
		natKept = append(natKept, l)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(c, c) }()
			}
		}()
		return nil
	case "udp-server":
		c, err := net.ListenPacket("udp4", words[1])
		if err != nil {
			return err
		}
		natKept = append(natKept, c)
		go func() {
			b := make([]byte, 64)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				_, _ = c.WriteTo(b[:n], from)
			}
		}()
		return nil
	case "tcp", "udp":
		return natDial(words[0], words[1], words[2])
	case "ping":
		id, err := strconv.ParseUint(words[2], 10, 16)
		if err != nil {
			return err
		}
		return natPing(netip.MustParseAddr(words[1]), uint16(id))
	}
	return fmt.Errorf("unknown order %q", words)
}

// natDial opens a connection and has a byte echoed over it.
func natDial(network, local, remote string) error {
	d := net.Dialer{Timeout: patience, KeepAlive: -1}
	if network == "tcp" {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort(local))
	} else {
		d.LocalAddr = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local))
	}
	c, err := d.Dial(network+"4", remote)
	if err != nil {
		return err
	}
	natKept = append(natKept, c)
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	b := []byte{'x'}
	if _, err := c.Write(b); err != nil {
		return err
	}
	_, err = io.ReadFull(c, b)
	return err
}

// natPing sends one echo request and waits for the answer to it.
func natPing(to netip.Addr, id uint16) error {
	c, err := net.ListenPacket("ip4:icmp", "0.0.0.0")
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	request := []byte{8, 0, 0, 0, byte(id >> 8), byte(id), 0, 1}
	sum := uint32(0)
	for i := 0; i < len(request); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(request[i:]))
	}
	binary.BigEndian.PutUint16(request[2:], ^uint16(sum+sum>>16))
	if _, err := c.WriteTo(request, &net.IPAddr{IP: to.AsSlice()}); err != nil {
		return err
	}
	b := make([]byte, 256)
	for {
		n, _, err := c.ReadFrom(b)
		if err != nil {
			return err
		}
		if n >= 8 && b[0] == 0 && binary.BigEndian.Uint16(b[4:]) == id {
			return nil
		}
	}
}
