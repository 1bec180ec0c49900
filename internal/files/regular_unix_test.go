//go:build !windows

package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOpenRegular requires that nothing but a regular file is opened: not a pipe, which
// would wait for a writer.
func TestOpenRegular(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.WriteFile(path("file"), nil, 0o600), syscall.Mkfifo(path("pipe"), 0o600),
		os.Symlink("file", path("link")), os.Symlink("pipe", path("link to a pipe")),
	); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"file": "", "link": "", "none": ": no such file or directory",
		"pipe": ": not a regular file", "link to a pipe": ": not a regular file", ".": ": not a regular file",
	} {
		f, err := OpenRegular(path(name))
		if err == nil {
			_ = f.Close()
		}
		var file *fs.PathError
		if err == nil != (want == "") || err != nil && (!errors.As(err, &file) || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
