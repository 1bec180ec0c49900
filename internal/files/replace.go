package files

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// maxLinks limits how many symbolic links are followed, as in Linux.
const maxLinks = 40

// Replace replaces the file of a name atomically: a reader sees the previous
// file or the complete new one. If write fails, nothing of the new file
// remains. Only its owner can read a newly created file. A file that replaces
// another keeps its mode, and its owner and group as far as this user may set
// them. A symbolic link stays; its target is replaced.
//
// A file that is not regular, such as a pipe, and a file that is already open,
// such as /dev/stdout, is written in place. The error is that of write, or an
// *fs.PathError with the given name.
func Replace(name string, write func(io.Writer) error) error {
	switch f, err := existing(name); {
	case err != nil:
		return err
	case f != nil:
		return errors.Join(write(f), f.Close())
	}
	target := leadsTo(name)
	asked := func(err error) error {
		if e, ok := err.(*fs.PathError); ok {
			return &fs.PathError{Op: e.Op, Path: name, Err: e.Err}
		}
		return err
	}
	f, err := createBeside(target)
	if err != nil {
		return asked(err)
	}
	done := false
	defer func() {
		if !done {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return asked(err)
	}
	if err := w.Flush(); err != nil {
		return asked(err)
	}
	if old, err := os.Stat(target); err == nil {
		if err := keepAccess(f, old); err != nil {
			return asked(err)
		}
	}
	if err := f.Sync(); err != nil {
		return asked(err)
	}
	if err := f.Close(); err != nil {
		return asked(err)
	}
	if err := os.Rename(f.Name(), target); err != nil {
		if e, ok := err.(*os.LinkError); ok { // without the name of the new file
			err = &fs.PathError{Op: "replace", Path: name, Err: e.Err}
		}
		return err
	}
	done = true
	return nil
}

// existing opens a file that must be written in place. It returns nil for a
// regular file, or if there is no file.
func existing(name string) (*os.File, error) {
	if f, err := reopen(name); f != nil || err != nil {
		return f, err
	}
	if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() {
		return nil, nil
	}
	return openExisting(name)
}

// leadsTo returns the name that a name leads to through symbolic links. The
// file need not exist.
func leadsTo(name string) string {
	for range maxLinks {
		target, err := os.Readlink(name)
		if err != nil {
			return name
		}
		name = follow(name, target)
	}
	return name
}

// follow returns the target of a symbolic link. It does not clean the path,
// because only the system knows what ".." means.
func follow(link, target string) string {
	if filepath.IsAbs(target) {
		return target
	}
	dir, _ := filepath.Split(link)
	return dir + target
}

// createBeside creates a file in the directory of another file.
func createBeside(name string) (*os.File, error) {
	dir, base := filepath.Split(name)
	// Stay well below the longest name that file systems allow.
	prefix := dir + "." + base[:min(len(base), 200)] + "." + strconv.Itoa(os.Getpid()) + "."
	for try := 0; ; try++ {
		f, err := Create(prefix + strconv.Itoa(try))
		if !errors.Is(err, fs.ErrExist) || try == 1000 {
			return f, err
		}
	}
}
