package snapshot

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"netstat"
	"netstat/internal/redact"
	"netstat/schema"
)

// writeSize is the number of bytes kept before they are written.
const writeSize = 64 << 10

// Write records a host into w. Tables that are missing or fail are recorded as such. An
// error is one of w or of ctx; what was written before it is not a snapshot. names may
// be nil. report, if not nil, is called for everything that could not be read,
// including what the system lacks (errors.ErrUnsupported).
//
// Rows are written as they arrive. Write keeps only the owners of all sockets and, for
// one table at a time, what a second reading adds.
//
// For a *Source it makes a copy: what the original lacks, the copy lacks.
func Write(ctx context.Context, w io.Writer, src netstat.Source, m Meta, names Names, report func(Trouble)) error {
	return newRecorder(ctx, w, src, names).record(m, report)
}

// WriteRedacted is like Write and replaces what is personal by pseudonyms of by. report
// gets the original errors. The name of a host that m says is redacted stays.
func WriteRedacted(ctx context.Context, w io.Writer, src netstat.Source, m Meta, names Names, by *redact.Redactor, report func(Trouble)) error {
	r := newRecorder(ctx, w, src, names)
	r.redact = by
	if !m.Redacted {
		m.Name, m.Redacted = by.HostName(m.Name), true
	}
	for i, err := range src.Interfaces(ctx, netstat.InterfaceQuery{Details: true}) {
		if err != nil {
			continue // recorded with the interfaces
		}
		for _, a := range i.Addrs {
			by.Network(a.Prefix)
		}
	}
	return r.record(m, report)
}

func (r *recorder) record(m Meta, report func(Trouble)) error {
	ctx, src := r.ctx, r.src
	r.report = report
	r.original, _ = src.(*Source)
	r.b = schema.AppendEnvelope(r.b, &schema.Envelope{
		Content: Content, Program: m.Program, Time: m.Time,
		Host: schema.Host{Name: m.Name, System: m.System},
	})
	r.b = strconv.AppendInt(append(r.b, `,"euid":`...), int64(m.EUID), 10)
	r.b = strconv.AppendBool(append(r.b, `,"elevated":`...), m.Elevated)
	r.b = strconv.AppendBool(append(r.b, `,"selinux":`...), m.SELinux)
	if m.Redacted {
		r.b = append(r.b, `,"redacted":true`...)
	}

	r.findOwners()
	r.section("sockets", r.sockets)
	r.ownersField()
	if len(r.byThreads) > 0 {
		r.section("thread_owners", r.threadOwners)
	}
	r.section("processes", r.processes)
	r.section("routes", r.routes)
	r.section("rare_routes", r.rareRoutes)
	r.section("interfaces", r.interfaces)
	r.section("groups", r.groups)
	r.section("counters", r.counters)
	if r.hasMeasures() {
		r.section("measures", r.measures)
	}
	if r.hasNeighbors() {
		r.section("neighbors", r.neighbors)
	}
	if src, ok := src.(netstat.PolicyRules); ok && r.hasRules() {
		r.section("rules", func() { r.rules(src) })
	}
	// One pass of the kernel serves these three.
	if r.original == nil || r.original.conntrack != nil {
		r.section("conntrack", r.conntrack)
	}
	r.section("nat_sessions", r.natSessions)
	if src, ok := src.(netstat.NAT6Sessions); ok && r.hasNAT6() {
		r.section("nat6_sessions", func() { r.natEntry("NAT sessions of inet6", src.NAT6Sessions(ctx)) })
	}
	r.names()
	r.write(append(r.b, "}\n"...))
	r.lists.finish()
	return r.failed()
}

// recorder is the state of one Write.
type recorder struct {
	ctx context.Context
	w   io.Writer
	src netstat.Source
	b   []byte
	// lists are those of w, if it compresses.
	lists listWriter

	original *Source          // src, if it is a snapshot
	redact   *redact.Redactor // nil to record everything as it is
	err      error
	report   func(Trouble)
	told     map[string]bool // troubles already reported

	owners    *netstat.Owners
	ownersErr error
	// byThreads holds the owners through threads with a file table of their own and through
	// rings of the rows so far. unowned reports whether one of UDP or TCP has no owner.
	byThreads []threadOwner
	unowned   bool
	pids      map[uint32]bool // processes that own a socket
	// autoboundTCP returns the TCP sockets of both families whose port the kernel chose.
	autoboundTCP func() map[socketID]bool

	known        Names                 // may be nil
	hosts        map[netip.Addr]string // addresses that the host can name
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
	r.lists.to, _ = w.(frameWriter)
	r.autoboundTCP = sync.OnceValue(func() map[socketID]bool { return r.autobound(netstat.TCP4Table, netstat.TCP6Table) })
	if names != nil {
		r.hosts = names.LocalHosts()
	}
	return r
}

