package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/redact"
	"netstat/options"
	"netstat/record"
	"netstat/snapshot"
)

// record executes --record and returns the exit status.
func (p *process) record(d *dialect, args []string, cmd *command) int {
	o := &cmd.options
	if word := options.BesideRecord(args[1:], d.classic); word != "" {
		return p.fail(d, d.mistake, errors.New("--record saves every table and prints none: remove '"+word+"'"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := record.Open(o.Record, record.Keep{Size: o.Keep.Size, Age: o.Keep.Age})
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	defer r.Close()
	t := taker{p: p, d: d, o: o}
	defer t.close()
	if o.Redact {
		// One key for all rounds, so that they can be compared.
		key, err := redact.NewKey()
		if err != nil {
			return p.fail(d, d.failure, err)
		}
		t.redact = redact.New(key)
	}
	interval := cmp.Or(cmd.interval, record.Period)
	if p.errTTY != nil && p.errTTY() {
		p.fail(d, 0, fmt.Errorf("recording into %s every %s; Ctrl-C ends", o.Record, interval))
	}
	failed := r.Run(ctx, &record.Job{
		Interval: interval, Limit: o.Limit, Now: p.now, Sleep: p.sleepIn, Take: t.take, Meta: t.meta, Cause: t.cause,
		Say: func(err error) { p.fail(d, 0, err) },
	})
	if o.Limit > 0 && (failed > 0 || t.failed) {
		return d.failure
	}
	return 0
}

// sleepIn sleeps until the context is done.
func (p *process) sleepIn(ctx context.Context, wait time.Duration) {
	slept := make(chan struct{})
	go func() {
		defer close(slept)
		p.sleep(wait)
	}()
	select {
	case <-slept:
	case <-ctx.Done():
	}
}

// taker takes the snapshots of --record. It opens the host again after a failure.
type taker struct {
	p      *process
	d      *dialect
	o      *options.Options
	src    netstat.Source
	redact *redact.Redactor // nil to record as it is
	lacks  snapshot.Troubles
	denied bool // was reported
	failed bool // some table of some round could not be read
}

// meta describes the host at a time.
func (t *taker) meta(at time.Time) snapshot.Meta {
	m := t.p.meta()
	m.Time = at
	if t.redact != nil && !m.Redacted {
		m.Name, m.Redacted = t.redact.HostName(m.Name), true
	}
	return m
}

// cause returns the error of a failed round without what is personal, with --redact.
func (t *taker) cause(err error) error {
	if t.redact == nil {
		return err
	}
	return t.redact.Error(err)
}

// take writes a snapshot of the host, which it opens if necessary.
func (t *taker) take(ctx context.Context, w io.Writer, m snapshot.Meta) (err error) {
	if t.src == nil {
		if t.src, _, err = t.p.openHost(t.o); err != nil {
			t.src = nil
			return err
		}
	}
	names := t.p.resolver(t.d, t.o, noNames)
	if t.redact != nil {
		err = snapshot.WriteRedacted(ctx, w, t.src, m, names, t.redact, t.lacks.Add)
	} else {
		err = snapshot.Write(ctx, w, t.src, m, names, t.lacks.Add)
	}
	if err != nil {
		t.close()
		return err
	}
	if t.denied {
		t.lacks.Denied = false
	}
	t.denied = t.denied || t.lacks.Denied
	t.failed = t.p.sayTroubles(t.d, &t.lacks) != 0 || t.failed
	t.lacks.Next()
	return nil
}

func (t *taker) close() {
	if t.src != nil {
		_ = t.src.Close()
		t.src = nil
	}
}

// openReplay opens the snapshot of --replay. If that names a directory, it returns the
// rounds there, and opens the one that --at names, or the newest.
func (p *process) openReplay(d *dialect, o *options.Options) (*snapshot.Source, *record.Rounds, error) {
	if !isDirectory(o.Replay) {
		src, err := p.openSnapshot(o.Replay)
		return src, nil, err
	}
	rounds, err := record.Read(o.Replay)
	if err != nil {
		return nil, nil, err
	}
	i, err := p.choose(d, rounds, &o.At)
	if err != nil {
		return nil, nil, err
	}
	rounds.Chosen = i
	src, err := p.openSnapshot(rounds.Path(i))
	return src, rounds, err
}

func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// choose returns the index of the round that a Moment names, the newest if it names none.
// It warns if the round says little about that moment.
func (p *process) choose(d *dialect, rounds *record.Rounds, m *options.Moment) (int, error) {
	t := m.In(rounds.Newest(), time.Local)
	i, err := rounds.At(t)
	if err == nil && m.Given() {
		if doubt := rounds.Doubt(i, t); doubt != nil {
			p.fail(d, 0, doubt)
		}
	}
	return i, err
}

// chooseCompared replaces the directory that is compared at two times by the two rounds.
func (p *process) chooseCompared(d *dialect, o *options.Options) error {
	if !o.From.Given() && !o.To.Given() {
		return nil
	}
	rounds, err := record.Read(o.DiffFiles[0])
	if err != nil {
		return err
	}
	from, err := p.choose(d, rounds, &o.From)
	if err != nil {
		return err
	}
	to, err := p.choose(d, rounds, &o.To)
	switch {
	case err != nil:
		return err
	case from > to:
		return errors.New("--from is after --to")
	case from == to:
		return fmt.Errorf("%s: --from and --to choose the same round, %s", rounds.Dir, rounds.Complete[from].Name())
	}
	o.DiffFiles = []string{rounds.Path(from), rounds.Path(to)}
	return nil
}
