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
	text  string
	whats []string
	errs  []error
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
	switch {
	case system && (cause == syscall.EMFILE || cause == syscall.ENFILE):
		// Whether the system has it was not found out.
		t.failed = true
	case errors.Is(err, errors.ErrUnsupported) && !permission, errors.Is(err, netstat.ErrNoRoutes),
		errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		return
	case !trouble.Partial && !permission:
		t.failed = true
	}
	text := nettools.OneLine(err)
	if system {
		text = cause.Error()
	}
	i := slices.IndexFunc(t.causes, func(c *troubleCause) bool { return c.text == text })
	if i < 0 {
		i = len(t.causes)
		t.causes = append(t.causes, &troubleCause{text: text})
	}
	c := t.causes[i]
	if !slices.Contains(c.whats, trouble.What) {
		c.whats, c.errs = append(c.whats, trouble.What), append(c.errs, err)
	}
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
			for _, err := range c.errs {
				p.fail(d, 0, err)
			}
			continue
		}
		more := len(c.whats) - namedTroubles
		p.fail(d, 0, errors.New("cannot read "+strings.Join(c.whats[:namedTroubles], ", ")+" and "+
			strconv.Itoa(more)+" more: "+c.text))
	}
	if t.failed {
		return d.failure
	}
	return 0
}
