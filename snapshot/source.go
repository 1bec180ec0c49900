package snapshot

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"

	"netstat"
	"netstat/schema"
)

// Source answers from a snapshot as the recorded host would have: the same rows in the
// same order, the same errors, the same warnings at the same rows. It may return recorded
// facts that were not requested too, but not the inside of TCP and the memory. A table that
// is missing from the document is an error: the recorder writes even tables that the host
// lacks, so it was removed.
type Source struct {
	Meta Meta

	doc   *document
	names RecordedNames

	sockets    map[socketKey]*table
	routes     map[routeKey]*table
	rareRoutes map[netstat.Family]*table
	interfaces map[bool]*table // by details
	groups     map[netstat.Family]*table
	counters   map[netstat.Family]*table
	nat        *table
	nat6       *table // nil in older snapshots
	conntrack  *table // nil in older snapshots
	measures   *table // nil in older snapshots
	neighbors  map[netstat.Family]*table
	rules      map[netstat.Family]*table

	denied, seen bool
	unread, busy bool
	hidden       bool
	confined     bool
	ownersErr    error
	// owners are built on first use. The indexes are 1 with the owners found through
	// threads and, second, through rings.
	owners    [2][2]*netstat.Owners
	byThreads []threadOwner // by inode
	kernel    []uint64      // cookies; nil if not recorded
	kernelErr error
	processes map[uint32]recordedProcess
}

var _ netstat.Source = (*Source)(nil)

// Names returns the names of the recorded host.
func (s *Source) Names() *RecordedNames { return &s.names }

// errNotRecorded means that a table or fact is missing from the document. It is not
// ErrUnsupported, which dialects ignore silently.
var errNotRecorded = errors.New("not recorded")

// errOlder means that the program that wrote the document did not know what is missing.
// It is ErrUnsupported too, as of an older kernel: no damage.
var errOlder error = olderError{}

type olderError struct{}

func (olderError) Error() string { return errNotRecorded.Error() }

func (olderError) Unwrap() []error { return []error{errNotRecorded, errors.ErrUnsupported} }

// replayOp begins the Op of each error of a replay's own.
const replayOp = "replay"

// sometimes is the number of rows between two checks of the context.
const sometimes = 1024

// laterFacts are the facts that older programs did not record.
const laterFacts = netstat.FactDetail | netstat.FactTCPInfo | netstat.FactMemory | netstat.FactInterface |
	netstat.FactMark | netstat.FactCgroup | netstat.FactTOS | netstat.FactULP | netstat.FactAutobound | netstat.FactPeer |
	netstat.FactShutdown | netstat.FactV6Only

// lacks returns the facts that were not recorded, of those that some host could report
// for the sockets of a table.
func (t *table) lacks(of netstat.Table, facts netstat.Facts) netstat.Facts {
	if t == nil || t.unsupported() {
		return 0
	}
	var could netstat.Facts
	switch {
	case of.Protocol == netstat.TCP:
		could = laterFacts &^ (netstat.FactDetail | netstat.FactPeer)
	case of.Family == netstat.Inet || of.Family == netstat.Inet6:
		could = laterFacts &^ (netstat.FactTCPInfo | netstat.FactULP | netstat.FactPeer)
	case of.Family == netstat.Unix:
		could = netstat.FactPeer | netstat.FactMemory
	case of.Family == netstat.Packet, of.Family == netstat.Netlink, of.Family == netstat.XDP:
		could = netstat.FactMemory
	}
	return facts & could &^ t.facts
}

// unsupported reports whether the recorded host lacked the table.
func (t *table) unsupported() bool {
	return slices.ContainsFunc(t.problems, func(p problem) bool {
		return !p.reported && p.after == 0 && errors.Is(p.err, errors.ErrUnsupported)
	})
}