// drain writes everything except the last byte, which decides whether the next item
// needs a comma.
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

// failed returns the error that ends the recording, or nil.
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

// next separates two items of a list; each is on a line of its own.
func (r *recorder) next() {
	if r.b[len(r.b)-1] != '[' {
		r.b = append(r.b, ',')
	}
	r.b = append(r.b, '\n')
}

// problem is an error or warning of a Source after a number of rows.
type problem struct {
	after    int
	reported bool // from Report, not from the iterator
	// facts are the facts without which the problem does not occur; 0 if it always
	// does.
	facts netstat.Facts
	err   error
}

// problems collects the problems of one table.
type problems struct {
	list []problem
	rows int
	// attribute, if not nil, is called after the last row to find the facts of each
	// problem.
	attribute func(*problems)
}

func (p *problems) report(e *netstat.OpError) { p.list = append(p.list, problem{p.rows, true, 0, e}) }
func (p *problems) fail(err error)            { p.list = append(p.list, problem{p.rows, false, 0, err}) }

func (p *problems) failed() bool {
	return slices.ContainsFunc(p.list, func(q problem) bool { return !q.reported })
}

// has reports whether the same problem was collected, after any row.
func (p *problems) has(q problem) bool {
	text := schema.AppendError(nil, q.err)
	return slices.ContainsFunc(p.list, func(o problem) bool {
		return o.reported == q.reported && bytes.Equal(schema.AppendError(nil, o.err), text)
	})
}

// entry appends an object with the rows of one table. head has appended its first
// fields, what is the name for Trouble, and p collects what rows reports. see, if not
// nil, is called for each row before it is redacted, and row appends it.
func entry[T any](r *recorder, what string, p *problems, rows iter.Seq2[T, error], see func(v *T), row func(b []byte, v *T) []byte) {
	r.b = append(r.b, `"rows":[`...)
	start := r.lists.offset(len(r.b) - 1)
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
		if see != nil {
			see(&v)
		}
		if r.redact != nil {
			redact.Row(r.redact, &v)
		}
		r.b = row(r.b, &v)
		if len(r.b) >= writeSize {
			if r.drain(); r.err != nil {
				break
			}
		}
	}
	if r.err == nil && r.lists.offset(len(r.b))-start >= longList {
		r.write(r.b)
		r.b = r.b[:0]
		r.lists.add(start, p.rows)
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
		r.b = append(r.b, `,"error":`...)
		r.appendError(q.err)
		r.b = append(r.b, '}')
	}
	r.b = append(r.b, ']')
}

func (r *recorder) appendError(err error) {
	if r.redact != nil {
		err = r.redact.Error(err)
	}
	r.b = schema.AppendError(r.b, err)
}

// family starts an entry of one family.
func (r *recorder) family(f netstat.Family) {
	r.next()
	r.b = append(append(r.b, `{"family":"`...), f.String()...)
	r.b = append(r.b, `",`...)
}

func (r *recorder) routes() {
	for _, key := range [...]routeKey{{}, {details: true}, {cache: true}, {persistent: true}} {
		for _, key.family = range inetFamilies {
			if key.details && !r.hasDetails(key) {
				continue
			}
			var p problems
			q := netstat.RouteQuery{
				Family: key.family, Cache: key.cache, Persistent: key.persistent, Details: key.details, Report: p.report,
			}
			if key.details {
				q.Table = netstat.AllTables
			}
			rows := r.src.Routes(r.ctx, q)
			r.family(key.family)
			if key.details {
				r.b = append(r.b, `"details":true,`...)
			}
			if key.cache {
				r.b = append(r.b, `"cache":true,`...)
			}
			if key.persistent {
				r.b = append(r.b, `"persistent":true,`...)
			}
			entry(r, "routes of "+key.family.String(), &p, rows, r.seeRoute, schema.AppendRoute)
			if r.failed() != nil {
				return
			}
		}
	}
}

