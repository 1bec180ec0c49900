package differential

import (
	"bytes"
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
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// The Microsoft dialect has no original on Linux. Its output for a namespace with real
// sockets, routes and traffic is compared with that of net-tools, ss, ip and the
// kernel's files.

// microsoftOurs is set in the process with its own network: the program under test.
const microsoftOurs = "NETSTAT_DIFFERENTIAL_MICROSOFT_OURS"

// microsoftInside runs the calling test again in a network namespace and returns true
// there.
func microsoftInside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(microsoftOurs) != "" {
		return true
	}
	need.Namespaces(t)
	for tool, pkg := range map[string]string{"netstat": "net-tools", "ss": "iproute2", "ip": "iproute2"} {
		need.Program(t, tool, pkg)
	}
	ours := os.Getenv("NETSTAT_DIFFERENTIAL_OURS")
	if ours == "" {
		noteSources(t)
		ours = filepath.Join(t.TempDir(), "netstat")
		build := exec.Command("go", "build", "-o", ours, "netstat/cmd/netstat")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build the program under test: %v\n%s", err, out)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), microsoftOurs+"="+ours)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("in a network namespace: %v\n%s", err, out)
	}
	t.Logf("in a network namespace:\n%s", out)
	return false
}

// microsoftRun runs ours in that dialect, or another program.
func microsoftRun(t *testing.T, program string, args ...string) string {
	t.Helper()
	if program == "ours" {
		program, args = os.Getenv(microsoftOurs), append([]string{"--dialect=windows"}, args...)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%s %q: %v, %s", program, args, err, errs.String())
	}
	return string(out)
}

