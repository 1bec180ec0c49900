package fleet

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFormats loads the same rows as TSV, CSV and NDJSON, and logs what that costs the
// server.
func TestFormats(t *testing.T) {
	p := start(t)
	dir := t.TempDir()
	rows := *hosts * perHost
	files := generate(t, dir, *hosts, day+"T12:00:30Z")
	columns := strings.Split(p.psql("-c", "SELECT attname FROM pg_attribute WHERE attrelid = 'fleet.socket'::regclass AND attnum > 0 ORDER BY attnum"), "\n")
	tsv, csvFile, ndjson := filepath.Join(dir, "all.tsv"), filepath.Join(dir, "all.csv"), filepath.Join(dir, "all.ndjson")
	convert(t, files, columns, tsv, csvFile, ndjson)

	var want string
	for _, format := range []struct{ name, file, copy, insert string }{
		{"TSV", tsv, `\copy rows FROM %s (FORMAT text, NULL '')`, ""},
		{"CSV", csvFile, `\copy rows FROM %s (FORMAT csv)`, ""},
		// A line has no quote and no separator that is a control character.
		{"NDJSON", ndjson, `\copy lines FROM %s (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')`,
			"INSERT INTO rows SELECT r.* FROM lines, jsonb_populate_record(NULL::rows, line) AS r"},
	} {
		args := []string{"-c", "DROP TABLE IF EXISTS rows, lines; CREATE TABLE rows (LIKE fleet.socket); CREATE UNLOGGED TABLE lines (line jsonb)",
			"-c", strings.Replace(format.copy, "%s", format.file, 1)}
		if format.insert != "" {
			args = append(args, "-c", format.insert)
		}
		p.measure(format.name, func() { p.psql(args...) })
		got := p.psql("-c", "SELECT count(*), sum(hashtextextended(rows::text, 0)) FROM rows")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s: rows and their sum %s, not %s", format.name, got, want)
		}
	}
	t.Logf("%d rows each", rows)
}

// convert writes the rows of files of TSV to a file in each format.
func convert(t *testing.T, files, columns []string, tsvName, csvName, ndjsonName string) {
	t.Helper()
	var out [3]*bufio.Writer
	for i, name := range []string{tsvName, csvName, ndjsonName} {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}()
		out[i] = bufio.NewWriter(f)
	}
	asCSV, asJSON := csv.NewWriter(out[1]), json.NewEncoder(out[2])
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = out[0].Write(b) // Flush returns the error, also below
		for line := range strings.Lines(string(b)) {
			cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			_ = asCSV.Write(cells)
			object := map[string]string{}
			for i, cell := range cells {
				if cell != "" {
					object[columns[i]] = cell
				}
			}
			if err := asJSON.Encode(object); err != nil {
				t.Fatal(err)
			}
		}
	}
	asCSV.Flush()
	for _, w := range out {
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
}
