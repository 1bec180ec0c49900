package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/sysfile"
)

// namespaceDirs are where ip-netns(8) mounts the namespaces that it names; the
// second mostly leads to the first.
var namespaceDirs = [...]string{"/run/netns", "/var/run/netns"}

// nsGetType is the request NS_GET_NSTYPE of ioctl_ns(2).
const nsGetType = 0xb703

// FindNamespace returns the network namespace that ref means: a name that
// ip-netns(8) gave, a path where there is a slash in it, else the number of a
// process. The error is a *netstat.OpError, which wraps fs.ErrNotExist where
// there is none.
func FindNamespace(ref string) (netstat.Namespace, error) {
	n, err := findNamespace(ref)
	if err != nil {
		return netstat.Namespace{}, namespaceError("find", strconv.Quote(ref), err)
	}
	return n, nil
}

func namespaceError(op, name string, err error) *netstat.OpError {
	return &netstat.OpError{Op: op + " network namespace " + name, Err: err}
}

func findNamespace(ref string) (n netstat.Namespace, err error) {
	if ref == "" {
		return n, errors.New("no name given")
	}
	if strings.Contains(ref, "/") {
		n.Path = ref
	} else if n.Path = namedNamespace(ref); n.Path != "" {
		n.Names = []string{ref}
	} else {
		pid, ok := ownerPID([]byte(ref))
		if !ok {
			return n, fmt.Errorf("no such name in %s: %w", namespaceDirs[0], fs.ErrNotExist)
		}
		dir := "/proc/" + strconv.FormatUint(uint64(pid), 10)
		p, err := readProcess("/proc", pid, netstat.FactStat)
		if errors.Is(err, fs.ErrNotExist) {
			return n, fmt.Errorf("no such process: %w", fs.ErrNotExist)
		}
		n.Path, n.PID, n.Comm = dir+"/ns/net", pid, p.Comm
	}
	f, err := openNamespace(n.Path)
	if err != nil {
		return n, err
	}
	defer unix.Close(f)
	if n.Inode, err = inodeOf(f); err != nil {
		return n, err
	}
	n.Own = n.Inode == ownNamespace()
	return n, nil
}

// namedNamespace returns where the namespace of this name is, also if that is
// not one, and nothing where there is no such name.
func namedNamespace(name string) string {
	if name == "." || name == ".." {
		return ""
	}
	for _, dir := range namespaceDirs {
		if _, err := namespaceFile(dir + "/" + name); err != unix.ENOENT && err != unix.ENOTDIR {
			return dir + "/" + name
		}
	}
	return ""
}

// openNamespace opens a file that stands for a network namespace.
func openNamespace(path string) (int, error) {
	// O_NONBLOCK, since the path may be that of a pipe.
	f, err := sysfile.Open(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return -1, err
	}
	var fs unix.Statfs_t
	if err := unix.Fstatfs(f, &fs); err != nil {
		unix.Close(f)
		return -1, err
	}
	if fs.Type != unix.NSFS_MAGIC {
		unix.Close(f)
		return -1, errors.New("not a namespace")
	}
	// The type is asked for since Linux 4.11; before, setns(2) finds out.
	if kind, err := unix.IoctlRetInt(f, nsGetType); err == nil && kind != unix.CLONE_NEWNET {
		unix.Close(f)
		return -1, errors.New("a namespace, but not of the network")
	}
	return f, nil
}

// namespaceFile returns the number of the namespace that a file stands for,
// without opening what may not be one.
func namespaceFile(path string) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return 0, err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		return 0, err
	}
	if fs.Type != unix.NSFS_MAGIC {
		return 0, errors.New("not a namespace")
	}
	return stat.Ino, nil
}

func inodeOf(f int) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(f, &stat); err != nil {
		return 0, err
	}
	return stat.Ino, nil
}

// ownNamespace returns the number of the namespace of this thread, 0 where it
// is not to be known.
func ownNamespace() uint64 {
	var buf [64]byte
	n, err := unix.Readlink("/proc/thread-self/ns/net", buf[:])
	if err != nil {
		return 0
	}
	inode, _ := namespaceInode(buf[:n])
	return inode
}

// namespaceSearch collects namespaces by their numbers.
type namespaceSearch struct {
	ctx    context.Context
	q      netstat.NamespaceQuery
	found  map[uint64]*netstat.Namespace
	mounts map[uint64]bool // mount namespaces whose mounts are known
	// denied are processes that may not be looked at, and hidden the namespaces
	// that are mounted where only such a one sees them.
	denied []uint32
	hidden map[uint64]hiddenMount
}

