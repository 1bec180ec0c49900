// Package record keeps a directory of rounds: snapshots of one host, taken one after
// another. A [Recorder] adds rounds and removes old ones, and [Read] lists them so that one
// can be chosen by its time. What a snapshot holds is the subject of package snapshot, and
// how a time is written that of package options. docs/record.md describes the directory.
package record

import (
	"strings"
	"time"
)

const (
	// nameTime is the form of the time in a file name, in UTC. It has no colons, which
	// Windows does not permit.
	nameTime     = "2006-01-02T15-04-05.000Z"
	roundSuffix  = ".json.zst"
	failedSuffix = ".failed.json"
	// A round that is being written is hidden by the prefix and has the suffix in addition
	// to those of its later name.
	hiddenPrefix, hiddenSuffix = ".", ".tmp"
	lockName                   = ".lock"
)

// Content is the value of the field "content" of the document about a failed round.
const Content = "failed_round"

// Round is one attempt to take a snapshot.
type Round struct {
	// Time is when the round began, in UTC and milliseconds.
	Time time.Time
	// Failed reports whether there is no snapshot, but a document about the error.
	Failed bool
}

// Name returns the name of the round's file in its directory.
func (r Round) Name() string {
	suffix := roundSuffix
	if r.Failed {
		suffix = failedSuffix
	}
	return r.Time.UTC().Format(nameTime) + suffix
}

// parseName returns the round whose file has a name.
func parseName(name string) (r Round, ok bool) {
	text, ok := strings.CutSuffix(name, roundSuffix)
	if !ok {
		if text, r.Failed = strings.CutSuffix(name, failedSuffix); !r.Failed {
			return r, false
		}
	}
	t, err := time.Parse(nameTime, text)
	r.Time = t
	// Parse also accepts other digits than Format writes.
	return r, err == nil && r.Name() == name
}

// isHidden reports whether a name is that of a round that is being written.
func isHidden(name string) bool {
	text, hidden := strings.CutPrefix(name, hiddenPrefix)
	text, unfinished := strings.CutSuffix(text, hiddenSuffix)
	_, ok := parseName(text)
	return hidden && unfinished && ok
}
