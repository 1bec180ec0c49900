package diagnose

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/diagnose"
	"netstat/snapshot"
)

// reopen opens a snapshot.
func reopen(t *testing.T, b []byte) *snapshot.Source {
	t.Helper()
	src, err := snapshot.Open(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// lines returns each finding as a line: its subject and what it shows.
func lines(r diagnose.Result) []string {
	var list []string
	for _, f := range r.Findings {
		s := describeSubject(&f.Subject)
		list = append(list, f.Severity.String()+" "+f.Rule+s+": "+f.Text+describeEvidence(f.Evidence))
	}
	return list
}

func describeSubject(s *netstat.Subject) string {
	text := ""
	if s.Interface != "" {
		text += " " + s.Interface
	}
	if s.Destination.IsValid() {
		text += " " + s.Destination.String()
	}
	if s.Process != "" {
		text += " " + s.Process
	}
	return text
}

func describeEvidence(evidence []netstat.Evidence) string {
	text := ""
	for _, e := range evidence {
		text += "; "
		if e.Grown {
			text += "+"
		}
		text += e.Fact + " " + e.Value.String()
		if limit := e.Limit.String(); limit != "" {
			text += " of " + limit
		}
	}
	return text
}

// wantLines requires findings as lines has them.
func wantLines(t *testing.T, r diagnose.Result, want []string) {
	t.Helper()
	if got := lines(r); !slices.Equal(got, want) {
		t.Errorf("findings\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// faultsDir holds two snapshots of the namespace that TestReplay makes, cut to what its
// rules read, and what they find.
const faultsDir = "testdata/faults"

// recordedFindings returns what the rules find in the two snapshots, as lines.
func recordedFindings(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(faultsDir, "findings.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// replayed returns the rules of TestReplay: those whose evidence does not change by itself
// between a look and a snapshot. softnet is missing: all namespaces share its counters.
func replayed(t *testing.T) *diagnose.Diagnosis {
	t.Helper()
	var rules []*diagnose.Rule
	for _, name := range []string{"accept-queue", "conntrack", "neighbors", "interface", "mtu", "routing"} {
		rules = append(rules, diagnose.Named(name))
	}
	return diagnose.New(rules, diagnose.Options{Report: func(err error) { t.Errorf("reading: %v", err) }})
}

func TestRecorded(t *testing.T) {
	d := replayed(t)
	var r diagnose.Result
	for _, name := range []string{"before.json", "after.json"} {
		b, err := os.ReadFile(filepath.Join(faultsDir, name))
		if err != nil {
			t.Fatal(err)
		}
		src := reopen(t, b)
		r = d.Look(context.Background(), src, src.Meta.Time)
	}
	wantLines(t, r, recordedFindings(t))
	if len(r.Unlooked) != 1 || r.Unlooked[0].Rule != "neighbors" { // not the first namespace
		t.Errorf("not looked at: %v", r.Unlooked)
	}
}
