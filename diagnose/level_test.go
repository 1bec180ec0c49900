package diagnose

import (
	"context"
	"errors"
	"iter"
	"testing"

	"netstat"
)

// measured returns a host with these measures, by group and name.
func measured(sockets, sysctls map[string]uint64) *host {
	h := &host{}
	for name, v := range sockets {
		h.measures = append(h.measures, netstat.Measure{Group: netstat.MeasureSockets, Name: name, Value: v})
	}
	for name, v := range sysctls {
		h.measures = append(h.measures, netstat.Measure{Group: netstat.MeasureSysctl, Name: name, Value: v})
	}
	return h
}

// wantFinding requires one finding of this severity whose first evidence is a fact with
// this value and limit, or silence if the fact is "".
func wantFinding(t *testing.T, r Result, severity netstat.Severity, fact string, value, limit uint64) {
	t.Helper()
	if fact == "" {
		if len(r.Findings) > 0 {
			t.Errorf("findings %+v, want none", r.Findings)
		}
		return
	}
	if len(r.Findings) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(r.Findings), r.Findings)
	}
	f := r.Findings[0]
	e := f.Evidence[0]
	if f.Severity != severity || e.Fact != fact || e.Value != netstat.NumberOf(value) || e.Limit != netstat.NumberOf(limit) {
		t.Errorf("finding %v %+v, want %v %s %d of %d", f.Severity, f.Evidence, severity, fact, value, limit)
	}
}

// wantUnlooked requires silence and n reasons why something could not be looked at.
func wantUnlooked(t *testing.T, r Result, n int) {
	t.Helper()
	if len(r.Findings) > 0 || len(r.Unlooked) != n {
		t.Errorf("findings %+v, not looked at %+v, want %d", r.Findings, r.Unlooked, n)
	}
}

func TestLevel(t *testing.T) {
	for _, c := range []struct{ limit, percent, share uint64 }{
		{100, 80, 80}, {0, 80, 0}, {1, 80, 1}, {10, 75, 8}, {101, 50, 51}, {1 << 63, 90, 1<<63/100*90 + 8},
	} {
		l := level{limit: c.limit}
		if got := l.share(c.percent); got != c.share {
			t.Errorf("%d %% of %d: %d, want %d", c.percent, c.limit, got, c.share)
		}
	}
}

// A missing limit is reported, also if other measures could not be read.
func TestLevelMissing(t *testing.T) {
	h := &brokenMeasures{host: host{measures: []netstat.Measure{{Group: netstat.MeasureSockets, Name: "TCP.orphan", Value: 1 << 30}}}}
	wantUnlooked(t, lookAt(t, "orphans", h), 1)
}

// brokenMeasures is a host whose measures end with an error.
type brokenMeasures struct{ host }

func (h *brokenMeasures) Measures(context.Context) iter.Seq2[netstat.Measure, error] {
	return rows(h.measures, &netstat.OpError{Op: "read measures", Err: errors.New("broken")})
}
