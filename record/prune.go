package record

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netstat/internal/files"
	"netstat/snapshot"
)

// Prune removes the rounds that are not to be kept: first those in the future, from before
// the clock was set back, then the oldest. It removes no other files, not the newest
// snapshot, and no round that a kept one needs.
func (r *Recorder) Prune(now time.Time) error {
	if r.keep == (Keep{}) {
		return nil
	}
	present := now
	if r.added.After(now) { // another round had its time
		present = r.added
	}
	future := r.index(present.Add(1))
	p := pruning{Recorder: r, now: now, newest: r.newestSnapshot(future), gone: make([]bool, len(r.kept))}
	err := p.remove(future, len(r.kept))
	if err == nil {
		err = p.remove(0, future)
	}
	if slices.Contains(p.gone, true) {
		kept := r.kept[:0]
		for i, e := range r.kept {
			if !p.gone[i] {
				kept = append(kept, e)
			}
		}
		r.kept = kept
	}
	return r.concerns(err)
}

// newestSnapshot returns the index of the last snapshot before an index, else of the last
// one, -1 if there is none.
func (r *Recorder) newestSnapshot(before int) int {
	for i := before - 1; i >= 0; i-- {
		if !r.kept[i].Failed {
			return i
		}
	}
	for i := len(r.kept) - 1; i >= before; i-- {
		if !r.kept[i].Failed {
			return i
		}
	}
	return -1
}

// pruning is one call of Prune.
type pruning struct {
	*Recorder
	now    time.Time
	newest int    // index of the round that stays
	gone   []bool // by index in kept
}

// remove removes rounds from the index first to before the index end.
func (p *pruning) remove(first, end int) error {
	for i := first; i < end; i++ {
		e := &p.kept[i]
		old := p.keep.Age > 0 && p.now.Sub(e.Time) > p.keep.Age
		much := p.keep.Size > 0 && p.size > p.keep.Size
		if !old && !much {
			break
		}
		if p.gone[i] || i == p.newest || p.needed(i, p.gone) {
			continue
		}
		if err := p.removeFile(e.Name()); err != nil {
			return err
		}
		p.size -= e.room()
		p.gone[i] = true
		if !e.base.IsZero() {
			// The base may have been kept for this round only.
			i = max(p.index(e.base), first) - 1
		}
	}
	return nil
}

// index returns the index of the first round at or after a time.
func (r *Recorder) index(t time.Time) int {
	at, _ := slices.BinarySearchFunc(r.kept, t, func(e entry, t time.Time) int { return e.Time.Compare(t) })
	return at
}

// needed reports whether a round that is not gone needs another one. It says so as well if
// it cannot find out.
func (r *Recorder) needed(i int, gone []bool) bool {
	base := &r.kept[i]
	if base.Failed {
		return false
	}
	if ok := r.learn(base); !ok || !base.base.IsZero() {
		return !ok
	}
	for k := i + 1; k < len(r.kept); k++ {
		e := &r.kept[k]
		if e.Time.Sub(base.Time) > baseAge {
			break
		}
		if gone[k] || e.Failed {
			continue
		}
		if !r.learn(e) || e.base.Equal(base.Time) {
			return true
		}
	}
	return false
}

// learn finds out which round another one needs, and reports whether it could.
func (r *Recorder) learn(e *entry) bool {
	if !e.known {
		var err error
		e.base, err = r.baseOf(e.Name())
		e.known = err == nil
	}
	return e.known
}

// baseOf returns the time of the round that the round in a file needs, zero if none.
func (r *Recorder) baseOf(name string) (time.Time, error) {
	f, err := files.Open(filepath.Join(r.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, snapshot.BaseHead)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return time.Time{}, err
	}
	base, _, _ := snapshot.ReadBase(head[:n])
	round, _ := parseName(base.Name)
	return round.Time, nil
}

// removeFile removes the file of a round, unless something else has its name by now.
func (r *Recorder) removeFile(name string) error {
	name = filepath.Join(r.dir, name)
	info, err := os.Lstat(name)
	if err == nil && info.Mode().IsRegular() {
		err = os.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
