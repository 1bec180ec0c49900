package report

import (
	"context"
	"slices"
	"time"

	"netstat/fact"
	"netstat/internal/message"
	"netstat/options"
	"netstat/render"
	"netstat/snapshot"
	"netstat/view"
)

// liveColumns names the default columns of --watch: what people look for.
const liveColumns = "proto,local,remote,state,process,sent_per_second,received_per_second"

// deltaColumns names the default columns of sockets with --delta, without the rates, which
// come last.
const deltaColumns = "proto,local,remote,state"

// snapshotColumns names the default columns of --watch for a snapshot, which has no rates.
const snapshotColumns = "proto,local,remote,state,process"

// liveTotals are the sums that --watch adds to groups.
const liveTotals = "+sent_per_second,+received_per_second"

// CheckWatch returns an error for options that --watch excludes.
func (c *Choice) CheckWatch() error {
	o := c.Options
	if !o.Watch {
		return nil
	}
	sel, err := c.selection()
	switch {
	case err != nil:
		return err
	case o.Snapshot != "" || o.Diff || o.Delta || o.Count || o.Diagnose || ActOption(o) != "":
		return message.WatchExcludes.Err()
	case sel.View != fact.Sockets:
		return message.OnlySocketReports.Err("--watch")
	case !o.WatchPlain && !o.Format.Table():
		return message.WatchFormat.Err()
	}
	return nil
}

// Live is what the table of --watch shows beside what its command line asks for. The
// zero value is the command line's.
type Live struct {
	// Filter selects among the sockets of the command line; "" selects all.
	Filter string
	// Sort and GroupBy replace those of the command line. "none" means none.
	Sort, GroupBy string
}

// NoneLive is the value of Live.Sort and Live.GroupBy for no order and no groups.
const NoneLive = "none"

// NewLive prepares a Report for [Report.Read]. The choice is not changed, so that it can
// serve again for another Live. Closing the Report does not close the host's places.
// Errors are as for New.
func NewLive(ctx context.Context, c *Choice, host Host, live Live) (*Report, error) {
	o := *c.Options
	if live.Filter != "" {
		o.Filters = append(slices.Clone(o.Filters), live.Filter)
	}
	if live.Sort != "" {
		o.Sort = live.Sort
	}
	if live.GroupBy != "" && live.GroupBy != c.Options.GroupBy {
		o.GroupBy, o.Columns = live.GroupBy, ""
	}
	if o.Sort == NoneLive {
		o.Sort = ""
	}
	if o.GroupBy == NoneLive {
		o.GroupBy, o.Columns = "", c.Options.Columns
		if c.Options.GroupBy != "" { // these are of groups
			o.Columns = ""
			if live.Sort == "" {
				o.Sort = ""
			}
		}
	}
	if o.GroupBy != "" && o.Columns == "" && (host.Rounds || !recorded(host.Places)) {
		o.Columns = liveTotals
	}
	sel, err := c.selection()
	if err != nil {
		return nil, err
	}
	// The report changes its selection.
	own := *sel
	plan := *sel.Plan
	plan.Queries = slices.Clone(plan.Queries)
	own.Plan, own.Chosen = &plan, slices.Clone(sel.Chosen)
	r := newReport(nil, &Choice{Options: &o}, host)
	if err := r.prepare(ctx, &Choice{Options: &o, selected: true, sel: &own}); err != nil {
		r.closeOpened()
		return nil, err
	}
	return r, nil
}

// recorded reports whether the places are those of a snapshot.
func recorded(places []view.Place) bool {
	if len(places) == 0 {
		return false
	}
	_, ok := places[0].Source.(*snapshot.Source)
	return ok
}

// closeOpened closes the namespaces that the report has opened.
func (r *Report) closeOpened() {
	if r.several() {
		r.Close()
		r.places = nil
	}
}

// Shown returns the columns, in order: those of the groups if there are groups.
func (r *Report) Shown() []fact.Fact {
	if g := r.request.Group; g != nil {
		return render.GroupColumns(&render.Grouping{Keys: g.Keys, Totals: g.Totals})
	}
	columns, _, err := r.columns()
	if err != nil {
		panic(err) // cannot happen: prepare has found the same columns
	}
	return columns
}

// Options returns the options that the report answers.
func (r *Report) Options() *options.Options { return r.o }

// Request returns a copy of the report's request, and the places to read.
func (r *Report) Request() (view.Request, []view.Place) { return r.request, r.places }

// Begin begins a round at a time. The caller then reads the host with Request, reports
// errors with Failed, and calls End.
func (r *Report) Begin(ctx context.Context, at time.Time) error {
	if r.several() && r.rounds > 0 {
		r.openNamespaces(ctx)
		var err error
		if r.request.Filter, err = r.filters(); err != nil {
			r.closeOpened()
			return &MistakeError{err}
		}
	}
	r.rounds++
	r.status, r.at, r.request.At = r.opened, at, at
	if r.host.Names != nil {
		r.host.Names.NextReport()
	}
	return nil
}

// Failed reports an error that a request returned beside records.
func (r *Report) Failed(err error) { r.problem(err, true) }

// End ends a round and returns its Status.
func (r *Report) End() Status {
	r.lack()
	r.closeOpened()
	return r.status
}
