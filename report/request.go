package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/internal/resolve"
	"netstat/options"
	"netstat/render"
	"netstat/snapshot"
	"netstat/view"
)

// Request asks for records of one host. The zero value is the sockets of the Internet's
// protocols and of unix, as a table.
type Request struct {
	// View is what the records are of; the zero value is sockets.
	View fact.View
	// Tables are the tables of sockets to read, in this order; netstat.Tables
	// returns all. One that the system lacks is an error. Nil is those of TCP, UDP,
	// UDP-Lite, raw IP, SCTP and unix that it has.
	Tables []netstat.Table

	// Filter is an expression that sockets must meet, as --filter takes it
	// (docs/filters.md); "" keeps all.
	Filter string
	// Columns are the facts to show, Sort those to order by, and GroupBy those to
	// count by: names with commas between, as --columns, --sort and --group-by take
	// them (docs/columns.md). "" is what a table shows by default or the whole record in
	// JSON, the order of the system, and no groups.
	Columns, Sort, GroupBy string
	// Limit is how many records there are at most, 0 for all.
	Limit int

	// Facts are facts of sockets to read besides those that Filter, Columns, Sort and
	// GroupBy name. Owners asks for the processes that hold each socket.
	Facts  netstat.Facts
	Owners bool

	// Changes, where not nil, leaves only sockets that were opened, closed or changed
	// since the last request with the same Differ (view.NewDiffer(nil)). The first
	// request has all.
	Changes *view.Differ

	// Format is the form that Write writes, as --format takes it: "json", "csv",
	// "template={{…}}" and others (docs/formats.md). "" is a table.
	Format string

	// Warn is told of what makes records incomplete but ends no table: facts that
	// could not be read, and ErrOwnersDenied. Nil makes each an error instead.
	Warn func(error)
}

// ErrOwnersDenied says that some processes cannot be inspected, so that owners may be
// missing.
var ErrOwnersDenied error = ownersDenied{}

// ownersDenied needs no work when the program starts.
type ownersDenied struct{}

func (ownersDenied) Error() string { return "cannot inspect some processes; owners may be missing" }

// Write asks a host once and writes the records to w. src may be a running host or a
// snapshot; it stays open. A mistake in the request is found before anything is
// written. What could not be read is one joined error after everything else has been
// written. Nothing is said anywhere else.
func Write(ctx context.Context, w io.Writer, src netstat.Source, req Request) error {
	a, err := ask(ctx, w, src, req)
	if err != nil {
		return err
	}
	_, err = a.report.Round(ctx, a.at)
	a.unnamed()
	return errors.Join(append(a.errs, err)...)
}

// Records asks a host once and yields the records; Format is ignored.
// Columns are what a caller looks at: a fact that the request does not name may be
// unread, and zero. A mistake in the request is the only pair. An error of one table
// does not end the others; the Record beside an error is zero. A Record is valid until
// the next one.
//
// With Owners and no Columns, each socket's Row has the processes that hold it, or in
// Unknown the reason why there is none.
func Records(ctx context.Context, src netstat.Source, req Request) iter.Seq2[fact.Record, error] {
	return func(yield func(fact.Record, error) bool) {
		req.Format = "json" // which has whole rows
		a, err := ask(ctx, nil, src, req)
		if err != nil {
			yield(fact.Record{}, err)
			return
		}
		for rec, err := range a.report.records(ctx, a.at) {
			if err != nil {
				a.report.problem(err, true)
				rec = fact.Record{}
			}
			for _, e := range a.take() {
				if !yield(fact.Record{}, e) {
					return
				}
			}
			if err == nil && !yield(rec, nil) {
				return
			}
		}
		a.unnamed()
		for _, e := range a.take() {
			if !yield(fact.Record{}, e) {
				return
			}
		}
	}
}

// answer is a request that is being answered.
type answer struct {
	report *Report
	at     time.Time
	errs   []error
	warn   func(error)
}

// unnamed warns of why names of users are missing.
func (a *answer) unnamed() {
	if names, ok := a.report.host.Names.(interface{ Problems() []error }); ok {
		for _, err := range names.Problems() {
			a.warn(err)
		}
	}
}

// take returns the errors since it was called last.
func (a *answer) take() []error {
	errs := a.errs
	a.errs = nil
	return errs
}

func ask(ctx context.Context, w io.Writer, src netstat.Source, req Request) (*answer, error) {
	if req.Limit < 0 {
		return nil, errors.New("--limit: must be a positive number")
	}
	format, err := render.ParseFormat(cmp.Or(req.Format, "table"))
	if err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	o := &options.Options{
		Columns: req.Columns, Sort: req.Sort, GroupBy: req.GroupBy, Limit: uint64(req.Limit),
		Format: format, Diff: req.Changes != nil,
	}
	if req.Filter != "" {
		o.Filters = []string{req.Filter}
	}
	a := &answer{at: time.Now()}
	fail := func(err error) { a.errs = append(a.errs, err) }
	a.warn = req.Warn
	if a.warn == nil {
		a.warn = fail
	}
	host := Host{
		Places: []view.Place{{Source: src}}, Program: "netstat", Name: collect.HostName(), System: runtime.GOOS,
		Say: func(err error, s Status) {
			if s == Complete {
				a.warn(err)
			} else {
				fail(err)
			}
		},
		Denied: func() { a.warn(ErrOwnersDenied) },
	}
	if recorded, ok := src.(*snapshot.Source); ok {
		host.Name, host.System, host.Names, a.at = recorded.Meta.Name, recorded.Meta.System, recorded.Names(), recorded.Meta.Time
	} else {
		host.Names = resolve.New(resolve.Options{})
	}
	c := &Choice{Options: o, Select: req.selection}
	a.report = newReport(w, c, host)
	a.report.once = true
	if err := a.report.prepare(ctx, c); err != nil {
		return nil, err
	}
	if req.Changes != nil {
		a.report.request.Diff = req.Changes
	}
	return a, nil
}

// usual returns the tables of a Request that names none.
func usual() []netstat.Table {
	return []netstat.Table{
		netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.UDPLite4Table, netstat.UDPLite6Table,
		netstat.Raw4Table, netstat.Raw6Table, netstat.SCTP4Table, netstat.UnixTable,
	}
}

// selection returns every row of what is asked for.
func (req *Request) selection() (*view.Selection, error) {
	s := &view.Selection{Tables: view.Tables{View: req.View}}
	both := [...]netstat.Family{netstat.Inet, netstat.Inet6}
	switch req.View {
	case fact.Sockets:
		tables := req.Tables
		s.Named = tables != nil
		if tables == nil {
			tables = usual()
		}
		s.Plan = &view.Plan{Owners: req.Owners}
		for _, t := range tables {
			s.Plan.Queries = append(s.Plan.Queries, view.Query{Table: t, Need: netstat.Need{Facts: req.Facts}})
		}
	case fact.Routes:
		for _, f := range both {
			s.Routes = append(s.Routes, netstat.RouteQuery{Family: f})
		}
	case fact.Interfaces:
		s.Interfaces.Details = true
	case fact.Groups:
		for _, f := range both {
			s.Groups = append(s.Groups, netstat.GroupQuery{Family: f})
		}
	case fact.Statistics:
		s.Counters = both[:]
	}
	return s, nil
}
