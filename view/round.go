package view

import (
	"context"
	"iter"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

// maxEarly is how many rows are read ahead, to learn which sockets need an
// owner or for Plan.Ahead. A report with fewer rows has its search for owners
// end as soon as they are found; one with more pays for at most this many rows
// twice.
const maxEarly = 4096

// Round is one answer to a Plan. It is for one goroutine.
type Round struct {
	ctx       context.Context
	src       netstat.Source
	plan      *Plan
	early     []earlyTable
	owners    *netstat.Owners
	processes map[uint32]netstat.Process

	// filter is what rows have to meet besides Query.Keep, where a Socket alone
	// tells; nil keeps all. test and tested are room for it.
	filter *filter.Expr
	test   fact.Record
	tested fact.Row
	// never marks queries of which the filter rules out all rows; nil for none.
	never []bool
	// join selects and orders the rows, where the plan says more than its
	// queries; nil where not. left is how many more rows may be shown.
	join *joiner
	left int
}

// earlyTable is a table read before it is shown, with what was reported then.
type earlyTable struct {
	done    bool
	rows    []netstat.Socket
	reports []earlyReport
	err     error
}

// earlyReport is a flaw that was met before row number at.
type earlyReport struct {
	at   int
	flaw *netstat.OpError
}

// Begin prepares one answer. Where the plan asks for owners it finds them
// now, so that what they lack can be said before the first row; an error says
// that nothing at all could be learnt of owners, and the Round is usable
// without them.
func Begin(ctx context.Context, src netstat.Source, plan *Plan) (*Round, error) {
	if plan.Filter != nil || len(plan.Sort) > 0 {
		return beginJoined(ctx, src, plan)
	}
	r := &Round{ctx: ctx, src: src, plan: plan, left: plan.Limit}
	if !plan.Owners && !plan.Ahead {
		return r, nil
	}
	query := netstat.OwnerQuery{}
	room := maxEarly
	complete := r.readEarly(&room)
	if !plan.Owners {
		return r, nil
	}
	if complete {
		query.Inodes = []uint64{}
		for i := range r.early {
			for j := range r.early[i].rows {
				if inode := r.early[i].rows[j].Inode; inode != 0 {
					query.Inodes = append(query.Inodes, inode)
				}
			}
		}
	}
	owners, err := src.Owners(ctx, query)
	r.owners = owners
	return r, err
}

// beginJoined is Begin for a plan that selects or orders rows.
func beginJoined(ctx context.Context, src netstat.Source, plan *Plan) (*Round, error) {
	req := &Request{Tables: Tables{Plan: plan}, Filter: plan.Filter, Sort: plan.Sort, Names: plan.Names, Report: plan.Report}
	if f := req.facts(); !plan.Owners && (f.Owners || f.Peers) {
		req.Denied = plan.Denied
	}
	req.Facts.Owners = plan.Owners
	j := newJoiner(ctx, []Place{{Source: src, Netns: plan.Netns}}, req)
	r := j.places[0].round
	r.join, r.left, r.plan.Limit = j, plan.Limit, plan.Limit
	err := j.begin()
	if r.early == nil && plan.Ahead {
		room := maxEarly
		r.readEarly(&room)
	}
	r.owners = j.owners
	return r, err
}

// readEarly reads the tables ahead and reports whether all of them fitted into
// the room for rows. Those that did are kept; the others will be read when they
// are shown.
func (r *Round) readEarly(left *int) bool {
	r.early = make([]earlyTable, len(r.plan.Queries))
	room := *left
	defer func() { *left = room }()
	for i := range r.plan.Queries {
		q := &r.plan.Queries[i]
		t := &r.early[i]
		if r.RuledOut(i) {
			t.done = true
			continue
		}
		need := r.need(i)
		need.Report = func(e *netstat.OpError) { t.reports = append(t.reports, earlyReport{len(t.rows), e}) }
		for s, err := range r.src.Sockets(r.ctx, q.Table, need) {
			if err != nil {
				t.err = err
				break
			}
			if q.Keep != nil && !q.Keep(s) || r.filter != nil && !r.matches(&s, q.Need.Facts) {
				continue
			}
			if room == 0 {
				*t = earlyTable{}
				return false
			}
			room--
			t.rows = append(t.rows, s)
		}
		t.done = true
	}
	return true
}

// RuledOut says whether no row of query i can be shown.
func (r *Round) RuledOut(i int) bool { return r.never != nil && r.never[i] }

// need returns what query i needs, with a hint at the query after it.
func (r *Round) need(i int) netstat.Need {
	n := r.plan.Queries[i].Need
	if i+1 < len(r.plan.Queries) && !r.RuledOut(i+1) {
		n.Then = r.plan.Queries[i+1].Table
	}
	return n
}

// matches tests a row, which was read with these facts, by the filter.
func (r *Round) matches(s *netstat.Socket, facts netstat.Facts) bool {
	r.tested.Socket, r.tested.Facts = *s, facts
	r.test.Row = &r.tested
	return r.filter.Match(&r.test)
}

// Rows yields the kept rows of queries of the plan, given by their place in it,
// in this order or, with Plan.Sort, in that of its keys over all of them. One
// query's error is the last pair of the sequence; with several queries the rows
// of others follow, and sorted rows come after all errors. Reading ends when
// Plan.Limit rows have been yielded by all calls together.
func (r *Round) Rows(queries ...int) iter.Seq2[netstat.Socket, error] {
	var rows iter.Seq2[netstat.Socket, error]
	switch {
	case r.join != nil:
		rows = r.joinedRows(queries)
	case len(queries) == 1:
		rows = r.rows(queries[0])
	default:
		rows = r.concatenated(queries)
	}
	if r.plan.Limit == 0 {
		return rows
	}
	return r.limited(rows)
}

func (r *Round) concatenated(queries []int) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		for _, q := range queries {
			for s, err := range r.rows(q) {
				if !yield(s, err) {
					return
				}
			}
		}
	}
}