func microsoftMust(t *testing.T, err error, doing string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

// microsoftNetwork creates two interfaces with addresses and routes.
func microsoftNetwork(t *testing.T) {
	t.Helper()
	for _, line := range []string{
		"link set lo up",
		"link add v0 type veth peer name v1",
		// No automatic addresses, which appear and disappear by themselves.
		"link set v0 addrgenmode none",
		"link set v1 addrgenmode none",
		"addr add 10.7.0.1/24 dev v0",
		"addr add 10.7.1.1/32 dev v0",
		"addr add 10.8.0.1/24 dev v1",
		"-6 addr add 2001:db8:7::1/64 dev v0 nodad",
		"link set v0 up",
		"link set v1 up",
		// This neighbour never answers and is never found unreachable.
		"neigh add 10.7.0.77 lladdr 02:00:00:00:00:77 dev v0",
		"route add default via 10.7.0.9 metric 50",
		"route add default via 10.8.0.9 metric 20",
		"route add 192.168.0.0/16 via 10.8.0.3",
		"route add 192.168.0.0/24 dev v1",
		"route add 172.16.0.1 via 10.7.0.2 metric 123456",
		"route add unreachable 10.99.0.0/16",
		"route add blackhole 10.98.0.0/16",
		"-6 route add 2001:db8:1111:2222:3333:4444:5555:0/112 via 2001:db8:7::9",
		"-6 route add default via 2001:db8:7::2 metric 7",
	} {
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v, %s", line, err, out)
		}
	}
	if err := live.Reachable("2001:db8:7::1"); err != nil {
		t.Fatal(err)
	}
	// The kernel notices asynchronously that a link has a carrier, drops what is sent
	// before, and then adds the multicast route.
	for _, name := range []string{"v0", "v1"} {
		for !strings.Contains(microsoftRun(t, "ip", "-o", "link", "show", name), " state UP ") ||
			!strings.Contains(microsoftRun(t, "ip", "-6", "route", "show", "table", "all", "dev", name), "multicast ff00::/8 ") {
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// microsoftSockets creates sockets in most states, of both families.
func microsoftSockets(t *testing.T) (ports map[string]bool) {
	t.Helper()
	tcp := func(network, local, remote string) *net.TCPConn {
		t.Helper()
		d := net.Dialer{}
		if local != "" {
			at, err := net.ResolveTCPAddr(network, local)
			microsoftMust(t, err, "resolve")
			d.LocalAddr = at
		}
		c, err := d.Dial(network, remote)
		microsoftMust(t, err, "connect to "+remote)
		conn, ok := c.(*net.TCPConn)
		if !ok {
			t.Fatalf("connected a %T", c)
		}
		return conn
	}
	for _, family := range []struct{ network, any, host string }{
		{"tcp4", "0.0.0.0", "127.0.0.1"}, {"tcp6", "[::]", "[::1]"}, {"tcp", "[::]", "127.0.0.1"},
	} {
		l, err := net.Listen(family.network, family.any+":0")
		microsoftMust(t, err, "listen")
		t.Cleanup(func() { l.Close() })
		at, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			t.Fatalf("listens on a %T", l.Addr())
		}
		to := family.host + ":" + strconv.Itoa(at.Port)
		network := family.network
		accept := func() net.Conn {
			c, err := l.Accept()
			microsoftMust(t, err, "accept")
			return c
		}
		established := tcp(network, "", to)
		other := accept()
		// One end has closed: FIN-WAIT-2 here, CLOSE-WAIT there.
		half := tcp(network, "", to)
		halfOther := accept()
		microsoftMust(t, half.CloseWrite(), "half close")
		// Both ends have closed: TIME-WAIT.
		closed := tcp(network, "", to)
		closedOther := accept()
		microsoftMust(t, closed.Close(), "close")
		_, _ = closedOther.Read(make([]byte, 1))
		microsoftMust(t, closedOther.Close(), "close")
		t.Cleanup(func() {
			for _, c := range []net.Conn{established, other, half, halfOther} {
				c.Close()
			}
		})
	}
	// An unanswered connection: SYN-SENT.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	microsoftMust(t, err, "socket")
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 7, 0, 77}, Port: 9}); err != unix.EINPROGRESS {
		t.Fatalf("connect: %v", err)
	}
	for _, c := range []struct{ network, local, remote string }{
		{"udp4", "0.0.0.0:0", ""}, {"udp6", "[::]:0", ""}, {"udp4", "10.7.0.1:0", "10.7.0.2:443"}, {"udp6", "[2001:db8:7::1]:0", "[2001:db8:7::2]:53"},
	} {
		local, err := net.ResolveUDPAddr(c.network, c.local)
		microsoftMust(t, err, "resolve")
		var conn net.Conn
		if c.remote == "" {
			conn, err = net.ListenUDP(c.network, local)
		} else {
			var remote *net.UDPAddr
			remote, err = net.ResolveUDPAddr(c.network, c.remote)
			microsoftMust(t, err, "resolve")
			conn, err = net.DialUDP(c.network, local, remote)
		}
		microsoftMust(t, err, "udp")
		t.Cleanup(func() { conn.Close() })
	}
	// Only bound.
	ports = make(map[string]bool)
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		microsoftMust(t, err, "socket")
		t.Cleanup(func() { unix.Close(fd) })
		if family == unix.AF_INET {
			microsoftMust(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), "bind")
		} else {
			microsoftMust(t, unix.Bind(fd, &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()}), "bind")
		}
		name, err := unix.Getsockname(fd)
		microsoftMust(t, err, "getsockname")
		switch at := name.(type) {
		case *unix.SockaddrInet4:
			ports["127.0.0.1:"+strconv.Itoa(at.Port)] = true
		case *unix.SockaddrInet6:
			ports["[::1]:"+strconv.Itoa(at.Port)] = true
		}
	}
	return ports
}

// microsoftStates maps the states of net-tools and of ss to Microsoft's.
var microsoftStates = map[string]string{
	"LISTEN": "LISTENING", "ESTABLISHED": "ESTABLISHED", "TIME_WAIT": "TIME_WAIT", "CLOSE_WAIT": "CLOSE_WAIT",
	"FIN_WAIT1": "FIN_WAIT_1", "FIN_WAIT2": "FIN_WAIT_2", "SYN_SENT": "SYN_SENT", "LAST_ACK": "LAST_ACK",
	"ESTAB": "ESTABLISHED", "TIME-WAIT": "TIME_WAIT", "CLOSE-WAIT": "CLOSE_WAIT", "FIN-WAIT-2": "FIN_WAIT_2",
	"SYN-SENT": "SYN_SENT", "UNCONN": "",
}

