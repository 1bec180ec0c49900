package snapshot

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"netstat"
	"netstat/schema"
)

// writeSize is how much is kept before it is written.
const writeSize = 64 << 10

// Write records a host. Tables that are missing or fail are recorded as such; an
// error is one of w, or that of ctx, and what was written until then is no
// recording. names may be nil. report, where not nil, is called for all that could
// not be read, also for what the system does not have (errors.ErrUnsupported).
//
// Rows are passed on as they come. What is kept is the owners of all sockets,
// and of one table at a time what a second way of reading it adds.
//
// Of a *Source a copy is made: what it does not have, the copy does not have.
func Write(ctx context.Context, w io.Writer, src netstat.Source, m Meta, names Names, report func(Trouble)) error {
	r := newRecorder(ctx, w, src, names)
	r.report = report
	r.original, _ = src.(*Source)
	r.b = schema.AppendEnvelope(r.b, &schema.Envelope{
		Content: Content, Program: m.Program, Time: m.Time,
		Host: schema.Host{Name: m.Name, System: m.System},
	})
	r.b = strconv.AppendInt(append(r.b, `,"euid":`...), int64(m.EUID), 10)
	r.b = strconv.AppendBool(append(r.b, `,"elevated":`...), m.Elevated)
	r.b = strconv.AppendBool(append(r.b, `,"selinux":`...), m.SELinux)

	r.owners()
	r.section("sockets", r.sockets)
	if len(r.byThreads) > 0 {
		r.section("thread_owners", r.threadOwners)
	}
	r.section("processes", r.processes)
	r.section("routes", r.routes)
	r.section("rare_routes", r.rareRoutes)
	r.section("interfaces", r.interfaces)
	r.section("groups", r.groups)
	r.section("counters", r.counters)
	r.section("nat_sessions", r.natSessions)
	if src, ok := src.(netstat.NAT6Sessions); ok && r.hasNAT6() {
		r.section("nat6_sessions", func() { r.natEntry("NAT sessions of inet6", src.NAT6Sessions(ctx)) })
	}
	r.names()
	r.write(append(r.b, "}\n"...))
	return r.failed()
}

// recorder is one recording under way.
type recorder struct {
	ctx context.Context
	w   io.Writer
	src netstat.Source
	b   []byte

	original *Source // src, if that is a recording
	err      error
	report   func(Trouble)
	told     map[string]bool // what report has been told

	held *netstat.Owners
	// beyond is held with what threads with files of their own and rings hold,
	// and byThreads what only they do, as far as the rows have come.
	beyond    *netstat.Owners
	byThreads []threadOwner
	pids      map[uint32]bool // processes that own something

	known        Names                 // nil for none
	hosts        map[netip.Addr]string // those the host can name
	uids         map[uint32]bool
	protocols    map[uint16]bool
	networks     map[netip.Addr]string
	seenHosts    map[netip.Addr]bool
	tcp, udp     *[1 << 16]bool
	ownerPIDs    []uint32
	threadPIDs   []uint32
	ownerObjects []netstat.Process
}

func newRecorder(ctx context.Context, w io.Writer, src netstat.Source, names Names) *recorder {
	r := &recorder{
		ctx: ctx, w: w, src: src, known: names, b: make([]byte, 0, writeSize+writeSize/4),
		pids: map[uint32]bool{}, uids: map[uint32]bool{}, protocols: map[uint16]bool{},
		networks: map[netip.Addr]string{}, seenHosts: map[netip.Addr]bool{},
		tcp: new([1 << 16]bool), udp: new([1 << 16]bool),
		ownerObjects: []netstat.Process{},
	}
	if names != nil {
		r.hosts = names.LocalHosts()
	}
	return r
}

// drain writes what there is, but for the last byte, which tells what comes
// next whether a comma is due.
func (r *recorder) drain() {
	last := len(r.b) - 1
	r.write(r.b[:last])
	r.b = append(r.b[:0], r.b[last])
}

func (r *recorder) write(b []byte) {
	if r.err == nil {
		_, r.err = r.w.Write(b)
	}
}

