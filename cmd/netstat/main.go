// Command netstat shows a host's network sockets, routes, interfaces and counters
// as net-tools' netstat does, or as Microsoft's.
package main

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"runtime"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/internal/ascii"
	"netstat/internal/early"
	"netstat/internal/files"
	"netstat/internal/message"
	"netstat/internal/resolve"
	_ "netstat/internal/stack"
	"netstat/live"
	"netstat/record"
	"netstat/report"
	"netstat/snapshot"
	"netstat/view"
)

func main() {
	collect.DefaultSignals()
	p := running()
	status := run(os.Args, p)
	p.restore()
	os.Exit(status)
}

// running returns the process as the system started it.
func running() *process {
	var restore func() // undoes what colors did to the terminal
	return &process{
		colors: func() (ok bool) {
			if restore == nil {
				restore, ok = collect.Colors(os.Stdout)
				return ok
			}
			return true
		},
		restore: func() {
			if restore != nil {
				restore()
			}
		},
		getenv:  os.LookupEnv,
		stdin:   os.Stdin,
		stdout:  collect.Output(os.Stdout),
		stderr:  collect.Output(os.Stderr),
		tty:     isTerminal(os.Stdout),
		errTTY:  func() bool { return isTerminal(os.Stderr) },
		inTTY:   func() bool { return isTerminal(os.Stdin) },
		crlf:    runtime.GOOS == "windows",
		dialect: systemDialect(),
		euid:    os.Geteuid(),
		open:    collect.Open,
		selinux: collect.SELinuxEnabled,
		columns: func() int { return collect.TerminalWidth(os.Stdout) },
		rows:    func() int { return collect.TerminalHeight(os.Stdout) },
		sleep:   files.Sleep,
		screen:  openScreen,
		version: buildVersion,

		system:         runtime.GOOS,
		now:            time.Now,
		elevated:       collect.Elevated,
		elevationText:  collect.ElevationText,
		systemLanguage: collect.Language,
		hostName:       collect.HostName,
		shows: func(text func() string) bool {
			return collect.Shows(os.Stdout, text) && collect.Shows(os.Stderr, text)
		},
	}
}

// isTerminal reports whether f is a character device. For one that is no
// terminal, such as /dev/null, the only effects are that the report is written
// in more pieces and in colour.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// process holds what the command needs from outside.
type process struct {
	getenv         func(string) (string, bool)
	stdin          io.Reader
	stdout, stderr io.Writer
	tty            bool        // stdout is a terminal
	errTTY         func() bool // stderr is a terminal
	inTTY          func() bool // stdin is a terminal
	crlf           bool        // lines end as on Windows if the dialect is that of Windows
	dialect        string      // dialect of the system
	euid           int
	open           func(collect.Options) (netstat.Source, error)
	selinux        func() bool
	// colors makes the terminal on stdout interpret the sequences of colours, and reports
	// whether it does; nil if it always does. restore undoes that.
	colors  func() bool
	restore func()
	columns func() int // width of the terminal on stdout; 0 if it is none
	rows    func() int // its height
	sleep   func(time.Duration)
	// screen opens the terminal for --watch. close restores it.
	screen func() (t live.Terminal, close func(), err error)
	// version returns this program's version; nil means an unreleased one.
	version func() string

	system         string // in Go's words
	now            func() time.Time
	elevated       func() bool
	elevationText  func() string // the system's message for missing privilege
	systemLanguage func() string
	hostName       func() string
	// lookup returns the name of an address; nil asks the system.
	lookup func(context.Context, netip.Addr) (string, error)
	// shows reports whether stdout and stderr can show a text; nil if they can
	// show any.
	shows func(text func() string) bool

	// recorded is the host if it is a snapshot. missing collects what reports requested
	// and the snapshot lacks.
	recorded *snapshot.Source
	missing  *snapshot.Missing
	// rounds lists the rounds of a directory if recorded is one of them.
	rounds *record.Rounds
}

