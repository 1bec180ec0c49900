package render

import (
	"encoding/csv"
	"strings"
	"testing"

	"netstat"
	"netstat/view"
)

// TestCSVOneColumn: a record without a value is a line all the same, also where it
// is the first since what came before was written.
func TestCSVOneColumn(t *testing.T) {
	column := []view.Column{{Name: "inode", Kind: view.ValueNumber, Value: func(r *view.Record) view.Value {
		if r.Row.Socket.Inode%3 == 0 {
			return view.Value{}
		}
		return renderNumber(view.ValueNumber, r.Row.Socket.Inode)
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
		rec := view.Record{Row: &view.Row{Socket: netstat.Socket{Inode: i}}}
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
