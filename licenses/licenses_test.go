package licenses

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// output returns what a command prints, run in the root of the module.
func output(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return strings.TrimSpace(string(out))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTexts compares the texts with those that they copy.
func TestTexts(t *testing.T) {
	sys := output(t, nil, "go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys")
	for path, got := range map[string]string{
		"../LICENSE":                  apache,
		"../NOTICE":                   notice,
		filepath.Join(sys, "LICENSE"): bsd,
	} {
		if got != read(t, path) {
			t.Errorf("the copy of %s differs", path)
		}
	}
	// Go's own installation may lack the file, as in some distributions' packages.
	if text, err := os.ReadFile(filepath.Join(output(t, nil, "go", "env", "GOROOT"), "LICENSE")); err == nil && string(text) != bsd {
		t.Error("the licence of Go differs")
	}
	for _, text := range []string{notice, apache, bsd} {
		if !strings.Contains(Text(), text) {
			t.Errorf("Text lacks %.60q", text)
		}
	}
}

// TestWorks checks that every module which is linked into the program has its row.
func TestWorks(t *testing.T) {
	for line := range strings.Lines(read(t, "../test/targets")) {
		system := strings.Fields(line)
		modules := output(t, []string{"GOOS=" + system[0], "GOARCH=" + system[1], "CGO_ENABLED=0"},
			"go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{else}}std{{end}}", "./cmd/netstat")
		linked := slices.Compact(slices.Sorted(strings.SplitSeq(modules, "\n")))
		var want []string
		for _, w := range Works {
			want = append(want, w.Module)
		}
		slices.Sort(want)
		if !slices.Equal(linked, want) {
			t.Errorf("%v: linked %v, licences of %v", system, linked, want)
		}
	}
}
