package snapshot

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"netstat"
)

// Troubles collects what a snapshot lacks and summarizes it in a few lines, in the
// order found. The zero value is ready to use.
type Troubles struct {
	// Failed reports whether something could not be read that this user may read.
	// Tables that the user may not read and facts missing from rows do not count.
	Failed bool
	// Denied reports whether some processes could not be inspected. Lines does not
	// mention it.
	Denied bool

	causes []*troubleCause
	told   map[troubleKey]bool
}

// troubleKey is a cause and what it affects; all processes count as one.
type troubleKey struct {
	cause, what string
	partial     bool
}

// troubleCause is one cause and everything it affects.
type troubleCause struct {
	text    string
	partial bool
	whats   []string
	errs    []error // first error of each of whats
	again   []int   // number of further errors of each
}

// fewTroubles is the number of tables with one cause up to which each has a line.
const fewTroubles = 3

// namedTroubles is the number of tables that a summary names.
const namedTroubles = 3

// Add adds a trouble. Its signature fits the report argument of Write. Tables that the
// system lacks and processes that have exited are ignored.
func (t *Troubles) Add(trouble Trouble) {
	err := trouble.Err
	if err == ErrOwnersDenied {
		t.Denied = true
		return
	}
	var cause syscall.Errno
	system := errors.As(err, &cause)
	permission := errors.Is(err, fs.ErrPermission)
	incomplete := errors.Is(err, netstat.ErrIncomplete)
	switch {
	case system && (cause == syscall.EMFILE || cause == syscall.ENFILE):
		// It is unknown whether the system has it.
		t.Failed = true
	case incomplete: // does not show what the system has
		t.Failed = t.Failed || (!trouble.Partial || unreadSource(err)) && !permission
	case errors.Is(err, errors.ErrUnsupported) && !permission, errors.Is(err, netstat.ErrNoRoutes),
		errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		return
	case !trouble.Partial && !permission:
		t.Failed = true
	}
	text := err.Error()
	var op *netstat.OpError
	if incomplete && errors.Is(err, errors.ErrUnsupported) && errors.As(err, &op) { // why the files cannot be read
		text = op.Err.Error()
	} else if system {
		text = cause.Error()
	} else if errors.Is(err, netstat.ErrBogusRecord) {
		text = netstat.ErrBogusRecord.Error()
	}
	partial := trouble.Partial && (!system || cause != syscall.EMFILE)
	if t.told[troubleKeyOf(text, trouble.What, partial)] {
		return
	}
	i := slices.IndexFunc(t.causes, func(c *troubleCause) bool { return c.text == text && c.partial == partial })
	if i < 0 {
		i = len(t.causes)
		t.causes = append(t.causes, &troubleCause{text: text, partial: partial})
	}
	c := t.causes[i]
	if k := slices.Index(c.whats, trouble.What); k >= 0 {
		c.again[k]++
		return
	}
	c.whats, c.errs, c.again = append(c.whats, trouble.What), append(c.errs, err), append(c.again, 0)
}

func troubleKeyOf(cause, what string, partial bool) troubleKey {
	if strings.HasPrefix(what, processTrouble) {
		what = processTrouble
	}
	return troubleKey{cause, what, partial}
}

// Next forgets the snapshot. Lines leaves out of the next ones what it has returned.
func (t *Troubles) Next() {
	for _, c := range t.causes {
		for _, what := range c.whats {
			if t.told == nil {
				t.told = make(map[troubleKey]bool)
			}
			t.told[troubleKeyOf(c.text, what, c.partial)] = true
		}
	}
	t.causes, t.Failed, t.Denied = nil, false, false
}

// unreadSource reports whether an error beside rows makes the report fail.
func unreadSource(err error) bool {
	var op *netstat.OpError
	return errors.As(err, &op) && op.Unreadable()
}

// Lines returns the messages to print, one error a line.
func (t *Troubles) Lines() (lines []error) {
	for _, c := range t.causes {
		if len(c.whats) <= fewTroubles {
			for i, err := range c.errs {
				if c.again[i] > 0 && c.text == netstat.ErrBogusRecord.Error() {
					err = errors.New(err.Error() + " and " + strconv.Itoa(c.again[i]) + " more")
				}
				lines = append(lines, err)
			}
			continue
		}
		more := len(c.whats) - namedTroubles
		verb := "cannot read "
		if c.partial {
			verb = "cannot read all of "
		}
		lines = append(lines, errors.New(verb+strings.Join(c.whats[:namedTroubles], ", ")+" and "+
			strconv.Itoa(more)+" more: "+c.text))
	}
	return lines
}
