package library

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const renamed = "example.org/you/netstat.v2"

// rename runs the script with dir for its temporary files.
func rename(dir string, args ...string) (stdout string, stderr string, err error) {
	cmd := exec.Command("sh", append([]string{"../../scripts/rename-module"}, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	return strings.TrimSuffix(string(out), "\n"), errs.String(), err
}

// TestRenameModule: a program of another module imports the copy by its new path, and a
// copy can be renamed again in place.
func TestRenameModule(t *testing.T) {
	temp := t.TempDir()
	before, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	dir, errs, err := rename(temp, renamed)
	if err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	if after, err := os.ReadFile("../../go.mod"); err != nil || string(after) != string(before) {
		t.Fatalf("the tree itself was renamed: %v", err)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	program := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.org/program\n\ngo 1.26.0\n\nrequire " + renamed + " v0.0.0\n\nreplace " + renamed + " => " + dir + "\n",
		"go.sum":  string(sum),
		"main.go": strings.ReplaceAll(firstProgram(t), `"netstat/`, `"`+renamed+`/`),
	} {
		if err := os.WriteFile(filepath.Join(program, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := exec.Command("go", "run", "-mod=mod", ".")
	run.Dir = program
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), `"schema":"netstat"`) {
		t.Errorf("%v\n%s", err, out)
	}

	if _, errs, err := rename(temp, "example.org/again", dir); err != nil {
		t.Fatalf("again: %v\n%s", err, errs)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.HasPrefix(string(mod), "module example.org/again\n") {
		t.Errorf("again: %v\n%s", err, mod)
	}
}

// TestRenameModuleMistakes: what is no path of a module is refused, and leaves no copy.
func TestRenameModuleMistakes(t *testing.T) {
	for _, args := range [][]string{{}, {""}, {"a b"}, {"example.org/x", "/no/such/tree"}, {"a", "b", "c"}} {
		temp := t.TempDir()
		out, errs, err := rename(temp, args...)
		if err == nil || out != "" || errs == "" {
			t.Errorf("%q: %v, %q, %q", args, err, out, errs)
		}
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("%q: %s is left", args, left[0].Name())
		}
	}
}
