package netstat

import (
	"context"
	"iter"
)

// Source is one host that can be queried: the running one or a snapshot. It is the one
// contract that a back end implements. A Source is for one goroutine at a time.
type Source interface {
	// Sockets yields the rows of one table in the kernel's order. An error is the last
	// pair of the sequence, with a zero Socket. It is an *OpError, which wraps
	// errors.ErrUnsupported if the running system has no such table. Stopping early
	// releases everything at once. One call reads the table once. It may yield more
	// rows than Need asks for, never fewer.
	Sockets(ctx context.Context, t Table, n Need) iter.Seq2[Socket, error]

	// Counters yields the protocol counters of a family, Inet or Inet6, in the kernel's
	// order. Systems keep them in several places: an error is an *OpError about one of
	// these, with a zero Counter, and counters from other places may follow.
	Counters(ctx context.Context, f Family) iter.Seq2[Counter, error]

	// Measures yields the numbers that the system keeps beside its counters, group by
	// group. Errors are as for Counters: each is an *OpError about one place that could
	// not be read, with a zero Measure, and measures from other places may follow. What
	// the system does not have (no connection tracking, a sysctl of another version, or
	// one that only the initial network namespace has) is left out without an error.
	Measures(ctx context.Context) iter.Seq2[Measure, error]

	// Neighbors yields the neighbours of a family, Inet or Inet6, in the kernel's order,
	// and the addresses for which this host only answers if the query asks for them.
	// Errors are as for Sockets; the last one wraps ErrIncomplete if the table changed
	// while it was read.
	Neighbors(ctx context.Context, q NeighborQuery) iter.Seq2[Neighbor, error]

	// NATSessions yields the sessions whose addresses or ports this host translates, in
	// the kernel's order, and no others. Errors are as for Sockets; they wrap
	// errors.ErrUnsupported if connections are not tracked or the caller may not see
	// them. A malformed record is skipped: the last error then wraps ErrBogusRecord.
	NATSessions(ctx context.Context) iter.Seq2[NATSession, error]

	// TrackedConnections yields the connections that this host tracks, in the kernel's
	// order, each once. Errors are as for Sockets; they wrap errors.ErrUnsupported if the
	// system does not track connections. A malformed record is skipped: the last error
	// then wraps ErrBogusRecord. It wraps ErrIncomplete if connections may be missing.
	TrackedConnections(ctx context.Context, q TrackedQuery) iter.Seq2[TrackedConnection, error]

	// Routes yields the rows of one routing table in the kernel's order: Linux's main
	// table if there are several. Errors are as for Sockets; they may wrap ErrNoRoutes
	// or MissingColumnError. An empty cache is not an error.
	Routes(ctx context.Context, q RouteQuery) iter.Seq2[Route, error]

	// RareRoutes yields the routes of a family other than IPv4 and IPv6 in the kernel's
	// order. Errors are as for Sockets; report, if not nil, is called as Need.Report
	// is.
	RareRoutes(ctx context.Context, f Family, report func(*OpError)) iter.Seq2[RareRoute, error]

	// Interfaces yields the network interfaces in the system's order. Errors are as for
	// Sockets. An interface that appears or disappears meanwhile may or may not be
	// included.
	Interfaces(ctx context.Context, q InterfaceQuery) iter.Seq2[Interface, error]

	// Groups yields the multicast groups that interfaces have joined, in the kernel's
	// order. Errors are as for Sockets.
	Groups(ctx context.Context, q GroupQuery) iter.Seq2[Membership, error]

	// Owners finds the processes that hold sockets open. A process that cannot be
	// inspected or has exited is no error; see [Owners.Denied].
	Owners(ctx context.Context, q OwnerQuery) (*Owners, error)

	// Process returns facts about a process. The error wraps fs.ErrNotExist if the
	// process has exited; facts already read are returned with it.
	Process(pid uint32, facts ProcessFacts) (Process, error)

	// Close releases the resources of the Source. Rows already delivered stay valid.
	Close() error
}

