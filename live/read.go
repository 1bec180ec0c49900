package live

import (
	"context"
	"slices"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/report"
	"netstat/view"
)

// Row is a record that stays valid, with its [view.Identity].
type Row struct {
	ID     uint64
	Record fact.Record
}

// Round is what a Reader has read at one moment.
type Round struct {
	At time.Time
	// Step is the index of a round of a record.
	Step int
	// Rows holds the first rows, in order: at most Window.Keep of those that match, and
	// where they were, those that were closed since the round before. Record.Change is
	// set for these and for opened ones.
	Rows []Row
	// Total is the number of rows that match. Opened and Closed are the numbers of
	// changes among all of them.
	Total, Opened, Closed int
	// Columns holds the columns of the rows, and Live what the rows answer.
	Columns []fact.Fact
	Live    report.Live
	// Sort and GroupBy are the order and the groups, those of the command line included.
	Sort, GroupBy string
	// Details is the row of Asked, which is Window.Details, with every fact. It is nil
	// if the row is gone.
	Details *Row
	Asked   uint64
	// Problems holds what could not be read, and why rows lack facts.
	Problems []error
}

// Window is the part of the table that is shown.
type Window struct {
	First, Count int    // the visible rows
	Keep         int    // the number of rows to return
	Details      uint64 // the identity of the row to return in Round.Details, 0 for none
	Whole        bool   // read every fact of all rows, not only of the visible ones
}

// onePass is the number of rows up to which all facts of all rows are read at once.
// Above it, a first pass reads what selects and sorts, and a second one the rest of the
// visible rows.
const onePass = 1000

// Reader reads rounds. It must be used by one goroutine only.
type Reader struct {
	choice   *report.Choice
	host     report.Host
	live     report.Live
	report   *report.Report
	columns  []fact.Fact
	problems []error // of this round
	notes    []error // what rows lack, reported once

	total int // rows of the round before
	// meter measures all rows, and part the rows of a second pass.
	meter, part view.Meter
	// before and now hold the identities of the rows of the round before and of this one.
	before, now map[uint64]struct{}
	compared    bool // before is set
	shown       []Row
	failed      bool // a table of this round could not be read
}

// NewReader prepares a Reader of a host that is read about once in a period, or sooner if
// a key asks for it. The host's Say is not called: errors are in the rounds. Errors are as
// for report.New.
func NewReader(ctx context.Context, c *report.Choice, host report.Host, period time.Duration) (*Reader, error) {
	d := &Reader{choice: c, host: host, before: make(map[uint64]struct{}), now: make(map[uint64]struct{})}
	d.meter.Least, d.part.Least = period/2, period/2
	d.host.Say = func(err error, s report.Status) {
		if s > report.Complete {
			d.failed = true
			d.problems = append(d.problems, err)
		} else if !slices.ContainsFunc(d.notes, func(e error) bool { return e.Error() == err.Error() }) {
			d.notes = append(d.notes, err)
		}
	}
	if err := d.Ask(ctx, report.Live{}); err != nil {
		return nil, err
	}
	return d, nil
}

// Ask changes what the rounds show. After an error it stays as it was.
func (d *Reader) Ask(ctx context.Context, live report.Live) error {
	r, err := report.NewLive(ctx, d.choice, d.host, live)
	if err != nil {
		return err
	}
	if live.Filter != d.live.Filter || live.GroupBy != d.live.GroupBy {
		d.compared, d.shown = false, nil
	}
	d.report, d.live, d.columns, d.notes = r, live, r.Shown(), nil
	return nil
}

// Close closes the host's places.
func (d *Reader) Close() {
	for _, place := range d.host.Places {
		_ = place.Source.Close()
	}
}

