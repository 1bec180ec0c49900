package microsoft

import (
	"errors"
	"io"
	"strings"

	"netstat"
)

// say writes lines to standard error.
func (r *report) say(lines string) {
	if r.env.CRLF {
		lines = crlf(lines)
	}
	// What goes to Stdout before a message is not to come after it.
	if r.env.Interactive {
		r.out.flush()
	}
	_, _ = io.WriteString(r.env.Stderr, lines)
}

// remark says a thing that is no failure.
func (r *report) remark(text string) { r.say("netstat: " + text + "\n") }

func (r *report) held(err error) bool { return r.env.Held != nil && r.env.Held(err) }

// failed says that something could not be had.
func (r *report) failed(err error) {
	if !r.held(err) {
		r.remark(OneLine(err))
	}
	r.status = ExitFailure
}

// flaw passes on what a Source reports while it reads. It is no failure unless a
// whole source is lost: the other rows are there. That a system cannot list something
// is printed once, not for each table.
func (r *report) flaw(e *netstat.OpError) {
	if e.Unreadable() {
		r.failed(e)
		return
	}
	if errors.Is(e, errors.ErrUnsupported) {
		if r.lacks {
			return
		}
		r.lacks = true
	}
	if !r.held(e) {
		r.remark(OneLine(e))
	}
}

// elevated says, where -b is asked for, whether it is allowed. As on Windows
// there is no report without the privilege.
func (r *report) elevated() bool {
	if !r.cmd.Programs || r.cmd.Templates || r.env.Elevated == nil || r.env.Elevated() {
		return true
	}
	text := strings.TrimRight(r.env.ElevationText, "\r\n ")
	if text == "" {
		text = r.texts.elevation
	}
	r.say(text + "\n")
	r.status = ExitFailure
	return false
}

// OneLine returns an error's text, fit for one line of a terminal.
func OneLine(err error) string {
	return safe(strings.ReplaceAll(err.Error(), "\n", " "))
}
