package view

import (
	"context"
	"iter"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

// maxEarly is the largest number of rows read ahead, for Plan.Ahead or to learn
// which sockets need an owner. In a report with fewer rows, the search for
// owners ends as soon as it has found them all. A report with more rows reads
// at most this many twice.
const maxEarly = 4096

// reader reads the tables of queries, either ahead or while they are shown.
type reader struct {
	ctx     context.Context
	src     netstat.Source
	queries []Query
	early   []earlyTable

	// filter selects rows in addition to Query.Keep, if the Socket alone is
	// enough to decide; nil keeps all. test and tested are scratch space
	// for it.
	filter *filter.Expr
	test   fact.Record
	tested fact.Row
	// never marks the queries of which the filter excludes all rows. It may
	// be nil.
	never []bool
}

// earlyTable is a table that was read ahead, with the warnings of its Source.
type earlyTable struct {
	done    bool
	rows    []netstat.Socket
	reports []earlyReport
	err     error
}

// earlyReport is a warning that came before the row with index at.
type earlyReport struct {
	at      int
	warning *netstat.OpError
}

// readEarly reads the tables ahead and reports whether all of them fit into
// *left rows. Tables that fit are kept; the others are read while they are
// shown.
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

// ruledOut reports whether the filter excludes all rows of query i.
func (r *reader) ruledOut(i int) bool { return r.never != nil && r.never[i] }

// need returns the Need of query i, with the table of the next query as a hint.
func (r *reader) need(i int) netstat.Need {
	n := r.queries[i].Need
	if i+1 < len(r.queries) && !r.ruledOut(i+1) {
		n.Then = r.queries[i+1].Table
	}
	return n
}

// matches reports whether a row that was read with these facts passes the
// filter.
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
					report(reports[0].warning)
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
