package sysfile

import (
	"io"

	"golang.org/x/sys/unix"
)

// Open is openat(2) with O_CLOEXEC, again where a signal interrupts it. The error
// is an errno.
func Open(dir int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// Read is read(2), again where a signal interrupts it; 0 bytes are the end of the
// file. The error is an errno.
func Read(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// ReadEntries fills buf with entries of a directory by getdents64(2), for
// [NextEntry]; 0 bytes are the end. The error is an errno.
func ReadEntries(dir int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(dir, buf)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// File is an open file without what package os adds to one: the poller, the
// finalizer and the import. It is an io.ReadCloser.
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

// maxFile bounds what is read of a file that has no end of its own
// making. The kernel takes no command line longer than 6 MiB
// (bprm_stack_limits of fs/exec.c).
const maxFile = 16 << 20

// ReadOnce reads the beginning of a file in one call, as texts in /proc are
// consistent only within a call. path is relative to the directory at. The error
// of a process that has ended is ENOENT.
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

// ReadAll is ReadOnce for a whole file of up to 16 MiB, which takes one call if it
// is as short as most.
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

// Readlink returns where a symbolic link leads. The error of a process that has
// ended is ENOENT.
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

// gone is the error of a process that ended between open and read.
func gone(err error) error {
	if err == unix.ESRCH {
		return unix.ENOENT
	}
	return err
}