// replay yields the rows of a table with its problems: those that occur with these
// facts, or all if facts is 0. op and of begin the errors of the replay itself. keep
// may drop rows; nil drops none.
func replay[T any](ctx context.Context, s *Source, op string, of netstat.Table, t *table, facts netstat.Facts, report func(*netstat.OpError), read func(*schema.Reader) T, yield func(T, error) bool) (goOn bool) {
	var none T
	if t == nil {
		yield(none, &netstat.OpError{Op: op, Table: of, Err: errNotRecorded})
		return false
	}
	rows, problems, failed := 0, t.problems, false
	tell := func() bool {
		for ; len(problems) > 0 && problems[0].after == rows; problems = problems[1:] {
			p := &problems[0]
			if p.facts != 0 && facts != 0 && p.facts&facts == 0 {
				continue
			}
			if !p.reported {
				failed = true
				if !yield(none, p.err) {
					return false
				}
				continue
			}
			if e, ok := p.err.(*netstat.OpError); ok && report != nil {
				report(e)
			}
		}
		return true
	}
	if !tell() {
		return false
	}
	stopped := false
	if t.rows > 0 {
		err := s.read(t, func(r *schema.Reader) bool {
			row := read(r)
			if r.Err() != nil {
				return false
			}
			if rows++; rows%sometimes == 0 && ctx.Err() != nil {
				stopped = true
				yield(none, &netstat.OpError{Op: op, Table: of, Err: ctx.Err()})
			}
			stopped = stopped || !yield(row, nil) || !tell()
			return !stopped
		})
		if err != nil && !stopped {
			failed = true
			yield(none, &netstat.OpError{Op: op, Table: of, Err: err})
		}
	}
	return !stopped && !failed
}

// read calls row at each row of a table until it returns false. The error says what is wrong
// with the document.
func (s *Source) read(t *table, row func(*schema.Reader) (goOn bool)) error {
	in, done, err := s.doc.rows(int64(t.rows))
	if err != nil {
		return err
	}
	defer done()
	r := in.reader(t.rows)
	stopped := false
	rows := r.Rows(func() bool {
		if !row(r) && r.Err() == nil {
			stopped = true
			r.Stop()
		}
		return true
	})
	var syntax *schema.SyntaxError
	switch {
	case stopped:
		return nil
	case errors.As(r.Err(), &syntax):
		return s.doc.locate(syntax)
	case r.Err() == nil && rows != t.length:
		return errors.New("the snapshot has changed")
	}
	return r.Err()
}

// Sockets implements netstat.Source.
func (s *Source) Sockets(ctx context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: replayOp, Table: t, Err: err})
			return
		}
		rest, bound := s.sockets[socketKey{table: t}], s.sockets[socketKey{t, true}]
		// Rows themselves are requested even if no fact is.
		facts := n.Facts | netstat.FactQueues
		if n.Report != nil && rest.lacks(t, facts) != 0 {
			n.Report(&netstat.OpError{Op: replayOp + " the details of", Table: t, Err: errNotRecorded})
		}
		if !replay(ctx, s, replayOp, t, rest, facts, n.Report, socketReader(t, factsOf(rest), n.Facts), yield) || !n.States.Has(netstat.Bound) {
			return
		}
		if bound != nil {
			replay(ctx, s, replayOp, t, bound, facts, n.Report, socketReader(t, factsOf(bound), n.Facts), yield)
		}
	}
}

// socketReader returns a function that reads a row of a table with the wanted facts, of
// those recorded. Facts that were requested but not recorded are marked absent.
func socketReader(of netstat.Table, recorded, wanted netstat.Facts) func(*schema.Reader) netstat.Socket {
	absent := wanted &^ recorded & (netstat.FactTimer | netstat.FactUID | netstat.FactInode | netstat.FactInterface |
		netstat.FactMark | netstat.FactCgroup | netstat.FactAutobound | netstat.FactShutdown | netstat.FactV6Only)
	return func(r *schema.Reader) netstat.Socket {
		row := r.PartOfSocket(recorded, wanted)
		row.Absent |= absent
		if wrong := wrongSocket(&row, of); wrong != "" && r.Err() == nil {
			r.Fail(wrong)
		}
		return row
	}
}

func factsOf(t *table) netstat.Facts {
	if t == nil {
		return 0
	}
	return t.facts
}

// Routes implements netstat.Source.
func (s *Source) Routes(ctx context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	key := routeKey{q.Family, q.Cache, q.Persistent, q.Details && !q.Cache && !q.Persistent}
	t := s.routes[key]
	if t == nil && key.details && q.Table == 0 {
		key.details = false
		t = s.routes[key]
	}
	read := func(r *schema.Reader) netstat.Route {
		route := r.Route()
		if wrong := wrongRoute(&route, q.Family); wrong != "" && r.Err() == nil {
			r.Fail(wrong)
		}
		return route
	}
	all := rows(ctx, s, "the routes of", q.Family, t, q.Report, read)
	if !key.details || q.Table == netstat.AllTables || q.Table == 0 && q.Family == netstat.Inet6 {
		return all
	}
	table := cmp.Or(q.Table, netstat.MainRouteTable)
	return func(yield func(netstat.Route, error) bool) {
		for route, err := range all {
			if d := route.Detail; err == nil && d != nil && d.Table != table {
				switch {
				case d.Windows == nil:
					continue
				case q.Table != 0:
					yield(netstat.Route{}, &netstat.OpError{Op: replayOp + " the routes of", Table: netstat.Table{Family: q.Family}, Err: netstat.ErrOneTable})
					return
				}
			}
			if !yield(route, err) {
				return
			}
		}
	}
}