// microsoftEnd converts an address from net-tools' form to Microsoft's: "::1:80",
// ":::*", or "127.0.0.1:80" for an IPv4-mapped one.
func microsoftEnd(proto, end string, remote bool) string {
	i := strings.LastIndexByte(end, ':')
	host, port := end[:i], end[i+1:]
	if port == "*" {
		if remote && strings.HasPrefix(proto, "udp") {
			return "*:*"
		}
		port = "0"
	}
	if strings.HasSuffix(proto, "6") {
		if !strings.Contains(host, ":") {
			host = "::ffff:" + host
		}
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// microsoftRows returns the rows of a report as words, without its heading.
func microsoftRows(report string) (rows [][]string) {
	for line := range strings.SplitSeq(report, "\n") {
		if f := strings.Fields(line); len(f) > 2 && (f[0] == "TCP" || f[0] == "UDP") {
			rows = append(rows, f)
		}
	}
	return rows
}

func microsoftSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare", what)
	}
}

// microsoftOriginal returns the rows of net-tools in Microsoft's words, and the
// connected ones without owners.
func microsoftOriginal(t *testing.T) (rows, connected []string) {
	t.Helper()
	for line := range strings.SplitSeq(microsoftRun(t, "netstat", "-anpW", "--tcp", "--udp"), "\n") {
		f := strings.Fields(line)
		if len(f) < 6 || !strings.HasPrefix(f[0], "tcp") && !strings.HasPrefix(f[0], "udp") {
			continue
		}
		row := strings.ToUpper(f[0][:3]) + " " + microsoftEnd(f[0], f[3], false) + " " + microsoftEnd(f[0], f[4], true)
		if f[0][0] == 't' {
			state, ok := microsoftStates[f[5]]
			if !ok {
				t.Fatalf("state %q", f[5])
			}
			row += " " + state
			if state != "LISTENING" {
				connected = append(connected, row)
			}
		}
		pid, _, _ := strings.Cut(f[len(f)-1], "/")
		if pid == "-" {
			pid = "0"
		}
		rows = append(rows, row+" "+pid)
	}
	return rows, connected
}

func TestMicrosoftSockets(t *testing.T) {
	if !microsoftInside(t) {
		return
	}
	microsoftNetwork(t)
	bound := microsoftSockets(t)

	// The last packets of closed connections may still be on their way: only what was
	// the same before and after is compared.
	var got, want, connected, fromSS []string
	for range 50 {
		before := microsoftRun(t, "ours", "-ano")
		want, connected = microsoftOriginal(t)
		if before == microsoftRun(t, "ours", "-ano") {
			for _, f := range microsoftRows(before) {
				got = append(got, strings.Join(f, " "))
			}
			break
		}
	}
	microsoftSame(t, "-ano and net-tools -anp", slices.Clone(got), want)

	for line := range strings.SplitSeq(microsoftRun(t, "ss", "-Htuan"), "\n") {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		row := strings.ToUpper(f[0]) + " " + microsoftSS(f[4]) + " " + microsoftSS(f[5])
		state, ok := microsoftStates[f[1]]
		if !ok {
			t.Fatalf("state %q", f[1])
		}
		if f[0] == "udp" {
			row, state = strings.Replace(row, " [::]:0", " *:*", 1), ""
			row = strings.Replace(row, " 0.0.0.0:0", " *:*", 1)
		}
		// ss shows a listener of both families as "*:PORT".
		fromSS = append(fromSS, strings.TrimSuffix(strings.ReplaceAll(row, "[::]", "*")+" "+state, " "))
	}
	var ours []string
	for _, f := range microsoftRows(microsoftRun(t, "ours", "-an")) {
		row := strings.Join(f, " ")
		ours = append(ours, strings.ReplaceAll(row, "[::]", "*"))
	}
	for i, row := range ours {
		if strings.Contains(row, "LISTENING") {
			ours[i] = strings.Replace(row, "*:0", "[any]:0", 1)
		}
	}
	for i, row := range fromSS {
		if strings.Contains(row, "LISTENING") {
			fromSS[i] = strings.Replace(row, "*:0", "[any]:0", 1)
		}
	}
	microsoftSame(t, "-an and ss -tuan", ours, fromSS)

	got = nil
	for _, f := range microsoftRows(microsoftRun(t, "ours", "-n")) {
		got = append(got, strings.Join(f, " "))
	}
	microsoftSame(t, "-n", got, connected)

	// Bound ports: only ours lists them, on a kernel that can (6.8).
	self := strconv.Itoa(os.Getpid())
	if microsoftKernel(t, 6, 8) {
		var found []string
		for _, f := range microsoftRows(microsoftRun(t, "ours", "-qno")) {
			if f[3] == "BOUND" && f[4] == self && bound[f[1]] {
				found = append(found, f[1])
			}
		}
		var all []string
		for port := range bound {
			all = append(all, port)
		}
		microsoftSame(t, "-qno", found, all)
	} else {
		t.Log("this kernel does not list bound ports")
	}

	// -b: everything here is held by this program or has no owner.
	program := filepath.Base(os.Args[0])
	lines := strings.Split(microsoftRun(t, "ours", "-anbo"), "\n")
	rows := 0
	for i, line := range lines {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] != "TCP" && f[0] != "UDP" {
			continue
		}
		rows++
		held := f[len(f)-1] == self
		if named := lines[i+1] == " ["+program+"]"; named != held {
			t.Errorf("-b: %q is followed by %q", line, lines[i+1])
		}
	}
	if rows != len(want) {
		t.Errorf("-b: %d rows of %d", rows, len(want))
	}
}

