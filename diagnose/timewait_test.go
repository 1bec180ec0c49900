package diagnose

import (
	"testing"

	"netstat"
)

func timeWaitHost(sockets, overflows uint64) *host {
	h := measured(map[string]uint64{"TCP.tw": sockets}, map[string]uint64{"net.ipv4.tcp_max_tw_buckets": 1000})
	h.counters = map[string]uint64{"TcpExt.TCPTimeWaitOverflow": overflows}
	return h
}

func TestTimeWait(t *testing.T) {
	const fact, counter = "sockstat.TCP.tw", "TcpExt.TCPTimeWaitOverflow"
	wantFinding(t, look(t, "time-wait", timeWaitHost(799, 5)), 0, "", 0, 0)
	wantFinding(t, look(t, "time-wait", timeWaitHost(800, 5)), netstat.Warning, fact, 800, 800)
	wantFinding(t, look(t, "time-wait", timeWaitHost(799, 5), timeWaitHost(799, 5)), 0, "", 0, 0)
	wantFinding(t, look(t, "time-wait", timeWaitHost(0, 5), timeWaitHost(0, 4)), 0, "", 0, 0)
	wantFinding(t, look(t, "time-wait", timeWaitHost(0, 5), timeWaitHost(0, 6)), netstat.Warning, counter, 1, 0)
	r := look(t, "time-wait", timeWaitHost(0, 5), timeWaitHost(1000, 7))
	wantFinding(t, r, netstat.Warning, fact, 1000, 800)
	if e := r.Findings[0].Evidence; len(e) != 2 || e[1].Fact != counter || e[1].Value != netstat.NumberOf(2) {
		t.Errorf("evidence %+v", e)
	}
	wantUnlooked(t, look(t, "time-wait", &host{}), 2)
}
