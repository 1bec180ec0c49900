// Package microsoft implements the dialect of Microsoft's netstat.exe: its
// command line and its text, in English and Simplified Chinese.
// docs/windows-formats.md lists which of it is verified against captures of
// Windows and which is inferred. The package turns arguments into a view.Plan
// and rows into text. It collects nothing itself and knows no operating system:
// a value that a host does not report is left blank.
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

// Exit statuses. They are inferred: no public evidence shows what Windows
// returns.
const (
	ExitOK      = 0 // the report was printed
	ExitFailure = 1 // a mistake, missing privilege, or a table that could not be read
)

// Env holds what a report needs from outside.
type Env struct {
	Source netstat.Source
	Names  view.Names
	Stdout io.Writer // UTF-8
	Stderr io.Writer
	// Lang is the language of the text, see [options.Chinese].
	Lang string
	// CRLF ends lines as Windows does.
	CRLF bool
	// Interactive reports whether Stdout is a terminal, read as it is
	// written.
	Interactive bool
	// HostName is this machine's name, or "" if unknown.
	HostName string
	// Elevated reports whether -b is allowed. It is called only for -b. nil
	// means that -b is allowed. ElevationText is the system's message for
	// -b without privilege, or "" for a message of our own.
	Elevated      func() bool
	ElevationText string
	// Refine, if not nil, changes which sockets are shown.
	Refine func(*view.Plan)
	// Held, if not nil, reports whether an error is printed elsewhere.
	Held func(error) bool
	// Deltas, if not nil, turns counters into changes per second.
	Deltas *view.Deltas
	// Now is the clock for -i. nil means that of the system.
	Now func() time.Time
}

// Report prints one report and returns the exit status: ExitOK if everything requested
// was shown.
func (c *Command) Report(ctx context.Context, env Env) int {
	r := &report{cmd: c, ctx: ctx, env: env, texts: textsOf(env.Lang), out: newOut(env.Stdout, env.CRLF)}
	env.Names.NextReport()
	r.run()
	r.out.flush()
	if err := r.out.err; err != nil {
		// A reader that has closed the pipe ends it normally. That is
		// not an error to report.
		if !errors.Is(err, syscall.EPIPE) {
			r.failed(err)
		}
		return ExitFailure
	}
	return r.status
}

// report is one call of Report in progress.
type report struct {
	cmd    *Command
	ctx    context.Context
	env    Env
	texts  *texts
	out    *out
	status int
	lacks  bool // the message that the system cannot list a table was printed
}

// deltaTitle begins a report on changes with a line that explains its numbers.
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
			// Wine and ReactOS show the table after the section of
			// its protocol. No capture of Windows is known.
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
