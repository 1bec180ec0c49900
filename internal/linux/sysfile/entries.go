// Package sysfile opens, reads and lists files of the kernel without the
// overhead of package os: no poller, no finalizer, no allocation for each
// entry. Except for the kernel's release it does not interpret files.
package sysfile

import (
	"bytes"
	"encoding/binary"
)

// direntName is the offset of the name in struct linux_dirent64, which is the
// same on every architecture (include/linux/dirent.h).
const direntName = 19

// NextEntry splits off the first record of b, which getdents64(2) filled. A NUL
// follows name in the buffer. It returns false at the end of b and at a
// malformed record.
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
