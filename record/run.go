package record

import (
	"context"
	"errors"
	"io"
	"time"

	"netstat/snapshot"
)

// Job is what [Recorder.Run] records and how.
type Job struct {
	// Interval is the time from one round to the next. Rounds that the one before delays
	// past their time are left out.
	Interval time.Duration
	// Limit is the number of rounds after which Run ends, 0 for no limit.
	Limit uint64
	Now   func() time.Time
	// Sleep waits, at most until the context is done.
	Sleep func(context.Context, time.Duration)
	// Meta describes the host at a time.
	Meta func(time.Time) snapshot.Meta
	// Take writes a snapshot of the host.
	Take func(context.Context, io.Writer, snapshot.Meta) error
	// Cause returns the error of a failed round as the round's document holds it.
	Cause func(error) error
	// Say is called with each error, but not again with one that repeats itself.
	Say func(error)
}

// Run records rounds until the context is done or the limit is reached. It continues after
// errors, and returns the number of rounds that failed.
func (r *Recorder) Run(ctx context.Context, j *Job) (failed uint64) {
	var said string // about the round before, "" if it was recorded
	var pruning string
	row := uint64(0) // of failed rounds
	start := j.Now()
	if newest := r.Newest(); newest.After(start) {
		j.Say(errors.New(r.dir + ": the newest round is of " + clock(newest) + ", in the future: --replay answers from that one"))
	}
	for n := uint64(1); ctx.Err() == nil; n++ {
		now := j.Now()
		meta := j.Meta(now)
		err := r.Add(now, func(w io.Writer) error { return j.Take(ctx, w, meta) })
		switch {
		case ctx.Err() != nil:
			return failed
		case err != nil:
			failed++
			row++
			if text := err.Error(); text != said {
				said = text
				j.Say(errors.New("cannot record this round, goes on trying: " + text))
			}
			// On a full disk this fails as well, which the message has said.
			_ = r.AddFailed(&meta, j.Cause(err))
		case said != "":
			j.Say(errors.New("recording again after " + count(int(row), "failed round")))
			said, row = "", 0
		}
		if err := r.Prune(now); err == nil {
			pruning = ""
		} else if text := err.Error(); text != pruning {
			pruning = text
			j.Say(errors.New("cannot remove old rounds: " + text))
		}
		if n == j.Limit {
			break
		}
		j.Sleep(ctx, untilNext(j.Now().Sub(start), j.Interval))
	}
	return failed
}

// untilNext returns the time to the next multiple of an interval.
func untilNext(since, interval time.Duration) time.Duration {
	return interval - max(since, 0)%interval
}
