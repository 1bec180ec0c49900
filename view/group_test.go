package view

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
)

func TestGroupedAgainstMaps(t *testing.T) {
	r := newSortRandom(7)
	for _, names := range []string{"state", "process,remote", "local_address", "uid,state,local", "pid"} {
		rows := sortRows(r, 3000)
		g, err := ParseGrouping(fact.Sockets, names, fact.Needs{})
		if err != nil {
			t.Fatal(err)
		}
		type sums struct {
			count, recvq, sendq uint64
			text                string
		}
		want := map[string]*sums{}
		for i := range rows {
			rec := &fact.Record{Row: &rows[i]}
			text := ""
			for k := range g.Keys {
				text += string(g.Keys[k].Value(rec).AppendPretty(nil)) + "|"
			}
			if want[text] == nil {
				want[text] = &sums{text: text}
			}
			w := want[text]
			w.count++
			w.recvq += rows[i].Socket.RecvQ
			w.sendq += rows[i].Socket.SendQ
		}
		columns := g.Columns()
		if n := len(g.Keys); columns[n].Name != "count" || columns[n+1].Name != "recvq" || len(columns) != n+3 {
			t.Fatalf("%s: columns %v", names, columns)
		}
		last := uint64(1 << 62)
		n := 0
		for rec, err := range grouped(sortRecords(rows), g, 0) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			text := ""
			for k := range g.Keys {
				text += string(columns[k].Value(rec).AppendPretty(nil)) + "|"
			}
			k := len(g.Keys)
			got := sums{columns[k].Value(rec).Number, columns[k+1].Value(rec).Number, columns[k+2].Value(rec).Number, text}
			if w := want[text]; w == nil || got != *w {
				t.Fatalf("%s: %+v, want %+v", names, got, w)
			}
			if got.count > last {
				t.Errorf("%s: %d groups out of order", names, n)
			}
			last = got.count
		}
		if n != len(want) {
			t.Errorf("%s: %d groups, want %d", names, n, len(want))
		}
	}
}

func TestGroupingOrderAndLimit(t *testing.T) {
	rows := sortRows(newSortRandom(8), 2000)
	counts := map[netstat.State]int{}
	for i := range rows {
		counts[rows[i].Socket.State]++
	}
	states := make([]netstat.State, 0, len(counts))
	for s := range counts {
		states = append(states, s)
	}
	for keys, compare := range map[string]func(a, b netstat.State) int{
		"": func(a, b netstat.State) int {
			return cmp.Or(counts[b]-counts[a], strings.Compare(a.String(), b.String()))
		},
		"count,-state": func(a, b netstat.State) int {
			return cmp.Or(counts[a]-counts[b], strings.Compare(b.String(), a.String()))
		},
		"state": func(a, b netstat.State) int { return strings.Compare(a.String(), b.String()) },
	} {
		g, err := ParseGrouping(fact.Sockets, "state", fact.Needs{})
		if err != nil {
			t.Fatal(err)
		}
		if keys != "" {
			if g.Sort, err = g.ParseSort(fact.Sockets, keys); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortFunc(states, compare)
		var got []string
		for rec := range grouped(sortRecords(rows), g, 4) {
			got = append(got, rec.Group.Keys[0].Text)
		}
		var want []string
		for _, s := range states[:4] {
			want = append(want, s.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", keys, got, want)
		}
	}
	g, err := ParseGrouping(fact.Sockets, "state", fact.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	var e *fact.NameError
	if _, err := g.ParseSort(fact.Sockets, "remote"); !errors.As(err, &e) {
		t.Errorf("sorted by a column that groups do not have: %v", err)
	}
}

func TestGroupingTotals(t *testing.T) {
	names := func(list []fact.Fact) string {
		var b strings.Builder
		for i := range list {
			b.WriteString(list[i].Name + " ")
		}
		return b.String()
	}
	g, err := ParseGrouping(fact.Sockets, "state", fact.Needs{Socket: netstat.FactTCPInfo})
	if err != nil || names(g.Totals) != "recvq sendq bytes_sent bytes_acked bytes_received total_retrans " {
		t.Errorf("%s, %v", names(g.Totals), err)
	}
	if f := g.Facts(); f.Socket != netstat.FactTCPInfo|netstat.FactQueues {
		t.Errorf("facts %+v", f)
	}
	columns, err := g.Choose(fact.Sockets, "count,segs_in,state")
	if err != nil || names(columns) != "count segs_in state " || names(g.Totals) != "segs_in " {
		t.Errorf("%s, %s, %v", names(columns), names(g.Totals), err)
	}
	// A total is absent if no row has the value.
	row := fact.Row{}
	rec := fact.Record{Row: &row}
	p := NewGrouper(g)
	p.Add(&rec)
	for r := range p.Records(0) {
		if v := columns[1].Value(r); v.Kind != fact.ValueAbsent {
			t.Errorf("a total without values: %+v", v)
		}
	}
	for _, bad := range []string{"remote", "rtt", "", "cont"} {
		if _, err := g.Choose(fact.Sockets, bad); err == nil {
			t.Errorf("column %q of groups", bad)
		}
	}
	for _, v := range columnsViews {
		if _, err := ParseGrouping(v, "change", fact.Needs{Socket: ^netstat.Facts(0)}); err != nil {
			t.Error(err)
		}
	}
}

// TestGrouperDoesNotAllocate checks that a row of an existing group costs no
// allocation.
func TestGrouperDoesNotAllocate(t *testing.T) {
	g, err := ParseGrouping(fact.Sockets, "state,local", fact.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	p := NewGrouper(g)
	row := fact.Row{Socket: netstat.Socket{Table: netstat.TCP4Table, Local: netstat.Addr{IP: netip.IPv4Unspecified(), Port: 1}}}
	rec := fact.Record{Row: &row}
	add := func() {
		for s := range netstat.State(8) {
			row.Socket.State = s
			p.Add(&rec)
		}
	}
	add()
	if n := testing.AllocsPerRun(100, add); n > 0 {
		t.Errorf("%v allocations for 8 rows", n)
	}
}

func BenchmarkGrouper(b *testing.B) {
	for _, names := range []string{"state", "remote"} {
		b.Run(fmt.Sprint("by=", names), func(b *testing.B) {
			g, err := ParseGrouping(fact.Sockets, names, fact.Needs{})
			if err != nil {
				b.Fatal(err)
			}
			p := NewGrouper(g)
			row := fact.Row{Socket: netstat.Socket{Table: netstat.TCP4Table}}
			rec := fact.Record{Row: &row}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				row.Socket.State = netstat.State(1 + i%3)
				row.Socket.Remote = netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 80}
				p.Add(&rec)
			}
		})
	}
}
