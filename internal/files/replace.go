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

// maxLinks bounds how many symbolic links lead to a file, as in Linux.
const maxLinks = 40

// Replace makes the file of a name anew, all at once: whoever looks sees the
// file there was before, or the whole new one. Where write fails, nothing of it
// is left. A new file can be read by its owner alone. One that takes the place of
// another has its mode, and its owner and group as far as this user may give them
// away. A symbolic link stays, and the file that it leads to is made anew.
//
// What is no ordinary file, such as a pipe, and what is open already, such as
// /dev/stdout, is written to as it is. The error is that of write, or a
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
		return err
	}
	done = true
	return nil
}

// existing opens what has to be written to as it is, and returns nil for an
// ordinary file or none.
func existing(name string) (*os.File, error) {
	if f, err := reopen(name); f != nil || err != nil {
		return f, err
	}
	if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() {
		return nil, nil
	}
	return openExisting(name)
}

// leadsTo returns the name of the file that a name leads to by symbolic links,
// which need not exist.
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

// follow returns where a symbolic link leads. Nothing is cleaned: what ".." means
// is known to the system alone.
func follow(link, target string) string {
	if filepath.IsAbs(target) {
		return target
	}
	dir, _ := filepath.Split(link)
	return dir + target
}

// createBeside makes a file in the directory of another.
func createBeside(name string) (*os.File, error) {
	dir, base := filepath.Split(name)
	// Some room is left within the longest name that file systems allow.
	prefix := dir + "." + base[:min(len(base), 200)] + "." + strconv.Itoa(os.Getpid()) + "."
	for try := 0; ; try++ {
		f, err := create(prefix + strconv.Itoa(try))
		if !errors.Is(err, fs.ErrExist) || try == 1000 {
			return f, err
		}
	}
}