// Read reads a round.
func (d *Reader) Read(ctx context.Context, at time.Time, w Window) *Round {
	d.problems, d.failed = nil, false
	o := d.report.Options()
	round := &Round{At: at, Asked: w.Details, Columns: d.columns, Live: d.live, Sort: o.Sort, GroupBy: o.GroupBy}
	if err := d.report.Begin(ctx, at); err != nil {
		round.Problems = []error{err}
		return round
	}
	request, places := d.report.Request()
	request.Facts.Socket |= netstat.FactInode
	rows := d.first(ctx, round, request, places, &w)
	d.mark(round, rows)
	if w.Details != 0 {
		d.details(ctx, round, request, places, w.Details)
	}
	d.report.End()
	round.Problems = slices.Concat(d.problems, d.notes)
	d.total, d.shown = round.Total, round.Rows
	return round
}

// first reads the rows in order: those with groups, and few rows, with all facts.
func (d *Reader) first(ctx context.Context, round *Round, request view.Request, places []view.Place, w *Window) []Row {
	clear(d.now)
	keys, limit := request.Sort, request.Limit
	request.Sort, request.Limit = nil, 0
	sorted := fact.Needs{Socket: netstat.FactInode}
	for i := range keys {
		sorted.Add(keys[i].Fact.Needs)
	}
	rest := request
	two := request.Group == nil && d.total > onePass && !w.Whole
	if two {
		request.Facts = sorted
	} else {
		request.Facts.Add(sorted)
	}
	request.Meter = &d.meter
	keep := w.Keep
	if limit > 0 {
		keep = min(keep, limit)
	}
	var rows []Row
	sorter := view.NewSorter(keys, keep)
	for rec, err := range view.RecordsOf(ctx, places, &request) {
		if err != nil {
			d.report.Failed(err)
			continue
		}
		id := view.Identity(&rec)
		round.Total++
		d.now[id] = struct{}{}
		if _, known := d.before[id]; d.compared && !known && request.Group == nil {
			rec.Change = fact.ChangeOpened
			round.Opened++
		}
		switch {
		case len(keys) > 0 && request.Group == nil:
			sorter.Add(&rec)
		case len(rows) < keep:
			rows = append(rows, Row{id, clone(&rec)})
		}
	}
	if len(keys) > 0 && request.Group == nil {
		for rec := range sorter.Records() {
			rows = append(rows, Row{view.Identity(rec), clone(rec)})
		}
	}
	if limit > 0 {
		round.Total = min(round.Total, limit)
	}
	if two {
		d.second(ctx, rows, rest, places, w, sorted.Rates || request.Filter.Needs().Rates)
	}
	return rows
}

// second reads the remaining facts of the visible rows, and of a screen before and after
// them. measured is set if the traffic of all rows is known.
func (d *Reader) second(ctx context.Context, rows []Row, request view.Request, places []view.Place, w *Window, measured bool) {
	low := min(max(w.First-w.Count, 0), len(rows))
	high := min(max(w.First+2*w.Count, low), len(rows))
	index := make(map[uint64]int, high-low)
	for i := low; i < high; i++ {
		index[rows[i].ID] = i
	}
	places = only(&request, places, rows[low:high])
	if !measured {
		request.Meter = &d.part
	}
	for rec, err := range view.RecordsOf(ctx, places, &request) {
		if err != nil {
			d.report.Failed(err)
			continue
		}
		i, ok := index[view.Identity(&rec)]
		if !ok {
			continue
		}
		row := &rows[i].Record
		rec.Change = row.Change
		if measured {
			rec.Row.Traffic = row.Row.Traffic
		}
		*row = clone(&rec)
	}
}