// RareRoutes implements netstat.Source.
func (s *Source) RareRoutes(ctx context.Context, f netstat.Family, report func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return rows(ctx, s, "the routes of", f, s.rareRoutes[f], report, (*schema.Reader).RareRoute)
}

// Interfaces implements netstat.Source.
func (s *Source) Interfaces(ctx context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	t := s.interfaces[q.Details]
	if t == nil {
		t = s.interfaces[true]
	}
	return rows(ctx, s, "the interfaces", netstat.FamilyNone, t, q.Report, (*schema.Reader).Interface)
}

// Groups implements netstat.Source.
func (s *Source) Groups(ctx context.Context, q netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return rows(ctx, s, "the groups of", q.Family, s.groups[q.Family], q.Report, (*schema.Reader).Membership)
}

// Counters implements netstat.Source.
func (s *Source) Counters(ctx context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	return rows(ctx, s, "the counters of", f, s.counters[f], nil, (*schema.Reader).Counter)
}

// Measures implements netstat.Source. Older snapshots do not support it. Measures of a
// group that only a newer version knows are left out.
func (s *Source) Measures(ctx context.Context) iter.Seq2[netstat.Measure, error] {
	const what = "the measures"
	if s.measures == nil {
		return older[netstat.Measure](what, netstat.FamilyNone)
	}
	type measure struct {
		netstat.Measure
		known bool
	}
	read := func(r *schema.Reader) (m measure) {
		m.Measure, m.known = r.Measure()
		return m
	}
	return func(yield func(netstat.Measure, error) bool) {
		for m, err := range rows(ctx, s, what, netstat.FamilyNone, s.measures, nil, read) {
			if (err != nil || m.known) && !yield(m.Measure, err) {
				return
			}
		}
	}
}

// Neighbors implements netstat.Source. Older snapshots do not support it.
func (s *Source) Neighbors(ctx context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	const what = "the neighbours of"
	if s.neighbors == nil {
		return older[netstat.Neighbor](what, q.Family)
	}
	all := rows(ctx, s, what, q.Family, s.neighbors[q.Family], nil, (*schema.Reader).Neighbor)
	if q.Proxies {
		return all
	}
	return func(yield func(netstat.Neighbor, error) bool) {
		for n, err := range all {
			if !n.Proxy && !yield(n, err) {
				return
			}
		}
	}
}

// Rules implements netstat.PolicyRules. Older snapshots, and those of Windows, have none.
func (s *Source) Rules(ctx context.Context, q netstat.RuleQuery) iter.Seq2[netstat.Rule, error] {
	const what = "the rules of"
	if s.rules == nil {
		return older[netstat.Rule](what, q.Family)
	}
	return rows(ctx, s, what, q.Family, s.rules[q.Family], q.Report, (*schema.Reader).Rule)
}

// older yields the error for a table that older programs did not record.
func older[T any](what string, f netstat.Family) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, &netstat.OpError{Op: replayOp + " " + what, Table: netstat.Table{Family: f}, Err: errOlder})
	}
}

// NATSessions implements netstat.Source.
func (s *Source) NATSessions(ctx context.Context) iter.Seq2[netstat.NATSession, error] {
	return rows(ctx, s, "the NAT sessions", netstat.FamilyNone, s.nat, nil, (*schema.Reader).NATSession)
}

// NAT6Sessions implements netstat.NAT6Sessions.
func (s *Source) NAT6Sessions(ctx context.Context) iter.Seq2[netstat.NATSession, error] {
	return rows(ctx, s, "the NAT sessions of inet6", netstat.FamilyNone, s.nat6, nil, (*schema.Reader).NATSession)
}