// failed says why the recording has to end, nil if it need not.
func (r *recorder) failed() error {
	if r.err == nil {
		return r.ctx.Err()
	}
	return r.err
}

// section appends a list of entries.
func (r *recorder) section(name string, entries func()) {
	r.b = append(r.b, ",\n\""...)
	r.b = append(r.b, name...)
	r.b = append(r.b, `":[`...)
	if r.failed() == nil {
		entries()
	}
	r.b = append(r.b, ']')
}

// next separates two items of a list, each on a line of its own.
func (r *recorder) next() {
	if r.b[len(r.b)-1] != '[' {
		r.b = append(r.b, ',')
	}
	r.b = append(r.b, '\n')
}

// problem is an error or a flaw that a Source told, after so many rows.
type problem struct {
	after    int
	reported bool // it came by Report, not by the iterator
	// facts are those without which it does not come; 0 for one that always
	// does.
	facts netstat.Facts
	err   error
}

// problems gathers those of one table.
type problems struct {
	list []problem
	rows int
	// attribute, where not nil, is called when all rows have come, to find the
	// facts of each problem.
	attribute func(*problems)
}

func (p *problems) report(e *netstat.OpError) { p.list = append(p.list, problem{p.rows, true, 0, e}) }
func (p *problems) fail(err error)            { p.list = append(p.list, problem{p.rows, false, 0, err}) }

func (p *problems) failed() bool {
	return slices.ContainsFunc(p.list, func(q problem) bool { return !q.reported })
}

// has says whether the same problem is there, wherever it came.
func (p *problems) has(q problem) bool {
	text := schema.AppendError(nil, q.err)
	return slices.ContainsFunc(p.list, func(o problem) bool {
		return o.reported == q.reported && bytes.Equal(schema.AppendError(nil, o.err), text)
	})
}

// entry appends an object with the rows of one table. head has appended its
// first fields; what is what Trouble calls it, and p gathers what rows has
// reported.
func entry[T any](r *recorder, what string, p *problems, rows iter.Seq2[T, error], row func(b []byte, v *T) []byte) {
	r.b = append(r.b, `"rows":[`...)
	first := true
	for v, err := range rows {
		if err != nil {
			p.fail(err)
			continue
		}
		p.rows++
		if !first {
			r.b = append(r.b, ',')
		}
		r.b, first = append(r.b, '\n'), false
		r.b = row(r.b, &v)
		if len(r.b) >= writeSize {
			if r.drain(); r.err != nil {
				break
			}
		}
	}
	r.b = append(r.b, ']')
	if p.attribute != nil && r.failed() == nil {
		p.attribute(p)
	}
	r.appendProblems(p)
	r.tellProblems(what, p)
	r.b = append(r.b, '}')
}

func (r *recorder) appendProblems(p *problems) {
	if len(p.list) == 0 {
		return
	}
	r.b = append(r.b, ",\"problems\":["...)
	for _, q := range p.list {
		r.next()
		r.b = strconv.AppendInt(append(r.b, `{"after_rows":`...), int64(q.after), 10)
		r.b = strconv.AppendBool(append(r.b, `,"reported":`...), q.reported)
		r.b = schema.AppendFacts(r.b, "facts", q.facts)
		r.b = append(schema.AppendError(append(r.b, `,"error":`...), q.err), '}')
	}
	r.b = append(r.b, ']')
}

// owners finds who owns what before the sockets are listed, so that the rows can
// say it.
func (r *recorder) owners() {
	owners, err := r.src.Owners(r.ctx, netstat.OwnerQuery{All: true})
	if owners == nil {
		owners = &netstat.Owners{}
	}
	r.held = owners
	// Of what failed, the second search would tell no more.
	beyond, failed := r.src.Owners(r.ctx, netstat.OwnerQuery{All: true, Threads: true, Rings: true})
	if failed != nil || beyond == nil {
		beyond = owners
	}
	if err == nil {
		err = failed
	}
	r.beyond = beyond
	r.b = strconv.AppendBool(append(r.b, ",\n\"owners\":{\"denied\":"...), owners.Denied)
	r.b = strconv.AppendBool(append(r.b, `,"seen":`...), owners.Seen)
	if owners.Unread || beyond.Unread {
		r.b = append(r.b, `,"unread":true`...)
	}
	if beyond.Busy {
		r.b = append(r.b, `,"busy":true`...)
	}
	if owners.Hidden {
		r.b = append(r.b, `,"hidden":true`...)
	}
	if owners.Confined {
		r.b = append(r.b, `,"confined":true`...)
	}
	if err != nil {
		r.b = schema.AppendError(append(r.b, `,"error":`...), err)
		r.tell("owners", err, false)
	} else if owners.Incomplete() || beyond.Incomplete() {
		r.tell("owners", ErrOwnersDenied, true)
	}
	r.kernel()
	r.b = append(r.b, '}')
}

