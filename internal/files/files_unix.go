//go:build !windows

package files

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Open opens a file for reading. The error is an *fs.PathError.
func Open(name string) (*os.File, error) { return open(name, syscall.O_RDONLY, 0) }

func open(name string, flags int, mode uint32) (*os.File, error) {
	for {
		fd, err := syscall.Open(name, flags|syscall.O_CLOEXEC, mode)
		if err == nil {
			return os.NewFile(uintptr(fd), name), nil
		}
		if err != syscall.EINTR {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// Create creates a file that must not exist yet and that only its owner can
// read.
func Create(name string) (*os.File, error) {
	return open(name, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_EXCL, 0o600)
}

// openExisting opens a file for writing without truncating it.
func openExisting(name string) (*os.File, error) { return open(name, syscall.O_WRONLY, 0) }

// keepAccess gives f the owner, group and mode of the file that it replaces, as
// far as this user may. If the group cannot be kept, the group of f gets no
// permissions.
func keepAccess(f *os.File, old fs.FileInfo) error {
	was, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if f.Chown(int(was.Uid), int(was.Gid)) != nil {
		_ = f.Chown(-1, int(was.Gid))
	}
	mode := old.Mode().Perm()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if now, ok := info.Sys().(*syscall.Stat_t); !ok || now.Gid != was.Gid {
		mode &^= 0o070
	}
	return f.Chmod(mode)
}

// reopen duplicates a descriptor of this process if name denotes one, such as
// /dev/stdout or /dev/fd/3. The duplicate shares the file position, and a file
// that others have open is not replaced. It returns nil for any other name.
func reopen(name string) (*os.File, error) {
	own, err := filepath.EvalSymlinks("/proc/self/fd")
	if err != nil {
		return nil, nil
	}
	link := name
	for range maxLinks {
		dir, base := filepath.Split(link)
		if fd, err := strconv.Atoi(base); err == nil {
			if real, err := filepath.EvalSymlinks(dir); err == nil && real == own {
				return duplicate(fd, name)
			}
		}
		target, err := os.Readlink(link)
		if err != nil {
			break
		}
		link = follow(link, target)
	}
	return nil, nil
}

func duplicate(fd int, name string) (*os.File, error) {
	again, err := syscall.Dup(fd)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	syscall.CloseOnExec(again)
	return os.NewFile(uintptr(again), name), nil
}

// Read returns the content of a file. The error is an *fs.PathError.
func Read(name string) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, 0, 16<<10)
	for {
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}
