// Package microsoft is the dialect of Microsoft's netstat.exe: its command
// line and its text, English and Simplified Chinese. docs/windows-formats.md
// says which of it is verified against captures of Windows and which is
// inferred. It turns arguments into a view.Plan and rows into text; it
// collects nothing itself, and knows no operating system: what a host does not
// tell is left blank.
package microsoft

import (
	"context"
	"errors"
	"io"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Exit statuses. No public evidence says what Windows returns: inferred.
const (
	ExitOK      = 0 // the report was printed
	ExitFailure = 1 // a mistake, want of privilege, or a table that could not be read
)

// Env is what a report gets from outside.
type Env struct {
	Source netstat.Source
	Names  view.Names
	Stdout io.Writer // UTF-8
	Stderr io.Writer
	// Lang is the language of the text, see [options.Chinese].
	Lang string
	// CRLF ends lines as Windows does.
	CRLF bool
	// Interactive says that a person reads Stdout as it is written.
	Interactive bool
	// HostName is what this machine calls itself, empty where it is not
	// known.
	HostName string
	// Elevated reports whether -b is allowed; it is called only for -b. nil
	// means that it is. ElevationText is the system's text where it is not;
	// empty for a text of our own.
	Elevated      func() bool
	ElevationText string
	// Refine, where not nil, changes what is shown of sockets.
	Refine func(*view.Plan)
	// Deltas, where not nil, makes counters changes per second.
	Deltas *view.Deltas
	// Now is the clock, for -i; nil for that of the system.
	Now func() time.Time
}

// Report answers the command once and returns the exit status: ExitOK when
// everything asked for was shown.
func (c *Command) Report(ctx context.Context, env Env) int {
	r := &report{cmd: c, ctx: ctx, env: env, texts: textsOf(env.Lang), out: newOut(env.Stdout, env.CRLF)}
	env.Names.NextReport()
	r.run()
	r.out.flush()
	if err := r.out.err; err != nil {
		// A reader that has gone away is how a pipe ends, not a failure to
		// speak of.
		if !errors.Is(err, syscall.EPIPE) {
			r.failed(err)
		}
		return ExitFailure
	}
	return r.status
}

// report is one Report under way.
type report struct {
	cmd    *Command
	ctx    context.Context
	env    Env
	texts  *texts
	out    *out
	status int
	lacks  bool // it has been said that the system cannot list something
}

// deltaTitle begins a report on changes with a line that says what its numbers are.
func (r *report) deltaTitle() {
	if r.env.Deltas == nil {
		return
	}
	at, elapsed := r.env.Deltas.Begin()
	b := r.out.buf
	if r.cmd.Statistics { // -e alone ends in an empty line
		b = append(b, '\n')
	}
	b = at.Local().AppendFormat(b, time.DateTime)
	if b = append(b, ' '); elapsed == 0 {
		b = append(b, r.texts.totals...)
	} else {
		b = ascii.AppendMilli(append(b, r.texts.changes...), uint64(elapsed.Milliseconds()))
		b = append(b, r.texts.seconds...)
	}
	b = append(b, '\n')
	if r.cmd.Ethernet {
		b = append(b, '\n')
	}
	r.out.buf = b
}

// run chooses the report. Where options for several are given, one decides in
// the order of the lines below; only -e and -s go together (inferred, except
// that -e and -s do and that -e is not disturbed by -t).
func (r *report) run() {
	switch c := r.cmd; {
	case c.Routes:
		r.routes()
	case c.Ethernet || c.Statistics:
		if c.Statistics && c.Protocol.sockets() && !r.elevated() {
			return
		}
		r.deltaTitle()
		if c.Ethernet {
			r.interfaces()
		}
		if c.Statistics {
			r.statistics()
			// Wine and ReactOS show the table after the section of its
			// protocol; there is no capture of Windows.
			if c.Protocol.sockets() && r.out.err == nil {
				r.connections()
			}
		}
	case c.NetworkDirect:
		r.networkDirect()
	case c.Ports:
		r.ports()
	default:
		if r.elevated() {
			r.connections()
		}
	}
}
