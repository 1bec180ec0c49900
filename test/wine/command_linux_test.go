package wine

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"netstat"
)

// commandProgram is netstat.exe, built once.
var commandProgram = sync.OnceValues(func() (string, error) { return shared.Build("netstat/cmd/netstat", false) })

func commandExe(t *testing.T) string {
	t.Helper()
	exe, err := commandProgram()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// commandRun runs netstat.exe; env is a list of NAME=value.
func commandRun(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	r, err := shared.RunEnv(env, commandExe(t), args...)
	if err != nil {
		t.Fatal(err)
	}
	return string(r.Stdout), string(r.Stderr), r.Code
}

// commandMicrosoft runs netstat.exe in its own dialect, checks that every line ends in
// CRLF, and returns the output with LF.
func commandMicrosoft(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	stdout, stderr, code = commandRun(t, nil, args...)
	for _, text := range []string{stdout, stderr} {
		if n := strings.Count(text, "\r\n"); n != strings.Count(text, "\n") || n != strings.Count(text, "\r") ||
			text != "" && !strings.HasSuffix(text, "\r\n") {
			t.Errorf("%q: line ends in %q", args, text)
		}
	}
	return strings.ReplaceAll(stdout, "\r\n", "\n"), strings.ReplaceAll(stderr, "\r\n", "\n"), code
}

// commandTry repeats a comparison that fails up to twice, not counting those during which
// the host changed: a TIME-WAIT expires, or an idle connection sends a keepalive.
func commandTry(t *testing.T, compare func() string) {
	t.Helper()
	host := func() string { return fmt.Sprint(shared.linuxSockets(t), shared.linuxCounters(t)) }
	var wrong string
	for same, tries := 0, 0; same < 3 && tries < 30; tries++ {
		before := host()
		if wrong = compare(); wrong == "" {
			return
		}
		if host() == before {
			same++
		}
	}
	t.Error(wrong)
}

var commandStates = map[netstat.State]string{
	netstat.Listen: "LISTENING", netstat.Established: "ESTABLISHED", netstat.FinWait2: "FIN_WAIT_2",
	netstat.CloseWait: "CLOSE_WAIT", netstat.TimeWait: "TIME_WAIT",
}

// commandRows lists Linux's sockets as rows of Microsoft's table, in its order. rest
// returns the columns after the foreign address.
func commandRows(t *testing.T, keep func(*netstat.Socket) bool, rest func(state string) string) []string {
	var all []netstat.Socket
	order := map[netstat.Table]int{netstat.TCP4Table: 0, netstat.TCP6Table: 1, netstat.UDP4Table: 2, netstat.UDP6Table: 3}
	shared.linux(t, func(src netstat.Source) error {
		for table := range order {
			for s, err := range src.Sockets(context.Background(), table, netstat.Need{}) {
				if err != nil {
					return err
				}
				if keep(&s) {
					all = append(all, s)
				}
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b netstat.Socket) int {
		c := cmp.Or(cmp.Compare(order[a.Table], order[b.Table]),
			a.Local.IP.Compare(b.Local.IP), cmp.Compare(a.Local.Port, b.Local.Port))
		if a.Table.Protocol == netstat.TCP {
			c = cmp.Or(c, a.Remote.IP.Compare(b.Remote.IP), cmp.Compare(a.Remote.Port, b.Remote.Port))
		}
		return c
	})
	var rows []string
	for _, s := range all {
		proto, foreign, state := "TCP", netip.AddrPortFrom(s.Remote.IP, s.Remote.Port).String(), commandStates[s.State]
		if s.Table.Protocol != netstat.TCP {
			proto, foreign, state = "UDP", "*:*", ""
		}
		rows = append(rows, fmt.Sprintf("  %-5s  %-21s  %-21s  %s", proto,
			netip.AddrPortFrom(s.Local.IP, s.Local.Port), foreign, rest(state)))
	}
	return rows
}

func commandAny(*netstat.Socket) bool { return true }

func commandConnected(s *netstat.Socket) bool {
	return s.Table.Protocol == netstat.TCP && s.State != netstat.Listen
}

func commandOf(t netstat.Table) func(*netstat.Socket) bool {
	return func(s *netstat.Socket) bool { return s.Table == t }
}

// TestCommandConnections compares the connection table, with every option that changes
// it, with Linux's sockets.
func TestCommandConnections(t *testing.T) {
	const header = "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State"
	plain := func(state string) string { return state }
	wide := func(more string) func(string) string {
		return func(state string) string { return fmt.Sprintf("%-12s    %s", state, more) }
	}
	offload := func(before string) func(string) string {
		return func(state string) string {
			text := "InHost"
			if state == "" {
				text = ""
			}
			return fmt.Sprintf("%-12s    %s%-12s", state, before, text)
		}
	}
	type rest = func(string) string
	for _, c := range []struct {
		args   string
		keep   func(*netstat.Socket) bool
		header string
		rest   rest
		stderr string // start of each line
	}{
		{"-an", commandAny, "", plain, ""},
		{"/A -N", commandAny, "", plain, ""},
		{"-n", commandConnected, "", plain, ""},
		{"-an -p tcp", commandOf(netstat.TCP4Table), "", plain, ""},
		{"-an -p TCPv6", commandOf(netstat.TCP6Table), "", plain, ""},
		{"-anp udp", commandOf(netstat.UDP4Table), "", plain, ""},
		{"-an -p udpv6", commandOf(netstat.UDP6Table), "", plain, ""},
		{"-n -p udp", func(*netstat.Socket) bool { return false }, "", plain, ""},
		{"-ano", commandAny, "           PID", wide("PID"), ""},
		{"-ant", commandAny, "           Offload State\n", offload(""), ""},
		{"-anot -p tcpv6", commandOf(netstat.TCP6Table), "           PID      Offload State\n", offload("PID\t"), ""},
		{"-ani -p tcp", commandOf(netstat.TCP4Table), "           Time in State (ms)", wide(""), ""},
		{"-qn", commandAny, "", plain, "netstat: list bound ports of tcp"},
		{"-yn", commandConnected, "           Template\n", wide("            "), "netstat: read templates of tcp"},
		{"-abn -p tcp", commandOf(netstat.TCP4Table), "", plain, "netstat: find components of tcp"},
		{"-an --resolve-timeout=1", commandAny, "", plain, ""},
	} {
		commandTry(t, func() string {
			want := header + c.header + "\n"
			for _, row := range commandRows(t, c.keep, c.rest) {
				want += row + "\n"
			}
			stdout, stderr, code := commandMicrosoft(t, strings.Fields(c.args)...)
			stdout = commandPID.ReplaceAllString(stdout, "${1}PID$2")
			if strings.Contains(c.args, "b") {
				stdout = commandImage.ReplaceAllString(stdout, "")
			}
			for line := range strings.Lines(stderr) {
				if c.stderr == "" || !strings.HasPrefix(line, c.stderr) {
					t.Errorf("%s: standard error: %q", c.args, line)
				}
			}
			if c.stderr != "" && stderr == "" {
				t.Errorf("%s: %q is missing", c.args, c.stderr)
			}
			if stdout != want || code != 0 {
				return fmt.Sprintf("%s: status %d\n%s\nLinux has\n%s", c.args, code, stdout, want)
			}
			return ""
		})
	}
}

var (
	// Wine knows the process of hardly any socket.
	commandPID   = regexp.MustCompile(`(?m)^(  (?:TCP|UDP)    .{46}.{12}    )[0-9]+(\t|$)`)
	commandImage = regexp.MustCompile(`(?m)^(?:  [^ ]+| \[.*\]| Can not obtain ownership information)\n`)
)

// commandWaiting is what a host says that takes longer than a second to find names.
var commandWaiting = regexp.MustCompile(`(?m)^netstat: waiting for .*\n`)

// TestCommandNames checks the names of hosts and ports in a report without -n.
func TestCommandNames(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := commandMicrosoft(t, "-a", "--resolve-timeout=300")
	stderr = commandWaiting.ReplaceAllString(stderr, "")
	for _, want := range []string{
		fmt.Sprintf("  TCP    %-21s  %-21s  LISTENING\n", "127.0.0.1:135", name+":0"),
		"  UDP    127.0.0.1:135          *:*                    \n",
	} {
		if !strings.Contains(strings.ToLower(stdout), strings.ToLower(want)) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if !regexp.MustCompile(`(?mi)^  TCP    192\.0\.2\.5:\d+ +`+regexp.QuoteMeta(name)+`:http +ESTABLISHED$`).MatchString(stdout) ||
		stderr != "" || code != 0 {
		t.Errorf("status %d, %q\n%s", code, stderr, stdout)
	}
}

// commandSums adds up the counters of Linux's interfaces except lo, in the order of the
// rows of -e: bytes, unicast, non-unicast, discards, errors.
func commandSums(t *testing.T) (in, out [5]uint64) {
	shared.linux(t, func(src netstat.Source) error {
		for i, err := range src.Interfaces(context.Background(), netstat.InterfaceQuery{}) {
			if err != nil {
				return err
			}
			if i.Name == "lo" {
				continue
			}
			for sums, c := range map[*[5]uint64]*netstat.InterfaceCounters{&in: &i.Receive, &out: &i.Transmit} {
				sums[0] += c.Bytes
				sums[1] += c.Packets
				sums[3] += c.Dropped
				sums[4] += c.Errors
			}
		}
		return nil
	})
	return in, out
}

func commandEthernet(t *testing.T) string {
	in, out := commandSums(t)
	want := "Interface Statistics\n\n                           Received            Sent\n\n"
	for i, label := range []string{"Bytes", "Unicast packets", "Non-unicast packets", "Discards", "Errors"} {
		want += fmt.Sprintf("%-20s%15d%16d\n", label, in[i], out[i])
	}
	return want + fmt.Sprintf("%-20s%15d\n\n", "Unknown protocols", 0)
}

// TestCommandStatistics compares -e and -s with Linux's counters. ICMP is left out:
// Wine reads Linux's newer columns wrongly.
func TestCommandStatistics(t *testing.T) {
	for _, args := range []string{"-e", "/E", "-e -t"} {
		commandTry(t, func() string {
			want := commandEthernet(t)
			stdout, stderr, code := commandMicrosoft(t, strings.Fields(args)...)
			if stdout != want || stderr != "" || code != 0 {
				return fmt.Sprintf("%s: status %d, %q\n%q\nLinux has\n%q", args, code, stderr, stdout, want)
			}
			return ""
		})
	}
	labels := map[string]string{
		"Packets Received": "InReceives", "Received Header Errors": "InHdrErrors", "Received Address Errors": "InAddrErrors",
		"Received Packets Delivered": "InDelivers", "Output Requests": "OutRequests", "Discarded Output Packets": "OutDiscards",
		"Output Packet No Route": "OutNoRoutes", "Reassembly Required": "ReasmReqds", "Fragments Created": "FragCreates",
		"Active Opens": "ActiveOpens", "Passive Opens": "PassiveOpens", "Failed Connection Attempts": "AttemptFails",
		"Reset Connections": "EstabResets", "Current Connections": "CurrEstab", "Segments Received": "InSegs",
		"Segments Sent": "OutSegs", "Segments Retransmitted": "RetransSegs",
		"Datagrams Received": "InDatagrams", "No Ports": "NoPorts", "Receive Errors": "InErrors", "Datagrams Sent": "OutDatagrams",
	}
	sections := []struct{ title, protocol, group string }{
		{"IPv4 Statistics", "ip", "Ip"}, {"IPv6 Statistics", "ipv6", "Ip6"}, {"ICMPv4 Statistics", "icmp", ""},
		{"ICMPv6 Statistics", "icmpv6", ""}, {"TCP Statistics for IPv4", "tcp", "Tcp"}, {"TCP Statistics for IPv6", "tcpv6", "Tcp"},
		{"UDP Statistics for IPv4", "udp", "Udp"}, {"UDP Statistics for IPv6", "udpv6", "Udp6"},
	}
	commandTry(t, func() string {
		counters := make(map[string]uint64)
		shared.linux(t, func(src netstat.Source) error {
			for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
				for c, err := range src.Counters(context.Background(), f) {
					if err != nil {
						return err
					}
					counters[c.Group+"."+c.Name] = c.Value
				}
			}
			return nil
		})
		ethernet := commandEthernet(t)
		both, stderr, code := commandMicrosoft(t, "-s", "-E")
		all, found := strings.CutPrefix(both, ethernet)
		if !found || stderr != "" || code != 0 {
			return fmt.Sprintf("-e -s: status %d, %q\n%s\nis not what begins with\n%s", code, stderr, both, ethernet)
		}
		at, seen := 0, 0
		section := -1
		for line := range strings.Lines(all) {
			line = strings.TrimSuffix(line, "\n")
			if at < len(sections) && line == sections[at].title {
				section = at
				at++
				continue
			}
			label, value, ok := strings.Cut(line, " = ")
			name := labels[strings.TrimSpace(label)]
			if !ok || name == "" || section < 0 {
				continue
			}
			seen++
			if want := counters[sections[section].group+"."+name]; value != strconv.FormatUint(want, 10) {
				return fmt.Sprintf("%s: %q, Linux has %d", sections[section].title, line, want)
			}
		}
		if at != len(sections) || seen != 2*len(labels) {
			return fmt.Sprintf("%d sections, %d counters in\n%s", at, seen, all)
		}
		return ""
	})
	for _, s := range sections {
		stdout, stderr, code := commandMicrosoft(t, "-n", "-s", "-p", s.protocol)
		table := strings.Contains(stdout, "\n\nActive Connections\n\n  Proto ")
		if !strings.HasPrefix(stdout, "\n"+s.title+"\n\n") || strings.Count(stdout, " Statistics") != 1 && s.protocol[0] != 't' && s.protocol[0] != 'u' ||
			table != (s.group != "" && s.group[:2] != "Ip") || stderr != "" || code != 0 {
			t.Errorf("-s -p %s: status %d, %q\n%s", s.protocol, code, stderr, stdout)
		}
	}
}

// TestCommandRoutes compares -r with Linux's interfaces and routes.
func TestCommandRoutes(t *testing.T) {
	ruler := strings.Repeat("=", 75) + "\n"
	want := ruler + "Interface List\n"
	var loopback string
	links := make(map[string]bool)
	if err := shared.In(func() error {
		list, err := net.Interfaces()
		for _, i := range list {
			mac := ""
			for _, b := range i.HardwareAddr {
				mac += fmt.Sprintf("%02x ", b)
			}
			if i.Flags&net.FlagLoopback != 0 {
				mac = ""
			}
			line := fmt.Sprintf("%3d...%s%s\n", i.Index, mac+strings.Repeat(".", 24-len(mac)), i.Name)
			if i.Flags&net.FlagLoopback != 0 {
				loopback = line
			} else {
				links[line] = true
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var rows []string
	shared.linux(t, func(src netstat.Source) error {
		for r, err := range src.Routes(context.Background(), netstat.RouteQuery{Family: netstat.Inet}) {
			if err != nil {
				return err
			}
			gateway := "On-link "
			if r.Gateway.IsValid() && !r.Gateway.IsUnspecified() {
				gateway = r.Gateway.String()
			}
			rows = append(rows, fmt.Sprintf("  %15s  %15s  %15s  %15s  %5d\n", r.Destination.Addr(),
				net.IP(net.CIDRMask(r.Destination.Bits(), 32)), gateway, "192.0.2.5", r.Metric))
		}
		return nil
	})
	for _, args := range []string{"-r", "-rn", "/R"} {
		stdout, stderr, code := commandMicrosoft(t, args)
		rest, ok := strings.CutPrefix(stdout, want)
		left := len(links)
		for ok && left > 0 {
			line, after, _ := strings.Cut(rest, "\n")
			ok = links[line+"\n"]
			rest = after
			left--
		}
		tail := loopback + ruler + "\nIPv4 Route Table\n" + ruler + "Active Routes:\n" +
			"Network Destination        Netmask          Gateway       Interface  Metric\n" + strings.Join(rows, "") + ruler +
			"Persistent Routes:\n  None\n\nIPv6 Route Table\n" + ruler + "Active Routes:\n  None\nPersistent Routes:\n  None\n"
		if !ok || rest != tail || len(rows) != 4 || stderr != "" || code != 0 {
			t.Errorf("%s: status %d, %q\n%s\nLinux has %v,\n%s", args, code, stderr, stdout, links, tail)
		}
	}
}

// TestCommandMistakes checks errors that end the program before it reads anything.
func TestCommandMistakes(t *testing.T) {
	const usage = "\nShows TCP and UDP connections"
	for _, c := range []struct{ args, stderr string }{
		{"/?", usage}, {"-?", usage}, {"-z", usage}, {"-an /z", usage}, {"-p", usage}, {"-p bad", usage},
		{"-p icmp", usage}, {"0", usage}, {"-1", usage}, {"1.5", usage}, {"abc", usage}, {"-", usage}, {"--", usage},
		{"--bogus", "netstat: unknown option --bogus (try 'netstat --help')\n"},
		{"--colums=pid", "netstat: unknown option --colums: did you mean --columns? (try 'netstat --help')\n"},
		{"--dialect", "netstat: option --dialect needs a value: --dialect=NAME (try 'netstat --help')\n"},
		{"--dialect=foo", "netstat: unknown dialect 'foo' (known: linux, windows)\n"},
		{"--resolve-timeout=x", "netstat: bad value 'x' for --resolve-timeout:"},
	} {
		stdout, stderr, code := commandMicrosoft(t, strings.Fields(c.args)...)
		if stdout != "" || !strings.HasPrefix(stderr, c.stderr) || code != 1 {
			t.Errorf("%s: status %d, %q, %q", c.args, code, stdout, stderr)
		}
		if c.stderr == usage && !strings.Contains(stderr, "\n\nNETSTAT [-a] ") {
			t.Errorf("%s: %s", c.args, stderr)
		}
	}
	stdout, stderr, code := commandMicrosoft(t, "--help")
	if !strings.HasPrefix(stdout, usage) || stderr != "" || code != 0 {
		t.Errorf("--help: status %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = commandMicrosoft(t, "--state=help")
	if !strings.HasPrefix(stdout, "States:\n") || stderr != "" || code != 0 {
		t.Errorf("--state=help: status %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = commandMicrosoft(t, "-x", "-n")
	if !strings.HasPrefix(stdout, "\nActive NetworkDirect Connections, Listeners, SharedEndpoints\n\n  Mode ") ||
		strings.Count(stdout, "\n") != 4 || !strings.HasPrefix(stderr, "netstat: NetworkDirect endpoints cannot be listed") || code != 0 {
		t.Errorf("-x: status %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = commandMicrosoft(t, "-vdan")
	if !strings.HasPrefix(stdout, "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           DSCP\n  TCP ") ||
		!strings.HasPrefix(stderr, "netstat: the DSCP column is empty: ") || strings.Count(stderr, "\n") != 1 || code != 0 {
		t.Errorf("-vdan: status %d, %q, %q", code, stdout, stderr)
	}
	stdout, stderr, code = commandMicrosoft(t, "-c")
	if !strings.HasPrefix(stdout, "\nPorts in Use by Process\n\n  PID ") || !strings.HasPrefix(stderr, "netstat: list bound ports") || code != 0 {
		t.Errorf("-c: status %d, %q, %q", code, stdout, stderr)
	}
}

// TestCommandEnvironment checks what selects dialect and language.
func TestCommandEnvironment(t *testing.T) {
	const microsoft, nettools = "Interface Statistics\r\n", "Kernel IP routing table\n"
	for _, c := range []struct {
		dialect, args, want, stderr string
		code                        int
	}{
		{"linux", "-rn", nettools, "", 0}, {"Windows", "-e", microsoft, "", 0}, {"linux", "-e --dialect=windows", microsoft, "", 0},
		{"", "-rn --DIALECT=LINUX", nettools, "", 0}, {"windows", "-rn --dialect linux", nettools, "", 0},
		{"foo", "-e", "", "netstat: NETSTAT_DIALECT: unknown dialect 'foo' (known: linux, windows)\r\n", 1},
	} {
		stdout, stderr, code := commandRun(t, []string{"NETSTAT_DIALECT=" + c.dialect}, strings.Fields(c.args)...)
		if !strings.HasPrefix(stdout, c.want) || c.want == "" && stdout != "" || stderr != c.stderr || code != c.code {
			t.Errorf("%+v: status %d, %q, %q", c, code, stdout, stderr)
		}
	}
	// Without a console the code page is that of the locale.
	const gbk = "\xbd\xd3\xbf\xda\xcd\xb3\xbc\xc6\r\n"
	for _, c := range []struct{ locale, lang, want string }{
		{"zh_CN.UTF-8", "zh", gbk}, {"zh_CN.UTF-8", "", gbk}, {"zh_CN.UTF-8", "en", microsoft},
		{"C", "zh", microsoft}, // code page 437 has no Chinese
		// Traditional Chinese is not Simplified Chinese, and its code page lacks some
		// of those characters.
		{"zh_TW.UTF-8", "", microsoft}, {"zh_HK.UTF-8", "", microsoft}, {"zh_MO.UTF-8", "", microsoft},
		{"zh_TW.UTF-8", "zh", microsoft}, {"zh_SG.UTF-8", "", gbk}, {"zh_CN.UTF-8", "zh-Hant", microsoft},
		{"ja_JP.UTF-8", "zh", microsoft},
	} {
		stdout, stderr, code := commandRun(t, []string{"LC_ALL=" + c.locale, "NETSTAT_LANG=" + c.lang}, "-e")
		if !strings.HasPrefix(stdout, c.want) || stderr != "" || code != 0 {
			t.Errorf("%+v: status %d, %q, %q", c, code, stdout, stderr)
		}
	}
}

// TestCommandConsole redirects the output in a console with several code pages, and
// writes to the console itself. Code pages 950 and 932 have some Chinese, but not all
// of the text.
func TestCommandConsole(t *testing.T) {
	windowsPath := func(file string) string { return "Z:" + strings.ReplaceAll(file, "/", `\`) }
	exe := windowsPath(commandExe(t))
	line := ""
	const english, gbk = "Interface Statistics\r\n", "\xbd\xd3\xbf\xda\xcd\xb3\xbc\xc6\r\n"
	pages := map[string]string{
		"936": gbk, "65001": "接口统计\r\n", "950": english, "932": english, "437": english, "1252": english,
	}
	for page := range pages {
		line += fmt.Sprintf("chcp %s & %s -e > %s 2> nul & ", page, exe, windowsPath(filepath.Join(shared.dir, "page"+page)))
	}
	line += "chcp 936 & "
	env := append(slices.Clip(shared.env), "NETSTAT_LANG=zh", "TERM=xterm")
	// script(1) creates a terminal, which Wine uses as a console. It adds 128 to the number
	// of the signal if Wine ends by one: see Host.wine.
	var (
		r   Result
		err error
	)
	for range 3 {
		if r, err = shared.run(env, "", "script", []string{"-qec", "wine cmd /c '" + line + exe + " -e'", os.DevNull}); err != nil || r.Code <= 128 {
			break
		}
	}
	if err != nil || r.Code != 0 || !bytes.Contains(r.Stdout, []byte("接口统计")) {
		t.Errorf("status %d, %v\n%q\n%s", r.Code, err, r.Stdout, r.Stderr)
	}
	for page, want := range pages {
		got, err := os.ReadFile(filepath.Join(shared.dir, "page"+page))
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("code page %s: %q, %v", page, got, err)
		}
	}
}

// TestCommandOutput sends the output to where it cannot be written.
func TestCommandOutput(t *testing.T) {
	exe := commandExe(t)
	to := func(stdout *os.File, args ...string) (errs string, code int) {
		for range 3 { // as Host.wine
			cmd := exec.Command("wine", append([]string{exe}, args...)...)
			var stderr bytes.Buffer
			cmd.Env, cmd.Stdout, cmd.Stderr = shared.env, stdout, &stderr
			if err := shared.In(cmd.Start); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the status tells
			if errs, code = stderr.String(), cmd.ProcessState.ExitCode(); code != -1 {
				break
			}
		}
		return errs, code
	}
	for args, want := range map[string]int{"-an": 1, "-s": 1, "--dialect=linux -an": 255, "--dialect=linux -s": 255} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if stderr, code := to(w, strings.Fields(args)...); stderr != "" || code != want {
			t.Errorf("closed pipe, %s: status %d, %q", args, code, stderr)
		}
		w.Close()
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if stderr, code := to(full, "-an"); stderr != "netstat: write stdout: Disk full.\r\n" || code != 1 {
		t.Errorf("full disk: status %d, %q", code, stderr)
	}
}

// TestCommandInterval waits for the second round of each type of report.
func TestCommandInterval(t *testing.T) {
	for args, want := range map[string]string{
		"-e 1": "Interface Statistics\r\n", "-n 1": "Active Connections\r\n",
		"--dialect=linux -ctn": "Active Internet connections (w/o servers)\n", "--dialect=linux -s 0.5": "Ip:\n",
	} {
		p, err := shared.Begin(commandExe(t), strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(p.Stdout)
		for rounds := 0; rounds < 2; {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Errorf("%s: ended after %d rounds, %v", args, rounds, err)
				break
			}
			if line == want {
				rounds++
			}
		}
		if err := p.Kill(); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// TestCommandWine compares with Wine's own netstat, which omits IPv6, listening ports
// and TIME_WAIT, sorts differently, and ignores -n.
func TestCommandWine(t *testing.T) {
	theirs := func(args ...string) string {
		// Outside any directory that has our netstat.exe.
		r, err := shared.RunIn("/", "netstat", args...)
		if err != nil || r.Code != 0 {
			t.Fatalf("%q: status %d, %v\n%s", args, r.Code, err, r.Stderr)
		}
		return strings.ReplaceAll(string(r.Stdout), "\r\n", "\n")
	}
	commandTry(t, func() string {
		// Only the form: Wine's counts the loopback too.
		number := regexp.MustCompile(` *[0-9]+`)
		want := number.ReplaceAllString(theirs("-e"), " N")
		got, _, _ := commandMicrosoft(t, "-e")
		if got = number.ReplaceAllString(got, " N"); got != want {
			return fmt.Sprintf("-e: %q, Wine's %q", got, want)
		}
		return ""
	})
	commandTry(t, func() string {
		want, _, _ := strings.Cut(theirs("-s", "-p", "udp"), "Active Connections")
		got, _, _ := commandMicrosoft(t, "-n", "-s", "-p", "udp")
		if got, _, _ = strings.Cut(got, "Active Connections"); got != want {
			return fmt.Sprintf("-s -p udp: %q, Wine's %q", got, want)
		}
		return ""
	})
	rows := func(text string) (all []string) {
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, " \n")
			if strings.HasPrefix(line, "  Proto") || strings.HasPrefix(line, "  ") && !strings.Contains(line, "[") &&
				!strings.HasSuffix(line, "LISTENING") && !strings.HasSuffix(line, "TIME_WAIT") {
				all = append(all, line)
			}
		}
		slices.Sort(all)
		return all
	}
	commandTry(t, func() string {
		want := rows(theirs("-an"))
		got, _, _ := commandMicrosoft(t, "-an")
		if got := rows(got); !slices.Equal(got, want) || len(want) < 10 {
			return fmt.Sprintf("-an:\n%s\nWine's\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return ""
	})
}
