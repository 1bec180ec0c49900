package linux

import (
	"context"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/netlink"
	"netstat/internal/linux/process"
	"netstat/internal/linux/sysfile"
)

// Open returns a Source for the running system. It only checks the options and
// enters the network namespace, if one is given; refusals by the kernel show
// when a table is read. The error is an *netstat.OpError: an option is unknown
// or contradicts another, or the namespace does not exist or cannot be entered.
// A Source in a namespace keeps a thread of the process until it is closed.
func Open(o Options) (netstat.Source, error) {
	s, err := newSource(o)
	if err != nil {
		return nil, err
	}
	s.processes = &process.Reader{ProcRoot: s.procRoot}
	s.dial = dialDiag
	s.dialNetfilter = dialNetfilter
	s.dialRoutes = dialRoutes
	s.ownUID = uint32(unix.Getuid())
	s.dialLinks = dialLinks
	s.openLinks = openLinks
	s.open = s.openProc
	s.openTCP = bpf.OpenTCP
	s.openUnix = func(room int) (unixRecords, error) { return bpf.OpenUnix(room) }
	s.openKernel = bpf.OpenKernel
	if s.procRoot == "/proc" {
		s.interfaceName = interfaceName
		s.linkNamespaces = linkNamespaces
		s.openEvents = openEventRing
		s.dialEvents = dialEvents
		s.ownNetns = ownNetns
		s.ownPIDs = process.InitialPIDNamespace
		s.readRouteTables = routeTables
	}
	s.bpfAllowed = process.BPFAllowed
	s.release = kernelRelease
	if o.Netns != nil {
		return openInNamespace(s, o.Netns)
	}
	return s, nil
}

// Owners implements netstat.Source.
func (s *source) Owners(ctx context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	s.held = heldTCP{}
	return process.FindOwners(ctx, s.procRoot, s.ownerMethod, q)
}

func dialDiag() (netlink.Conn, error) { return netlink.Dial(unix.NETLINK_SOCK_DIAG) }

func dialNetfilter() (netlink.Conn, error) { return netlink.Dial(unix.NETLINK_NETFILTER) }

func kernelRelease() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}

// openProc opens a file. If proc(5) is mounted with subset=pid, the files of
// /proc/net are still available below the directory of each process.
func (s *source) openProc(path string) (io.ReadCloser, error) {
	f, err := sysfile.OpenReader(path)
	if err == unix.ENOENT {
		if rest, ok := strings.CutPrefix(path, s.procRoot+"/net"); ok && (rest == "" || rest[0] == '/') {
			if f, err := sysfile.OpenReader(s.procRoot + "/self/net" + rest); err == nil {
				return f, nil
			}
		}
	}
	return f, err
}
