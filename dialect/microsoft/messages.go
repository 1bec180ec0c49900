package microsoft

import (
	"errors"
	"io"
	"strings"

	"netstat"
	"netstat/internal/ascii"
)

// say writes lines to standard error.
func (r *report) say(lines string) {
	if r.env.CRLF {
		lines = crlf(lines)
	}
	// On a terminal, what was printed before the message must appear before
	// it.
	if r.env.Interactive {
		r.out.flush()
	}
	_, _ = io.WriteString(r.env.Stderr, lines)
}

// warn prints a warning, which leaves the exit status 0.
func (r *report) warn(text string) { r.say("netstat: " + text + "\n") }

func (r *report) held(err error) bool { return r.env.Held != nil && r.env.Held(err) }

// failed reports that something could not be read.
func (r *report) failed(err error) {
	if !r.held(err) {
		r.warn(ascii.OneLine(err))
	}
	r.status = ExitFailure
}

// warning prints a warning that a Source reports while it reads. It is an error only if a
// whole source is lost, since the other rows are shown. A message that the system cannot
// list a table is printed once, not for each table.
func (r *report) warning(e *netstat.OpError) {
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
		r.warn(ascii.OneLine(e))
	}
}

// elevated reports whether -b, if given, is allowed, and prints an error if
// not. As on Windows, nothing is shown without the privilege.
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
