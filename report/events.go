package report

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/internal/message"
	"netstat/options"
	"netstat/render"
	"netstat/schema"
	"netstat/view"
)

// CheckEvents returns an error for options that --events excludes. interval is the time
// between rounds, 0 for none. recorded is set if the host is a snapshot.
func (c *Choice) CheckEvents(interval time.Duration, recorded bool) error {
	o := c.Options
	if !o.Follow {
		return nil
	}
	if recorded {
		return message.SnapshotFixed.Err("--events")
	}
	if interval > 0 {
		return message.EventsInterval.Err()
	}
	for _, option := range [...]struct {
		name  string
		given bool
	}{
		{"all-owners", o.AllOwners}, {"close", o.Close}, {"count", o.Count}, {"delta", o.Delta}, {"diagnose", o.Diagnose}, {"diff", o.Diff}, {"group-by", o.GroupBy != ""},
		{"memory", o.Memory}, {"peers", o.Peers}, {"signal", o.Signal != ""}, {"snapshot", o.Snapshot != ""}, {"sort", o.Sort != ""}, {"summary", o.Summary}, {"table", o.Table != ""}, {"tcp-info", o.TCPInfo}, {"watch", o.Watch},
	} {
		if option.given {
			return message.Excludes.Err("--events", "--"+option.name)
		}
	}
	sel, err := c.selection()
	if err == nil && sel.View != fact.Sockets {
		return message.EventsOnlySockets.Err()
	}
	return err
}

// Default columns of events: of a table, of formats for programs, and those that JSON
// always has.
const (
	eventColumns   = "time,happened,local,remote,owners"
	machineColumns = "proto,local,remote,pid,process,uid,inode,cookie"
	everyEvent     = "event,time,source,old_state,new_state,lost_events"
)

// pollPeriod is the time between two comparisons where the system reports no events.
const pollPeriod = time.Second

// Follow writes events as they happen, until ctx is done or --limit is reached. The
// error is a write error, an error of a template, or a [MistakeError]; errors.ErrUnsupported
// means that the host does not report these events.
func (r *Report) Follow(ctx context.Context) (Status, error) {
	req := r.events
	req.Report = func(err error) { r.problem(err, false) }
	req.Ready = func(polled bool) {
		if !polled {
			return
		}
		text := message.Comparing
		if r.host.Advice == asRoot && !req.Polling {
			text = message.ComparingAdvice
		}
		r.host.say(text.Err(), Complete)
	}
	req.Polling = r.host.Polling
	if err := r.render.Begin(time.Now()); err != nil {
		return Complete, err
	}
	err := view.Events(ctx, r.places, &req, r.render.Record, r.render.End)
	return r.status, err
}

// NewFollower prepares a Report that writes to w, for Follow. On an error it closes the
// host's places. The error is a mistake in the choice.
func NewFollower(ctx context.Context, w io.Writer, c *Choice, host Host) (*Report, error) {
	r := newReport(w, c, host)
	if err := r.prepareEvents(ctx, c); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Report) prepareEvents(ctx context.Context, c *Choice) (err error) {
	if r.sel, err = c.selection(); err != nil {
		return err
	}
	if r.several() {
		r.openNamespaces(ctx)
		if len(r.places) == 0 {
			return message.NoNamespace.Err()
		}
	}
	if err := r.tables(); err != nil {
		return err
	}
	req := &r.events
	if req.Queries, err = r.eventQueries(); err != nil {
		return err
	}
	if req.Filter, err = r.filters(); err != nil {
		return err
	}
	if req.Filter.HasState() {
		for i := range req.Queries {
			req.Queries[i].Keep = nil
		}
	}
	columns, err := r.eventColumns()
	if err != nil {
		return err
	}
	if lacksFacts(req.Filter.Needs()) {
		return message.EventsFilter.Err()
	}
	o := r.o
	req.Facts = fact.NeedsOf(columns)
	req.Facts.Add(o.Format.Needs(fact.Sockets))
	if req.Facts.Owners || req.Filter.Needs().Owners {
		req.Facts.Process |= netstat.FactArgv0
	}
	req.Types, req.Named = eventTypes(o), len(o.Events) > 0
	req.Names, req.Limit, req.Period = r.host.Names, limitOf(o), pollPeriod
	if r.several() {
		req.All = slices.Contains(o.Netns, netstat.AllNamespaces)
		req.Netns, req.Label = r.inodes, r.netnsLabels(ctx)
	}
	format := o.Format
	if format.String() == "json" {
		if format, err = render.ParseFormat("ndjson"); err != nil {
			return err
		}
	}
	head := render.Head{View: fact.Sockets, Program: r.host.Program, Host: schema.Host{Name: r.host.Name, System: r.host.System}}
	r.render, err = render.New(format, r.w, head, columns, render.Options{Width: r.host.Width, Color: r.host.Color, Chinese: r.host.Chinese, Events: true})
	return err
}

