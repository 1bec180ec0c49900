package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/render"
	"netstat/schema"
	"netstat/view"
)

// records answers a command line in another form than the dialect's text.
func (p *process) records(ctx context.Context, d *dialect, cmd *command) int {
	o := &cmd.options
	job, err := p.newJob(ctx, d, cmd)
	var host unreadable
	switch {
	case errors.As(err, &host):
		return p.fail(d, d.failure, err)
	case errors.Is(err, errors.ErrUnsupported):
		return p.fail(d, d.missing, err)
	case err != nil:
		return p.choice(d, err)
	}
	defer job.close()
	// Namespaces come and go; those that are kept open do not go.
	several := o.SeveralNetns() && job.old == nil
	for round := 0; ; round++ {
		if several && round > 0 {
			job.openNamespaces(ctx)
			if job.request.Filter, err = job.filters(); err != nil {
				return p.mistake(d, err)
			}
		}
		job.status = job.opened
		job.names.NextReport()
		if err := job.report(ctx, p.now()); err != nil {
			if errors.Is(err, syscall.EPIPE) {
				return d.failure
			}
			return p.fail(d, d.failure, err)
		}
		p.sayUnnamed(d, job.names)
		if cmd.interval == 0 || job.status != 0 && !o.Diff && !o.Delta && !several {
			return cmp.Or(job.status, job.lacked)
		}
		if several {
			job.close()
			job.places = nil
		}
		p.sleep(cmd.interval)
	}
}

// choice is mistake, but for help in the place of a column or of a filter: then it
// lists the facts that can be named.
func (p *process) choice(d *dialect, err error) int {
	var columns *fact.NameError
	if errors.As(err, &columns) && columns.Name == "help" {
		return p.print(d, fact.Help(columns.Facts))
	}
	return p.mistake(d, err)
}

// print writes a text that was asked for.
func (p *process) print(d *dialect, text string) int {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return p.fail(d, d.failure, err)
	}
	return 0
}

// job is a command line that is answered by records.
type job struct {
	p       *process
	d       *dialect
	o       *options.Options
	sel     *view.Selection
	places  []view.Place
	request view.Request
	render  render.Renderer
	names   view.Names
	// opened is the exit status of what could not be opened, status that of the
	// round.
	opened, status int
	unopened       []error      // what could not be opened, which every report tells
	old            []view.Place // for --diff of two recordings
	at             time.Time    // of the report
	interfaces     bool         // some interface was shown in this report

	// kinds are what --family names. lacking are the tables of them that
	// turned out not to be there in this report; told says that it was said.
	kinds   []kind
	lacking map[netstat.Table]error
	told    bool
	lacked  int // the exit status of that, which does not end repeated reports
}

func (p *process) newJob(ctx context.Context, d *dialect, cmd *command) (*job, error) {
	o := &cmd.options
	sel, err := cmd.selection()
	if err != nil {
		return nil, err
	}
	if err := aboutSockets(o, sel); err != nil {
		return nil, err
	}
	j := &job{p: p, d: d, o: o, sel: sel, names: p.names(o)}
	ok := false
	defer func() {
		if !ok {
			j.close()
		}
	}()
	if err := j.openPlaces(ctx); err != nil {
		return nil, err
	}
	if err := j.tables(); err != nil {
		return nil, err
	}
	if err := j.prepare(); err != nil {
		return nil, err
	}
	ok = true
	return j, nil
}

// aboutSockets reports an option that tells more of sockets, where none are shown.
func aboutSockets(o *options.Options, sel *view.Selection) error {
	if sel.View == fact.Sockets {
		return nil
	}
	for _, option := range [...]struct {
		name  string
		given bool
	}{{"all-owners", o.AllOwners}, {"memory", o.Memory}, {"peers", o.Peers}, {"tcp-info", o.TCPInfo}} {
		if option.given {
			return errors.New("--" + option.name + " is about sockets, which this report does not show")
		}
	}
	return nil
}

