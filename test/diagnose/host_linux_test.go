package diagnose

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/diagnose"
	"netstat/test/live"
)

// lookOnce applies rules to this namespace at one moment.
func lookOnce(t *testing.T, rules ...string) diagnose.Result {
	t.Helper()
	return lookTwice(t, nil, rules...)
}

// lookTwice applies rules at two moments, between which it calls change; nil means one
// moment.
func lookTwice(t *testing.T, change func(), rules ...string) diagnose.Result {
	t.Helper()
	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	return lookAt(t, src, change, rules...)
}

// lookAt is lookTwice for another host or namespace.
func lookAt(t *testing.T, src netstat.Source, change func(), rules ...string) diagnose.Result {
	t.Helper()
	var list []*diagnose.Rule
	for _, name := range rules {
		r := diagnose.Named(name)
		if r == nil {
			t.Fatalf("no rule %q", name)
		}
		list = append(list, r)
	}
	d := diagnose.New(list, diagnose.Options{Report: func(err error) { t.Errorf("reading: %v", err) }})
	at := time.Now()
	if change != nil {
		d.Prepare(context.Background(), src, at)
		change()
		at = at.Add(time.Second)
	}
	result := d.Look(context.Background(), src, at)
	for _, f := range result.Findings {
		t.Logf("%s", describe(f))
		if len(f.Evidence) == 0 || f.Text == "" || f.Advice == "" {
			t.Errorf("a finding without evidence, text or advice: %+v", f)
		}
	}
	return result
}

// describe returns a finding as one line.
func describe(f netstat.Finding) string {
	s := f.Severity.String() + " " + f.Rule + ": " + f.Text
	for _, e := range f.Evidence {
		s += " [" + e.Fact + " " + e.Value.String() + " of " + e.Limit.String() + "]"
	}
	return s + " (" + f.Advice + ") netstat " + f.Command
}

// wantOne requires one finding of this severity whose text contains each part, and
// returns it.
func wantOne(t *testing.T, r diagnose.Result, severity netstat.Severity, parts ...string) netstat.Finding {
	t.Helper()
	if len(r.Findings) != 1 {
		t.Fatalf("%d findings, want 1", len(r.Findings))
	}
	f := r.Findings[0]
	if f.Severity != severity {
		t.Errorf("severity %v, want %v", f.Severity, severity)
	}
	for _, part := range parts {
		if !strings.Contains(f.Text, part) {
			t.Errorf("text %q lacks %q", f.Text, part)
		}
	}
	return f
}

// wantSilence requires no finding, and that every rule has looked.
func wantSilence(t *testing.T, r diagnose.Result) {
	t.Helper()
	if len(r.Findings) > 0 {
		t.Errorf("%d findings, want none", len(r.Findings))
	}
	if len(r.Unlooked) > 0 {
		t.Errorf("not looked at: %v", r.Unlooked)
	}
}

// counted returns the sum of counters of this namespace, by their names in nstat(8).
func counted(t *testing.T, names ...string) (sum int) {
	t.Helper()
	for line := range strings.Lines(live.Run(t, "nstat", append([]string{"-asz"}, names...)...)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n, err := strconv.Atoi(strings.Fields(line)[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// wantRows runs the command of a finding and requires so many sockets, not counting the
// header. The test needs live.InNamespacesWithProgram.
func wantRows(t *testing.T, f netstat.Finding, n int) {
	t.Helper()
	out := live.Run(t, "sh", "-c", live.ProgramPath()+" "+f.Command+" --count")
	if strings.TrimSpace(out) != strconv.Itoa(n) {
		t.Errorf("netstat %s --count: %s, want %d", f.Command, strings.TrimSpace(out), n)
	}
}
