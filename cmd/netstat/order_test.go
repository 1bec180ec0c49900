package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
)

// orderHost is a host whose tables are what the test says.
type orderHost struct {
	netstat.Source
	sockets  map[netstat.Table][]netstat.Socket
	failing  map[netstat.Table]error
	counters [][]netstat.Counter // of each round
	round    int
}

func (h *orderHost) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		for _, s := range h.sockets[t] {
			if !yield(s, nil) {
				return
			}
		}
		if err := h.failing[t]; err != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: err})
		}
	}
}

func (h *orderHost) Counters(context.Context, netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		for _, c := range h.counters[h.round] {
			if !yield(c, nil) {
				return
			}
		}
		h.round++
	}
}

func (h *orderHost) Close() error { return nil }

// errOrderOver is what a test's sleep panics with when there have been enough
// rounds.
var errOrderOver = errors.New("the rounds are over")

// orderRun runs a command line on a host; p may have a clock, a sleep and a
// standard input.
func orderRun(h netstat.Source, p process, args ...string) (status int, out, errs string) {
	var o, e strings.Builder
	p.getenv = func(string) (string, bool) { return "", false }
	p.stdout, p.stderr, p.dialect, p.system = &o, &e, "linux", "linux"
	p.systemLanguage = func() string { return "" }
	p.hostName = func() string { return "" }
	p.elevated = func() bool { return true }
	p.elevationText = func() string { return "" }
	p.selinux = func() bool { return false }
	p.columns = func() int { return 0 }
	p.open = func(collect.Options) (netstat.Source, error) { return h, nil }
	if p.now == nil {
		p.now = func() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }
	}
	defer func() {
		if r := recover(); r != nil && r != errOrderOver {
			panic(r)
		}
		out, errs = o.String(), e.String()
	}()
	return run(append([]string{"netstat"}, args...), &p), "", ""
}

func orderSocket(t netstat.Table, port uint16) netstat.Socket {
	ip := netip.IPv4Unspecified()
	if t.Family == netstat.Inet6 {
		ip = netip.IPv6Unspecified()
	}
	return netstat.Socket{
		Table: t, State: netstat.Listen,
		Local: netstat.Addr{IP: ip, Port: port}, Remote: netstat.Addr{IP: ip},
	}
}

// A table that fails, or is not there, costs the sorted text no row of others.
func TestSortedTextAndErrors(t *testing.T) {
	h := &orderHost{
		sockets: map[netstat.Table][]netstat.Socket{
			netstat.TCP4Table: {orderSocket(netstat.TCP4Table, 80), orderSocket(netstat.TCP4Table, 22)},
			netstat.TCP6Table: {orderSocket(netstat.TCP6Table, 443), orderSocket(netstat.TCP6Table, 25)},
		},
		failing: map[netstat.Table]error{
			netstat.TCP4Table: errors.New("gone"), netstat.SCTP4Table: errors.ErrUnsupported, netstat.UDP4Table: errors.New("broken"),
		},
	}
	ports := func(text string) (list []string) {
		for line := range strings.Lines(text) {
			for _, port := range []string{"22", "25", "80", "443"} {
				if strings.Contains(line, ":"+port+" ") {
					list = append(list, port)
				}
			}
		}
		return list
	}
	for _, c := range []struct {
		args, ports, errs string
		status            int
	}{
		{"-tSuln --sort local_port", "22 25 80 443",
			"netstat: dump tcp: gone\nnetstat: no support for `AF INET (sctp)' on this system.\nnetstat: dump udp: broken\n", 1},
		{"-tuln --sort -local_port --limit 3", "443 80 25", "netstat: dump tcp: gone\nnetstat: dump udp: broken\n", 255},
		{"-tuln --sort -local_port --limit 3 --numeric-ports", "443 80 25", "netstat: dump tcp: gone\nnetstat: dump udp: broken\n", 255},
		{"--dialect=windows -an --sort local_port", "22 25 80 443", "netstat: dump tcp: gone\nnetstat: dump udp: broken\n", 1},
		{"--dialect=windows -an --limit 3", "22 80 25", "netstat: dump tcp: gone\n", 1},
		{"--dialect=windows -an --limit 2", "22 80", "", 0},
	} {
		status, out, errs := orderRun(h, process{}, strings.Fields(c.args)...)
		if got := strings.Join(ports(out), " "); got != c.ports || errs != c.errs || status != c.status {
			t.Errorf("%s: %s, status %d, %q\n%s", c.args, got, status, errs, out)
		}
	}
}

