package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/diagnose"
	"netstat/fact"
	"netstat/internal/resolve"
	"netstat/options"
	"netstat/render"
	"netstat/snapshot"
	"netstat/view"
)

// Request asks for records of one host. The zero value asks for a table of
// Internet and unix sockets.
type Request struct {
	// View is the type of the records. The zero value is sockets.
	View fact.View
	// Tables lists the socket tables to read, in order; netstat.Tables
	// returns all. A table that the system lacks is an error. nil means the
	// tables of TCP, UDP, UDP-Lite, raw IP, SCTP and unix that the system
	// has.
	Tables []netstat.Table

	// Filter is an expression that records must match, as for --filter
	// (docs/filters.md). "" keeps all.
	Filter string
	// Columns lists the facts to show, Sort those to order by, and GroupBy those to count
	// by: names separated by commas, as for --columns, --sort and --group-by
	// (docs/columns.md). For Columns, "" means the default columns of a table or the
	// whole record in JSON; for Sort, the order of the system; for GroupBy, no groups.
	Columns, Sort, GroupBy string
	// Limit is the largest number of records, 0 for no limit.
	Limit int

	// Facts holds the facts of sockets to read in addition to those that
	// Filter, Columns, Sort and GroupBy name. Owners asks for the processes
	// that hold each socket.
	Facts  netstat.Facts
	Owners bool

	// Rules names the rules that look for findings, nil for all; Measure is the time
	// between the two moments that they compare, 0 for one moment (docs/diagnose.md).
	// Both are for fact.Findings.
	Rules   []string
	Measure time.Duration

	// Changes, if not nil, keeps only sockets that were opened, closed or
	// changed since the last request with the same Differ
	// (view.NewDiffer(nil)). The first request keeps all.
	Changes *view.Differ

	// Format is the format that Write writes, as for --format: "json",
	// "csv", "template={{…}}" and others (docs/formats.md). "" is a table.
	Format string

	// Warn is called with errors that make records incomplete but end no table: facts
	// that could not be read, and ErrOwnersDenied. If it is nil, each of these is an
	// error. For findings it is also called with an *UnlookedError for each thing that a
	// rule could not look at.
	Warn func(error)
}

// UnlookedError reports what a rule that looks for findings could not look at.
type UnlookedError struct{ Rule, Why string }

func (e *UnlookedError) Error() string { return e.Rule + " cannot look: " + e.Why }

// ErrOwnersDenied reports that some processes cannot be inspected, so that
// owners may be missing.
var ErrOwnersDenied error = ownersDenied{}

// OwnersDenied returns an error that is ErrOwnersDenied. advice tells the user how to
// inspect the processes, such as "run as root". none reports whether no row was found
// because of it.
func OwnersDenied(advice string, none bool) error { return ownersDenied{advice, none} }

// ownersDenied is a type, not a variable, so that it needs no work at start-up.
type ownersDenied struct {
	advice string
	none   bool
}

func (e ownersDenied) Error() string {
	if e.none {
		return "no socket found: " + e.advice + " to see other users' processes"
	}
	text := "cannot inspect some processes: owners may be missing"
	if e.advice != "" {
		text += " (" + e.advice + ")"
	}
	return text
}

func (ownersDenied) Is(target error) bool { return target == ErrOwnersDenied }

// Advice returns how the user of a host can inspect the processes of others. system is
// the name of the system, euid the effective user, elevated reports whether a user of
// Windows is an administrator, and recorded whether the host is a snapshot. Advice
// returns "" if the user can do nothing.
func Advice(system string, euid int, elevated, recorded bool) string {
	advice := asRoot
	switch {
	case system == "windows" && elevated:
		return ""
	case system == "windows":
		advice = "run as administrator"
	case euid == 0:
		advice = "run with CAP_SYS_PTRACE"
	}
	if recorded {
		advice = strings.Replace(advice, "run", "record", 1)
	}
	return advice
}

const asRoot = "run as root"

// Write reads a host once and writes the records to w. src may be a running
// host or a snapshot; Write does not close it. A mistake in the request is
// returned before anything is written. Errors of reading are joined and
// returned after everything else is written. Write prints nothing anywhere
// else.
func Write(ctx context.Context, w io.Writer, src netstat.Source, req Request) error {
	a, err := ask(ctx, w, src, req)
	if err != nil {
		return err
	}
	_, err = a.report.Round(ctx, a.at)
	a.unnamed()
	if req.Warn != nil {
		a.unlooked()
	}
	return errors.Join(append(a.errs, err)...)
}

// Records reads a host once and yields the records. Format is ignored. Columns
// are the facts that the caller uses: a fact that the request does not name may
// be unread and zero. A mistake in the request is the only pair. An error of
// one table does not end the others; the Record beside an error is zero. A
// Record is valid until the next one.
//
// With Owners and no Columns, each socket's Row has the processes that hold it,
// or in Unknown the reason why there is none.
func Records(ctx context.Context, src netstat.Source, req Request) iter.Seq2[fact.Record, error] {
	return func(yield func(fact.Record, error) bool) {
		req.Format = "json" // JSON has whole rows
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
		if req.Warn != nil {
			a.unlooked()
		}
		for _, e := range a.take() {
			if !yield(fact.Record{}, e) {
				return
			}
		}
	}
}

// answer is a Request in progress.
type answer struct {
	report *Report
	at     time.Time
	errs   []error
	warn   func(error)
}

// unnamed warns why user names are missing.
func (a *answer) unnamed() {
	if names, ok := a.report.host.Names.(interface{ Problems() []error }); ok {
		for _, err := range names.Problems() {
			a.warn(err)
		}
	}
}

// unlooked warns what rules could not look at.
func (a *answer) unlooked() {
	for _, u := range a.report.diagnosing.looked.Unlooked {
		a.warn(&UnlookedError{u.Rule, u.Why})
	}
}

// take returns the errors since the last call.
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
		Rules: req.Rules, Measure: req.Measure, MeasureSet: true,
	}
	for _, name := range req.Rules {
		if diagnose.Named(name) == nil {
			return nil, &fact.UnknownError{What: "rule", Name: name, Known: diagnose.Names()}
		}
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
		Advice: Advice(runtime.GOOS, os.Geteuid(), runtime.GOOS == "windows" && collect.Elevated(), false),
	}
	if recorded, ok := src.(*snapshot.Source); ok {
		host.Name, host.System, host.Names, a.at = recorded.Meta.Name, recorded.Meta.System, recorded.Names(), recorded.Meta.Time
		host.Advice = Advice(recorded.Meta.System, recorded.Meta.EUID, recorded.Meta.Elevated, true)
	} else {
		host.Sleep = func(d time.Duration) time.Time {
			time.Sleep(d)
			return time.Now()
		}
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

// usual returns the default tables of a Request.
func usual() []netstat.Table {
	return []netstat.Table{
		netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.UDPLite4Table, netstat.UDPLite6Table,
		netstat.Raw4Table, netstat.Raw6Table, netstat.SCTP4Table, netstat.UnixTable,
	}
}

// selection returns every row of the requested tables.
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
		s.Counters, s.Measured = both[:], true
	}
	return s, nil
}