func (j *job) close() {
	for _, place := range slices.Concat(j.places, j.old) {
		_ = place.Source.Close()
	}
}

// openPlaces opens the host, its namespaces, or two recordings.
func (j *job) openPlaces(ctx context.Context) error {
	o, p := j.o, j.p
	switch {
	case len(o.DiffFiles) == 2 && o.Replay != "":
		return errors.New("--diff of two recordings looks at no other host")
	case len(o.DiffFiles) == 2 && o.DiffFiles[0] == "-" && o.DiffFiles[1] == "-":
		return errors.New("--diff: only one of the recordings can come from standard input")
	case len(o.DiffFiles) == 2:
		before, err := p.openRecording(o.DiffFiles[0])
		if err != nil {
			return err
		}
		j.old = []view.Place{{Source: before}}
		now, err := p.openRecording(o.DiffFiles[1])
		if err != nil {
			return err
		}
		j.warnRecordings(&before.Meta, &now.Meta)
		j.places = []view.Place{{Source: now}}
		j.p, j.names = p.replayed(now), now.Names()
		return nil
	case !o.SeveralNetns():
		src, netns, err := p.openHost(o)
		if err != nil {
			return unreadable{err}
		}
		j.places = []view.Place{{Source: src, Netns: netns}}
		return nil
	}
	j.openNamespaces(ctx)
	return nil
}

// prepare makes the request and the renderer.
func (j *job) prepare() error {
	o, sel := j.o, j.sel
	expr, err := j.filters()
	if err != nil {
		return err
	}
	format := o.Format
	if format == "" || format == "text" {
		format = "table"
	}
	columns, err := j.columns()
	if err != nil {
		return err
	}
	var facts fact.Needs
	if o.Columns != "" || o.GroupBy == "" && (format == "csv" || format == "table") {
		facts = fact.NeedsOf(columns)
	}
	j.addFacts(&facts)
	f := render.Format{Template: o.Template}
	if f.Kind, err = render.KindOf(format); err != nil {
		return err
	}
	if o.GroupBy == "" {
		facts.Add(render.Needs(f, sel.View))
	}
	if format != "csv" && format != "table" {
		// Wherever JSON has a process, it has its name.
		if need := expr.Needs(); facts.Owners || facts.Peers || need.Owners || need.Peers {
			facts.Process |= netstat.FactArgv0
		}
	}
	r := &j.request
	*r = view.Request{
		Tables: sel.Tables, Filter: expr, Facts: facts, AllOwners: o.AllOwners || !o.Count && o.GroupBy == "",
		Names: j.names, Limit: limitOf(o),
		Report: func(err error) { j.problem(err, false) },
	}
	if sel.NoInterface != nil {
		r.KeepInterface = func(i *netstat.Interface) bool {
			keep := sel.KeepInterface(i)
			j.interfaces = j.interfaces || keep
			return keep
		}
	}
	r.Denied = j.p.denied(j.d)
	if o.Delta {
		r.Deltas = view.NewDeltas(func() time.Time { return j.at })
	}
	if o.Diff {
		r.Diff = view.NewDiffer(nil)
	}
	if sel.View == fact.Sockets && expr.HasState() {
		anyState(sel.Plan)
	}
	renderOptions := render.Options{Width: j.p.columns(), Color: j.colored()}
	if o.Columns != "" {
		renderOptions.Facts = columns
	}
	if o.GroupBy != "" {
		if r.Group, err = view.ParseGrouping(sel.View, o.GroupBy, facts); err != nil {
			return err
		}
		if o.Columns != "" {
			if columns, err = r.Group.Choose(sel.View, o.Columns); err != nil {
				return err
			}
		}
		if o.Sort != "" {
			if r.Group.Sort, err = r.Group.ParseSort(sel.View, o.Sort); err != nil {
				return err
			}
		}
		renderOptions.Grouping = &render.Grouping{Keys: r.Group.Keys, Totals: r.Group.Totals}
	} else if o.Sort != "" {
		if r.Sort, err = view.ParseSort(sel.View, o.Sort); err != nil {
			return err
		}
	}
	// Whole rows have all addresses, and so has the column.
	r.Interfaces.Details = r.Interfaces.Details || j.wholeRows() || hasAddresses(columns) ||
		r.Group != nil && hasAddresses(r.Group.Keys) ||
		slices.ContainsFunc(r.Sort, func(k view.SortKey) bool { return k.Fact.Name == addresses })
	head := render.Head{
		View: sel.View, Program: "netstat " + version,
		Host: schema.Host{Name: j.p.hostName(), System: j.p.system},
	}
	j.render, err = render.New(f, j.p.stdout, head, columns, renderOptions)
	return err
}