// kernel appends which sockets the kernel made for itself, where the host can
// tell.
func (r *recorder) kernel() {
	src, ok := r.src.(netstat.KernelSockets)
	if !ok || r.failed() != nil {
		return
	}
	var found netstat.Owners
	err := src.KernelSockets(r.ctx, &found)
	list := found.Kernel(nil)
	if errors.Is(err, errors.ErrUnsupported) && len(list) == 0 {
		return
	}
	r.b = append(r.b, `,"kernel":[`...)
	for i, cookie := range list {
		if i > 0 {
			r.b = append(r.b, ',')
		}
		r.b = strconv.AppendUint(r.b, cookie, 10)
	}
	r.b = append(r.b, ']')
	if err != nil {
		r.b = schema.AppendError(append(r.b, `,"kernel_error":`...), err)
		r.tell("sockets of the kernel", err, true)
	}
}

// threadOwner is a process that holds a socket by a thread of its alone, or by
// an io_uring.
type threadOwner struct {
	inode uint64
	pid   uint32
	via   netstat.OwnerVia
}

// seeThreadOwners notes who holds a socket besides the given processes.
func (r *recorder) seeThreadOwners(inode uint64, held []uint32) {
	if r.beyond == r.held {
		return
	}
	r.threadPIDs = r.beyond.All(r.threadPIDs[:0], inode)
	for _, pid := range r.threadPIDs {
		if !slices.Contains(held, pid) {
			r.pids[pid] = true
			r.byThreads = append(r.byThreads, threadOwner{inode, pid, r.beyond.Via(inode)})
		}
	}
}

func (r *recorder) threadOwners() {
	slices.SortFunc(r.byThreads, func(a, b threadOwner) int {
		return cmp.Or(cmp.Compare(a.inode, b.inode), cmp.Compare(a.pid, b.pid))
	})
	for _, o := range slices.Compact(r.byThreads) {
		r.next()
		r.b = strconv.AppendUint(append(r.b, `{"inode":`...), o.inode, 10)
		r.b = strconv.AppendUint(append(r.b, `,"pid":`...), uint64(o.pid), 10)
		r.b = append(schema.AppendText(r.b, "via", o.via.String()), '}')
	}
}

// classicFacts are those that cost nothing beside each other. What is wrong with
// a table comes with these, or belongs to a further fact.
const classicFacts = netstat.FactTimer | netstat.FactUID | netstat.FactInode | netstat.FactQueues | netstat.FactCreated

// apartFacts are those that change which rows of a table come, or their order. They
// are asked for in a reading of their own and added to the rows of the first.
func apartFacts(t netstat.Table) netstat.Facts {
	switch {
	case t.Protocol == netstat.SCTP:
		return netstat.FactDetail | netstat.FactMemory
	case t.Protocol == netstat.TCP:
		// Linux tells all of the timers in one place, and these in another.
		return laterFacts &^ (netstat.FactDetail | netstat.FactPeer)
	case hasAutobound(t):
		return netstat.FactAutobound
	}
	return 0
}

