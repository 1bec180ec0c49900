package process

import (
	"bytes"

	"netstat/internal/linux/sysfile"
)

// ownerRing is an open ring: in which process, and by which descriptor of which
// of its threads.
type ownerRing struct{ pid, thread, fd uint32 }

// ringNamesSockets reports whether this kernel, by its release, names the files
// of a ring in /proc/PID/fdinfo by their paths, as /proc/PID/fd does. Before
// Linux 6.14 it writes the last part alone, which is the same for all sockets
// of a protocol, and which any file may have that was called socket:[1].
func ringNamesSockets(release []byte) bool {
	major, minor := sysfile.ParseRelease(release)
	return major > 6 || major == 6 && minor >= 14
}

// ringParser reads the lines of a ring's /proc/PID/fdinfo/N
// (io_uring/fdinfo.c), of which the section UserFiles lists the files that are
// registered:
//
//	UserFiles:	2
//	    0: socket:[6783505]
//	    1: /dev/null
//	UserBufs:	0
//
// A file's name cannot end its line, since the kernel escapes white space.
type ringParser struct {
	// told says that the section came. The kernel leaves it out, or its lines
	// (before Linux 6.16), while the ring is in use.
	told bool
	// files says that the section announces files, lines that it lists some.
	files, lines bool

	inside bool
}

// sockets passes on the inode of each socket in the whole lines of b and
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

// busy reports whether a whole file told nothing since the ring was in use, or
// may have (before Linux 6.16).
func (p *ringParser) busy() bool { return !p.told || p.files && !p.lines }
