package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"netstat/fact"
	"netstat/snapshot"
)

// matrixViews are the reports that every option must work on. Adding a view is adding a
// row.
var matrixViews = []struct {
	args, host string
	view       fact.View
	// without maps an option that does not apply to the report to what its one message
	// says.
	without map[string]string
}{
	{"-tuan", "linux-server", fact.Sockets, nil},
	{"-tuane", "linux-server", fact.Sockets, nil},
	{"-tan --tcp-info --memory", "linux-server", fact.Sockets, nil},
	{"-tuanp --all-owners --peers", "linux-server", fact.Sockets, nil},
	{"-xan", "linux-server", fact.Sockets, nil},
	{"-wan", "linux-families", fact.Sockets, nil},
	{"--family=packet,netlink,vsock,xdp,tipc,smc,can,mptcp -an", "linux-families", fact.Sockets, nil},
	{"-San", "linux-rare", fact.Sockets, nil},
	{"--ax25 -an", "linux-rare", fact.Sockets, nil},
	{"-rn", "linux-server", fact.Routes, matrixNoDelta},
	{"-6rn", "linux-server", fact.Routes, matrixNoDelta},
	{"-rn -A ax25", "linux-rare", fact.Routes, matrixNoDelta},
	{"-ian", "linux-server", fact.Interfaces, nil},
	{"-gn", "linux-server", fact.Groups, matrixNoDelta},
	{"-s", "linux-server", fact.Statistics, nil},
	{"--conntrack", "../conntrack", fact.Conntrack, nil},
	{"--rules", "../rules", fact.Rules, matrixNoDelta},
	{"--neighbors -n", "../rules", fact.Neighbors, matrixNoDelta},
	{"--summary", "../rules", fact.Summaries, matrixNoRounds},
	{"-Mn", "linux-rare", fact.NAT, matrixNoDelta},
	{"--diagnose=0", "../../../../test/cookbook/testdata/server", fact.Findings, map[string]string{
		"delta": "--diagnose excludes --delta", "diff": "--diagnose excludes --diff",
	}},
	{"--dialect=windows -ano", "windows", fact.Sockets, nil},
	{"--dialect=windows -rn", "windows", fact.Routes, matrixNoDelta},
	{"--dialect=windows -e", "windows", fact.Interfaces, nil},
	{"--dialect=windows -s", "windows", fact.Statistics, nil},
}

// matrixNoDelta is of a view without counters.
var matrixNoDelta = map[string]string{
	"delta": "--delta applies only to sockets, counters, interfaces and tracked connections (-s, -i, --conntrack)",
}

// matrixNoRounds is of a view whose rows are always there.
var matrixNoRounds = map[string]string{
	"delta": matrixNoDelta["delta"],
	"diff":  "--diff does not apply to --summary and --get, whose rows are neither opened nor closed",
}

// matrix answers the command lines of one report.
type matrix struct {
	*testing.T
	file string
	args []string
}

// ask runs the report with more options on the snapshot. It checks that a live host with
// the same rows gives the same answer.
func (m *matrix) ask(options ...string) (out, errs string) {
	m.Helper()
	args := slices.Concat(m.args, options)
	_, out, errs = orderRun(nil, process{}, append(args, "--replay="+m.file)...)
	return out, errs
}

// rows returns the records as CSV with the header.
func (m *matrix) rows(options ...string) [][]string {
	m.Helper()
	out, errs := m.ask(append(options, "--format=csv")...)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) == 0 {
		m.Errorf("%q: %v\n%s%s", options, err, out, errs)
		return [][]string{nil}
	}
	return rows
}

// column returns the values of one column.
func (m *matrix) column(name string, options ...string) (list []string) {
	m.Helper()
	for _, row := range m.rows(append(options, "--columns="+name)...)[1:] {
		list = append(list, row[0])
	}
	return list
}

// TestMatrix runs every option on every view and checks the answer against that without
// the option, for each default column.
func TestMatrix(t *testing.T) {
	compiled, err := jsonschema.NewCompiler().Compile("../../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range matrixViews {
		t.Run(v.args, func(t *testing.T) {
			m := &matrix{t, "testdata/hosts/" + v.host + ".json", strings.Fields(v.args)}
			all := m.rows()
			header, rows := all[0], all[1:]
			if len(rows) == 0 {
				t.Fatalf("only %d rows", len(rows))
			}
			facts := fact.Of(v.view)
			for _, name := range header {
				if f := fact.Named(facts, name); f != nil {
					m.factCells(f)
				}
			}
			m.limits(rows)
			m.forms(compiled, header, rows)
			m.hosts(v.without)
		})
	}
}

