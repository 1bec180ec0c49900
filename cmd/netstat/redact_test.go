package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netstat/internal/redact"
	"netstat/options"
	"netstat/snapshot"
)

// redactValues are values of options that mean the same of a redacted snapshot. nil is of
// those that do not show a snapshot.
var redactValues = map[string][]string{
	"filter": {"sport = :22 or state = time-wait"}, "state": {"listening"}, "port": {"22,443"}, "process": {"s*"}, "pid": {"1"}, "user": {"root"},
	"family": {"tcp6,unix"}, "limit": {"3"}, "columns": {"proto,local,state", "name,mtu"}, "sort": {"-local", "name"}, "group-by": {"state"}, "count": {""}, "format": {"csv"},
	"json": {""}, "color": {"never"}, "resolve-timeout": {"0"}, "dialect": {"windows", "linux"}, "help": nil, "licenses": nil,
	"tcp-info": {""}, "memory": {""}, "all-owners": {""}, "peers": {""}, "table": {"main", "all"}, "diff": nil, "delta": nil, "watch": nil, "events": nil,
	"diagnose": {"0"}, "fail-on": {"critical"}, "summary": {""}, "rules": {""}, "get": nil, "neighbors": {""}, "conntrack": {""},
	"snapshot": nil, "redact": nil, "replay": nil, "record": nil, "keep": nil, "at": nil, "from": nil, "to": nil, "netns": nil, "close": nil, "signal": nil,
}

// classicOptions are options of net-tools that a replay accepts beside those of
// matrixViews.
var classicOptions = []string{"-l", "-a", "-e", "-ee", "-o", "-p", "-v", "-W", "-Z", "-4", "-6", "-F", "-C", "-N"}

// redactedFile writes a redacted copy of a snapshot.
func redactedFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Open(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := snapshot.WriteRedacted(context.Background(), &b, s, s.Meta, s.Names(), redact.New(redact.Key{3}), nil); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "redacted.json")
	if err := os.WriteFile(copied, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// TestRedactedAnswersOptions runs each option that a snapshot accepts on the snapshot and on
// a redacted copy: both must have the same status and as many rows.
func TestRedactedAnswersOptions(t *testing.T) {
	var lines []string
	for _, o := range options.All {
		values, known := redactValues[o.Name]
		if !known {
			t.Errorf("--%s: add a value to redactValues", o.Name)
		}
		for _, value := range values {
			line := "--" + o.Name
			if value != "" {
				line += "=" + value
			}
			lines = append(lines, line)
		}
	}
	lines = append(lines, classicOptions...)
	accepted := map[string]bool{}
	reports := [][2]string{
		{"-rn", "../../../../test/diagnose/testdata/faults/after"},
		{"--diagnose=0", "../../../../test/diagnose/testdata/faults/after"},
	}
	for _, v := range matrixViews {
		reports = append(reports, [2]string{v.args, v.host})
	}
	for _, report := range reports {
		file := "testdata/hosts/" + report[1] + ".json"
		copied := redactedFile(t, file)
		for _, line := range lines {
			args := append(strings.Fields(report[0]), line)
			if !strings.HasPrefix(line, "--format") && !strings.HasPrefix(line, "--json") && !strings.HasPrefix(line, "--count") {
				args = append(args, "--format=csv")
			}
			status, want, _ := orderRun(nil, process{}, append(args, "--replay="+file)...)
			if want == "" {
				continue // not an option of this report
			}
			// The status of --fail-on is a severity.
			accepted[line] = accepted[line] || status == 0 || status <= 2 && strings.HasPrefix(line, "--fail-on")
			again, got, errs := orderRun(nil, process{}, append(args, "--replay="+copied)...)
			if again != status || rowCount(got) != rowCount(want) {
				t.Errorf("%q: status %d, want %d; %d rows, want %d\n%s\n%s\n%s", args, again, status, rowCount(got), rowCount(want), errs, got, want)
			}
		}
	}
	for _, line := range lines {
		if !accepted[line] {
			t.Errorf("%s: no report accepts it", line)
		}
	}
}

// rowCount returns the number of records of an answer as CSV, or of its lines.
func rowCount(text string) int {
	if rows, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err == nil {
		return len(rows)
	}
	return strings.Count(text, "\n")
}