// sockets records every table, and of TCP the bound sockets apart.
func (r *recorder) sockets() {
	for _, t := range socketTables {
		if r.failed() != nil {
			return
		}
		if r.original != nil {
			r.copySockets(socketKey{table: t})
			r.copySockets(socketKey{t, true})
			continue
		}
		var p problems
		need := netstat.Need{Facts: schema.AllFacts &^ apartFacts(t)}
		more := r.apart(t)
		r.attribute(&p, t, need, more)
		need.Report = p.report
		rows := r.src.Sockets(r.ctx, t, need)
		r.socketEntry(socketKey{table: t}, schema.AllFacts, &p, more.join(rows))
		// A table that failed ends there, also for those who ask for bound
		// sockets.
		if t.Protocol == netstat.TCP && !p.failed() {
			r.boundSockets(t, &p, more)
		}
	}
}

// copySockets records a table as it was recorded.
func (r *recorder) copySockets(key socketKey) {
	t := r.original.sockets[key]
	if t == nil {
		return
	}
	rows := func(yield func(netstat.Socket, error) bool) {
		replay(r.ctx, r.original, key.table, t, 0, nil, r.original.socketReader(t.facts), func(s netstat.Socket, err error) bool {
			return err != nil || yield(s, nil) // the errors are among the problems
		})
	}
	r.socketEntry(key, t.facts, &problems{list: t.problems}, rows)
}

func (r *recorder) socketEntry(key socketKey, facts netstat.Facts, p *problems, rows iter.Seq2[netstat.Socket, error]) {
	r.next()
	r.b = schema.AppendTable(append(r.b, '{'), key.table)
	if key.bound {
		r.b = append(r.b, `,"bound":true`...)
	}
	r.b = append(schema.AppendFacts(r.b, "facts", facts), ',')
	entry(r, key.table.String(), p, rows, func(b []byte, s *netstat.Socket) []byte {
		r.seeSocket(s)
		return schema.AppendSocket(b, s, facts, r.ownersOf(s))
	})
}

// boundSockets records the sockets of a table that a Source lists only if asked
// to. What is wrong with the rest of the table was recorded with that.
func (r *recorder) boundSockets(t netstat.Table, others *problems, more *apart) {
	var all problems
	// Timers would lead Linux to a file that does not have them.
	need := netstat.Need{Facts: schema.AllFacts &^ (netstat.FactAutobound | netstat.FactTimer), States: netstat.States(netstat.Bound)}
	var p problems
	r.attribute(&p, t, need, nil)
	need.Report = func(e *netstat.OpError) {
		if q := (problem{reported: true, err: e}); !others.has(q) && !all.has(q) {
			all.list = append(all.list, q)
			p.report(e)
		}
	}
	rows := more.join(r.src.Sockets(r.ctx, t, need))
	r.socketEntry(socketKey{t, true}, schema.AllFacts, &p, func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err != nil && others.has(problem{err: err}) || err == nil && s.State != netstat.Bound {
				continue
			}
			if !yield(s, err) {
				return
			}
		}
	})
}

// attribute has the facts found of each problem of a table: whoever does not ask
// for them does not get it. more may be nil.
func (r *recorder) attribute(p *problems, t netstat.Table, need netstat.Need, more *apart) {
	read := func(facts netstat.Facts) *problems {
		q := new(problems)
		n := need
		n.Facts, n.Report = facts, q.report
		for _, err := range r.src.Sockets(r.ctx, t, n) {
			if err != nil {
				q.fail(err)
			}
		}
		return q
	}
	// find returns those of the facts each of which, beside others, brings a problem.
	find := func(q problem, beside, facts netstat.Facts, with *[32]*problems) (found netstat.Facts) {
		for bit := range with {
			fact := netstat.Facts(1) << bit & facts
			if fact == 0 {
				continue
			}
			if with[bit] == nil {
				with[bit] = read(beside | fact)
			}
			if with[bit].has(q) {
				found |= fact
			}
		}
		return found
	}
	p.attribute = func(p *problems) {
		if len(p.list) > 0 {
			base := read(need.Facts & classicFacts)
			var with [32]*problems // by fact
			for i := range p.list {
				if q := &p.list[i]; !base.has(*q) {
					q.facts = find(*q, need.Facts&classicFacts, need.Facts&^classicFacts, &with)
				}
			}
		}
		if more == nil {
			return
		}
		var added []problem
		var with [32]*problems
		for _, q := range more.problems.list {
			if p.has(q) {
				continue
			}
			q.facts = find(q, netstat.FactInode, apartFacts(t), &with)
			if q.facts == 0 {
				q.facts = apartFacts(t)
			}
			added = append(added, problem{reported: true, facts: q.facts, err: operation(q.err)})
		}
		p.list = append(added, p.list...)
	}
}

