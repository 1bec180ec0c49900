//go:build !windows

package files

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Lock opens a file, which it creates if necessary, and locks it until it is closed or the
// process ends. The error wraps ErrLocked if another process has locked it. A symbolic link
// is not followed.
func Lock(name string) (*os.File, error) {
	f, err := open(name, syscall.O_RDWR|syscall.O_CREAT|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if err == syscall.EWOULDBLOCK {
		err = ErrLocked
	}
	return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
}

// SyncDirectory makes the names in a directory durable, where the file system can.
func SyncDirectory(name string) error {
	f, err := Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
