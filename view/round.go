package view

import (
	"context"
	"iter"

	"netstat"
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
	r := &Round{ctx: ctx, src: src, plan: plan}
	if !plan.Owners && !plan.Ahead {
		return r, nil
	}
	query := netstat.OwnerQuery{}
	complete := r.readEarly()
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

// readEarly reads the tables ahead and reports whether all of them fitted.
// Those that did are kept; the others will be read when they are shown.
func (r *Round) readEarly() bool {
	r.early = make([]earlyTable, len(r.plan.Queries))
	room := maxEarly
	for i := range r.plan.Queries {
		q := &r.plan.Queries[i]
		t := &r.early[i]
		need := r.need(i)
		need.Report = func(e *netstat.OpError) { t.reports = append(t.reports, earlyReport{len(t.rows), e}) }
		for s, err := range r.src.Sockets(r.ctx, q.Table, need) {
			if err != nil {
				t.err = err
				break
			}
			if q.Keep != nil && !q.Keep(s) {
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

// need returns what query i needs, with a hint at the query after it.
func (r *Round) need(i int) netstat.Need {
	n := r.plan.Queries[i].Need
	if i+1 < len(r.plan.Queries) {
		n.Then = r.plan.Queries[i+1].Table
	}
	return n
}

// Rows yields the kept rows of query i of the plan, as Source.Sockets does.
func (r *Round) Rows(i int) iter.Seq2[netstat.Socket, error] {
	q := &r.plan.Queries[i]
	if i < len(r.early) && r.early[i].done {
		return r.early[i].replay(q.Need.Report)
	}
	rows := r.src.Sockets(r.ctx, q.Table, r.need(i))
	if q.Keep == nil {
		return rows
	}
	return func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err == nil && !q.Keep(s) {
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
