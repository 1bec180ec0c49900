package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
)

// orderHost is a host whose tables the test defines.
type orderHost struct {
	netstat.Source
	sockets  map[netstat.Table][]netstat.Socket
	failing  map[netstat.Table]error
	counters [][]netstat.Counter // of each round
	links    [][]netstat.Interface
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

func (h *orderHost) Interfaces(context.Context, netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(yield func(netstat.Interface, error) bool) {
		if h.links == nil {
			return
		}
		for _, i := range h.links[h.round] {
			if !yield(i, nil) {
				return
			}
		}
		h.round++
	}
}

func (h *orderHost) Close() error { return nil }

// errOrderOver is the panic of a test's sleep that ends the rounds.
var errOrderOver = errors.New("the rounds are over")

// orderRun runs a command line on a host. p may have a clock, a sleep, a standard input,
// and a standard output that also receives the text.
func orderRun(h netstat.Source, p process, args ...string) (status int, out, errs string) {
	var o, e strings.Builder
	p.getenv = func(string) (string, bool) { return "", false }
	if p.stdout == nil {
		p.stdout = io.Discard
	}
	p.stdout = io.MultiWriter(&o, p.stdout)
	p.stderr, p.dialect, p.system = &e, "linux", "linux"
	p.systemLanguage = func() string { return "" }
	p.hostName = func() string { return "" }
	p.elevated = func() bool { return true }
	p.elevationText = func() string { return "" }
	p.selinux = func() bool { return false }
	p.columns = func() int { return 0 }
	if p.rows == nil {
		p.rows = func() int { return 0 }
	}
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

// TestSortedTextAndErrors checks that a failed or missing table costs the
// sorted text no row of others.
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

// TestDeltaElapsed checks that rates use the elapsed time, not the interval.
func TestDeltaElapsed(t *testing.T) {
	counters := func(opens, estab, segs uint64) []netstat.Counter {
		return []netstat.Counter{
			{Group: "Tcp", Name: "ActiveOpens", Part: 1, Value: opens},
			{Group: "Tcp", Name: "CurrEstab", Part: 1, Value: estab},
			{Group: "Tcp", Name: "InSegs", Part: 1, Value: segs},
		}
	}
	rounds := [][]netstat.Counter{
		counters(10, 3, 1<<32-5), counters(20, 4, 5), // wrapped
		counters(21, 2, 12), counters(4, 2, 12), // reset
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
	// The text shows totals first and then rates. Gauges keep their values, and an
	// unknown rate is a minus.
	want, start := "", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, n := range []struct {
		after               time.Duration
		title, opens, estab string
		segs                string
	}{
		{0, " totals since boot", "10", "3", "4294967291"},
		{2500 * time.Millisecond, " changes per second over the last 2.5 s", "4/s", "4", "4/s"},
		{6500 * time.Millisecond, " changes per second over the last 4 s", "0.25/s", "2", "1.75/s"},
		{7500 * time.Millisecond, " changes per second over the last 1 s", "-/s", "2", "0/s"},
	} {
		if n.after > 0 {
			want += "\n"
		}
		want += start.Add(n.after).Local().Format(time.DateTime) + n.title + "\n" +
			"Tcp:\n    " + n.opens + " active connection openings\n    " + n.estab + " connections established\n    " + n.segs + " segments received\n"
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
	if !slices.Equal(opens, []string{"10", "4/s", "0.25/s", ""}) {
		t.Errorf("Microsoft's text: %q\n%s", opens, text)
	}
	wantRates := []any{nil, nil, nil, 4.0, nil, 4.0, 0.25, nil, 1.75, nil, nil, 0.0}
	var rates []any
	for line := range strings.Lines(rounded("-st", "--delta=all", "--format=ndjson", "1")) {
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
	for _, title := range []string{" totals since boot\n\nTCP Statistics for IPv4\n", " changes per second over the last 2.5 s\n\nTCP Statistics for IPv4\n"} {
		if strings.Count(text, title) != 1 {
			t.Errorf("Microsoft's text has no %q:\n%s", title, text)
		}
	}
	if text := rounded("-st", "--delta", "--format=csv", "1"); !strings.HasPrefix(text, "time,family,group,name,value,per_second,back\r\n2026-11-24T00:00:00Z,inet,Tcp,ActiveOpens,10,,\r\n") ||
		!strings.Contains(text, "\r\n2026-11-24T00:00:06.5Z,inet,Tcp,ActiveOpens,21,0.25,\r\n") {
		t.Errorf("CSV: %s", text)
	}
	for _, form := range []string{"--format=csv", "--format=tsv", "--columns=name,value,per_second"} {
		text := rounded("-st", "--delta", form, "1")
		if !strings.Contains(text, "per_second") && !strings.Contains(text, "VALUE/S") || strings.Count(text, "0.25") != 1 || strings.Count(text, "1.75") != 1 {
			t.Errorf("%s: %s", form, text)
		}
	}
}

// orderBlanks matches blanks at the ends of lines.
var orderBlanks = regexp.MustCompile(` +\n`)

// The texts about interfaces show totals first and then rates with their unit. An
// interface whose counters were reset has none.
func TestDeltaInterfaces(t *testing.T) {
	link := func(packets, bytes, errors uint64) []netstat.Interface {
		return []netstat.Interface{{
			Name: "eth0", Index: 2, MTU: 1500, HasCounters: true, Flags: netstat.InterfaceUp | netstat.InterfaceRunning,
			Receive:  netstat.InterfaceCounters{Packets: packets, Bytes: bytes, Errors: errors, Absent: netstat.CountsNonUnicast | netstat.CountsUnknownProtocols},
			Transmit: netstat.InterfaceCounters{Packets: 1, Bytes: bytes, Absent: netstat.CountsNonUnicast},
		}}
	}
	rounded := func(args ...string) string {
		now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		h := &orderHost{links: [][]netstat.Interface{link(10, 1000, 0), link(60, 6000, 1), link(10, 7000, 1)}}
		p := process{now: func() time.Time { return now }, sleep: func(time.Duration) {
			if h.round == len(h.links) {
				panic(errOrderOver)
			}
			now = now.Add(4 * time.Second)
		}}
		_, out, errs := orderRun(h, p, args...)
		if errs != "" {
			t.Errorf("%q: %s", args, errs)
		}
		// The time of day is in the local time zone.
		for at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC); !at.After(now); at = at.Add(4 * time.Second) {
			out = strings.ReplaceAll(out, at.Local().Format(time.DateTime), at.Format("05"))
		}
		return orderBlanks.ReplaceAllString(out, "\n")
	}
	const changes = " changes per second over the last 4 s\n"
	for args, want := range map[string]string{
		"-i --delta 4": "00 totals since boot\nKernel Interface table\n" +
			"Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" +
			"eth0             1500       10      0      0 0             1      0      0      0 RU\n\n" +
			"04" + changes + "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" +
			"eth0             1500   12.5/s 0.25/s    0/s 0/s         0/s    0/s    0/s    0/s RU\n\n" +
			"08" + changes + "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n" +
			"eth0             1500      - no statistics available -                        RU\n",
		"-ie --delta 4": "00 totals since boot\nKernel Interface table\neth0: flags=65<UP,RUNNING>  mtu 1500\n        unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  (UNSPEC)\n" +
			"        RX packets 10  bytes 1000 (1000.0 B)\n        RX errors 0  dropped 0  overruns 0  frame 0\n" +
			"        TX packets 1  bytes 1000 (1000.0 B)\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n" +
			"04" + changes + "eth0: flags=65<UP,RUNNING>  mtu 1500\n        unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  (UNSPEC)\n" +
			"        RX packets 12.5/s  bytes 1250/s (1.2 KiB/s)\n        RX errors 0.25/s  dropped 0/s  overruns 0/s  frame 0/s\n" +
			"        TX packets 0/s  bytes 1250/s (1.2 KiB/s)\n        TX errors 0/s  dropped 0/s overruns 0/s  carrier 0/s  collisions 0/s\n\n",
		"--dialect=windows -e --delta 4": "00 totals since boot\n\nInterface Statistics\n\n                           Received            Sent\n\n" +
			"Bytes                          1000            1000\nUnicast packets                  10               1\n" +
			"Non-unicast packets\nDiscards                          0               0\n" +
			"Errors                            0               0\nUnknown protocols\n\n" +
			"04" + changes + "\nInterface Statistics\n\n                           Received            Sent\n\n" +
			"Bytes                        1250/s          1250/s\nUnicast packets              12.5/s             0/s\n",
	} {
		if got := rounded(strings.Fields(args)...); !strings.HasPrefix(got, want) {
			t.Errorf("%s:\n%s\nwant:\n%s", args, got, want)
		}
	}
}

// orderSnapshots returns a snapshot and a later one of the same host: one listener is
// gone, another is new, and a queue has changed.
func orderSnapshots(t *testing.T) (old, now string) {
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
			t.Fatalf("the snapshot has no %s", change[0])
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

func TestDiffOfSnapshots(t *testing.T) {
	old, now := orderSnapshots(t)
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
		!strings.Contains(errs, "the first snapshot is newer") {
		t.Errorf("snapshots in the wrong order: status %d, %q, %q", status, out, errs)
	}
	if status, _, errs := orderRun(nil, process{}, "--diff", old, "testdata/hosts/windows.json", "-tan"); status != 0 ||
		!strings.Contains(errs, "two hosts: server (linux) and DESKTOP") {
		t.Errorf("two hosts: status %d, %q", status, errs)
	}
}

func TestDiffMistakes(t *testing.T) {
	old, now := orderSnapshots(t)
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
		{"--diff OLD -t", "--diff FILE needs a second snapshot", 3},
		{"--diff=OLD -t", "--diff FILE needs a second snapshot", 3},
		{"--diff -t", "or give two snapshots", 3},
		{"--diff OLD 5 -t", "--diff FILE needs a second snapshot", 3},
		{"--diff OLD NEW 5 -t", "remove the interval", 3},
		{"--diff OLD NEW -ct", "remove the interval", 3},
		{"--diff=OLD --diff=NEW --diff=OLD", "compares at most two snapshots", 3},
		{"--diff - - -t", "only one can be standard input", 3},
		{"--diff OLD NEW --summary", "--diff does not apply to --summary and --get", 3},
		{"--diff OLD NEW --get=127.0.0.1", "--diff does not apply to --summary and --get", 3},
		{"--diff --get=127.0.0.1 1", "--diff does not apply to --summary and --get", 3},
		{"--diff -r", "add an interval", 3},
		{"--replay OLD --diff -r 1", "a snapshot does not change", 3},
		{"--diff OLD NEW --delta -t", "--delta and --diff exclude each other", 3},
		{"--delta OLD -t", "--delta FILE needs a second snapshot to compare with: --delta OLD NEW", 3},
		{"--delta OLD NEW -t 5", "--delta OLD NEW makes one report: remove the interval", 3},
		{"--delta OLD NEW --netns=1 -t", "--delta OLD NEW excludes --netns and --replay", 3},
		{"--delta OLD NEW -r", "--delta applies only to sockets", 3},
		{"--delta OLD none -t", "open none: ", 255},
		{"--diff OLD NEW --replay OLD -t", "excludes --netns and --replay", 3},
		{"--diff OLD NEW --netns=1 -t", "excludes --netns and --replay", 3},
		{"--replay OLD --diff -t 1", "a snapshot does not change", 3},
		{"--replay OLD --delta -s 1", "a snapshot does not change", 3},
		{"--delta -s", "add an interval", 3},
		{"--delta -t", "add an interval", 3},
		{"--delta --diff -s 1", "--delta and --diff exclude each other", 3},
		{"--delta -r 1", "--delta applies only to sockets", 3},
		{"--delta -g 1", "--delta applies only to sockets", 3},
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
