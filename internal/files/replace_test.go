package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplace checks that a file is either complete or missing.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "host.json")
	says := func(text string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}
	}
	content := func() string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if err := Replace(name, says("one")); err != nil || content() != "one" {
		t.Fatalf("%v %q", err, content())
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
	full := errors.New("no space left")
	err := Replace(name, func(w io.Writer) error {
		if err := says(strings.Repeat("two", 1<<20))(w); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) || content() != "one" {
		t.Errorf("%v %q", err, content())
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(name, link); err == nil { // Windows may not permit it
		if err := Replace(link, says("three")); err != nil || content() != "three" {
			t.Errorf("%v %q", err, content())
		}
		if target, err := os.Readlink(link); err != nil || target != name {
			t.Errorf("the link is gone: %v", err)
		}
		_ = os.Remove(link)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v %v", files, err)
	}
	if err := Replace(filepath.Join(dir, "no", "host.json"), says("x")); err == nil {
		t.Error("no error for a missing directory")
	}
}
