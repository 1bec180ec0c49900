package summary

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

func TestMain(m *testing.M) {
	code, run := need.Package(m, need.NoNamespaces)
	if run {
		code = m.Run()
	}
	os.Exit(code)
}

// sockets makes known numbers of sockets of each protocol, and keeps them.
const sockets = `
import socket, sys
keep = []
def make(family, kind, proto=0, n=1):
    for _ in range(n):
        keep.append(socket.socket(family, kind, proto))
    return keep[-1]
def listen(family, host, n):
    s = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((host, 0)); s.listen(64); keep.append(s)
    ends = []
    for _ in range(n):
        c = socket.create_connection(s.getsockname()[:2]); a, _ = s.accept()
        ends.append((c, a))
    return ends
four = listen(socket.AF_INET, '127.0.0.1', 7)
six = listen(socket.AF_INET6, '::1', 3)
keep.extend([four, six])
for c, a in four[:2]:   # TIME-WAIT on the side that closes first
    c.close(); a.close()
make(socket.AF_INET, socket.SOCK_STREAM, n=4)   # closed: not bound
for _ in range(5):
    make(socket.AF_INET, socket.SOCK_DGRAM).bind(('127.0.0.1', 0))
for _ in range(2):
    make(socket.AF_INET6, socket.SOCK_DGRAM).bind(('::1', 0))
make(socket.AF_INET, socket.SOCK_RAW, 99, 3)
make(socket.AF_INET6, socket.SOCK_RAW, 99, 2)
make(socket.AF_UNIX, socket.SOCK_STREAM, n=6)
make(socket.AF_UNIX, socket.SOCK_DGRAM, n=2)
make(socket.AF_PACKET, socket.SOCK_DGRAM, n=2)
make(socket.AF_NETLINK, socket.SOCK_RAW, n=3)
print("ready", flush=True)
sys.stdin.read()
`

// number is a row of --summary.
type number struct {
	Protocol, Name, Unit, Scope, Source string
	Value                               uint64
	IPv4, IPv6, Low, Pressure, Max      *uint64
}

func summary(t *testing.T, args ...string) map[string]number {
	t.Helper()
	a := live.Netstat(t, append(args, "--summary", "--json")...)
	if a.Status != 0 || a.Err != "" {
		t.Fatalf("status %d: %s", a.Status, a.Err)
	}
	var doc struct{ Summary []number }
	if err := json.Unmarshal([]byte(a.Out), &doc); err != nil {
		t.Fatal(err)
	}
	rows := map[string]number{}
	for _, n := range doc.Summary {
		if _, twice := rows[n.Protocol+" "+n.Name]; twice {
			t.Errorf("%s %s twice", n.Protocol, n.Name)
		}
		rows[n.Protocol+" "+n.Name] = n
	}
	return rows
}

var ssLines = regexp.MustCompile(`(?s)Total: (\d+)\nTCP: +(\d+) \(estab (\d+), closed (\d+), orphaned (\d+), timewait (\d+)\)\n\nTransport Total +IP +IPv6\n(.*)\n\n`)

// ssSummary returns what "ss -s" prints, by the names of rows of --summary.
func ssSummary(t *testing.T) map[string]string {
	t.Helper()
	text := live.Run(t, "ss", "-s")
	m := ssLines.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("unexpected: %q", text)
	}
	all := map[string]string{
		"all sockets": m[1], "tcp all": m[2], "tcp established": m[3], "tcp closed": m[4], "tcp orphans": m[5], "tcp time-wait": m[6],
	}
	for line := range strings.Lines(m[7]) {
		f := strings.Fields(line)
		name := strings.ToLower(f[0]) + " sockets"
		if f[0] == "FRAG" {
			name = "frag queues"
		}
		all[name] = strings.Join(f[1:], " ")
	}
	return all
}

func text(n number) string {
	s := strconv.FormatUint(n.Value, 10)
	if n.IPv4 != nil {
		s += fmt.Sprintf(" %d %d", *n.IPv4, *n.IPv6)
	}
	return s
}

