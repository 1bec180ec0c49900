package linux

import (
	"bytes"
	"encoding/binary"
)

// ownerDirentName is where the name starts in struct linux_dirent64, whose
// layout is the same on every architecture (include/linux/dirent.h).
const ownerDirentName = 19

// ownerEntry takes one record off b, which getdents64(2) filled. name ends
// before its NUL, which is in the buffer behind it. It returns false at the
// end of b and at a record that does not fit.
func ownerEntry(b []byte) (name, rest []byte, ok bool) {
	if len(b) <= ownerDirentName {
		return nil, nil, false
	}
	size := int(binary.NativeEndian.Uint16(b[16:]))
	if size <= ownerDirentName || size > len(b) {
		return nil, nil, false
	}
	end := bytes.IndexByte(b[ownerDirentName:size], 0)
	if end < 0 {
		return nil, nil, false
	}
	return b[ownerDirentName : ownerDirentName+end], b[size:], true
}
