package fact_test

import (
	"testing"

	"netstat"
	"netstat/fact"
)

// TestAcceptFull checks that the kernel accepts connections until the queue is longer
// than the limit (sk_acceptq_is_full of include/net/sock.h).
func TestAcceptFull(t *testing.T) {
	facts, err := fact.Find(fact.Sockets, "max_backlog,accept_full")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what        string
		socket      netstat.Socket
		limit, full string
	}{
		{"room for one", netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, RecvQ: 128, MaxBacklog: 128}, "128", "false"},
		{"full", netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, RecvQ: 129, MaxBacklog: 128}, "128", "true"},
		{"a limit of 0", netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, RecvQ: 1, Cookie: 9}, "0", "true"},
		{"no limit known", netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, RecvQ: 1}, "", ""},
		{"unix", netstat.Socket{Table: netstat.UnixTable, State: netstat.Listen, RecvQ: 2, MaxBacklog: 1}, "1", "true"},
		{"unix without queues", netstat.Socket{Table: netstat.UnixTable, State: netstat.Listen, Absent: netstat.FactQueues}, "", ""},
		{"Windows", netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, Absent: netstat.FactQueues}, "", ""},
		{"a connection", netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, RecvQ: 200, Cookie: 9}, "", ""},
	} {
		r := &fact.Record{Row: &fact.Row{Socket: test.socket}}
		limit, full := facts[0].Value(r), facts[1].Value(r)
		if got := string(limit.Append(nil)) + " " + string(full.Append(nil)); got != test.limit+" "+test.full {
			t.Errorf("%s: %q, want %q", test.what, got, test.limit+" "+test.full)
		}
	}
}