// Rates are by the time that really went by, not by the interval.
func TestDeltaElapsed(t *testing.T) {
	counters := func(opens, estab, segs uint64) []netstat.Counter {
		return []netstat.Counter{
			{Group: "Tcp", Name: "ActiveOpens", Part: 1, Value: opens},
			{Group: "Tcp", Name: "CurrEstab", Part: 1, Value: estab},
			{Group: "Tcp", Name: "InSegs", Part: 1, Value: segs},
		}
	}
	rounds := [][]netstat.Counter{
		counters(10, 3, 1<<32-5), counters(20, 4, 5), // wraps
		counters(21, 2, 12), counters(4, 2, 12), // begins anew
	}
	pauses := []time.Duration{2500 * time.Millisecond, 4 * time.Second, time.Second}
	rounded := func(args ...string) string {
		now, paused := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), 0
		p := process{
			now: func() time.Time { return now },
			sleep: func(time.Duration) {
				if paused == len(pauses) {
					panic(errOrderOver)
				}
				now = now.Add(pauses[paused])
				paused++
			},
		}
		_, out, errs := orderRun(&orderHost{counters: rounds}, p, args...)
		if errs != "" {
			t.Errorf("%q: %s", args, errs)
		}
		return out
	}
	// The text shows whole numbers: the totals first, then rates, of gauges what
	// they are, and 0 where no rate can be told.
	want := ""
	for _, n := range [][3]string{{"10", "3", "4294967291"}, {"4", "4", "4"}, {"0", "2", "2"}, {"0", "2", "0"}} {
		want += "Tcp:\n    " + n[0] + " active connection openings\n    " + n[1] + " connections established\n    " + n[2] + " segments received\n"
	}
	if text := rounded("-st", "--delta", "1"); text != want {
		t.Errorf("text: %q, want %q", text, want)
	}
	text := rounded("--dialect=windows", "-ns", "-p", "tcp", "--delta", "1")
	var opens []string
	for line := range strings.Lines(text) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), "="); strings.TrimSpace(name) == "Active Opens" {
			opens = append(opens, strings.TrimSpace(value))
		}
	}
	if !slices.Equal(opens, []string{"10", "4", "0", "0"}) {
		t.Errorf("Microsoft's text: %q\n%s", opens, text)
	}
	wantRates := []any{nil, nil, nil, 4.0, nil, 4.0, 0.25, nil, 1.75, nil, nil, 0.0}
	var rates []any
	for line := range strings.Lines(rounded("-st", "--delta", "--format=ndjson", "1")) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r["record"] == "counter" {
			rates = append(rates, r["per_second"])
		}
	}
	if !slices.Equal(rates, wantRates) {
		t.Errorf("JSON: %v, want %v", rates, wantRates)
	}
	for _, form := range []string{"--format=csv", "--format=tsv", "--columns=name,value,per_second"} {
		text := rounded("-st", "--delta", form, "1")
		if !strings.Contains(strings.ToUpper(text), "PER") || strings.Count(text, "0.25") != 1 || strings.Count(text, "1.75") != 1 {
			t.Errorf("%s: %s", form, text)
		}
	}
}

// orderRecordings are a recording and a later one of the same host, with a
// listener gone, another there, and a queue that has changed.
func orderRecordings(t *testing.T) (old, now string) {
	t.Helper()
	text, err := os.ReadFile("testdata/hosts/linux-server.json")
	if err != nil {
		t.Fatal(err)
	}
	old = filepath.Join(t.TempDir(), "old.json")
	now = filepath.Join(t.TempDir(), "now.json")
	later := string(text)
	for _, change := range [][2]string{
		{`"time":"2026-11-23T22:31:26`, `"time":"2026-11-23T22:31:27`},
		{`"local_port":8081,"remote_address":"0.0.0.0"`, `"local_port":8082,"remote_address":"0.0.0.0"`},
		{`"inode":24203039,"cookie":5132684`, `"inode":24203040,"cookie":5132699`},
		{`"recv_queue":1000`, `"recv_queue":1001`},
	} {
		if !strings.Contains(later, change[0]) {
			t.Fatalf("the recording has no %s", change[0])
		}
		later = strings.ReplaceAll(later, change[0], change[1])
	}
	for name, content := range map[string]string{old: string(text), now: later} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return old, now
}

