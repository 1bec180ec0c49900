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

// reader reads the tables of queries, ahead of being shown or as they are shown.
type reader struct {
	ctx     context.Context
	src     netstat.Source
	queries []Query
	early   []earlyTable

	// filter is what rows have to meet besides Query.Keep, where a Socket alone
	// tells; nil keeps all. test and tested are room for it.
	filter *filter.Expr
	test   fact.Record
	tested fact.Row
	// never marks queries of which the filter rules out all rows; nil for none.
	never []bool
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

// readEarly reads the tables ahead and reports whether all of them fitted into
// the room for rows. Those that did are kept; the others will be read when they
// are shown.
func (r *reader) readEarly(left *int) bool {
	r.early = make([]earlyTable, len(r.queries))
	room := *left
	defer func() { *left = room }()
	for i := range r.queries {
		q := &r.queries[i]
		t := &r.early[i]
		if r.ruledOut(i) {
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

// ruledOut reports whether no row of query i can be shown.
func (r *reader) ruledOut(i int) bool { return r.never != nil && r.never[i] }

// need returns what query i needs, with a hint at the query after it.
func (r *reader) need(i int) netstat.Need {
	n := r.queries[i].Need
	if i+1 < len(r.queries) && !r.ruledOut(i+1) {
		n.Then = r.queries[i+1].Table
	}
	return n
}

// matches tests a row, which was read with these facts, by the filter.
func (r *reader) matches(s *netstat.Socket, facts netstat.Facts) bool {
	r.tested.Socket, r.tested.Facts = *s, facts
	r.test.Row = &r.tested
	return r.filter.Match(&r.test)
}

func (r *reader) concatenated(queries []int) iter.Seq2[netstat.Socket, error] {
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

// rows yields the kept rows of query i, as Source.Sockets does.
func (r *reader) rows(i int) iter.Seq2[netstat.Socket, error] {
	q := &r.queries[i]
	switch {
	case i < len(r.early) && r.early[i].done:
		return r.early[i].replay(q.Need.Report)
	case r.ruledOut(i):
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
