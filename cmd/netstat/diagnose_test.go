package main

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"netstat"
)

// diagnoseHost is a host with one listener, whose queue has another length at each
// moment.
type diagnoseHost struct {
	orderHost
	queues []uint64
	moment int
	reads  int // of the sockets
}

func (h *diagnoseHost) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if t != netstat.TCP4Table {
			return
		}
		h.reads++
		s := orderSocket(t, 80)
		s.RecvQ, s.MaxBacklog = h.queues[h.moment], 10
		if yield(s, nil) && h.failing[t] != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: h.failing[t]})
		}
	}
}

func (h *diagnoseHost) Counters(context.Context, netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(func(netstat.Counter, error) bool) {}
}

func (h *diagnoseHost) Owners(context.Context, netstat.OwnerQuery) (*netstat.Owners, error) {
	return new(netstat.Owners), nil
}

// diagnoseRun runs --diagnose of one rule on a host with these queues, with a terminal of
// some lines, or none for 0.
func diagnoseRun(queues []uint64, lines int, failing error, args ...string) (status int, out, errs string, slept []time.Duration, reads int) {
	h := &diagnoseHost{queues: queues, orderHost: orderHost{failing: map[netstat.Table]error{netstat.TCP4Table: failing}}}
	p := process{rows: func() int { return lines }, sleep: func(d time.Duration) {
		slept = append(slept, d)
		if h.moment++; h.moment == len(h.queues) {
			panic(errOrderOver)
		}
	}}
	status, out, errs = orderRun(h, p, args...)
	return status, out, errs, slept, h.reads
}

// The exit status is that of the worst finding that counts, else that of what could not be
// read.
func TestDiagnoseStatus(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		queue   uint64
		failing error
		args    string
		want    int
	}{
		{5, nil, "--diagnose=0 --fail-on=warning", 0},
		{8, nil, "--diagnose=0", 0},
		{8, nil, "--diagnose=0 --fail-on=warning", 1},
		{8, nil, "--diagnose=0 --fail-on=critical", 0},
		{11, nil, "--diagnose=0", 0},
		{11, nil, "--diagnose=0 --fail-on=warning", 2},
		{11, nil, "--diagnose=0 --fail-on=critical --json", 2},
		{11, nil, "--diagnose=0 --fail-on=critical --count", 2},
		{5, broken, "--diagnose=0 --fail-on=warning", 255},
		{8, broken, "--diagnose=0", 255},
		{8, broken, "--diagnose=0 --fail-on=critical", 255},
		{8, broken, "--diagnose=0 --fail-on=warning", 1},
		{11, broken, "--diagnose=0 --fail-on=critical", 2},
		{11, nil, "--diagnose=0 --fail-on=critical --limit 1 --filter rule=accept-queue", 2},
		{11, nil, "--diagnose=0 --fail-on=critical --filter severity=warning", 0},
		{11, nil, "--dialect=windows --diagnose=0 --fail-on=critical", 2},
		{5, broken, "--dialect=windows --diagnose=0", 1},
	} {
		args := strings.Fields(strings.Replace(c.args, "=0", "=accept-queue,0", 1))
		if status, out, errs, _, _ := diagnoseRun([]uint64{c.queue}, 0, c.failing, args...); status != c.want {
			t.Errorf("queue %d, %v, %s: status %d, want %d\n%s%s", c.queue, c.failing, c.args, status, c.want, out, errs)
		}
	}
}

// A live host is measured over a second, or over the given time; an interval compares each
// round with the one before.
func TestDiagnoseMoments(t *testing.T) {
	const second = time.Second
	for _, c := range []struct {
		args  string
		slept []time.Duration
		reads int
	}{
		{"--diagnose", []time.Duration{second}, 2},
		{"--diagnose=0", nil, 1},
		{"--diagnose=2.5", []time.Duration{2500 * time.Millisecond}, 2},
		{"--diagnose 5", []time.Duration{second, 5 * second, 5 * second}, 3},
		{"--diagnose=0 5", []time.Duration{5 * second, 5 * second, 5 * second}, 3},
		{"-c --diagnose", []time.Duration{second, second, second}, 3},
		{"--dialect=windows --diagnose 5", []time.Duration{second, 5 * second, 5 * second}, 3},
		{"--diagnose=3 --fail-on=warning 5", []time.Duration{3 * second, 5 * second}, 3},
	} {
		args := strings.Fields(strings.Replace(strings.Replace(c.args, "--diagnose=", "--diagnose=accept-queue,", 1), "--diagnose ", "--diagnose=accept-queue ", 1))
		if strings.HasSuffix(c.args, "--diagnose") {
			args[len(args)-1] = "--diagnose=accept-queue"
		}
		_, out, errs, slept, reads := diagnoseRun([]uint64{0, 0, 11}, 0, nil, args...)
		if len(slept) != len(c.slept) || reads != c.reads || errs != "" {
			t.Errorf("%s: slept %v, %d reads, want %v, %d\n%s%s", c.args, slept, reads, c.slept, c.reads, out, errs)
			continue
		}
		for i := range slept {
			if slept[i] != c.slept[i] {
				t.Errorf("%s: slept %v, want %v", c.args, slept, c.slept)
			}
		}
	}
}

// On a terminal the text is at most a screen, with at least one finding, and says how many
// more there are.
func TestDiagnoseScreen(t *testing.T) {
	_, all, _, _, _ := diagnoseRun([]uint64{11}, 0, nil, "--diagnose=accept-queue,0")
	_, screen, _, _, _ := diagnoseRun([]uint64{11}, 3, nil, "--diagnose=accept-queue,0")
	if all != screen || bytes.Count([]byte(all), []byte("\n")) < 5 {
		t.Errorf("one finding on 3 lines:\n%s\nand without a terminal:\n%s", screen, all)
	}
}
