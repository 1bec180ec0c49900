package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"

	"netstat"
	"netstat/filter"
	"netstat/internal/message"
	"netstat/options"
	"netstat/report"
	"netstat/view"
)

// records prints reports in a format other than the dialect's text.
func (p *process) records(ctx context.Context, d *dialect, cmd *command, choice *report.Choice) int {
	if err := choice.CheckForm(); err != nil {
		return p.refused(d, err)
	}
	h, err := p.reportHost(d, &cmd.options)
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	r, err := report.New(ctx, p.stdout, choice, h)
	if err != nil {
		return p.refused(d, err)
	}
	defer r.Close()
	o := &cmd.options
	compares := o.Diff && len(o.DiffFiles) == 0
	measures := r.MeasuresFirst()
	repeats := o.Diff || o.Delta || o.Diagnose || h.Open != nil
	for {
		status, err := r.Round(ctx, p.now())
		switch {
		case errors.As(err, new(*report.MistakeError)):
			return p.mistake(d, err)
		case errors.Is(err, syscall.EPIPE):
			return d.failure
		case err != nil:
			return p.fail(d, d.failure, err)
		}
		p.sayUnnamed(d, h.Names)
		p.sayMissing(d)
		if measures && p.tty {
			p.fail(d, 0, errors.New("measuring for "+cmd.interval.String()))
		}
		measures = false
		if compares && p.tty {
			p.fail(d, 0, message.WaitingForChanges.Err())
		}
		compares = false
		if found := r.FindingStatus(); found != 0 {
			return found
		}
		if cmd.interval == 0 || status > report.Absent && !repeats {
			return d.statusOf(status)
		}
		p.sleep(cmd.interval)
	}
}

// statusOf returns the exit status for a report.
func (d *dialect) statusOf(s report.Status) int {
	switch s {
	case report.Complete:
		return 0
	case report.Failed:
		return d.failure
	}
	return d.missing
}

// refused reports why a request cannot be answered: a mistake, or a table that
// this system lacks.
func (p *process) refused(d *dialect, err error) int {
	if errors.Is(err, errors.ErrUnsupported) {
		return p.fail(d, d.missing, err)
	}
	return p.mistake(d, err)
}

// reportHost opens the host or two snapshots. If several network namespaces are
// requested, the report opens them.
func (p *process) reportHost(d *dialect, o *options.Options) (h report.Host, err error) {
	of := p // the process of the host
	switch {
	case len(o.DiffFiles) == 2:
		before, err := p.openSnapshot(o.DiffFiles[0])
		if err != nil {
			return h, err
		}
		now, err := p.openSnapshot(o.DiffFiles[1])
		if err != nil {
			return h, err
		}
		if o.Diagnose && now.Meta.Time.Before(before.Meta.Time) {
			before, now = now, before
			o.DiffFiles = []string{o.DiffFiles[1], o.DiffFiles[0]}
			p.fail(d, 0, errors.New("the first snapshot is newer than the second: compared in the order of their times"))
		}
		if err := report.CompareSnapshots(&before.Meta, &now.Meta); err != nil {
			p.fail(d, 0, err)
		}
		h.OldTime, h.NewTime = before.Meta.Time, now.Meta.Time
		h.Old, h.Places = []view.Place{{Source: before}}, []view.Place{{Source: now}}
		h.Names = now.Names()
		of = p.replayed(now)
		p.missing = of.missing
	case o.SeveralNetns():
		h.Open = func(ns netstat.Namespace) (netstat.Source, error) {
			choice := p.collectOptions()
			choice.Netns = &ns
			return p.open(choice)
		}
	default:
		src, netns, err := p.openHost(o)
		if err != nil {
			return h, err
		}
		h.Places = []view.Place{{Source: src, Netns: netns}}
	}
	if h.Names == nil {
		h.Names = p.names(d, o, noNames)
	}
	if o.Diagnose {
		h.Command = func(line string) string { return p.command(d, o, line) }
		h.Height, h.Chinese = p.rows(), options.Chinese(p.language(func() string { return "诊断" }))
		if d.name != "linux" {
			h.Continued = "^"
		}
		if of.recorded == nil {
			h.Sleep = func(wait time.Duration) time.Time {
				p.sleep(wait)
				return p.now()
			}
		}
	}
	h.Program, h.Name, h.System = p.programText(), of.hostName(), of.system
	h.Width, h.Color, h.Privileged = p.columns(), p.colored(o), of.elevated()
	h.Rounds = p.rounds != nil
	say := p.say(d)
	h.Say, h.Advice = func(err error, _ report.Status) { say(err) }, of.advice()
	return h, nil
}

// command completes a command line with net-tools' options: with those that choose the
// same dialect and snapshot, and in the quotes of Windows' shells.
func (p *process) command(d *dialect, o *options.Options, line string) string {
	file := o.Replay
	if len(o.DiffFiles) == 2 {
		file = o.DiffFiles[1]
	}
	if file != "" && file != "-" {
		line = "--replay " + report.Quoted(file) + " " + line
	}
	if d.name != "linux" {
		line = strings.ReplaceAll("--dialect=linux "+line, "'", `"`)
	}
	return line
}

// openHost opens the host, or the requested network namespace of the host. netns is the
// name of that namespace.
func (p *process) openHost(o *options.Options) (src netstat.Source, netns string, err error) {
	choice := p.collectOptions()
	if len(o.Netns) == 1 {
		ns, err := report.FindNamespace(o.Netns[0])
		if err != nil {
			return nil, "", report.Advise(err, p.advice())
		}
		choice.Netns, netns = &ns, ns.Label()
	}
	if src, err = p.open(choice); err != nil && choice.Netns != nil {
		err = report.Advise(err, p.advice())
	}
	return src, netns, err
}

// mistake prints the error about the value of an option. For an expression it also shows
// the place, unless all of it is wrong.
func (p *process) mistake(d *dialect, err error) int {
	var e *filter.Error
	status := p.fail(d, d.mistake, err)
	if errors.As(err, &e) && (e.Offset > 0 || e.Length < len(e.Text)) {
		for line := range strings.Lines(e.Caret() + "\n") {
			_, _ = io.WriteString(p.stderr, "  "+line)
		}
	}
	return status
}

// advice returns how the user can inspect the processes of others.
func (p *process) advice() string {
	return report.Advice(p.system, p.euid, p.system == "windows" && p.elevated(), p.recorded != nil)
}

// denied returns a function that warns that owners may be missing: once, however often
// the report is repeated, or, with none set, each time that no row was found. It returns
// nil if the user can do nothing about it.
func (p *process) denied(d *dialect) func(none bool) {
	advice := p.advice()
	if advice == "" {
		return nil
	}
	once := sync.OnceFunc(func() { p.fail(d, 0, report.OwnersDenied(advice, false)) })
	return func(none bool) {
		if none {
			p.fail(d, 0, report.OwnersDenied(advice, true))
			return
		}
		once()
	}
}

// colored reports whether a table may be coloured: if this is requested, or on a terminal
// that supports colours unless NO_COLOR is set.
func (p *process) colored(o *options.Options) bool {
	noColor, _ := p.getenv("NO_COLOR")
	term, _ := p.getenv("TERM")
	wanted := p.tty && noColor == "" && term != "dumb"
	switch o.Color {
	case "always":
		wanted = true
	case "never":
		wanted = false
	}
	if !wanted || p.colors == nil {
		return wanted
	}
	return p.colors() || o.Color == "always"
}
