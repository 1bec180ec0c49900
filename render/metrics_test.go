package render

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"netstat"
	"netstat/fact"
	"netstat/schema"
)

// metricsNames are names that processes and interfaces may choose.
var metricsNames = []string{
	"", "other", "none", "unknown", "a\"b", `c\d`, "e\nf", "\xff\xfe", "\x1b[31mred", "/home/alice/run", "# EOF", "x} 1", "日本語", " ", "\u202e", strings.Repeat("long", 100),
}

// metricsOf writes a report about a host with everything in large numbers.
func metricsOf(t testing.TB, f Format, sockets, processes, interfaces int) string {
	t.Helper()
	var out strings.Builder
	var rules []string
	for i := range 26 {
		rules = append(rules, fmt.Sprint("rule-", i))
	}
	looked := schema.Looked{Rules: rules}
	r, err := New(f, &out, Head{}, nil, Options{Looked: &looked})
	if err != nil {
		t.Fatal(err)
	}
	m := r.(Totals)
	_ = m.Begin(time.Unix(1700000000, 500e6))
	name := func(prefix string, i int) string {
		if i < len(metricsNames) {
			return metricsNames[i]
		}
		return fmt.Sprint(prefix, i)
	}
	tables := netstat.Tables()
	for i := range sockets {
		row := fact.Row{Socket: netstat.Socket{
			Table: tables[i%len(tables)], State: netstat.State(i / 7 % 26), RecvQ: uint64(i % 129), SendQ: 3, MaxBacklog: uint32(i % 200),
		}}
		row.Socket.Local.Port = uint16(i)
		if i%11 != 0 {
			row.Owners = []fact.Owner{{Process: netstat.Process{PID: 1, Comm: name("p", i%processes)}}}
		}
		_ = m.Record(&fact.Record{Row: &row})
	}
	m.Part("sockets", time.Second, true)
	for i := range interfaces {
		prefix := "veth"
		if i%100 == 0 {
			prefix = "eth"
		}
		c := netstat.InterfaceCounters{Bytes: uint64(i)}
		_ = m.Record(&fact.Record{Interface: &netstat.Interface{Name: name(prefix, i), HasCounters: true, Receive: c, Transmit: c}})
	}
	m.Part("interfaces", -1, false)
	for i := range 3000 {
		_ = m.Record(&fact.Record{Counter: &netstat.Counter{Group: "Icmp6", Name: fmt.Sprint("InType", i%600), Value: 1}})
		_ = m.Record(&fact.Record{Counter: &netstat.Counter{Group: name("G", i%40), Name: name("N", i), Value: uint64(i)}})
		m.Measure(netstat.Measure{Group: netstat.MeasureGroup(i % 11), Name: name("m", i), Value: 1})
	}
	_ = m.Record(&fact.Record{Counter: &netstat.Counter{Group: "interface", Name: "receive_bytes"}})
	_ = m.Record(&fact.Record{Finding: &netstat.Finding{Rule: "rule-3", Severity: netstat.Critical}})
	m.Part("findings", time.Millisecond, true)
	if err := m.End(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// metricsLine is a line of a series; its groups are the name and the labels.
var metricsLine = regexp.MustCompile(`^([a-z][a-z0-9_]*)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? -?[0-9]+(?:\.[0-9]+)?$`)

// metricsCheck checks the text of a report and returns its number of series.
func metricsCheck(t *testing.T, f Format, text string) (series int) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Error("not valid UTF-8")
	}
	if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "\n# EOF") != 1 {
		t.Error("# EOF is missing or superfluous")
	}
	seen, families := map[string]bool{}, map[string]bool{}
	family, kind := "", ""
	for line := range strings.Lines(strings.TrimSuffix(text, "# EOF\n")) {
		line = strings.TrimSuffix(line, "\n")
		if words := strings.SplitN(line, " ", 4); words[0] == "#" {
			switch words[1] {
			case "HELP":
				if family = words[2]; families[family] {
					t.Errorf("%s begins twice", family)
				}
				families[family] = true
			case "TYPE":
				kind = words[3]
			case "UNIT":
				if f.String() == "prometheus" || !strings.HasSuffix(family, "_"+words[3]) {
					t.Error(line)
				}
			default:
				t.Error(line)
			}
			if words[2] != family {
				t.Errorf("%s in the family %s", line, family)
			}
			continue
		}
		series++
		found := metricsLine.FindStringSubmatch(line)
		if found == nil {
			t.Errorf("%q is no series", line)
			continue
		}
		want := family
		if f.String() == "openmetrics" && kind == "counter" {
			want += "_total"
		}
		if found[1] != want || strings.HasSuffix(want, "_total") != (kind == "counter") {
			t.Errorf("%q in the %s %s", line, kind, family)
		}
		if key := found[1] + found[2]; seen[key] {
			t.Errorf("%s twice", key)
		} else {
			seen[key] = true
		}
	}
	return series
}

