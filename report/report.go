package report

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/render"
	"netstat/view"
)

// Host is what a Report reads from and reports to.
type Host struct {
	// Places lists the host, or its network namespaces, to read. The Report
	// closes them. If Open is set, it opens the namespaces that --netns
	// names, again for each round.
	Places []view.Place
	Open   func(netstat.Namespace) (netstat.Source, error)
	// Old is compared with Places. It is nil unless two snapshots are
	// compared.
	Old []view.Place
	// Command returns a command line for the user's dialect and shell that reads this
	// host, given one with net-tools' options and quoted for a POSIX shell. If it is nil,
	// findings have the latter.
	Command func(string) string
	// Continued ends a line of a command line that continues in the next one, "" for a
	// POSIX shell's.
	Continued string
	// OldTime is the time of Old, and NewTime that of Places then.
	OldTime, NewTime time.Time
	// Sleep waits between the two moments of a diagnosis and returns the time
	// afterwards. It is nil for a host that does not change.
	Sleep func(time.Duration) time.Time
	// Names maps user IDs to names. If it is nil, numbers are shown.
	Names view.Names

	// Program is the name and version of the program that writes the
	// report. Name and System are those of the host, System in Go's words.
	// Formats that include them show them.
	Program, Name, System string
	// Width is the width of the terminal in columns, 0 if there is none.
	// Height is its height in lines. Color asks for colours, Chinese for findings and
	// lost events in Chinese.
	Width, Height  int
	Color, Chinese bool
	// Privileged is set if the user can see the owners of all sockets: a table then shows
	// them.
	Privileged bool

	// Rounds is set if the host is a round of a record, which --watch compares with the
	// one before.
	Rounds bool

	// Polling forbids Follow other ways than to compare sockets.
	Polling bool

	// Say is called with each error when it is found, and with its effect on the report:
	// Complete for an error that only explains what rows lack. If Say is nil, errors are
	// ignored.
	Say func(err error, s Status)
	// Advice tells the user how to inspect the processes of others, as the function
	// Advice does. If it is "", denied processes are not reported.
	Advice string
}

func (h *Host) say(err error, s Status) {
	if h.Say != nil {
		h.Say(err, s)
	}
}

// Status is how complete a report is. A greater Status is worse.
type Status uint8

const (
	Complete Status = iota
	Absent          // this system lacks a family that --family names
	Missing         // this system lacks a requested table
	Failed          // a table, or a host, could not be read
)

// MistakeError is an error in a request that is found only while answering it.
type MistakeError struct{ Err error }

func (e *MistakeError) Error() string { return e.Err.Error() }
func (e *MistakeError) Unwrap() error { return e.Err }

// Report answers a Choice in a format other than a dialect's text, as often as
// Round is called.
type Report struct {
	w       io.Writer
	o       *options.Options
	sel     *view.Selection
	host    Host
	places  []view.Place
	request view.Request
	render  render.Renderer
	now     func() time.Time // nil if there is no clock
	rounds  int              // number of rounds begun
	once    bool             // only one round is requested
	// opened is the status of opening namespaces, and status that of the round.
	opened, status Status
	unopened       []error // errors of opening, which every round reports
	deniedNetns    *deniedNetns
	at             time.Time // time of the round
	before         time.Time // time of the previous round, zero if there is none
	silent         bool      // the round is only for the next one to compare with
	interfaces     bool      // some interface was shown in this round
	unasked        bool      // owners are shown by default, not on request

	meter view.Meter // measures sockets, from round to round

	// families lists the values of --family. lacking holds their tables that are missing in
	// this round. lackReported is set once this was reported.
	families     []family
	lacking      map[netstat.Table]error
	lackReported bool
	absent       bool // some of families are missing, which does not end repeated reports

	diagnosing diagnosing

	deniedReported bool // the warning that owners may be missing was given

	events view.EventRequest // for Follow
	inodes []uint32          // of the network namespaces in places
}