// limited ends the rows when the Round has yielded as many as it may.
func (r *Round) limited(rows iter.Seq2[netstat.Socket, error]) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if r.left == 0 {
			return
		}
		for s, err := range rows {
			if err == nil {
				r.left--
			}
			// Sorted rows are no more than may be shown, and what was wrong
			// with their table may come after them.
			if !yield(s, err) || r.left == 0 && !r.sorts() {
				return
			}
		}
	}
}

// sorts says that rows are put in another order than the system's.
func (r *Round) sorts() bool { return r.join != nil && len(r.join.req.Sort) > 0 }

// joinedRows are the rows by way of the joiner.
func (r *Round) joinedRows(queries []int) iter.Seq2[netstat.Socket, error] {
	rows := func(yield func(*fact.Record, error) bool) { r.join.place(0, queries, yield) }
	return func(yield func(netstat.Socket, error) bool) {
		var last error
		for record, err := range sorted(rows, r.join.req.Sort, r.left) {
			switch {
			case err == nil:
				if !yield(record.Row.Socket, nil) {
					return
				}
			case r.sorts() && len(queries) == 1:
				last = err
			case !yield(netstat.Socket{}, err):
				return
			}
		}
		if last != nil {
			yield(netstat.Socket{}, last)
		}
	}
}

// rows yields the kept rows of query i of the plan, as Source.Sockets does.
func (r *Round) rows(i int) iter.Seq2[netstat.Socket, error] {
	q := &r.plan.Queries[i]
	switch {
	case i < len(r.early) && r.early[i].done:
		return r.early[i].replay(q.Need.Report)
	case r.RuledOut(i):
		return func(func(netstat.Socket, error) bool) {}
	}
	rows := r.src.Sockets(r.ctx, q.Table, r.need(i))
	if q.Keep == nil && r.filter == nil {
		return rows
	}
	return func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err == nil && (q.Keep != nil && !q.Keep(s) || r.filter != nil && !r.matches(&s, q.Need.Facts)) {
				continue
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

func (t *earlyTable) replay(report func(*netstat.OpError)) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		reports := t.reports
		for i := 0; i <= len(t.rows); i++ {
			for ; len(reports) > 0 && reports[0].at == i; reports = reports[1:] {
				if report != nil {
					report(reports[0].flaw)
				}
			}
			if i < len(t.rows) && !yield(t.rows[i], nil) {
				return
			}
		}
		if t.err != nil {
			yield(netstat.Socket{}, t.err)
		}
	}
}

// Owners returns what is known of owners; never nil.
func (r *Round) Owners() *netstat.Owners {
	if r.owners == nil {
		return &netstat.Owners{}
	}
	return r.owners
}

// Owner returns the first owner of a socket and false where none is known. A
// process that has gone since keeps its number and has no other facts.
func (r *Round) Owner(s *netstat.Socket) (netstat.Process, bool) {
	pid, ok := s.PID, s.PID != 0
	if !ok && r.owners != nil {
		pid, ok = r.owners.First(s.Inode)
	}
	if !ok {
		return netstat.Process{}, false
	}
	if r.join != nil {
		return r.join.process(pid)[0].Process, true
	}
	p, known := r.processes[pid]
	if !known {
		p, _ = r.src.Process(pid, r.plan.Process)
		p.PID = pid
		if r.processes == nil {
			r.processes = make(map[uint32]netstat.Process)
		}
		r.processes[pid] = p
	}
	return p, true
}
