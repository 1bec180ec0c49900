package view

import (
	"context"
	"iter"

	"netstat"
	"netstat/fact"
)

// Round is one evaluation of a Plan. It must be used by one goroutine only.
type Round struct {
	plan      *Plan
	tables    *reader
	owners    *netstat.Owners
	processes map[uint32]netstat.Process

	// join selects and sorts the rows if the plan has a filter or sort
	// keys, else it is nil. left is the number of rows that may still be
	// shown.
	join *joiner
	left int
}

// Begin prepares one report. If the plan asks for owners, Begin finds them at
// once, so that the caller can report what is missing before the first row. An
// error means that no owners are known; the Round can be used without them.
func Begin(ctx context.Context, src netstat.Source, plan *Plan) (*Round, error) {
	if plan.Filter != nil || len(plan.Sort) > 0 {
		return beginJoined(ctx, src, plan)
	}
	r := &Round{plan: plan, tables: &reader{ctx: ctx, src: src, queries: plan.Queries}, left: plan.Limit}
	if !plan.Owners && !plan.Ahead {
		return r, nil
	}
	query := netstat.OwnerQuery{}
	room := maxEarly
	complete := r.tables.readEarly(&room)
	if !plan.Owners {
		return r, nil
	}
	if complete {
		query.Inodes = []uint64{}
		for i := range r.tables.early {
			rows := r.tables.early[i].rows
			for j := range rows {
				if inode := rows[j].Inode; inode != 0 {
					query.Inodes = append(query.Inodes, inode)
				}
			}
		}
	}
	owners, err := src.Owners(ctx, query)
	r.owners = owners
	return r, err
}

// beginJoined is Begin for a plan with a filter or sort keys.
func beginJoined(ctx context.Context, src netstat.Source, plan *Plan) (*Round, error) {
	req := &Request{Tables: Tables{Plan: plan}, Filter: plan.Filter, Sort: plan.Sort, Names: plan.Names, At: plan.At, Report: plan.Report}
	if f := req.facts(); plan.Denied != nil && (f.Owners || f.Peers) {
		req.Denied = func(none bool) {
			if none || !plan.Owners {
				plan.Denied(none)
			}
		}
	}
	req.Facts.Owners = plan.Owners
	j := newJoiner(ctx, []Place{{Source: src, Netns: plan.Netns}}, req)
	r := &Round{plan: plan, tables: j.places[0].tables, join: j, left: plan.Limit}
	err := j.begin()
	if r.tables.early == nil && plan.Ahead {
		room := maxEarly
		r.tables.readEarly(&room)
	}
	r.owners = j.owners
	return r, err
}

// RuledOut reports whether the filter excludes all rows of query i.
func (r *Round) RuledOut(i int) bool { return r.tables.ruledOut(i) }

// Rows yields the kept rows of the given queries, which are indexes into
// Plan.Queries. The order is that of the queries or, with Plan.Sort, that of
// its keys over all of them. The error of a single query is the last pair of
// the sequence. With several queries the rows of the others follow an error,
// and sorted rows come after all errors. Reading ends when all calls together
// have yielded Plan.Limit rows.
func (r *Round) Rows(queries ...int) iter.Seq2[netstat.Socket, error] {
	var rows iter.Seq2[netstat.Socket, error]
	switch {
	case r.join != nil:
		rows = r.joinedRows(queries)
	case len(queries) == 1:
		rows = r.tables.rows(queries[0])
	default:
		rows = r.tables.concatenated(queries)
	}
	if r.plan.Limit == 0 {
		return rows
	}
	return r.limited(rows)
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
			// Sorted rows never exceed the limit, and errors of
			// their tables may follow them.
			if !yield(s, err) || r.left == 0 && !r.sorts() {
				return
			}
		}
	}
}

// sorts reports whether the plan sorts the rows.
func (r *Round) sorts() bool { return r.join != nil && len(r.join.req.Sort) > 0 }

// joinedRows yields the rows that the joiner selects.
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

// End ends the round after its rows. It calls Plan.Denied if some owner could not be
// inspected, and returns false if no row was shown because of that.
func (r *Round) End() bool { return r.join == nil || !r.join.end() }

// Owners returns the owners that the Round found. It is never nil.
func (r *Round) Owners() *netstat.Owners {
	if r.owners == nil {
		return &netstat.Owners{}
	}
	return r.owners
}

// Owner returns the first owner of a socket, or false if it is unknown. A
// process that has exited since then has a number but no other facts.
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
		p, _ = r.tables.src.Process(pid, r.plan.Process)
		p.PID = pid
		if r.processes == nil {
			r.processes = make(map[uint32]netstat.Process)
		}
		r.processes[pid] = p
	}
	return p, true
}