type hiddenMount struct {
	pid  uint32
	path string
}

// Namespaces lists the network namespaces of this host: those that ip-netns(8)
// named, those mounted somewhere, and those that a process or a thread is in,
// in this order; the namespace of this process comes first. One that only a
// socket keeps is not found. Without privilege other users' processes cannot be
// looked at: that some are in namespaces which are not listed is reported. An
// error says that the search was cut short, or
// could not begin.
func Namespaces(ctx context.Context, q netstat.NamespaceQuery) ([]netstat.Namespace, error) {
	s := &namespaceSearch{ctx: ctx, q: q, found: make(map[uint64]*netstat.Namespace), mounts: make(map[uint64]bool), hidden: make(map[uint64]hiddenMount)}
	if own := ownNamespace(); own != 0 {
		n := s.add(own, "/proc/self/ns/net")
		n.Own = true
	}
	var last unix.Stat_t
	for _, dir := range namespaceDirs {
		var stat unix.Stat_t
		if unix.Stat(dir, &stat) == nil && (stat.Dev != last.Dev || stat.Ino != last.Ino) {
			last = stat
			s.names(dir)
		}
	}
	s.mountsOf("/proc/self", "", 0)
	err := s.processes()
	s.reportDenied()
	s.reportHidden()
	list := make([]netstat.Namespace, 0, len(s.found))
	for _, n := range s.found {
		slices.Sort(n.Names)
		n.Names = slices.Compact(n.Names)
		list = append(list, *n)
	}
	slices.SortFunc(list, compareNamespaces)
	if q.Cookies {
		s.cookies(list)
	}
	if err != nil {
		return list, &netstat.OpError{Op: "find network namespaces", Err: err}
	}
	return list, nil
}

// compareNamespaces orders namespaces: the own one, those with names, mounted
// ones, those of processes.
func compareNamespaces(a, b netstat.Namespace) int {
	rank := func(n *netstat.Namespace) int {
		switch {
		case n.Own:
			return 0
		case len(n.Names) > 0:
			return 1
		case len(n.Mounts) > 0:
			return 2
		case n.PID != 0:
			return 3
		}
		return 4
	}
	if d := rank(&a) - rank(&b); d != 0 {
		return d
	}
	if len(a.Names) > 0 && len(b.Names) > 0 {
		if d := strings.Compare(a.Names[0], b.Names[0]); d != 0 {
			return d
		}
	}
	if a.PID != b.PID {
		if a.PID < b.PID {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Path, b.Path)
}

func (s *namespaceSearch) report(what string, err error) {
	if s.q.Report != nil {
		s.q.Report(namespaceError("find", what, err))
	}
}

// add returns the namespace of this number, which path leads to.
func (s *namespaceSearch) add(inode uint64, path string) *netstat.Namespace {
	n := s.found[inode]
	if n == nil {
		n = &netstat.Namespace{Inode: inode, Path: path}
		s.found[inode] = n
	}
	return n
}

// names adds what a directory of ip-netns(8) has.
func (s *namespaceSearch) names(dir string) {
	f, err := sysfile.Open(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		s.report("names in "+dir, err)
		return
	}
	defer unix.Close(f)
	buf := make([]byte, 8<<10)
	for {
		n, err := sysfile.ReadEntries(f, buf)
		if err != nil {
			s.report("names in "+dir, err)
		}
		if err != nil || n == 0 {
			return
		}
		for name, rest, ok := sysfile.NextEntry(buf[:n]); ok; name, rest, ok = sysfile.NextEntry(rest) {
			if name := string(name); name != "." && name != ".." {
				s.named(dir+"/"+name, name)
			}
		}
	}
}

func (s *namespaceSearch) named(path, name string) {
	inode, err := namespaceFile(path)
	if err != nil {
		if err != unix.ENOENT { // it went meanwhile
			s.report(strconv.Quote(name), err)
		}
		return
	}
	n := s.add(inode, path)
	if !slices.Contains(n.Names, name) {
		n.Names = append(n.Names, name)
	}
	if !n.Own && len(n.Names) == 1 {
		n.Path = path
	}
}

// mountsOf adds what is mounted in the mount namespace of a process, whose
// paths begin with root for this one.
func (s *namespaceSearch) mountsOf(process, root string, pid uint32) {
	var stat unix.Stat_t
	err := unix.Stat(process+"/ns/mnt", &stat)
	denied := isDenied(err)
	if err != nil && !denied || err == nil && s.mounts[stat.Ino] {
		return
	}
	if err == nil {
		s.mounts[stat.Ino] = true
	}
	// Everybody may read what is mounted, not look at it.
	b, err := sysfile.ReadAll(unix.AT_FDCWD, process+"/mountinfo")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(b)) {
		m, ok := parseNamespaceMount([]byte(strings.TrimSuffix(line, "\n")))
		if !ok {
			continue
		}
		if denied {
			if _, known := s.hidden[m.inode]; !known {
				s.hidden[m.inode] = hiddenMount{pid, m.path}
			}
			continue
		}
		path := root + m.path
		// Another may be mounted over it.
		if inode, err := namespaceFile(path); err != nil || inode != m.inode {
			continue
		}
		n := s.add(m.inode, path)
		for _, dir := range namespaceDirs {
			if root == "" && strings.HasPrefix(m.path, dir+"/") {
				path = ""
			}
		}
		if root != "" && (n.Own || len(n.Names) > 0 || len(n.Mounts) > 0) {
			continue // most mount namespaces begin as copies of another
		}
		if path != "" && !slices.Contains(n.Mounts, path) {
			n.Mounts = append(n.Mounts, path)
		}
	}
}

