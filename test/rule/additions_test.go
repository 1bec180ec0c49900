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

// additionRows are the rows that TestAdditions puts into the tables, each before the
// row that begins so.
var additionRows = []struct{ file, before, row string }{
	{"render/formats.go", `{name: "template"`, `{name: "made-up", columns: true, new: newMadeUp},`},
	{
		"options/options.go", `{"memory"`,
		`{"made-up-option", "WORD", false, "an addition", "新增的选项", text(func(o *Options) *string { return &o.Columns })},`,
	},
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

// TestAdditions: a format is one file and one row, an option is one row. A program that
// has one more of each accepts, lists and obeys them in both dialects and both languages.
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
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(a.file)))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), "\n\t"+a.before) != 1 {
			t.Fatalf("%s: not one row begins %s", a.file, a.before)
		}
		overlay(a.file, strings.Replace(string(text), "\n\t"+a.before, "\n\t"+a.row+"\n\t"+a.before, 1))
	}
	overlay("render/madeup.go", additionFile)
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

	host := filepath.Join(root, "cmd", "netstat", "testdata", "hosts", "linux-server.json")
	const (
		english = "made-up or template=TEXT"
		chinese = "made-up 或 template=模板"
		rows    = "begin local_port 53 22 end"
	)
	for _, c := range []struct {
		args, language string
		status         int
		want           []string // parts of what is printed, with single blanks
	}{
		{"--dialect=linux --help", "", 0, []string{english, "--made-up-option=WORD an addition"}},
		{"--dialect=linux --help", "zh", 0, []string{chinese, "--made-up-option=WORD 新增的选项"}},
		{"--dialect=windows --help", "", 0, []string{english, "--made-up-option=WORD an addition"}},
		{"--dialect=windows --help", "zh", 0, []string{chinese, "--made-up-option=WORD 新增的选项"}},
		{"--dialect=linux --format=xml", "", 3, []string{english}},
		{"--dialect=windows --format=xml", "", 1, []string{english}},
		{"--dialect=linux --format=made-up=x", "", 3, []string{"made-up takes no argument"}},
		{"--dialect=linux --made-up-option", "", 3, []string{"option '--made-up-option' requires an argument"}},
		{"--dialect=windows --made-up-option", "", 1, []string{"--made-up-option needs a value"}},
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
		text := strings.Join(strings.Fields(string(out)), " ") // however lines are broken
		for _, part := range c.want {
			if !strings.Contains(text, part) {
				t.Errorf("%s (%s): %q is missing from\n%s", c.args, c.language, part, text)
			}
		}
	}
}
