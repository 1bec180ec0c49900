package record

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"
)

// Rounds lists the rounds in a directory.
type Rounds struct {
	Dir string
	// Complete holds the rounds with a snapshot and Failed the others, the oldest first.
	Complete, Failed []Round
	// Chosen is the index of the complete round that is shown.
	Chosen int
}

// Read lists the rounds in a directory. It ignores every other file. The error says so if
// there is no snapshot.
func Read(dir string) (*Rounds, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	r := &Rounds{Dir: dir}
	for _, e := range entries {
		round, ok := parseName(e.Name())
		switch {
		case !ok || !e.Type().IsRegular():
		case round.Failed:
			r.Failed = append(r.Failed, round)
		default:
			r.Complete = append(r.Complete, round)
		}
	}
	slices.SortFunc(r.Complete, byTime)
	slices.SortFunc(r.Failed, byTime)
	if len(r.Complete) > 0 {
		return r, nil
	}
	if n := len(r.Failed); n > 0 {
		return nil, fmt.Errorf("%s: no snapshots, but %s", dir, count(n, "failed round"))
	}
	return nil, errors.New(dir + ": no snapshots of --record in this directory")
}

func byTime(a, b Round) int { return a.Time.Compare(b.Time) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Path returns the file of a complete round.
func (r *Rounds) Path(i int) string { return filepath.Join(r.Dir, r.Complete[i].Name()) }

// Newest returns the time of the newest complete round.
func (r *Rounds) Newest() time.Time { return r.Complete[len(r.Complete)-1].Time }

// At returns the index of the last complete round at or before a time. The error names the
// earliest round.
func (r *Rounds) At(t time.Time) (int, error) {
	i := sort.Search(len(r.Complete), func(i int) bool { return r.Complete[i].Time.After(t) })
	if i == 0 {
		return 0, fmt.Errorf("%s: no round at or before %s: the earliest is of %s", r.Dir, clock(t), clock(r.Complete[0].Time))
	}
	return i - 1, nil
}

// clock returns a time as messages show it.
func clock(t time.Time) string { return t.Local().Format("2006-01-02T15:04:05.999Z07:00") }

// Doubt returns a warning if the state of the host at a time may be another than that of
// the complete round before: rounds failed since, or there is a gap. It returns nil
// otherwise.
func (r *Rounds) Doubt(i int, t time.Time) error {
	at := r.Complete[i].Time
	failed := 0
	for _, f := range r.Failed {
		if f.Time.After(at) && !f.Time.After(t) {
			failed++
		}
	}
	late := t.Sub(at)
	switch {
	case failed > 0:
		return fmt.Errorf("%s: the round of %s is the last one before %s: %s since", r.Dir, clock(at), clock(t), count(failed, "failed round"))
	case late > 2*r.step(i):
		return fmt.Errorf("%s: the round of %s is the last one before %s: nothing was recorded for %s", r.Dir, clock(at), clock(t), late.Round(time.Second))
	}
	return nil
}

// Period is the time between two rounds if none is given.
const Period = 10 * time.Second

// neighbours is the number of rounds on each side of a round that tell the usual time
// between two.
const neighbours = 10

// step returns the usual time between two rounds near a round: the median.
func (r *Rounds) step(i int) time.Duration {
	first, last := max(i-neighbours, 0), min(i+neighbours, len(r.Complete)-1)
	var steps []time.Duration
	for k := first; k < last; k++ {
		steps = append(steps, r.Complete[k+1].Time.Sub(r.Complete[k].Time))
	}
	if len(steps) == 0 {
		return Period
	}
	slices.SortFunc(steps, cmp.Compare[time.Duration])
	return steps[(len(steps)-1)/2]
}