// microsoftSS converts an address from ss's form to Microsoft's.
func microsoftSS(end string) string {
	i := strings.LastIndexByte(end, ':')
	host, port := end[:i], end[i+1:]
	if port == "*" {
		port = "0"
	}
	if host == "*" {
		host = "[::]"
	}
	return host + ":" + port
}

func microsoftKernel(t *testing.T, major, minor int) bool {
	t.Helper()
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	microsoftMust(t, err, "read the kernel's release")
	var a, c int
	if _, err := fmt.Sscanf(string(b), "%d.%d", &a, &c); err != nil {
		t.Fatal(err)
	}
	return a > major || a == major && c >= minor
}

// microsoftStill runs a report between two identical readings of files.
func microsoftStill(t *testing.T, files []string, args ...string) (report string, texts []string) {
	t.Helper()
	read := func() (list []string) {
		for _, f := range files {
			b, err := os.ReadFile(f)
			microsoftMust(t, err, "read "+f)
			list = append(list, string(b))
		}
		return list
	}
	for range 200 {
		texts = read()
		report = microsoftRun(t, "ours", args...)
		if slices.Equal(texts, read()) {
			return report, texts
		}
	}
	t.Fatalf("%v kept changing", files)
	return "", nil
}

func TestMicrosoftInterfaces(t *testing.T) {
	if !microsoftInside(t) {
		return
	}
	microsoftNetwork(t)
	microsoftSockets(t)
	// Packets sent by the kernel itself may come late.
	c, err := net.Dial("udp4", "10.7.0.77:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("traffic")); err != nil {
		t.Fatal(err)
	}
	report, files := microsoftStill(t, []string{"/proc/net/dev"}, "-e")
	var in, out [4]uint64 // bytes, packets, errors, drops
	for line := range strings.SplitSeq(files[0], "\n") {
		name, numbers, ok := strings.Cut(line, ":")
		if f := strings.Fields(numbers); ok && strings.TrimSpace(name) != "lo" {
			for i := range in {
				in[i] += microsoftNumber(t, f[i])
				out[i] += microsoftNumber(t, f[8+i])
			}
		}
	}
	if in[0] == 0 || out[1] == 0 {
		t.Error("no traffic to compare")
	}
	want := "Interface Statistics\n\n                           Received            Sent\n\n" +
		fmt.Sprintf("%-20s%15d%16d\n", "Bytes", in[0], out[0]) +
		fmt.Sprintf("%-20s%15d%16d\n", "Unicast packets", in[1], out[1]) +
		fmt.Sprintf("%-20s%15s%16s\n", "Non-unicast packets", "", "") +
		fmt.Sprintf("%-20s%15d%16d\n", "Discards", in[3], out[3]) +
		fmt.Sprintf("%-20s%15d%16d\n", "Errors", in[2], out[2]) +
		fmt.Sprintf("%-20s%15s\n", "Unknown protocols", "") + "\n"
	if report != want {
		t.Errorf("got\n%s\nwant\n%s\nof\n%s", report, want, files[0])
	}
}

