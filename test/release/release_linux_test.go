package release

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"netstat/test/need"
)

// version is that of the release that the test makes. CHANGELOG.md has a section for it.
const version = "1.0.0"

// root is the source tree.
const root = "../.."

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// TestRelease makes a release twice, in folders of different names and without what the go
// command remembers of the first one, and tests the files of it.
func TestRelease(t *testing.T) {
	need.Root(t)
	rpm := need.Program(t, "rpm", "rpm")
	work := t.TempDir()
	if err := os.Chmod(filepath.Dir(work), 0o755); err != nil { // packages ask other users to read
		t.Fatal(err)
	}
	tool := filepath.Join(work, "release")
	run(t, nil, "go", "-C", root+"/release", "vet", ".")
	run(t, nil, "go", "build", "-C", root+"/release", "-o", tool, ".")

	targets := "linux/" + runtime.GOARCH + ",windows/amd64"
	first := make1(t, tool, targets, filepath.Join(work, "a"), "")
	second := make1(t, tool, targets, filepath.Join(work, "another", "folder"), filepath.Join(work, "cache"))
	if names, others := names(t, first), names(t, second); !slices.Equal(names, others) {
		t.Fatalf("the files differ: %v, %v", names, others)
	} else {
		for _, name := range names {
			if !bytes.Equal(read(t, first, name), read(t, second, name)) {
				t.Errorf("%s differs", name)
			}
		}
	}
	run(t, nil, "sh", "-c", `cd "$1" && sha256sum --quiet -c SHA256SUMS`, "sh", first)

	t.Run("Version", func(t *testing.T) {
		program := filepath.Join(work, "netstat")
		archive := contents(t, first, "netstat-go-1.0.0-linux-"+runtime.GOARCH+".tar.gz")
		if err := os.WriteFile(program, archive["netstat-go-1.0.0-linux-"+runtime.GOARCH+"/netstat"], 0o755); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(run(t, nil, program, "-V"), "\n")
		commit := strings.TrimSpace(run(t, nil, "git", "-C", root, "rev-parse", "HEAD"))[:12]
		if !strings.HasPrefix(lines[1], "netstat 1.0.0 ("+commit+", ") {
			t.Errorf("-V says %q, the commit is %s", lines[1], commit)
		}
	})
	t.Run("Archives", func(t *testing.T) {
		for name, program := range map[string]string{
			"netstat-go-1.0.0-linux-" + runtime.GOARCH + ".tar.gz": "netstat",
			"netstat-go-1.0.0-windows-amd64.zip":                   "netstat.exe",
		} {
			top := strings.TrimSuffix(strings.TrimSuffix(name, ".tar.gz"), ".zip")
			files := contents(t, first, name)
			for _, file := range []string{program, "LICENSE", "NOTICE", "LICENSE-Go.txt", "README.md", "README.zh-CN.md", "CHANGELOG.md", "docs/permissions.md", "contrib/fleet/collect"} {
				if len(files[top+"/"+file]) == 0 {
					t.Errorf("%s lacks %s", name, file)
				}
			}
			for _, page := range pages(t) {
				if len(files[top+"/man/"+page]) == 0 {
					t.Errorf("%s lacks man/%s", name, page)
				}
			}
		}
	})
	t.Run("Debian", func(t *testing.T) { testDebian(t, first) })
	t.Run("RPM", func(t *testing.T) { testRPM(t, rpm, first) })
	t.Run("APK", func(t *testing.T) { testAPK(t, first) })
}

// make1 makes a release in a clone of the source tree, with the changes that are not
// committed. cache is the folder of what the go command remembers, "" for the usual one.
func make1(t *testing.T, tool, targets, tree, cache string) (out string) {
	t.Helper()
	run(t, nil, "git", "clone", "-q", "--no-tags", root, tree)
	run(t, nil, "sh", "-c", `cd "$1" && git ls-files --cached --others --exclude-standard |
		while IFS= read -r file; do [ ! -e "$file" ] || printf '%s\n' "$file"; done |
		tar -c -T - | tar -x -C "$2"`, "sh", root, tree)
	env := []string{"SOURCE_DATE_EPOCH="}
	if cache != "" {
		env = append(env, "GOCACHE="+cache)
	}
	out = filepath.Join(tree, "dist")
	run(t, env, tool, "-root", tree, "-out", out, "-version", version, "-targets", targets)
	return out
}

// names returns the names of the files in a folder.
func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(names), err)
	}
	return names
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// pages returns the manual pages of the source tree, such as netstat.8.
func pages(t *testing.T) (pages []string) {
	t.Helper()
	for _, pattern := range []string{"*.[0-9]", "*/*.[0-9]"} {
		found, err := filepath.Glob(root + "/man/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range found {
			pages = append(pages, strings.TrimPrefix(page, root+"/man/"))
		}
	}
	return pages
}