func isDenied(err error) bool { return err == unix.EACCES || err == unix.EPERM }

// namespaceMark returns a number that the processes of one network namespace
// share, which everybody may know: that of a file in /proc/PID/net, which the
// kernel makes for each namespace. dir is the process's.
func namespaceMark(dir string) (uint64, error) {
	var stat unix.Stat_t
	err := unix.Stat(dir+"/net/dev", &stat)
	return stat.Ino, err
}

// reportDenied says which processes are in namespaces that were not found.
func (s *namespaceSearch) reportDenied() {
	if len(s.denied) == 0 || s.q.Report == nil {
		return
	}
	known := make(map[uint64]bool)
	note := func(dir string) {
		if mark, err := namespaceMark(dir); err == nil {
			known[mark] = true
		}
	}
	note("/proc/self")
	for _, n := range s.found {
		switch pid := strconv.FormatUint(uint64(n.PID), 10); {
		case n.TID != 0:
			note("/proc/" + pid + "/task/" + strconv.FormatUint(uint64(n.TID), 10))
		case n.PID != 0:
			note("/proc/" + pid)
		}
	}
	missing := make(map[uint64]bool)
	var processes int
	var unknown bool
	var example string
	for _, pid := range s.denied {
		dir := "/proc/" + strconv.FormatUint(uint64(pid), 10)
		dirs := []string{dir}
		tids, _ := numericEntries(dir + "/task")
		for _, tid := range tids {
			if tid != pid {
				dirs = append(dirs, dir+"/task/"+strconv.FormatUint(uint64(tid), 10))
			}
		}
		elsewhere := false
		for _, dir := range dirs {
			switch mark, err := namespaceMark(dir); {
			case err == nil && known[mark]:
			case err == nil:
				missing[mark], elsewhere = true, true
			case len(known) == 0 || isDenied(err):
				unknown, elsewhere = true, true
			} // else it has ended, and is in none
		}
		if !elsewhere {
			continue
		}
		if processes++; processes == 1 {
			p, _ := readProcess("/proc", pid, netstat.FactStat)
			example = (&netstat.Namespace{PID: pid, Comm: p.Comm}).Label()
		}
	}
	if processes == 0 {
		return
	}
	text := counted(len(missing), "is not shown", "are not shown") + ", of " + counted(processes, "process", "processes") + " such as " + example
	if unknown {
		text = counted(processes, "process", "processes") + " may not be looked at, such as " + example
	}
	s.q.Report(&netstat.OpError{Op: "find network namespaces", Err: fmt.Errorf("%s: %w", text, fs.ErrPermission)})
}

// reportHidden says which mounted namespaces were not found otherwise.
func (s *namespaceSearch) reportHidden() {
	for inode := range s.found {
		delete(s.hidden, inode)
	}
	if len(s.hidden) == 0 || s.q.Report == nil {
		return
	}
	var first uint64 // the lowest number, so that two searches say the same
	for inode := range s.hidden {
		if first == 0 || inode < first {
			first = inode
		}
	}
	example := s.hidden[first]
	s.q.Report(&netstat.OpError{Op: "find network namespaces", Err: fmt.Errorf(
		"%s, mounted where others see it, such as %s, of process %d: %w",
		counted(len(s.hidden), "is not shown", "are not shown"), strconv.Quote(example.path), example.pid, fs.ErrPermission)})
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// processes adds the namespaces of processes and their threads.
func (s *namespaceSearch) processes() error {
	pids, err := numericEntries("/proc")
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		dir := "/proc/" + strconv.FormatUint(uint64(pid), 10)
		if isDenied(s.member(dir+"/ns/net", pid, 0)) {
			s.denied = append(s.denied, pid)
		}
		tids, _ := numericEntries(dir + "/task")
		for _, tid := range tids {
			if tid != pid {
				_ = s.member(dir+"/task/"+strconv.FormatUint(uint64(tid), 10)+"/ns/net", pid, tid)
			}
		}
		s.mountsOf(dir, dir+"/root", pid)
		if s.q.Files {
			s.files(dir, pid)
		}
	}
	return nil
}

