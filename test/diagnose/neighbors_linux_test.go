package diagnose

import (
	"testing"

	"netstat/test/live"
)

// The kernel shows the neighbour tables in the first network namespace only. Elsewhere
// the rule says that it cannot look.
func TestNeighbors(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	r := lookOnce(t, "neighbors")
	if len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("findings %v, not looked at %v", r.Findings, r.Unlooked)
	}
}