// TestSummary makes sockets of each protocol and compares each number with ss -s and with
// what was made.
func TestSummary(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	need.Program(t, "ss", "iproute2")
	live.Python(t, "", sockets)
	// Numbers of the whole system change while other programs run.
	for try := range 50 {
		before := ssSummary(t)
		got := summary(t)
		if after := ssSummary(t); !maps.Equal(before, after) {
			if try == 49 {
				t.Fatal("ss -s never printed the same twice")
			}
			continue
		}
		for name, want := range before {
			n, ok := got[name]
			have := text(n)
			if name == "tcp all" {
				have, ok = strconv.FormatUint(got["tcp allocated"].Value+got["tcp time-wait"].Value, 10), true
			}
			// ss may count a socket of its own.
			own := name == "all sockets" && strconv.FormatUint(got[name].Value+1, 10) == want
			if !ok || have != want && !own {
				t.Errorf("%s: %s; ss -s has %s", name, have, want)
			}
		}
		for name, want := range map[string]string{
			"tcp established": "16", "tcp time-wait": "2", "udp sockets": "7 5 2", "raw sockets": "5 3 2",
			"packet sockets": "2", "frag queues": "0 0 0",
			"unix-stream sockets": "6", "unix sockets": "2",
		} {
			if n, ok := got[name]; !ok || text(n) != want {
				t.Errorf("%s: %s; want %s", name, text(n), want)
			}
		}
		if n := got["tcp memory"]; n.Unit != "bytes" || n.Scope != "system" || n.Max != nil || n.Value%uint64(os.Getpagesize()) != 0 {
			t.Errorf("tcp memory: %+v", n) // tcp_mem is not visible here
		}
		break
	}
	t.Run("replay", func(t *testing.T) {
		if a := live.Netstat(t, "--snapshot", "/run/snapshot.json"); a.Status != 0 {
			t.Fatal(a.Err)
		}
		// "all sockets" includes those of the program that recorded.
		recorded := summary(t, "--replay", "/run/snapshot.json")
		for _, name := range []string{"tcp sockets", "tcp established", "udp sockets", "raw sockets", "packet sockets"} {
			if now := summary(t)[name]; text(recorded[name]) != text(now) {
				t.Errorf("%s: recorded %s, now %s", name, text(recorded[name]), text(now))
			}
		}
	})
	t.Run("dialects", func(t *testing.T) {
		linux, windows := live.Netstat(t, "--summary", "--filter", "scope = netns"), live.Netstat(t, "--dialect=windows", "--summary", "--filter", "scope = netns")
		if linux.Out != windows.Out || linux.Err+windows.Err != "" {
			t.Errorf("linux:\n%s%s\nwindows:\n%s%s", linux.Out, linux.Err, windows.Out, windows.Err)
		}
	})
}

// TestSummaryLimits compares limits with the kernel's, in the namespace of this test.
func TestSummaryLimits(t *testing.T) {
	sysctl := func(name string) (list []uint64) {
		b, err := os.ReadFile("/proc/sys/net/ipv4/" + name)
		if err != nil {
			need.Skip(t, "the initial network namespace")
		}
		for _, f := range strings.Fields(string(b)) {
			n, err := strconv.ParseUint(f, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, n)
		}
		return list
	}
	tcp, udp, orphans := sysctl("tcp_mem"), sysctl("udp_mem"), sysctl("tcp_max_orphans")
	program := t.TempDir() + "/netstat"
	live.Run(t, "go", "build", "-o", program, "netstat/cmd/netstat")
	out := live.Run(t, program, "--summary", "--format=csv", "--columns=protocol,name,low,pressure,max", "--filter", "max > 0")
	page := uint64(os.Getpagesize())
	for _, want := range []string{
		fmt.Sprintf("tcp,memory,%d,%d,%d\n", tcp[0]*page, tcp[1]*page, tcp[2]*page),
		fmt.Sprintf("udp,memory,%d,%d,%d\n", udp[0]*page, udp[1]*page, udp[2]*page),
		fmt.Sprintf("tcp,orphans,,,%d\n", orphans[0]),
	} {
		if !strings.Contains(strings.ReplaceAll(out, "\r\n", "\n"), want) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
}
