package diagnose

import (
	"testing"

	"netstat"
)

// The limit tcp_max_orphans belongs to the whole system, so that a network namespace
// cannot set it.
func TestOrphans(t *testing.T) {
	const fact = "sockstat.TCP.orphan"
	for _, c := range []struct {
		orphans  uint64
		severity netstat.Severity
		fact     string
		limit    uint64
	}{
		{0, 0, "", 0},
		{499, 0, "", 0},
		{500, netstat.Warning, fact, 500},
		{899, netstat.Warning, fact, 500},
		{900, netstat.Critical, fact, 900},
		{1001, netstat.Critical, fact, 900},
	} {
		h := measured(map[string]uint64{"TCP.orphan": c.orphans}, map[string]uint64{"net.ipv4.tcp_max_orphans": 1000})
		wantFinding(t, look(t, "orphans", h), c.severity, c.fact, c.orphans, c.limit)
	}
	wantUnlooked(t, look(t, "orphans", &host{}), 2)
	wantUnlooked(t, look(t, "orphans", measured(map[string]uint64{"TCP.orphan": 1 << 30}, nil)), 1)
}