// Facts are facts about a Socket that cost extra or that some systems lack.
type Facts uint32

const (
	// FactTimer requests all of Socket.Timer.
	FactTimer Facts = 1 << iota
	// FactUID requests Socket.UID of every row, even if the cheapest way lacks it
	// (requests in SYN-RECEIVED on Linux). Without it UID may be 0.
	FactUID
	// FactInode requests what leads to the owner: Socket.Inode and Socket.Cookie, or
	// Socket.PID if the system has that instead (Windows). Without it they may be 0.
	FactInode
	// FactQueues is for Socket.RecvQ and SendQ. They cost nothing and need not be
	// requested, except of unix sockets, which have them only with FactQueues, FactPeer
	// or FactMemory. Windows reports them for few connections, and only with FactTCPInfo.
	FactQueues
	// FactCreated, FactOffload, FactTemplate and FactModule request the fields of
	// WindowsDetail of those names. Other systems lack them.
	FactCreated
	FactOffload
	FactTemplate
	FactModule
	// FactDetail requests everything in Socket.Detail, at the cost of further passes:
	// the subflows of MPTCP, and what sock_diag reports about SCTP (SCTPDetail.Info,
	// Socket.Cookie). SCTP rows then come in another order than that of /proc.
	FactDetail
	// FactTCPInfo and FactMemory request Socket.TCP and Socket.Memory. With FactMemory,
	// SCTP rows come as with FactDetail, and unix rows as with FactPeer.
	FactTCPInfo
	FactMemory
	// FactInterface requests the interface that the socket is bound to: Local.Scope.
	FactInterface
	// FactMark, FactCgroup, FactTOS and FactULP request the fields of those names;
	// FactTOS includes TClass. The mark needs the right to administer the network.
	FactMark
	FactCgroup
	FactTOS
	FactULP
	// FactAutobound requests Socket.Autobound. On Linux it costs a second pass over the
	// table, unless Where excludes one value, and the rows come in another order.
	FactAutobound
	// FactPeer requests the peers of unix sockets (UnixDetail.Peers). Linux only; it
	// does not affect other tables.
	FactPeer
	// FactShutdown and FactV6Only request those bits of Socket.Flags. Linux only.
	// V6Only is known only for IPv6 sockets that listen or are closed. Families with
	// shutdown(2) state in their Detail always report it.
	FactShutdown
	FactV6Only
	// FactReferences requests UnixDetail.RefCount. On Linux it costs reading a file in
	// addition to the dump. If that file cannot be read, this is reported and RefCount
	// is 0.
	FactReferences
	// FactBacklog asks for Socket.MaxBacklog also where another fact is read from
	// files that lack it: FactTimer on Linux.
	FactBacklog
)

// Need tells a Source what a caller wants, so that it fetches no more. Every field
// except Facts and Report is a hint: a Source may yield more rows. The zero value asks
// for every row with the facts that cost nothing.
type Need struct {
	Facts Facts
	// States are the states of interest; empty for all but Bound. Bound adds sockets
	// that are bound but neither listen nor are connected, which systems keep apart. If
	// they cannot be listed, this is reported and the other rows follow.
	States StateSet
	// Where restricts the sockets further; nil does not.
	Where *Condition
	// Then is the table that the caller will read next with the same Need, so that one
	// pass of the kernel may serve both. The rows of that table may then be as old as
	// this call.
	Then Table

	// Report, if not nil, is called during iteration for warnings: a record skipped
	// (ErrBogusRecord), rows possibly missing (ErrIncomplete).
	Report func(*OpError)
}

// Cgroups is implemented by a Source of a system with control groups.
type Cgroups interface {
	// CgroupID returns the number that sockets store for a control group, given its
	// path from the root of the hierarchy, such as "/system.slice/ssh.service". The
	// error wraps fs.ErrNotExist if there is none.
	CgroupID(path string) (uint64, error)
	// CgroupPath is the reverse of CgroupID. It returns false if the group is gone or
	// not visible to this process.
	CgroupPath(id uint64) (string, bool)
}