// factCells checks --columns, --filter, --sort and --group-by with one fact.
func (m *matrix) factCells(f *fact.Fact) {
	m.Helper()
	values := m.column(f.Name)
	// Orders: what is absent is last in both, and the rows are the same.
	for _, descending := range []bool{false, true} {
		sign := ""
		if descending {
			sign = "-"
		}
		got := m.column(f.Name, "--sort="+sign+f.Name)
		if !matrixSame(got, values) {
			m.Errorf("--sort=%s%s has other rows: %q, not %q", sign, f.Name, got, values)
			continue
		}
		present := got
		if k := slices.Index(got, ""); k >= 0 {
			present = got[:k]
			if strings.Join(got[k:], "") != "" {
				m.Errorf("--sort=%s%s: absent values are not last: %q", sign, f.Name, got)
			}
		}
		if !slices.IsSortedFunc(present, func(a, b string) int {
			n := matrixCompare(f, a, b)
			if descending {
				n = -n
			}
			return n
		}) {
			m.Errorf("--sort=%s%s: %q", sign, f.Name, got)
		}
	}
	// Groups: the counts are those of the values.
	if f.All == nil {
		tally := map[string]int{}
		for _, value := range values {
			tally[value]++
		}
		for _, row := range m.rows("--group-by="+f.Name, "--columns="+f.Name+",count")[1:] {
			if n, _ := strconv.Atoi(row[1]); n != tally[row[0]] {
				m.Errorf("--group-by=%s: %s rows of %q, not %d", f.Name, row[1], row[0], tally[row[0]])
			}
			delete(tally, row[0])
		}
		if len(tally) > 0 {
			m.Errorf("--group-by=%s lacks %v", f.Name, tally)
		}
	}
	// Filters: = value keeps exactly the rows with that value, != the others.
	if f.Compared || f.Kind == fact.ValueProcess {
		return
	}
	seen := map[string]bool{}
	for _, value := range values {
		// In ss's words, connected is a set of states.
		// Dots also stand for the bytes of a name that are no characters.
		if value == "" || value == "/run/.." || f.Name == "state" && value == "CONNECTED" || seen[value] || len(seen) == 3 || strings.ContainsAny(value, "*?[\\;'\"") {
			continue
		}
		seen[value] = true
		count := 0
		for _, other := range values {
			// The protocol of IPv4 stands for that of IPv6 too, as in ss.
			if slices.Contains(strings.Split(other, ";"), value) || f.Name == "proto" && other == value+"6" {
				count++
			}
		}
		text := value
		if f.Kind == fact.ValueDuration {
			text += "s"
		}
		if f.Kind == fact.ValueText {
			text = `"` + text + `"`
		}
		equal, errs := m.ask("--filter="+f.Name+" = "+text, "--count")
		other, _ := m.ask("--filter="+f.Name+" != "+text, "--count")
		n, _ := strconv.Atoi(strings.TrimSpace(equal))
		rest, _ := strconv.Atoi(strings.TrimSpace(other))
		if strings.Contains(errs, "of another family: FAMILY:NAME") {
			continue // addresses of other families need the name of theirs, as in ss
		}
		if n != count || n+rest != len(values) {
			m.Errorf("--filter '%s = %s': %d rows, != %d, want %d of %d: %s", f.Name, text, n, rest, count, len(values), errs)
		}
	}
	// Wildcards for texts, comparisons for numbers.
	switch f.Kind {
	case fact.ValueText:
		if f.Name == "user" {
			return // a name or a number, which is looked up once
		}
		if out, errs := m.ask("--filter="+f.Name+" = *", "--count"); strings.Contains(errs, "filter") {
			m.Errorf("--filter '%s = *': %s%s", f.Name, out, errs)
		}
	case fact.ValueNumber, fact.ValueSigned, fact.ValueBytes, fact.ValueRate, fact.ValueMilli:
		out, errs := m.ask("--filter="+f.Name+" >= 0", "--count")
		some := 0
		for _, value := range values {
			if value != "" && value[0] != '-' {
				some++
			}
		}
		if strings.TrimSpace(out) != strconv.Itoa(some) {
			m.Errorf("--filter '%s >= 0': %s, want %d: %s", f.Name, strings.TrimSpace(out), some, errs)
		}
	}
}

