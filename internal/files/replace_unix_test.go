//go:build !windows

package files

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func inside(t *testing.T, name string) string {
	t.Helper()
	b, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReplaceKeepsAccess checks that a new file has the mode of the file that
// it replaces, whichever name leads to it. Only its owner can read a newly
// created file.
func TestReplaceKeepsAccess(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	for _, c := range []struct {
		name string
		mode fs.FileMode // of the existing file; 0 for none
		want fs.FileMode
		link func(target, link string) (name string)
	}{
		{"new", 0, 0o600, nil},
		{"by its own name", 0o644, 0o644, nil},
		{"without permissions for others", 0o600, 0o600, nil},
		{"of a group", 0o640, 0o640, nil},
		{"by a link", 0o644, 0o644, func(target, link string) string {
			_ = os.Symlink(target, link)
			return link
		}},
		{"by a relative link", 0o664, 0o664, func(target, link string) string {
			_ = os.Symlink(filepath.Base(target), link)
			return link
		}},
		{"by a link to a link", 0o444, 0o444, func(target, link string) string {
			_ = os.Symlink(target, link+"2")
			_ = os.Symlink(filepath.Base(link)+"2", link)
			return link
		}},
		{"by a link to no file", 0, 0o600, func(target, link string) string {
			_ = os.Symlink(target, link)
			return link
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			target, link := filepath.Join(dir, "host"), filepath.Join(dir, "link")
			if c.mode != 0 {
				if err := os.WriteFile(target, []byte("old"), c.mode); err != nil {
					t.Fatal(err)
				}
			}
			name := target
			if c.link != nil {
				name = c.link(target, link)
			}
			if err := Replace(name, text("new")); err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(target)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode() != c.want || inside(t, target) != "new" {
				t.Errorf("mode %v, want %v; %q", info.Mode(), c.want, inside(t, target))
			}
			if info, err := os.Lstat(name); err != nil || (c.link != nil) != (info.Mode()&fs.ModeSymlink != 0) {
				t.Errorf("the name is now %v, %v", info.Mode(), err)
			}
		})
	}
}

// TestReplaceKeepsOwner requires root, because only root can change owners. As
// another user it checks that the replacing group gets no permissions.
func TestReplaceKeepsOwner(t *testing.T) {
	name := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(name, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if err := Replace(name, text("new")); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.Chown(name, 1, 2); err != nil {
		t.Fatal(err)
	}
	if err := Replace(name, text("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 1 || s.Gid != 2 || info.Mode() != 0o640 {
		t.Errorf("owner %d:%d, mode %v", s.Uid, s.Gid, info.Mode())
	}
}

// TestReplacePipe checks that a file that is not regular is written in place
// and not replaced.
func TestReplacePipe(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		b, _ := os.ReadFile(name)
		got <- string(b)
	}()
	if err := Replace(name, text("through")); err != nil {
		t.Fatal(err)
	}
	if s := <-got; s != "through" {
		t.Errorf("%q", s)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}

// TestReplaceOpen checks that an open file, named /dev/fd/3 or the like, is
// written at its position. A process that has it open must not be left with a
// file without a name.
func TestReplaceOpen(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "host"), filepath.Join(dir, "link")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	descriptor := "/dev/fd/" + strconv.Itoa(int(f.Fd()))
	if err := os.Symlink(descriptor, link); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("before "); err != nil {
		t.Fatal(err)
	}
	for _, alias := range []string{descriptor, "/proc/self/fd/" + strconv.Itoa(int(f.Fd())), link} {
		if err := Replace(alias, text("new ")); err != nil {
			t.Fatalf("%s: %v", alias, err)
		}
	}
	if _, err := f.WriteString("after"); err != nil {
		t.Fatal(err)
	}
	if got := inside(t, name); got != "before new new new after" {
		t.Errorf("%q", got)
	}
}

func TestRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	for _, n := range []int{0, 1, 16<<10 - 1, 16 << 10, 16<<10 + 1, 100 << 10} {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i * 7)
		}
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := inside(t, name); got != string(b) {
			t.Errorf("%d bytes were read as %d", n, len(got))
		}
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a directory can be read")
	}
}
