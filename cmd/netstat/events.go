package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"netstat/report"
)

// events prints events until a signal, the limit or the end of the reader.
func (p *process) events(d *dialect, cmd *command, choice *report.Choice) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program even if nobody reads
	h, err := p.reportHost(d, &cmd.options)
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	h.Chinese = p.chinese()
	h.Polling = p.collectOptions().Source == "proc"
	r, err := report.NewFollower(ctx, p.stdout, choice, h)
	if err != nil {
		return p.refused(d, err)
	}
	defer r.Close()
	status, err := r.Follow(ctx)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return d.failure
	case errors.Is(err, errors.ErrUnsupported):
		return p.fail(d, d.missing, err)
	case err != nil:
		return p.fail(d, d.failure, err)
	}
	return d.statusOf(status)
}
