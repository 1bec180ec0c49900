package main

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"netstat"
	"netstat/dialect/nettools"
	"netstat/snapshot"
)

// troubles are what a snapshot lacks, in the order in which it was found.
type troubles struct {
	causes []*troubleCause
	failed bool // something could not be read that this user might read
	denied bool // some processes cannot be inspected
}

// troubleCause is one reason and all that it concerns.
type troubleCause struct {
	text    string
	partial bool
	whats   []string
	errs    []error // the first of each of whats
	again   []int   // how many more of each there are
}

// fewTroubles is up to how many tables with one cause have a line each.
const fewTroubles = 3

// namedTroubles is how many of more tables are named.
const namedTroubles = 3

// add notes a trouble. What the system does not have is none, and so is a process
// that has ended meanwhile.
func (t *troubles) add(trouble snapshot.Trouble) {
	err := trouble.Err
	if err == snapshot.ErrOwnersDenied {
		t.denied = true
		return
	}
	var cause syscall.Errno
	system := errors.As(err, &cause)
	permission := errors.Is(err, fs.ErrPermission)
	incomplete := errors.Is(err, netstat.ErrIncomplete)
	switch {
	case system && (cause == syscall.EMFILE || cause == syscall.ENFILE):
		// Whether the system has it was not found out.
		t.failed = true
	case incomplete: // which says nothing about the system
		t.failed = t.failed || (!trouble.Partial || unreadSource(err)) && !permission
	case errors.Is(err, errors.ErrUnsupported) && !permission, errors.Is(err, netstat.ErrNoRoutes),
		errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		return
	case !trouble.Partial && !permission:
		t.failed = true
	}
	text := nettools.OneLine(err)
	var op *netstat.OpError
	if incomplete && errors.Is(err, errors.ErrUnsupported) && errors.As(err, &op) { // why the files cannot be read
		text = op.Err.Error()
	} else if system {
		text = cause.Error()
	} else if errors.Is(err, netstat.ErrBogusRecord) {
		text = netstat.ErrBogusRecord.Error()
	}
	partial := trouble.Partial && (!system || cause != syscall.EMFILE)
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

// unreadSource reports whether an error beside rows makes the report a failure.
func unreadSource(err error) bool {
	var op *netstat.OpError
	return errors.As(err, &op) && op.Unreadable()
}

// sayTroubles says what a snapshot lacks and returns the exit status: that of a
// report in which a table could not be read. Tables that this user may not read,
// and facts that rows lack, do not change it.
func (p *process) sayTroubles(d *dialect, t *troubles) int {
	if t.denied {
		p.denied(d)()
	}
	for _, c := range t.causes {
		if len(c.whats) <= fewTroubles {
			for i, err := range c.errs {
				if c.again[i] > 0 && c.text == netstat.ErrBogusRecord.Error() {
					err = errors.New(err.Error() + " and " + strconv.Itoa(c.again[i]) + " more")
				}
				p.fail(d, 0, err)
			}
			continue
		}
		more := len(c.whats) - namedTroubles
		verb := "cannot read "
		if c.partial {
			verb = "cannot read all of "
		}
		p.fail(d, 0, errors.New(verb+strings.Join(c.whats[:namedTroubles], ", ")+" and "+
			strconv.Itoa(more)+" more: "+c.text))
	}
	if t.failed {
		return d.failure
	}
	return 0
}
