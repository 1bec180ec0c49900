// Package terminal is the terminal of a program that draws on the whole screen: raw mode,
// the size, keys, and what ends or suspends the program. It always restores the terminal
// as it was. It knows nothing of what is drawn.
package terminal

import (
	"errors"
	"os"
	"sync"

	"netstat/internal/message"
)

// EventKind is the type of an Event.
type EventKind uint8

const (
	KeyEvent      EventKind = iota // Key was pressed
	ResizeEvent                    // the size may have changed
	SuspendEvent                   // the user asks to suspend the program: call Suspend
	ContinueEvent                  // the program was continued: draw everything again
	SignalEvent                    // Signal asks the program to end
	EndEvent                       // there is no more input; Err is the reason, nil at its end
)

// Event is something that happened at the terminal.
type Event struct {
	Kind   EventKind
	Key    Key
	Signal os.Signal
	Err    error
}

// ErrNoTerminal reports that a file is no terminal.
var ErrNoTerminal error = noTerminal{}

type noTerminal struct{}

func (noTerminal) Error() string            { return message.NoTerminal.In(false) }
func (noTerminal) Text(chinese bool) string { return message.NoTerminal.In(chinese) }

// Terminal is an open terminal. Its methods may be called by one goroutine, and Close by
// any.
type Terminal struct {
	in, out *os.File
	write   func([]byte) (int, error)
	modes   modes // as they were
	events  chan Event
	lock    sync.Mutex
	raw     bool // the terminal is set up
	closed  chan struct{}
	once    sync.Once
}

// The size of a terminal that does not tell it, such as a serial line.
const usualCols, usualRows = 80, 24

// The sequences of ECMA-48 and of xterm that set the terminal up and restore it: the
// alternate screen, the cursor hidden, no wrapping of lines that are too long.
const (
	enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
	leave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// Open sets the terminal up: keys come from in, and out shows the screen. write writes to
// out; nil means out.Write. The error wraps ErrNoTerminal if in or out is no terminal.
func Open(in, out *os.File, write func([]byte) (int, error)) (*Terminal, error) {
	if write == nil {
		write = out.Write
	}
	t := &Terminal{in: in, out: out, write: write, events: make(chan Event, 16), closed: make(chan struct{})}
	if cols, _ := t.Size(); cols == 0 {
		return nil, ErrNoTerminal
	}
	var err error
	if t.modes, err = t.read(); err != nil {
		return nil, errors.Join(ErrNoTerminal, err)
	}
	t.notify()
	if err := t.enter(); err != nil {
		t.Close()
		return nil, err
	}
	go t.readKeys()
	return t, nil
}

// Events returns the channel of what happens. It is never closed.
func (t *Terminal) Events() <-chan Event { return t.events }

// Write writes to the screen.
func (t *Terminal) Write(b []byte) (int, error) { return t.write(b) }

func (t *Terminal) enter() error {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.raw = true
	if err := t.setRaw(); err != nil {
		return err
	}
	_, err := t.write([]byte(enter))
	return err
}

// restore restores the terminal, at most once after each enter.
func (t *Terminal) restore() {
	t.lock.Lock()
	defer t.lock.Unlock()
	if !t.raw {
		return
	}
	t.raw = false
	_, _ = t.write([]byte(leave))
	t.reset()
}

// Close restores the terminal. It may be called more than once.
func (t *Terminal) Close() {
	t.restore()
	t.once.Do(func() {
		close(t.closed)
		t.unnotify()
	})
}

// restoreAfterPanic restores the terminal before the program ends by a panic. Each
// goroutine of the Terminal defers it.
func (t *Terminal) restoreAfterPanic() {
	if p := recover(); p != nil {
		t.restore()
		panic(p)
	}
}

func (t *Terminal) send(e Event) bool {
	select {
	case t.events <- e:
		return true
	case <-t.closed:
		return false
	}
}

// readKeys sends the keys that are pressed.
func (t *Terminal) readKeys() {
	defer t.restoreAfterPanic()
	var d Decoder
	buf := make([]byte, 256)
	for {
		if d.Pending() && !t.wait() {
			for _, k := range d.Flush() {
				if !t.send(Event{Kind: KeyEvent, Key: k}) {
					return
				}
			}
		}
		n, err := t.in.Read(buf)
		for _, k := range d.Decode(buf[:n]) {
			if !t.send(Event{Kind: KeyEvent, Key: k}) {
				return
			}
		}
		if err != nil || n == 0 {
			t.send(Event{Kind: EndEvent, Err: err})
			return
		}
	}
}
