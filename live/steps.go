package live

import (
	"context"
	"time"

	"netstat"
	"netstat/view"
)

// Steps are the rounds of a record, through which keys step.
type Steps struct {
	Count int // number of rounds
	First int // index of the round that is shown first
	// Open opens the snapshot of a round.
	Open func(i int) (*Step, error)
}

// Step is the host in a round of a record.
type Step struct {
	Source netstat.Source
	Names  view.Names
	Time   time.Time
}

// Step reads a round of a record. It reads the one before as well, which rates and marks
// compare with, so that a round looks alike whichever way the user came. The error is that
// of opening the round.
func (d *Reader) Step(ctx context.Context, steps *Steps, i int, w Window) (*Round, error) {
	now, err := steps.Open(i)
	if err != nil {
		return nil, err
	}
	d.compared, d.shown = false, nil
	clear(d.before)
	d.meter, d.part = view.Meter{}, view.Meter{}
	var problem error
	if i > 0 {
		before, err := steps.Open(i - 1)
		if err == nil {
			if err = d.show(ctx, before); err == nil {
				compared := w
				compared.Details = 0
				d.Read(ctx, before.Time, compared)
			}
		}
		problem = err
	}
	if err := d.show(ctx, now); err != nil {
		return nil, err
	}
	r := d.Read(ctx, now.Time, w)
	if r.Step = i; problem != nil {
		r.Problems = append(r.Problems, problem)
	}
	return r, nil
}

// show makes the rounds show another host. It closes the one before.
func (d *Reader) show(ctx context.Context, s *Step) error {
	d.Close()
	d.host.Places, d.host.Names = []view.Place{{Source: s.Source}}, s.Names
	return d.Ask(ctx, d.live)
}

// stepBy shows another round of the record.
func (m *Model) stepBy(n int) Action {
	to := max(min(m.step+n, m.config.Rounds-1), 0)
	switch {
	case to != m.step:
		m.step, m.paused = to, false
		m.say("", false)
		return Action{Kind: Read}
	case n < 0:
		m.say(m.text("this is the first round", "已是第一轮"), false)
	default:
		m.say(m.text("this is the last round", "已是最后一轮"), false)
	}
	return Action{}
}

// scrollBy scrolls columns.
func (m *Model) scrollBy(n int) Action {
	if m.round != nil {
		m.left = max(min(m.left+n, len(m.round.Columns)-1), 0)
	}
	return Action{}
}