// member adds the namespace that a process is in, or a thread of it. The error
// is that of looking.
func (s *namespaceSearch) member(path string, pid, tid uint32) error {
	var buf [64]byte
	length, err := unix.Readlink(path, buf[:])
	if err != nil {
		return err
	}
	inode, ok := namespaceInode(buf[:length])
	if !ok {
		return nil
	}
	n := s.add(inode, path)
	if n.PID != 0 && (n.TID == 0 || tid != 0) {
		return nil
	}
	n.PID, n.TID, n.Comm = pid, tid, ""
	if !n.Own && len(n.Names) == 0 && len(n.Mounts) == 0 {
		n.Path = path
	}
	if p, err := readProcess("/proc", pid, netstat.FactStat); err == nil {
		n.Comm = p.Comm
	}
	return nil
}

// files adds the namespaces that a process has open.
func (s *namespaceSearch) files(dir string, pid uint32) {
	fds, err := numericEntries(dir + "/fd")
	if err != nil {
		return // what others have open cannot be known
	}
	var buf [64]byte
	for _, fd := range fds {
		path := dir + "/fd/" + strconv.FormatUint(uint64(fd), 10)
		length, err := unix.Readlink(path, buf[:])
		if err != nil {
			continue
		}
		inode, ok := namespaceInode(buf[:length])
		if !ok || s.found[inode] != nil {
			continue
		}
		n := s.add(inode, path)
		n.HolderPID, n.HolderFD = pid, fd
	}
}

// numericEntries returns the numbers among the names in a directory, in order.
func numericEntries(dir string) ([]uint32, error) {
	f, err := sysfile.Open(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(f)
	var numbers []uint32
	var buf [8 << 10]byte
	for {
		n, err := sysfile.ReadEntries(f, buf[:])
		if err != nil || n == 0 {
			slices.Sort(numbers)
			return numbers, err
		}
		for name, rest, ok := sysfile.NextEntry(buf[:n]); ok; name, rest, ok = sysfile.NextEntry(rest) {
			if number, ok := ownerNumber(name); ok && number <= 1<<32-1 {
				numbers = append(numbers, uint32(number))
			}
		}
	}
}

// cookies asks each namespace for its cookie.
func (s *namespaceSearch) cookies(list []netstat.Namespace) {
	for i := range list {
		n := &list[i]
		thread, err := enterNamespace(n)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) { // it went meanwhile
				s.report(strconv.Quote(n.Label()), err)
			}
			continue
		}
		thread.call(func() { n.Cookie = namespaceCookie() })
		thread.close()
	}
}

// soNetnsCookie is SO_NETNS_COOKIE, for which package unix has no name on every
// architecture.
const soNetnsCookie = 71

// namespaceCookie returns the cookie of the namespace of this thread, 0 on
// kernels before Linux 5.14.
func namespaceCookie() uint64 {
	f, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(f)
	cookie, err := unix.GetsockoptUint64(f, unix.SOL_SOCKET, soNetnsCookie)
	if err != nil {
		return 0
	}
	return cookie
}

// A namespaceThread is a thread of this process that is in another network
// namespace. What is to happen there is called on it.
type namespaceThread struct {
	calls chan func()
	done  chan struct{}
	// net is the directory of /proc with the namespace's files.
	net string
}

// errNamespaceGone is why a namespace that was found before is not entered.
var errNamespaceGone = fmt.Errorf("it has gone, and another one is in its place: %w", fs.ErrNotExist)

