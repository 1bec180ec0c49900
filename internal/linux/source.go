package linux

import (
	"context"
	"errors"
	"io"
	"iter"
	"path"
	"strconv"
	"syscall"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/internal/linux/netlink"
)

// Options selects how a Source reads. The zero value selects automatically for
// the running system.
type Options struct {
	// ProcRoot is where proc(5) is mounted; "" means /proc. For any other
	// value the Source reads only files below it, such as a copy from
	// another host, and does not use netlink. It then reads the files of
	// sysfs(5) from the directory sys next to it.
	ProcRoot string
	// Source forces a way to read sockets. "netlink" returns an error if
	// the kernel refuses, instead of reading /proc. "proc" reads files
	// only. "bpf" reads TCP, and unix sockets with reference counts, from
	// the kernel's socket iterators, even for few sockets, and returns an
	// error if the kernel refuses it. "" selects automatically. Facts that
	// a way lacks (tables only in /proc, users of TCP with the iterator)
	// come from another source.
	Source string
	// Owners forces a way to find the owners of sockets: "scan" or "bpf".
	// "" selects automatically.
	Owners string
	// Netns is the network namespace to read; nil means that of this
	// process. Open opens its Path, which must have its Inode.
	Netns *netstat.Namespace
}

// dumpTries limits how often a dump is started that fails before its first row.
const dumpTries = 3

// source implements netstat.Source. It opens nothing before the first table is
// read.
type source struct {
	procRoot    string
	useNetlink  bool
	useProc     bool // /proc first, or after a refusal by netlink
	bpf         bpfUse
	ownerMethod string

	dial          func() (netlink.Conn, error)
	dialNetfilter func() (netlink.Conn, error)
	dialRoutes    func() (routeConn, error)
	ownUID        uint32 // the user of this process
	dialLinks     func() (netlink.Conn, error)
	openLinks     func() (linkControl, error)
	open          func(path string) (io.ReadCloser, error)
	// readRouteTables returns the names of routing tables by number; nil for those of
	// every system.
	readRouteTables func() map[uint32]string
	// openTCP begins a pass of the BPF iterator over the TCP sockets of an
	// address family, 0 for both. It is nil if there is no iterator. See
	// bpf.OpenTCP for reading.
	openTCP func(family uint8, reading bool) (io.ReadCloser, error)
	// openUnix begins a pass of the BPF iterator over unix sockets, with
	// room for that many. It is nil if there is no iterator.
	openUnix func(room int) (unixRecords, error)
	// release returns the kernel's release (uname(2)), or "" if unknown.
	release func() string
	// linkNamespaces returns the labels of network namespaces by their numbers in the one
	// that dial reaches; nil if there are none to look for.
	linkNamespaces func(ctx context.Context, dial func() (netlink.Conn, error)) (map[uint32]string, error)
	// interfaceName returns the name of an interface. It is nil if the
	// interfaces are those of another host.
	interfaceName func(index uint32) (string, error)
	// openKernel begins a pass over the kernel's own UDP or TCP sockets, by
	// cookie. It is nil if there is no iterator.
	openKernel func(tcp bool) (io.ReadCloser, error)
	// bpfAllowed reports whether openTCP will probably be permitted.
	bpfAllowed func() bool
	// openEvents begins to record events with BPF, of the network namespace
	// with this inode or of all for 0; dialEvents joins groups of
	// NETLINK_SOCK_DIAG. They are nil for a copy of /proc.
	openEvents func(netns uint32) (eventRing, error)
	dialEvents func(groups []int) (eventConn, error)
	// ownNetns returns the inode of the network namespace that is read if
	// none was selected. ownPIDs reports whether the kernel's numbers of
	// processes are those to show.
	ownNetns func() (uint32, error)
	ownPIDs  func() bool

	processes processFacts
	netns     uint32 // of every row; 0 if none was selected

	conn    netlink.Conn // kept between two dumps; nil if none
	seq     uint32
	buf     []byte // kept between two tables; nil before the first
	refused map[uint8]bool
	// familyRefused holds the errors of familyDiag and unixDiag dumps that
	// need not be retried.
	familyRefused map[netstat.Table]error

	// bothRefused reports whether the kernel refused to dump both families
	// of TCP at once.
	bothRefused bool
	// bytecode holds the parts of filters that the kernel refused.
	bytecode diagfilter.Limits

	held        heldTCP  // from the last call
	heldNAT     *heldNAT // from the last call of TrackedConnections; nil for none
	iterRefused bool     // whether it failed; automatic mode does not retry it
	// unixIterRefused is the same for the iterator over unix sockets.
	unixIterRefused bool
	miscounted      bool // whether the kernel counts sockets that no source shows
	// cgroups caches the results of CgroupPath; "" if a control group has
	// no path.
	cgroups map[uint64]string
	// routesRefused reports whether the kernel refused to dump routes.
	routesRefused bool
	// linksRefused reports whether the kernel refused to dump interfaces.
	linksRefused bool
}

