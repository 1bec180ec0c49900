package files

import (
	"errors"
	"io/fs"
	"os"
)

// OpenRegular opens a regular file for reading. It opens nothing else, because that may
// wait: for a writer of a pipe, or for a device. The error is an *fs.PathError.
func OpenRegular(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	return Open(name)
}
