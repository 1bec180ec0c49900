package report

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"netstat"
	"netstat/diagnose"
	"netstat/fact"
	"netstat/options"
	"netstat/render"
	"netstat/schema"
	"netstat/snapshot"
	"netstat/view"
)

// diagnosing holds what rounds of a report about findings share.
type diagnosing struct {
	rules  []*diagnose.Rule
	of     map[string]*diagnose.Diagnosis // by the name of the network namespace
	looked schema.Looked
	said   map[string]bool                 // errors of this round
	owners func() (*netstat.Owners, error) // those of this round
	unread []error
	worst  netstat.Severity
	found  bool
}

// measured is the time between two moments of a running host if none is given.
const measured = time.Second

// findingsOf returns the selection of a report about findings. classic is what the other
// options select.
func findingsOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	switch {
	case classic.View != fact.Sockets:
		return nil, errors.New("--diagnose is a report of its own: remove the option for " + classic.View.String())
	case len(classic.Chosen) > 0 || len(o.Tables) > 0:
		return nil, errors.New("--diagnose reads what its rules need: remove the protocols and families")
	case o.Delta:
		return nil, errors.New("--diagnose excludes --delta")
	case o.Diff && len(o.DiffFiles) == 0:
		return nil, errors.New("--diagnose excludes --diff")
	}
	return &view.Selection{Tables: view.Tables{View: fact.Findings}, Named: true}, nil
}

// checkMoments returns an error for moments that --diagnose cannot have. interval and
// recorded are those of CheckRounds.
func (c *Choice) checkMoments(interval time.Duration, recorded bool) error {
	o := c.Options
	switch files := o.DiffFiles; {
	case len(files) == 1 && diagnose.Named(files[0]) != nil:
		return errors.New("a rule follows '=': --diagnose=" + files[0])
	case len(files) == 1:
		return errors.New("--diagnose FILE needs a second snapshot to compare with: --diagnose OLD NEW, --diagnose DIR --from=TIME, or --replay FILE --diagnose")
	case len(files) > 0 && interval > 0:
		return errors.New("--diagnose OLD NEW makes one report: remove the interval")
	case len(files) > 0 && o.MeasureSet:
		return errors.New("--diagnose OLD NEW compares two snapshots: remove the seconds")
	case recorded && (interval > 0 || o.Measure > 0):
		return errors.New("a snapshot does not change: remove the seconds (compare two snapshots with --diagnose OLD NEW)")
	}
	return nil
}