// New prepares a Report that writes to w. On an error it closes the host's
// places. The error is a mistake in the choice, or errors.ErrUnsupported for a
// fact that no table has.
func New(ctx context.Context, w io.Writer, c *Choice, host Host) (*Report, error) {
	r := newReport(w, c, host)
	if err := r.prepare(ctx, c); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func newReport(w io.Writer, c *Choice, host Host) *Report {
	return &Report{w: w, o: c.Options, host: host, places: host.Places, now: c.Now}
}

// Close closes the open places.
func (r *Report) Close() {
	for _, place := range slices.Concat(r.places, r.host.Old) {
		_ = place.Source.Close()
	}
}

// problem reports an error of reading. final is set for the error that ends a table.
func (r *Report) problem(err error, final bool) {
	if final && r.missing(err) {
		return
	}
	// A namespace has no routing table before its first route: it has no rows.
	if r.several() && errors.Is(err, netstat.ErrNoRoutes) {
		return
	}
	status := Failed
	if err == r.sel.NoInterface {
		status = Missing
	} else if errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete) {
		if r.quiet(err, final) {
			return
		}
		status = Missing
	}
	if !final && !unreadSource(err) {
		status = Complete
	}
	r.host.say(err, status)
	r.status = max(r.status, status)
	if r.render != nil && !r.silent {
		r.render.Problem(err)
	}
}

// denied reports that some processes cannot be inspected: once, or, if none is set, in
// each report that has no rows because of it.
func (r *Report) denied(none bool) {
	err := OwnersDenied(r.host.Advice, none)
	switch {
	case none:
		r.problem(err, true)
	case !r.deniedReported:
		r.deniedReported = true
		r.host.say(err, Complete)
	}
}

// quiet reports whether no error is needed about a table, or facts of its rows, that this
// system lacks: a table that was not named, one of a family whose protocols were not
// named, or the IPv6 half of a protocol. Missing facts of connections that were requested
// always need an error: an empty report would be misleading.
func (r *Report) quiet(err error, final bool) bool {
	var e *netstat.OpError
	named := errors.As(err, &e) && !final && e.Table.Protocol == netstat.TCP
	if r.o.Table != "" && e != nil { // the system has no table with a name
		return e.Table.Family == netstat.Inet6 && len(r.sel.Routes) > 1
	}
	if !r.sel.Named && !named {
		return true
	}
	if e == nil || r.sel.View != fact.Sockets && r.sel.View != fact.Groups && r.sel.View != fact.Neighbors && r.sel.View != fact.Rules {
		return false
	}
	switch e.Table.Family {
	case netstat.Inet, netstat.Unix:
		return r.sel.Quiet && !named && r.sel.View != fact.Neighbors && r.sel.View != fact.Rules
	case netstat.Inet6:
		return r.sel.Quiet && !named || r.sel.View == fact.Groups || r.sel.Plan != nil && slices.ContainsFunc(r.sel.Plan.Queries, func(q view.Query) bool {
			return q.Table.Family == netstat.Inet && q.Table.Protocol == e.Table.Protocol
		})
	}
	return false
}

// Round writes one report about the host at this time, or about two moments at their own
// times, and returns its Status.
// The error is a write error, an error of a template, or a [MistakeError].
// After an error the Report can only be closed.
func (r *Report) Round(ctx context.Context, at time.Time) (Status, error) {
	if r.several() && r.rounds > 0 {
		r.openNamespaces(ctx)
		var err error
		if r.request.Filter, err = r.filters(); err != nil {
			r.Close()
			return Complete, &MistakeError{err}
		}
	}
	if r.host.Old != nil {
		at = r.host.NewTime
	}
	r.rounds++
	r.status = r.opened
	if r.host.Names != nil {
		r.host.Names.NextReport()
	}
	if r.totals() {
		return r.status, r.writeTotals(ctx, at)
	}
	records := r.records(ctx, at)
	var err error
	if r.silent = r.rounds == 1 && r.MeasuresFirst(); r.silent {
		r.read(records)
	} else {
		err = r.write(records, r.at)
	}
	if r.several() {
		// Namespaces may disappear, but not while they are kept open.
		r.Close()
		r.places = nil
	}
	if r.status == Complete && r.absent {
		return Absent, err
	}
	return r.status, err
}

