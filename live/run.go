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
	m := NewModel(j.Config, cols, rows)
	painter := Painter{Color: j.Color}
	tasks, answers := make(chan task, 1), make(chan answer, 1)
	defer close(tasks)
	go j.read(ctx, tasks, answers)

	var pending []task // waits for the reader
	busy, suspended := false, false
	next := time.NewTimer(0)
	defer next.Stop()
	add := func(k task) {
		if n := len(pending); n == 0 || k != (task{}) || pending[n-1] != (task{}) {
			pending = append(pending, k)
		}
	}
	var buf []byte
	for {
		if !busy && len(pending) > 0 {
			k := pending[0]
			pending, busy = pending[1:], true
			k.window, k.step = m.Window(), m.step
			k.window.Whole = k.save != ""
			tasks <- k
		}
		if !suspended {
			buf = painter.Append(buf[:0], m.Screen())
			if _, err := t.Write(buf); err != nil {
				return nil, err
			}
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-next.C:
			if len(pending) == 0 && !busy && !m.Paused() {
				add(task{})
			}
		case a := <-answers:
			busy = false
			if a.panics != nil {
				panic(a.panics)
			}
			wait := max(j.Config.Period, costShare*a.cost)
			switch {
			case a.err != nil:
				m.Say(message.In(a.err, j.Config.Chinese).Error(), true)
			case a.saved != "":
				m.Say(m.text("saved ", "已存为 ")+a.saved, false)
			case a.round != nil:
				m.Update(a.round, wait)
				if a.row != nil {
					m.Closed(a.row, a.closed)
				}
			}
			if !j.Config.Fixed {
				next.Reset(max(wait-a.took, 0))
			}
		case e := <-t.Events():
			switch e.Kind {
			case terminal.SignalEvent:
				return e.Signal, nil
			case terminal.EndEvent:
				return nil, e.Err
			case terminal.ResizeEvent:
				m.Resize(t.Size())
				painter.Forget()
			case terminal.SuspendEvent:
				suspended = true
				t.Suspend()
			case terminal.ContinueEvent:
				suspended = false
				if err := t.Resume(); err != nil {
					return nil, err
				}
				m.Resize(t.Size())
				painter.Forget()
			case terminal.KeyEvent:
				switch a := m.Key(e.Key); a.Kind {
				case Quit:
					return nil, nil
				case Redraw:
					painter.Forget()
				case Copy:
					text := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(a.Text)) + "\a"
					if _, err := t.Write([]byte(text)); err != nil {
						return nil, err
					}
					m.Say(m.text("copied", "已复制"), false)
				case Save:
					if m.Paused() {
						if err := j.Save(a.Text, m.Round()); err != nil {
							m.Say(err.Error(), true)
						} else {
							m.Say(m.text("saved ", "已存为 ")+a.Text, false)
						}
					} else {
						add(task{save: a.Text})
					}
				case Ask:
					add(task{ask: &a.Live})
				case Read:
					add(task{})
				case AskToClose:
					m.AskToClose(j.Sessions())
				case Close:
					add(task{close: a.Row})
				}
			}
		}
	}
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