// eventTypes returns the types that --events names, all for none.
func eventTypes(o *options.Options) (types netstat.EventTypes) {
	for t := netstat.EventOpened; t < netstat.EventLost; t++ {
		if len(o.Events) == 0 || slices.Contains(o.Events, t.String()) {
			types |= netstat.EventTypesOf(t)
		}
	}
	return types
}

// eventQueries returns the queries of tables that have events: those of TCP, and of UDP if
// it is named.
func (r *Report) eventQueries() (list []view.Query, err error) {
	named := r.sel.Named && !r.sel.Quiet
	chosen := r.sel.Plan.Queries
	if len(r.families) > 0 {
		chosen = r.sel.Chosen
	}
	for i := range chosen {
		if t := chosen[i].Table; named && !hasEvents(t) {
			return nil, noEventsOf(t.String())
		}
	}
	for i := range r.families {
		if f := &r.families[i]; !slices.ContainsFunc(f.tables, hasEvents) {
			return nil, noEventsOf(f.name)
		}
	}
	for _, q := range r.sel.Plan.Queries {
		switch {
		case !hasEvents(q.Table) || q.Table.Protocol == netstat.UDP && !named:
		case q.Need.Facts&netstat.FactTimer != 0:
			return nil, message.EventsTimers.Err()
		default:
			list = append(list, view.Query{Table: q.Table, Keep: q.Keep})
		}
	}
	if list == nil {
		return nil, message.EventsProtocols.Err()
	}
	return list, nil
}

func hasEvents(t netstat.Table) bool {
	return t.Protocol == netstat.TCP || t.Protocol == netstat.UDP
}

func noEventsOf(name string) error {
	return message.EventsNotProtocol.Err(name)
}

// eventColumns returns the columns to show.
func (r *Report) eventColumns() ([]fact.Fact, error) {
	o := r.o
	names := machineColumns
	machine := !o.Format.Table()
	json := o.Format.Named() && !o.Format.Columns()
	if !machine {
		names = eventColumns
		if slices.ContainsFunc(r.events.Queries, func(q view.Query) bool { return q.Table.Protocol == netstat.UDP }) {
			names = strings.Replace(names, "local", "proto,local", 1)
		}
	}
	if o.SeveralNetns() {
		names = strings.Replace(names, "local", "netns,local", 1)
	}
	if machine && !json {
		names = everyEvent + "," + names
	}
	if r.sel.Plan.Queries[0].Need.Facts&netstat.FactUID != 0 {
		names = strings.Replace(names, "uid,inode", "uid,user,inode", 1)
		names = strings.Replace(names, "owners", "owners,user,inode", 1)
	}
	normal, err := fact.Find(fact.Sockets, names)
	if err != nil {
		return nil, err
	}
	list := normal
	if o.Columns != "" {
		list, _, err = fact.Choose(o.Columns, normal, func(name string) ([]fact.Fact, error) { return fact.Find(fact.Sockets, name) })
		if err != nil {
			return nil, err
		}
	}
	all := slices.Contains(strings.Split(strings.ToLower(o.Columns), ","), "all")
	for i := 0; i < len(list); i++ {
		switch {
		case !lacksFacts(list[i].Needs):
		case all:
			list = slices.Delete(list, i, i+1)
			i--
		default:
			return nil, message.EventsColumn.Err(list[i].Name)
		}
	}
	if !json {
		return list, nil
	}
	every, err := fact.Find(fact.Sockets, everyEvent)
	return append(every, list...), err
}

// lacksFacts reports whether something needs facts that no event has, so that it would
// always be empty.
func lacksFacts(n fact.Needs) bool {
	return n.Socket&^view.EventFacts != 0 || n.Peers || n.Reasons
}

// netnsLabels returns a function that names network namespaces by their inodes, also those
// made later. The kernel may give the inode of one that is not opened to a new one: its name
// holds as long as its file leads to it.
func (r *Report) netnsLabels(ctx context.Context) func(uint32) string {
	opened := make(map[uint32]string)
	for i, inode := range r.inodes {
		opened[inode] = r.places[i].Netns
	}
	found := make(map[uint32]netstat.Namespace)
	next := make(map[uint32]time.Time) // when to search again for those not found
	holds := func(inode uint32) bool {
		ns, ok := found[inode]
		return ok && collect.LeadsTo(&ns)
	}
	return func(inode uint32) string {
		if name := opened[inode]; name != "" {
			return name
		}
		if began := time.Now(); !holds(inode) && !began.Before(next[inode]) {
			list, _ := collect.Namespaces(ctx, netstat.NamespaceQuery{})
			for i := range list {
				found[uint32(list[i].Inode)] = list[i]
			}
			if delete(next, inode); !holds(inode) {
				// The searches take at most a twentieth of the time.
				next[inode] = time.Now().Add(20 * time.Since(began))
			}
		}
		if ns, ok := found[inode]; ok {
			return ns.Label() // also of one that is gone
		}
		return unnamedNetns(inode)
	}
}

func unnamedNetns(inode uint32) string {
	ns := netstat.Namespace{Inode: uint64(inode)}
	return ns.Label()
}
