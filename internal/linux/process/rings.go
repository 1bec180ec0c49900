package process

import (
	"bytes"

	"netstat/internal/linux/sysfile"
)

// ownerRing is an open io_uring ring: its process, and the thread and
// descriptor that hold it.
type ownerRing struct{ pid, thread, fd uint32 }

// ringNamesSockets reports whether a kernel of this release writes the full
// paths of a ring's files to /proc/PID/fdinfo, as in /proc/PID/fd. Before Linux
// 6.14 it writes only the last part, which is the same for all sockets of a
// protocol, and which any file named socket:[1] can have too.
func ringNamesSockets(release []byte) bool {
	major, minor := sysfile.ParseRelease(release)
	return major > 6 || major == 6 && minor >= 14
}

// ringParser reads the lines of a ring's /proc/PID/fdinfo/N
// (io_uring/fdinfo.c). The section UserFiles lists the registered files:
//
//	UserFiles:	2
//	    0: socket:[6783505]
//	    1: /dev/null
//	UserBufs:	0
//
// A file's name cannot end its line, because the kernel escapes white space.
type ringParser struct {
	// told reports whether the section was read. While the ring is in use, the kernel
	// omits it, or its lines (before Linux 6.16).
	told bool
	// files reports whether the section announces files, lines whether it
	// lists any.
	files, lines bool

	inside bool
}

// sockets calls add for the inode of each socket in the complete lines of b and
// returns the rest.
func (p *ringParser) sockets(b []byte, add func(inode uint64)) []byte {
	for {
		line, rest, whole := bytes.Cut(b, []byte{'\n'})
		if !whole {
			return b
		}
		b = rest
		if count, ok := bytes.CutPrefix(line, []byte("UserFiles:")); ok {
			n, _ := parseNumber(bytes.TrimLeft(count, "\t "))
			p.told, p.inside, p.files = true, true, n > 0
			continue
		}
		if p.inside = p.inside && len(line) > 0 && (line[0] == ' ' || line[0]-'0' <= 9); !p.inside {
			continue
		}
		p.lines = true
		_, name, _ := bytes.Cut(line, []byte(": "))
		if inode, ok := socketInode(name); ok {
			add(inode)
		}
	}
}

// busy reports whether a file lacks the section because the ring was in use, or
// may lack its lines for that reason (before Linux 6.16).
func (p *ringParser) busy() bool { return !p.told || p.files && !p.lines }
