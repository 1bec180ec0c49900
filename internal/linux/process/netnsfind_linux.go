package process

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/sysfile"
)

// nsGetType is the request NS_GET_NSTYPE of ioctl_ns(2).
const nsGetType = 0xb703

// FindNamespace returns the network namespace that ref means: netstat.HostNamespace,
// netstat.OwnNamespace, a name of ip-netns(8), a path if ref contains a slash, a process
// ID, or a process ID and name (42/nginx). The error is a *netstat.OpError, which wraps
// fs.ErrNotExist if there is no such namespace.
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
	host, hostPath, hostErr := hostNamespace()
	switch {
	case ref == netstat.HostNamespace:
		if hostErr != nil {
			return n, fmt.Errorf("that of process 1: %w", hostErr)
		}
		n.Path = hostPath
	case ref == netstat.OwnNamespace:
		n.Path = "/proc/self/ns/net"
	case strings.Contains(ref, "/"):
		n.Path = ref
		if pid, name, ok := processLabel(ref); ok && unix.Access(ref, unix.F_OK) != nil {
			if err := ofProcess(&n, pid); err != nil {
				return n, err
			}
			if n.Comm != name {
				return n, noNamespace("process " + strconv.FormatUint(uint64(pid), 10) + " is " + strconv.Quote(n.Comm) + " now")
			}
		}
	default:
		if n.Path = namedNamespace(ref); n.Path != "" {
			n.Names = []string{ref}
			break
		}
		pid, ok := parsePID([]byte(ref))
		if !ok {
			return n, noNamespace("no such name in " + namespaceDirs[0])
		}
		if err := ofProcess(&n, pid); err != nil {
			return n, err
		}
	}
	f, err := openNamespace(n.Path)
	if err != nil {
		return n, err
	}
	defer unix.Close(f)
	if n.Inode, err = inodeOf(f); err != nil {
		return n, err
	}
	n.Own, n.Host = n.Inode == ownNamespace(), hostErr == nil && n.Inode == host
	return n, nil
}

// noNamespace is the error that explains why there is no such namespace. It wraps
// fs.ErrNotExist.
type noNamespace string

func (e noNamespace) Error() string { return string(e) }
func (e noNamespace) Unwrap() error { return fs.ErrNotExist }

// ofProcess sets n to the namespace of a process.
func ofProcess(n *netstat.Namespace, pid uint32) error {
	p, err := readProcess("/proc", pid, netstat.FactStat)
	if errors.Is(err, fs.ErrNotExist) {
		return noNamespace("no such process")
	}
	n.Path, n.PID, n.Comm = "/proc/"+strconv.FormatUint(uint64(pid), 10)+"/ns/net", pid, p.Comm
	return nil
}

// namedNamespace returns the path of the file with this name in a directory of
// ip-netns(8), even if that is not a namespace, or "" if there is none.
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

// openNamespace opens the file of a network namespace.
func openNamespace(path string) (int, error) {
	// O_NONBLOCK, because the path may be a pipe.
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
		return -1, errPlainFile
	}
	// The request exists since Linux 4.11; on older kernels setns(2) fails.
	if kind, err := unix.IoctlRetInt(f, nsGetType); err == nil && kind != unix.CLONE_NEWNET {
		unix.Close(f)
		return -1, errors.New("not a network namespace")
	}
	return f, nil
}

// errPlainFile is the error for a file that is not a namespace.
var errPlainFile = errors.New("not a namespace")

// namespaceFile returns the inode number of a namespace's file. It does not
// open the file, which may be anything.
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
		return 0, errPlainFile
	}
	return stat.Ino, nil
}

// LeadsTo reports whether the file at n.Path is still that of the namespace.
func LeadsTo(n *netstat.Namespace) bool {
	inode, err := namespaceFile(n.Path)
	return err == nil && inode == n.Inode
}

func inodeOf(f int) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(f, &stat); err != nil {
		return 0, err
	}
	return stat.Ino, nil
}

// ownNamespace returns the inode number of this thread's namespace, or 0 if
// unknown.
func ownNamespace() uint64 {
	inode, _ := linkedNamespace("/proc/thread-self/ns/net")
	return inode
}
