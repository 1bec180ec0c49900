// Package rule enforces which packages may import which, based on what the go command
// reports for each shipped system. The rule for our own packages is the table below;
// the one for external packages is docs/dependencies.md, which this test reads. It also
// tests what an addition has to change.
package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "netstat"

// layers lists which of our packages a package may import. Names are relative to the
// module: "." is its root, "dialect/*" any direct subfolder, and "test/..." everything
// below. The first matching line counts. A package may always import packages below its
// own folder.
var layers = []struct {
	pkg string
	may []string
}{
	{".", nil},
	{"internal/ascii", nil},
	{"internal/early", nil},
	{"internal/stack", nil},
	{"internal/files", nil},
	{"internal/message", nil},
	{"internal/terminal", []string{"internal/message"}},
	{"internal/resolve", []string{"internal/files"}},
	{"internal/linux/sysfile", nil},
	{"internal/linux/netlink", nil},
	{"internal/linux/diagfilter", []string{"internal/linux/netlink", "."}},
	{"internal/linux/bpf", []string{"internal/linux/sysfile"}},
	{"internal/linux/process", []string{"internal/linux/bpf", "internal/linux/sysfile", "."}},
	{"internal/linux", []string{"."}},
	{"internal/win32/...", []string{"."}},
	{"collect", []string{"internal/linux", "internal/linux/process", "internal/linux/sysfile", "internal/win32", "."}},
	{"schema", []string{"."}},
	{"internal/redact", []string{"."}},
	{"snapshot", []string{"schema", "internal/redact", "internal/zstd", "."}},
	{"record", []string{"snapshot", "schema", "internal/files", "internal/zstd", "."}},
	{"diagnose", []string{"."}},
	{"docs", nil},
	{"licenses", nil},
	{"fact", []string{"."}},
	{"filter", []string{"fact", "."}},
	// Only render lists the formats, and only help the topics of help; the options
	// --format and --help read these tables.
	{"options", []string{"render", "help", "diagnose", "fact", "internal/message"}},
	{"help", []string{"render", "diagnose", "filter", "fact", "."}},
	{"view", []string{"filter", "fact", "internal/message", "."}},
	{"dialect/*", []string{"view", "fact", "options", "internal/ascii", "internal/message", "."}},
	{"render", []string{"view", "fact", "docs", "schema", "internal/ascii", "internal/message", "."}},
	{"report", []string{
		"collect", "render", "snapshot", "schema", "diagnose", "fact", "filter", "internal/resolve", "view", "options", "internal/message", ".",
	}},
	{"act", []string{"report", "fact", "internal/ascii", "internal/message", "."}},
	{"live", []string{"act", "internal/terminal", "internal/ascii", "internal/message", "report", "render", "schema", "view", "fact", "."}},
	// Manual pages and completions, which no program contains.
	{"internal/manual", []string{"dialect/*", "options", "help", "render", "diagnose", "act", "fact", "filter", "docs", "."}},
	{"cmd/*", []string{
		"live", "record", "internal/terminal", "licenses",
		"act", "collect", "dialect/*", "report", "snapshot", "schema", "fact", "filter", "internal/resolve", "view", "options", "help",
		"internal/ascii", "internal/early", "internal/files", "internal/message", "internal/redact", "internal/stack", ".",
	}},
	{"test/...", []string{"..."}},
}

// rootMayNot are packages of the standard library that do I/O, which the model leaves
// to its sources.
var rootMayNot = []string{"net", "os", "os/exec", "syscall"}

// match reports whether a package name matches a pattern of the tables.
func match(pattern, pkg string) bool {
	if pattern == "..." {
		return true
	}
	if dir, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == dir || strings.HasPrefix(pkg, dir+"/")
	}
	ok, err := path.Match(pattern, pkg)
	return ok && err == nil
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}

// dependency is one line of docs/dependencies.md.
type dependency struct {
	module string
	users  []string // our packages whose shipped code may import it
}

