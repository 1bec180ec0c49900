package view

import (
	"testing"

	"netstat/fact"
	"netstat/filter"
	"netstat/view"
)

// TestStatesAreFound checks that a filter by state excludes no table that has such a
// socket.
func TestStatesAreFound(t *testing.T) {
	for _, name := range []string{"linux-server.json", "linux-rare.json", "linux-families.json", "windows.json"} {
		src := open(t, name)
		for _, state := range []string{"established", "listening", "closed", "time-wait", "syn-sent", "connected", "bucket", "delete-tcb"} {
			e, err := filter.Parse("state "+state, filter.Env{})
			if err != nil {
				t.Fatal(err)
			}
			want, got := 0, 0
			req := request(fact.Sockets)
			for i := range req.Plan.Queries {
				req.Plan.Queries[i].Need.States = 0
			}
			for r, err := range view.Records(t.Context(), src, req) {
				if err == nil && e.Match(&r) {
					want++
				}
			}
			req.Filter = e
			for _, err := range view.Records(t.Context(), src, req) {
				if err == nil {
					got++
				}
			}
			if got != want {
				t.Errorf("%s: state %s: %d rows, want %d", name, state, got, want)
			}
		}
	}
}
