package report

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"netstat"
	"netstat/diagnose"
	"netstat/fact"
	"netstat/render"
	"netstat/view"
)

// checkTotals returns an error for what a format of totals about the host cannot show.
// interval is the time between rounds, 0 for one report.
func (c *Choice) checkTotals(interval time.Duration) error {
	o := c.Options
	of := "--format=" + o.Format.String()
	if interval > 0 {
		return errors.New(of + " makes one report: remove the interval, and run it from a timer")
	}
	for _, option := range [...]struct {
		name  string
		given bool
	}{
		{"all-owners", o.AllOwners}, {"columns", o.Columns != ""}, {"count", o.Count}, {"delta", o.Delta}, {"diff", (o.Diff || len(o.DiffFiles) > 0) && !o.Diagnose},
		{"events", o.Follow}, {"group-by", o.GroupBy != ""}, {"limit", o.Limit > 0}, {"memory", o.Memory}, {"peers", o.Peers},
		{"sort", o.Sort != ""}, {"tcp-info", o.TCPInfo}, {"watch", o.Watch},
	} {
		if option.given {
			return errors.New(of + " excludes --" + option.name)
		}
	}
	if o.SeveralNetns() {
		return errors.New(of + " describes one network namespace: give --netns only one")
	}
	sel, err := c.selection()
	if err != nil {
		return err
	}
	switch sel.View {
	case fact.Sockets, fact.Statistics, fact.Interfaces, fact.Findings:
		return nil
	}
	return errors.New(of + " shows sockets, counters, interfaces and findings, not " + sel.View.String())
}

// totals reports whether the report consists of totals about the host.
func (r *Report) totals() bool { return r.o.Format.Totals() }

// wholeHost reports whether the totals are about everything, because the command line
// selects nothing.
func (r *Report) wholeHost() bool {
	o, sel := r.o, r.sel
	if !r.totals() || sel.View != fact.Sockets || len(sel.Chosen) > 0 || len(o.Tables) > 0 || o.Filtered() || sel.NoInet || sel.NoInet6 {
		return false
	}
	// -l alone selects the listening sockets.
	keep := sel.Query(netstat.TCP4Table).Keep
	end := netstat.Addr{IP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), Port: 1}
	return keep == nil || keep(netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, Local: end, Remote: end})
}

// prepareTotals sets what totals need.
func (r *Report) prepareTotals(o *render.Options) {
	q := &r.request
	if r.sel.View == fact.Sockets {
		q.Facts.Owners, q.Facts.Reasons = true, true
		q.Facts.Process |= netstat.FactStat
		q.OwnersIfAny = true
	}
	if !r.wholeHost() {
		return
	}
	var plan view.Plan
	for _, t := range usual() {
		var facts netstat.Facts
		if t.Family != netstat.Unix {
			facts = netstat.FactQueues | netstat.FactBacklog
		}
		plan.Queries = append(plan.Queries, view.Query{Table: t, Need: netstat.Need{Facts: facts}})
	}
	q.Plan = &plan
	r.sel.Named = false // a system may lack some of these tables
	q.Facts.Socket |= netstat.FactQueues | netstat.FactBacklog
	r.prepareFindings(o)
	r.diagnosing.rules = slices.DeleteFunc(r.diagnosing.rules, func(rule *diagnose.Rule) bool { return rule.Moments == diagnose.TwoMoments })
}

// clock returns the time, or the zero time if there is no clock.
func (r *Report) clock() time.Time {
	if r.now == nil {
		return time.Time{}
	}
	return r.now()
}

// sums returns the renderer of a format that has totals.
func (r *Report) sums() render.Totals {
	t, _ := r.render.(render.Totals)
	return t
}

// part reads one part of totals.
func (r *Report) part(name string, read func()) {
	before, start := r.status, r.clock()
	r.status = r.opened
	read()
	took := time.Duration(-1)
	if !start.IsZero() {
		took = max(r.clock().Sub(start), 0)
	}
	r.sums().Part(name, took, r.status < Missing)
	r.status = max(r.status, before)
}

// view reads the records of one view into the totals.
func (r *Report) view(ctx context.Context, tables view.Tables) {
	request := r.request
	if tables.Plan == nil {
		tables.Plan = request.Plan
	}
	request.Tables = tables
	for rec, err := range view.RecordsOf(ctx, r.places, &request) {
		if err != nil {
			r.problem(err, true)
			continue
		}
		_ = r.render.Record(&rec) // End returns its error
	}
}

// writeTotals writes a report of totals.
func (r *Report) writeTotals(ctx context.Context, at time.Time) error {
	r.at, r.request.At = at, at
	if r.sel.View == fact.Findings {
		at = r.diagnose(ctx, at)
		r.at, r.request.At = at, at
	}
	if err := r.render.Begin(at); err != nil {
		return err
	}
	tables := r.request.Tables
	switch whole := r.wholeHost(); {
	case !whole && r.sel.View == fact.Statistics:
		r.part("counters", func() { r.view(ctx, tables) })
	case !whole && r.sel.View == fact.Interfaces:
		r.part("interfaces", func() {
			r.view(ctx, tables)
			r.lackInterface()
		})
	case !whole && r.sel.View == fact.Findings:
		r.part("findings", func() { r.view(ctx, tables) })
	default:
		r.part("sockets", func() {
			r.view(ctx, tables)
			r.lack()
		})
		r.part("owners", func() {
			if r.deniedReported {
				r.status = Missing
			}
		})
		if whole {
			r.rest(ctx, at)
		}
	}
	return r.render.End()
}

// rest reads all of the host but its sockets.
func (r *Report) rest(ctx context.Context, at time.Time) {
	r.part("counters", func() {
		r.view(ctx, view.Tables{View: fact.Statistics, Counters: []netstat.Family{netstat.Inet, netstat.Inet6}})
	})
	r.part("interfaces", func() { r.view(ctx, view.Tables{View: fact.Interfaces}) })
	r.part("measures", func() {
		for i := range r.places {
			for v, err := range r.places[i].Source.Measures(ctx) {
				if err != nil {
					r.problem(err, true)
					continue
				}
				r.sums().Measure(v)
			}
		}
	})
	r.part("findings", func() {
		r.diagnose(ctx, at)
		r.view(ctx, view.Tables{View: fact.Findings, Findings: r.request.Findings})
	})
}
