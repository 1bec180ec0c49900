package diagnose

import (
	"testing"

	"netstat"
)

func unixHost(pending uint64, backlog uint32) *host {
	return &host{sockets: map[netstat.Table][]netstat.Socket{netstat.UnixTable: {
		{State: netstat.Listen, Local: netstat.Addr{Name: "/run/a"}, RecvQ: pending, MaxBacklog: backlog, Cookie: 7, Inode: 70},
		{State: netstat.Connected, RecvQ: 1 << 20, Cookie: 8, Inode: 80},
	}}}
}

func TestUnixBacklog(t *testing.T) {
	for _, c := range []struct {
		pending uint64
		backlog uint32
		full    bool
	}{
		{0, 0, false}, {1, 0, true}, {0, 1, false}, {1, 1, false}, {2, 1, true}, {128, 128, false}, {129, 128, true},
	} {
		fact := ""
		if c.full {
			fact = "recvq"
		}
		h := unixHost(c.pending, c.backlog)
		wantFinding(t, look(t, "unix-backlog", h), netstat.Critical, fact, c.pending, uint64(c.backlog))
		wantFinding(t, look(t, "unix-backlog", h, h), netstat.Critical, fact, c.pending, uint64(c.backlog))
		wantFinding(t, look(t, "unix-backlog", unixHost(0, 0), h), netstat.Warning, fact, c.pending, uint64(c.backlog))
		wantFinding(t, look(t, "unix-backlog", h, unixHost(0, 0)), 0, "", 0, 0)
	}
}

// Kernels without unix_diag do not tell the queue.
func TestUnixBacklogUnknown(t *testing.T) {
	h := unixHost(0, 0)
	h.sockets[netstat.UnixTable][0].Absent = netstat.FactQueues
	wantUnlooked(t, look(t, "unix-backlog", h), 1)
}
