package sysfile

import (
	"io"

	"golang.org/x/sys/unix"
)

// Open is openat(2) with O_CLOEXEC, repeated if a signal interrupts it. The
// error is an errno.
func Open(dir int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// Read is read(2), repeated if a signal interrupts it. It returns 0 at the end
// of the file. The error is an errno.
func Read(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// ReadEntries fills buf with entries of a directory by getdents64(2), for
// [NextEntry]. It returns 0 at the end. The error is an errno.
func ReadEntries(dir int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(dir, buf)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// File is the descriptor of an open file, without the poller and finalizer of
// package os. It is an io.ReadCloser.
type File int

// OpenReader opens a file for reading as a [File]. The error is an errno.
func OpenReader(path string) (io.ReadCloser, error) {
	for {
		f, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			return File(f), nil
		}
		if err != unix.EINTR {
			return nil, err
		}
	}
}

// Read implements io.Reader.
func (f File) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Close implements io.Closer.
func (f File) Close() error { return unix.Close(int(f)) }

// maxFile limits the bytes read of a file without a natural limit. The kernel
// accepts no command line longer than 6 MiB (bprm_stack_limits in fs/exec.c).
const maxFile = 16 << 20

// ReadOnce reads the beginning of a file in one call, because texts in /proc
// are consistent only within a call. path is relative to the directory at. If
// the process has ended, the error is ENOENT.
func ReadOnce(at int, path string, buf []byte) (int, error) {
	fd, err := Open(at, path, unix.O_RDONLY)
	if err == nil {
		defer unix.Close(fd)
		var n int
		if n, err = Read(fd, buf); err == nil {
			return n, nil
		}
	}
	return 0, gone(err)
}

// ReadAll reads a whole file of up to 16 MiB. path is relative to the directory
// at. A file shorter than 4 KiB takes one call and a second one for its end. If
// the process has ended, the error is ENOENT.
func ReadAll(at int, path string) ([]byte, error) {
	fd, err := Open(at, path, unix.O_RDONLY)
	if err != nil {
		return nil, gone(err)
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	for n := 0; ; {
		m, err := Read(fd, buf[n:])
		if err != nil {
			return nil, gone(err)
		}
		n += m
		if m == 0 || n >= maxFile {
			return buf[:n], nil
		}
		if n == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

// Readlink returns the target of a symbolic link. path is relative to the
// directory at. If the process has ended, the error is ENOENT.
func Readlink(at int, path string) (string, error) {
	buf := make([]byte, 4096) // no path in /proc is longer than a page
	for {
		n, err := unix.Readlinkat(at, path, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return "", gone(err)
		}
		return string(buf[:n]), nil
	}
}

// gone converts the error of a process that ended between open and read.
func gone(err error) error {
	if err == unix.ESRCH {
		return unix.ENOENT
	}
	return err
}
