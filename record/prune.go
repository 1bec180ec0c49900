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

// Prune removes the oldest rounds that are not to be kept. It removes no other files, not
// the newest snapshot, and no round that a kept one needs.
func (r *Recorder) Prune(now time.Time) error {
	newest := len(r.kept) - 1
	for newest >= 0 && r.kept[newest].Failed {
		newest--
	}
	gone := make([]bool, len(r.kept))
	removed := 0
	var err error
	for i := 0; i < len(r.kept) && err == nil; i++ {
		e := &r.kept[i]
		old := r.keep.Age > 0 && now.Sub(e.Time) > r.keep.Age
		much := r.keep.Size > 0 && r.size > r.keep.Size
		if !old && !much {
			break
		}
		if gone[i] || i == newest || r.needed(i, gone) {
			continue
		}
		if err = r.remove(e.Name()); err != nil {
			break
		}
		r.size -= e.room()
		gone[i] = true
		removed++
		if !e.base.IsZero() {
			// The base may have been kept for this round only.
			i = r.index(e.base) - 1
		}
	}
	if removed > 0 {
		kept := r.kept[:0]
		for i, e := range r.kept {
			if !gone[i] {
				kept = append(kept, e)
			}
		}
		r.kept = kept
	}
	return r.concerns(err)
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

// remove removes a file of a round, unless something else has its name by now.
func (r *Recorder) remove(name string) error {
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
