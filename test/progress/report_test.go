package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is the input of go test: a package for each way to end.
var module = map[string]string{
	"go.mod": "module m\n\ngo 1.26\n",

	"good/good_test.go": `package good
import "testing"
func TestGood(t *testing.T) { t.Log("unseen") }
func TestPart(t *testing.T) { t.Log("not possible here: a part"); t.Log("not possible here: a part") }
func TestNot(t *testing.T) { t.Skip("not possible here: all of it (denied)") }
`,
	"bad/bad_test.go": `package bad
import "testing"
func TestGood(t *testing.T) { t.Log("unseen") }
func TestBad(t *testing.T) { t.Run("part", func(t *testing.T) { t.Error("seen") }) }
`,
	"panics/panics_test.go": `package panics
import "testing"
func TestPanics(t *testing.T) { panic("out of order") }
`,
	"unbuilt/unbuilt_test.go": "package unbuilt\n\nvar x int = undeclared\n",
	"whole/whole_test.go": `package whole
import ("fmt"; "os"; "testing")
func TestMain(m *testing.M) { fmt.Println("not possible here: a display [TestWindow]"); os.Exit(0) }
func TestWindow(t *testing.T) { t.Fatal() }
`,
	"none/none.go": "package none\n",
}

func TestReport(t *testing.T) {
	dir := t.TempDir()
	for name, text := range module {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-json", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, _ := cmd.Output() // it fails
	var shown bytes.Buffer
	r := newReport(&shown)
	if err := r.read(bytes.NewReader(append(out, "no event\n"...))); err != nil {
		t.Fatal(err)
	}
	r.finish()
	if want := []string{"m/bad TestBad", "m/bad TestBad/part", "m/panics TestPanics", "m/unbuilt (the package)"}; !slices.Equal(r.failed, want) {
		t.Errorf("failed %q, want %q", r.failed, want)
	}
	if want := []string{"a display\tm/whole TestWindow", "a part\tm/good TestPart", "all of it (denied)\tm/good TestNot"}; !slices.Equal(r.notHere, want) {
		t.Errorf("not here %q, want %q", r.notHere, want)
	}
	if got, want := r.counts(), "not possible here: a display: 1\nnot possible here: a part: 1\nnot possible here: all of it (denied): 1\n"; got != want {
		t.Errorf("counts %q, want %q", got, want)
	}
	text := shown.String() + strings.Join(r.details, "\n")
	for _, pattern := range []string{
		`(?m)^ok  \tm/good\t[\d.]+s$`, `(?m)^ok  \tm/whole\t[\d.]+s$`, `(?m)^FAIL\tm/bad\t[\d.]+s\tTestBad/part TestBad$`,
		`: seen\n`, `panic: out of order`, `undefined: undeclared`, `(?m)^no event$`,
		`\ntests: 3 passed, 4 failed, 1 skipped\n`,
	} {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("no %s in\n%s", pattern, text)
		}
	}
	if strings.Contains(text, "unseen") || strings.Contains(text, "m/none") {
		t.Errorf("too much:\n%s", text)
	}
}

// A package without an end event has failed.
func TestReportEnds(t *testing.T) {
	r := newReport(&bytes.Buffer{})
	if err := r.read(strings.NewReader(`{"Action":"output","Package":"m/p","Test":"TestX","Output":"last words\n"}`)); err != nil {
		t.Fatal(err)
	}
	r.finish()
	if want := []string{"m/p (did not end)"}; !slices.Equal(r.failed, want) {
		t.Errorf("failed %q, want %q", r.failed, want)
	}
}