// TestMetricsBounded checks that the report on a host of any size has less than 2,000
// series, is well-formed and the same each time.
func TestMetricsBounded(t *testing.T) {
	for _, f := range []Format{renderFormat("openmetrics"), renderFormat("prometheus")} {
		for _, size := range [][3]int{{0, 1, 0}, {40, 3, 2}, {3000, 60, 25}, {100000, 5000, 3000}} {
			text := metricsOf(t, f, size[0], size[1], size[2])
			n := metricsCheck(t, f, text)
			if n >= 2000 {
				t.Errorf("%v: %d series", size, n)
			}
			t.Log(f, size, n, "series")
			if again := metricsOf(t, f, size[0], size[1], size[2]); again != text {
				t.Errorf("%v: the second report differs", size)
			}
			if strings.Contains(text, `="/home`) || strings.Contains(text, "\x1b") {
				t.Errorf("%v: a name from outside is written as it is", size)
			}
			var total int
			for line := range strings.Lines(text) {
				var n int
				if at := strings.LastIndexByte(line, ' '); strings.HasPrefix(line, "netstat_sockets{") {
					_, _ = fmt.Sscan(line[at:], &n)
				}
				total += n
			}
			if total != size[0] {
				t.Errorf("%v: %d sockets in the sums", size, total)
			}
		}
	}
}

// TestMetricsNothingLeftOut checks that neither the counters of many processors nor those
// that come with both families take the place of others.
func TestMetricsNothingLeftOut(t *testing.T) {
	var out strings.Builder
	r, err := New(renderFormat("prometheus"), &out, Head{}, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := r.(Totals)
	_ = m.Begin(time.Unix(1700000000, 0))
	for _, name := range []string{"dropped", "dropped.cpu0"} {
		for range 2 {
			_ = m.Record(&fact.Record{Counter: &netstat.Counter{Group: "softnet", Name: name, Value: 7}})
		}
	}
	for i := range 1000 {
		_ = m.Record(&fact.Record{Counter: &netstat.Counter{Group: "softnet", Name: fmt.Sprint("processed.cpu", i), Value: 1}})
		m.Measure(netstat.Measure{Group: netstat.MeasureSoftnet, Name: fmt.Sprint("processed.cpu", i), Value: 1})
	}
	_ = m.Record(&fact.Record{Counter: &netstat.Counter{Group: "Tcp", Name: "InSegs", Value: 3}})
	m.Measure(netstat.Measure{Group: netstat.MeasureConntrack, Name: "count", Value: 5})
	if err := m.End(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "#") {
			got = append(got, strings.TrimSuffix(line, "\n"))
		}
	}
	want := []string{"netstat_softnet_dropped_total 7", "netstat_tcp_insegs_total 3", "netstat_nf_conntrack_count_value 5"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestMetricsProcess checks that the label of a process never has a command line.
func TestMetricsProcess(t *testing.T) {
	for _, c := range []struct {
		process netstat.Process
		want    string
	}{
		{netstat.Process{Comm: "postgres", Argv0: "postgres: alice db 10.0.0.1(5432) idle"}, "postgres"},
		{netstat.Process{Argv0: "mysqld alice@10.0.0.1 SELECT"}, processUnknown},
		{netstat.Process{Argv0: "/home/alice/run"}, processUnknown},
		{netstat.Process{Argv0: "alice@10.0.0.1.exe"}, processUnknown},
		{netstat.Process{Argv0: ".exe"}, processUnknown},
		{netstat.Process{Args: []string{"secret"}, Executable: "/home/alice/x"}, processUnknown},
		{netstat.Process{}, processUnknown},
		{netstat.Process{Argv0: "svchost.EXE"}, "svchost.EXE"},
		{netstat.Process{Argv0: "System"}, "System"},
	} {
		if got := processOf(&fact.Row{Owners: []fact.Owner{{Process: c.process}}}); got != c.want {
			t.Errorf("%+v: %q, want %q", c.process, got, c.want)
		}
	}
}
