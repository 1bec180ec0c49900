package library

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const renamed = "example.org/you/netstat.v2"

// rename runs the script with dir as its temporary directory.
func rename(dir string, args ...string) (stdout string, stderr string, err error) {
	cmd := exec.Command("sh", append([]string{"../../scripts/rename-module"}, args...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	return strings.TrimSuffix(string(out), "\n"), errs.String(), err
}

// TestRenameModule checks that a program of another module can import the copy by its
// new path.
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
		t.Fatalf("the original tree was renamed: %v", err)
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
}

// TestRenameModuleInPlace checks that import paths and package paths in the named tree
// change, and that other strings with the same start do not.
func TestRenameModuleInPlace(t *testing.T) {
	tree := t.TempDir()
	before := map[string]string{
		"go.mod":     "module netstat\n\ngo 1.26.0\n",
		"doc.go":     "// Package netstat is \"netstat\".\npackage netstat\n\n// Name is not renamed.\nconst Name = \"netstat\"\n",
		"sub/a.go":   "package sub\n\nimport (\n\tm \"netstat\"\n\t\"netstat/other\"\n)\n\nvar List = []string{m.Name, other.Name, \"netstat/other\", \"netstat/\", \"netstat/lxc\"}\n",
		"other/b.go": "package other\n\nimport \"netstat\"\n\nconst Name = netstat.Name\n",
		"page.md":    "```go\nimport (\n\t\"netstat/other\"\n)\n```\n",
	}
	for name, text := range before {
		name = filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, module := range []string{renamed, "netstat"} {
		out, errs, err := rename(t.TempDir(), module, tree)
		if err != nil || out != tree {
			t.Fatalf("%s: %v, %q\n%s", module, err, out, errs)
		}
		for name, want := range before {
			want = strings.NewReplacer("module netstat", "module "+module, "import \"netstat\"", "import \""+module+"\"",
				"m \"netstat\"", "m \""+module+"\"", "\"netstat/other", "\""+module+"/other", "\"netstat/\"", "\""+module+"/\"").Replace(want)
			if got, err := os.ReadFile(filepath.Join(tree, name)); err != nil || string(got) != want {
				t.Errorf("%s: %s: %v\n%swant\n%s", module, name, err, got, want)
			}
		}
	}
}

// TestRenameModuleMistakes checks that an invalid module path is rejected and leaves no
// copy.
func TestRenameModuleMistakes(t *testing.T) {
	for _, args := range [][]string{{}, {""}, {"a b"}, {"example.org/x", "/no/such/tree"}, {"a", "b", "c"}} {
		temp := t.TempDir()
		out, errs, err := rename(temp, args...)
		if err == nil || out != "" || errs == "" {
			t.Errorf("%q: %v, %q, %q", args, err, out, errs)
		}
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("%q: %s was left behind", args, left[0].Name())
		}
	}
}

// firstProgram returns the first block that is a whole program.
func firstProgram(t *testing.T) string {
	t.Helper()
	for _, text := range blocks(t) {
		if strings.HasPrefix(text, "package main\n") {
			return text
		}
	}
	t.Fatal("docs/library.md has no program")
	return ""
}