// contents returns the regular files of an archive or an apk, and the targets of links.
func contents(t *testing.T, dir, name string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	archive := read(t, dir, name)
	if strings.HasSuffix(name, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if files[f.Name], err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		return files
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			if files[h.Name], err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		case tar.TypeSymlink:
			files[h.Name] = []byte("-> " + h.Linkname)
		}
	}
}

// wanted compares the list of a package's files with what it must hold.
func wanted(t *testing.T, files []string) {
	t.Helper()
	want := []string{
		"usr/bin/netstat-go",
		"usr/share/licenses/netstat-go/LICENSE", "usr/share/licenses/netstat-go/LICENSE-Go.txt", "usr/share/licenses/netstat-go/NOTICE",
		"usr/share/doc/netstat-go/README.md", "usr/share/doc/netstat-go/docs/permissions.md",
		"usr/share/doc/netstat-go/contrib/systemd/netstat-record.service", "usr/share/doc/netstat-go/contrib/fleet/collect",
	}
	for _, page := range pages(t) {
		dir, file := filepath.Split(page)
		if file == "netstat.8" {
			file = "netstat-go.8"
		}
		want = append(want, "usr/share/man/"+dir+"man"+file[len(file)-1:]+"/"+file+".gz")
	}
	for _, name := range want {
		if !slices.Contains(files, name) {
			t.Errorf("%s is missing in %q", name, files)
		}
	}
	for _, name := range []string{"usr/bin/netstat", "bin/netstat", "usr/share/man/man8/netstat.8.gz"} {
		if slices.Contains(files, name) {
			t.Errorf("%s belongs to net-tools", name)
		}
	}
}

// testRPM installs the packages into an empty root with the real rpm.
func testRPM(t *testing.T, rpm, dist string) {
	var own string
	for _, name := range names(t, dist) {
		if strings.HasPrefix(name, "netstat-go-") && strings.HasSuffix(name, ".rpm") {
			own = filepath.Join(dist, name)
		}
	}
	instead := filepath.Join(dist, "netstat-is-netstat-go-1.0.0-1.noarch.rpm")
	list := run(t, nil, rpm, "-qp", "--list", own)
	wanted(t, strings.Fields(strings.ReplaceAll("\n"+list, "\n/", "\n")))
	if got := run(t, nil, rpm, "-qp", "--conflicts", instead); !strings.Contains(got, "net-tools") {
		t.Errorf("conflicts: %q", got)
	}
	system := t.TempDir()
	run(t, nil, rpm, "--root", system, "--initdb")
	run(t, nil, rpm, "--root", system, "--install", own, instead)
	if link, err := os.Readlink(filepath.Join(system, "usr/bin/netstat")); link != "netstat-go" {
		t.Errorf("netstat is %q, %v", link, err)
	}
	run(t, nil, rpm, "--root", system, "--verify", "netstat-go", "netstat-is-netstat-go")
	run(t, nil, rpm, "--root", system, "--erase", "netstat-is-netstat-go")
	if _, err := os.Lstat(filepath.Join(system, "usr/bin/netstat")); err == nil {
		t.Error("netstat is still there")
	}
	if _, err := os.Stat(filepath.Join(system, "usr/bin/netstat-go")); err != nil {
		t.Error(err)
	}
	run(t, nil, rpm, "--root", system, "--erase", "netstat-go")
	if _, err := os.Stat(filepath.Join(system, "usr/bin/netstat-go")); err == nil {
		t.Error("netstat-go is still there")
	}
}

// testAPK reads the packages: Debian has no apk.
func testAPK(t *testing.T, dist string) {
	for _, name := range names(t, dist) {
		if !strings.HasSuffix(name, ".apk") {
			continue
		}
		files := contents(t, dist, name)
		for line := range strings.Lines(string(files[".PKGINFO"])) {
			if key, _, ok := strings.Cut(line, " = "); !ok && !strings.HasPrefix(line, "#") || strings.ContainsAny(key, " \t") {
				t.Errorf("%s: bad line %q", name, line)
			}
		}
		if !strings.HasPrefix(name, "netstat-is-") {
			var all []string
			for name := range files {
				all = append(all, name)
			}
			wanted(t, all)
			continue
		}
		if string(files["usr/bin/netstat"]) != "-> netstat-go" {
			t.Errorf("netstat is %q", files["usr/bin/netstat"])
		}
		if info := string(files[".PKGINFO"]); !strings.Contains(info, "\ndepend = !net-tools\n") {
			t.Errorf("no conflict with net-tools:\n%s", info)
		}
		if len(files[".post-deinstall"]) == 0 {
			t.Error("no script to restore the links of busybox")
		}
	}
}
