package diagnose

import (
	"slices"
	"strings"
	"testing"
)

// wantFindings requires findings, each as its severity, what of the subject is set, and
// its evidence: "critical eth0 +Ip.FragFails 2 of 0, mtu 500 of 1280". A plus marks a
// growth. Without any it requires that the rule has looked everywhere.
func wantFindings(t *testing.T, r Result, want ...string) {
	t.Helper()
	var got []string
	for _, f := range r.Findings {
		s := f.Severity.String()
		if f.Subject.Interface != "" {
			s += " " + f.Subject.Interface
		}
		if f.Subject.Destination.IsValid() {
			s += " " + f.Subject.Destination.String()
		}
		for i, e := range f.Evidence {
			if i > 0 {
				s += ","
			}
			s += " "
			if e.Grown {
				s += "+"
			}
			s += e.Fact + " " + e.Value.String()
			if limit := e.Limit.String(); limit != "" {
				s += " of " + limit
			}
		}
		got = append(got, s)
		if f.Text == "" || f.Advice == "" || len(f.Evidence) == 0 {
			t.Errorf("a finding without text, advice or evidence: %+v", f)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	if len(r.Unlooked) > 0 {
		t.Errorf("not looked at: %v", r.Unlooked)
	}
}

// wantCannotLook requires that the rule says once that it could not look, and finds
// nothing.
func wantCannotLook(t *testing.T, r Result) {
	t.Helper()
	if len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("findings %+v, not looked at %v; want one thing not looked at", r.Findings, r.Unlooked)
	}
}