// apart is what a second way of reading a table adds to the rows of the first.
type apart struct {
	table    netstat.Table
	problems problems
	sctp     map[socketID]*sctpKnown
	tcp      map[socketID]*tcpKnown
	// autobound are the sockets whose port the kernel chose, nil where it
	// cannot tell.
	autobound map[socketID]bool
}

// sctpKnown is what the second reading tells of an association.
type sctpKnown struct {
	info   *netstat.SCTPInfo
	memory *netstat.Memory
	cookie uint64
}

// tcpKnown is what the second reading tells of a TCP socket.
type tcpKnown struct {
	cookie, cgroup       uint64
	backlog, scope, mark uint32
	absent               netstat.Facts
	tos, tclass          uint8
	ulp                  netstat.ULP
	flags                netstat.SocketFlags
	detail               netstat.Detail
	info                 *netstat.TCPInfo
	memory               *netstat.Memory
	// Windows knows the queues only with info.
	queues       bool
	recvQ, sendQ uint64
}

// socketID tells the sockets of a table from each other in two readings of it.
type socketID struct {
	inode         uint64
	local, remote netip.AddrPort
	association   bool
}

func idOf(s *netstat.Socket) socketID {
	id := socketID{
		s.Inode, netip.AddrPortFrom(s.Local.IP, s.Local.Port), netip.AddrPortFrom(s.Remote.IP, s.Remote.Port), false,
	}
	if d, ok := s.Detail.(*netstat.SCTPDetail); ok {
		// Which of several addresses comes first differs.
		id.local, id.remote = netip.AddrPortFrom(netip.Addr{}, s.Local.Port), netip.AddrPortFrom(netip.Addr{}, s.Remote.Port)
		id.association = d.Association
	}
	return id
}

// apart reads what apartFacts has.
func (r *recorder) apart(t netstat.Table) *apart {
	a := &apart{table: t}
	if hasAutobound(t) {
		a.autobound = r.autobound(t)
	}
	facts := apartFacts(t) &^ netstat.FactAutobound
	if facts == 0 {
		return a
	}
	need := netstat.Need{Facts: netstat.FactInode | facts, Report: a.problems.report}
	for s, err := range r.src.Sockets(r.ctx, t, need) {
		if err != nil {
			a.problems.fail(err)
			return a
		}
		a.add(&s)
	}
	return a
}

// autobound returns the sockets of a table whose port the kernel chose, nil where
// that cannot be told. What is wrong with the table is told by the other readings.
func (r *recorder) autobound(t netstat.Table) map[socketID]bool {
	chosen := map[socketID]bool{}
	need := netstat.Need{
		Facts: netstat.FactInode | netstat.FactAutobound, States: netstat.AllStates,
		Where: &netstat.Condition{Kind: netstat.WhereAutobound},
	}
	for s, err := range r.src.Sockets(r.ctx, t, need) {
		if err != nil || s.Absent&netstat.FactAutobound != 0 {
			return nil
		}
		if s.Autobound {
			chosen[idOf(&s)] = true
		}
	}
	return chosen
}

func (a *apart) add(s *netstat.Socket) {
	switch d := s.Detail.(type) {
	case *netstat.SCTPDetail:
		if a.sctp == nil {
			a.sctp = map[socketID]*sctpKnown{}
		}
		id, known := idOf(s), &sctpKnown{d.Info, s.Memory, s.Cookie}
		if _, twice := a.sctp[id]; twice {
			known = nil // which is which cannot be told
		}
		a.sctp[id] = known
	default:
		if a.table.Protocol != netstat.TCP {
			return
		}
		if a.tcp == nil {
			a.tcp = map[socketID]*tcpKnown{}
		}
		id := idOf(s)
		if _, twice := a.tcp[id]; twice {
			a.tcp[id] = nil
			return
		}
		a.tcp[id] = &tcpKnown{
			s.Cookie, s.Cgroup, s.MaxBacklog, s.Local.Scope, s.Mark, s.Absent & apartFacts(a.table), s.TOS, s.TClass, s.ULP, s.Flags, s.Detail, s.TCP, s.Memory,
			s.Absent&netstat.FactQueues == 0, s.RecvQ, s.SendQ,
		}
	}
}