// enterNamespace starts a thread in a namespace. Nobody needs privilege to be
// where they are.
func enterNamespace(n *netstat.Namespace) (*namespaceThread, error) {
	f, err := openNamespace(n.Path)
	if err != nil {
		return nil, err
	}
	defer unix.Close(f)
	inode, err := inodeOf(f)
	if err != nil {
		return nil, err
	}
	if n.Inode != 0 && inode != n.Inode {
		return nil, errNamespaceGone
	}
	return startNamespaceThread(func() error {
		if ownNamespace() == inode {
			return nil
		}
		err := unix.Setns(f, unix.CLONE_NEWNET)
		if err == unix.EPERM {
			err = fmt.Errorf("only who may administer it can enter: %w", err)
		}
		return err
	})
}

// startNamespaceThread starts a thread that begins with enter.
func startNamespaceThread(enter func() error) (*namespaceThread, error) {
	t := &namespaceThread{calls: make(chan func()), done: make(chan struct{})}
	entered := make(chan error)
	go t.run(enter, entered)
	if err := <-entered; err != nil {
		return nil, err
	}
	return t, nil
}

// run is the life of the thread. It ends with it, as it is never unlocked: no
// other goroutine shall run in the namespace.
func (t *namespaceThread) run(enter func() error, entered chan error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The first thread stands for the process in /proc, and never ends.
		// While it is taken, the next goroutine gets another.
		defer runtime.UnlockOSThread()
		other := make(chan error)
		go t.run(enter, other)
		entered <- <-other
		return
	}
	defer close(t.done)
	if err := enter(); err != nil {
		entered <- err
		return
	}
	t.net = "/proc/self/task/" + strconv.Itoa(unix.Gettid()) + "/net"
	entered <- nil
	for call := range t.calls {
		call()
	}
}

// call runs f on the thread and waits for it.
func (t *namespaceThread) call(f func()) {
	done := make(chan struct{})
	t.calls <- func() {
		defer close(done)
		f()
	}
	<-done
}

// close ends the thread. Nothing can be called after that.
func (t *namespaceThread) close() {
	close(t.calls)
	<-t.done
	t.calls = nil
}

// onThread returns open, such that it is called on the thread.
func onThread[C any](t *namespaceThread, open func() (C, error)) func() (C, error) {
	return func() (conn C, err error) {
		if t.calls == nil {
			return conn, fs.ErrClosed
		}
		t.call(func() { conn, err = open() })
		return conn, err
	}
}

// namespaceSource is a source in another network namespace. Processes are those
// of the host all the same.
type namespaceSource struct {
	*source
	thread *namespaceThread // nil once closed
}

// openInNamespace makes a source read what belongs to the network in a
// namespace.
func openInNamespace(s *source, n *netstat.Namespace) (netstat.Source, error) {
	if s.procRoot != "/proc" {
		return nil, openError("a network namespace cannot be entered in " + s.procRoot)
	}
	thread, err := enterNamespace(n)
	if err != nil {
		return nil, namespaceError("open", strconv.Quote(n.Label()), err)
	}
	s.netns = uint32(n.Inode)
	s.dial = onThread(thread, s.dial)
	s.dialNetfilter = onThread(thread, s.dialNetfilter)
	s.dialRoutes = onThread(thread, s.dialRoutes)
	s.dialLinks = onThread(thread, s.dialLinks)
	s.openLinks = onThread(thread, s.openLinks)
	openTCP := s.openTCP
	s.openTCP = func(family uint8, reading bool) (io.ReadCloser, error) {
		return onThread(thread, func() (io.ReadCloser, error) { return openTCP(family, reading) })()
	}
	openKernel := s.openKernel
	s.openKernel = func(tcp bool) (io.ReadCloser, error) {
		return onThread(thread, func() (io.ReadCloser, error) { return openKernel(tcp) })()
	}
	if name := s.interfaceName; name != nil {
		s.interfaceName = func(index uint32) (string, error) {
			return onThread(thread, func() (string, error) { return name(index) })()
		}
	}
	// /proc/net leads to the files of the whole process; those of the thread
	// are open to all. /proc/sys/net is that of the thread that opens.
	open := s.open
	s.open = func(path string) (io.ReadCloser, error) {
		if strings.HasPrefix(path, "/proc/sys/net/") {
			return onThread(thread, func() (io.ReadCloser, error) { return open(path) })()
		}
		if rest, ok := strings.CutPrefix(path, "/proc/net"); ok && (rest == "" || rest[0] == '/') {
			if thread.calls == nil {
				return nil, fs.ErrClosed
			}
			path = thread.net + rest
		}
		return open(path)
	}
	return &namespaceSource{s, thread}, nil
}

// Close ends the thread, too.
func (s *namespaceSource) Close() error {
	err := s.source.Close()
	if s.thread != nil {
		s.thread.close()
		s.thread = nil
	}
	return err
}
