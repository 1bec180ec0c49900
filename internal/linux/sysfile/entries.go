// Package sysfile opens, reads and lists the files of the kernel without what
// package os adds: no poller, no finalizer, no allocation for each entry. What a
// file says is not its subject, but for the release of the kernel.
package sysfile

import (
	"bytes"
	"encoding/binary"
)

// direntName is where the name starts in struct linux_dirent64, whose
// layout is the same on every architecture (include/linux/dirent.h).
const direntName = 19

// NextEntry takes one record off b, which getdents64(2) filled. name ends
// before its NUL, which is in the buffer behind it. It returns false at the
// end of b and at a record that does not fit.
func NextEntry(b []byte) (name, rest []byte, ok bool) {
	if len(b) <= direntName {
		return nil, nil, false
	}
	size := int(binary.NativeEndian.Uint16(b[16:]))
	if size <= direntName || size > len(b) {
		return nil, nil, false
	}
	end := bytes.IndexByte(b[direntName:size], 0)
	if end < 0 {
		return nil, nil, false
	}
	return b[direntName : direntName+end], b[size:], true
}
