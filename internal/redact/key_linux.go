package redact

import (
	"os"

	"golang.org/x/sys/unix"
)

// NewKey returns a random key of the kernel.
func NewKey() (key Key, err error) {
	n, err := unix.Getrandom(key[:], 0)
	if err == nil && n < len(key) {
		err = unix.EIO
	}
	return key, os.NewSyscallError("getrandom", err)
}
