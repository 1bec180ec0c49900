// Package nettools is the dialect of net-tools' netstat: its command line and
// its text, byte for byte as version 2.10 (Debian 2.10-0.1+deb12u2) prints it.
// Where it differs, docs/differences.md says why. It turns arguments into a
// view.Plan and rows into text; it collects nothing itself.
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

// Exit statuses of the original.
const (
	ExitOK      = 0   // everything asked for was shown
	ExitMissing = 1   // a table or family that this system lacks
	ExitMistake = 3   // a command line that makes no sense
	ExitFailure = 255 // a table that exists and could not be read
)

// Env is what a report gets from outside.
type Env struct {
	Source netstat.Source
	Names  view.Names
	Stdout io.Writer
	Stderr io.Writer
	EUID   int // the effective user, for the text of a warning
	// Interactive says that a person reads Stdout as it is written.
	Interactive bool
	Round       int // reports before this one, with -c or a delay
	// Refine, where not nil, changes what is shown of sockets.
	Refine func(*view.Plan)
	// Deltas, where not nil, makes counters changes per second.
	Deltas *view.Deltas
}

// Report answers the command once and returns the exit status: ExitOK when
// everything asked for was shown.
func (c *Command) Report(ctx context.Context, env Env) int {
	r := &report{cmd: c, ctx: ctx, env: env, out: newOut(env.Stdout)}
	env.Names.NextReport()
	status := r.run()
	r.out.flush()
	if n := env.Names.GaveUp(); n > 0 && c.Verbose {
		r.say("netstat: " + strconv.Itoa(n) + " names not resolved in time\n")
	}
	if err := r.out.err; err != nil {
		// A reader that has gone away is how a pipe ends, not a failure to
		// speak of.
		if !errors.Is(err, syscall.EPIPE) {
			r.say("netstat: " + OneLine(err) + "\n")
		}
		return ExitFailure
	}
	return status
}

// report is one Report under way.
type report struct {
	cmd    *Command
	ctx    context.Context
	env    Env
	out    *out
	round  *view.Round
	sorts  bool // the rows of a section stand in an order that was asked for
	chosen bool // a filter or a limit leaves rows out
	// unnamed says that tables were not named one by one, inet that IPv4's are
	// shown.
	unnamed, inet bool
	status        int
	// incomplete is set once it has been said that tables are missing for
	// want of the kernel's files.
	incomplete bool
	head       func() // prints the header that is due before the next row; nil for none
}

// appendDeltaTitle begins a report on changes with a line that says what its numbers
// are.
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

// appendReading appends a number that a counter or its rate is.
func appendReading(b []byte, n uint64, is view.Reading) []byte {
	switch is {
	case view.Rate:
		return ascii.AppendPerSecond(b, n)
	case view.Unknown:
		return append(b, "-/s"...)
	}
	return ascii.AppendUint(b, n)
}

// appendReadingRight is the same, aligned at the right.
func appendReadingRight(b []byte, n uint64, width int, is view.Reading) []byte {
	if is == view.Total {
		return ascii.AppendUintRight(b, n, width)
	}
	var text [32]byte
	return ascii.AppendRight(b, string(appendReading(text[:0], n, is)), width)
}

func (r *report) say(line string) { _, _ = io.WriteString(r.env.Stderr, line) }

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

// failed says that a table could not be read and returns the status for it.
func (r *report) failed(err error) int {
	r.say("netstat: " + OneLine(err) + "\n")
	return ExitFailure
}

// expected says whether a fact that a table lacks on this system is nothing to
// complain of: a filter or an order asks it of every table, and the table was not
// named, or is the IPv6 half of one that says it. Of TCP it is always told.
func (r *report) expected(e *netstat.OpError) bool {
	if !errors.Is(e, errors.ErrUnsupported) || errors.Is(e, netstat.ErrIncomplete) {
		return false
	}
	return r.unnamed && !r.cmd.Verbose && e.Table.Protocol != netstat.TCP || e.Table.Family == netstat.Inet6 && r.inet
}

// flaw passes on what a Source reports while it reads.
func (r *report) flaw(e *netstat.OpError) {
	if !errors.Is(e, netstat.ErrBogusRecord) {
		if r.expected(e) {
			return
		}
		r.say("netstat: " + OneLine(e) + "\n")
		return
	}
	what := "tcp" // also for every other Internet table, as in net-tools 2.10
	switch e.Table.Family {
	case netstat.Inet, netstat.Inet6:
	case netstat.Unix:
		what = "unix"
	default:
		r.rareFlaw(e.Table)
		return
	}
	r.say("warning, got bogus " + what + " line.\n")
}