// checkImport returns why package from must not import an import path, or nil.
func checkImport(from, imported string, deps []dependency) error {
	if to, ours := relative(imported); ours {
		for _, l := range layers {
			if !match(l.pkg, from) {
				continue
			}
			if matchAny(l.may, to) || from != "." && strings.HasPrefix(to, from+"/") {
				return nil
			}
			return fmt.Errorf("%s must not import %s (it may import %v)", from, to, l.may)
		}
		return fmt.Errorf("%s is not in the dependency rule: add a line to layers", from)
	}
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		if from == "." && slices.Contains(rootMayNot, imported) {
			return fmt.Errorf("the root package must not import %s: the model does no I/O", imported)
		}
		return nil
	}
	if from == "." {
		return fmt.Errorf("the root package must not import %s: standard library only", imported)
	}
	for _, d := range deps {
		if imported != d.module && !strings.HasPrefix(imported, d.module+"/") {
			continue
		}
		if matchAny(d.users, from) || match("test/...", from) {
			return nil
		}
		return fmt.Errorf("%s must not import %s (docs/dependencies.md allows %v)", from, imported, d.users)
	}
	return fmt.Errorf("%s imports %s, which has no line in docs/dependencies.md", from, imported)
}

// relative returns an import path of ours relative to the module.
func relative(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func TestImports(t *testing.T) {
	root := moduleRoot(t)
	deps := readDependencies(t, root)
	for _, target := range readTargets(t, root) {
		t.Run(target.String(), func(t *testing.T) {
			t.Parallel()
			packages := list(t, root, target)
			// Without program files for this system there is nothing to check.
			if !slices.ContainsFunc(packages, func(p goPackage) bool {
				return p.ImportPath == module+"/cmd/netstat" && p.Name == "main"
			}) {
				t.Error("cmd/netstat is not a program there")
			}
			for _, p := range packages {
				from, ours := relative(p.ImportPath)
				if !ours {
					t.Errorf("package %s is outside module %s", p.ImportPath, module)
					continue
				}
				for _, imported := range p.Imports {
					if err := checkImport(from, imported, deps); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// TestModulesAreDocumented compares go.mod with docs/dependencies.md in both
// directions.
func TestModulesAreDocumented(t *testing.T) {
	root := moduleRoot(t)
	var documented []string
	for _, d := range readDependencies(t, root) {
		documented = append(documented, d.module)
	}
	var mod struct{ Require []struct{ Path string } }
	if err := json.Unmarshal(goCommand(t, root, nil, "mod", "edit", "-json"), &mod); err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	for _, r := range mod.Require {
		if !slices.Contains(documented, r.Path) {
			t.Errorf("go.mod requires %s, which has no line in docs/dependencies.md", r.Path)
		}
		documented = slices.DeleteFunc(documented, func(m string) bool { return m == r.Path })
	}
	for _, m := range documented {
		t.Errorf("docs/dependencies.md has a line for %s, which go.mod does not require (or has it twice)", m)
	}
}

// TestCheckImport checks that the rule rejects imports.
func TestCheckImport(t *testing.T) {
	deps := []dependency{{"golang.org/x/sys", []string{"internal/linux/...", "cmd/netstat"}}}
	for _, c := range []struct {
		from, imported string
		ok             bool
	}{
		{".", "net/netip", true},
		{".", "os", false},
		{".", module + "/view", false},
		{".", module + "/internal/ascii", false},
		{".", "golang.org/x/sys/unix", false},
		{"view", module, true},
		{"view", module + "/filter", true},
		{"view", module + "/collect", false},
		{"view", module + "/internal/linux", false},
		{"view", module + "/internal/ascii", false},
		{"filter", module + "/view", false},
		{"collect", module + "/internal/linux", true},
		{"collect", module + "/view", false},
		{"snapshot", module + "/render", false},
		{"snapshot", module + "/schema", true},
		{"schema", module + "/view", false},
		{"internal/linux", module, true},
		{"internal/linux", module + "/view", false},
		{"internal/linux", module + "/internal/win32", false},
		{"internal/linux", module + "/internal/linux/bpf", true},
		{"internal/linux/bpf", module + "/internal/linux", false},
		{"internal/linux/bpf", module, false},
		{"internal/linux/bpf", module + "/internal/linux/netlink", false},
		{"internal/linux/netlink", module, false},
		{"internal/linux/diagfilter", module + "/internal/linux", false},
		{"internal/linux/process", module, true},
		{"internal/linux/process", module + "/internal/linux", false},
		{"internal/linux/process", module + "/internal/linux/netlink", false},
		{"internal/linux/new", module, false},
		{"internal/resolve", module, false},
		{"internal/ascii", module, false},
		{"dialect/nettools", module + "/view", true},
		{"dialect/nettools", module + "/internal/ascii", true},
		{"dialect/nettools", module + "/dialect/microsoft", false},
		{"dialect/nettools", module + "/collect", false},
		{"dialect/nettools", module + "/internal/resolve", false},
		{"render", module + "/dialect/nettools", false},
		{"report", module + "/collect", true},
		{"report", module + "/dialect/nettools", false},
		{"view", module + "/report", false},
		{"cmd/netstat", module + "/report", true},
		{"cmd/netstat", module + "/render", false},
		{"cmd/netstat", module + "/collect", true},
		{"cmd/netstat", module + "/dialect/nettools", true},
		{"cmd/netstat", module + "/internal/linux", false},
		{"elsewhere", module, false},
		{"test/differential", module + "/internal/linux", true},
		{"internal/linux", "golang.org/x/sys/unix", true},
		{"cmd/netstat", "golang.org/x/sys/unix", true},
		{"view", "golang.org/x/sys/unix", false},
		{"internal/linux", "golang.org/x/system", false},
		{"test/bench", "golang.org/x/sys/unix", true},
		{"test/bench", "example.org/unlisted", false},
	} {
		err := checkImport(c.from, c.imported, deps)
		if (err == nil) != c.ok {
			t.Errorf("checkImport(%q, %q) = %v, want allowed %v", c.from, c.imported, err, c.ok)
		}
	}
}

// target is a system that the program is shipped for.
type target struct{ goos, goarch string }

func (t target) String() string { return t.goos + "/" + t.goarch }

// readTargets reads test/targets, which the Makefile also uses.
func readTargets(t *testing.T, root string) []target {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "test", "targets"))
	if err != nil {
		t.Fatal(err)
	}
	var targets []target
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 2 {
			t.Fatalf("test/targets: %q is not a GOOS and a GOARCH", line)
		}
		targets = append(targets, target{words[0], words[1]})
	}
	if len(targets) == 0 {
		t.Fatal("test/targets is empty")
	}
	return targets
}

// readDependencies reads the table of docs/dependencies.md: lines whose first cell is a
// module in a code span, and whose second cell has the packages that may import it as
// code spans.
func readDependencies(t *testing.T, root string) []dependency {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	var deps []dependency
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		modules := codeSpans(cells[1])
		if len(modules) == 0 {
			continue // the table's heading
		}
		if len(modules) > 1 {
			t.Errorf("docs/dependencies.md: one module a line: %q", line)
		}
		deps = append(deps, dependency{modules[0], codeSpans(cells[2])})
	}
	return deps
}

// codeSpans returns the texts between backticks.
func codeSpans(cell string) []string {
	var spans []string
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			spans = append(spans, part)
		}
	}
	return spans
}

// goPackage holds the fields used of the output of go list.
type goPackage struct {
	ImportPath, Name string
	Imports          []string // of the shipped files, without tests
}

func list(t *testing.T, root string, target target) []goPackage {
	t.Helper()
	env := []string{"GOOS=" + target.goos, "GOARCH=" + target.goarch, "CGO_ENABLED=0"}
	out := goCommand(t, root, env, "list", "-json=ImportPath,Name,Imports", "./...")
	var packages []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
	return packages
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	file := strings.TrimSpace(string(goCommand(t, ".", nil, "env", "GOMOD")))
	if filepath.Base(file) != "go.mod" {
		t.Fatalf("go env GOMOD prints %q: run this test inside the module", file)
	}
	return filepath.Dir(file)
}

// goCommand runs the go command and returns its standard output.
func goCommand(t *testing.T, dir string, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}
