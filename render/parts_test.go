package render

import (
	"bytes"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

// TestInTwo checks that each part has its own head and columns, and that a part without
// records is omitted.
func TestInTwo(t *testing.T) {
	find := func(names string) []fact.Fact {
		list, err := fact.Find(fact.Sockets, names)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for _, c := range []struct {
		states []netstat.State
		want   string
	}{
		{nil, "STATE\n"},
		{[]netstat.State{netstat.Listen}, "PROTO\ntcp\n"},
		{[]netstat.State{netstat.Established}, "STATE\nESTABLISHED\n"},
		{[]netstat.State{netstat.Listen, netstat.Listen, netstat.SynSent}, "PROTO\ntcp\ntcp\n\nSTATE\nSYN-SENT\n"},
		// After the first of the others, all records belong to them.
		{[]netstat.State{netstat.SynSent, netstat.Listen}, "STATE\nSYN-SENT\nLISTEN\n"},
	} {
		var out bytes.Buffer
		table := func(names string) Renderer {
			f, err := ParseFormat("table")
			if err != nil {
				t.Fatal(err)
			}
			r, err := New(f, &out, Head{View: fact.Sockets}, find(names), Options{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		listens := func(rec *fact.Record) bool { return rec.Row.Socket.State == netstat.Listen }
		r := InTwo(&out, listens, table("proto"), table("state"))
		for range 2 { // a report may be repeated
			out.Reset()
			if err := r.Begin(time.Time{}); err != nil {
				t.Fatal(err)
			}
			for _, state := range c.states {
				rec := fact.Record{Row: &fact.Row{Socket: netstat.Socket{Table: netstat.TCP4Table, State: state}}}
				if err := r.Record(&rec); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.End(); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("%v:\n%s", c.states, &out)
			}
		}
	}
}
