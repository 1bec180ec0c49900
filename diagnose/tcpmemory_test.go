package diagnose

import (
	"testing"

	"netstat"
)

// memoryHost is a host that uses so many pages for TCP. tcp_mem belongs to the whole
// system, so that a network namespace cannot set it.
func memoryHost(pages uint64, counters map[string]uint64) *host {
	h := measured(map[string]uint64{"TCP.mem": pages},
		map[string]uint64{"net.ipv4.tcp_mem.pressure": 1000, "net.ipv4.tcp_mem.max": 2000})
	h.counters = counters
	return h
}

func TestTCPMemory(t *testing.T) {
	const used = "sockstat.TCP.mem"
	for _, c := range []struct {
		pages    uint64
		severity netstat.Severity
		fact     string
		limit    uint64
	}{
		{0, 0, "", 0},
		{1000, 0, "", 0},
		{1001, netstat.Warning, used, 1000},
		{1799, netstat.Warning, used, 1000},
		{1800, netstat.Critical, used, 1800},
		{3000, netstat.Critical, used, 1800},
	} {
		wantFinding(t, look(t, "tcp-memory", memoryHost(c.pages, nil)), c.severity, c.fact, c.pages, c.limit)
	}
}

func TestTCPMemoryCounters(t *testing.T) {
	at := func(name string, n uint64) *host { return memoryHost(0, map[string]uint64{name: n}) }
	for _, name := range tcpMemoryDrops {
		wantFinding(t, look(t, "tcp-memory", at(name, 5), at(name, 7)), netstat.Warning, name, 2, 0)
		wantFinding(t, look(t, "tcp-memory", at(name, 5), at(name, 5)), 0, "", 0, 0)
		wantFinding(t, look(t, "tcp-memory", at(name, 7), at(name, 5)), 0, "", 0, 0)
		wantFinding(t, look(t, "tcp-memory", at(name, 7)), 0, "", 0, 0)
	}
	const pruned = "TcpExt.PruneCalled"
	wantFinding(t, look(t, "tcp-memory", at(pruned, 0), at(pruned, 7)), 0, "", 0, 0)

	// Without limits the counters still tell.
	before, after := &host{counters: map[string]uint64{tcpMemoryDrops[0]: 1}}, &host{counters: map[string]uint64{tcpMemoryDrops[0]: 2}}
	r := look(t, "tcp-memory", before, after)
	wantFinding(t, r, netstat.Warning, tcpMemoryDrops[0], 1, 0)
	if len(r.Unlooked) == 0 {
		t.Error("no message about the missing limits")
	}
}

func TestTCPMemoryUnknown(t *testing.T) {
	wantUnlooked(t, look(t, "tcp-memory", &host{}), 2)
	wantUnlooked(t, look(t, "tcp-memory", measured(map[string]uint64{"TCP.mem": 5000}, nil)), 1)
}
