package snapshot

import (
	"bytes"
	"context"
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
// recording. names may be nil.
//
// Rows are passed on as they come. What is kept is the owners of all sockets,
// and of one TCP table at a time what two ways of reading it are joined by.
func Write(ctx context.Context, w io.Writer, src netstat.Source, m Meta, names Names) error {
	r := newRecorder(ctx, w, src, names)
	r.b = schema.AppendEnvelope(r.b, &schema.Envelope{
		Content: Content, Program: m.Program, Time: m.Time,
		Host: schema.Host{Name: m.Name, System: m.System},
	})
	r.b = strconv.AppendInt(append(r.b, `,"euid":`...), int64(m.EUID), 10)
	r.b = strconv.AppendBool(append(r.b, `,"elevated":`...), m.Elevated)
	r.b = strconv.AppendBool(append(r.b, `,"selinux":`...), m.SELinux)

	r.owners()
	r.section("sockets", r.sockets)
	r.section("processes", r.processes)
	r.section("routes", r.routes)
	r.section("rare_routes", r.rareRoutes)
	r.section("interfaces", r.interfaces)
	r.section("groups", r.groups)
	r.section("counters", r.counters)
	r.section("nat_sessions", r.natSessions)
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
	err error

	held *netstat.Owners
	pids map[uint32]bool // processes that own something

	known        Names                 // nil for none
	hosts        map[netip.Addr]string // those the host can name
	uids         map[uint32]bool
	protocols    map[uint16]bool
	networks     map[netip.Addr]string
	seenHosts    map[netip.Addr]bool
	tcp, udp     *[1 << 16]bool
	ownerPIDs    []uint32
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
	err      error
}

// problems gathers those of one table.
type problems struct {
	list []problem
	rows int
}

func (p *problems) report(e *netstat.OpError) { p.list = append(p.list, problem{p.rows, true, e}) }
func (p *problems) fail(err error)            { p.list = append(p.list, problem{p.rows, false, err}) }

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
// first fields; p gathers what rows has reported.
func entry[T any](r *recorder, p *problems, rows iter.Seq2[T, error], row func(b []byte, v *T) []byte) {
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
	r.appendProblems(p)
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
	r.b = strconv.AppendBool(append(r.b, ",\n\"owners\":{\"denied\":"...), owners.Denied)
	r.b = strconv.AppendBool(append(r.b, `,"seen":`...), owners.Seen)
	if err != nil {
		r.b = schema.AppendError(append(r.b, `,"error":`...), err)
	}
	r.b = append(r.b, '}')
}

// sockets records every table, and of TCP the bound sockets apart.
func (r *recorder) sockets() {
	for _, t := range socketTables {
		if r.failed() != nil {
			return
		}
		var p problems
		need := netstat.Need{Facts: schema.AllFacts, Report: p.report}
		rows := r.src.Sockets(r.ctx, t, need)
		if t.Protocol == netstat.TCP {
			rows = joined(rows, r.untimed(t))
		}
		r.socketEntry(socketKey{table: t}, need.Facts, &p, rows)
		// A table that failed ends there, also for those who ask for bound
		// sockets.
		if t.Protocol == netstat.TCP && !p.failed() {
			r.boundSockets(t, &p)
		}
	}
}

func (r *recorder) socketEntry(key socketKey, facts netstat.Facts, p *problems, rows iter.Seq2[netstat.Socket, error]) {
	r.next()
	r.b = schema.AppendTable(append(r.b, '{'), key.table)
	if key.bound {
		r.b = append(r.b, `,"bound":true`...)
	}
	r.b = append(schema.AppendFacts(r.b, "facts", facts), ',')
	entry(r, p, rows, func(b []byte, s *netstat.Socket) []byte {
		r.seeSocket(s)
		return schema.AppendSocket(b, s, facts, r.ownersOf(s))
	})
}

// boundSockets records the sockets of a table that a Source lists only if asked
// to. What is wrong with the rest of the table was recorded with that.
func (r *recorder) boundSockets(t netstat.Table, others *problems) {
	var all problems
	// Timers would lead Linux to a file that does not have them.
	need := netstat.Need{Facts: schema.AllFacts &^ netstat.FactTimer, States: netstat.States(netstat.Bound)}
	var p problems
	need.Report = func(e *netstat.OpError) {
		if q := (problem{0, true, e}); !others.has(q) && !all.has(q) {
			all.list = append(all.list, q)
			p.report(e)
		}
	}
	rows := r.src.Sockets(r.ctx, t, need)
	r.socketEntry(socketKey{t, true}, need.Facts, &p, func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err != nil && others.has(problem{0, false, err}) || err == nil && s.State != netstat.Bound {
				continue
			}
			if !yield(s, err) {
				return
			}
		}
	})
}

// identity is what one way of reading a socket tells and another does not.
type identity struct {
	cookie  uint64
	backlog uint32
	port    uint16
}

// untimed reads a table without timers, which on Linux tells the kernel's
// identity of sockets, and reading it with timers does not. It returns what there
// is by inode; nothing where the Source has no such numbers.
func (r *recorder) untimed(t netstat.Table) map[uint64]identity {
	if _, recorded := r.src.(*Source); recorded {
		return nil // they were joined before
	}
	var by map[uint64]identity
	need := netstat.Need{Facts: schema.AllFacts &^ netstat.FactTimer}
	for s, err := range r.src.Sockets(r.ctx, t, need) {
		if err == nil && s.Inode == 0 {
			continue
		}
		if err != nil || s.Cookie == 0 && s.MaxBacklog == 0 {
			break
		}
		if by == nil {
			by = map[uint64]identity{}
		}
		by[s.Inode] = identity{s.Cookie, s.MaxBacklog, s.Local.Port}
	}
	return by
}

// joined adds to rows what is known of their sockets.
func joined(rows iter.Seq2[netstat.Socket, error], by map[uint64]identity) iter.Seq2[netstat.Socket, error] {
	if by == nil {
		return rows
	}
	return func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if id, ok := by[s.Inode]; ok && s.Cookie == 0 && s.MaxBacklog == 0 && id.port == s.Local.Port {
				s.Cookie, s.MaxBacklog = id.cookie, id.backlog
			}
			if !yield(s, err) {
				return
			}
		}
	}
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
			entry(r, &p, rows, func(b []byte, route *netstat.Route) []byte {
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
		entry(r, &p, rows, func(b []byte, route *netstat.RareRoute) []byte {
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
	entry(r, p, rows, schema.AppendInterface)
}

func (r *recorder) groups() {
	for _, f := range inetFamilies {
		var p problems
		rows := r.src.Groups(r.ctx, netstat.GroupQuery{Family: f, Report: p.report})
		r.family(f)
		entry(r, &p, rows, func(b []byte, m *netstat.Membership) []byte {
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
		entry(r, new(problems), rows, func(b []byte, c *netstat.Counter) []byte {
			return schema.AppendCounter(b, f, c)
		})
		if r.failed() != nil {
			return
		}
	}
}

func (r *recorder) natSessions() {
	rows := r.src.NATSessions(r.ctx)
	r.next()
	r.b = append(r.b, '{')
	entry(r, new(problems), rows, func(b []byte, s *netstat.NATSession) []byte {
		r.seeNAT(s)
		return schema.AppendNATSession(b, s)
	})
}
