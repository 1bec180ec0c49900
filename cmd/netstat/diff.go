package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"netstat/fact"
	"netstat/options"
	"netstat/snapshot"
)

// wantsRounds reports an option that compares a round with the one before, where
// there is one round only or nothing that it is about; recorded says that the
// host does not change.
func (c *command) wantsRounds(recorded bool) error {
	o := &c.options
	if !o.Delta && !o.Diff {
		return nil
	}
	sel, err := c.selection()
	if err == nil && o.Delta && sel.View != fact.Statistics && sel.View != fact.Interfaces {
		return errors.New("--delta is about counters: use it with statistics or interfaces")
	}
	if err == nil && o.Diff && sel.View != fact.Sockets {
		return errors.New("--diff is about sockets")
	}
	files := len(o.DiffFiles) > 0
	switch {
	case len(o.DiffFiles) == 1:
		return errors.New("--diff compares two recordings, or, with an interval, one round with the next")
	case files && c.interval > 0:
		return errors.New("--diff of two recordings is one report: it has no interval")
	case files && o.Delta:
		return errors.New("--delta compares one round with the next, not two recordings")
	case files:
	case recorded:
		return errors.New("a recording does not change: --delta and --diff have nothing to compare there, but --diff OLD NEW compares two")
	case c.interval > 0:
	case o.Delta:
		return errors.New("--delta compares one round with the next: give an interval too")
	default:
		return errors.New("--diff compares one round with the next: give an interval too, or two recordings")
	}
	return nil
}

// joinDiff makes one word of --diff and each of the recordings behind it: two,
// or after --diff=OLD one.
func joinDiff(args []string) []string {
	for i, word := range args {
		if word == "--" {
			break
		}
		name, value, hasValue := strings.Cut(word, "=")
		if !strings.EqualFold(name, "--diff") {
			continue
		}
		joined := slices.Clone(args[:i])
		wanted := 2
		if hasValue {
			joined = append(joined, word)
			wanted = 1
		}
		rest := args[i+1:]
		for ; wanted > 0 && len(rest) > 0 && namesRecording(rest[0]); wanted-- {
			joined = append(joined, name+"="+rest[0])
			rest = rest[1:]
		}
		if len(joined) == i || hasValue && value == "" {
			return args
		}
		return append(joined, rest...)
	}
	return args
}

// namesRecording reports whether a word behind --diff is a file: neither an
// option of any dialect nor an interval. A path from the root is one if it goes
// on, or has a dot, since "/an" are options of Windows.
func namesRecording(word string) bool {
	if word == "-" {
		return true
	}
	if _, _, number := options.Seconds(word); number || word == "" || word[0] == '-' {
		return false
	}
	return word[0] != '/' || strings.ContainsAny(word[1:], "/.")
}

// warnRecordings says what makes a comparison of two recordings say little.
func (j *job) warnRecordings(old, now *snapshot.Meta) {
	if old.System != now.System || old.Name != now.Name {
		_, _ = io.WriteString(j.p.stderr, j.p.line(j.d, fmt.Errorf("the recordings are of two hosts, %s and %s", hostText(old), hostText(now))))
	} else if now.Time.Before(old.Time) {
		_, _ = io.WriteString(j.p.stderr, j.p.line(j.d, errors.New("the first recording is the later one: what it says was opened was closed")))
	}
}

func hostText(m *snapshot.Meta) string {
	name := m.Name
	if name == "" {
		name = "one without a name"
	}
	return name + " (" + m.System + ")"
}
