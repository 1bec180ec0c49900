package process

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/sysfile"
)

// namespaceDirs lists where ip-netns(8) mounts named namespaces. The second is
// usually a link to the first.
var namespaceDirs = [...]string{"/run/netns", "/var/run/netns"}

// namespaceSearch collects namespaces by inode number.
type namespaceSearch struct {
	ctx    context.Context
	q      netstat.NamespaceQuery
	found  map[uint64]*netstat.Namespace
	mounts map[uint64]bool // mount namespaces whose mounts are known
	plain  []string        // files below namespaceDirs that were not namespaces
	// denied lists processes that cannot be inspected, and hidden the
	// namespaces that are mounted only where such a process sees them.
	denied []uint32
	hidden map[uint64]hiddenMount
}

type hiddenMount struct {
	pid  uint32
	path string
}

// Namespaces lists the network namespaces of this host: those named by
// ip-netns(8), those mounted somewhere, and those of a process or thread, in
// this order; the namespace of this process comes first. It does not find a
// namespace that only a socket keeps. Without privilege it cannot inspect other
// users' processes; it reports that some are in namespaces which are not
// listed. An error means that the search was cut short or could not begin.
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
	s.again()
	s.mountsOf("/proc/self", "", 0)
	err := s.processes()
	s.reportDenied()
	s.reportHidden()
	if host, _, err := hostNamespace(); err == nil && s.found[host] != nil {
		s.found[host].Host = true
	}
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

// compareNamespaces orders namespaces: the own one, that of process 1, named ones,
// mounted ones, those of processes.
func compareNamespaces(a, b netstat.Namespace) int {
	rank := func(n *netstat.Namespace) int {
		switch {
		case n.Own:
			return 0
		case n.Host:
			return 1
		case len(n.Names) > 0:
			return 2
		case len(n.Mounts) > 0:
			return 3
		case n.PID != 0:
			return 4
		}
		return 5
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

// add returns the namespace with this inode number, which path leads to.
func (s *namespaceSearch) add(inode uint64, path string) *netstat.Namespace {
	n := s.found[inode]
	if n == nil {
		n = &netstat.Namespace{Inode: inode, Path: path}
		s.found[inode] = n
	}
	return n
}

// names adds the namespaces of a directory of ip-netns(8).
func (s *namespaceSearch) names(dir string) {
	if err := namesIn(dir, func(name string) { s.named(dir+"/"+name, name) }); err != nil {
		s.report("names in "+dir, err)
	}
}

// Files that are not namespaces are looked at again so often, and after so long,
// which is longer than ip-netns(8) needs between two system calls.
const (
	mountingLooks = 3
	mounting      = 20 * time.Millisecond
)

// again looks again at the files that were not namespaces: ip-netns(8) creates a
// file before it mounts the namespace there, and removes the mount before the file.
func (s *namespaceSearch) again() {
	for range mountingLooks {
		before := s.plain
		if len(before) == 0 {
			return
		}
		time.Sleep(mounting)
		s.plain = nil
		for _, path := range before {
			s.named(path, filepath.Base(path))
		}
	}
	for _, path := range s.plain {
		s.report(strconv.Quote(filepath.Base(path)), errPlainFile)
	}
}

func (s *namespaceSearch) named(path, name string) {
	inode, err := namespaceFile(path)
	switch err {
	case nil:
	case unix.ENOENT: // it disappeared meanwhile
		return
	case errPlainFile:
		s.plain = append(s.plain, path)
		return
	default:
		s.report(strconv.Quote(name), err)
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

// mountsOf adds the namespaces mounted in the mount namespace of a process. For
// this process their paths begin with root.
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
	// Every user may read the mounts of a process, but not inspect them.
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
		// Another file may be mounted over it.
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
// share and every user may read: the inode of a file in /proc/PID/net, which
// the kernel creates for each namespace. dir is the directory of the process.
func namespaceMark(dir string) (uint64, error) {
	var stat unix.Stat_t
	err := unix.Stat(dir+"/net/dev", &stat)
	return stat.Ino, err
}

// reportDenied reports the processes that are in namespaces which were not found.
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
			} // else the process has ended
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
	what := counted(processes, "process", "processes") + " in " + counted(len(missing), "other namespace", "other namespaces") + ", such as " + example
	if unknown {
		what = counted(processes, "process", "processes") + ", such as " + example
	}
	s.reportMissing(len(missing), what)
}

func (s *namespaceSearch) reportMissing(count int, what string) {
	s.q.Report(&netstat.OpError{Op: "find network namespaces", Err: &netstat.DeniedNamespaces{Count: count, What: what}})
}

// reportHidden reports the mounted namespaces that were not found otherwise.
func (s *namespaceSearch) reportHidden() {
	for inode := range s.found {
		delete(s.hidden, inode)
	}
	if len(s.hidden) == 0 || s.q.Report == nil {
		return
	}
	var first uint64 // the lowest number, so that repeated searches report the same
	for inode := range s.hidden {
		if first == 0 || inode < first {
			first = inode
		}
	}
	example := s.hidden[first]
	s.reportMissing(len(s.hidden), counted(len(s.hidden), "namespace", "namespaces")+" mounted for other processes, such as "+
		strconv.Quote(example.path)+" of process "+strconv.FormatUint(uint64(example.pid), 10))
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

// member adds the namespace of a process or of one of its threads. The error is that of
// reading the link.
func (s *namespaceSearch) member(path string, pid, tid uint32) error {
	inode, err := linkedNamespace(path)
	if err == errNotNamespace {
		return nil
	}
	if err != nil {
		return err
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
		return // the open files of other users are unknown
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
			if number, ok := parseNumber(name); ok && number <= 1<<32-1 {
				numbers = append(numbers, uint32(number))
			}
		}
	}
}

// cookies reads the cookie of each namespace.
func (s *namespaceSearch) cookies(list []netstat.Namespace) {
	for i := range list {
		n := &list[i]
		thread, err := EnterNamespace(n)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) { // it disappeared meanwhile
				s.report(strconv.Quote(n.Label()), err)
			}
			continue
		}
		thread.Call(func() { n.Cookie = namespaceCookie() })
		thread.Close()
	}
}

// soNetnsCookie is SO_NETNS_COOKIE, which package unix does not define on every
// architecture.
const soNetnsCookie = 71

// namespaceCookie returns the cookie of this thread's namespace, or 0 on
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
