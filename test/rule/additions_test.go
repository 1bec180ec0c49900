package rule

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// additionRows are the rows that TestAdditions inserts into the tables, each before the
// row that starts with before.
var additionRows = []struct{ file, before, row string }{
	// A family: its number, name and table in the model, its reader, and the form of
	// its detail.
	{"family.go", "Key ", "MadeUp"},
	{"family.go", `CAN: "can",`, `MadeUp: "made-up",`},
	{"tables.go", "KeyTable ", "MadeUpTable = Table{MadeUp, ProtocolNone}"},
	{"tables.go", "\tIPXTable,", "\tMadeUpTable,"},
	{"internal/linux/tables.go", "{&netstat.KeyTable,", "{&netstat.MadeUpTable, tableReader{read: (*source).madeUp}},"},
	{"schema/detail.go", "\tformOf(\"pfkey\"", "\tformOf(\"made-up\", madeUpFields, netstat.MadeUpTable),"},

	{"render/formats.go", `{name: "template"`, `{name: "made-up", columns: true, new: newMadeUp},`},
	{
		"options/options.go", `{"memory"`,
		`{"made-up-option", "WORD", false, LookInside, "an addition", "新增的选项", "", func(o *Options, v string) error { return text(&o.Columns, v) }},`,
	},
}

// additionFiles are the files of the made-up family: its detail, the reader of
// /proc/net/madeup, and its JSON fields.
var additionFiles = map[string]string{
	"madeup.go": `package netstat

// MadeUpDetail is what a made-up socket has.
type MadeUpDetail struct{ Wishes uint32 }

func (*MadeUpDetail) detail() {}
`,
	"internal/linux/madeup.go": `package linux

import (
	"context"

	"netstat"
)

func (s *source) madeUp(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	s.rareSockets(ctx, r.table, n, yield, true, parseMadeUp, s.net("madeup"))
}

func parseMadeUp(line []byte, s *netstat.Socket) bool {
	*s = netstat.Socket{Table: s.Table, State: netstat.Closed, Local: netstat.Addr{Name: "here"}}
	f := scanner{b: line}
	wishes, ok := f.uint32()
	s.Detail = &netstat.MadeUpDetail{Wishes: wishes}
	return ok
}
`,
	"schema/madeup.go": `package schema

import "netstat"

func madeUpFields(f *fields, d *netstat.MadeUpDetail) { number(f, "wishes", &d.Wishes, true) }
`,
	// A program that records a host with such sockets and replays the snapshot.
	"cmd/madeup/main.go": `package main

import (
	"bytes"
	"context"
	"log"
	"os"

	"netstat"
	"netstat/collect"
	"netstat/report"
	"netstat/snapshot"
)

func main() {
	src, err := collect.Open(collect.Options{ProcRoot: os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	var b bytes.Buffer
	if err := snapshot.Write(context.Background(), &b, src, snapshot.Meta{Name: "h", System: "linux"}, nil, func(snapshot.Trouble) {}); err != nil {
		log.Fatal(err)
	}
	recorded, err := snapshot.Open(&b)
	if err != nil {
		log.Fatal(err)
	}
	for _, src := range []netstat.Source{src, recorded} {
		r := report.Request{Tables: []netstat.Table{netstat.MadeUpTable}, Format: "ndjson", Filter: "family = made-up and local_name = here"}
		if err := report.Write(context.Background(), os.Stdout, src, r); err != nil {
			log.Fatal(err)
		}
	}
}
`,
}

// additionFile is the file of the made-up format: CSV between two lines.
const additionFile = `package render

import "time"

type madeUp struct{ *csvReport }

func newMadeUp(r *report, f Format) (Renderer, error) { return madeUp{&csvReport{report: r}}, nil }

func (m madeUp) Begin(at time.Time) error {
	m.b = append(m.b, "begin\n"...)
	return m.csvReport.Begin(at)
}

func (m madeUp) End() error {
	m.b = append(m.b, "end\n"...)
	return m.csvReport.End()
}
`