// run executes one command line and returns the exit status. args[0] is the
// program's name.
func run(args []string, p *process) int {
	p, d, cmd, end, err := p.parse(args)
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	if end != nil {
		_, _ = io.WriteString(p.stderr, end.stderr)
		// Writing nothing must not report an error on a full device.
		if end.stdout != "" {
			return p.print(d, end.stdout, end.code)
		}
		return end.code
	}
	if cmd.options.Help != "" {
		return p.help(d, cmd)
	}
	if cmd.options.Licenses {
		return p.licenses(d)
	}
	if early.FewFiles {
		files.Spare(cmd.interval != 0)
	}
	choice := &report.Choice{Options: &cmd.options, Select: cmd.selection, Now: p.now}
	if err := choice.SplitNetns(); err != nil {
		return p.mistake(d, err)
	}
	if err := choice.CheckEvents(cmd.interval, p.recorded != nil); err != nil {
		return p.mistake(d, err)
	}
	if err := choice.CheckRecord(p.rounds != nil); err != nil {
		return p.mistake(d, err)
	}
	if err := p.chooseCompared(d, &cmd.options); err != nil {
		return p.fail(d, d.failure, err)
	}
	if err := choice.CheckHost(p.recorded != nil); err != nil {
		return p.mistake(d, err)
	}
	if err := choice.CheckWatch(); err != nil {
		return p.refused(d, err)
	}
	if report.ActOption(&cmd.options) != "" {
		if err := choice.CheckAct(cmd.interval, p.recorded != nil); err != nil {
			return p.mistake(d, err)
		}
		return p.act(context.Background(), d, cmd, choice)
	}
	if cmd.options.Snapshot != "" {
		return p.saveSnapshot(d, args, &cmd.options)
	}
	if cmd.options.Record != "" {
		return p.record(d, args, cmd)
	}
	if cmd.options.Redact {
		return p.mistake(d, errors.New("--redact applies only to --snapshot and --record"))
	}
	if err := choice.CheckRounds(cmd.interval, p.recorded != nil); err != nil {
		return p.mistake(d, err)
	}
	p.sayIgnored(d, cmd.ignored)
	if cmd.options.Watch {
		return p.watch(context.Background(), d, cmd, choice)
	}
	if cmd.options.Follow {
		return p.events(d, cmd, choice)
	}
	if choice.Classic() {
		return p.text(context.Background(), d, cmd, choice)
	}
	return p.records(context.Background(), d, cmd, choice)
}

// text prints reports in the dialect's text.
func (p *process) text(ctx context.Context, d *dialect, cmd *command, choice *report.Choice) int {
	src, netns, err := p.openHost(&cmd.options)
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	defer func() { _ = src.Close() }()
	h := host{source: src, names: p.names(d, &cmd.options, "-n")}
	var denied func(none bool)
	if cmd.options.Filtered() || cmd.options.Sort != "" {
		denied = p.denied(d)
	}
	if h.refine, err = choice.Refine(src, netns, h.names, p.say(d), denied); err != nil {
		return p.mistake(d, err)
	}
	if p.missing != nil {
		h.held = p.missing.Add
	}
	if cmd.options.Delta {
		h.deltas = view.NewDeltas(p.now)
	}
	for ; ; h.round++ {
		status := cmd.report(ctx, &h)
		p.sayUnnamed(d, h.names)
		p.sayMissing(d)
		if h.deltas != nil {
			h.deltas.NextRound()
		}
		if status != 0 || cmd.interval == 0 {
			return status
		}
		p.sleep(cmd.interval)
	}
}

// parseAs parses the command line in the dialect chosen by the command line,
// the environment or the system. Either cmd or end is nil.
func (p *process) parseAs(args []string) (d *dialect, cmd *command, end *ending) {
	d, args, bad := chooseDialect(args, p)
	if bad != nil {
		return d, nil, &ending{code: d.mistake, stderr: p.line(d, bad)}
	}
	cmd, end = d.parse(args, p)
	if end == nil && cmd.options.Dialect != "" && cmd.options.Dialect != d.name {
		// The option was abbreviated in a way that only this dialect
		// accepts.
		d = dialectOf(cmd.options.Dialect)
		cmd, end = d.parse(args, p)
	}
	return d, cmd, end
}

func (p *process) collectOptions() (o collect.Options) {
	o.Source, _ = p.getenv("NETSTAT_SOURCE")
	o.Owners, _ = p.getenv("NETSTAT_OWNERS")
	return o
}

// fail prints an error and returns status.
func (p *process) fail(d *dialect, status int, err error) int {
	_, _ = io.WriteString(p.stderr, p.line(d, err))
	return status
}

// say returns a function that calls fail for errors that do not affect the status. It
// leaves what a snapshot lacks to sayMissing.
func (p *process) say(d *dialect) func(error) {
	return func(err error) {
		if p.missing == nil || !p.missing.Add(err) {
			p.fail(d, 0, err)
		}
	}
}

// sayMissing reports what the last report requested and the snapshot lacks, unless it was
// reported before.
func (p *process) sayMissing(d *dialect) {
	if p.missing == nil {
		return
	}
	if err := p.missing.Line(); err != nil {
		p.fail(d, 0, err)
	}
}

// print writes a requested text and returns status.
func (p *process) print(d *dialect, text string, status int) int {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return p.fail(d, d.failure, err)
	}
	return status
}

// sayUnnamed reports why names are missing, except because of the time limit. Only names
// of the running host can be. (Asking for a type costs less at start-up than asking for a
// method.)
func (p *process) sayUnnamed(d *dialect, names view.Names) {
	if resolver, ok := names.(*resolve.Resolver); ok {
		for _, err := range resolver.Problems() {
			p.fail(d, 0, err)
		}
	}
}

// line returns the line that reports err.
func (p *process) line(d *dialect, err error) string {
	if message.Bilingual(err) {
		err = message.In(err, p.chinese())
	}
	if d.crlf && p.crlf {
		return "netstat: " + ascii.OneLine(err) + "\r\n"
	}
	return "netstat: " + ascii.OneLine(err) + "\n"
}
