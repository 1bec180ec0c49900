package report_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/report"
	"netstat/snapshot"
)

// A Go program gets findings as records, and what could not be looked at as warnings.
func TestRequestFindings(t *testing.T) {
	file, err := os.Open("../test/cookbook/testdata/server.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	src, err := snapshot.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	var unlooked []string
	req := report.Request{
		View: fact.Findings, Rules: []string{"accept-queue", "retransmits"}, Filter: "severity = critical",
		Warn: func(err error) {
			var u *report.UnlookedError
			if errors.As(err, &u) {
				unlooked = append(unlooked, u.Rule)
			}
		},
	}
	n := 0
	for rec, err := range report.Records(context.Background(), src, req) {
		if err != nil {
			t.Fatal(err)
		}
		if f := rec.Finding; f == nil || f.Rule != "accept-queue" || f.Severity != netstat.Critical || f.Subject.Local.Port != 8080 {
			t.Errorf("%+v", f)
		}
		n++
	}
	if n != 1 || len(unlooked) != 1 || unlooked[0] != "retransmits" {
		t.Errorf("%d findings, not looked at: %v", n, unlooked)
	}
	var out bytes.Buffer
	req.Format, req.Columns = "tsv", "rule,severity"
	if err := report.Write(context.Background(), &out, src, req); err != nil || out.String() != "rule\tseverity\naccept-queue\tcritical\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	req.Rules = []string{"no-such-rule"}
	if err := report.Write(context.Background(), &out, src, req); err == nil || !strings.Contains(err.Error(), "unknown rule 'no-such-rule'") {
		t.Errorf("%v", err)
	}
}
