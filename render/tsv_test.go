package render

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
)

// TestTSV checks the cells of each kind of value.
func TestTSV(t *testing.T) {
	columns, err := fact.Find(fact.Sockets, "local,pid,process,user")
	if err != nil {
		t.Fatal(err)
	}
	row := renderRow()
	row.UserName = "=a\tb\\c\r\nd\x1b[31m\u202e\xff e"
	row.Owners = []fact.Owner{{Process: netstat.Process{PID: 4, Argv0: "/bin/a;b"}}, {Process: netstat.Process{PID: 5, Argv0: "c\n"}}}
	got := renderAll(t, renderFormat("tsv"), fact.Sockets, Options{}, columns, renderOf(
		fact.Record{Row: row}, fact.Record{Row: &fact.Row{Socket: netstat.Socket{Table: netstat.UnixTable, Local: netstat.Addr{Name: "@a\\\tb"}}}},
	))
	want := "local\tpid\tprocess\tuser\n" +
		"127.0.0.1:22\t4;5\ta;b;c\\n\t=a\\tb\\\\c\\r\\nd.[31m.. e\n" +
		"@a\\\\\\tb\t\t\t\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestTSVAsCSV checks that every cell of every view of every host equals that
// of CSV, except for quoting.
func TestTSVAsCSV(t *testing.T) {
	for host, src := range renderHosts(t) {
		for _, v := range renderViews {
			text := renderAll(t, renderFormat("csv"), v, Options{}, fact.Of(v), renderRecords(src, v, 0))
			want, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			text = renderAll(t, renderFormat("tsv"), v, Options{}, fact.Of(v), renderRecords(src, v, 0))
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) != len(want) {
				t.Fatalf("%s %v: %d lines, CSV has %d", host, v, len(lines), len(want))
			}
			for i, line := range lines {
				cells := strings.Split(line, "\t")
				for k := range cells {
					cells[k] = string(ascii.AppendSafe(nil, tsvUnescape.Replace(cells[k])))
					want[i][k] = strings.TrimPrefix(want[i][k], "'")
				}
				if !slices.Equal(cells, want[i]) {
					t.Errorf("%s %v: %q, CSV has %q", host, v, cells, want[i])
				}
			}
		}
	}
}

// TestTSVRepeated checks that the column names are written once.
func TestTSVRepeated(t *testing.T) {
	var out strings.Builder
	r, err := New(renderFormat("tsv"), &out, renderHead(fact.Sockets), renderNameColumns(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		_ = r.Begin(renderTime)
		rec := renderNamed(name)[0]
		if err := r.Record(&rec); err != nil {
			t.Fatal(err)
		}
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "name\t") || !strings.HasPrefix(lines[1], "a\t") || !strings.HasPrefix(lines[2], "b\t") {
		t.Errorf("%q", lines)
	}
}

// tsvUnescape reads a cell as docs/formats.md describes.
var tsvUnescape = strings.NewReplacer(`\\`, "\\", `\t`, "\t", `\n`, "\n", `\r`, "\r")

// FuzzTSV checks that any text is one cell of one line, safe for a terminal,
// and reads back unchanged except for characters that are unsafe for a
// terminal.
func FuzzTSV(f *testing.F) {
	for _, s := range []string{"", "a", "\t\n\r\\", `\t`, "\x1b[31m", "\xff\\\xfe", "名\\字", "\u202e", "\xe5\n\x90\x8d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cell := string(appendTSV(nil, s))
		if strings.ContainsAny(cell, "\t\n\r") || string(ascii.AppendSafe(nil, cell)) != cell {
			t.Errorf("%q is %q", s, cell)
		}
		if got := tsvUnescape.Replace(cell); string(ascii.AppendSafe(nil, got)) != string(ascii.AppendSafe(nil, s)) {
			t.Errorf("%q is %q, read back %q", s, cell, got)
		}
	})
}
