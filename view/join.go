package view

import (
	"context"
	"errors"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

func socketRecords(ctx context.Context, places []Place, req *Request) records {
	return func(yield func(*fact.Record, error) bool) {
		j := newJoiner(ctx, places, req)
		if err := j.begin(); err != nil && !yield(nil, err) {
			return
		}
		for i := range j.places {
			if !j.place(i, nil, yield) || ctx.Err() != nil {
				return
			}
		}
	}
}

// joiner turns sockets into rows: it selects them and finds what belongs to
// them. Nothing is found that nobody asks for. It is the fact.Joiner of the row at
// hand while the filter looks at it.
type joiner struct {
	ctx    context.Context
	req    *Request
	facts  fact.Needs
	places []joinPlace
	// joins says that something is joined to the sockets at all.
	joins bool
	// late says that the filter looks at what is not in a Socket, so that rows
	// are selected when that can be found.
	late bool

	owners    *netstat.Owners
	processes map[uint32]*[1]fact.Owner
	peers     *Peers
	labels    map[uint32]string // of namespaces, by their numbers
	pids      []uint32

	row    fact.Row
	record fact.Record
	peer   fact.Peer
	at     *joinPlace // of the row
	done   joined     // what has been found for the row
	// every asks for all owners of the row: while its filter looks at it, and with
	// Request.AllOwners. ownersRoom and peersRoom are room for several.
	every                 bool
	ownersRoom, peersRoom []fact.Owner
}

// joined are parts of a row.
type joined uint8

const (
	joinedOwners joined = 1 << iota
	joinedPeer
)

// joinPlace is a place with what was found out about it.
type joinPlace struct {
	Place
	tables     *reader
	interfaces map[uint32]string
	cgroups    map[uint64]string
	// kernel says that the kernel's own sockets have been asked for.
	kernel bool
}

func newJoiner(ctx context.Context, places []Place, req *Request) *joiner {
	j := &joiner{ctx: ctx, req: req, facts: req.facts()}
	if req.Plan != nil {
		j.facts.Process |= req.Plan.Process
	}
	need := req.Filter.Needs()
	j.late = need.Owners || need.Peers || need.NetNS || need.Reasons
	f := &j.facts
	j.joins = f.Owners || f.Peers || f.UserNames || f.Cgroups || f.Interfaces
	for _, p := range places {
		if p.Filter == nil {
			p.Filter = req.Filter
		}
		j.places = append(j.places, joinPlace{Place: p, tables: j.reader(ctx, &p)})
	}
	return j
}

// reader makes the reader of one place's tables. Its queries have the places of
// those of the plan.
func (j *joiner) reader(ctx context.Context, p *Place) *reader {
	r := &reader{ctx: ctx, src: p.Source}
	if j.req.Plan != nil {
		r.queries = append(r.queries, j.req.Plan.Queries...)
		r.never = make([]bool, len(r.queries))
		for i := range r.queries {
			r.never[i] = !j.refine(&r.queries[i], p.Filter)
		}
	}
	if !j.late {
		r.filter = p.Filter
	}
	return r
}

// refine adds to a query what the filter and the facts ask for; false means that
// the filter matches no row of the table.
func (j *joiner) refine(q *Query, f *filter.Expr) bool {
	need, some := f.Need(q.Table)
	if !some {
		return false
	}
	q.Need.Facts |= j.facts.Socket | need.Facts
	switch {
	case need.States == 0:
	case q.Need.States == 0:
		q.Need.States = need.States
	default:
		if q.Need.States &= need.States; q.Need.States == 0 {
			return false
		}
	}
	switch {
	case need.Where == nil:
	case q.Need.Where == nil:
		q.Need.Where = need.Where
	default:
		q.Need.Where = &netstat.Condition{Of: []*netstat.Condition{q.Need.Where, need.Where}}
	}
	if q.Need.Report == nil && j.req.Report != nil {
		q.Need.Report = func(e *netstat.OpError) { j.req.Report(e) }
	}
	return true
}

// begin finds what has to be known before the first row. The error says that
// nothing could be learnt of owners; rows come without them.
func (j *joiner) begin() error {
	if !j.facts.Owners && !j.facts.Peers || len(j.places) == 0 {
		return nil
	}
	room, complete := maxEarly, true
	for i := range j.places {
		if complete = j.places[i].tables.readEarly(&room); !complete {
			break
		}
	}
	if j.facts.Peers && (!complete || j.hasConnected()) {
		j.readPeers()
	}
	need := j.req.Filter.Needs()
	query := netstat.OwnerQuery{All: j.req.AllOwners || need.Owners || need.Peers, Threads: true, Rings: true}
	if complete {
		query.Inodes = j.inodes()
	}
	var err error
	j.owners, err = j.places[0].Source.Owners(j.ctx, query)
	if err == nil && j.owners.Incomplete() && j.req.Denied != nil {
		j.req.Denied()
	}
	if err != nil && j.req.OwnersIfAny && j.req.Report != nil {
		j.req.Report(err)
		return nil
	}
	return err
}

// inodes are those of the rows that were read early and of their other ends.
func (j *joiner) inodes() []uint64 {
	list := []uint64{}
	for i := range j.places {
		tables := j.places[i].tables.early
		for t := range tables {
			for k := range tables[t].rows {
				s := &tables[t].rows[k]
				if s.Inode != 0 && (j.facts.Owners || j.facts.Peers) {
					list = append(list, s.Inode)
				}
				if j.peers == nil {
					continue
				}
				if end, ok := j.peers.Peer(s); ok && end.Inode != 0 {
					list = append(list, end.Inode)
				}
			}
		}
	}
	return list
}

// place yields the rows of one place, of those queries that are listed or of
// all, and reports whether more are wanted.
func (j *joiner) place(i int, queries []int, yield func(*fact.Record, error) bool) bool {
	p := &j.places[i]
	if queries == nil {
		for q := range p.tables.queries {
			if !j.table(p, q, yield) {
				return false
			}
		}
		return true
	}
	for _, q := range queries {
		if !j.table(p, q, yield) {
			return false
		}
	}
	return true
}

func (j *joiner) table(p *joinPlace, q int, yield func(*fact.Record, error) bool) bool {
	if j.ctx.Err() != nil && q > 0 {
		return false
	}
	rows := p.tables.rows(q)
	if j.facts.UserNames && j.req.Names != nil {
		wait := j.req.Wait
		if wait == nil {
			wait = func() {}
		}
		rows = WithNames(rows, j.req.Names, Lookups{Users: true}, wait)
	}
	facts := p.tables.queries[q].Need.Facts
	for s, err := range rows {
		if err != nil {
			if !yield(nil, err) {
				return false
			}
			continue
		}
		if j.take(p, &s, facts) && !yield(&j.record, nil) {
			return false
		}
	}
	return true
}

// take makes a row of a socket and reports whether it is selected.
func (j *joiner) take(p *joinPlace, s *netstat.Socket, facts netstat.Facts) bool {
	// Field by field: a row is large, and most of it stays empty.
	row := &j.row
	row.Socket, row.Facts = *s, facts
	row.Owners, row.Unknown, row.Peer = nil, netstat.OwnerKnown, nil
	row.UserName, row.Cgroup, row.Interface = "", "", ""
	j.record.Row, j.record.Netns, j.record.Change, j.record.Changed = row, p.Netns, fact.ChangeNone, nil
	j.at, j.done = p, 0
	row.Joiner = nil
	if j.late {
		row.Joiner, j.every = j, true
		if !p.Filter.Match(&j.record) {
			return false
		}
		// What is shown may be less, and is kept: the lists that the filter saw are
		// used again.
		row.Joiner = nil
		row.Owners, row.Unknown, row.Peer, j.done = nil, netstat.OwnerKnown, nil, 0
	}
	j.every = j.req.AllOwners
	if !j.joins {
		return true
	}
	f := &j.facts
	if f.Owners {
		j.findOwners()
	}
	if f.Peers {
		j.findPeer()
	}
	if f.UserNames && j.req.Names != nil && s.Absent&netstat.FactUID == 0 && facts&netstat.FactUID != 0 {
		j.row.UserName, _ = j.req.Names.User(s.UID)
	}
	if f.Cgroups && s.Cgroup != 0 {
		j.row.Cgroup = p.cgroup(s.Cgroup)
	}
	if f.Interfaces && s.Local.Scope != 0 {
		j.row.Interface = p.interfaceName(j.ctx, s.Local.Scope)
	}
	return true
}

func (p *joinPlace) cgroup(id uint64) string {
	path, known := p.cgroups[id]
	if !known {
		if c, ok := p.Source.(netstat.Cgroups); ok {
			if found, ok := c.CgroupPath(id); ok {
				path = found
			}
		}
		if p.cgroups == nil {
			p.cgroups = make(map[uint64]string)
		}
		p.cgroups[id] = path
	}
	return path
}

// interfaceName returns the name of an interface, empty where there is none.
func (p *joinPlace) interfaceName(ctx context.Context, index uint32) string {
	if p.interfaces == nil {
		p.interfaces = make(map[uint32]string)
		for i, err := range p.Source.Interfaces(ctx, netstat.InterfaceQuery{}) {
			if err != nil {
				break // numbers are shown
			}
			p.interfaces[i.Index] = i.Name
		}
	}
	return p.interfaces[index]
}

// process returns what is known of a process, which is asked for once. One that
// has gone since keeps its number. It is a list of one, for the sockets that only
// this process holds.
func (j *joiner) process(pid uint32) *[1]fact.Owner {
	if p, ok := j.processes[pid]; ok {
		return p
	}
	found, _ := j.places[0].Source.Process(pid, j.facts.Process)
	found.PID = pid
	p := &[1]fact.Owner{{Process: found, Command: strings.Join(found.Args, " ")}}
	if uid, ok := userNumber(found.User); ok && j.facts.UserNames && j.req.Names != nil {
		p[0].UserName, _ = j.req.Names.User(uid)
	}
	if j.processes == nil {
		j.processes = make(map[uint32]*[1]fact.Owner)
	}
	j.processes[pid] = p
	return p
}

// userNumber reads a user as Linux writes it.
func userNumber(s string) (uint32, bool) {
	if s == "" || len(s) > 10 {
		return 0, false
	}
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return uint32(n), n < 1<<32
}

// holders are the processes of a socket: of the row itself where pid says so,
// else by inode.
func (j *joiner) holders(pid uint32, inode uint64) []uint32 {
	j.pids = j.pids[:0]
	switch {
	case pid != 0:
		j.pids = append(j.pids, pid)
	case j.owners != nil:
		j.pids = j.owners.All(j.pids, inode)
	}
	return j.pids
}

// ownersOf are the processes of a socket, without every only the first; never nil.
// While the filter looks at the row, the list is in room and does not stay valid.
func (j *joiner) ownersOf(room *[]fact.Owner, pid uint32, inode uint64) []fact.Owner {
	pids := j.holders(pid, inode)
	if !j.every && len(pids) > 1 {
		pids = pids[:1]
	}
	via := j.via(pid, inode)
	switch {
	case len(pids) == 0:
		return noOwners
	case len(pids) == 1 && via == netstat.ViaFile:
		return j.process(pids[0])[:]
	}
	var list []fact.Owner
	if j.row.Joiner != nil {
		list = (*room)[:0]
	}
	for _, pid := range pids {
		owner := j.process(pid)[0]
		owner.Via = via
		list = append(list, owner)
	}
	if j.row.Joiner != nil {
		*room = list
	}
	return list
}

// via says by what the holders of a socket hold it.
func (j *joiner) via(pid uint32, inode uint64) netstat.OwnerVia {
	if pid != 0 || j.owners == nil {
		return netstat.ViaFile
	}
	return j.owners.Via(inode)
}

func (j *joiner) findOwners() {
	if j.done&joinedOwners != 0 {
		return
	}
	j.done |= joinedOwners
	s := &j.row.Socket
	if j.owners == nil && s.PID == 0 {
		return // the search failed
	}
	j.row.Owners = j.ownersOf(&j.ownersRoom, s.PID, s.Inode)
	if len(j.row.Owners) == 0 {
		j.row.Unknown = j.unknown(s)
	}
}

// unknown says why a socket has no owner. Whether it is the kernel's own is
// asked once it matters.
func (j *joiner) unknown(s *netstat.Socket) netstat.OwnerUnknown {
	if j.facts.Reasons && !j.at.kernel && s.Inode != 0 && s.Cookie != 0 &&
		(s.Table.Protocol == netstat.TCP || s.Table.Protocol == netstat.UDP) {
		j.at.kernel = true
		if k, ok := j.at.Source.(netstat.KernelSockets); ok {
			if err := k.KernelSockets(j.ctx, j.owners); err != nil && !errors.Is(err, errors.ErrUnsupported) && j.req.Report != nil {
				j.req.Report(err)
			}
		}
	}
	return j.owners.Unknown(s)
}

func (j *joiner) findPeer() {
	if j.done&joinedPeer != 0 {
		return
	}
	j.done |= joinedPeer
	if j.peers == nil {
		return
	}
	end, ok := j.peers.Peer(&j.row.Socket)
	if !ok {
		return
	}
	j.peer = fact.Peer{PeerEnd: end, Netns: j.labels[end.Netns]}
	if end.Netns == 0 {
		j.peer.Netns = j.at.Netns
	}
	j.peer.Owners = j.ownersOf(&j.peersRoom, 0, end.Inode)
	j.row.Peer = &j.peer
}

// Join implements fact.Joiner.
func (j *joiner) Join(_ *fact.Row, n *fact.Needs) {
	if n.Owners || n.Reasons {
		j.findOwners()
	}
	if n.Peers {
		j.findPeer()
	}
}
