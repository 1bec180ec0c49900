package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/internal/files"
	"netstat/internal/redact"
	"netstat/internal/resolve"
	"netstat/options"
	"netstat/report"
	"netstat/snapshot"
	"netstat/view"
)

// parse parses the command line, with --replay as on the host of the snapshot.
// It returns the process that runs it: p, or one whose rows, names, user and
// clock come from the snapshot. err reports a snapshot that cannot be read;
// otherwise either cmd or end is nil.
//
// The meaning of a command line may depend on the host that it names: -Z needs
// SELinux. Only in this case, or with --replay, it is parsed twice.
func (p *process) parse(args []string) (on *process, d *dialect, cmd *command, end *ending, err error) {
	args = options.JoinSnapshots(args)
	any, asked := *p, false
	any.selinux = func() bool {
		asked = true
		return true
	}
	d, cmd, end = any.parseAs(args)
	switch {
	case cmd != nil && cmd.options.Help != "":
		return p, d, cmd, nil, nil
	case cmd != nil && cmd.options.Replay != "":
		src, rounds, err := p.openReplay(d, &cmd.options)
		if err != nil {
			return p, d, nil, nil, err
		}
		p = p.replayed(src)
		p.rounds = rounds
	case !asked:
		return p, d, cmd, end, nil
	}
	d, cmd, end = p.parseAs(args)
	if cmd != nil && p.rounds != nil {
		cmd.options.Replay = p.rounds.Path(p.rounds.Chosen) // whatever is recorded meanwhile
	}
	return p, d, cmd, end, nil
}

// replayed returns a process whose host is a snapshot.
func (p *process) replayed(src *snapshot.Source) *process {
	q := *p
	q.recorded, q.missing = src, new(snapshot.Missing)
	q.open = func(collect.Options) (netstat.Source, error) { return src, nil }
	q.euid = src.Meta.EUID
	q.selinux = func() bool { return src.Meta.SELinux }
	q.elevated = func() bool { return src.Meta.Elevated }
	q.hostName = func() string { return src.Meta.Name }
	q.system = src.Meta.System
	q.now = func() time.Time { return src.Meta.Time }
	return &q
}

// openSnapshot opens a snapshot, "-" from standard input.
func (p *process) openSnapshot(name string) (*snapshot.Source, error) {
	var src *snapshot.Source
	var err error
	if name == "-" {
		name = "standard input"
		src, err = snapshot.Open(p.stdin)
	} else {
		var f *os.File
		if f, err = files.Open(name); err != nil {
			return nil, err
		}
		src, err = snapshot.OpenBeside(f, func(base string) (snapshot.File, error) {
			return files.OpenRegular(filepath.Join(filepath.Dir(name), base))
		})
	}
	if err != nil {
		var file *fs.PathError
		if errors.As(err, &file) {
			return nil, err // the error names the file
		}
		return nil, errors.New(name + ": " + err.Error())
	}
	return src, nil
}

// meta returns the description of the host for a snapshot. For a replayed
// snapshot it is that snapshot's description.
func (p *process) meta() snapshot.Meta {
	if p.recorded != nil {
		return p.recorded.Meta
	}
	return snapshot.Meta{
		Program: p.programText(), Time: p.now(), Name: p.hostName(), System: p.system,
		EUID: p.euid, Elevated: p.elevated(), SELinux: p.selinux(),
	}
}

// names returns the names of the host: those of p.recorded or of the running host.
// numeric is the option that requests numbers; a message about a slow lookup suggests it.
func (p *process) names(d *dialect, o *options.Options, numeric string) view.Names {
	if p.recorded != nil {
		return p.recorded.Names()
	}
	return p.resolver(d, o, numeric)
}

// resolver returns the names of the running host.
func (p *process) resolver(d *dialect, o *options.Options, numeric string) *resolve.Resolver {
	return resolve.New(resolve.Options{
		Timeout: o.NameTimeout(), Lookup: p.lookup,
		Slow: func(names string) {
			p.fail(d, 0, errors.New("waiting for "+names+" (use "+numeric+" to show numbers)"))
		},
	})
}

// noNames is the option that disables names in every format.
const noNames = "--resolve-timeout=0"

// saveSnapshot executes --snapshot and returns the exit status.
func (p *process) saveSnapshot(d *dialect, args []string, o *options.Options) int {
	if word := options.BesideSnapshot(args[1:], d.classic); word != "" {
		return p.fail(d, d.mistake, errors.New("--snapshot saves every table and prints none: remove '"+word+"'"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var missing snapshot.Troubles
	if err := p.snapshotTo(ctx, d, o, &missing); err != nil {
		switch {
		case errors.Is(err, syscall.EPIPE):
			return d.failure
		case ctx.Err() != nil:
			err = errors.New("interrupted: no snapshot saved")
		}
		return p.fail(d, d.failure, err)
	}
	return p.sayTroubles(d, &missing)
}

// sayTroubles reports what a snapshot lacks and returns the exit status, which
// is an error if a table could not be read.
func (p *process) sayTroubles(d *dialect, t *snapshot.Troubles) int {
	if t.Denied {
		p.fail(d, 0, report.OwnersDenied(p.advice(), false))
	}
	for _, err := range t.Lines() {
		p.fail(d, 0, err)
	}
	if t.Failed {
		return d.failure
	}
	return 0
}

func (p *process) snapshotTo(ctx context.Context, d *dialect, o *options.Options, missing *snapshot.Troubles) error {
	src, _, err := p.openHost(o)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	var names snapshot.Names
	if p.recorded != nil {
		names = p.recorded.Names()
	} else {
		resolver := p.resolver(d, o, noNames)
		defer p.sayUnnamed(d, resolver)
		names = resolver
	}
	write := func(w io.Writer) error { return snapshot.Write(ctx, w, src, p.meta(), names, missing.Add) }
	if o.Redact {
		key, err := redact.NewKey()
		if err != nil {
			return err
		}
		write = func(w io.Writer) error {
			return snapshot.WriteRedacted(ctx, w, src, p.meta(), names, redact.New(key), missing.Add)
		}
	}
	if o.Snapshot == "-" {
		return write(p.stdout)
	}
	return files.Replace(o.Snapshot, func(w io.Writer) error {
		if p.recorded != nil { // Windows does not replace a file that is open: that of --replay
			defer func() { _ = p.recorded.Close() }()
		}
		if !snapshot.Compressed(o.Snapshot) {
			return write(w)
		}
		packed := snapshot.NewCompressor(w)
		if err := write(packed); err != nil {
			return err
		}
		return packed.Close()
	})
}
