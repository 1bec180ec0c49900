package netstat

import (
	"context"
	"iter"
)

// Source is one host that can be asked for tables: the running one, or a
// recorded one. It is the one contract that an operating system must meet. A
// Source is for one goroutine at a time.
type Source interface {
	// Sockets yields the rows of one table in the kernel's order. An error
	// is the last pair of the sequence and the Socket beside it is zero; it
	// is an *OpError, wrapping errors.ErrUnsupported where the running
	// system has no such table. Stopping early releases everything at once.
	// One call reads one table once. It may yield more rows than Need asks
	// for, never fewer.
	Sockets(ctx context.Context, t Table, n Need) iter.Seq2[Socket, error]

	// Counters yields what the protocols of a family, Inet or Inet6, count, in
	// the kernel's order. Systems keep the numbers in several places: an
	// error is an *OpError about one of them, the Counter beside it is zero,
	// and counters from the others may follow.
	Counters(ctx context.Context, f Family) iter.Seq2[Counter, error]

	// NATSessions yields the sessions whose addresses or ports this host
	// translates, in the kernel's order; others are left out. Errors are as
	// those of Sockets, wrapping errors.ErrUnsupported where connections are
	// not tracked or the caller may not see them. A record that cannot be
	// understood costs no other: the last error then wraps ErrBogusRecord.
	NATSessions(ctx context.Context) iter.Seq2[NATSession, error]

	// Routes yields the rows of one routing table in the kernel's order, of
	// Linux's main table where there are several. Errors are as for Sockets;
	// ErrNoRoutes and MissingColumnError are wrapped in them. It is not an
	// error for a cache to be empty.
	Routes(ctx context.Context, q RouteQuery) iter.Seq2[Route, error]

	// RareRoutes yields the routes of a family other than IPv4 and IPv6 in
	// the kernel's order. Errors are those of Sockets; report, where not
	// nil, is called as Need.Report is.
	RareRoutes(ctx context.Context, f Family, report func(*OpError)) iter.Seq2[RareRoute, error]

	// Interfaces yields the network interfaces in the system's order. Errors
	// are as for Sockets. An interface that comes or goes meanwhile may or
	// may not be among them.
	Interfaces(ctx context.Context, q InterfaceQuery) iter.Seq2[Interface, error]

	// Groups yields the multicast groups that interfaces listen to, in the
	// kernel's order. Errors are as for Sockets.
	Groups(ctx context.Context, q GroupQuery) iter.Seq2[Membership, error]

	// Owners finds the processes that hold sockets open. A process that may
	// not be read or has gone is no error; see [Owners.Denied].
	Owners(ctx context.Context, q OwnerQuery) (*Owners, error)

	// Process tells about a process. The error wraps fs.ErrNotExist where
	// the process has gone; what could be read is returned beside it.
	Process(pid uint32, facts ProcessFacts) (Process, error)

	// Close releases what the Source holds. Rows already delivered stay
	// valid.
	Close() error
}

// Facts are facts about a Socket that cost extra to get, or that some system
// does not have.
type Facts uint32

const (
	// FactTimer asks for Socket.Timer, all of it.
	FactTimer Facts = 1 << iota
	// FactUID asks for Socket.UID of every row, also where the cheap way
	// does not tell (requests in SYN-RECEIVED on Linux). Without it UID may
	// be 0.
	FactUID
	// FactInode asks for what leads to the owner: Socket.Inode and
	// Socket.Cookie, or Socket.PID where the system has that instead
	// (Windows). Without it they may be 0.
	FactInode
	// FactQueues are Socket.RecvQ and SendQ. They cost nothing and need not
	// be asked for, but of unix sockets, which have them only with FactQueues, FactPeer
	// or FactMemory; Windows tells them of few connections, and only with FactTCPInfo.
	FactQueues
	// FactCreated, FactOffload, FactTemplate and FactModule ask for the
	// fields of WindowsDetail of those names. Other systems have none.
	FactCreated
	FactOffload
	FactTemplate
	FactModule
	// FactDetail asks for all of Socket.Detail that some system can tell, at
	// the cost of further passes: the subflows of MPTCP; of SCTP, what socket
	// monitoring knows (SCTPDetail.Info, Socket.Cookie), which comes in
	// another order than that of /proc.
	FactDetail
	// FactTCPInfo and FactMemory ask for Socket.TCP and Socket.Memory. With
	// FactMemory rows of SCTP come as with FactDetail, and those of unix
	// sockets as with FactPeer.
	FactTCPInfo
	FactMemory
	// FactInterface asks for the interface that the socket is bound to:
	// Local.Scope.
	FactInterface
	// FactMark, FactCgroup, FactTOS and FactULP ask for the fields of those
	// names, FactTOS for TClass as well. The mark is told to who may
	// administer the network.
	FactMark
	FactCgroup
	FactTOS
	FactULP
	// FactAutobound asks for Socket.Autobound. On Linux it costs a second
	// pass over the table, unless Where rules one out, and the rows come in
	// another order.
	FactAutobound
	// FactPeer asks for the peers of unix sockets (UnixDetail.Peers). It is a
	// Linux fact; other tables are not changed by it.
	FactPeer
	// FactShutdown and FactV6Only ask for those bits of Socket.Flags; of IPv6
	// sockets, V6Only is told only of those that listen or are closed. They
	// are Linux facts; families that have shutdown(2) in their Detail tell
	// anyway.
	FactShutdown
	FactV6Only
	// FactReferences asks for UnixDetail.RefCount. On Linux it costs reading
	// a file beside the dump; where that cannot be read, this is reported and
	// RefCount is 0.
	FactReferences
	// FactBacklog asks for Socket.MaxBacklog also where another fact is read from
	// files that lack it: FactTimer on Linux.
	FactBacklog
)

// Need tells a Source what a caller wants, so that it fetches no more. All
// but Facts and Report are hints: the rows may be more. The zero value asks
// for every row with the facts that cost nothing.
type Need struct {
	Facts Facts
	// States are the states of interest; empty for all but Bound. With Bound
	// in it, sockets that are bound and neither listen nor are connected are
	// wanted too, which systems keep apart; where they cannot be listed, that
	// is reported and the other rows come.
	States StateSet
	// Where restricts the sockets further; nil does not.
	Where *Condition
	// Then is the table that the caller will ask for next, with the same
	// Need, so that one pass of the kernel may serve both. What is asked for
	// then may be as old as this call.
	Then Table

	// Report, where not nil, is called during iteration for flaws that do
	// not end it: a record left out (ErrBogusRecord), rows possibly missing
	// (ErrIncomplete).
	Report func(*OpError)
}

// Cgroups is implemented by a Source of a system that has control groups.
type Cgroups interface {
	// CgroupID returns the number by which sockets know a control group,
	// given by its path from the root of the hierarchy, such as
	// "/system.slice/ssh.service". The error wraps fs.ErrNotExist where there
	// is none.
	CgroupID(path string) (uint64, error)
	// CgroupPath is the reverse, false where there is no such group: it has
	// gone, or is outside what this process sees.
	CgroupPath(id uint64) (string, bool)
}