func TestDiffOfRecordings(t *testing.T) {
	old, now := orderRecordings(t)
	const want = "opened,8082,0,\nclosed,8081,0,\nchanged,80,1001,recvq\n"
	const rows = "--format=csv --columns=change,local_port,recvq,changed -tan"
	for _, args := range []string{
		"--diff OLD NEW " + rows, "--diff=OLD NEW " + rows, "--diff=OLD --diff=NEW " + rows, rows + " --diff OLD NEW",
		rows + " --diff=OLD NEW", "--diff - NEW " + rows, "--diff=- NEW " + rows, "--diff=- --diff=NEW " + rows,
		"--dialect=windows --diff OLD NEW --format=csv --columns=change,local_port,recvq,changed /an -p tcp",
		"--diff OLD NEW -tane --sort local_port --format=csv --columns=change,local_port,recvq,changed",
		"--diff OLD NEW -tan --format=tsv --columns=change,local_port,recvq,changed",
	} {
		in, err := os.Open(old)
		if err != nil {
			t.Fatal(err)
		}
		status, out, errs := orderRun(nil, process{stdin: in}, strings.Fields(strings.NewReplacer("OLD", old, "NEW", now).Replace(args))...)
		_ = in.Close()
		got := slices.Collect(strings.Lines(strings.NewReplacer("\r\n", "\n", "\t", ",").Replace(out)))
		wanted := slices.Collect(strings.Lines("change,local_port,recvq,changed\n" + want))
		slices.Sort(got)
		slices.Sort(wanted)
		if status != 0 || errs != "" || !slices.Equal(got, wanted) {
			t.Errorf("%s: status %d, %q, %q", args, status, errs, got)
		}
	}
	if status, out, errs := orderRun(nil, process{}, "--diff", now, old, "-tan", "--count"); status != 0 || out != "3\n" ||
		!strings.Contains(errs, "the first recording is the later one") {
		t.Errorf("the wrong way round: status %d, %q, %q", status, out, errs)
	}
	if status, _, errs := orderRun(nil, process{}, "--diff", old, "testdata/hosts/windows.json", "-tan"); status != 0 ||
		!strings.Contains(errs, "two hosts, server (linux) and DESKTOP") {
		t.Errorf("two hosts: status %d, %q", status, errs)
	}
}

func TestDiffMistakes(t *testing.T) {
	old, now := orderRecordings(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	text, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer(
		"OLD", old, "NEW", now, "EMPTY", file("empty", ""), "TEXT", file("text", "root:x:0"),
		"LATER", file("newer", strings.Replace(string(text), `"version":1`, `"version":99`, 1)),
		"CUT", file("cut", string(text[:len(text)/2])),
		"REPORT", file("report", `{"schema":"netstat","version":1,"content":"sockets","sockets":[`+"\n"+`{"family":"inet","recv_queue":0}]}`),
		"LINES", file("lines", `{"record":"report","schema":"netstat","version":1,"content":"sockets"}`+"\n"+`{"record":"end"}`),
		"DIR", dir,
	)
	for _, c := range []struct {
		args, errs string
		status     int
	}{
		{"--diff OLD -t", "--diff compares two recordings", 3},
		{"--diff=OLD -t", "--diff compares two recordings", 3},
		{"--diff -t", "give an interval too, or two recordings", 3},
		{"--diff OLD 5 -t", "--diff compares two recordings", 3},
		{"--diff OLD NEW 5 -t", "it has no interval", 3},
		{"--diff OLD NEW -ct", "it has no interval", 3},
		{"--diff=OLD --diff=NEW --diff=OLD", "two recordings can be compared, no more", 3},
		{"--diff - - -t", "only one of the recordings", 3},
		{"--diff OLD NEW -r", "--diff is about sockets", 3},
		{"--diff OLD NEW -i", "--diff is about sockets", 3},
		{"--diff OLD NEW -s", "--diff is about sockets", 3},
		{"--diff OLD NEW -g", "--diff is about sockets", 3},
		{"--diff OLD NEW -M", "--diff is about sockets", 3},
		{"--diff -r 1", "--diff is about sockets", 3},
		{"--diff OLD NEW --delta -t", "--delta is about counters", 3},
		{"--diff OLD NEW --replay OLD -t", "looks at no other host", 3},
		{"--diff OLD NEW --netns=1 -t", "looks at no other host", 3},
		{"--replay OLD --diff -t 1", "a recording does not change", 3},
		{"--replay OLD --delta -s 1", "a recording does not change", 3},
		{"--delta -s", "give an interval too", 3},
		{"--delta -t 1", "--delta is about counters", 3},
		{"--delta -r 1", "--delta is about counters", 3},
		{"--diff OLD none -t", "open none: ", 255},
		{"--diff none OLD -t", "open none: ", 255},
		{"--diff OLD EMPTY -t", ": empty", 255},
		{"--diff TEXT OLD -t", "not a snapshot: not JSON", 255},
		{"--diff OLD LATER -t", "written by a newer program", 255},
		{"--diff OLD CUT -t", "truncated in line", 255},
		{"--diff REPORT OLD -t", `not a snapshot: content is "sockets"`, 255},
		{"--diff LINES OLD -t", `not a snapshot: content is "sockets"`, 255},
		{"--diff OLD DIR -t", "", 255},
		{"--dialect=windows --diff OLD none", "open none: ", 1},
	} {
		status, out, errs := orderRun(nil, process{}, strings.Fields(names.Replace(c.args))...)
		if status != c.status || out != "" || !strings.Contains(errs, c.errs) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: status %d, %q, %q", c.args, status, out, errs)
		}
	}
}
