package view

import (
	"context"
	"errors"

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
		defer j.end()
		more := yield
		if j.facts.Rates && req.Meter != nil {
			j.meter = req.Meter
			j.meter.begin(req.At)
			more = readOn(ctx, yield)
		}
		for i := range j.places {
			if !j.place(i, nil, more) || ctx.Err() != nil {
				return
			}
		}
	}
}

// readOn returns a yield that accepts further rows after the receiver has stopped, and does
// not pass them on: a meter must see every row, or a later round could not measure those
// that it shows.
func readOn(ctx context.Context, yield func(*fact.Record, error) bool) func(*fact.Record, error) bool {
	stopped := false
	return func(r *fact.Record, err error) bool {
		if !stopped {
			stopped = !yield(r, err)
		}
		return ctx.Err() == nil
	}
}

// joiner turns sockets into rows: it selects them and finds what belongs to
// them, but only what is needed. It is the fact.Joiner of the current row while
// the filter checks it.
type joiner struct {
	ctx    context.Context
	req    *Request
	facts  fact.Needs
	places []joinPlace
	// joins is set if anything is joined to the sockets.
	joins bool
	// meter measures the rows, and is nil if no rates are needed.
	meter *Meter
	// late is set if the filter needs facts that a Socket does not hold, so
	// that rows are selected only after joining.
	late bool

	owners    *netstat.Owners
	processes map[uint32]*[1]fact.Owner
	peers     *Peers
	labels    map[uint32]string // names of namespaces by number
	pids      []uint32

	row    fact.Row
	record fact.Record
	peer   fact.Peer
	at     *joinPlace // place of the row
	done   joined     // parts of the row found so far
	// every asks for all owners of the row: while its filter checks it, and
	// with Request.AllOwners. ownersRoom and peersRoom are scratch space
	// for several owners.
	every                 bool
	ownersRoom, peersRoom []fact.Owner

	// unseen is set if some process could not be inspected. selected is set if some row
	// was selected, and undecided if an unknown owner might have decided about a row that
	// was not selected.
	unseen, selected, undecided bool
	// users is set if users of processes are requested: a row of Windows may name a
	// process that cannot be inspected.
	users bool
}

// joined is a set of parts of a row.
type joined uint8

const (
	joinedOwners joined = 1 << iota
	joinedPeer
)

// joinPlace is a place with cached lookups.
type joinPlace struct {
	Place
	tables     *reader
	interfaces map[uint32]string
	cgroups    map[uint64]string
	// kernel is set once the kernel's own sockets have been read.
	kernel bool
}

func newJoiner(ctx context.Context, places []Place, req *Request) *joiner {
	j := &joiner{ctx: ctx, req: req, facts: req.facts()}
	if req.Plan != nil {
		j.facts.Process |= req.Plan.Process
	}
	need := req.Filter.Needs()
	j.late = need.Owners || need.Peers || need.NetNS || need.Reasons || need.Rates
	j.users = j.facts.Process&netstat.FactUser != 0
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

// reader returns the reader of one place's tables. Its queries have the indexes
// of those of the plan.
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

// refine adds to a query what the filter and the facts need. It returns false
// if the filter excludes every row of the table.
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

// begin finds what must be known before the first row. An error means that no
// owners are known; rows come without them.
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
	j.unseen = err == nil && j.owners.Incomplete()
	if err != nil && j.req.OwnersIfAny && j.req.Report != nil {
		j.req.Report(err)
		return nil
	}
	return err
}

// end calls Denied, unless it is nil, if some process could not be inspected. It reports
// whether that is why no row was selected.
func (j *joiner) end() (none bool) {
	if !j.unseen || !j.selected && !j.undecided || j.req.Denied == nil {
		return false // the unseen processes cannot change the answer
	}
	none = !j.selected
	j.req.Denied(none)
	return none
}

// inodes returns the inodes of the rows read ahead and of their peers.
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

// place yields the rows of one place, of the given queries or of all if nil,
// and reports whether more are wanted.
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

// take turns a socket into the current row and reports whether it is selected.
func (j *joiner) take(p *joinPlace, s *netstat.Socket, facts netstat.Facts) bool {
	// Field by field: a row is large, and most of it stays empty.
	row := &j.row
	row.Socket, row.Facts = *s, facts
	row.Owners, row.Unknown, row.Peer, row.Traffic = nil, netstat.OwnerKnown, nil, nil
	row.UserName, row.Cgroup, row.Interface = "", "", ""
	j.record.Row, j.record.Netns, j.record.Change, j.record.Changed = row, p.Netns, fact.ChangeNone, nil
	j.at, j.done = p, 0
	row.Joiner = nil
	if j.meter != nil {
		row.Traffic = j.meter.measure(&j.record)
	}
	if j.late {
		row.Joiner, j.every = j, true
		if !p.Filter.Match(&j.record) {
			if j.unseen && !j.selected && !j.undecided {
				j.undecided = p.Filter.Undecided(&j.record)
			}
			return false
		}
		// Fewer owners may be shown, and they are kept. The lists that the filter saw are
		// reused.
		row.Joiner = nil
		row.Owners, row.Unknown, row.Peer, j.done = nil, netstat.OwnerKnown, nil, 0
	}
	j.selected = true
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

// interfaceName returns the name of an interface, or "" if there is none.
func (p *joinPlace) interfaceName(ctx context.Context, index uint32) string {
	if p.interfaces == nil {
		p.interfaces = make(map[uint32]string)
		for i, err := range p.Source.Interfaces(ctx, netstat.InterfaceQuery{}) {
			if err != nil {
				break // the caller shows numbers instead
			}
			p.interfaces[i.Index] = i.Name
		}
	}
	return p.interfaces[index]
}

// process returns the facts about a process, and looks it up only once. A process that
// has exited has only a number. The result is a list of one, shared by the sockets that
// only this process holds.
func (j *joiner) process(pid uint32) *[1]fact.Owner {
	if p, ok := j.processes[pid]; ok {
		return p
	}
	found, err := j.places[0].Source.Process(pid, j.facts.Process)
	found.PID = pid
	if j.users && j.row.Socket.PID == pid && found.User == "" && err == nil {
		j.unseen = true
	}
	p := &[1]fact.Owner{fact.OwnerOf(found, j.req.At)}
	if uid, ok := userNumber(found.User); ok && j.facts.UserNames && j.req.Names != nil {
		p[0].UserName, _ = j.req.Names.User(uid)
	}
	if j.processes == nil {
		j.processes = make(map[uint32]*[1]fact.Owner)
	}
	j.processes[pid] = p
	return p
}

// userNumber parses a user ID as Linux writes it.
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

// holders returns the processes that hold a socket: pid if it is not 0, else
// those found by inode.
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

// ownersOf returns the processes that hold a socket, or only the first unless
// every is set. It never returns nil. While the filter checks the row, the list
// is in room and does not stay valid.
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

// via returns how the holders of a socket hold it.
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

// unknown returns why a socket has no owner. It reads the kernel's own sockets
// only when they first matter.
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
