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

// FindOwners finds the processes below procRoot that hold sockets open.
// method is "scan" for a walk of all file descriptors in /proc, "bpf" for the
// kernel's own iteration over open files, or "" for whichever is expected to
// be cheaper.
//
// The Owners beside an error are marked Failed and hold what was found until
// then. Where /proc itself cannot be read they are marked Denied too, as
// net-tools 2.10 sees it.
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

// ownerFindAny takes the way that is expected to be cheaper. A scan that was
// refused a process is no answer where BPF, which is not refused any, is
// allowed: what is known of owners must not depend on how busy the host is.
func ownerFindAny(ctx context.Context, procRoot string, q netstat.OwnerQuery) (*ownerCollector, error) {
	c := newOwnerCollector(q)
	if ownerTryBPF(ctx, procRoot, q, c) {
		return c, nil
	}
	if c.owners.Seen { // BPF failed halfway
		c = newOwnerCollector(q)
	}
	err := ownerScanAll(ctx, procRoot, c)
	// net-tools tells of processes that are Denied, whatever was found.
	if err == nil && c.owners.Incomplete() && (!c.complete() || !c.owners.Denied) && BPFAllowed() {
		if b := newOwnerCollector(q); bpfFindOwners(ctx, procRoot, true, b) == nil {
			return b, nil
		}
	}
	return c, err
}

// ownerTryBPF reports whether the owners were found by BPF. It makes room for
// them in any case.
func ownerTryBPF(ctx context.Context, procRoot string, q netstat.OwnerQuery, c *ownerCollector) bool {
	if c.complete() {
		return false
	}
	work := ownerWork(procRoot)
	if q.Inodes == nil && work >= ownerWorkPresize {
		// So many files are mostly sockets. Growing by doubling would leave
		// half as much again in dead tables.
		c.owners.Grow(int(min(work, 1<<21)))
	}
	return work >= ownerWorkBPF && BPFAllowed() &&
		bpfFindOwners(ctx, procRoot, work >= ownerWorkBPFReading, c) == nil
}

// Amounts of work (see ownerWork) from which BPF is cheaper than a scan: where
// the kernel's type information can be mapped (since Linux 6.16), and where it
// has to be read. Measured on Linux 6.18: setting BPF up takes 1.5 ms, 4 ms
// more with reading, and saves 3.4 µs for each open file.
const (
	ownerWorkBPF        = 1000
	ownerWorkBPFReading = 3000
)

// ownerWorkPresize is the amount of work from which memory matters.
const ownerWorkPresize = 1 << 17

// ownerWork estimates how many files and processes a scan has to look at from
// what is to be had cheaply: open files and threads of the whole host. It is a
// loose bound, as a file may be open without a descriptor (mapped libraries)
// or have many (after a fork). It is 0 where nothing is known.
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

// BPFAllowed reports whether the kernel is likely to accept a tracing
// program (bpf_prog_load of kernel/bpf/syscall.c): finding out by trying costs
// two milliseconds.
func BPFAllowed() bool {
	const both = 1<<unix.CAP_BPF | 1<<unix.CAP_PERFMON
	caps := ownerCaps()
	return caps&(1<<unix.CAP_SYS_ADMIN) != 0 || caps&both == both
}

// ownerNeverDenied reports whether every /proc/PID/fd can be opened. Opening
// needs no more than the permission bits or a capability over them
// (proc_fd_permission of fs/proc/fd.c; only reading a link needs
// CAP_SYS_PTRACE), and a capability of the initial user namespace covers
// every user. What a security module refuses on top is not foreseen.
func ownerNeverDenied(procRoot string) bool {
	const dac = 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_DAC_OVERRIDE
	return ownerCaps()&dac != 0 && ownerLinkIs(procRoot+"/self/ns/user", "user:[4026531837]")
}

// ownerLinkIs reports whether the symbolic link path has this target.
func ownerLinkIs(path, target string) bool {
	var buf [64]byte
	n, err := unix.Readlink(path, buf[:])
	return err == nil && string(buf[:n]) == target
}

