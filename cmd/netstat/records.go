package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/filter"
	"netstat/options"
	"netstat/render"
	"netstat/schema"
	"netstat/snapshot"
	"netstat/view"
)

// refine makes what the classic text of a command line is to show besides its
// dialect's choice.
func (p *process) refine(src netstat.Source, cmd *command, names view.Names) (func(*view.Plan), error) {
	o := &cmd.options
	var expr *filter.Expr
	if o.Filtered() {
		sel, err := cmd.selection()
		if err != nil {
			return nil, err
		}
		if expr, err = p.expression(p.filterEnv(src), o, sel); err != nil {
			return nil, err
		}
	}
	if expr == nil && o.Limit == 0 {
		return nil, nil
	}
	return func(plan *view.Plan) {
		plan.Filter, plan.Limit, plan.Names = expr, limitOf(o), names
		if expr.HasState() {
			anyState(plan)
		}
	}, nil
}

func limitOf(o *options.Options) int { return int(min(o.Limit, 1<<31-1)) }

// expression reads --filter and its short forms; nil for none of them. Mistakes
// point at their place.
func (p *process) expression(env filter.Env, o *options.Options, sel *view.Selection) (*filter.Expr, error) {
	if !o.Filtered() {
		return nil, nil
	}
	if sel.View != view.Sockets {
		return nil, errors.New("filters choose sockets, which this report does not show")
	}
	env.Family = onlyFamily(sel.Plan)
	var all []*filter.Expr
	for _, text := range o.Filters {
		expr, err := filter.Parse(text, env)
		if err != nil {
			return nil, fmt.Errorf("--filter: %w", err)
		}
		all = append(all, expr)
	}
	short := filter.Short{States: o.States, Ports: o.Ports, PIDs: o.PIDs, Processes: o.Processes, Users: o.Users}
	expr, err := short.Expr(env)
	if err != nil {
		return nil, err
	}
	return filter.And(append(all, expr)...), nil
}

// onlyFamily is the family of all the sockets that are asked for, FamilyNone where
// there are several.
func onlyFamily(plan *view.Plan) (only netstat.Family) {
	for i := range plan.Queries {
		f := plan.Queries[i].Table.Family
		if i > 0 && f != only {
			return netstat.FamilyNone
		}
		only = f
	}
	return only
}

// mistake says what is wrong with the values of new options; of an expression
// it shows the place too.
func (p *process) mistake(d *dialect, err error) int {
	status := p.fail(d, d.mistake, err)
	var e *filter.Error
	if errors.As(err, &e) {
		for line := range strings.Lines(e.Caret() + "\n") {
			_, _ = io.WriteString(p.stderr, "  "+line)
		}
	}
	return status
}

// filterEnv turns names into numbers: those of the running system, but for a
// recorded host none that are not in the recording.
func (p *process) filterEnv(src netstat.Source) filter.Env {
	env := filter.Env{
		Service: func(name string) (uint16, bool) {
			for _, network := range []string{"tcp", "udp"} {
				if port, err := net.LookupPort(network, name); err == nil {
					return uint16(port), true
				}
			}
			return 0, false
		},
		Interface: func(name string) (uint32, bool) {
			for i, err := range src.Interfaces(context.Background(), netstat.InterfaceQuery{}) {
				if err == nil && i.Name == name && i.Index != 0 {
					return i.Index, true
				}
			}
			return 0, false
		},
	}
	if groups, ok := src.(netstat.Cgroups); ok {
		env.Cgroup = groups.CgroupID
	}
	if p.recorded != nil {
		p.recordedEnv(&env)
		return env
	}
	env.Host = func(name string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(context.Background(), "ip", name)
	}
	env.User = func(name string) (uint32, bool) {
		u, err := user.Lookup(name)
		if err != nil {
			return 0, false
		}
		id, err := strconv.ParseUint(u.Uid, 10, 32)
		return uint32(id), err == nil
	}
	return env
}

