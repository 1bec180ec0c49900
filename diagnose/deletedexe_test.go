package diagnose

import (
	"testing"

	"netstat"
)

func TestDeletedExe(t *testing.T) {
	listener := netstat.Socket{State: netstat.Listen, Inode: 70}
	for _, c := range []struct {
		name             string
		process          netstat.Process
		states           []netstat.State
		sockets, unknown int
	}{
		{"there", netstat.Process{Argv0: "app", Executable: "/app"}, nil, 0, 0},
		{"deleted", netstat.Process{Argv0: "app", Executable: "/app", ExecutableDeleted: true}, nil, 1, 0},
		{"deleted, with connections", netstat.Process{Argv0: "app", Executable: "/app", ExecutableDeleted: true},
			[]netstat.State{netstat.Established, netstat.Established, netstat.CloseWait}, 3, 0},
		{"started from memory", netstat.Process{Argv0: "runc", Executable: "/memfd:runc_cloned", ExecutableDeleted: true}, nil, 0, 0},
		{"unknown", netstat.Process{Argv0: "app"}, nil, 0, 1},
		{"exited", netstat.Process{}, nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &host{sockets: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {listener}}, processes: map[uint32]netstat.Process{7: c.process}}
			h.owners.Add(70, 7)
			for i, state := range c.states {
				h.sockets[netstat.TCP6Table] = append(h.sockets[netstat.TCP6Table], netstat.Socket{State: state, Inode: uint64(80 + i)})
				h.owners.Add(uint64(80+i), 7)
			}
			r := look(t, "deleted-exe", h)
			if c.sockets == 0 {
				wantUnlooked(t, r, c.unknown)
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Info || r.Findings[0].Subject.PID != 7 ||
				r.Findings[0].Evidence[1].Value != netstat.NumberOf(uint64(c.sockets)) {
				t.Errorf("findings %+v", r.Findings)
			}
		})
	}
}