// join adds what is known to rows.
func (a *apart) join(rows iter.Seq2[netstat.Socket, error]) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err == nil {
				a.complete(&s)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

func (a *apart) complete(s *netstat.Socket) {
	switch d := s.Detail.(type) {
	case *netstat.SCTPDetail:
		if known := a.sctp[idOf(s)]; known != nil {
			both := *d
			both.Info = known.info
			s.Detail, s.Memory = &both, known.memory
			if s.Cookie == 0 {
				s.Cookie = known.cookie
			}
		}
	}
	if a.table.Protocol == netstat.TCP && s.State != netstat.Bound {
		if known := a.tcp[idOf(s)]; known != nil {
			known.complete(s)
		} else {
			s.Absent |= netstat.FactInterface | netstat.FactMark | netstat.FactCgroup | netstat.FactShutdown
			if s.Table.Family == netstat.Inet6 {
				s.Absent |= netstat.FactV6Only
			}
		}
	}
	switch {
	case !hasAutobound(a.table):
	case a.autobound == nil:
		s.Absent |= netstat.FactAutobound
	default:
		s.Autobound = a.autobound[idOf(s)]
	}
}

func (k *tcpKnown) complete(s *netstat.Socket) {
	if s.Cookie == 0 {
		s.Cookie = k.cookie
	}
	if s.MaxBacklog == 0 {
		s.MaxBacklog = k.backlog
	}
	if s.Local.Scope == 0 {
		s.Local.Scope = k.scope
	}
	s.Mark, s.Cgroup, s.TOS, s.TClass, s.ULP = k.mark, k.cgroup, k.tos, k.tclass, k.ulp
	s.TCP, s.Memory, s.Flags = k.info, k.memory, k.flags
	if s.Detail == nil {
		s.Detail = k.detail
	}
	s.Absent |= k.absent
	if k.queues && s.Absent&netstat.FactQueues != 0 {
		s.RecvQ, s.SendQ = k.recvQ, k.sendQ
		s.Absent &^= netstat.FactQueues
	}
}

// hasAutobound says whether it can be told of the sockets of a table if the
// kernel chose their ports.
func hasAutobound(t netstat.Table) bool {
	switch t.Protocol {
	case netstat.TCP, netstat.UDP, netstat.UDPLite, netstat.Raw, netstat.MPTCP, netstat.DCCP:
		return true
	}
	return false
}

// ownersOf returns the processes of a socket, by their numbers alone: what is
// known of them stands in a section of its own.
func (r *recorder) ownersOf(s *netstat.Socket) []netstat.Process {
	r.ownerPIDs = r.held.All(r.ownerPIDs[:0], s.Inode)
	r.ownerObjects = r.ownerObjects[:0]
	for _, pid := range r.ownerPIDs {
		r.pids[pid] = true
		r.ownerObjects = append(r.ownerObjects, netstat.Process{PID: pid})
	}
	r.seeThreadOwners(s.Inode, r.ownerPIDs)
	if s.PID != 0 {
		r.pids[s.PID] = true
	}
	return r.ownerObjects
}

func (r *recorder) processes() {
	for _, pid := range slices.Sorted(maps.Keys(r.pids)) {
		p, err := r.src.Process(pid, schema.AllProcessFacts)
		p.PID = pid
		r.next()
		r.b = schema.AppendProcess(r.b, &p)
		if err != nil {
			r.b = append(r.b[:len(r.b)-1], `,"error":`...)
			r.b = append(schema.AppendError(r.b, err), '}')
			r.tell("process "+strconv.FormatUint(uint64(pid), 10), err, true)
		}
		if len(r.b) >= writeSize {
			r.drain()
		}
		if r.failed() != nil {
			return
		}
	}
}

// family begins an entry that is of one family.
func (r *recorder) family(f netstat.Family) {
	r.next()
	r.b = append(append(r.b, `{"family":"`...), f.String()...)
	r.b = append(r.b, `",`...)
}

func (r *recorder) routes() {
	for _, key := range [...]routeKey{{}, {cache: true}, {persistent: true}} {
		for _, key.family = range inetFamilies {
			var p problems
			rows := r.src.Routes(r.ctx, netstat.RouteQuery{
				Family: key.family, Cache: key.cache, Persistent: key.persistent, Report: p.report,
			})
			r.family(key.family)
			if key.cache {
				r.b = append(r.b, `"cache":true,`...)
			}
			if key.persistent {
				r.b = append(r.b, `"persistent":true,`...)
			}
			entry(r, "routes of "+key.family.String(), &p, rows, func(b []byte, route *netstat.Route) []byte {
				r.seeRoute(route)
				return schema.AppendRoute(b, route)
			})
			if r.failed() != nil {
				return
			}
		}
	}
}

func (r *recorder) rareRoutes() {
	for _, f := range rareFamilies {
		var p problems
		rows := r.src.RareRoutes(r.ctx, f, p.report)
		r.family(f)
		entry(r, "routes of "+f.String(), &p, rows, func(b []byte, route *netstat.RareRoute) []byte {
			return schema.AppendRareRoute(b, *route)
		})
		if r.failed() != nil {
			return
		}
	}
}

// interfaces records the interfaces with their details. A Source may have other
// complaints where it is not asked for details: such a table is recorded too.
func (r *recorder) interfaces() {
	var detailed problems
	r.interfaceEntry(true, &detailed)
	var plain problems
	for _, err := range r.src.Interfaces(r.ctx, netstat.InterfaceQuery{Report: plain.report}) {
		if err != nil {
			plain.fail(err)
			continue
		}
		plain.rows++
	}
	same := len(plain.list) == len(detailed.list)
	for _, q := range plain.list {
		same = same && detailed.has(q)
	}
	if !same {
		r.interfaceEntry(false, new(problems))
	}
}

func (r *recorder) interfaceEntry(details bool, p *problems) {
	r.next()
	r.b = append(strconv.AppendBool(append(r.b, `{"details":`...), details), ',')
	rows := r.src.Interfaces(r.ctx, netstat.InterfaceQuery{Details: details, Report: p.report})
	entry(r, "interfaces", p, rows, schema.AppendInterface)
}

func (r *recorder) groups() {
	for _, f := range inetFamilies {
		var p problems
		rows := r.src.Groups(r.ctx, netstat.GroupQuery{Family: f, Report: p.report})
		r.family(f)
		entry(r, "groups of "+f.String(), &p, rows, func(b []byte, m *netstat.Membership) []byte {
			r.seeHost(m.Group)
			return schema.AppendMembership(b, f, m)
		})
		if r.failed() != nil {
			return
		}
	}
}

func (r *recorder) counters() {
	for _, f := range inetFamilies {
		rows := r.src.Counters(r.ctx, f)
		r.family(f)
		entry(r, "counters of "+f.String(), new(problems), rows, func(b []byte, c *netstat.Counter) []byte {
			return schema.AppendCounter(b, f, c)
		})
		if r.failed() != nil {
			return
		}
	}
}

// hasNAT6 reports whether sessions of IPv6 are recorded: older recordings, of
// which this is a copy, lack them.
func (r *recorder) hasNAT6() bool { return r.original == nil || r.original.nat6 != nil }

func (r *recorder) natSessions() { r.natEntry("NAT sessions", r.src.NATSessions(r.ctx)) }

func (r *recorder) natEntry(what string, rows iter.Seq2[netstat.NATSession, error]) {
	r.next()
	r.b = append(r.b, '{')
	entry(r, what, new(problems), rows, func(b []byte, s *netstat.NATSession) []byte {
		r.seeNAT(s)
		return schema.AppendNATSession(b, s)
	})
}