// TestAdditions checks that a format is one file and one row, an option is one row, and
// a family is one file and its table rows in each of the model, the back end and the
// schema. A program with one more of each accepts, lists and applies them in both
// dialects and both languages.
func TestAdditions(t *testing.T) {
	root, dir := moduleRoot(t), t.TempDir()
	replace := map[string]string{}
	overlay := func(file, text string) {
		t.Helper()
		name := filepath.Join(dir, strings.ReplaceAll(file, "/", "-"))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = name
	}
	for _, a := range additionRows {
		name := filepath.Join(root, filepath.FromSlash(a.file))
		if before, ok := replace[name]; ok {
			name = before
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), "\n\t"+a.before) != 1 {
			t.Fatalf("%s: no single row starts with %s", a.file, a.before)
		}
		overlay(a.file, strings.Replace(string(text), "\n\t"+a.before, "\n\t"+a.row+"\n\t"+a.before, 1))
	}
	overlay("render/madeup.go", additionFile)
	for file, text := range additionFiles {
		overlay(file, text)
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "netstat")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if err := os.WriteFile(overlayFile, list, 0o600); err != nil {
		t.Fatal(err)
	}
	goCommand(t, root, nil, "build", "-overlay", overlayFile, "-o", program, "./cmd/netstat")
	if runtime.GOOS == "linux" {
		additionFamily(t, root, dir, overlayFile)
	}

	host := filepath.Join(root, "cmd", "netstat", "testdata", "hosts", "linux-server.json")
	const (
		english = "made-up or template=TEXT"
		chinese = "made-up 或 template=模板"
		rows    = "begin local_port 53 22 end"
	)
	for _, c := range []struct {
		args, language string
		status         int
		want           []string // parts of the output, with single spaces
	}{
		{"--dialect=linux --help", "", 0, []string{english, "--made-up-option=WORD an addition"}},
		{"--dialect=linux --help", "zh", 0, []string{chinese, "--made-up-option=WORD 新增的选项"}},
		{"--dialect=windows --help", "", 0, []string{english, "--made-up-option=WORD an addition"}},
		{"--dialect=windows --help", "zh", 0, []string{chinese, "--made-up-option=WORD 新增的选项"}},
		{"--dialect=linux --format=xml", "", 3, []string{"prometheus, made-up, template=TEXT"}},
		{"--dialect=windows --format=xml", "", 1, []string{"prometheus, made-up, template=TEXT"}},
		{"--dialect=linux --format=made-up=x", "", 3, []string{"made-up takes no argument"}},
		{"--dialect=linux --made-up-option", "", 3, []string{"option --made-up-option needs a value: --made-up-option=WORD"}},
		{"--dialect=windows --made-up-option", "", 1, []string{"option --made-up-option needs a value: --made-up-option=WORD"}},
		{"--dialect=linux -tln --limit 2 --format=made-up --columns local_port", "", 0, []string{rows}},
		{"--dialect=linux -tln --limit 2 --format made-up --made-up-opt local_port", "", 0, []string{rows}},
		{"--dialect=windows -an --limit 2 --format=made-up --made-up-option=local_port", "", 0, []string{rows}},
		{"--dialect=windows -an --limit 2 --FORMAT made-up --Made-Up-Option local_port", "", 0, []string{rows}},
		{"--dialect=linux -tln --limit 2 --group-by local_port --format=made-up", "", 0, []string{"begin local_port,count,recvq,sendq"}},
	} {
		cmd := exec.Command(program, append([]string{"--replay", host}, strings.Fields(c.args)...)...)
		cmd.Env = append(os.Environ(), "LC_ALL="+c.language, "NETSTAT_LANG="+c.language, "NETSTAT_DIALECT=")
		out, err := cmd.CombinedOutput()
		status := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			status = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if status != c.status {
			t.Errorf("%s (%s): status %d, want %d", c.args, c.language, status, c.status)
		}
		text := strings.Join(strings.Fields(string(out)), " ") // wherever lines are broken
		for _, part := range c.want {
			if !strings.Contains(text, part) {
				t.Errorf("%s (%s): %q is missing from\n%s", c.args, c.language, part, text)
			}
		}
	}
}

// additionFamily runs the program of additionFiles with a /proc that has two sockets of
// the made-up family.
func additionFamily(t *testing.T, root, dir, overlayFile string) {
	t.Helper()
	proc, program := filepath.Join(dir, "proc"), filepath.Join(dir, "madeup")
	if err := os.MkdirAll(filepath.Join(proc, "net"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(proc, "net", "madeup"), []byte("wishes\n3\n4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	goCommand(t, root, nil, "build", "-overlay", overlayFile, "-o", program, "./cmd/madeup")
	out, err := exec.Command(program, proc).CombinedOutput()
	row := `"local_name":"here","recv_queue":0,"send_queue":0,"detail":{"kind":"made-up","wishes":`
	if err != nil || strings.Count(string(out), row+"3}") != 2 || strings.Count(string(out), row+"4}") != 2 {
		t.Errorf("%v: want two sockets from the host and two from its snapshot:\n%s", err, out)
	}
}