// recordedEnv takes the names of a recorded host from the recording. Services that
// it does not name are this system's.
func (p *process) recordedEnv(env *filter.Env) {
	names, here := p.recorded.Names(), env.Service
	env.Service = func(name string) (uint16, bool) {
		if port, ok := names.Port(name); ok {
			return port, true
		}
		return here(name)
	}
	env.Host = func(name string) ([]netip.Addr, error) {
		if list := names.Addresses(name); len(list) > 0 {
			return list, nil
		}
		return nil, errors.New("it is not in the recording")
	}
	if p.recorded.Meta.System == "windows" {
		return // owners have names there
	}
	env.User = names.UserNumber
	env.Cgroup = func(string) (uint64, error) {
		return 0, errors.New("paths of control groups are not recorded: cgroup_id compares their numbers")
	}
}

// records answers a command line in another form than the dialect's text.
func (p *process) records(ctx context.Context, d *dialect, cmd *command) int {
	o := &cmd.options
	job, err := p.newJob(ctx, d, cmd)
	var columns *view.ColumnError
	switch {
	case errors.As(err, &columns) && columns.Name == "help":
		return p.print(d, strings.Join(columns.All, "\n")+"\n")
	case err != nil:
		return p.mistake(d, err)
	}
	defer job.close()
	for round := 0; ; round++ {
		job.status = job.opened
		job.names.NextReport()
		if err := job.report(ctx, p.now()); err != nil {
			if errors.Is(err, syscall.EPIPE) {
				return d.failure
			}
			return p.fail(d, d.failure, err)
		}
		if cmd.interval == 0 || job.status != 0 && !o.Diff && !o.Delta {
			return job.status
		}
		p.sleep(cmd.interval)
	}
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
}

func (p *process) newJob(ctx context.Context, d *dialect, cmd *command) (*job, error) {
	o := &cmd.options
	sel, err := cmd.selection()
	if err != nil {
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

func (j *job) close() {
	for _, place := range slices.Concat(j.places, j.old) {
		_ = place.Source.Close()
	}
}

// openPlaces opens the host, its namespaces, or two recordings.
func (j *job) openPlaces(ctx context.Context) error {
	o, p := j.o, j.p
	switch {
	case len(o.DiffFiles) == 1:
		return errors.New("--diff compares two recordings, or, with an interval, one round with the next")
	case len(o.DiffFiles) == 2 && (len(o.Netns) > 0 || o.Replay != ""):
		return errors.New("--diff of two recordings looks at no other host")
	case len(o.DiffFiles) == 2:
		before, err := openRecording(o.DiffFiles[0])
		if err != nil {
			return err
		}
		j.old = []view.Place{{Source: before}}
		now, err := openRecording(o.DiffFiles[1])
		if err != nil {
			return err
		}
		j.places = []view.Place{{Source: now}}
		q := *p
		q.recorded = now
		q.hostName = func() string { return now.Meta.Name }
		q.system = now.Meta.System
		q.now = func() time.Time { return now.Meta.Time }
		j.p, j.names = &q, now.Names()
		return nil
	case len(o.Netns) == 0:
		src, err := p.open(p.collectOptions())
		if err != nil {
			return err
		}
		j.places = []view.Place{{Source: src}}
		return nil
	case p.recorded != nil:
		return errors.New("a recording is of one network namespace: --netns has no place beside --replay")
	}
	spaces, err := j.namespaces(ctx)
	if err != nil {
		return err
	}
	for i := range spaces {
		options := p.collectOptions()
		options.Netns = &spaces[i]
		src, err := p.open(options)
		if err != nil {
			j.unopenable(fmt.Errorf("network namespace %s: %w", spaces[i].Label(), err))
			continue
		}
		j.places = append(j.places, view.Place{Source: src, Netns: spaces[i].Label()})
	}
	return nil
}

// namespaces are those that --netns names, each once.
func (j *job) namespaces(ctx context.Context) (list []netstat.Namespace, err error) {
	add := func(ns netstat.Namespace) {
		if !slices.ContainsFunc(list, func(other netstat.Namespace) bool { return other.Inode == ns.Inode }) {
			list = append(list, ns)
		}
	}
	var failed []error
	for _, ref := range j.o.Netns {
		if ref != "all" {
			ns, err := collect.FindNamespace(ref)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			add(ns)
			continue
		}
		all, err := collect.Namespaces(ctx, netstat.NamespaceQuery{Report: func(e *netstat.OpError) { j.unopenable(e) }})
		if err != nil {
			return nil, err
		}
		for _, ns := range all {
			add(ns)
		}
	}
	if len(list) == 0 && len(failed) > 0 {
		return nil, failed[0]
	}
	for _, err := range failed {
		j.unopenable(err)
	}
	return list, nil
}

// unopenable says that a namespace cannot be looked at; the others are.
func (j *job) unopenable(err error) {
	j.opened = j.p.fail(j.d, j.d.failure, err)
	j.unopened = append(j.unopened, err)
}

func openRecording(name string) (*snapshot.Source, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	src, err := snapshot.Open(f)
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) {
			return nil, err
		}
		return nil, errors.New(name + ": " + err.Error())
	}
	return src, nil
}

