package diagnose

import (
	"strings"
	"testing"

	"netstat"
)

// listener is a listener of process 7 with so many connections in a queue.
func listener(n int, waiting uint64, backlog uint32) netstat.Socket {
	return netstat.Socket{
		State: netstat.Listen, Cookie: uint64(n), PID: 7, RecvQ: waiting, MaxBacklog: backlog,
		Local: netstat.Addr{Port: uint16(8000 + n)},
	}
}

func TestAcceptQueue(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after *host // before is nil for one moment
		severity      netstat.Severity
		text          string // "": no finding
	}{
		{"nearly", nil, hostOf(listener(1, 74, 100)), 0, ""},
		{"nearly full", nil, hostOf(listener(1, 75, 100)), netstat.Warning, "75 of 100"},
		{"as many as the backlog", nil, hostOf(listener(1, 100, 100)), netstat.Warning, "100 of 100"},
		{"full", nil, hostOf(listener(1, 101, 100)), netstat.Critical, "101 wait"},
		{"nearly full at both moments", hostOf(listener(1, 80, 100)), hostOf(listener(1, 75, 100)), netstat.Warning, "75 of 100"},
		{"a burst", hostOf(listener(1, 0, 100)), hostOf(listener(1, 75, 100)), 0, ""},
		{"full now", hostOf(listener(1, 0, 100)), hostOf(listener(1, 101, 100)), netstat.Critical, "101 wait"},
		{"full no more", hostOf(listener(1, 101, 100)), hostOf(listener(1, 0, 100)), 0, ""},
		{"unknown backlog", nil, hostOf(listener(1, 5, 0)), 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			moments := []*host{c.after}
			if c.before != nil {
				moments = []*host{c.before, c.after}
			}
			r := look(t, "accept-queue", moments...)
			if c.text == "" {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Severity != c.severity || !strings.Contains(r.Findings[0].Text, c.text) {
				t.Errorf("findings %+v, want %v %q", r.Findings, c.severity, c.text)
			}
		})
	}
}

// A system that tells no backlog cannot be judged.
func TestAcceptQueueWithoutBacklog(t *testing.T) {
	if r := look(t, "accept-queue", hostOf(listener(1, 5, 0), listener(2, 0, 0))); len(r.Unlooked) != 1 {
		t.Errorf("result %+v", r)
	}
	if r := look(t, "accept-queue", hostOf(listener(1, 5, 0), listener(2, 0, 9))); len(r.Unlooked) > 0 {
		t.Errorf("with one known: %+v", r)
	}
}

// The listeners of a process are one finding, with the fullest as its example.
func TestAcceptQueueGroups(t *testing.T) {
	var listeners []netstat.Socket
	for i := range 1000 {
		listeners = append(listeners, listener(1+i, 80+uint64(i%40), 100))
	}
	r := look(t, "accept-queue", hostOf(listeners...))
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "119 wait, the backlog is 100; 1000 listeners") {
		t.Errorf("findings %+v", r.Findings)
	}
}

func TestAcceptQueueDrops(t *testing.T) {
	counters := func(overflows, drops uint64) *host {
		return &host{counters: map[string]uint64{"TcpExt.ListenOverflows": overflows, "TcpExt.ListenDrops": drops}}
	}
	for _, c := range []struct {
		name          string
		before, after *host
		text          string // "": no finding
	}{
		{"none", counters(5, 5), counters(5, 5), ""},
		{"one", counters(5, 5), counters(6, 6), "no queue is full now"},
		{"not for the queue", counters(5, 5), counters(5, 6), "but not for a full queue"},
		{"gone back", counters(5, 5), counters(0, 0), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "accept-queue", c.before, c.after)
			if c.text == "" {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Critical || !strings.Contains(r.Findings[0].Text, c.text) {
				t.Errorf("findings %+v, want %q", r.Findings, c.text)
			}
		})
	}
}