// problem says what could not be read. final is for the error that ends a table.
func (j *job) problem(err error, final bool) {
	if final && j.missing(err) {
		return
	}
	status := j.d.failure
	if err == j.sel.NoInterface {
		status = j.d.missing
	} else if errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete) {
		if j.quiet(err, final) {
			return
		}
		status = j.d.missing
	}
	j.p.fail(j.d, status, err)
	if final || unreadSource(err) {
		j.status = max(j.status, status)
	}
	if j.render != nil {
		j.render.Problem(err)
	}
}

// quiet reports whether a table, or what is known of its rows, that this system lacks
// is nothing to complain of: of a table that was not named, one of a family whose
// protocols were not named, or the IPv6 half of one. That connections lack what was
// asked for is: an empty report of them would say something else.
func (j *job) quiet(err error, final bool) bool {
	var e *netstat.OpError
	named := errors.As(err, &e) && !final && e.Table.Protocol == netstat.TCP
	if !j.sel.Named && !named {
		return true
	}
	if e == nil || j.sel.View != fact.Sockets && j.sel.View != fact.Groups {
		return false
	}
	switch e.Table.Family {
	case netstat.Inet, netstat.Unix:
		return j.sel.Quiet && !named
	case netstat.Inet6:
		return j.sel.Quiet && !named || j.sel.View == fact.Groups || slices.ContainsFunc(j.sel.Plan.Queries, func(q view.Query) bool {
			return q.Table.Family == netstat.Inet && q.Table.Protocol == e.Table.Protocol
		})
	}
	return false
}

// report answers once.
func (j *job) report(ctx context.Context, at time.Time) error {
	j.at, j.interfaces = at, false
	if j.old != nil {
		for _, err := range view.RecordsOf(ctx, j.old, &j.request) {
			if err != nil {
				j.problem(err, true)
			}
		}
	}
	records := view.RecordsOf(ctx, j.places, &j.request)
	if j.o.Count {
		n := view.Count(records, func(err error) { j.problem(err, true) })
		j.lack()
		j.lackInterface()
		_, err := io.WriteString(j.p.stdout, fmt.Sprintln(n))
		return err
	}
	if err := j.render.Begin(at); err != nil {
		return err
	}
	for _, err := range j.unopened {
		j.render.Problem(err)
	}
	for r, err := range records {
		if err != nil {
			j.problem(err, true)
			continue
		}
		if err := j.render.Record(&r); err != nil {
			return err
		}
	}
	j.lack()
	j.lackInterface()
	return j.render.End()
}

// lackInterface says that the interface that was named is not there.
func (j *job) lackInterface() {
	if j.sel.NoInterface != nil && !j.interfaces && j.status == j.opened {
		j.problem(j.sel.NoInterface, true)
	}
}

// colored reports whether a table may have colours: where it is asked for, or
// on a terminal that shows them and where nobody has asked for none.
func (j *job) colored() bool {
	switch j.o.Color {
	case "always":
		return true
	case "never":
		return false
	}
	noColor, _ := j.p.getenv("NO_COLOR")
	term, _ := j.p.getenv("TERM")
	return j.p.tty && noColor == "" && term != "dumb"
}