func microsoftNumber(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	microsoftMust(t, err, "read a number")
	return n
}

func TestMicrosoftStatistics(t *testing.T) {
	if !microsoftInside(t) {
		return
	}
	microsoftNetwork(t)
	microsoftSockets(t)
	if conn, err := net.Dial("udp4", "127.0.0.1:9"); err == nil { // an ICMP error
		_, _ = conn.Write([]byte("x"))
		conn.Close()
	}
	report, files := microsoftStill(t, []string{"/proc/net/snmp", "/proc/net/snmp6"}, "-s")
	counters := make(map[string]string)
	lines := strings.Split(files[0], "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		keys, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
		for k := 1; k < len(keys); k++ {
			counters[strings.TrimSuffix(keys[0], ":")+keys[k]] = values[k]
		}
	}
	for line := range strings.SplitSeq(files[1], "\n") {
		if f := strings.Fields(line); len(f) == 2 {
			counters[f[0]] = f[1]
		}
	}
	sections := make(map[string]map[string]string)
	title := ""
	pair := regexp.MustCompile(`^  (\S.*?) += ?(\d*)$|^  (\S.*?)  +(\d+) +(\d+) *$`)
	for line := range strings.SplitSeq(report, "\n") {
		if m := pair.FindStringSubmatch(line); m != nil {
			value := m[2]
			if m[3] != "" {
				m[1], value = m[3], m[4]+" "+m[5]
			}
			sections[title][m[1]] = value
		} else if strings.Contains(line, "Statistics") {
			title = line
			sections[title] = make(map[string]string)
		}
	}
	nonzero := 0
	for section, rows := range map[string]string{
		"IPv4 Statistics":         "Packets Received=IpInReceives Received Header Errors=IpInHdrErrors Received Address Errors=IpInAddrErrors Datagrams Forwarded=IpForwDatagrams Unknown Protocols Received=IpInUnknownProtos Received Packets Discarded=IpInDiscards Received Packets Delivered=IpInDelivers Output Requests=IpOutRequests Routing Discards= Discarded Output Packets=IpOutDiscards Output Packet No Route=IpOutNoRoutes Reassembly Required=IpReasmReqds Reassembly Successful=IpReasmOKs Reassembly Failures=IpReasmFails Datagrams Successfully Fragmented=IpFragOKs Datagrams Failing Fragmentation=IpFragFails Fragments Created=IpFragCreates",
		"IPv6 Statistics":         "Packets Received=Ip6InReceives Received Header Errors=Ip6InHdrErrors Received Address Errors=Ip6InAddrErrors Datagrams Forwarded=Ip6OutForwDatagrams Unknown Protocols Received=Ip6InUnknownProtos Received Packets Discarded=Ip6InDiscards Received Packets Delivered=Ip6InDelivers Output Requests=Ip6OutRequests Routing Discards= Discarded Output Packets=Ip6OutDiscards Output Packet No Route=Ip6OutNoRoutes Reassembly Required=Ip6ReasmReqds Reassembly Successful=Ip6ReasmOKs Reassembly Failures=Ip6ReasmFails Datagrams Successfully Fragmented=Ip6FragOKs Datagrams Failing Fragmentation=Ip6FragFails Fragments Created=Ip6FragCreates",
		"ICMPv4 Statistics":       "Messages=IcmpInMsgs+IcmpOutMsgs Errors=IcmpInErrors+IcmpOutErrors Destination Unreachable=IcmpInDestUnreachs+IcmpOutDestUnreachs Time Exceeded=IcmpInTimeExcds+IcmpOutTimeExcds Parameter Problems=IcmpInParmProbs+IcmpOutParmProbs Source Quenches=IcmpInSrcQuenchs+IcmpOutSrcQuenchs Redirects=IcmpInRedirects+IcmpOutRedirects Echo Replies=IcmpInEchoReps+IcmpOutEchoReps Echos=IcmpInEchos+IcmpOutEchos Timestamps=IcmpInTimestamps+IcmpOutTimestamps Timestamp Replies=IcmpInTimestampReps+IcmpOutTimestampReps Address Masks=IcmpInAddrMasks+IcmpOutAddrMasks Address Mask Replies=IcmpInAddrMaskReps+IcmpOutAddrMaskReps Router Solicitations=IcmpMsgInType10+IcmpMsgOutType10 Router Advertisements=IcmpMsgInType9+IcmpMsgOutType9",
		"ICMPv6 Statistics":       "Messages=Icmp6InMsgs+Icmp6OutMsgs Errors=Icmp6InErrors+Icmp6OutErrors Destination Unreachable=Icmp6InDestUnreachs+Icmp6OutDestUnreachs Packet Too Big=Icmp6InPktTooBigs+Icmp6OutPktTooBigs Time Exceeded=Icmp6InTimeExcds+Icmp6OutTimeExcds Parameter Problems=Icmp6InParmProblems+Icmp6OutParmProblems Echos=Icmp6InEchos+Icmp6OutEchos Echo Replies=Icmp6InEchoReplies+Icmp6OutEchoReplies MLD Queries=Icmp6InGroupMembQueries+Icmp6OutGroupMembQueries MLD Reports=Icmp6InGroupMembResponses+Icmp6OutGroupMembResponses MLD Dones=Icmp6InGroupMembReductions+Icmp6OutGroupMembReductions Router Solicitations=Icmp6InRouterSolicits+Icmp6OutRouterSolicits Router Advertisements=Icmp6InRouterAdvertisements+Icmp6OutRouterAdvertisements Neighbor Solicitations=Icmp6InNeighborSolicits+Icmp6OutNeighborSolicits Neighbor Advertisements=Icmp6InNeighborAdvertisements+Icmp6OutNeighborAdvertisements Redirects=Icmp6InRedirects+Icmp6OutRedirects Router Renumberings=Icmp6InType138+Icmp6OutType138",
		"TCP Statistics for IPv4": "Active Opens=TcpActiveOpens Passive Opens=TcpPassiveOpens Failed Connection Attempts=TcpAttemptFails Reset Connections=TcpEstabResets Current Connections=TcpCurrEstab Segments Received=TcpInSegs Segments Sent=TcpOutSegs Segments Retransmitted=TcpRetransSegs",
		"TCP Statistics for IPv6": "Active Opens= Passive Opens= Failed Connection Attempts= Reset Connections= Current Connections= Segments Received= Segments Sent= Segments Retransmitted=",
		"UDP Statistics for IPv4": "Datagrams Received=UdpInDatagrams No Ports=UdpNoPorts Receive Errors=UdpInErrors Datagrams Sent=UdpOutDatagrams",
		"UDP Statistics for IPv6": "Datagrams Received=Udp6InDatagrams No Ports=Udp6NoPorts Receive Errors=Udp6InErrors Datagrams Sent=Udp6OutDatagrams",
	} {
		n := 0
		for _, m := range regexp.MustCompile(`([A-Z][^=]*)=(\S*)(?: |$)`).FindAllStringSubmatch(rows, -1) {
			n++
			var want []string
			for key := range strings.SplitSeq(m[2], "+") {
				value, ok := counters[key]
				if !ok && strings.Contains(key, "Type") {
					value = "0" // the kernel lists only types that have occurred
				} else if !ok && key != "" {
					t.Fatalf("the kernel has no %s", key)
				}
				if value != "0" && value != "" {
					nonzero++
				}
				want = append(want, value)
			}
			if got, ok := sections[section][m[1]]; !ok || got != strings.Join(want, " ") {
				t.Errorf("%s: %s is %q (%v), %s is %q", section, m[1], got, ok, m[2], want)
			}
		}
		if len(sections[section]) != n {
			t.Errorf("%s: %d rows, want %d", section, len(sections[section]), n)
		}
	}
	if len(sections) != 8 || nonzero < 15 {
		t.Errorf("%d sections, %d numbers to compare", len(sections), nonzero)
	}
}

