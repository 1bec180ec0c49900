package diagnose

import (
	"testing"
	"time"

	"netstat"
)

// closeWaitHost is a host where process 7 has sockets in CLOSE-WAIT and as many others.
func closeWaitHost(waiting, others int, silent time.Duration) *host {
	h := &host{sockets: map[netstat.Table][]netstat.Socket{}, processes: map[uint32]netstat.Process{7: {PID: 7, Argv0: "app"}}}
	for i := range waiting + others {
		info := &netstat.TCPInfo{LastAckRecv: silent}
		info.Known.Add(netstat.TCPLastAckRecv)
		s := netstat.Socket{State: netstat.Established, Inode: uint64(1000 + i), Cookie: uint64(5000 + i), TCP: info}
		if i < waiting {
			s.State = netstat.CloseWait
		}
		t := netstat.TCP4Table
		if i%2 == 1 {
			t = netstat.TCP6Table
		}
		h.sockets[t] = append(h.sockets[t], s)
		h.owners.Add(s.Inode, 7)
	}
	return h
}

func TestCloseWait(t *testing.T) {
	for _, c := range []struct {
		name            string
		waiting, others int
		limit           uint64 // 0: no finding
	}{
		{"few", 19, 0, 0},
		{"some, most of them", 20, 20, 20},
		{"some, not most of them", 20, 21, 0},
		{"nearly many", 99, 100, 0},
		{"many", 100, 1000, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := closeWaitHost(c.waiting, c.others, 0)
			if r := look(t, "close-wait", h); len(r.Findings) > 0 {
				t.Errorf("at one moment: %+v", r.Findings)
			}
			wantCloseWait(t, look(t, "close-wait", h, h), c.waiting, c.limit)
			wantCloseWait(t, look(t, "close-wait", closeWaitHost(c.waiting, c.others, time.Minute)), c.waiting, c.limit)
			if r := look(t, "close-wait", closeWaitHost(c.waiting, c.others, time.Minute-1)); len(r.Findings) > 0 {
				t.Errorf("within a minute: %+v", r.Findings)
			}
		})
	}
}

func wantCloseWait(t *testing.T, r Result, waiting int, limit uint64) {
	t.Helper()
	if limit == 0 {
		if len(r.Findings) > 0 {
			t.Errorf("findings %+v", r.Findings)
		}
		return
	}
	want := netstat.Evidence{Fact: "count", Value: netstat.NumberOf(uint64(waiting)), Limit: netstat.NumberOf(limit)}
	if len(r.Findings) != 1 || r.Findings[0].Evidence[0] != want || r.Findings[0].Severity != netstat.Warning || r.Findings[0].Subject.PID != 7 {
		t.Errorf("findings %+v, want %+v", r.Findings, want)
	}
}

// A socket that is new at the second moment has not been kept.
func TestCloseWaitChanges(t *testing.T) {
	before, after := closeWaitHost(100, 0, 0), closeWaitHost(100, 0, 0)
	for table := range after.sockets {
		for i := range after.sockets[table] {
			after.sockets[table][i].Cookie += 1000
		}
	}
	if r := look(t, "close-wait", before, after); len(r.Findings) > 0 {
		t.Errorf("findings %+v", r.Findings)
	}
}

// Sockets whose process is unknown count together, and connections that no process has
// accepted do not count, unless the system does not tell which they are.
func TestCloseWaitUnknownOwner(t *testing.T) {
	h := closeWaitHost(100, 0, 0)
	h.owners = netstat.Owners{}
	r := look(t, "close-wait", h, h)
	if len(r.Findings) != 1 || r.Findings[0].Subject.Kind != netstat.OfHost {
		t.Errorf("findings %+v", r.Findings)
	}
	for table := range h.sockets {
		for i := range h.sockets[table] {
			h.sockets[table][i].Inode = 0
		}
	}
	if r := look(t, "close-wait", h, h); len(r.Findings) > 0 {
		t.Errorf("not accepted: %+v", r.Findings)
	}
	for table := range h.sockets {
		for i := range h.sockets[table] {
			h.sockets[table][i].Absent = netstat.FactInode
		}
	}
	if r := look(t, "close-wait", h, h); len(r.Findings) != 1 {
		t.Errorf("not told who holds them: %+v", r.Findings)
	}
}