// tables puts the tables of --family in the place of the classic choice.
func (j *job) tables() error {
	if len(j.o.Tables) == 0 {
		return nil
	}
	if j.sel.View != view.Sockets {
		return errors.New("--family chooses sockets, which this report does not show")
	}
	like := view.Query{}
	if len(j.sel.Plan.Queries) > 0 {
		like.Need.Facts = j.sel.Plan.Queries[0].Need.Facts
	}
	j.sel.Named = true
	j.sel.Plan.Queries = nil
	for _, list := range j.o.Tables {
		for name := range strings.SplitSeq(list, ",") {
			found := false
			for _, t := range netstat.Tables() {
				if name == "" {
					break
				}
				if name == t.String() || name == t.Protocol.String() || name == t.Family.String() || name == "all" {
					q := like
					q.Table, found = t, true
					j.sel.Plan.Queries = append(j.sel.Plan.Queries, q)
					if name == "all" {
						j.sel.Named = false
					}
				}
			}
			if !found {
				return errors.New("no kind of sockets is called '" + name + "'; there are " + tableNames())
			}
		}
	}
	return nil
}

func tableNames() string {
	var names []string
	for _, t := range netstat.Tables() {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

// extraColumns are those that options add to what a table shows by default.
func (j *job) extraColumns() (before, after []string) {
	o, plan := j.o, j.sel.Plan
	if o.Diff {
		before = append(before, "change")
	}
	if len(j.places) > 1 {
		before = append(before, "netns")
	}
	if o.Delta && j.sel.View == view.Statistics {
		after = append(after, "per_second")
	}
	if o.Delta && j.sel.View == view.Interfaces {
		after = append(after, "rx_packets_per_second", "rx_bytes_per_second", "tx_packets_per_second", "tx_bytes_per_second")
	}
	if j.sel.View != view.Sockets {
		return before, after
	}
	var facts netstat.Facts
	for i := range plan.Queries {
		facts |= plan.Queries[i].Need.Facts
	}
	if facts&netstat.FactUID != 0 {
		after = append(after, "user", "inode")
	}
	if facts&netstat.FactTimer != 0 {
		after = append(after, "timer", "timer_expires")
	}
	if o.TCPInfo {
		after = append(after, "rtt", "rttvar", "cwnd", "ssthresh", "mss", "retrans", "total_retrans",
			"bytes_acked", "bytes_received", "delivery_rate", "congestion")
	}
	if o.Memory {
		after = append(after, "rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "drops")
	}
	switch {
	case o.AllOwners:
		after = append(after, "owners")
	case plan.Owners:
		after = append(after, "pid", "process")
	}
	if o.Peers {
		after = append(after, "peer_pid", "peer_process")
	}
	return before, after
}

// prepare makes the request and the renderer.
func (j *job) prepare() error {
	o, sel := j.o, j.sel
	expr, err := j.filters()
	if err != nil {
		return err
	}
	if o.Diff && sel.View != view.Sockets {
		return errors.New("--diff is about sockets")
	}
	format := o.Format
	if format == "" || format == "text" {
		format = "table"
	}
	columns, err := j.columns()
	if err != nil {
		return err
	}
	var facts filter.Facts
	if o.GroupBy == "" && (format == "csv" || format == "table" || o.Columns != "") || o.Columns != "" {
		facts = view.ColumnFacts(columns)
	}
	j.addFacts(&facts)
	r := &j.request
	*r = view.Request{
		View: sel.View, Plan: sel.Plan, Filter: expr, Facts: facts, AllOwners: o.AllOwners,
		Names: j.names, Routes: sel.Routes, RareRoutes: sel.RareRoutes, Interfaces: sel.Interfaces,
		Counters: sel.Counters, Limit: limitOf(o),
		Report: func(err error) { j.problem(err, false) },
	}
	for _, f := range sel.Groups {
		r.Groups = append(r.Groups, netstat.GroupQuery{Family: f})
	}
	if o.Delta {
		r.Deltas = view.NewDeltas(j.p.now)
	}
	if o.Diff {
		r.Diff = view.NewDiffer(nil)
	}
	if sel.View == view.Sockets && (expr.HasState()) {
		anyState(sel.Plan)
	}
	renderOptions := render.Options{Width: j.p.columns(), Color: j.colored()}
	if o.GroupBy != "" {
		if r.Group, err = view.ParseGrouping(sel.View, o.GroupBy, facts); err != nil {
			return err
		}
		if o.Columns != "" {
			if _, err = r.Group.Choose(sel.View, o.Columns); err != nil {
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
	f := render.Format{Template: o.Template}
	if f.Kind, err = render.KindOf(format); err != nil {
		return err
	}
	head := render.Head{
		View: sel.View, Program: "netstat " + version,
		Host: schema.Host{Name: j.p.hostName(), System: j.p.system},
	}
	j.render, err = render.New(f, j.p.stdout, head, columns, renderOptions)
	return err
}

// filters reads the filter once for each namespace, as interfaces of one name have
// other numbers in each. Names have to be of one of them at least.
func (j *job) filters() (expr *filter.Expr, err error) {
	if len(j.places) < 2 || !j.o.Filtered() {
		var src netstat.Source = noSource{}
		if len(j.places) > 0 {
			src = j.places[0].Source
		}
		return j.p.expression(j.p.filterEnv(src), j.o, j.sel)
	}
	envs := make([]filter.Env, len(j.places))
	for i := range envs {
		envs[i] = j.p.filterEnv(j.places[i].Source)
	}
	for i := range j.places {
		env := envs[i]
		env.Interface = func(name string) (uint32, bool) {
			if n, ok := envs[i].Interface(name); ok {
				return n, true
			}
			elsewhere := slices.ContainsFunc(envs, func(e filter.Env) bool {
				_, ok := e.Interface(name)
				return ok
			})
			return noInterface, elsewhere
		}
		if j.places[i].Filter, err = j.p.expression(env, j.o, j.sel); err != nil {
			return nil, err
		}
	}
	return j.places[0].Filter, nil
}

// noInterface is a number that no interface has.
const noInterface = 1<<32 - 1

// noSource is a host that nothing can be asked, where no namespace could be opened.
type noSource struct{ netstat.Source }

func (noSource) Interfaces(context.Context, netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(func(netstat.Interface, error) bool) {}
}

// anyState lets a filter on states decide in the place of the classic choice.
func anyState(plan *view.Plan) {
	for i := range plan.Queries {
		plan.Queries[i].Keep = nil
		plan.Queries[i].Need.States = 0
	}
}

func (j *job) columns() ([]view.Column, error) {
	switch {
	case j.o.GroupBy != "":
		return nil, nil
	case j.o.Columns != "":
		return view.FindColumns(j.sel.View, j.o.Columns)
	}
	before, after := j.extraColumns()
	var list []view.Column
	if len(before) > 0 {
		columns, err := view.FindColumns(j.sel.View, strings.Join(before, ","))
		if err != nil {
			return nil, err
		}
		list = columns
	}
	list = append(list, view.DefaultColumns(j.sel.View)...)
	if len(after) > 0 {
		columns, err := view.FindColumns(j.sel.View, strings.Join(after, ","))
		if err != nil {
			return nil, err
		}
		list = append(list, columns...)
	}
	return list, nil
}

// addFacts adds what the options ask for, whatever columns there are.
func (j *job) addFacts(f *filter.Facts) {
	if j.sel.View != view.Sockets {
		return
	}
	plan := j.sel.Plan
	for i := range plan.Queries {
		f.Socket |= plan.Queries[i].Need.Facts
	}
	if j.o.TCPInfo {
		f.Socket |= netstat.FactTCPInfo
	}
	if j.o.Memory {
		f.Socket |= netstat.FactMemory
	}
	if plan.Owners || j.o.AllOwners {
		f.Owners = true
		f.Process |= plan.Process | netstat.FactArgv0
	}
	if j.o.Peers {
		f.Peers = true
		f.Process |= netstat.FactArgv0
	}
	if len(j.places) > 1 {
		f.NetNS = true
	}
}

// problem says what could not be read. final is for the error that ends a table.
func (j *job) problem(err error, final bool) {
	if errors.Is(err, errors.ErrUnsupported) && !j.sel.Named {
		return
	}
	status := j.p.fail(j.d, j.d.failure, err)
	if final {
		j.status = status
	}
	if j.render != nil {
		j.render.Problem(err)
	}
}

// report answers once.
func (j *job) report(ctx context.Context, at time.Time) error {
	if j.old != nil {
		for _, err := range view.RecordsOf(ctx, j.old, &j.request) {
			if err != nil {
				j.problem(err, true)
			}
		}
	}
	records := view.RecordsOf(ctx, j.places, &j.request)
	if j.o.Count {
		n := view.Count(j.kept(records), func(err error) { j.problem(err, true) })
		_, err := io.WriteString(j.p.stdout, fmt.Sprintln(n))
		return err
	}
	if err := j.render.Begin(at); err != nil {
		return err
	}
	for _, err := range j.unopened {
		j.render.Problem(err)
	}
	for r, err := range j.kept(records) {
		if err != nil {
			j.problem(err, true)
			continue
		}
		if err := j.render.Record(&r); err != nil {
			return err
		}
	}
	return j.render.End()
}

// kept leaves out what the classic command line does not choose of views other
// than sockets.
func (j *job) kept(records iter.Seq2[view.Record, error]) iter.Seq2[view.Record, error] {
	sel := j.sel
	if sel.KeepInterface == nil && sel.KeepCounter == nil {
		return records
	}
	return func(yield func(view.Record, error) bool) {
		for r, err := range records {
			if r.Interface != nil && sel.KeepInterface != nil && !sel.KeepInterface(r.Interface) ||
				r.Counter != nil && sel.KeepCounter != nil && !sel.KeepCounter(r.Counter) {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
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

// wantsRounds reports an option that compares a round with the one before, where
// there is one round only or nothing that it is about.
func (c *command) wantsRounds() error {
	o := &c.options
	if o.Delta {
		if sel, err := c.selection(); err == nil && sel.View != view.Statistics && sel.View != view.Interfaces {
			return errors.New("--delta is about counters: use it with statistics or interfaces")
		}
	}
	switch {
	case c.interval > 0:
	case o.Delta:
		return errors.New("--delta compares one round with the next: give an interval too")
	case o.Diff && len(o.DiffFiles) == 0:
		return errors.New("--diff compares one round with the next: give an interval too, or two recordings")
	}
	return nil
}

// joinDiff makes one word of --diff and each of the two files behind it.
func joinDiff(args []string) []string {
	i := slices.Index(args, "--diff")
	if end := slices.Index(args, "--"); end >= 0 && i > end {
		i = -1
	}
	if i < 0 || i+2 >= len(args) {
		return args
	}
	for _, word := range args[i+1 : i+3] {
		if word == "" || word[0] == '-' || strings.Trim(word, "0123456789.") == "" {
			return args
		}
	}
	return slices.Concat(args[:i], []string{"--diff=" + args[i+1], "--diff=" + args[i+2]}, args[i+3:])
}
