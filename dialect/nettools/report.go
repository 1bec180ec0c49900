// Package nettools implements the dialect of net-tools' netstat: its command
// line, and its text byte for byte as version 2.10 (Debian 2.10-0.1+deb12u2)
// prints it. docs/differences.md explains the exceptions. The package turns
// arguments into a view.Plan and rows into text; it collects nothing itself.
package nettools

import (
	"context"
	"errors"
	"io"
	"strconv"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Exit statuses of net-tools.
const (
	ExitOK      = 0   // everything requested was shown
	ExitMissing = 1   // this system lacks a table or family
	ExitMistake = 3   // the command line makes no sense
	ExitFailure = 255 // a table exists but could not be read
)

// Env holds what a report needs from outside.
type Env struct {
	Source netstat.Source
	Names  view.Names
	Stdout io.Writer
	Stderr io.Writer
	EUID   int // the effective user ID, for the text of a warning
	// Interactive reports whether Stdout is a terminal, read as it is
	// written.
	Interactive bool
	Round       int // number of earlier reports, with -c or a delay
	// Refine, if not nil, changes which sockets are shown.
	Refine func(*view.Plan)
	// Held, if not nil, reports whether an error is printed elsewhere.
	Held func(error) bool
	// Deltas, if not nil, turns counters into changes per second.
	Deltas *view.Deltas
}

// Report prints one report and returns the exit status: ExitOK if everything requested
// was shown.
func (c *Command) Report(ctx context.Context, env Env) int {
	r := &report{cmd: c, ctx: ctx, env: env, out: newOut(env.Stdout)}
	env.Names.NextReport()
	status := r.run()
	r.out.flush()
	if n := env.Names.GaveUp(); n > 0 && c.Verbose {
		r.say("netstat: " + strconv.Itoa(n) + " names not resolved in time\n")
	}
	if err := r.out.err; err != nil {
		// A reader that has closed the pipe ends it normally. That is
		// not an error to report.
		if !errors.Is(err, syscall.EPIPE) {
			r.say("netstat: " + ascii.OneLine(err) + "\n")
		}
		return ExitFailure
	}
	return status
}

// report is one call of Report in progress.
type report struct {
	cmd    *Command
	ctx    context.Context
	env    Env
	out    *out
	round  *view.Round
	sorts  bool // the rows of a section are sorted on request
	chosen bool // a filter or a limit leaves rows out
	// unnamed is set if tables were not named one by one, inet if IPv4
	// tables are shown.
	unnamed, inet bool
	status        int
	// incomplete is set once the report has said that tables are missing
	// because the kernel's files are.
	incomplete bool
	warned     bool   // ownerHeader has printed its warning
	head       func() // prints the header that is due before the next row; nil for none
}

// appendDeltaTitle begins a report on changes with a line that explains its numbers.
func (r *report) appendDeltaTitle(b []byte) []byte {
	if r.env.Deltas == nil {
		return b
	}
	at, elapsed := r.env.Deltas.Begin()
	blocks := r.cmd.Action == ActionInterfaces && r.cmd.Extend > 0
	if r.env.Round > 0 && !blocks { // which end in an empty line
		b = append(b, '\n')
	}
	b = at.Local().AppendFormat(b, time.DateTime)
	if elapsed == 0 {
		return append(b, " totals since boot\n"...)
	}
	b = append(b, " changes per second over the last "...)
	return append(ascii.AppendMilli(b, uint64(elapsed.Milliseconds())), " s\n"...)
}

// appendReading appends the value of a counter or its rate.
func appendReading(b []byte, n uint64, is view.Reading) []byte {
	switch is {
	case view.Rate:
		return ascii.AppendPerSecond(b, n)
	case view.Unknown:
		return append(b, "-/s"...)
	}
	return ascii.AppendUint(b, n)
}

// appendReadingRight is like appendReading, but right-aligned.
func appendReadingRight(b []byte, n uint64, width int, is view.Reading) []byte {
	if is == view.Total {
		return ascii.AppendUintRight(b, n, width)
	}
	var text [32]byte
	return ascii.AppendRight(b, string(appendReading(text[:0], n, is)), width)
}

// say prints a line on standard error. On a terminal the lines of the report that come
// before it are printed first; a pipe has them when the buffer is full, as in net-tools.
func (r *report) say(line string) {
	r.waiting()
	_, _ = io.WriteString(r.env.Stderr, line)
}

func (r *report) run() int {
	switch r.cmd.Action {
	case ActionRoutes:
		return r.routes()
	case ActionInterfaces:
		return r.interfaces()
	case ActionMasquerade:
		return r.masquerade()
	case ActionStatistics:
		return r.statistics()
	}
	return r.sockets()
}

func (r *report) held(err error) bool { return r.env.Held != nil && r.env.Held(err) }

// failed reports that a table could not be read, and returns the status for it.
func (r *report) failed(err error) int {
	if r.held(err) {
		return ExitFailure
	}
	r.say("netstat: " + ascii.OneLine(err) + "\n")
	return ExitFailure
}

// expected reports whether to ignore that a table lacks a fact on this system. A filter
// or an order requests the fact of every table. A table that was not named may lack it
// silently, and so may an IPv6 table whose IPv4 table reports it. For TCP the lack is
// always reported.
func (r *report) expected(e *netstat.OpError) bool {
	if !errors.Is(e, errors.ErrUnsupported) || errors.Is(e, netstat.ErrIncomplete) {
		return false
	}
	return r.unnamed && !r.cmd.Verbose && e.Table.Protocol != netstat.TCP || e.Table.Family == netstat.Inet6 && r.inet
}

// warning prints a warning that a Source reports while it reads.
func (r *report) warning(e *netstat.OpError) {
	if !errors.Is(e, netstat.ErrBogusRecord) {
		if r.expected(e) || r.held(e) {
			return
		}
		r.say("netstat: " + ascii.OneLine(e) + "\n")
		return
	}
	what := "tcp" // also for every other Internet table, as in net-tools 2.10
	switch e.Table.Family {
	case netstat.Inet, netstat.Inet6:
	case netstat.Unix:
		what = "unix"
	default:
		r.rareWarning(e.Table)
		return
	}
	r.say("warning, got bogus " + what + " line.\n")
}