// TrackedConnections implements netstat.Source. Older snapshots do not support it.
func (s *Source) TrackedConnections(ctx context.Context, q netstat.TrackedQuery) iter.Seq2[netstat.TrackedConnection, error] {
	const what = "the tracked connections"
	if s.conntrack == nil {
		return older[netstat.TrackedConnection](what, netstat.FamilyNone)
	}
	all := rows(ctx, s, what, netstat.FamilyNone, s.conntrack, nil, (*schema.Reader).TrackedConnection)
	if q.Family == netstat.FamilyNone {
		return all
	}
	return func(yield func(netstat.TrackedConnection, error) bool) {
		for c, err := range all {
			if (err != nil || c.Family == q.Family) && !yield(c, err) {
				return
			}
		}
	}
}

func rows[T any](ctx context.Context, s *Source, what string, f netstat.Family, t *table, report func(*netstat.OpError), read func(*schema.Reader) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		op, of := replayOp+" "+what, netstat.Table{Family: f}
		if err := ctx.Err(); err != nil {
			var none T
			yield(none, &netstat.OpError{Op: op, Table: of, Err: err})
			return
		}
		replay(ctx, s, op, of, t, 0, report, read, yield)
	}
}

// Owners implements netstat.Source. It returns all owners of all sockets, which the
// caller must not change except through KernelSockets.
func (s *Source) Owners(ctx context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	if err := ctx.Err(); err != nil {
		return &netstat.Owners{}, &netstat.OpError{Op: "find owners", Err: err}
	}
	if len(s.byThreads) == 0 {
		q.Threads, q.Rings = false, false // they make no difference
	}
	known := &s.owners[index(q.Threads)][index(q.Rings)]
	if *known == nil {
		owners := new(netstat.Owners)
		for _, t := range netstat.Tables() {
			for _, bound := range [...]bool{false, true} {
				if err := s.addOwners(owners, s.sockets[socketKey{t, bound}], q); err != nil {
					return owners, &netstat.OpError{Op: "find owners", Table: t, Err: err}
				}
			}
		}
		owners.Denied, owners.Seen, owners.Hidden, owners.Confined = s.denied, s.seen, s.hidden, s.confined
		owners.Unread, owners.Busy, owners.Failed = s.unread, s.busy, s.ownersErr != nil
		*known = owners
	}
	return *known, s.ownersErr
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Source) addOwners(to *netstat.Owners, t *table, q netstat.OwnerQuery) error {
	if t == nil || t.rows == 0 {
		return nil
	}
	var owners []uint32
	return s.read(t, func(r *schema.Reader) bool {
		var inode uint64
		inode, owners = r.SocketOwners(owners[:0])
		slices.Sort(owners) // each is then added after those before, at once
		for _, pid := range owners {
			to.Add(inode, pid)
		}
		beyond := s.byThreadsOf(inode)
		for _, o := range beyond {
			if o.via == netstat.ViaFile && q.Threads {
				to.AddThread(inode, o.pid)
			}
		}
		for _, o := range beyond {
			if o.via == netstat.ViaRing && q.Rings {
				to.AddRing(inode, o.pid)
			}
		}
		return true
	})
}

// byThreadsOf returns the thread owners of one socket.
func (s *Source) byThreadsOf(inode uint64) []threadOwner {
	of := func(o threadOwner, inode uint64) int { return cmp.Compare(o.inode, inode) }
	from, found := slices.BinarySearchFunc(s.byThreads, inode, of)
	if !found {
		return nil
	}
	to := from
	for to < len(s.byThreads) && s.byThreads[to].inode == inode {
		to++
	}
	return s.byThreads[from:to]
}

var (
	_ netstat.KernelSockets = (*Source)(nil)
	_ netstat.NAT6Sessions  = (*Source)(nil)
	_ netstat.PolicyRules   = (*Source)(nil)
)

// KernelSockets implements netstat.KernelSockets. Older snapshots do not support it.
func (s *Source) KernelSockets(ctx context.Context, o *netstat.Owners) error {
	err := s.kernelErr
	switch {
	case ctx.Err() != nil:
		err = &netstat.OpError{Op: "find the kernel's sockets", Err: ctx.Err()}
	case s.kernel == nil:
		err = &netstat.OpError{Op: "find the kernel's sockets", Err: errors.ErrUnsupported}
	}
	for _, cookie := range s.kernel {
		o.AddKernel(cookie)
	}
	return err
}

// Process implements netstat.Source. It returns all recorded facts.
func (s *Source) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	p, ok := s.processes[pid]
	if !ok {
		return netstat.Process{PID: pid}, &netstat.OpError{Op: "read process", Err: fs.ErrNotExist}
	}
	return p.Process, p.err
}

// Close implements netstat.Source.
func (s *Source) Close() error { return s.doc.close() }