func TestMicrosoftRoutes(t *testing.T) {
	if !microsoftInside(t) {
		return
	}
	microsoftNetwork(t)
	report := microsoftRun(t, "ours", "-r")
	_, rest, ok4 := strings.Cut(report, "IPv4 Route Table\n")
	v4, v6, ok6 := strings.Cut(rest, "IPv6 Route Table\n")
	if !ok4 || !ok6 {
		t.Fatalf("no sections in\n%s", report)
	}

	address := map[string]string{"v0": "10.7.0.1", "v1": "10.8.0.1"}
	var got, want []string
	for line := range strings.SplitSeq(v4, "\n") {
		if len(line) > 70 && strings.HasPrefix(line, "  ") {
			cell := func(i int) string { return strings.TrimSpace(line[2+17*i : 17+17*i]) }
			got = append(got, strings.Join([]string{cell(0) + "/" + cell(1), cell(2), cell(3), strings.TrimSpace(line[70:])}, " "))
		}
	}
	for line := range strings.SplitSeq(microsoftRun(t, "ip", "-4", "route", "show"), "\n") {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		gateway, device, metric := "On-link", "", "0"
		if f[0] == "unreachable" || f[0] == "blackhole" {
			gateway, f = "", f[1:]
		}
		for i := 1; i+1 < len(f); i++ {
			switch f[i] {
			case "via":
				gateway = f[i+1]
			case "dev":
				device = f[i+1]
			case "metric":
				metric = f[i+1]
			}
		}
		if f[0] == "default" {
			f[0] = "0.0.0.0/0"
		}
		if !strings.Contains(f[0], "/") {
			f[0] += "/32"
		}
		p := netip.MustParsePrefix(f[0])
		mask := net.IP(net.CIDRMask(p.Bits(), 32)).String()
		want = append(want, strings.Join([]string{p.Addr().String() + "/" + mask, gateway, address[device], metric}, " "))
	}
	microsoftSame(t, "-r and ip -4 route", got, want)

	index := make(map[string]string)
	for _, name := range []string{"lo", "v0", "v1"} {
		i, err := net.InterfaceByName(name)
		microsoftMust(t, err, "find "+name)
		index[name] = strconv.Itoa(i.Index)
	}
	got, want = nil, nil
	lines := strings.Split(v6, "\n")
	for i, line := range lines {
		f := strings.Fields(line)
		if len(f) == 3 && strings.Contains(f[2], "/") {
			f = append(f, strings.TrimSpace(lines[i+1])) // the gateway is on the next line
		}
		if len(f) == 4 && strings.Contains(f[2], "/") {
			got = append(got, strings.Join(f, " "))
		}
	}
	for line := range strings.SplitSeq(microsoftRun(t, "ip", "-6", "route", "show", "table", "all"), "\n") {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if f[0] == "local" || f[0] == "multicast" || f[0] == "anycast" {
			f = f[1:]
		}
		gateway, device, metric := "On-link", "", "0"
		for i := 1; i+1 < len(f); i++ {
			switch f[i] {
			case "via":
				gateway = f[i+1]
			case "dev":
				device = f[i+1]
			case "metric":
				metric = f[i+1]
			}
		}
		if f[0] == "default" {
			f[0] = "::/0"
		}
		if !strings.Contains(f[0], "/") {
			f[0] += "/128"
		}
		want = append(want, strings.Join([]string{index[device], metric, f[0], gateway}, " "))
	}
	microsoftSame(t, "-r and ip -6 route", got, want)

	// The list of interfaces has the numbers, addresses and names of ip(8).
	for _, name := range []string{"v0", "v1"} {
		i, err := net.InterfaceByName(name)
		microsoftMust(t, err, "find "+name)
		line := fmt.Sprintf("%3d...%s ......%s\n", i.Index, strings.ReplaceAll(i.HardwareAddr.String(), ":", " "), name)
		if !strings.Contains(report, line) {
			t.Errorf("no line %q in\n%s", line, report)
		}
	}
}