// processFacts reads facts about a process.
type processFacts interface {
	Read(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error)
}

// Process implements netstat.Source.
func (s *source) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	return s.processes.Read(pid, facts)
}

// bpfUse is when to read with the BPF iterators.
type bpfUse uint8

const (
	bpfAutomatic bpfUse = iota
	bpfNever
	bpfAlways
)

func newSource(o Options) (*source, error) {
	s := &source{
		procRoot: "/proc", useNetlink: true, useProc: true, ownerMethod: o.Owners,
		release: func() string { return "" },
	}
	switch o.Source {
	case "":
	case "netlink":
		s.useProc, s.bpf = false, bpfNever
	case "proc":
		s.useNetlink, s.bpf = false, bpfNever
	case "bpf":
		s.bpf = bpfAlways
	default:
		return nil, openError("unknown source " + strconv.Quote(o.Source) + " (known: netlink, bpf, proc)")
	}
	switch o.Owners {
	case "", "scan", "bpf":
	default:
		return nil, openError("unknown way to find owners " + strconv.Quote(o.Owners) + " (known: scan, bpf)")
	}
	if root := path.Clean(o.ProcRoot); o.ProcRoot != "" && root != s.procRoot {
		if !s.useProc || s.bpf == bpfAlways {
			return nil, openError(o.Source + " cannot read from " + root)
		}
		s.procRoot = root
		s.useNetlink, s.bpf = false, bpfNever
	}
	return s, nil
}

func openError(text string) error {
	return &netstat.OpError{Op: "open", Err: errors.New(text)}
}

// Close releases the netlink socket.
func (s *source) Close() error {
	s.held, s.cgroups = heldTCP{}, nil
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	return nil
}

// Sockets implements netstat.Source.
func (s *source) Sockets(ctx context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if s.netns != 0 {
			unmarked := yield
			yield = func(row netstat.Socket, err error) bool {
				if err == nil {
					row.Netns = s.netns
				}
				return unmarked(row, err)
			}
		}
		r := readerOf(t)
		held := s.held
		s.held = heldTCP{}
		switch {
		case held.serve(t, n) && held.dumped:
			s.replayDump(ctx, r, n, &held, yield)
		case held.serve(t, n):
			s.replayTCP(ctx, r, &held, yield)
		case r == nil:
			yield(netstat.Socket{}, &netstat.OpError{Op: "read", Table: t, Err: errors.ErrUnsupported})
		case r.read != nil:
			r.read(s, ctx, r, n, yield)
		default:
			s.inet(ctx, r, n, yield)
		}
	}
}

// inet reads a table of sock_diag, /proc/net and possibly the BPF iterator.
func (s *source) inet(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	// Only TCP sockets have timers; in /proc the columns of the others are
	// always zero (udp4_format_sock in net/ipv4/udp.c). A dump has complete
	// timers together with the facts that only a dump has.
	needFile := n.Facts&netstat.FactTimer != 0 && r.table.Protocol == netstat.TCP && n.Facts&(diagOnlyFacts|netstat.FactBacklog) == 0
	if plan := s.planIter(r, n); plan.use {
		err := s.iterTCP(ctx, r, n, plan, yield)
		if err == nil {
			return
		}
		if s.bpf == bpfAlways || ctx.Err() != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
			return
		}
	}
	if s.useNetlink && !needFile && r.protocol != 0 {
		diag := s.diag
		if n.Facts&netstat.FactAutobound != 0 {
			diag = s.diagAutobound
		}
		err := diag(ctx, r, n, yield)
		if err == nil {
			return
		}
		// If the kernel has no handler for the protocol, only /proc has
		// the table.
		if !s.useProc && err != syscall.ENOENT || ctx.Err() != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
			return
		}
	}
	err := s.procNet(ctx, r, n, yield)
	if err == nil {
		return
	}
	if needFile && s.useNetlink && ctx.Err() == nil && s.diag(ctx, r, n, yield) == nil {
		if n.Report != nil {
			n.Report(&netstat.OpError{Op: "read all timer counters of", Table: r.table, Err: err.Err})
		}
		return
	}
	yield(netstat.Socket{}, err)
}
