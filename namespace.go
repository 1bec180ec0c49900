package netstat

import (
	"io/fs"
	"strconv"
	"strings"
)

// Namespace is one network namespace of a Linux host. Other users choose its texts:
// pass them through ascii.AppendSafe before printing them on a terminal.
type Namespace struct {
	// Inode is the number in the link /proc/PID/ns/net. The kernel may reuse it once
	// the namespace is gone.
	Inode uint64
	// Cookie identifies the namespace until reboot and is never reused
	// (SO_NETNS_COOKIE, Linux 5.14); 0 if unknown or not requested.
	Cookie uint64
	// Path is a file by which the namespace can be opened: a mount point or an entry of
	// /proc.
	Path string
	// Names are its names in ip-netns(8), in alphabetical order.
	Names []string
	// Mounts are its other mount points, as seen by this process or, below
	// /proc/PID/root, by a process in another mount namespace.
	Mounts []string
	// PID is the lowest process in the namespace and Comm that process's name; 0 and ""
	// for none.
	PID  uint32
	Comm string
	// TID is a thread in the namespace whose process, PID, is in another one.
	TID uint32
	// HolderPID and HolderFD are a process and its file descriptor that keep the
	// namespace alive, set only if nothing else was found to.
	HolderPID, HolderFD uint32
	// Own reports whether this process is in the namespace.
	Own bool
	// Host reports whether process 1 is in the namespace, as far as this process can
	// tell.
	Host bool
}

// Words that name namespaces. A namespace with such a name in ip-netns(8) has another
// Label.
const (
	HostNamespace = "host" // that of process 1
	OwnNamespace  = "self" // that of this process
	AllNamespaces = "all"  // every one
)

// Label returns a readable name: HostNamespace, its names, OwnNamespace, a process in it
// (42/nginx), else where it is mounted or opened.
func (n *Namespace) Label() string {
	if n.Host {
		return HostNamespace
	}
	var names []string
	for _, name := range n.Names {
		if name != HostNamespace && name != OwnNamespace && name != AllNamespaces {
			names = append(names, name)
		}
	}
	process := n.PID != 0 && n.TID == 0
	switch {
	case names != nil:
		return strings.Join(names, ",")
	case n.Own:
		return OwnNamespace
	case process && n.Comm != "":
		return strconv.FormatUint(uint64(n.PID), 10) + "/" + n.Comm
	case process:
		return strconv.FormatUint(uint64(n.PID), 10)
	case len(n.Mounts) > 0:
		return n.Mounts[0]
	case n.Path != "":
		return n.Path
	}
	return "net:[" + strconv.FormatUint(n.Inode, 10) + "]"
}

// NamespaceQuery selects network namespaces of a host.
type NamespaceQuery struct {
	// Files requests also namespaces without a process or a mount, kept alive only by
	// an open file. That costs a look at every open file of every process.
	Files bool
	// Cookies requests Namespace.Cookie.
	Cookies bool
	// Report, if not nil, is called for each name that cannot be resolved, and once each
	// for processes and for mounts that could not be inspected (*DeniedNamespaces).
	Report func(*OpError)
}

// DeniedNamespaces reports network namespaces that are missing from a list, because this
// user cannot inspect the processes that are in them or that see their mounts. It is an
// fs.ErrPermission.
type DeniedNamespaces struct {
	// Count is the least number of missing namespaces; 0 if unknown.
	Count int
	// What describes what cannot be inspected, such as "3 processes in 2 other
	// namespaces".
	What string
}

func (e *DeniedNamespaces) Error() string {
	return "cannot inspect " + e.What + ": " + fs.ErrPermission.Error()
}

func (e *DeniedNamespaces) Unwrap() error { return fs.ErrPermission }
