package summary

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
)

// datagrams sends as many datagrams as its argument says to a bound port, and as many to
// one that is not.
const datagrams = `
import socket, sys
n = int(sys.argv[1])
r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); r.bind(('127.0.0.1', 0))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(n):
    s.sendto(b'x', r.getsockname())
    r.recv(9)
    s.sendto(b'x', ('127.0.0.1', 9))
`

type counter struct {
	Group, Name, Change, Back string
	Value, Before, Increase   uint64
}

func counters(t *testing.T, args ...string) map[string]counter {
	t.Helper()
	a := live.Netstat(t, append(args, "--json")...)
	if a.Status != 0 || a.Err != "" {
		t.Fatalf("%q: status %d: %s", args, a.Status, a.Err)
	}
	var doc struct{ Statistics []counter }
	if err := json.Unmarshal([]byte(a.Out), &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]counter{}
	for _, c := range doc.Statistics {
		all[c.Group+"."+c.Name] = c
	}
	return all
}

// kernelCounters reads a file of the kernel with a line of names before each line of
// numbers.
func kernelCounters(t *testing.T, path string) map[string]uint64 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]uint64{}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		names, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
		for k := 1; k < len(names) && k < len(values); k++ {
			n, err := strconv.ParseInt(values[k], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			all[names[0]+names[k]] = uint64(n)
		}
	}
	return all
}

// TestStatisticsOfTraffic compares what moved between two snapshots with the kernel's
// files before and after the same known traffic, in both dialects.
func TestStatisticsOfTraffic(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	const old, now = "/run/old.json", "/run/now.json"
	snapshot := func(file string) map[string]uint64 {
		t.Helper()
		if a := live.Netstat(t, "--snapshot", file); a.Status != 0 {
			t.Fatal(a.Err)
		}
		all := kernelCounters(t, "/proc/net/snmp")
		for name, value := range kernelCounters(t, "/proc/net/netstat") {
			all[name] = value
		}
		return all
	}
	before := snapshot(old)
	live.Run(t, "python3", "-c", datagrams, "13")
	after := snapshot(now)
	moved := counters(t, "-s", "--diff", old, now)
	for name, value := range after {
		group, name, _ := strings.Cut(name, ":")
		c, ok := moved[group+"."+name]
		if _, known := before[group+":"+name]; !known { // the kernel lists some only once they counted
			if c.Change != "opened" || c.Value != value {
				t.Errorf("new %s.%s: %d; --diff has %+v", group, name, value, c)
			}
			continue
		}
		if was := before[group+":"+name]; was != value != ok || ok && (c.Before != was || c.Value != value || c.Increase != value-was || c.Change != "changed") {
			t.Errorf("%s.%s: %d, then %d; --diff has %+v", group, name, was, value, c)
		}
	}
	for name, want := range map[string]uint64{"Udp.InDatagrams": 13, "Udp.OutDatagrams": 26, "Udp.NoPorts": 13, "Icmp.OutDestUnreachs": 13, "IcmpMsg.OutType3": 13} {
		if c := moved[name]; c.Increase != want && (name != "IcmpMsg.OutType3" || c.Change != "opened" || c.Value != want) {
			t.Errorf("%s: %+v, want an increase of %d", name, c, want)
		}
	}
	windows := counters(t, "--dialect=windows", "-s", "--diff", old, now)
	for name, c := range moved {
		if windows[name] != c {
			t.Errorf("%s: %+v, in Microsoft's dialect %+v", name, c, windows[name])
		}
	}
	// In the other direction the counters seem to have been reset.
	a := live.Netstat(t, "-s", "--diff", now, old, "--format=csv", "--columns=name,per_second,back", "--filter", "name = NoPorts")
	if a.Out != "name,per_second,back\r\nNoPorts,,reset\r\n" {
		t.Errorf("%q", a.Out)
	}
	for _, args := range [][]string{
		{"-s", "--filter", "name = NoPort* and value > 0"}, {"--replay", now, "-s", "--filter", "group = Udp and name = NoP*"},
		{"--dialect=windows", "-s", "--filter", "group = Udp and name = NoPorts"},
	} {
		if got := counters(t, args...); len(got) != 1 || got["Udp.NoPorts"].Value != 13 {
			t.Errorf("%q: %v", args, got)
		}
	}
}
