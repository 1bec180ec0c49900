package process

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/sysfile"
)

// FindOwners finds the processes below procRoot that hold sockets open. method
// is "scan" to walk all file descriptors in /proc, "bpf" to let the kernel
// iterate over open files, or "" for the method that is expected to be cheaper.
//
// With an error, the Owners are marked Failed and hold what was found before
// it. If /proc itself cannot be read, they are also marked Denied, as in
// net-tools 2.10.
func FindOwners(ctx context.Context, procRoot, method string, q netstat.OwnerQuery) (*netstat.Owners, error) {
	c := newOwnerCollector(q)
	var err error
	switch method {
	case "":
		c, err = ownerFindAny(ctx, procRoot, q)
	case "scan":
		err = ownerScanAll(ctx, procRoot, c)
	case "bpf":
		err = bpfFindOwners(ctx, procRoot, true, c)
	default:
		err = fmt.Errorf("unknown method %q", method)
	}
	if err == nil && c.needsRings() {
		err = findRingOwners(ctx, procRoot, c)
	}
	if err != nil {
		c.owners.Failed = true
		return c.owners, &netstat.OpError{Op: "find owners", Err: err}
	}
	return c.owners, nil
}

// ownerFindAny uses the method that is expected to be cheaper. If a scan was
// denied a process and BPF is permitted, it uses BPF, which is never denied
// one: the known owners must not depend on how busy the host is.
func ownerFindAny(ctx context.Context, procRoot string, q netstat.OwnerQuery) (*ownerCollector, error) {
	c := newOwnerCollector(q)
	if ownerTryBPF(ctx, procRoot, q, c) {
		return c, nil
	}
	if c.owners.Seen { // BPF failed halfway
		c = newOwnerCollector(q)
	}
	err := ownerScanAll(ctx, procRoot, c)
	// net-tools reports Denied processes, whatever was found.
	if err == nil && c.owners.Incomplete() && (!c.complete() || !c.owners.Denied) && BPFAllowed() {
		if b := newOwnerCollector(q); bpfFindOwners(ctx, procRoot, true, b) == nil {
			return b, nil
		}
	}
	return c, err
}

// ownerTryBPF reports whether BPF found the owners. In either case it allocates
// room for them.
func ownerTryBPF(ctx context.Context, procRoot string, q netstat.OwnerQuery, c *ownerCollector) bool {
	if c.complete() {
		return false
	}
	work := ownerWork(procRoot)
	if q.Inodes == nil && work >= ownerWorkPresize {
		// Most of so many files are sockets. Growing by doubling would
		// leave half as much again in unused tables.
		c.owners.Grow(int(min(work, 1<<21)))
	}
	return work >= ownerWorkBPF && BPFAllowed() &&
		bpfFindOwners(ctx, procRoot, work >= ownerWorkBPFReading, c) == nil
}

// Amounts of work (see ownerWork) from which BPF is cheaper than a scan: if the
// kernel's type information can be mapped (since Linux 6.16), and if it must be
// read. Measured on Linux 6.18: setting up BPF takes 1.5 ms, 4 ms more with
// reading, and saves 3.4 µs for each open file.
const (
	ownerWorkBPF        = 1000
	ownerWorkBPFReading = 3000
)

// ownerWorkPresize is the amount of work from which memory use matters.
const ownerWorkPresize = 1 << 17

// ownerWork estimates how many files and processes a scan must visit. It uses
// cheap figures: the open files and threads of the whole host. The estimate is
// rough, because a file may be open without a descriptor (mapped libraries) or
// have several (after a fork). It is 0 if unknown.
func ownerWork(procRoot string) uint64 {
	fd, err := sysfile.Open(unix.AT_FDCWD, procRoot+"/sys/fs/file-nr", unix.O_RDONLY)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	var buf [64]byte
	n, err := sysfile.Read(fd, buf[:])
	if err != nil {
		return 0
	}
	files, _ := parseFileNumber(buf[:n])
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return files
	}
	return files + uint64(info.Procs)
}

// ownerCaps returns the effective capabilities of this process.
func ownerCaps() uint64 {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&header, &data[0]) != nil {
		return 0
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective)
}

// BPFAllowed reports whether the kernel will probably accept a tracing program
// (bpf_prog_load in kernel/bpf/syscall.c). Trying would cost two milliseconds.
func BPFAllowed() bool {
	const both = 1<<unix.CAP_BPF | 1<<unix.CAP_PERFMON
	caps := ownerCaps()
	return caps&(1<<unix.CAP_SYS_ADMIN) != 0 || caps&both == both
}

// ownerNeverDenied reports whether every /proc/PID/fd can be opened. Opening
// requires only the permission bits or a capability that overrides them
// (proc_fd_permission in fs/proc/fd.c; only reading a link requires
// CAP_SYS_PTRACE). A capability of the initial user namespace covers every
// user. Refusals by a security module are not considered.
func ownerNeverDenied(procRoot string) bool {
	const dac = 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_DAC_OVERRIDE
	return ownerCaps()&dac != 0 && ownerLinkIs(procRoot+"/self/ns/user", "user:[4026531837]")
}

