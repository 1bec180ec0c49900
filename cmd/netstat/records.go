package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"netstat"
	"netstat/filter"
	"netstat/options"
	"netstat/render"
	"netstat/schema"
	"netstat/snapshot"
	"netstat/view"
)

// refine makes what the classic text of a command line is to show besides its
// dialect's choice. netns is the name of the namespace that src is of.
func (p *process) refine(d *dialect, src netstat.Source, netns string, cmd *command, names view.Names) (func(*view.Plan), error) {
	o := &cmd.options
	var expr *filter.Expr
	var err error
	if o.Filtered() {
		sel, err := cmd.selection()
		if err != nil {
			return nil, err
		}
		if expr, err = p.expression(p.filterEnv(src), o, sel); err != nil {
			return nil, err
		}
	}
	if expr == nil && o.Limit == 0 && o.Sort == "" {
		return nil, nil
	}
	var keys []view.SortKey
	if o.Sort != "" {
		if keys, err = view.ParseSort(view.Sockets, o.Sort); err != nil {
			return nil, err
		}
	}
	denied := p.denied(d)
	return func(plan *view.Plan) {
		plan.Netns, plan.Denied = netns, denied
		plan.Filter, plan.Sort, plan.Limit, plan.Names = expr, keys, limitOf(o), names
		if expr.HasState() {
			anyState(plan)
		}
	}, nil
}

// denied says that owners may be missing: once, however often the report is repeated.
func (p *process) denied(d *dialect) func() {
	return sync.OnceFunc(func() {
		p.fail(d, 0, errors.New("some processes may not be looked into: owners may be missing"))
	})
}

