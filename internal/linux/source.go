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

// Options chooses how a Source reads. The zero value is the automatic choice
// for the running system.
type Options struct {
	// ProcRoot is where proc(5) is mounted, empty for /proc. With any other
	// value everything is read from files below it, as from a copy of
	// another host's, and netlink is not used. What sysfs(5) has is then read
	// from the directory sys beside it.
	ProcRoot string
	// Source forces a way to read sockets: "netlink", where a refusal is
	// then an error rather than a reason to read /proc; "proc"; "bpf", where
	// TCP comes from the kernel's iterator over sockets however few there
	// are, and a refusal of that is an error; empty for the automatic choice.
	// What a way does not have (tables only in /proc, users from the
	// iterator) comes from where it is to be had.
	Source string
	// Owners forces a way to find the owners of sockets, "scan" or "bpf";
	// empty for the automatic choice.
	Owners string
	// Netns is the network namespace to look at, nil for that of this process:
	// its Path is opened, and has to have its Inode.
	Netns *netstat.Namespace
}

// dumpTries bounds how often a dump is begun that fails before its first row.
const dumpTries = 3

// source implements netstat.Source. It opens nothing before it is asked for a
// table.
type source struct {
	procRoot    string
	useNetlink  bool
	useProc     bool // also where netlink would serve, or as its fall-back
	bpf         bpfUse
	ownerMethod string

	dial          func() (netlink.Conn, error)
	dialNetfilter func() (netlink.Conn, error)
	dialRoutes    func() (routeConn, error)
	dialLinks     func() (netlink.Conn, error)
	openLinks     func() (linkControl, error)
	open          func(path string) (io.ReadCloser, error)
	// openTCP begins a pass of the BPF iterator over the TCP sockets of an
	// address family, or of both if that is 0; nil where there is none. See
	// bpf.OpenTCP for reading.
	openTCP func(family uint8, reading bool) (io.ReadCloser, error)
	// release is the kernel's (uname(2)), empty where it is not known.
	release func() string
	// interfaceName returns the name of an interface; nil where the interfaces
	// are those of another host.
	interfaceName func(index uint32) (string, error)
	// openKernel begins a pass over the kernel's own UDP or TCP sockets, by
	// their cookies; nil where there is none.
	openKernel func(tcp bool) (io.ReadCloser, error)
	// bpfAllowed reports whether openTCP is likely to be let.
	bpfAllowed func() bool

	processes processFacts
	netns     uint32 // of every row; 0 where none was chosen

	conn    netlink.Conn // between two dumps; nil for none
	seq     uint32
	buf     []byte // between two tables; nil if none yet
	refused map[uint8]bool
	// familyRefused has the errors of dumps of familyDiag and unixDiag that need not be
	// tried again.
	familyRefused map[netstat.Table]error

	// bothRefused says that the kernel does not dump both families of TCP at
	// once.
	bothRefused bool
	// bytecode is what the kernel has refused of filters.
	bytecode diagfilter.Limits

	held        heldTCP // since the last call
	iterRefused bool    // it failed, and is not tried again in automatic mode
	miscounted  bool    // the kernel counts sockets that no way of reading shows
	// cgroups are the paths of control groups that CgroupPath has met, empty
	// for none.
	cgroups map[uint64]string
	// routesRefused says that the kernel does not dump routes.
	routesRefused bool
	// linksRefused says that the kernel does not dump interfaces.
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

// bpfUse says when TCP comes from the BPF iterator.
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
		return nil, openError("unknown source " + strconv.Quote(o.Source) + ": want netlink, bpf or proc")
	}
	switch o.Owners {
	case "", "scan", "bpf":
	default:
		return nil, openError("unknown way to find owners " + strconv.Quote(o.Owners) + ": want scan or bpf")
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

// inet reads a table that both sock_diag and /proc/net have, and the BPF
// iterator may have.
func (s *source) inet(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	// Only TCP sockets show timers: the others' columns in /proc are always
	// zero (udp4_format_sock of net/ipv4/udp.c).
	// A dump has them in full together with what else only it has.
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
		// Without a handler for the protocol, only /proc has the table.
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
			n.Report(&netstat.OpError{Op: "read all counters of the timers of", Table: r.table, Err: err.Err})
		}
		return
	}
	yield(netstat.Socket{}, err)
}