// hasDetails reports whether to record routes with details. If the host is an older
// snapshot, it has none.
func (r *recorder) hasDetails(key routeKey) bool {
	return r.original == nil || r.original.routes[key] != nil
}

func (r *recorder) rareRoutes() {
	for _, f := range rareFamilies {
		var p problems
		rows := r.src.RareRoutes(r.ctx, f, p.report)
		r.family(f)
		entry(r, "routes of "+f.String(), &p, rows, nil, func(b []byte, route *netstat.RareRoute) []byte {
			return schema.AppendRareRoute(b, *route)
		})
		if r.failed() != nil {
			return
		}
	}
}

// interfaces records the interfaces with their details. A Source may report other
// problems without details, so that table is recorded too.
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
	q := netstat.InterfaceQuery{Details: details, Report: p.report}
	if details {
		q.Facts = netstat.InterfaceLink | netstat.InterfaceDriver | netstat.InterfaceNetns
	}
	rows := r.src.Interfaces(r.ctx, q)
	entry(r, "interfaces", p, rows, nil, schema.AppendInterface)
}

func (r *recorder) groups() {
	for _, f := range inetFamilies {
		var p problems
		rows := r.src.Groups(r.ctx, netstat.GroupQuery{Family: f, Report: p.report})
		r.family(f)
		entry(r, "groups of "+f.String(), &p, rows, func(m *netstat.Membership) { r.seeHost(m.Group) }, func(b []byte, m *netstat.Membership) []byte {
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
		entry(r, "counters of "+f.String(), new(problems), rows, nil, func(b []byte, c *netstat.Counter) []byte {
			return schema.AppendCounter(b, f, c)
		})
		if r.failed() != nil {
			return
		}
	}
}

// hasMeasures and hasNeighbors report whether these are recorded. Copies of older
// snapshots lack them.
func (r *recorder) hasMeasures() bool  { return r.original == nil || r.original.measures != nil }
func (r *recorder) hasNeighbors() bool { return r.original == nil || r.original.neighbors != nil }

func (r *recorder) measures() {
	r.next()
	r.b = append(r.b, '{')
	entry(r, "measures", new(problems), r.src.Measures(r.ctx), nil, schema.AppendMeasure)
}

func (r *recorder) neighbors() {
	for _, f := range inetFamilies {
		rows := r.src.Neighbors(r.ctx, netstat.NeighborQuery{Family: f, Proxies: true})
		r.family(f)
		entry(r, "neighbours of "+f.String(), new(problems), rows, func(n *netstat.Neighbor) { r.seeHost(n.Address) }, func(b []byte, n *netstat.Neighbor) []byte {
			return schema.AppendNeighbor(b, f, n)
		})
		if r.failed() != nil {
			return
		}
	}
}

// hasRules reports whether to record policy rules. If the host is an older snapshot, or one
// of Windows, it has none.
func (r *recorder) hasRules() bool { return r.original == nil || r.original.rules != nil }

func (r *recorder) rules(src netstat.PolicyRules) {
	for _, f := range inetFamilies {
		var p problems
		rows := src.Rules(r.ctx, netstat.RuleQuery{Family: f, Report: p.report})
		r.family(f)
		entry(r, "rules of "+f.String(), &p, rows, nil, schema.AppendRule)
		if r.failed() != nil {
			return
		}
	}
}

// hasNAT6 reports whether to record IPv6 sessions. If the host is an older snapshot, it has
// none.
func (r *recorder) hasNAT6() bool { return r.original == nil || r.original.nat6 != nil }

func (r *recorder) conntrack() {
	r.next()
	r.b = append(r.b, '{')
	rows := r.src.TrackedConnections(r.ctx, netstat.TrackedQuery{ThenNAT: true})
	entry(r, "tracked connections", new(problems), rows, nil, schema.AppendTrackedConnection)
}

func (r *recorder) natSessions() { r.natEntry("NAT sessions", r.src.NATSessions(r.ctx)) }

func (r *recorder) natEntry(what string, rows iter.Seq2[netstat.NATSession, error]) {
	r.next()
	r.b = append(r.b, '{')
	entry(r, what, new(problems), rows, r.seeNAT, schema.AppendNATSession)
}
