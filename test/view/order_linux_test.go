package view

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat/test/live"
)

// orderWorld creates TCP sockets that differ in state, address and queues.
const orderWorld = `
kept = []
def listener(family, *at):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(at); s.listen(9); kept.append(s)
    return s
def connection(l, at, frm, waits=0):
    c = socket.socket(l.family if ':' in at[0] else socket.AF_INET)
    c.bind(frm); c.connect(at)
    a, _ = l.accept(); kept.extend((c, a))
    if waits: c.send(b'x' * waits)
    return c, a
four = listener(socket.AF_INET, '0.0.0.0', 8080)
both = listener(socket.AF_INET6, '::', 9000)
six = listener(socket.AF_INET6, '::1', 443)
connection(four, ('127.0.0.1', 8080), ('127.0.0.1', 1009), 100)
connection(four, ('127.0.0.1', 8080), ('127.0.0.10', 1002), 5000)
connection(four, ('127.0.0.2', 8080), ('127.0.0.9', 999))
connection(both, ('127.0.0.2', 9000), ('127.0.0.10', 1001), 7)
connection(both, ('::1', 9000), ('::1', 1003), 33)
connection(six, ('::1', 443), ('::1', 1004))
c, a = connection(four, ('127.0.0.1', 8080), ('127.0.0.1', 1005))
a.close(); c.recv(1)
`

// orderRow is a row of ss.
type orderRow struct {
	state         string
	recvq, sendq  int
	local, remote netip.AddrPort
}

var orderStates = map[string]string{
	"LISTEN": "LISTEN", "ESTAB": "ESTABLISHED", "CLOSE-WAIT": "CLOSE-WAIT", "FIN-WAIT-2": "FIN-WAIT-2",
}

// orderOfSS returns the TCP sockets in the order of ss.
func orderOfSS(t *testing.T) (rows []orderRow) {
	t.Helper()
	end := func(text string) netip.AddrPort {
		colon := strings.LastIndexByte(text, ':')
		host, port := strings.Trim(text[:colon], "[]"), text[colon+1:]
		if host == "*" { // an IPv6 socket that also accepts IPv4
			host = "::"
		}
		n, _ := strconv.Atoi(strings.TrimLeft(port, "*"))
		ip, err := netip.ParseAddr(host)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return netip.AddrPortFrom(ip, uint16(n))
	}
	out := live.Run(t, "ss", "-Htan")
	for strings.Contains(out, "FIN-WAIT-1") { // until the peer has acknowledged
		out = live.Run(t, "ss", "-Htan")
	}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		state, ok := orderStates[f[0]]
		if len(f) < 5 || !ok {
			t.Fatalf("ss: %q", line)
		}
		r := orderRow{state: state, local: end(f[3]), remote: end(f[4])}
		r.recvq, _ = strconv.Atoi(f[1])
		if r.sendq, _ = strconv.Atoi(f[2]); state == "LISTEN" {
			r.sendq = 0 // the backlog limit
		}
		rows = append(rows, r)
	}
	return rows
}

// orderBefore compares two ends by the rule of docs/columns.md: IPv4 before IPv6, with
// IPv4-mapped addresses among IPv6.
func orderBefore(a, b netip.AddrPort) int {
	x, y := a.Addr().Unmap(), b.Addr().Unmap()
	if x.Is4() != y.Is4() {
		if x.Is4() {
			return -1
		}
		return 1
	}
	if n := slices.Compare(x.AsSlice(), y.AsSlice()); n != 0 {
		return n
	}
	if a.Port() != b.Port() {
		return int(a.Port()) - int(b.Port())
	}
	return len(a.Addr().AsSlice()) - len(b.Addr().AsSlice())
}

