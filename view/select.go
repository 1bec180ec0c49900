package view

import (
	"context"
	"iter"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

// Request describes the records of one view to select, join and sort. Fields
// that do not apply to the view are ignored.
type Request struct {
	// Tables holds the tables to read. Of its Plan only Queries and Process are used.
	// Owners are searched for if Facts or Filter needs them.
	Tables
	// Filter selects records in addition to Tables; nil keeps all.
	Filter *filter.Expr
	// Facts holds what the caller shows of sockets and of what is joined to
	// them, see ColumnFacts. What Filter, Sort and Group need is added.
	Facts fact.Needs
	// AllOwners asks for every owner of a socket, not only the first.
	AllOwners bool
	// OwnersIfAny reports whether the user did not request the owners: a failed search
	// then goes to Report and is not an error.
	OwnersIfAny bool
	// Denied, if not nil, is called once, after the rows, if owners were searched for and
	// some process could not be inspected. none reports whether no row was selected and
	// some might have been if its owners were known.
	Denied func(none bool)
	// Names maps user IDs to names. If it is nil, numbers are used. Wait, if not nil, is
	// called before a row is yielded whose names are still being looked up.
	Names Names
	Wait  func()

	// At is the time of the request, which becomes Record.Time. With the zero time, the
	// age of processes is unknown.
	At time.Time
	// Deltas, if not nil, sets Record.Rates of interfaces and counters to the rates since
	// the previous request.
	Deltas *Deltas
	// Meter, if not nil, sets Row.Traffic to the traffic since the previous request, if
	// Facts, Filter, Sort or Group needs it. All rows are then read, whatever the Limit.
	Meter *Meter
	// Diff, if not nil, keeps only sockets that were opened, closed or
	// changed since the previous request. The first request keeps all.
	Diff *Differ

	// Group groups the records; nil does not. Sort sorts them (groups are
	// sorted by Grouping.Sort instead). Limit is the largest number of
	// records to yield, 0 for no limit.
	Group *Grouping
	Sort  []SortKey
	Limit int
	// LeftOut, if not nil, is set to the number of records beyond Limit once all records
	// are yielded. They are then read too.
	LeftOut *uint64

	// Report, if not nil, is called with warnings that have no other
	// receiver: those of a query without Need.Report, and incomplete
	// results of the search for owners and peers.
	Report func(error)
}

// Place is a host, or a network namespace of a host, to read from.
type Place struct {
	Source netstat.Source
	// Netns is the name of the namespace, or "" if there is only one.
	Netns string
	// Filter, if not nil, replaces the Request's filter for this Place:
	// interface indexes differ between namespaces.
	Filter *filter.Expr
}

// Records answers a request for one place, see RecordsOf.
func Records(ctx context.Context, src netstat.Source, req *Request) iter.Seq2[fact.Record, error] {
	return RecordsOf(ctx, []Place{{Source: src}}, req)
}

// RecordsOf answers a request for several places, in order. The Record beside
// an error is zero. An error concerns one table of one place, and other records
// follow unless the context is done. Rows are streamed, unless they must be
// sorted or need owners or peers, which must all be known first. In that case
// up to 4096 rows are kept; more rows are read twice.
func RecordsOf(ctx context.Context, places []Place, req *Request) iter.Seq2[fact.Record, error] {
	rows := baseRecords(ctx, places, req)
	if req.View != fact.Sockets && req.Filter != nil {
		rows = matching(rows, req.Filter)
	}
	if req.Diff != nil {
		rows = req.Diff.Changes(rows)
	}
	if req.Group != nil || len(req.Sort) > 0 {
		rows = timed(rows, req.At)
	}
	switch all := req.LeftOut != nil || req.Deltas != nil; {
	case req.Group != nil && all:
		rows = leaving(grouped(rows, req.Group, 0), req.Limit, req.LeftOut)
	case req.Group != nil:
		rows = grouped(rows, req.Group, req.Limit)
	case all && len(req.Sort) > 0:
		rows = sortedLeaving(rows, req.Sort, req.Limit, req.LeftOut)
	case all:
		rows = leaving(rows, req.Limit, req.LeftOut)
	default:
		rows = sorted(rows, req.Sort, req.Limit)
	}
	return func(yield func(fact.Record, error) bool) {
		for r, err := range rows {
			if err != nil {
				if !yield(fact.Record{}, err) {
					return
				}
				continue
			}
			r.Time = req.At
			if !yield(*r, nil) {
				return
			}
		}
	}
}

// matching keeps the records that a filter matches.
func matching(rows records, expr *filter.Expr) records {
	return func(yield func(*fact.Record, error) bool) {
		for r, err := range rows {
			if (err != nil || expr.Match(r)) && !yield(r, err) {
				return
			}
		}
	}
}

// timed sets the time of records.
func timed(rows records, at time.Time) records {
	return func(yield func(*fact.Record, error) bool) {
		for r, err := range rows {
			if r != nil {
				r.Time = at
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// facts returns all facts that the request needs.
func (req *Request) facts() fact.Needs {
	f := req.Facts
	f.Add(req.Filter.Needs())
	for i := range req.Sort {
		f.Add(req.Sort[i].Fact.Needs)
	}
	if req.Group != nil {
		f.Add(req.Group.Facts())
	}
	if req.Diff != nil {
		f.Add(req.Diff.Facts())
	}
	if f.Reasons {
		f.Owners = true
	}
	if f.Owners || f.Peers {
		f.Socket |= netstat.FactInode
	}
	if f.Peers {
		f.Socket |= netstat.FactPeer
	}
	return f
}

func baseRecords(ctx context.Context, places []Place, req *Request) records {
	if req.View == fact.Sockets {
		return socketRecords(ctx, places, req)
	}
	return func(yield func(*fact.Record, error) bool) {
		if req.Deltas != nil {
			req.Deltas.begin()
			defer req.Deltas.NextRound()
		}
		var rec fact.Record
		if req.View == fact.Findings {
			for i := range req.Findings {
				f := &req.Findings[i]
				rec = fact.Record{Finding: f, Netns: f.Subject.Netns}
				if !yield(&rec, nil) {
					return
				}
			}
			return
		}
		failed := false // a counter that could not be read is not gone
		for i := range places {
			p := &places[i]
			more := func(r fact.Record, err error) bool {
				if err != nil {
					failed = true
					return yield(nil, err)
				}
				rec = r
				rec.Netns = p.Netns
				return yield(&rec, nil)
			}
			if !placeRecords(ctx, p, req, more) || ctx.Err() != nil {
				return
			}
		}
		if req.Deltas != nil && req.View == fact.Statistics && !failed {
			req.Deltas.gone(yield)
		}
	}
}

// placeRecords yields the records of one place for a view other than sockets,
// and reports whether more are wanted.
func placeRecords(ctx context.Context, p *Place, req *Request, yield func(fact.Record, error) bool) bool {
	report := func(e *netstat.OpError) {
		if req.Report != nil {
			req.Report(e)
		}
	}
	src := p.Source
	switch req.View {
	case fact.Routes:
		for _, q := range req.Routes {
			q.Details, q.Reuse = true, true
			if q.Report == nil {
				q.Report = report
			}
			if !each(src.Routes(ctx, q), nil, yield, func(r *netstat.Route) fact.Record { return fact.Record{Route: r} }) {
				return false
			}
		}
		for _, f := range req.RareRoutes {
			if !each(src.RareRoutes(ctx, f, report), nil, yield, func(r *netstat.RareRoute) fact.Record { return fact.Record{RareRoute: *r} }) {
				return false
			}
		}
	case fact.Interfaces:
		q := req.Interfaces
		facts := req.facts()
		q.Facts |= facts.Interface
		q.Details = q.Details || facts.Addresses
		if q.Report == nil {
			q.Report = report
		}
		return each(src.Interfaces(ctx, q), req.KeepInterface, yield, func(i *netstat.Interface) fact.Record {
			return fact.Record{Interface: i, Rates: req.Deltas.interfaceRates(p.Netns, i)}
		})
	case fact.Groups:
		for _, q := range req.Groups {
			if q.Report == nil {
				q.Report = report
			}
			if !each(src.Groups(ctx, q), nil, yield, func(m *netstat.Membership) fact.Record { return fact.Record{Membership: m} }) {
				return false
			}
		}
	case fact.Statistics:
		windows := false // which has no such measures, and is slow to read others
		for _, f := range req.Counters {
			if !eachOf(src.Counters(ctx, f), req.KeepCounter, yield, func(c *netstat.Counter) (fact.Record, bool) {
				windows = windows || c.Name == "NumConns"
				return req.Deltas.counter(p.Netns, f, c)
			}) {
				return false
			}
		}
		if req.Measured && !windows {
			return measuredCounters(ctx, p, req, yield)
		}
	case fact.Summaries:
		return summaryRecords(ctx, src, report, yield)
	case fact.Conntrack:
		q := req.Conntrack
		req.Filter.Tracked(&q)
		if req.Deltas != nil { // which need connections before they change to match
			q.Where.MarkMask, q.Where.StatusMask = 0, 0
		}
		return each(src.TrackedConnections(ctx, q), nil, yield, func(c *netstat.TrackedConnection) fact.Record {
			return fact.Record{Tracked: c, Rates: req.Deltas.trackedRates(p.Netns, c)}
		})
	case fact.Neighbors:
		for _, q := range req.Neighbors {
			if !each(src.Neighbors(ctx, q), nil, yield, func(n *netstat.Neighbor) fact.Record { return fact.Record{Neighbor: n} }) {
				return false
			}
		}
	case fact.Rules:
		for _, q := range req.Rules {
			q.Report = report
			if !each(netstat.RulesOf(ctx, src, q), nil, yield, func(r *netstat.Rule) fact.Record { return fact.Record{Rule: r} }) {
				return false
			}
		}
	case fact.Lookups:
		for i := range req.Lookups {
			a, err := netstat.LookUpRoute(ctx, src, &req.Lookups[i])
			if !yield(fact.Record{Lookup: &a}, err) {
				return false
			}
		}
	case fact.NAT:
		return each(src.NATSessions(ctx), nil, yield, func(s *netstat.NATSession) fact.Record { return fact.Record{NATSession: s} })
	}
	return true
}

// each yields the rows of a table that keep accepts as records, all for a nil
// keep, and reports whether more are wanted.
func each[T any](rows iter.Seq2[T, error], keep func(*T) bool, yield func(fact.Record, error) bool, record func(*T) fact.Record) bool {
	return eachOf(rows, keep, yield, func(row *T) (fact.Record, bool) { return record(row), true })
}

// eachOf is like each for a record that returns false for a row to leave out.
func eachOf[T any](rows iter.Seq2[T, error], keep func(*T) bool, yield func(fact.Record, error) bool, record func(*T) (fact.Record, bool)) bool {
	var row T
	for r, err := range rows {
		if err != nil {
			if !yield(fact.Record{}, err) {
				return false
			}
			continue
		}
		row = r
		if keep != nil && !keep(&row) {
			continue
		}
		if rec, wanted := record(&row); wanted && !yield(rec, nil) {
			return false
		}
	}
	return true
}
