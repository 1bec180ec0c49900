package linux

import (
	"io"

	"golang.org/x/sys/unix"
)

func ownerOpen(dir int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func ownerRead(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

func ownerGetdents(dir int, buf []byte) (int, error) {
	for {
		n, err := unix.Getdents(dir, buf)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// fd is an open file without what package os adds to one: the poller, the
// finalizer and the import.
type fd int

func openFile(path string) (io.ReadCloser, error) {
	for {
		f, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			return fd(f), nil
		}
		if err != unix.EINTR {
			return nil, err
		}
	}
}

func (f fd) Read(b []byte) (int, error) {
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

func (f fd) Close() error { return unix.Close(int(f)) }

// processMaxFile bounds what is read of a file that has no end of its own
// making. The kernel takes no command line longer than 6 MiB
// (bprm_stack_limits of fs/exec.c).
const processMaxFile = 16 << 20

// processRead reads the beginning of a file in one call, as texts in /proc are
// consistent only within a call.
func processRead(at int, path string, buf []byte) (int, error) {
	fd, err := ownerOpen(at, path, unix.O_RDONLY)
	if err == nil {
		defer unix.Close(fd)
		var n int
		if n, err = ownerRead(fd, buf); err == nil {
			return n, nil
		}
	}
	return 0, processGone(err)
}

// processReadAll reads a whole file, in one call if it is as short as most.
func processReadAll(at int, path string) ([]byte, error) {
	fd, err := ownerOpen(at, path, unix.O_RDONLY)
	if err != nil {
		return nil, processGone(err)
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	for n := 0; ; {
		m, err := ownerRead(fd, buf[n:])
		if err != nil {
			return nil, processGone(err)
		}
		n += m
		if m == 0 || n >= processMaxFile {
			return buf[:n], nil
		}
		if n == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

func processReadlink(at int, path string) (string, error) {
	buf := make([]byte, 4096) // no path in /proc is longer than a page
	for {
		n, err := unix.Readlinkat(at, path, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return "", processGone(err)
		}
		return string(buf[:n]), nil
	}
}

// processGone is the error of a process that ended between open and read.
func processGone(err error) error {
	if err == unix.ESRCH {
		return unix.ENOENT
	}
	return err
}