// matrixSame reports whether two lists have the same values.
func matrixSame(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// matrixCompare compares two values of a fact, 0 for those whose order is their own.
func matrixCompare(f *fact.Fact, a, b string) int {
	switch f.Kind {
	case fact.ValueNumber, fact.ValueSigned, fact.ValueBytes, fact.ValueRate, fact.ValueDuration, fact.ValueMilli:
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
	case fact.ValueText:
		if f.Rank == nil && f.All == nil {
			return strings.Compare(a, b)
		}
	}
	return 0
}

// limits checks --limit and --count.
func (m *matrix) limits(rows [][]string) {
	m.Helper()
	for _, n := range []int{1, 2, len(rows), len(rows) + 1} {
		if n == 0 {
			continue
		}
		got := m.rows("--limit=" + strconv.Itoa(n))[1:]
		if want := rows[:min(n, len(rows))]; !slices.EqualFunc(got, want, slices.Equal) {
			m.Errorf("--limit=%d: %q, want %q", n, got, want)
		}
	}
	if out, _ := m.ask("--count"); out != strconv.Itoa(len(rows))+"\n" {
		m.Errorf("--count: %q, want %d", out, len(rows))
	}
	if out, _ := m.ask("--count", "--json"); !strings.Contains(out, `"count":`+strconv.Itoa(len(rows))) {
		m.Errorf("--count --json: %s", out)
	}
}

// forms checks that each format has each row.
func (m *matrix) forms(schema *jsonschema.Schema, header []string, rows [][]string) {
	m.Helper()
	for _, options := range [][]string{{"--json"}, {"--json", "--columns=" + header[0]}, {"--json", "--group-by=" + header[0]}, {"--json", "--limit=1"}} {
		out, errs := m.ask(options...)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err == nil {
			err = schema.Validate(doc)
		}
		if err != nil {
			m.Errorf("%q: %v\n%s%s", options, err, out, errs)
		}
		if len(options) == 1 {
			var fields map[string]json.RawMessage
			var records []json.RawMessage
			_ = json.Unmarshal([]byte(out), &fields)
			var content string
			_ = json.Unmarshal(fields["content"], &content)
			if _ = json.Unmarshal(fields[content], &records); len(records) != len(rows) {
				m.Errorf("%q: %d records, want %d", options, len(records), len(rows))
			}
		}
	}
	for _, c := range []struct {
		form  string
		extra int
	}{{"ndjson", 2}, {"tsv", 1}, {"template={{." + header[0] + "}}", 0}} {
		out, errs := m.ask("--format=" + c.form)
		if n := strings.Count(out, "\n"); n != len(rows)+c.extra && !strings.Contains(out, `"looked"`) && !strings.Contains(out, `"error"`) {
			m.Errorf("--format=%s: %d lines, want %d\n%s", c.form, n, len(rows)+c.extra, errs)
		}
	}
	if out, errs := m.ask("--format=table", "--columns="+header[0]); strings.Count(out, "\n") != len(rows)+1 {
		m.Errorf("--format=table: %d lines, want %d\n%s", strings.Count(out, "\n"), len(rows)+1, errs)
	}
}

// hosts checks --replay, --netns, --delta and --diff.
func (m *matrix) hosts(without map[string]string) {
	m.Helper()
	f, err := os.Open(m.file)
	if err != nil {
		m.Fatal(err)
	}
	defer f.Close()
	src, err := snapshot.Open(f)
	if err != nil {
		m.Fatal(err)
	}
	system := func(p process) process {
		p.now = func() time.Time { return src.Meta.Time }
		p.sleep = func(time.Duration) {}
		return p
	}
	for _, options := range [][]string{{"--format=csv"}, {"--format=tsv", "--limit=3"}, {"--count"}} {
		args := slices.Concat(m.args, options, []string{"--resolve-timeout=0"})
		_, live, liveErrs := orderRun(src, system(process{}), args...)
		if replayed, errs := m.ask(append(options, "--resolve-timeout=0")...); live != replayed {
			m.Errorf("%q: live\n%s%s\nreplayed\n%s%s", options, live, liveErrs, replayed, errs)
		}
	}
	if out, errs := m.ask("--netns=1"); out != "" || errs != "netstat: a snapshot holds one network namespace: --netns and --replay exclude each other\n" {
		m.Errorf("--netns with --replay: %s%q", out, errs)
	}
	for _, option := range []string{"delta", "diff"} {
		args := slices.Concat(m.args, []string{"--" + option, m.file, m.file, "--format=csv"})
		if option == "delta" {
			args = append(args, "--delta=all")
		}
		_, out, errs := orderRun(nil, process{}, args...)
		if want := without[option]; want != "" {
			if out != "" || !strings.HasPrefix(errs, "netstat: "+want) || strings.Count(errs, "\n") != 1 {
				m.Errorf("--%s OLD NEW: %s%q, want %q", option, out, errs, want)
			}
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		changes := len(rows) - 1
		if err != nil || option == "diff" && changes != 0 || option == "delta" && changes == 0 {
			m.Errorf("--%s of a snapshot and itself: %v\n%s%s", option, err, out, errs)
		}
		// With an interval a snapshot cannot do so.
		if out, errs := m.ask("--"+option, "1"); out != "" || !strings.Contains(errs, "a snapshot does not change") {
			m.Errorf("--%s with --replay: %s%q", option, out, errs)
		}
	}
}