func TestOrderAgainstSS(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	program := live.ProgramPath()
	live.Lasting(t)
	live.Python(t, "", orderWorld)
	rows := orderOfSS(t)
	if len(rows) != 17 {
		t.Fatalf("ss lists %d sockets", len(rows))
	}
	text := func(rows []orderRow) (list []string) {
		for _, r := range rows {
			list = append(list, fmt.Sprintf("%v %v %s %d %d", r.local, r.remote, r.state, r.recvq, r.sendq))
		}
		return list
	}
	compare := map[string]func(a, b orderRow) int{
		"remote": func(a, b orderRow) int { return orderBefore(a.remote, b.remote) },
		"local":  func(a, b orderRow) int { return orderBefore(a.local, b.local) },
		"recvq":  func(a, b orderRow) int { return a.recvq - b.recvq },
		"state":  func(a, b orderRow) int { return strings.Compare(a.state, b.state) },
		"local_port": func(a, b orderRow) int {
			return int(a.local.Port()) - int(b.local.Port())
		},
	}
	for _, keys := range []string{
		"local,remote", "-local,remote", "remote,local", "-remote,-local", "recvq,local,remote", "-recvq,-local,remote",
		"state,-remote,local", "-state,local_port,remote,local", "local_port,local,remote",
	} {
		want := slices.Clone(rows)
		slices.SortFunc(want, func(a, b orderRow) int {
			for key := range strings.SplitSeq(keys, ",") {
				name, down := strings.CutPrefix(key, "-")
				if n := compare[name](a, b); n != 0 && down {
					return -n
				} else if n != 0 {
					return n
				}
			}
			return 0
		})
		for _, limit := range []int{0, 1, 5, 16, 17, 18} {
			args := []string{"-tan", "--sort", keys, "--format=csv", "--columns=local,remote,state,recvq,sendq"}
			shown := want
			if limit > 0 {
				args = append(args, "--limit", strconv.Itoa(limit))
				shown = want[:min(limit, len(want))]
			}
			if got := orderCSV(t, program, args...); !slices.Equal(got, text(shown)) {
				t.Errorf("%q:\n%s\nwant\n%s", args, strings.Join(got, "\n"), strings.Join(text(shown), "\n"))
			}
		}
		// The classic text of both dialects has the same order.
		for _, dialect := range [][]string{{"-tanW"}, {"--dialect=windows", "-an"}} {
			var got, ports []string
			for line := range strings.Lines(live.Run(t, program, append(dialect, "--sort", keys)...)) {
				f := slices.DeleteFunc(strings.Fields(line), func(s string) bool { return !strings.Contains(s, ":") })
				if len(f) == 2 {
					got = append(got, orderPort(f[0])+" "+orderPort(f[1]))
				}
			}
			for _, r := range want {
				ports = append(ports, fmt.Sprintf("%d %d", r.local.Port(), r.remote.Port()))
			}
			if !slices.Equal(got, ports) {
				t.Errorf("%q, %s: %q, want %q", dialect, keys, got, ports)
			}
		}
	}
}

// orderPort returns the port of an end in a dialect's text.
func orderPort(end string) string {
	port := end[strings.LastIndexByte(end, ':')+1:]
	if port == "*" {
		return "0"
	}
	return port
}

// orderCSV returns the rows of a CSV report, without its heading.
func orderCSV(t *testing.T, program string, args ...string) []string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(live.Run(t, program, args...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range records[1:] {
		list = append(list, strings.Join(r, " "))
	}
	return list
}

func TestGroupsAgainstSS(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	program := live.ProgramPath()
	live.Lasting(t)
	live.Python(t, "", orderWorld)
	rows := orderOfSS(t)
	for _, c := range []struct {
		keys string
		of   func(orderRow) string
	}{
		{"state", func(r orderRow) string { return r.state }},
		{"state,local_port", func(r orderRow) string { return r.state + " " + strconv.Itoa(int(r.local.Port())) }},
		{"remote_address", func(r orderRow) string { return r.remote.Addr().String() }},
		{"local", func(r orderRow) string { return r.local.String() }},
		{"process,state", func(r orderRow) string {
			if r.state == "FIN-WAIT-2" {
				return " " + r.state // without an owner
			}
			return "python3 " + r.state
		}},
	} {
		type sums struct{ count, recvq, sendq int }
		groups := map[string]sums{}
		for _, r := range rows {
			s := groups[c.of(r)]
			s.count, s.recvq, s.sendq = s.count+1, s.recvq+r.recvq, s.sendq+r.sendq
			groups[c.of(r)] = s
		}
		var want []string
		for key, s := range groups {
			want = append(want, fmt.Sprintf("%s %d %d %d", key, s.count, s.recvq, s.sendq))
		}
		for _, dialect := range [][]string{{"-tan"}, {"--dialect=windows", "-an"}} {
			got := orderCSV(t, program, append(dialect, "--group-by", c.keys, "--format=csv")...)
			counts := make([]int, len(got))
			for i, line := range got {
				f := strings.Split(line, " ")
				counts[i], _ = strconv.Atoi(f[len(f)-3])
			}
			if !slices.IsSortedFunc(counts, func(a, b int) int { return b - a }) {
				t.Errorf("%s: the largest is not first: %q", c.keys, got)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", c.keys, got, want)
			}
			if n := live.Run(t, program, append(dialect, "--group-by", c.keys, "--count")...); n != fmt.Sprintln(len(want)) {
				t.Errorf("%s: --count prints %q of %d", c.keys, n, len(want))
			}
		}
	}
	if n := live.Run(t, program, "-tan", "--count"); n != fmt.Sprintln(len(rows)) {
		t.Errorf("--count prints %q of %d", n, len(rows))
	}
}

// orderStream starts the program with NDJSON reports and returns a function that reads
// the next one: its time and its records.
func orderStream(t *testing.T, program string, args ...string) func() (time.Time, []map[string]any) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"--format=ndjson"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(out)
	return func() (at time.Time, records []map[string]any) {
		t.Helper()
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				t.Fatalf("%q: %v", args, err)
			}
			var record map[string]any
			if err := json.Unmarshal(line, &record); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			switch record["record"] {
			case "report":
				if at, err = time.Parse(time.RFC3339Nano, record["time"].(string)); err != nil {
					t.Fatal(err)
				}
			case "end":
				return at, records
			case "error":
				t.Fatalf("%s", line)
			default:
				records = append(records, record)
			}
		}
	}
}

