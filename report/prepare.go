package report

import (
	"context"
	"slices"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/render"
	"netstat/schema"
	"netstat/view"
)

// prepare sets the request and the renderer.
func (r *Report) prepare(ctx context.Context, c *Choice) (err error) {
	if r.sel, err = c.selection(); err != nil {
		return err
	}
	if err := aboutSockets(r.o, r.sel); err != nil {
		return err
	}
	if r.several() {
		r.openNamespaces(ctx)
	}
	if err := r.tables(); err != nil {
		return err
	}
	if err := r.routeTables(ctx); err != nil {
		return err
	}
	expr, err := r.filters()
	if err != nil {
		return err
	}
	columns, spare, err := r.columns()
	if err != nil {
		return err
	}
	r.prepareRequest(expr, r.needs(columns, expr))
	out := r.renderOptions(spare)
	if columns, err = r.prepareOrder(expr, columns, &out); err != nil || r.w == nil {
		return err
	}
	head := render.Head{
		View: r.sel.View, Program: r.host.Program,
		Host: schema.Host{Name: r.host.Name, System: r.host.System},
	}
	if r.wholeRows() && r.o.GroupBy == "" {
		columns = nil
	}
	if r.asTwoTables() {
		r.render, err = r.twoTables(head, columns, out)
		return err
	}
	r.render, err = render.New(r.o.Format, r.w, head, columns, out)
	return err
}

// needs returns the facts that the report shows.
func (r *Report) needs(columns []fact.Fact, expr *filter.Expr) (facts fact.Needs) {
	o := r.o
	if !o.Count && (o.Columns != "" || o.Format.Columns()) {
		facts = fact.NeedsOf(columns)
	}
	r.addFacts(&facts)
	if o.GroupBy == "" && !o.Count {
		facts.Add(o.Format.Needs(r.sel.View))
	}
	if r.wholeRows() {
		// JSON always has the name of a process.
		if need := expr.Needs(); facts.Owners || facts.Peers || need.Owners || need.Peers {
			facts.Process |= netstat.FactArgv0
		}
	}
	return facts
}

// prepareRequest sets all of the request but its order and groups.
func (r *Report) prepareRequest(expr *filter.Expr, facts fact.Needs) {
	o, sel := r.o, r.sel
	q := &r.request
	*q = view.Request{
		Tables: sel.Tables, Filter: expr, Facts: facts, AllOwners: o.AllOwners || !o.Count && o.GroupBy == "" && !r.totals(),
		Names: r.host.Names, Limit: limitOf(o),
		Report: func(err error) { r.problem(err, false) },
	}
	need := expr.Needs()
	q.OwnersIfAny = r.unasked && !need.Owners && !need.Peers
	if sel.NoInterface != nil {
		q.KeepInterface = func(i *netstat.Interface) bool {
			keep := sel.KeepInterface(i)
			r.interfaces = r.interfaces || keep
			return keep
		}
	}
	if r.wholeRows() {
		q.Interfaces.Details = true
		q.Interfaces.Facts = netstat.InterfaceLink | netstat.InterfaceDriver | netstat.InterfaceNetns
	}
	if r.host.Advice != "" {
		q.Denied = r.denied
	}
	if o.Delta && sel.View != fact.Sockets || o.Diff && sel.View == fact.Statistics {
		q.Deltas = view.NewDeltas(func() time.Time { return r.at })
		if !o.DeltaAll {
			q.Deltas.OnlyMoved()
		}
	}
	q.Meter = &r.meter
	if o.Diff && sel.View != fact.Statistics && fact.Compared(sel.View) != nil {
		q.Diff = view.NewDifferOf(sel.View, r.asked())
	}
	if sel.View == fact.Sockets && expr.HasState() {
		anyState(sel.Plan)
	}
}

// renderOptions returns the options of the renderer but those of groups, and completes the
// request of findings and totals. spare names the columns that a narrow terminal can do
// without.
func (r *Report) renderOptions(spare []string) render.Options {
	o := r.o
	out := render.Options{Width: r.host.Width, Color: r.host.Color, Spare: spare, Whole: "default", Count: o.Count, Rounds: r.comparesRounds() && !o.Count, Elapsed: r.elapsed}
	if r.sel.View == fact.Findings {
		r.prepareFindings(&out)
	}
	if r.totals() {
		r.prepareTotals(&out)
	}
	if o.Limit > 0 && o.Format.Named() && !o.Format.Columns() { // JSON
		r.request.LeftOut = new(uint64)
		out.LeftOut = r.request.LeftOut
	}
	if o.Columns != "" {
		out.Whole += "," + o.Columns
	}
	return out
}

// prepareOrder sets the order or the groups of the request, and returns the columns to
// show: those of groups replace the given ones.
func (r *Report) prepareOrder(expr *filter.Expr, columns []fact.Fact, out *render.Options) (_ []fact.Fact, err error) {
	o, v, q := r.o, r.sel.View, &r.request
	switch {
	case o.GroupBy != "":
		if q.Group, err = view.ParseGrouping(v, o.GroupBy, q.Facts); err != nil {
			return nil, err
		}
		if o.Columns != "" {
			if columns, err = q.Group.Choose(v, o.Columns); err != nil {
				return nil, err
			}
		}
		if o.Sort != "" {
			if q.Group.Sort, err = q.Group.ParseSort(v, o.Sort); err != nil {
				return nil, err
			}
		}
		if o.Columns == "" {
			for _, total := range slices.Backward(q.Group.Totals) {
				out.Spare = append(out.Spare, total.Name)
			}
		}
		out.Grouping = &render.Grouping{Keys: q.Group.Keys, Totals: q.Group.Totals}
	case o.Sort != "":
		q.Sort, err = view.ParseSort(v, o.Sort)
	case r.sel.Question && !o.Diff && !o.Count && !o.Watch && !r.totals():
		q.Sort, err = r.listenersFirst(expr)
	}
	return columns, err
}
