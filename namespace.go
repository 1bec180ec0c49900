package netstat

import (
	"strconv"
	"strings"
)

// Namespace is one network namespace of a Linux host: an own network stack. The
// texts come from others: pass them through ascii.AppendSafe before a terminal
// sees them.
type Namespace struct {
	// Inode is the number by which the host knows it, as in the link
	// /proc/PID/ns/net. It may be given to another once this one has gone.
	Inode uint64
	// Cookie identifies it while the host is up, and is never used again
	// (SO_NETNS_COOKIE, Linux 5.14). 0 where not asked for or not known.
	Cookie uint64
	// Path leads to it: a place where it is mounted or an entry of /proc that
	// holds it. It serves for opening it.
	Path string
	// Names are what ip-netns(8) calls it, in alphabetical order.
	Names []string
	// Mounts are the other places where it is mounted, as seen by this process
	// or, below /proc/PID/root, by one of another mount namespace.
	Mounts []string
	// PID is the lowest process that is in it, 0 for none, and Comm that
	// process's name.
	PID  uint32
	Comm string
	// TID is the thread that is in it where its process, PID, is not.
	TID uint32
	// HolderPID and HolderFD are a process's open file that keeps it, where
	// nothing else was found to.
	HolderPID, HolderFD uint32
	// Own says that it is the one that this process is in.
	Own bool
	// Host reports whether it is the one that process 1 is in, as far as this process
	// can tell.
	Host bool
}

// Words for namespaces that none of them has as its Label in another meaning.
const (
	HostNamespace = "host" // that of process 1
	OwnNamespace  = "self" // that of this process
	AllNamespaces = "all"  // every one
)

// Label names the namespace for a reader: HostNamespace, its names, OwnNamespace, a
// process that is in it (42/nginx), or where it is mounted or what keeps it.
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

// NamespaceQuery asks for the network namespaces of a host.
type NamespaceQuery struct {
	// Files asks also for namespaces that no process is in and that are not
	// mounted, but that some process has open: that costs a look at every open
	// file.
	Files bool
	// Cookies asks for Namespace.Cookie.
	Cookies bool
	// Report, where not nil, is told of what could not be looked at: a name
	// that leads nowhere, once that processes were denied (fs.ErrPermission).
	Report func(*OpError)
}
