package filter

import (
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

func TestOwnerFields(t *testing.T) {
	at := time.Date(2026, 1, 31, 13, 45, 10, 900_000_000, time.UTC)
	web := testRecord(testSocket(netstat.TCP4Table, netstat.Listen, "0.0.0.0:80", "0.0.0.0:0"), fact.Row{Owners: []fact.Owner{
		{Command: "nginx -g daemon off;", Process: netstat.Process{
			PID: 7, Args: []string{"nginx", "-g", "daemon off;"}, Comm: "nginx", Parent: 1, Started: at, User: "0",
			Executable: "/usr/sbin/nginx", ExecutableDeleted: true, Slice: "system.slice", UserUnit: "",
			Container: netstat.Container{Runtime: "docker", ID: "0123", Pod: "abc"},
		}},
		{Process: netstat.Process{PID: 9, UserUnit: "x.service", User: "1000", Started: at.Add(time.Hour)}},
	}})
	left := testRecord(testSocket(netstat.TCP4Table, netstat.TimeWait, "127.0.0.1:40000", "127.0.0.1:80"), fact.Row{Unknown: netstat.OwnerTimeWait})
	bare := testRecord(testSocket(netstat.TCP4Table, netstat.Listen, "0.0.0.0:81", "0.0.0.0:0"), fact.Row{Owners: []fact.Owner{{Via: netstat.ViaRing, Process: netstat.Process{PID: 3}}}})
	for _, test := range []struct {
		text string
		want string // of web, left, bare
	}{
		{"command = *daemon*", "web"}, {"command != *daemon*", "left bare"}, {"comm = nginx", "web"},
		{"parent = 1", "web"}, {"parent < 5", "web"}, {"parent != 1", "left bare"},
		{"exe_deleted", "web"}, {"not exe_deleted", "left bare"}, {"exe_deleted = no", ""},
		{"slice = system.*", "web"}, {"user_unit = x.service", "web"}, {"runtime = docker", "web"}, {"pod = a*", "web"},
		{"owner_user = root", "web"}, {"owner_user = 1000", "web"}, {"owner_user = alice", "web"}, {"owner_user = 5", ""},
		{"owner_unknown = time-wait", "left"}, {"owner_unknown = ''", "web bare"}, {"owner_unknown != ''", "left"},
		{"owner_via = io_uring", "bare"}, {"owner_via = ''", "web left"}, {"owner_via != io_uring", "web left"},
		{"owner_unknown = *", "web left bare"}, {"owner_unknown = kernel", ""},
		{"started = 2026-01-31T13:45:10.9Z", "web"}, {"started = 2026-01-31T13:45:10Z", "web"},
		{"started = 2026-01-31T13:45:11Z", ""}, {"started = 2026-01-31T14:45:10+01:00", "web"},
		{"started < 2026-01-31T13:45:10Z", ""}, {"started <= 2026-01-31T13:45:10Z", "web"},
		{"started > 2026-01-31T13:45:10Z", "web"}, {"started > 2026-01-31T14:45:10Z", ""},
		{"started >= 2026-01-31T14:45:10Z", "web"}, {"started != 2026-01-31T13:45:10Z", "left bare"},
		{"started > 2026-01-29", "web"}, {"started < \"2026-02-02 00:00\"", "web"}, {"started < 2026-01-29T00:00", ""},
	} {
		e := mustParse(t, test.text)
		var got []string
		for i, row := range []*fact.Record{web, left, bare} {
			if e.Match(row) {
				got = append(got, []string{"web", "left", "bare"}[i])
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", test.text, got, test.want)
		}
		if again := mustParse(t, e.String()); again.String() != e.String() {
			t.Errorf("%s: %q is read as %q", test.text, e, again)
		}
		if f := e.Needs(); !f.Owners || f.Socket&netstat.FactInode == 0 || f.Reasons != strings.HasPrefix(test.text, "owner_unknown") {
			t.Errorf("%s: facts %+v", test.text, f)
		}
	}
	windows := testRecord(&web.Row.Socket, fact.Row{Owners: []fact.Owner{{Process: netstat.Process{PID: 4, User: `NT AUTHORITY\SYSTEM`}}}})
	e, err := Parse("owner_user = system", Env{})
	if err != nil || !e.Match(windows) || e.Match(bare) {
		t.Errorf("a user by name: %v", err)
	}
	for text, want := range map[string]string{
		"owner_via = fd": "(known: io_uring)", "owner_unknown = kernle": "(known: time-wait, request",
		"signature = good": "(known: valid, unsigned", "owner_unknown < kernel": "cannot be ordered",
		"started = yesterday": "not a time", "started > 10m": "not a time", "owner_user = nobody-there": "no such user",
		"owner_user = ''": "missing", "parent = x": "number", "exe_deleted = perhaps": "yes or no",
	} {
		if _, err := Parse(text, testEnv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
