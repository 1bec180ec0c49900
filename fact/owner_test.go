package fact

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
)

// TestOwnerOf checks the values derived from the facts about a process.
func TestOwnerOf(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 31, 0, 0, time.UTC)
	docker := netstat.Container{Runtime: "docker", ID: strings.Repeat("0123456789abcdef", 4)}
	for _, c := range []struct {
		process netstat.Process
		at      time.Time
		service string
		age     time.Duration
	}{
		{netstat.Process{}, at, "", 0},
		{netstat.Process{Unit: "nginx.service"}, at, "nginx", 0},
		{netstat.Process{Unit: "session-3.scope"}, at, "session-3.scope", 0},
		{netstat.Process{Unit: "user@1000.service", UserUnit: "app.service"}, at, "app", 0},
		{netstat.Process{Unit: "docker-x.scope", Container: docker}, at, "docker/0123456789ab", 0},
		{netstat.Process{Container: netstat.Container{Runtime: "lxc", ID: "web"}}, at, "lxc/web", 0},
		{netstat.Process{Container: netstat.Container{ID: "web"}}, at, "web", 0},
		{netstat.Process{Started: at.Add(-90 * time.Minute)}, at, "", 90 * time.Minute},
		{netstat.Process{Started: at.Add(-1600 * time.Millisecond)}, at, "", 2 * time.Second},
		{netstat.Process{Started: at.Add(-time.Millisecond)}, at, "", time.Second},
		{netstat.Process{Started: at.Add(time.Hour)}, at, "", time.Second},
		{netstat.Process{Started: at}, time.Time{}, "", 0},
	} {
		o := OwnerOf(c.process, c.at)
		if o.Service != c.service || o.Age != c.age {
			t.Errorf("%+v: service %q, age %v, want %q and %v", c.process, o.Service, o.Age, c.service, c.age)
		}
	}
}

// TestOwnersOfARow checks the columns that summarize several owners.
func TestOwnersOfARow(t *testing.T) {
	facts := Of(Sockets)
	text := func(name string, owners ...Owner) (values string) {
		f := Named(facts, name)
		r := &Record{Row: &Row{Owners: owners}}
		for _, v := range f.Values(r) {
			values += string(v.Append(nil)) + ";"
		}
		return values
	}
	web := Owner{Process: netstat.Process{PID: 60, Argv0: "nginx"}, Service: "nginx"}
	worker := Owner{Process: netstat.Process{PID: 64, Argv0: "nginx"}, Service: "nginx"}
	host := Owner{Process: netstat.Process{PID: 4, Argv0: "svchost.exe", Services: []string{"Dnscache", "RpcSs"}}}
	for _, c := range []struct{ got, want string }{
		{text("owner"), ""},
		{text("owner", web), "60/nginx;"},
		{text("owner", web, worker), "60/nginx+1;"},
		{text("owner", web, worker, worker), "60/nginx+2;"},
		{text("service"), ""},
		{text("service", web), "nginx;"},
		{text("service", host), "Dnscache;RpcSs;"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// TestOwnerUnknown checks that a table shows why the owner is unknown and that other
// formats leave it absent.
func TestOwnerUnknown(t *testing.T) {
	owner := Named(Of(Sockets), "owner")
	for u, want := range map[netstat.OwnerUnknown]string{
		netstat.OwnerKnown: "-", netstat.OwnerTimeWait: "-", netstat.OwnerRequest: "-", netstat.OwnerReasonUnknown: "-",
		netstat.OwnerPending: "(pending)", netstat.OwnerClosed: "(closed)", netstat.OwnerUnheld: "(unheld)",
		netstat.OwnerDenied: "(permission)", netstat.OwnerConfined: "(namespace)", netstat.OwnerKernel: "(kernel)",
	} {
		r := &Record{Row: &Row{Owners: []Owner{}, Unknown: u}}
		v := owner.Value(r)
		if got := string(v.AppendPretty(nil)); got != want || v.Kind != ValueAbsent || len(v.Append(nil)) != 0 || len(owner.Values(r)) != 0 {
			t.Errorf("%v: %q, want %q", u, got, want)
		}
	}
}

// TestListening checks for each table which sockets count as listening.
func TestListening(t *testing.T) {
	listening := Named(Of(Sockets), "listening")
	peer := netstat.Addr{IP: netip.MustParseAddr("192.0.2.1"), Port: 53}
	for _, c := range []struct {
		socket netstat.Socket
		want   bool
	}{
		{netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen}, true},
		{netstat.Socket{Table: netstat.TCP6Table, State: netstat.Established, Remote: peer}, false},
		{netstat.Socket{Table: netstat.TCP4Table, State: netstat.Bound}, false},
		{netstat.Socket{Table: netstat.UDP4Table, State: netstat.Closed}, true},
		{netstat.Socket{Table: netstat.UDP4Table, State: netstat.Established, Remote: peer}, false},
		{netstat.Socket{Table: netstat.UnixTable, State: netstat.Listen}, true},
		{netstat.Socket{Table: netstat.UnixTable, State: netstat.Connected}, false},
		{netstat.Socket{Table: netstat.SCTP4Table, State: netstat.Listen, Detail: &netstat.SCTPDetail{}}, true},
		{netstat.Socket{Table: netstat.SCTP4Table, State: netstat.Listen, Detail: &netstat.SCTPDetail{Association: true}}, false},
		{netstat.Socket{Table: netstat.NetlinkTable, State: netstat.Closed}, false},
	} {
		if v := listening.Value(&Record{Row: &Row{Socket: c.socket}}); (v.Number != 0) != c.want {
			t.Errorf("%v in state %v: listening %v", c.socket.Table, c.socket.State, !c.want)
		}
	}
}