// ownerScan is one walk of /proc.
type ownerScan struct {
	c    *ownerCollector
	self uint32 // this process, as /proc numbers it; 0 if it is not there

	path [48]byte // "PID/fd\0" or "PID/task/TID/fd\0"
	link [64]byte
	fds  []byte // directory entries of one /proc/PID/fd
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
			// Once everything is found, what is left to learn is what
			// net-tools' warnings say: was any process denied, was any
			// socket seen.
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

// process looks at one process. It returns an error only where this process,
// not the other one, is at fault.
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

// threads looks at the threads of a process that do not share its files.
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

// ownNumbers reports whether processes have the same numbers for system calls
// as in the /proc that is walked.
func (s *ownerScan) ownNumbers() bool { return s.self != 0 && s.self == uint32(unix.Getpid()) }

// ownerSharesFiles reports whether a thread is known to have the files of its
// process. Where kcmp(2) is not to be had, it is not.
func ownerSharesFiles(pid, tid uint32) bool {
	const kcmpFiles = 2
	result, _, err := unix.RawSyscall6(unix.SYS_KCMP, uintptr(pid), uintptr(tid), kcmpFiles, 0, 0, 0)
	return err == 0 && result == 0
}

// refused notes that something of another process could not be read, and
// returns the error where this process is at fault. nil is none.
func (s *ownerScan) refused(err error) error {
	switch err {
	case nil, unix.Errno(0):
	case unix.ENOENT, unix.ESRCH: // it ended meanwhile
	case unix.ENOTDIR, unix.EINVAL, unix.ENAMETOOLONG: // it is something else
	case unix.EMFILE, unix.ENFILE, unix.ENOMEM:
		return err
	default:
		s.c.owners.Unread = true
	}
	return nil
}

// files looks at the open files of a thread, which is the process itself or has
// files of its own, in the directory s.path of at.
func (s *ownerScan) files(ctx context.Context, at int, pid, thread uint32, read bool) error {
	dir, err := ownerOpenDir(at, &s.path[0])
	switch err {
	case 0:
	case unix.EACCES:
		s.c.owners.Denied = true
		return nil
	case unix.EPERM:
		// hidepid=1, which net-tools 2.10 does not count as denied.
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
				// So says, once, also a process that ended just now.
				n, errno = ownerReadlink(dir, &name[0], s.link[:])
			}
			if errno != 0 {
				err := s.refused(errno)
				if err != nil || errno == unix.EACCES {
					return err // nor may any other link be read
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
				// The socket that this program asks the kernel through
				// is not something it has seen.
				seen := s.c.owners.Seen
				s.c.add(inode, pid)
				s.c.owners.Seen = seen
				continue
			}
			s.c.add(inode, pid)
		}
	}
	return nil
}

// ownerIsNetlink reports whether a descriptor of this process, in decimal, is
// an AF_NETLINK socket.
func ownerIsNetlink(name []byte) bool {
	fd, err := strconv.Atoi(string(name))
	if err != nil {
		return false
	}
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	return err == nil && domain == unix.AF_NETLINK
}

// The calls of the walk take paths that end in NUL as they stand in a buffer:
// those of package unix take strings, at an allocation each.

func ownerOpenDir(dir int, path *byte) (int, unix.Errno) {
	for {
		fd, _, err := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
			unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0, 0, 0)
		if err != unix.EINTR {
			return int(fd), err
		}
	}
}

// ownerReadlink does not tell the scheduler of its call, which in /proc never
// sleeps: that saves a twentieth of a whole scan.
func ownerReadlink(dir int, path *byte, buf []byte) (int, unix.Errno) {
	n, _, err := unix.RawSyscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), 0, 0)
	return int(n), err
}

// ownerSeesAll reports whether procRoot is known to show every process of the
// host: whether it is of the initial pid namespace.
func ownerSeesAll(procRoot string) bool {
	return ownerInitialPIDNamespace(procRoot) || ownerLinkIs(procRoot+"/1/ns/pid", initialPIDNamespace)
}

// ownerHidden reports whether procRoot is set up not to show processes that
// this one may not trace.
func ownerHidden(procRoot string) bool {
	if ownerCaps()&(1<<unix.CAP_SYS_PTRACE) != 0 && ownerLinkIs(procRoot+"/self/ns/user", "user:[4026531837]") {
		return false
	}
	b, err := sysfile.ReadAll(unix.AT_FDCWD, procRoot+"/self/mountinfo")
	return err == nil && ownerHides(b, procRoot)
}

// initialPIDNamespace is the link of the first namespace of processes
// (PROC_PID_INIT_INO of include/linux/proc_ns.h).
const initialPIDNamespace = "pid:[4026531836]"

// ownerInitialPIDNamespace reports whether procRoot is the /proc of the
// initial pid namespace and this process is in that namespace, so that the
// kernel's own process numbers are those to show.
func ownerInitialPIDNamespace(procRoot string) bool {
	var fs unix.Statfs_t
	return procRoot == "/proc" &&
		unix.Statfs(procRoot, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC &&
		ownerLinkIs("/proc/self/ns/pid", initialPIDNamespace)
}