// orderRate checks that a rate is the increase of a counter divided by the elapsed
// time.
func orderRate(t *testing.T, what string, before, now, rate any, elapsed time.Duration) {
	t.Helper()
	r, ok := rate.(float64)
	if !ok {
		t.Errorf("%s: no rate", what)
		return
	}
	want := (now.(float64) - before.(float64)) / elapsed.Seconds()
	if math.Abs(r-want) > 0.0006+want*1e-5 {
		t.Errorf("%s: from %v to %v in %v is %v a second, want %v", what, before, now, elapsed, r, want)
	}
}

// TestDeltaLive sends packets and compares the rates of each round with the counters
// and times of the same reports. The length of a round does not matter.
func TestDeltaLive(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	program := live.ProgramPath()
	const datagrams, size = 50, 1000
	send := func() {
		live.Run(t, "python3", "-c", fmt.Sprintf(`
import socket
r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); r.bind(('127.0.0.1', 0))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(%d):
    s.sendto(b'x' * %d, r.getsockname()); r.recv(%d)
`, datagrams, size, size))
	}

	next := orderStream(t, program, "-s", "--delta=all", "0.05")
	key := func(r map[string]any) string { return fmt.Sprint(r["group"], ".", r["name"], ".", r["part"]) }
	last, records := next()
	before := map[string]any{}
	for _, r := range records {
		if r["per_second"] != nil {
			t.Fatalf("a rate in the first round: %v", r)
		}
		before[key(r)] = r["value"]
	}
	first := before["Udp.OutDatagrams.3"]
	for k, v := range before {
		if strings.HasPrefix(k, "Udp.OutDatagrams.") {
			first = v
		}
	}
	send()
	for sent := 0.0; sent < datagrams; {
		at, records := next()
		for _, r := range records {
			switch name := r["name"].(string); {
			case name == "CurrEstab" || name == "Forwarding" || name == "MaxConn":
				if r["per_second"] != nil {
					t.Fatalf("a rate of a fact that is not a counter: %v", r)
				}
			case r["per_second"] != nil:
				orderRate(t, key(r), before[key(r)], r["value"], r["per_second"], at.Sub(last))
			case strings.HasPrefix(key(r), "Udp.") || strings.HasPrefix(key(r), "TcpExt."):
				t.Fatalf("no rate: %v", r)
			}
			before[key(r)] = r["value"]
			if strings.HasPrefix(key(r), "Udp.OutDatagrams.") {
				sent = r["value"].(float64) - first.(float64)
			}
		}
		if last = at; sent > datagrams {
			t.Errorf("%v datagrams counted, %d sent", sent, datagrams)
		}
	}

	live.Run(t, "ip", "link", "add", "again", "type", "veth", "peer", "name", "other")
	live.Run(t, "ip", "link", "set", "again", "up")
	live.Run(t, "ip", "link", "set", "other", "up")
	next = orderStream(t, program, "-i", "--delta", "0.05")
	byName := func(records []map[string]any) map[string]map[string]any {
		m := map[string]map[string]any{}
		for _, r := range records {
			m[r["name"].(string)] = r
		}
		return m
	}
	last, records = next()
	old := byName(records)
	start := old["lo"]["receive"].(map[string]any)["packets"].(float64)
	bytes := old["lo"]["receive"].(map[string]any)["bytes"].(float64)
	if old["lo"]["rx_packets_per_second"] != nil {
		t.Error("a rate in the first round")
	}
	send()
	live.Run(t, "ip", "link", "del", "again")
	live.Run(t, "ip", "link", "add", "again", "type", "veth", "peer", "name", "other")
	live.Run(t, "ip", "link", "set", "again", "up")
	for received, recreated := 0.0, false; received < datagrams || !recreated; {
		at, records := next()
		now := byName(records)
		for name, r := range now {
			was := old[name]
			if was == nil || was["index"] != r["index"] {
				if recreated = recreated || was != nil || name == "again"; r["rx_packets_per_second"] != nil {
					t.Errorf("%s is new, and has a rate: %v", name, r)
				}
				continue
			}
			for _, way := range []struct{ long, short string }{{"receive", "rx"}, {"transmit", "tx"}} {
				x, y := was[way.long].(map[string]any), r[way.long].(map[string]any)
				for _, counter := range []string{"packets", "bytes", "errors", "dropped"} {
					orderRate(t, name+" "+way.long+" "+counter, x[counter], y[counter], r[way.short+"_"+counter+"_per_second"], at.Sub(last))
				}
			}
		}
		lo := now["lo"]["receive"].(map[string]any)
		received = lo["packets"].(float64) - start
		if received >= datagrams {
			// 20 bytes of IP and 8 of UDP; lo adds none.
			if n := lo["bytes"].(float64) - bytes; received != datagrams || n != datagrams*(size+28) {
				t.Errorf("%v packets, %v bytes", received, n)
			}
		}
		last, old = at, now
	}
}

