package view

import (
	"context"
	"testing"

	"netstat"
)

// deniedHost is a host that has some processes that cannot be inspected.
type deniedHost struct{ *selectHost }

func (h deniedHost) Owners(ctx context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	o, err := h.selectHost.Owners(ctx, q)
	if err == nil {
		o.Denied = true
	}
	return o, err
}

// TestRequestDenied checks that denied owners are reported if they may have changed the
// answer: with none set for an answer without rows.
func TestRequestDenied(t *testing.T) {
	windows := newSelectHost()
	for i := range windows.tables[netstat.TCP4Table] {
		s := &windows.tables[netstat.TCP4Table][i]
		s.Inode, s.Cookie, s.Absent = 0, 0, netstat.FactUID|netstat.FactInode
		s.PID = 20
	}
	windows.processes[20] = netstat.Process{PID: 20, Argv0: "svchost.exe"} // its user is denied
	for _, c := range []struct {
		name    string
		host    netstat.Source
		filter  string
		columns string
		want    string
	}{
		{"owners not needed", deniedHost{newSelectHost()}, "sport = :80", "local", ""},
		{"shown", deniedHost{newSelectHost()}, "", "process", "some"},
		{"found", deniedHost{newSelectHost()}, "process = nginx", "local", "some"},
		{"may be the one without owner", deniedHost{newSelectHost()}, "process = other", "local", "none"},
		{"may not be, by its port", deniedHost{newSelectHost()}, "process = other and sport = :80", "local", ""},
		{"may be, by its port", deniedHost{newSelectHost()}, "process = other and sport = :81", "local", "none"},
		{"one of two tests", deniedHost{newSelectHost()}, "process = other or sport = :9", "local", "none"},
		{"the opposite of a test", deniedHost{newSelectHost()}, "not process != other", "local", "none"},
		{"unknown is not equal", deniedHost{newSelectHost()}, "process != nginx and sport = :81", "local", "some"},
		{"TIME-WAIT has no owner", deniedHost{newSelectHost()}, "process = other and state time-wait", "local", ""},
		{"no socket at all", deniedHost{&selectHost{}}, "process = other", "process", ""},
		{"peer", deniedHost{newSelectHost()}, "peer_process = other", "local", ""},
		{"nothing is denied", newSelectHost(), "process = other", "local", ""},
		{"a user of Windows", windows, "owner_user = other", "local", "none"},
		{"another fact of Windows", windows, "process = other", "local", ""},
	} {
		req, columns := selectRequest(t, selectPlan(netstat.TCP4Table, netstat.TCP6Table), c.columns, c.filter)
		got := ""
		req.Denied = func(none bool) {
			if got != "" {
				t.Errorf("%s: Denied called twice", c.name)
			}
			if got = "some"; none {
				got = "none"
			}
		}
		text := selectText(t, Records(t.Context(), c.host, req), columns)
		if got != c.want || (got == "none") != (text == "") && got != "" {
			t.Errorf("%s: Denied: got %q, want %q, with\n%s", c.name, got, c.want, text)
		}
		// A Round with the same request reports the same at its end.
		plan := selectPlan(netstat.TCP4Table, netstat.TCP6Table)
		plan.Filter = req.Filter
		told := ""
		plan.Denied = func(none bool) {
			if told = "some"; none {
				told = "none"
			}
		}
		r, err := Begin(t.Context(), c.host, plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range r.Rows(0, 1) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if complete := r.End(); complete == (told == "none") || c.columns == "local" && told != c.want {
			t.Errorf("%s: round: complete %v, Denied: got %q, want %q", c.name, complete, told, c.want)
		}
	}
}
