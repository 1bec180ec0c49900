package render

import (
	"encoding/csv"
	"net/netip"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// TestCSVOneColumn: a record without a value is a line all the same, also where it
// is the first since what came before was written.
func TestCSVOneColumn(t *testing.T) {
	column := []fact.Fact{{Name: "inode", Kind: fact.ValueNumber, Value: func(r *fact.Record) fact.Value {
		if r.Row.Socket.Inode%3 == 0 {
			return fact.Value{}
		}
		return renderNumber(fact.ValueNumber, r.Row.Socket.Inode)
	}}}
	const n = 50000 // several times what is kept before it is written
	var out strings.Builder
	r, err := New(Format{Kind: CSV}, &out, Head{}, column, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Begin(renderTime); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(n) {
		rec := fact.Record{Row: &fact.Row{Socket: netstat.Socket{Inode: i}}}
		if err := r.Record(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != n+1 {
		t.Fatalf("%d lines of %d, %v", len(rows), n+1, err)
	}
	if rows[1][0] != "" || rows[2][0] != "1" || rows[n][0] != "49999" {
		t.Errorf("%v %v %v", rows[1], rows[2], rows[n])
	}
}

// TestTableEnds: a path of a unix socket is cut like other text, an address never.
func TestTableEnds(t *testing.T) {
	const path = "/run/a/path/that/is/longer"
	ends := []netstat.Addr{
		{Name: path}, {IP: netip.MustParseAddr("2001:db8::1:2"), Port: 443}, {IP: netip.MustParseAddr("10.0.0.1"), Port: 80}, {}, {Name: "@abc"},
	}
	column, err := fact.Find(fact.Sockets, "state,local")
	if err != nil {
		t.Fatal(err)
	}
	var records []fact.Record
	for _, end := range ends {
		records = append(records, fact.Record{Row: &fact.Row{Socket: netstat.Socket{State: netstat.Listen, Local: end}}})
	}
	for _, c := range []struct {
		width int
		path  string
	}{
		{0, path}, {34, path}, {33, "/run/a/path/that/is/long~"}, {28, "/run/a/path/that/is~"}, {1, "/run/a/path/that/i~"},
	} {
		// The widest address, "[2001:db8::1:2]:443", has 19.
		want := "STATE   LOCAL\nLISTEN  " + c.path + "\nLISTEN  [2001:db8::1:2]:443\nLISTEN  10.0.0.1:80\nLISTEN  -\nLISTEN  @abc\n"
		got := renderAll(t, Format{Kind: Table}, fact.Sockets, Options{Width: c.width}, column, renderOf(records...))
		if got != want {
			t.Errorf("width %d: got\n%swant\n%s", c.width, got, want)
		}
	}
}

// TestGroupTypes: the type of a field does not depend on whether a name is known.
func TestGroupTypes(t *testing.T) {
	g, err := view.ParseGrouping(fact.Sockets, "user,uid", fact.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	var records []fact.Record
	for _, user := range []fact.Value{renderText("root"), renderNumber(fact.ValueNumber, 1000), {}} {
		records = append(records, fact.Record{Group: &fact.Group{Keys: []fact.Value{user, renderNumber(fact.ValueNumber, 7)}, Count: 1}})
	}
	o := Options{Grouping: &Grouping{Keys: g.Keys}}
	text := renderAll(t, Format{Kind: JSON}, fact.Sockets, o, nil, renderOf(records...))
	renderValidate(t, renderSchema(t, ""), text)
	want := `[
{"user":"root","uid":7,"count":1},
{"user":"1000","uid":7,"count":1},
{"uid":7,"count":1}]}
`
	if !strings.HasSuffix(text, want) {
		t.Errorf("got %s", text)
	}
}
