package process

import (
	"context"
	"strconv"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// ringLink is the target of a /proc/PID/fd link to an io_uring ring.
const ringLink = "anon_inode:[io_uring]"

// findRingOwners searches the files registered with the recorded rings for
// requested sockets without a descriptor.
func findRingOwners(ctx context.Context, procRoot string, c *ownerCollector) error {
	release, err := sysfile.ReadAll(unix.AT_FDCWD, procRoot+"/sys/kernel/osrelease")
	if err != nil || !ringNamesSockets(release) {
		return nil
	}
	buf := make([]byte, 64<<10)
	for _, r := range c.ringAt {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch err := ringOwner(procRoot, r, c, buf); err {
		case nil, unix.ENOENT, unix.ESRCH: // it ended meanwhile
		case unix.EMFILE, unix.ENFILE, unix.ENOMEM:
			return err
		default:
			c.owners.Unread = true
		}
	}
	return nil
}

// ringTries is how often a ring in use is read. A system call holds its lock
// once, a thread that polls for submissions (IORING_SETUP_SQPOLL) for a few
// calls.
const ringTries = 32

// ringOwner adds the sockets of one ring.
func ringOwner(procRoot string, r ownerRing, c *ownerCollector, buf []byte) error {
	place := procRoot + "/" + strconv.FormatUint(uint64(r.thread), 10)
	fd := strconv.FormatUint(uint64(r.fd), 10)
	var p ringParser
	for range ringTries {
		p = ringParser{}
		err := ringRead(place+"/fdinfo/"+fd, buf, func(b []byte) []byte {
			return p.sockets(b, func(inode uint64) { c.addRing(inode, r.pid) })
		})
		if err != nil || !p.busy() {
			return err
		}
		_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
	}
	if !p.told && ownerLinkIs(place+"/fd/"+fd, ringLink) {
		c.owners.Busy = true
	}
	return nil
}

// ringRead passes a file to parse in pieces. Each piece begins with what parse
// returned of the one before.
func ringRead(path string, buf []byte, parse func([]byte) []byte) error {
	fd, err := sysfile.Open(unix.AT_FDCWD, path, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for kept := 0; ; {
		n, err := sysfile.Read(fd, buf[kept:])
		if err != nil || n == 0 {
			return err
		}
		// No line is longer than the buffer: a path has at most one
		// page.
		kept = copy(buf, parse(buf[:kept+n]))
	}
}
