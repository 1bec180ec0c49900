package diagnose

import (
	"testing"

	"netstat"
)

// tracking is a host with a connection tracking table.
func tracking(count, limit, drop, early, failed uint64) *host {
	return &host{measures: []netstat.Measure{
		{Group: netstat.MeasureConntrack, Name: "count", Value: count},
		{Group: netstat.MeasureConntrack, Name: "max", Value: limit},
		{Group: netstat.MeasureConntrack, Name: "drop", Value: drop},
		{Group: netstat.MeasureConntrack, Name: "early_drop", Value: early},
		{Group: netstat.MeasureConntrack, Name: "insert_failed", Value: failed},
	}}
}

func TestConntrack(t *testing.T) {
	for _, c := range []struct {
		name    string
		moments []*host
		want    []string
	}{
		{"idle", []*host{tracking(0, 100, 0, 0, 0)}, nil},
		{"below", []*host{tracking(79, 100, 0, 0, 0)}, nil},
		{"much", []*host{tracking(80, 100, 0, 0, 0)}, []string{"warning nf_conntrack.count 80 of 100"}},
		{"still much", []*host{tracking(94, 100, 0, 0, 0)}, []string{"warning nf_conntrack.count 94 of 100"}},
		{"nearly full", []*host{tracking(95, 100, 0, 0, 0)}, []string{"critical nf_conntrack.count 95 of 100"}},
		{"no limit", []*host{tracking(95, 0, 0, 0, 0)}, nil},
		{"old drops", []*host{tracking(5, 100, 7, 8, 9)}, nil},
		{"drops before", []*host{tracking(5, 100, 7, 8, 9), tracking(5, 100, 7, 8, 9)}, nil},
		{"counters went back", []*host{tracking(5, 100, 7, 8, 9), tracking(5, 100, 0, 0, 0)}, nil},
		{
			"full", []*host{tracking(100, 100, 7, 8, 9), tracking(100, 100, 17, 8, 9)},
			[]string{"critical +nf_conntrack.drop 10 of 0, nf_conntrack.count 100 of 100"},
		},
		{
			"full and emptied", []*host{tracking(100, 100, 7, 8, 9), tracking(5, 100, 7, 9, 9)},
			[]string{"critical +nf_conntrack.early_drop 1 of 0, nf_conntrack.count 5 of 100"},
		},
		{"refused packets", []*host{tracking(5, 100, 7, 8, 9), tracking(5, 100, 8, 8, 9)}, []string{"warning +nf_conntrack.drop 1 of 0"}},
		{"clashes", []*host{tracking(5, 100, 7, 8, 9), tracking(5, 100, 7, 8, 11)}, []string{"warning +nf_conntrack.insert_failed 2 of 0"}},
		{"clashes that dropped", []*host{tracking(100, 100, 7, 8, 9), tracking(5, 100, 9, 8, 11)}, []string{"warning +nf_conntrack.insert_failed 2 of 0"}},
		{
			"clashes and refused packets", []*host{tracking(5, 100, 7, 8, 9), tracking(5, 100, 10, 8, 11)},
			[]string{"warning +nf_conntrack.drop 3 of 0", "warning +nf_conntrack.insert_failed 2 of 0"},
		},
	} {
		t.Run(c.name, func(t *testing.T) { wantFindings(t, look(t, "conntrack", c.moments...), c.want...) })
	}
}

// A host that tracks no connections, or whose kernel does not tell how many, cannot be
// looked at.
func TestConntrackAbsent(t *testing.T) {
	wantCannotLook(t, look(t, "conntrack", &host{}))
	part := tracking(0, 0, 7, 8, 9)
	part.measures = part.measures[2:]
	wantCannotLook(t, look(t, "conntrack", part))
}
