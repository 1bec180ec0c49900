package render

import (
	"encoding/csv"
	"net/netip"
	"os"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// TestParseFormat checks that each name parses to its own format and that the
// help lists it.
func TestParseFormat(t *testing.T) {
	page, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for i := range formats {
		value := formats[i].name
		if formats[i].argument != "" {
			value += "=a=b"
		}
		f, err := ParseFormat(value)
		if err != nil || f.index != uint8(i) || f.String() != formats[i].name || f.Columns() != formats[i].columns {
			t.Errorf("%s: %v, %v", value, f, err)
		}
		if formats[i].argument != "" && f.argument != "a=b" {
			t.Errorf("%s: the argument is %q", value, f.argument)
		}
		if !strings.Contains(string(page), "\n| `"+formats[i].name) {
			t.Errorf("docs/formats.md lacks %s", formats[i].name)
		}
	}
	if f, err := ParseFormat("JSON"); err != nil || f.String() != "json" {
		t.Errorf("JSON is %v, %v", f, err)
	}
	if f, err := ParseFormat("text"); err != nil || f != (Format{}) {
		t.Errorf("text is %v, %v", f, err)
	}
	for chinese, want := range map[bool]string{false: "text, json, *prometheus or template=TEXT", true: "text、json、*prometheus 或 template=模板"} {
		words := strings.Join(FormatWords(chinese), "")
		head, tail, _ := strings.Cut(want, "*")
		if !strings.HasPrefix(words, head) || !strings.HasSuffix(words, tail) {
			t.Errorf("got %q, want %q", words, want)
		}
	}
	const known = " (known: text, json, ndjson, csv, tsv, table, openmetrics, prometheus, template=TEXT)"
	for value, want := range map[string]string{
		"": "unknown format ''" + known, "xml": "unknown format 'xml'" + known, "xml=x": "unknown format 'xml'" + known,
		"jsno": "unknown format 'jsno': did you mean json?" + known, "TSF": "unknown format 'TSF': did you mean tsv?" + known,
		"template": "a template follows template=", "template=": "a template follows template=",
		"json=x": "json takes no argument", "text=": "text takes no argument",
	} {
		if f, err := ParseFormat(value); err == nil || err.Error() != want || f != (Format{}) {
			t.Errorf("%q: %v, %v", value, f, err)
		}
	}
}

// TestTextIsTable checks that records in the classic format are a table.
func TestTextIsTable(t *testing.T) {
	for _, src := range renderHosts(t) {
		for _, v := range renderViews {
			text := renderAll(t, Format{}, v, Options{}, renderColumns(v), renderRecords(src, v, 0))
			if table := renderAll(t, renderFormat("table"), v, Options{}, renderColumns(v), renderRecords(src, v, 0)); text != table {
				t.Errorf("%v: got\n%swant\n%s", v, text, table)
			}
		}
	}
}

// TestCSVOneColumn checks that a record without a value is a line, even as the
// first after a write.
func TestCSVOneColumn(t *testing.T) {
	column := []fact.Fact{{Name: "inode", Kind: fact.ValueNumber, Value: func(r *fact.Record) fact.Value {
		if r.Row.Socket.Inode%3 == 0 {
			return fact.Value{}
		}
		return renderNumber(fact.ValueNumber, r.Row.Socket.Inode)
	}}}
	const n = 50000 // several times flushSize
	var out strings.Builder
	r, err := New(renderFormat("csv"), &out, Head{}, column, Options{})
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

// TestTableEnds checks that the path of a unix socket is cut like other text,
// and an address never.
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
		{0, path}, {34, path}, {33, "/run/a/path/that/is/long…"}, {28, "/run/a/path/that/is…"}, {27, "/run/a/path/that/i…"}, {26, "/run/a/path/that/…"}, {1, path},
	} {
		// The widest address, "[2001:db8::1:2]:443", has 19.
		want := "STATE   LOCAL\nLISTEN  " + c.path + "\nLISTEN  [2001:db8::1:2]:443\nLISTEN  10.0.0.1:80\nLISTEN\nLISTEN  @abc\n"
		got := renderAll(t, renderFormat("table"), fact.Sockets, Options{Width: c.width}, column, renderOf(records...))
		if got != want {
			t.Errorf("width %d: got\n%swant\n%s", c.width, got, want)
		}
	}
}

// TestGroupTypes checks that the type of a field does not depend on whether a
// name is known.
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
	text := renderAll(t, renderFormat("json"), fact.Sockets, o, nil, renderOf(records...))
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
