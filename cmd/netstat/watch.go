package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"netstat/collect"
	"netstat/internal/files"
	"netstat/internal/message"
	"netstat/internal/terminal"
	"netstat/live"
	"netstat/options"
	"netstat/report"
	"netstat/schema"
)

// watchPeriod is the time between rounds of --watch if none is given.
const watchPeriod = time.Second

// watch shows the table that is updated in place or, with =plain, where standard output is
// no terminal and on one without cursor control, lines about rows that have changed.
func (p *process) watch(ctx context.Context, d *dialect, cmd *command, choice *report.Choice) int {
	o := &cmd.options
	period := cmp.Or(o.WatchPeriod, cmd.interval, watchPeriod)
	term, _ := p.getenv("TERM")
	if o.WatchPlain || !p.tty || term == "dumb" {
		if p.recorded != nil {
			return p.mistake(d, message.SnapshotFixed.Err("--watch=plain"))
		}
		o.Diff, cmd.interval = true, period
		return p.records(ctx, d, cmd, choice)
	}
	// Messages that come while the table is shown are printed after it.
	var late lateWriter
	host := *p
	host.stderr = &late
	defer late.flush(p.stderr)
	h, err := host.reportHost(d, o)
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	reader, err := live.NewReader(ctx, choice, h, period)
	if err != nil {
		return p.refused(d, err)
	}
	defer reader.Close()
	t, restore, err := p.screen()
	if err != nil {
		return p.fail(d, d.failure, message.WatchTerminal.Wrap(err))
	}
	defer restore()
	steps, rounds, first := p.steps(), 0, 0
	if steps != nil {
		rounds, first = steps.Count, steps.First
	}
	lang := p.language(func() string { return live.ChineseText() })
	signal, err := live.Run(ctx, t, &live.Job{
		Config: live.Config{Host: h.Name, Period: period, Chinese: options.Chinese(lang), Fixed: p.recorded != nil, Rounds: rounds, First: first},
		Steps:  steps,
		Reader: reader, Color: h.Color, Now: p.now, CPU: collect.CPUTime, Save: saveRound(&h), Sessions: ownSessions,
	})
	restore()
	late.flush(p.stderr)
	if signal != nil {
		terminal.Die(signal)
		return d.failure
	}
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	return 0
}

// steps returns the rounds of the record that is shown, or nil.
func (p *process) steps() *live.Steps {
	if p.rounds == nil {
		return nil
	}
	return &live.Steps{Count: len(p.rounds.Complete), First: p.rounds.Chosen, Open: func(i int) (*live.Step, error) {
		src, err := p.openSnapshot(p.rounds.Path(i))
		if err != nil {
			return nil, err
		}
		return &live.Step{Source: src, Names: src.Names(), Time: src.Meta.Time}, nil
	}}
}

// lateWriter keeps the beginning of what is written.
type lateWriter struct {
	lock sync.Mutex
	b    []byte
}

func (w *lateWriter) Write(b []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if len(w.b) < 4096 {
		w.b = append(w.b, b...)
	}
	return len(b), nil
}

// flush writes what was kept.
func (w *lateWriter) flush(to io.Writer) {
	w.lock.Lock()
	defer w.lock.Unlock()
	_, _ = to.Write(w.b)
	w.b = nil
}

// saveRound returns the function that saves rows to a file that does not exist yet.
func saveRound(h *report.Host) func(name string, round *live.Round) error {
	return func(name string, round *live.Round) error {
		f, err := files.Create(name)
		if err != nil {
			return err
		}
		return errors.Join(live.WriteRows(f, h.Program, schema.Host{Name: h.Name, System: h.System}, round), f.Close())
	}
}

// openScreen opens the terminal of the process.
func openScreen() (live.Terminal, func(), error) {
	write := collect.Output(os.Stdout).Write
	t, err := terminal.Open(os.Stdin, os.Stdout, write)
	if errors.Is(err, terminal.ErrNoTerminal) {
		// Standard input is something else: keys come from the terminal all the same.
		console, failed := terminal.Console()
		if failed != nil {
			return nil, nil, err
		}
		t, err = terminal.Open(console, os.Stdout, write)
	}
	if err != nil {
		return nil, nil, err
	}
	return t, t.Close, nil
}