// TestDiffLive opens, changes and closes a socket between rounds of any length.
func TestDiffLive(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	program := live.ProgramPath()
	server, keep := live.Python(t, "", "l = socket.socket(); l.bind(('127.0.0.1', 700)); l.listen()")
	next := orderStream(t, program, "-tan", "--all-owners", "--diff", "0.05")
	if _, records := next(); len(records) != 1 || records[0]["change"] != nil {
		t.Fatalf("the first round: %v", records)
	}
	// await reads until a listener has changed as wanted and has these owners; nil is
	// any. A round may occur while a process exits: the process has then lost its name,
	// or its files, before the socket is closed. So until the wanted change, only the
	// owners of this socket may change.
	await := func(port int, change string, owners ...uint32) {
		t.Helper()
		for {
			_, records := next()
			if len(records) == 0 {
				continue
			}
			r := records[0]
			if len(records) != 1 || r["local_port"] != float64(port) || r["state"] != "LISTEN" {
				t.Fatalf("want port %d %s, got %v", port, change, records)
			}
			if r["change"] == change && (owners == nil || slices.Equal(ownerPIDs(r), owners)) {
				return
			}
			if changed, _ := r["changed"].([]any); r["change"] != "changed" || slices.ContainsFunc(changed, func(name any) bool { return name != "owners" && name != "owner_unknown" }) {
				t.Fatalf("want port %d %s by %d, got %v", port, change, owners, r)
			}
		}
	}
	pid, end := live.Python(t, "", "l = socket.socket(); l.bind(('127.0.0.1', 701)); l.listen()")
	await(701, "opened", pid)
	_, caller := live.Python(t, "", "c = socket.socket(socket.AF_INET, socket.SOCK_STREAM); c.bind(('127.0.0.1', 0))")
	caller() // bound, but neither listening nor connected: not shown
	end()
	await(701, "closed")
	other, holder := live.Python(t, "", `
fd = os.pidfd_open(`+strconv.Itoa(int(server))+`)
import ctypes
held = None
for n in range(3, 16):
    h = ctypes.CDLL(None).syscall(438, fd, n, 0) # pidfd_getfd(2)
    if h >= 0:
        held = h
`)
	await(700, "changed", min(server, other), max(server, other))
	holder()
	await(700, "changed", server)
	keep()
	await(700, "closed")
}

// ownerPIDs returns the process ids of a record's owners.
func ownerPIDs(r map[string]any) (pids []uint32) {
	owners, _ := r["owners"].([]any)
	for _, o := range owners {
		pids = append(pids, uint32(o.(map[string]any)["pid"].(float64)))
	}
	return pids
}