// several reports whether network namespaces are opened again for each round.
func (r *Report) several() bool { return r.host.Open != nil && r.o.SeveralNetns() }

// comparesRounds reports whether each round shows what has changed since the one
// before.
func (r *Report) comparesRounds() bool { return r.o.Diff && r.host.Old == nil && !r.once }

// measures reports whether the report is about the traffic of sockets.
func (r *Report) measures() bool { return r.o.Delta && r.sel.View == fact.Sockets }

// MeasuresFirst reports whether the first round writes nothing: it reads what the next
// one is compared with. Sockets have no rates before that.
func (r *Report) MeasuresFirst() bool { return r.measures() && r.host.Old == nil && !r.once }

// read reads the records of a round without showing them.
func (r *Report) read(records iter.Seq2[fact.Record, error]) {
	for _, err := range records {
		if err != nil {
			r.problem(err, true)
		}
	}
}

// elapsed returns the time between the moments that rates compare, 0 if there are none.
func (r *Report) elapsed() time.Duration {
	if !r.o.Delta || r.before.IsZero() {
		return 0
	}
	return max(r.at.Sub(r.before), 0)
}

// records begins a round and answers it.
func (r *Report) records(ctx context.Context, at time.Time) iter.Seq2[fact.Record, error] {
	if r.sel.View == fact.Findings {
		at = r.diagnose(ctx, at)
	}
	r.before, r.at, r.interfaces = r.at, at, false
	if r.host.Old != nil && r.sel.View != fact.Findings {
		r.at = r.host.OldTime
		r.request.At = r.at
		// Every counter of before is compared with.
		base := r.request
		if base.Deltas != nil {
			base.Filter, base.Limit, base.Sort, base.Group = nil, 0, nil, nil
		}
		for _, err := range view.RecordsOf(ctx, r.host.Old, &base) {
			if err != nil {
				r.problem(err, true)
			}
		}
		r.before, r.at = r.at, at
	}
	r.request.At = r.at
	return view.RecordsOf(ctx, r.places, &r.request)
}

// write writes the records of a round.
func (r *Report) write(records iter.Seq2[fact.Record, error], at time.Time) error {
	if r.o.Count {
		records = r.count(records)
	}
	if err := r.render.Begin(at); err != nil {
		return err
	}
	for _, err := range slices.Concat(r.unopened, r.diagnosing.unread) {
		r.render.Problem(err)
	}
	some := false
	var row fact.Record // not one for each record: it escapes
	for rec, err := range records {
		if err != nil {
			r.problem(err, true)
			continue
		}
		some = true
		row = rec
		if err := r.render.Record(&row); err != nil {
			return err
		}
	}
	r.lack()
	r.lackInterface()
	if !some {
		r.sayNoSocket()
	}
	return r.render.End()
}

// count replaces the records of a report by one record with their number.
func (r *Report) count(records iter.Seq2[fact.Record, error]) iter.Seq2[fact.Record, error] {
	return func(yield func(fact.Record, error) bool) {
		n := view.Count(records, func(err error) { r.problem(err, true) })
		// Of changes, the first round has none yet, and a quiet one nothing to say.
		if r.comparesRounds() && (r.rounds == 1 || n == 0) && r.o.Format == (render.Format{}) {
			return
		}
		yield(fact.Record{Group: &fact.Group{Count: n}}, nil)
	}
}

// lackInterface reports that the named interface does not exist.
func (r *Report) lackInterface() {
	if r.sel.NoInterface != nil && !r.interfaces && r.status == r.opened {
		r.problem(r.sel.NoInterface, true)
	}
}

// unreadSource reports whether a warning makes the report a failure.
func unreadSource(err error) bool {
	var op *netstat.OpError
	return errors.As(err, &op) && op.Unreadable()
}