// prepareFindings sets what a report about findings needs.
func (r *Report) prepareFindings(o *render.Options) {
	d := &r.diagnosing
	d.of = make(map[string]*diagnose.Diagnosis)
	for _, rule := range diagnose.Rules() {
		if r.o.Rules == nil || slices.Contains(r.o.Rules, rule.Name) {
			d.rules = append(d.rules, rule)
		}
	}
	o.Looked = &d.looked
	if r.textOfFindings() {
		o.Findings = &render.FindingsText{Chinese: r.host.Chinese, Continued: cmp.Or(r.host.Continued, `\`), Height: r.host.Height, Limit: r.request.Limit, Rules: len(d.rules)}
		r.request.Limit = 0
	}
}

// textOfFindings reports whether the report is the text about findings.
func (r *Report) textOfFindings() bool {
	o := r.o
	return r.sel.View == fact.Findings && o.Format == (render.Format{}) && o.Columns == "" && o.GroupBy == "" && !o.Count
}

// diagnosis returns the Diagnosis of a place.
func (r *Report) diagnosis(p *view.Place) *diagnose.Diagnosis {
	d := r.diagnosing.of[p.Netns]
	if d == nil {
		netns := ""
		if len(r.o.Netns) > 0 {
			netns = p.Netns
		}
		_, recorded := p.Source.(*snapshot.Source)
		d = diagnose.New(r.diagnosing.rules, diagnose.Options{
			Owners: r.owners, Recorded: recorded, Chinese: r.host.Chinese && r.o.Format.Table(), System: r.host.System, Netns: netns,
			Report: func(err error) { r.unreadPart(err, true) }, Warn: func(err error) { r.unreadPart(err, false) },
		})
		r.diagnosing.of[p.Netns] = d
	}
	return d
}

// owners finds the owners of all sockets, which the namespaces of a host have in common,
// once in each round.
func (r *Report) owners(ctx context.Context, src netstat.Source) (*netstat.Owners, error) {
	d := &r.diagnosing
	if d.owners == nil {
		d.owners = sync.OnceValues(func() (*netstat.Owners, error) { return src.Owners(ctx, netstat.OwnerQuery{}) })
	}
	return d.owners()
}

// unreadPart reports an error of reading a part of the host, once in each round. final is
// set if it ends the part. Rules
// say themselves what the system lacks.
func (r *Report) unreadPart(err error, final bool) {
	d := &r.diagnosing
	if errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete) || d.said[err.Error()] {
		return
	}
	d.said[err.Error()] = true
	status := Failed
	if !final && !unreadSource(err) {
		status = Complete
	}
	r.host.say(err, status)
	r.status = max(r.status, status)
	d.unread = append(d.unread, err)
}

// diagnose looks at every place, for the first time at two moments if rules compare, and
// returns the time of the last moment.
func (r *Report) diagnose(ctx context.Context, at time.Time) time.Time {
	d := &r.diagnosing
	d.looked, d.said, d.unread, d.worst, d.found = schema.Looked{}, map[string]bool{}, nil, netstat.Info, false
	r.request.Findings, d.owners = nil, nil
	if r.rounds <= 1 {
		at = r.firstMoment(ctx, at)
	}
	maps.DeleteFunc(d.of, func(netns string, _ *diagnose.Diagnosis) bool { // those that are gone
		return !slices.ContainsFunc(r.places, func(p view.Place) bool { return p.Netns == netns })
	})
	denied := false
	for i := range r.places {
		p := &r.places[i]
		result := r.diagnosis(p).Look(ctx, p.Source, at)
		for i := range result.Findings {
			if f := &result.Findings[i]; f.Command != "" {
				f.Command = r.completed(f.Command, f.Subject.Netns)
			}
		}
		r.request.Findings = append(r.request.Findings, result.Findings...)
		d.looked.Add(result.Looked)
		for _, u := range result.Unlooked {
			add := schema.Unlooked{Rule: u.Rule, Why: u.Why}
			if r.several() {
				add.Netns = p.Netns
			}
			d.looked.Add(nil, add)
		}
		denied = denied || result.OwnersDenied
	}
	slices.SortStableFunc(r.request.Findings, func(a, b netstat.Finding) int { return int(b.Severity) - int(a.Severity) })
	for i := range r.request.Findings {
		f := &r.request.Findings[i]
		if r.request.Filter.Match(&fact.Record{Finding: f, Netns: f.Subject.Netns}) {
			d.found, d.worst = true, max(d.worst, f.Severity)
		}
	}
	if denied && r.host.Advice != "" {
		r.denied(false)
	}
	return at
}

// completed returns a command line that shows a finding of a network namespace of the
// report.
func (r *Report) completed(command, netns string) string {
	if netns != "" {
		command = "--netns " + Quoted(netns) + " " + command
	}
	if r.host.Command != nil {
		command = r.host.Command(command)
	}
	return command
}

// Quoted returns a word for a POSIX shell, in quotes if it needs them.
func Quoted(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// firstMoment reads the moment that the first round compares with, if rules compare, and
// returns the time of the next one.
func (r *Report) firstMoment(ctx context.Context, at time.Time) time.Time {
	wait := measured
	if r.o.MeasureSet {
		wait = r.o.Measure
	}
	switch {
	case r.host.Old != nil:
		if len(r.places) > 0 && len(r.host.Old) > 0 {
			r.diagnosis(&r.places[0]).Prepare(ctx, r.host.Old[0].Source, r.host.OldTime)
		}
		return at
	case r.host.Sleep == nil || wait == 0 || r.wholeHost():
		return at
	}
	waits := false
	for i := range r.places {
		if d := r.diagnosis(&r.places[i]); d.Compares() {
			d.Prepare(ctx, r.places[i].Source, at)
			waits = true
		}
	}
	if waits {
		return r.host.Sleep(wait)
	}
	return at
}

// FindingStatus returns the exit status for what the last round found: 2 for a critical
// finding, 1 for a warning, 0 for less or if the request has no --fail-on.
func (r *Report) FindingStatus() int {
	d := &r.diagnosing
	switch {
	case r.o.FailOn == "" || !d.found:
	case d.worst == netstat.Critical:
		return 2
	case d.worst == netstat.Warning && r.o.FailOn == netstat.Warning.String():
		return 1
	}
	return 0
}
