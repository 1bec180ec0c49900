package report

import (
	"errors"
	"fmt"
	"time"

	"netstat/fact"
	"netstat/options"
	"netstat/snapshot"
	"netstat/view"
)

// Choice is the request of a command line, without its dialect. Both fields are required.
// A Choice serves one report or its repetition: New changes its Selection.
type Choice struct {
	// Options holds the options that every dialect has.
	Options *options.Options
	// Select returns what the dialect's own options select. Its error is
	// one line that names what only the dialect's text supports. It is
	// called at most once, and not if everything is left to the dialect.
	Select func() (*view.Selection, error)
	// Now is the clock that Refine uses. If it is nil, the age of processes is unknown.
	Now func() time.Time

	selected bool
	sel      *view.Selection
	err      error
}

// selection returns the result of Select.
func (c *Choice) selection() (*view.Selection, error) {
	if !c.selected {
		if c.sel, c.err = c.Select(); c.err == nil {
			c.sel, c.err = ownReport(c.Options, c.sel)
		}
		c.selected = true
	}
	return c.sel, c.err
}

// View returns the type of the records that the choice selects.
func (c *Choice) View() (fact.View, error) {
	sel, err := c.selection()
	if err != nil {
		return fact.Sockets, err
	}
	return sel.View, nil
}

// Classic reports whether the dialect's text can show the request. Its socket tables can
// be filtered, sorted and limited; its other tables have an order and parts of their own.
// Short forms of filters alone are a question, which a table answers.
func (c *Choice) Classic() bool {
	o := c.Options
	if o.Any() {
		return false
	}
	if o.Delta {
		if sel, err := c.selection(); err == nil && sel.View == fact.Sockets {
			return false // no classic text has rates
		}
	}
	if o.Short() {
		if sel, err := c.selection(); err == nil && sel.Question {
			return false
		}
	}
	if !o.Filtered() && o.Sort == "" && o.Limit == 0 {
		return true
	}
	sel, err := c.selection()
	if err != nil {
		return o.Sort == "" && o.Limit == 0
	}
	return sel.View == fact.Sockets
}

// CheckHost returns an error for options that choose a host or a network
// namespace where none can be chosen. recorded is set if the host is a
// snapshot.
func (c *Choice) CheckHost(recorded bool) error {
	o := c.Options
	switch {
	case len(o.Netns) == 0:
	case recorded:
		return errors.New("a snapshot holds one network namespace: --netns and --replay exclude each other")
	case o.Snapshot != "" && o.SeveralNetns():
		return errors.New("a snapshot holds one network namespace: give --netns only one beside --snapshot")
	case len(o.DiffFiles) > 0:
		return errors.New(compareOption(o) + " OLD NEW excludes --netns and --replay")
	}
	return nil
}

// compareOption returns the option that compares two snapshots.
func compareOption(o *options.Options) string {
	switch {
	case o.Diagnose:
		return "--diagnose"
	case o.Delta:
		return "--delta"
	}
	return "--diff"
}

// CheckRounds returns an error for options that compare rounds if there is only
// one round, or nothing that they apply to. interval is the time between
// rounds, 0 for one report. recorded is set if the host is a snapshot, which
// does not change.
func (c *Choice) CheckRounds(interval time.Duration, recorded bool) error {
	o := c.Options
	if o.Format.Totals() {
		if err := c.checkTotals(interval); err != nil {
			return err
		}
	}
	switch {
	case o.Diagnose:
		return c.checkMoments(interval, recorded)
	case o.FailOn != "":
		return errors.New("--fail-on applies only to --diagnose")
	case !o.Delta && !o.Diff:
		return nil
	}
	sel, err := c.selection()
	if err == nil && o.Delta && !hasRates(sel.View) {
		return errors.New("--delta applies only to sockets, counters, interfaces and tracked connections (-s, -i, --conntrack)")
	}
	if o.Delta && o.Diff {
		return errors.New("--delta and --diff exclude each other")
	}
	if err == nil && o.Diff && sel.View != fact.Statistics && fact.Compared(sel.View) == nil {
		return errors.New("--diff does not apply to --summary and --get, whose rows are neither opened nor closed")
	}
	files := len(o.DiffFiles) > 0
	switch {
	case len(o.DiffFiles) == 1:
		return errors.New(compareOption(o) + " FILE needs a second snapshot to compare with: " + compareOption(o) + " OLD NEW, or " + compareOption(o) + " DIR --from=TIME")
	case files && interval > 0:
		return errors.New(compareOption(o) + " OLD NEW makes one report: remove the interval")
	case files:
	case recorded:
		return errors.New("a snapshot does not change: " + compareOption(o) + " needs a live host, or two snapshots: " + compareOption(o) + " OLD NEW")
	case interval > 0:
	case o.Delta:
		return errors.New("--delta compares one round with the next: add an interval, such as 5, or give two snapshots")
	default:
		return errors.New("--diff compares one round with the next: add an interval, such as 5, or give two snapshots")
	}
	return nil
}

// hasRates reports whether records of a view have counters that --delta compares.
func hasRates(v fact.View) bool {
	return v == fact.Sockets || v == fact.Statistics || v == fact.Interfaces || v == fact.Conntrack
}

// CheckForm returns an error for what is supported only by the dialect's text,
// and for two snapshots that cannot be compared.
func (c *Choice) CheckForm() error {
	o := c.Options
	sel, err := c.selection()
	if err != nil {
		return err
	}
	if err := aboutSockets(o, sel); err != nil {
		return err
	}
	switch {
	case len(o.DiffFiles) != 2:
	case o.Replay != "":
		return errors.New(compareOption(o) + " OLD NEW excludes --netns and --replay")
	case o.DiffFiles[0] == "-" && o.DiffFiles[1] == "-":
		return errors.New(compareOption(o) + " OLD NEW: only one can be standard input")
	}
	return nil
}

// aboutSockets returns an error for an option that adds facts about sockets to
// a report that shows none.
func aboutSockets(o *options.Options, sel *view.Selection) error {
	if sel.View == fact.Sockets {
		return nil
	}
	for _, option := range [...]struct {
		name  string
		given bool
	}{{"all-owners", o.AllOwners}, {"memory", o.Memory}, {"peers", o.Peers}, {"tcp-info", o.TCPInfo}} {
		if option.given {
			return errors.New("--" + option.name + " applies only to socket reports")
		}
	}
	return nil
}

// CompareSnapshots returns a warning if a comparison of two snapshots is of
// little use, because they are of different hosts or in the wrong order, or
// nil.
func CompareSnapshots(old, now *snapshot.Meta) error {
	if old.System != now.System || old.Name != now.Name {
		return fmt.Errorf("the snapshots are from two hosts: %s and %s", hostText(old), hostText(now))
	} else if now.Time.Before(old.Time) {
		return errors.New("the first snapshot is newer than the second: opened and closed are exchanged")
	}
	return nil
}

func hostText(m *snapshot.Meta) string {
	name := m.Name
	if name == "" {
		name = "unnamed"
	}
	return name + " (" + m.System + ")"
}