// only restricts a request to some sockets, and returns the places without filters.
func only(request *view.Request, places []view.Place, rows []Row) []view.Place {
	known := make(map[uint64]bool, len(rows))
	where := make(map[netstat.Table]*netstat.Condition)
	for i := range rows {
		s := &rows[i].Record.Row.Socket
		known[socketIdentity(s)] = true
		any := where[s.Table]
		if any == nil {
			any = &netstat.Condition{Kind: netstat.WhereAny}
			where[s.Table] = any
		}
		any.Of = append(any.Of, &netstat.Condition{Of: []*netstat.Condition{
			{Kind: netstat.WherePort, End: netstat.LocalEnd, Port: s.Local.Port},
			{Kind: netstat.WherePort, End: netstat.RemoteEnd, Port: s.Remote.Port},
		}})
	}
	plan := *request.Plan
	plan.Queries = slices.Clone(plan.Queries)
	plan.Queries = slices.DeleteFunc(plan.Queries, func(q view.Query) bool { return where[q.Table] == nil })
	for i := range plan.Queries {
		q := &plan.Queries[i]
		q.Need.States = 0
		if q.Table.Family == netstat.Inet || q.Table.Family == netstat.Inet6 {
			q.Need.Where = where[q.Table]
		}
		q.Keep = func(s netstat.Socket) bool { return known[socketIdentity(&s)] }
	}
	request.Plan, request.Filter = &plan, nil
	bare := slices.Clone(places)
	for i := range bare {
		bare[i].Filter = nil
	}
	return bare
}

// socketIdentity returns the identity of a socket in its namespace.
func socketIdentity(s *netstat.Socket) uint64 {
	return view.Identity(&fact.Record{Row: &fact.Row{Socket: *s}})
}

// mark adds the rows that were closed since the round before, and counts them all.
func (d *Reader) mark(round *Round, rows []Row) {
	if d.compared && !d.failed {
		for id := range d.before {
			if _, ok := d.now[id]; !ok {
				round.Closed++
			}
		}
		if d.report.Options().GroupBy != "" {
			round.Closed = 0
		} else if round.Closed > 0 {
			for i := range d.shown {
				row := &d.shown[i]
				if _, ok := d.now[row.ID]; ok || row.Record.Change == fact.ChangeClosed {
					continue
				}
				row.Record.Change, row.Record.Row.Traffic = fact.ChangeClosed, nil
				rows = slices.Insert(rows, min(i, len(rows)), *row)
			}
		}
	}
	if d.failed {
		for id := range d.before {
			d.now[id] = struct{}{}
		}
	}
	d.before, d.now, d.compared = d.now, d.before, true
	round.Rows = rows
}

// details reads every fact of one row.
func (d *Reader) details(ctx context.Context, round *Round, request view.Request, places []view.Place, id uint64) {
	at := slices.IndexFunc(round.Rows, func(r Row) bool { return r.ID == id })
	if at < 0 || round.Rows[at].Record.Change == fact.ChangeClosed {
		return
	}
	shown := &round.Rows[at]
	if shown.Record.Row == nil {
		round.Details = shown
		return
	}
	request.Sort, request.Limit, request.Group = nil, 0, nil
	request.Facts.Add(fact.NeedsOf(fact.Of(fact.Sockets)))
	request.Facts.Rates, request.AllOwners = false, true
	places = only(&request, places, round.Rows[at:at+1])
	for rec, err := range view.RecordsOf(ctx, places, &request) {
		if err != nil {
			d.report.Failed(err)
		} else if view.Identity(&rec) == id {
			rec.Row.Traffic = shown.Record.Row.Traffic
			round.Details = &Row{id, clone(&rec)}
		}
	}
}

// clone returns a copy of a record that stays valid.
func clone(rec *fact.Record) fact.Record {
	c := *rec
	switch {
	case rec.Row != nil:
		row := *rec.Row
		row.Owners = slices.Clone(row.Owners)
		if row.Peer != nil {
			peer := *row.Peer
			row.Peer = &peer
		}
		if row.Traffic != nil {
			traffic := *row.Traffic
			row.Traffic = &traffic
		}
		c.Row = &row
	case rec.Group != nil:
		group := *rec.Group
		group.Keys, group.Totals = slices.Clone(group.Keys), slices.Clone(group.Totals)
		c.Group = &group
	}
	return c
}
