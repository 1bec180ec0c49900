package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"netstat"
	"netstat/act"
	"netstat/collect"
	"netstat/report"
)

// act closes the chosen sockets, or signals the processes that hold them.
func (p *process) act(ctx context.Context, d *dialect, cmd *command, choice *report.Choice) int {
	o := &cmd.options
	signal := ""
	if o.Signal != "" {
		var err error
		if signal, err = act.ParseSignal(o.Signal); err != nil {
			return p.mistake(d, err)
		}
	}
	if err := choice.CheckForm(); err != nil {
		return p.refused(d, err)
	}
	h, err := p.reportHost(d, o)
	if err != nil {
		return p.fail(d, d.failure, err)
	}
	r, err := report.NewSelection(ctx, choice, h, act.CloseFacts)
	if err != nil {
		return p.refused(d, err)
	}
	defer r.Close()
	list, status := r.Selected(ctx, p.now())
	desk := &act.Desk{Out: p.stdout, Say: p.say(d), Yes: "--close=yes", Chinese: p.chinese()}
	if p.tty && p.inTTY() {
		desk.Ask = p.ask
	}
	var failed int
	if o.Close {
		closing := act.Closing{
			Yes: o.CloseYes, Own: o.CloseOwn, Limited: o.Limit > 0,
			Listening: r.NamesState(), Datagrams: r.NamesProtocol(), Sessions: ownSessions(),
		}
		failed, err = act.CloseSockets(desk, list, closing)
	} else {
		desk.Yes = "--signal=" + signal + ",yes"
		failed, err = act.SignalProcesses(desk, list, act.Signalling{Signal: signal, Yes: o.SignalYes, Self: p.lineage(list)})
	}
	switch {
	case err != nil:
		return p.fail(d, d.failure, err)
	case failed > 0:
		return 1
	}
	return d.statusOf(status)
}

// ownSessions returns the ssh sessions that the program may run in.
func ownSessions() (list act.Sessions) {
	for _, value := range collect.InheritedEnv("SSH_CONNECTION") {
		if c, ok := act.ParseSSHConnection(value); ok {
			list = append(list, c)
		}
	}
	return list
}

// ask asks a question on the terminal.
func (p *process) ask(question string) (bool, error) {
	if _, err := io.WriteString(p.stderr, question+" [y/N] "); err != nil {
		return false, err
	}
	answer, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// lineage returns the numbers of this process and its ancestors.
func (p *process) lineage(list []report.Selected) []uint32 {
	pids := []uint32{uint32(os.Getpid()), uint32(os.Getppid())}
	if len(list) == 0 {
		return pids
	}
	for parent := pids[1]; parent > 1; {
		about, err := list[0].Source.Process(parent, netstat.FactStat)
		if err != nil || about.Parent == 0 || len(pids) > 100 {
			break
		}
		parent = about.Parent
		pids = append(pids, parent)
	}
	return pids
}