// ownerLinkIs reports whether the symbolic link path has the given target.
func ownerLinkIs(path, target string) bool {
	var buf [64]byte
	n, err := unix.Readlink(path, buf[:])
	return err == nil && string(buf[:n]) == target
}

// ownerScan is one walk of /proc.
type ownerScan struct {
	c    *ownerCollector
	self uint32 // this process's number in /proc; 0 if it is not there

	path [48]byte // "PID/fd\0" or "PID/task/TID/fd\0"
	link [64]byte
	fds  []byte // buffer for directory entries of one /proc/PID/fd
}

func ownerScanAll(ctx context.Context, procRoot string, c *ownerCollector) error {
	c.owners.Confined = !ownerSeesAll(procRoot)
	c.owners.Hidden = ownerHidden(procRoot)
	neverDenied := ownerNeverDenied(procRoot)
	if c.complete() && neverDenied {
		return ctx.Err()
	}
	dir, err := sysfile.Open(unix.AT_FDCWD, procRoot, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		c.owners.Denied = true
		return err
	}
	defer unix.Close(dir)

	s := &ownerScan{c: c, fds: make([]byte, 32<<10)}
	if n, err := unix.Readlinkat(dir, "self", s.link[:]); err == nil {
		s.self, _ = parsePID(s.link[:n])
	}
	var failed error
	entries := make([]byte, 32<<10)
	mounted := false
	for {
		n, err := sysfile.ReadEntries(dir, entries)
		if err == nil && n == 0 && !mounted {
			err = errors.New(procRoot + " is not mounted")
		}
		if err != nil || n == 0 {
			return errors.Join(err, failed)
		}
		for name, rest, ok := sysfile.NextEntry(entries[:n]); ok; name, rest, ok = sysfile.NextEntry(rest) {
			mounted = mounted || len(name) > 0 && name[0] != '.'
			pid, ok := parsePID(name)
			if !ok {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			// When everything is found, the rest of the walk only
			// answers what net-tools' warnings need: whether a
			// process was denied, and whether a socket was seen.
			found := c.complete() && c.owners.Seen
			if c.complete() && (neverDenied || found && c.owners.Denied) {
				return failed
			}
			if err := s.process(ctx, dir, name, pid, !found); err != nil {
				failed = err
			}
		}
	}
}

// process visits one process. It returns an error only if this process is the
// cause, for lack of a resource.
func (s *ownerScan) process(ctx context.Context, proc int, name []byte, pid uint32, read bool) error {
	if !s.setPath(name, "/fd\x00") {
		return nil
	}
	if err := s.files(ctx, proc, pid, pid, read); err != nil || !s.c.threads || !read {
		return err
	}
	return s.threads(ctx, proc, name, pid)
}

func (s *ownerScan) setPath(name []byte, rest string) bool {
	if len(name)+len(rest) > len(s.path) {
		return false
	}
	copy(s.path[copy(s.path[:], name):], rest)
	return true
}

// threads visits the threads of a process that do not share its files.
func (s *ownerScan) threads(ctx context.Context, proc int, name []byte, pid uint32) error {
	if !s.setPath(name, "/task\x00") {
		return nil
	}
	dir, errno := ownerOpenDir(proc, &s.path[0])
	if errno != 0 {
		return s.refused(errno)
	}
	defer unix.Close(dir)
	entries := make([]byte, 4<<10)
	for ctx.Err() == nil {
		n, err := sysfile.ReadEntries(dir, entries)
		if err != nil || n == 0 {
			return s.refused(err)
		}
		for thread, rest, ok := sysfile.NextEntry(entries[:n]); ok; thread, rest, ok = sysfile.NextEntry(rest) {
			tid, ok := parsePID(thread)
			if !ok || tid == pid || s.ownNumbers() && ownerSharesFiles(pid, tid) || !s.setPath(thread, "/fd\x00") {
				continue
			}
			if err := s.files(ctx, dir, pid, tid, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownNumbers reports whether system calls use the same process numbers as the
// /proc that is walked.
func (s *ownerScan) ownNumbers() bool { return s.self != 0 && s.self == uint32(unix.Getpid()) }

// ownerSharesFiles reports whether a thread is known to share the files of its
// process. Without kcmp(2) that is unknown, and it returns false.
func ownerSharesFiles(pid, tid uint32) bool {
	const kcmpFiles = 2
	result, _, err := unix.RawSyscall6(unix.SYS_KCMP, uintptr(pid), uintptr(tid), kcmpFiles, 0, 0, 0)
	return err == 0 && result == 0
}

// refused records that something of another process could not be read. It
// returns err if this process is the cause. err may be nil.
func (s *ownerScan) refused(err error) error {
	switch err {
	case nil, unix.Errno(0):
	case unix.ENOENT, unix.ESRCH: // it ended meanwhile
	case unix.ENOTDIR, unix.EINVAL, unix.ENAMETOOLONG: // not a process
	case unix.EMFILE, unix.ENFILE, unix.ENOMEM:
		return err
	default:
		s.c.owners.Unread = true
	}
	return nil
}

// files visits the open files of a thread: the main thread of the process or
// one with files of its own. The directory is s.path below at.
func (s *ownerScan) files(ctx context.Context, at int, pid, thread uint32, read bool) error {
	dir, err := ownerOpenDir(at, &s.path[0])
	switch err {
	case 0:
	case unix.EACCES:
		s.c.owners.Denied = true
		return nil
	case unix.EPERM:
		// hidepid=1. net-tools 2.10 does not count it as denied.
		s.c.owners.Hidden = true
		return nil
	default:
		return s.refused(err)
	}
	defer unix.Close(dir)
	if !read {
		return nil
	}
	for ctx.Err() == nil {
		n, err := sysfile.ReadEntries(dir, s.fds)
		if err != nil || n == 0 {
			return s.refused(err)
		}
		for name, rest, ok := sysfile.NextEntry(s.fds[:n]); ok; name, rest, ok = sysfile.NextEntry(rest) {
			if len(name) == 0 || name[0]-'0' > 9 {
				continue
			}
			n, errno := ownerReadlink(dir, &name[0], s.link[:])
			if errno == unix.EACCES {
				// A process that is just ending returns EACCES
				// once.
				n, errno = ownerReadlink(dir, &name[0], s.link[:])
			}
			if errno != 0 {
				err := s.refused(errno)
				if err != nil || errno == unix.EACCES {
					return err // no other link can be read either
				}
				continue
			}
			link := s.link[:n]
			inode, ok := socketInode(link)
			if !ok {
				if s.c.rings && string(link) == ringLink {
					fd, _ := parseNumber(name)
					s.c.ring(ownerRing{pid: pid, thread: thread, fd: uint32(fd)})
				}
				continue
			}
			if pid == s.self && ownerIsNetlink(name) {
				// This program's own netlink socket does not
				// count as seen.
				seen := s.c.owners.Seen
				s.c.add(inode, pid, thread != pid)
				s.c.owners.Seen = seen
				continue
			}
			s.c.add(inode, pid, thread != pid)
		}
	}
	return nil
}

// ownerIsNetlink reports whether a descriptor of this process, given in
// decimal, is an AF_NETLINK socket.
func ownerIsNetlink(name []byte) bool {
	fd, err := strconv.Atoi(string(name))
	if err != nil {
		return false
	}
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	return err == nil && domain == unix.AF_NETLINK
}

// The system calls of the walk take NUL-terminated paths from a buffer. The
// functions of package unix take strings, at an allocation each.

func ownerOpenDir(dir int, path *byte) (int, unix.Errno) {
	for {
		fd, _, err := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
			unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0, 0, 0)
		if err != unix.EINTR {
			return int(fd), err
		}
	}
}

// ownerReadlink does not notify the scheduler, because the call never sleeps in
// /proc. That saves a twentieth of a whole scan.
func ownerReadlink(dir int, path *byte, buf []byte) (int, unix.Errno) {
	n, _, err := unix.RawSyscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	return int(n), err
}

// ownerSeesAll reports whether procRoot is known to show every process of the
// host, because it belongs to the initial pid namespace.
func ownerSeesAll(procRoot string) bool {
	return ownerInitialPIDNamespace(procRoot) || ownerLinkIs(procRoot+"/1/ns/pid", initialPIDNamespace)
}

// ownerHidden reports whether procRoot is mounted so that it hides processes
// that this one may not trace.
func ownerHidden(procRoot string) bool {
	if ownerCaps()&(1<<unix.CAP_SYS_PTRACE) != 0 && ownerLinkIs(procRoot+"/self/ns/user", "user:[4026531837]") {
		return false
	}
	b, err := sysfile.ReadAll(unix.AT_FDCWD, procRoot+"/self/mountinfo")
	return err == nil && ownerHides(b, procRoot)
}

// initialPIDNamespace is the link of the initial pid namespace
// (PROC_PID_INIT_INO in include/linux/proc_ns.h).
const initialPIDNamespace = "pid:[4026531836]"

// InitialPIDNamespace reports whether the kernel's own process numbers are those
// that this process sees.
func InitialPIDNamespace() bool { return ownerInitialPIDNamespace("/proc") }

// ownerInitialPIDNamespace reports whether procRoot is the /proc of the initial
// pid namespace and this process is in that namespace. The kernel's own process
// numbers are then those to show.
func ownerInitialPIDNamespace(procRoot string) bool {
	var fs unix.Statfs_t
	return procRoot == "/proc" &&
		unix.Statfs(procRoot, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC &&
		ownerLinkIs("/proc/self/ns/pid", initialPIDNamespace)
}
