package live

import (
	"context"
	"encoding/base64"
	"os"
	"time"

	"netstat/act"
	"netstat/internal/message"
	"netstat/internal/terminal"
	"netstat/report"
)

// Terminal is the terminal that Run draws on, see [terminal.Terminal].
type Terminal interface {
	Size() (cols, rows int)
	Events() <-chan terminal.Event
	Write([]byte) (int, error)
	Suspend()
	Resume() error
}

// Job is what Run needs beside the terminal.
type Job struct {
	Config Config
	Reader *Reader
	Color  bool
	Now    func() time.Time
	// CPU returns the processor time used so far, the cost of rounds.
	CPU func() time.Duration
	// Save writes rows to a new file as NDJSON.
	Save func(name string, round *Round) error
	// Steps are the rounds of a record, nil for another host.
	Steps *Steps
	// Sessions returns the user's own ssh sessions, which the key K keeps.
	Sessions func() act.Sessions
}

// costShare limits the share of a processor that rounds take: the period is stretched to
// this multiple of the last round's cost.
const costShare = 10

// answer is the result of reading.
type answer struct {
	round  *Round
	took   time.Duration
	cost   time.Duration // processor time
	err    error         // of a question; there is no round
	saved  string        // name of the file
	closed act.Outcome   // what happened to the socket of row
	row    *Row
	panics any
}

// task is what to read.
type task struct {
	window Window
	step   int
	ask    *report.Live
	save   string
	close  *Row // its socket is to be closed
}

// Run shows the table until the user quits or the context is done. It returns the signal
// that ends the program, or nil, and an error of the terminal.
func Run(ctx context.Context, t Terminal, j *Job) (os.Signal, error) {
	cols, rows := t.Size()
	tasks, answers := make(chan task, 1), make(chan answer, 1)
	defer close(tasks)
	go j.read(ctx, tasks, answers)
	s := session{
		job: j, terminal: t, model: NewModel(j.Config, cols, rows), painter: Painter{Color: j.Color},
		next: time.NewTimer(0),
	}
	defer s.next.Stop()
	var buf []byte
	for {
		if !s.busy && len(s.pending) > 0 {
			tasks <- s.begin()
		}
		if !s.suspended {
			buf = s.painter.Append(buf[:0], s.model.Screen())
			if _, err := t.Write(buf); err != nil {
				return nil, err
			}
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-s.next.C:
			if len(s.pending) == 0 && !s.busy && !s.model.Paused() {
				s.add(task{})
			}
		case a := <-answers:
			s.answer(&a)
		case e := <-t.Events():
			if ended, signal, err := s.event(&e); ended {
				return signal, err
			}
		}
	}
}

// session is the state of Run.
type session struct {
	job             *Job
	terminal        Terminal
	model           *Model
	painter         Painter
	next            *time.Timer // until the next round
	pending         []task      // waits for the reader
	busy, suspended bool        // of the reader, of the terminal
}

// add adds a task. Two rounds in a row would be the same.
func (s *session) add(k task) {
	if n := len(s.pending); n == 0 || k != (task{}) || s.pending[n-1] != (task{}) {
		s.pending = append(s.pending, k)
	}
}

// begin removes the first task, and returns it with what the screen needs by now.
func (s *session) begin() task {
	k := s.pending[0]
	s.pending, s.busy = s.pending[1:], true
	k.window, k.step = s.model.Window(), s.model.step
	k.window.Whole = k.save != ""
	return k
}

// answer shows the result of a task, and sets the time of the next round.
func (s *session) answer(a *answer) {
	s.busy = false
	if a.panics != nil {
		panic(a.panics)
	}
	m, config := s.model, &s.job.Config
	wait := max(config.Period, costShare*a.cost)
	switch {
	case a.err != nil:
		m.Say(message.In(a.err, config.Chinese).Error(), true)
	case a.saved != "":
		s.saved(a.saved)
	case a.round != nil:
		m.Update(a.round, wait)
		if a.row != nil {
			m.Closed(a.row, a.closed)
		}
	}
	if !config.Fixed {
		s.next.Reset(max(wait-a.took, 0))
	}
}

// saved says that the rows were saved.
func (s *session) saved(name string) {
	s.model.Say(s.model.text("saved ", "已存为 ")+name, false)
}

// event does what an event of the terminal asks for, and reports whether it ends Run, with
// what Run returns.
func (s *session) event(e *terminal.Event) (ended bool, signal os.Signal, err error) {
	switch e.Kind {
	case terminal.SignalEvent:
		return true, e.Signal, nil
	case terminal.EndEvent:
		return true, nil, e.Err
	case terminal.ResizeEvent:
		s.resize()
	case terminal.SuspendEvent:
		s.suspended = true
		s.terminal.Suspend()
	case terminal.ContinueEvent:
		s.suspended = false
		if err := s.terminal.Resume(); err != nil {
			return true, nil, err
		}
		s.resize()
	case terminal.KeyEvent:
		a := s.model.Key(e.Key)
		err := s.act(&a)
		return a.Kind == Quit || err != nil, nil, err
	}
	return false, nil, nil
}

func (s *session) resize() {
	s.model.Resize(s.terminal.Size())
	s.painter.Forget()
}

// act does what a key asks for. The error is one of the terminal.
func (s *session) act(a *Action) error {
	m := s.model
	switch a.Kind {
	case Redraw:
		s.painter.Forget()
	case Copy:
		text := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(a.Text)) + "\a"
		if _, err := s.terminal.Write([]byte(text)); err != nil {
			return err
		}
		m.Say(m.text("copied", "已复制"), false)
	case Save:
		if !m.Paused() {
			s.add(task{save: a.Text})
		} else if err := s.job.Save(a.Text, m.Round()); err != nil {
			m.Say(err.Error(), true)
		} else {
			s.saved(a.Text)
		}
	case Ask:
		s.add(task{ask: &a.Live})
	case Read:
		s.add(task{})
	case AskToClose:
		m.AskToClose(s.job.Sessions())
	case Close:
		s.add(task{close: a.Row})
	}
	return nil
}

// read reads what tasks ask for.
func (j *Job) read(ctx context.Context, tasks <-chan task, answers chan<- answer) {
	defer func() {
		if p := recover(); p != nil {
			answers <- answer{panics: p}
		}
	}()
	for k := range tasks {
		if k.ask != nil {
			if err := j.Reader.Ask(ctx, *k.ask); err != nil {
				answers <- answer{err: err}
				continue
			}
		}
		if k.save != "" {
			k.window.Keep = 1<<31 - 1
		}
		at, cpu := j.Now(), j.CPU()
		a := answer{row: k.close}
		if k.close != nil {
			a.closed = j.Reader.CloseSocket(ctx, at, k.close)
		}
		if j.Steps == nil {
			a.round = j.Reader.Read(ctx, at, k.window)
		} else if a.round, a.err = j.Reader.Step(ctx, j.Steps, k.step, k.window); a.err != nil {
			answers <- a
			continue
		}
		a.took, a.cost = j.Now().Sub(at), j.CPU()-cpu
		if k.save != "" {
			a.saved = k.save
			if err := j.Save(k.save, a.round); err != nil {
				a = answer{err: err}
			}
		}
		answers <- a
	}
}