// refines reports whether the classic text can show all that the options ask for
// besides the dialect's choice. That on sockets can be filtered, put in order and
// cut; the others have an order and parts of their own.
func (c *command) refines() bool {
	o := &c.options
	filters := len(o.Filters)+len(o.States)+len(o.Ports)+len(o.PIDs)+len(o.Processes)+len(o.Users) > 0
	if !filters && o.Sort == "" && o.Limit == 0 {
		return true
	}
	sel, err := c.selection()
	if err != nil {
		return o.Sort == "" && o.Limit == 0
	}
	return sel.View == view.Sockets
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
		Interface: func(name string) (uint32, bool) { return interfaceIndex(src, name) },
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
	if p.system == "windows" {
		return env // users have no numbers there
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

// choice is mistake, but for help in the place of a column: then it lists those there
// are.
func (p *process) choice(d *dialect, err error) int {
	var columns *view.ColumnError
	if errors.As(err, &columns) && columns.Name == "help" {
		return p.print(d, strings.Join(columns.All, "\n")+"\n")
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
	if sel.View == view.Sockets {
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
		q := *p
		q.recorded = now
		q.hostName = func() string { return now.Meta.Name }
		q.system = now.Meta.System
		q.now = func() time.Time { return now.Meta.Time }
		j.p, j.names = &q, now.Names()
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

// unreadable is an error of a host or a recording, where the command line is none.
type unreadable struct{ error }

func (e unreadable) Unwrap() error { return e.error }

// openRecording reads a recording, "-" from standard input.
func (p *process) openRecording(name string) (*snapshot.Source, error) {
	in := p.stdin
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable{err}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	src, err := snapshot.Open(in)
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) {
			return nil, unreadable{err}
		}
		return nil, unreadable{errors.New(name + ": " + err.Error())}
	}
	return src, nil
}

// warnRecordings says what makes a comparison of two recordings say little.
func (j *job) warnRecordings(old, now *snapshot.Meta) {
	if old.System != now.System || old.Name != now.Name {
		_, _ = io.WriteString(j.p.stderr, j.p.line(j.d, fmt.Errorf("the recordings are of two hosts, %s and %s", hostText(old), hostText(now))))
	} else if now.Time.Before(old.Time) {
		_, _ = io.WriteString(j.p.stderr, j.p.line(j.d, errors.New("the first recording is the later one: what it says was opened was closed")))
	}
}

func hostText(m *snapshot.Meta) string {
	name := m.Name
	if name == "" {
		name = "one without a name"
	}
	return name + " (" + m.System + ")"
}

// tables adds the tables of --family to those that are named otherwise, in the
// place of what there is unless something is named.
func (j *job) tables() error {
	if len(j.o.Tables) == 0 {
		return nil
	}
	if j.sel.View != view.Sockets {
		return errors.New("--family chooses sockets, which this report does not show")
	}
	queries := slices.Clone(j.sel.Chosen)
	// What another choice named stays named; the dialect's own does not, whose
	// place the kinds take.
	j.sel.Named = len(queries) > 0
	for _, list := range j.o.Tables {
		for name := range strings.SplitSeq(list, ",") {
			kind, err := j.kind(strings.ToLower(name))
			if err != nil {
				return err
			}
			j.kinds = append(j.kinds, kind)
			j.sel.Named, j.sel.Quiet = j.sel.Named || kind.name != allKinds, false
			for _, t := range kind.tables {
				if !slices.ContainsFunc(queries, func(q view.Query) bool { return q.Table == t }) {
					queries = append(queries, j.sel.Query(t))
				}
			}
		}
	}
	j.sel.Plan.Queries = queries
	return nil
}

// kind is a name that --family was given, with the tables that it stands for.
type kind struct {
	name   string
	tables []netstat.Table
}

// kind finds what a name stands for: a table, the protocol or the family of
// several, or all.
func (j *job) kind(name string) (kind, error) {
	k := kind{name: name}
	found := false
	for _, t := range netstat.Tables() {
		if name == "" || name != t.String() && name != t.Protocol.String() && name != t.Family.String() && name != allKinds {
			continue
		}
		found = true
		// SCTP has one table for both versions.
		if t != netstat.SCTP4 && (t.Family == netstat.Inet && j.sel.NoInet || t.Family == netstat.Inet6 && j.sel.NoInet6) {
			continue
		}
		k.tables = append(k.tables, t)
	}
	switch {
	case !found:
		return k, errors.New("no kind of sockets is called '" + name + "'; there are " + kindNames())
	case len(k.tables) == 0:
		return k, errors.New("--family " + name + " is of the version of IP that is left out")
	}
	return k, nil
}

const allKinds = "all"

// kindNames are the names that --family takes.
func kindNames() string {
	names := []string{netstat.Inet.String(), netstat.Inet6.String(), netstat.Bluetooth.String(), allKinds}
	for i, t := range netstat.Tables() {
		names = slices.Insert(names, i, t.String())
	}
	return strings.Join(names, ", ")
}

// missing takes note of a table of --family that this system does not have, and
// reports false for an error of another table.
func (j *job) missing(err error) bool {
	var e *netstat.OpError
	if !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &e) {
		return false
	}
	for i := range j.kinds {
		if slices.Contains(j.kinds[i].tables, e.Table) {
			if j.lacking == nil {
				j.lacking = map[netstat.Table]error{}
			}
			j.lacking[e.Table] = err
			return true
		}
	}
	return false
}

// lack says which of the names of --family this system has nothing of, in the
// first report only on standard error.
func (j *job) lack() {
	for i := range j.kinds {
		k := &j.kinds[i]
		if k.name == allKinds || slices.ContainsFunc(k.tables, func(t netstat.Table) bool { return j.lacking[t] == nil }) {
			continue
		}
		err := j.lacking[k.tables[0]]
		j.lacked = j.d.missing
		if !j.told {
			j.p.fail(j.d, j.d.missing, fmt.Errorf("no support for %s on this system: %w", k.name, err))
		}
		if j.render != nil {
			j.render.Problem(err)
		}
	}
	clear(j.lacking)
	j.told = true
}

// extraColumns are those that options add to what a table shows by default.
func (j *job) extraColumns() (before, after []string) {
	o, plan := j.o, j.sel.Plan
	if o.Diff {
		before = append(before, "change")
	}
	if o.SeveralNetns() {
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
	if facts&netstat.FactOffload != 0 {
		after = append(after, "offload")
	}
	if facts&netstat.FactTemplate != 0 {
		after = append(after, "template")
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
	if format != "csv" && format != "table" {
		// Wherever JSON has a process, it has its name.
		if need := expr.Facts(); facts.Owners || facts.Peers || need.Owners || need.Peers {
			facts.Process |= netstat.FactArgv0
		}
	}
	r := &j.request
	*r = view.Request{
		View: sel.View, Plan: sel.Plan, Filter: expr, Facts: facts, AllOwners: o.AllOwners || !o.Count && o.GroupBy == "",
		Names: j.names, Routes: sel.Routes, RareRoutes: sel.RareRoutes, Interfaces: sel.Interfaces,
		KeepInterface: sel.KeepInterface, Counters: sel.Counters, KeepCounter: sel.KeepCounter, Limit: limitOf(o),
		Report: func(err error) { j.problem(err, false) },
	}
	if sel.NoInterface != nil {
		r.KeepInterface = func(i *netstat.Interface) bool {
			keep := sel.KeepInterface(i)
			j.interfaces = j.interfaces || keep
			return keep
		}
	}
	for _, f := range sel.Groups {
		r.Groups = append(r.Groups, netstat.GroupQuery{Family: f})
	}
	r.Denied = j.p.denied(j.d)
	if o.Delta {
		r.Deltas = view.NewDeltas(func() time.Time { return j.at })
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
		slices.ContainsFunc(r.Sort, func(k view.SortKey) bool { return k.Column.Name == addresses })
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

// addresses is the column of interfaces that a system may be asked for apart.
const addresses = "addresses"

func hasAddresses(columns []view.Column) bool {
	return slices.ContainsFunc(columns, func(c view.Column) bool { return c.Name == addresses })
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
		// What shows whole rows says why there is none.
		f.Reasons = j.o.Columns == "" && j.o.GroupBy == "" && j.wholeRows()
	}
	if j.o.Peers {
		f.Peers = true
		f.Process |= netstat.FactArgv0
	}
	if j.o.SeveralNetns() {
		f.NetNS = true
	}
}

// wholeRows reports whether the form has all facts of a row and not only columns.
func (j *job) wholeRows() bool {
	return j.o.Format == "json" || j.o.Format == "ndjson" || j.o.Format == "template"
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
	if final {
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
	if e == nil || j.sel.View != view.Sockets && j.sel.View != view.Groups {
		return false
	}
	switch e.Table.Family {
	case netstat.Inet, netstat.Unix:
		return j.sel.Quiet && !named
	case netstat.Inet6:
		return j.sel.Quiet && !named || j.sel.View == view.Groups || slices.ContainsFunc(j.sel.Plan.Queries, func(q view.Query) bool {
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

// wantsRounds reports an option that compares a round with the one before, where
// there is one round only or nothing that it is about; recorded says that the
// host does not change.
func (c *command) wantsRounds(recorded bool) error {
	o := &c.options
	if !o.Delta && !o.Diff {
		return nil
	}
	sel, err := c.selection()
	if err == nil && o.Delta && sel.View != view.Statistics && sel.View != view.Interfaces {
		return errors.New("--delta is about counters: use it with statistics or interfaces")
	}
	if err == nil && o.Diff && sel.View != view.Sockets {
		return errors.New("--diff is about sockets")
	}
	files := len(o.DiffFiles) > 0
	switch {
	case len(o.DiffFiles) == 1:
		return errors.New("--diff compares two recordings, or, with an interval, one round with the next")
	case files && c.interval > 0:
		return errors.New("--diff of two recordings is one report: it has no interval")
	case files && o.Delta:
		return errors.New("--delta compares one round with the next, not two recordings")
	case files:
	case recorded:
		return errors.New("a recording does not change: --delta and --diff have nothing to compare there, but --diff OLD NEW compares two")
	case c.interval > 0:
	case o.Delta:
		return errors.New("--delta compares one round with the next: give an interval too")
	default:
		return errors.New("--diff compares one round with the next: give an interval too, or two recordings")
	}
	return nil
}

// joinDiff makes one word of --diff and each of the recordings behind it: two,
// or after --diff=OLD one.
func joinDiff(args []string) []string {
	for i, word := range args {
		if word == "--" {
			break
		}
		name, value, hasValue := strings.Cut(word, "=")
		if !strings.EqualFold(name, "--diff") {
			continue
		}
		joined := slices.Clone(args[:i])
		wanted := 2
		if hasValue {
			joined = append(joined, word)
			wanted = 1
		}
		rest := args[i+1:]
		for ; wanted > 0 && len(rest) > 0 && namesRecording(rest[0]); wanted-- {
			joined = append(joined, name+"="+rest[0])
			rest = rest[1:]
		}
		if len(joined) == i || hasValue && value == "" {
			return args
		}
		return append(joined, rest...)
	}
	return args
}

// namesRecording reports whether a word behind --diff is a file: neither an
// option of any dialect nor an interval. A path from the root is one if it goes
// on, or has a dot, since "/an" are options of Windows.
func namesRecording(word string) bool {
	if word == "-" {
		return true
	}
	if _, _, number := options.Seconds(word); number || word == "" || word[0] == '-' {
		return false
	}
	return word[0] != '/' || strings.ContainsAny(word[1:], "/.")
}
