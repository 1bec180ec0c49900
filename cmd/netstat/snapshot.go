package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/internal/files"
	"netstat/internal/resolve"
	"netstat/options"
	"netstat/snapshot"
	"netstat/view"
)

// replaying returns the process that a command line is to be run by: p, or with
// --replay one whose host is the recorded one, with that host's rows, names,
// user and clock.
//
// The command line is parsed for this with everything to be had, since what it
// means (-Z) may depend on the host that it names.
func (p *process) replaying(args []string) (*process, error) {
	any := *p
	any.selinux = func() bool { return true }
	_, cmd, _ := any.parse(args)
	if cmd == nil || cmd.options.Replay == "" {
		return p, nil // a mistake is found again
	}
	src, err := p.openRecording(cmd.options.Replay)
	if err != nil {
		return p, err
	}
	return p.replayed(src), nil
}

// replayed is the process whose host is a recorded one.
func (p *process) replayed(src *snapshot.Source) *process {
	q := *p
	q.recorded = src
	q.open = func(collect.Options) (netstat.Source, error) { return src, nil }
	q.euid = src.Meta.EUID
	q.selinux = func() bool { return src.Meta.SELinux }
	q.elevated = func() bool { return src.Meta.Elevated }
	q.hostName = func() string { return src.Meta.Name }
	q.system = src.Meta.System
	q.now = func() time.Time { return src.Meta.Time }
	return &q
}

// unreadable is an error of a host or a recording, where the command line is none.
type unreadable struct{ error }

func (e unreadable) Unwrap() error { return e.error }

// openRecording reads a recording, "-" from standard input.
func (p *process) openRecording(name string) (*snapshot.Source, error) {
	in := p.stdin
	if name == "-" {
		name = "standard input"
	} else {
		f, err := files.Open(name)
		if err != nil {
			return nil, unreadable{err}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	src, err := snapshot.Open(in)
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) {
			return nil, unreadable{err} // names the file itself
		}
		return nil, unreadable{errors.New(name + ": " + err.Error())}
	}
	return src, nil
}

// meta says what a recording says of the host: for one that is replayed, what
// its recording says.
func (p *process) meta() snapshot.Meta {
	if p.recorded != nil {
		return p.recorded.Meta
	}
	return snapshot.Meta{
		Program: "netstat " + version, Time: p.now(), Name: p.hostName(), System: p.system,
		EUID: p.euid, Elevated: p.elevated(), SELinux: p.selinux(),
	}
}

// names are those that the host has for its numbers.
func (p *process) names(o *options.Options) view.Names {
	if p.recorded != nil {
		return p.recorded.Names()
	}
	return resolve.New(resolve.Options{Timeout: resolveTimeout(o)})
}

// record carries --snapshot out and returns the exit status.
func (p *process) record(d *dialect, args []string, o *options.Options) int {
	if word := besideOptions(args[1:], d.classic); word != "" {
		return p.fail(d, d.mistake, errors.New("--snapshot records every table and shows none: '"+word+"' has no place beside it"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var missing troubles
	if err := p.recordTo(ctx, d, o, &missing); err != nil {
		switch {
		case errors.Is(err, syscall.EPIPE):
			return d.failure
		case ctx.Err() != nil:
			err = errors.New("interrupted: the host is not recorded")
		}
		return p.fail(d, d.failure, err)
	}
	return p.sayTroubles(d, &missing)
}

func (p *process) recordTo(ctx context.Context, d *dialect, o *options.Options, missing *troubles) error {
	src, _, err := p.openHost(o)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	var names snapshot.Names
	if p.recorded != nil {
		names = p.recorded.Names()
	} else {
		names = resolve.New(resolve.Options{Timeout: resolveTimeout(o)})
	}
	defer p.sayUnnamed(d, names)
	write := func(w io.Writer) error { return snapshot.Write(ctx, w, src, p.meta(), names, missing.add) }
	if o.Snapshot == "-" {
		return write(p.stdout)
	}
	return files.Replace(o.Snapshot, write)
}

// recordOptions are the options that say what --snapshot records, and how.
var recordOptions = [...]string{"snapshot", "replay", "netns", "dialect", "resolve-timeout"}

// besideOptions returns the first word that is neither one of recordOptions nor its
// value, empty for none: what chooses or shows rows would be in vain. classic reports whether a long option is one of the
// dialect's own.
func besideOptions(words []string, classic func(name string) bool) string {
	for i := 0; i < len(words); i++ {
		text, long := strings.CutPrefix(words[i], "--")
		name, _, hasValue := strings.Cut(text, "=")
		// A single letter means one of the classic options.
		o, rivals := options.Find(strings.ToLower(name))
		if !long || len(name) < 2 || o == nil || rivals != nil || classic(name) || !slices.Contains(recordOptions[:], o.Name) {
			return words[i]
		}
		if o.Argument != "" && !o.Optional && !hasValue {
			i++
		}
	}
	return ""
}
