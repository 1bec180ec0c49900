package terminal

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/windows"
)

// modes are the modes of a console's two sides, see SetConsoleMode, and the channel of
// signals.
type modes struct {
	in, out uint32
	signals chan os.Signal
}

// Size returns the number of columns and rows of the window, or 0 if out is no console.
func (t *Terminal) Size() (cols, rows int) {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(t.out.Fd()), &info) != nil {
		return 0, 0
	}
	cols, rows = int(info.Window.Right)-int(info.Window.Left)+1, int(info.Window.Bottom)-int(info.Window.Top)+1
	if cols <= 0 || rows <= 0 {
		return usualCols, usualRows
	}
	return cols, rows
}

func (t *Terminal) read() (m modes, err error) {
	if err = windows.GetConsoleMode(windows.Handle(t.in.Fd()), &m.in); err != nil {
		return m, err
	}
	if err = windows.GetConsoleMode(windows.Handle(t.out.Fd()), &m.out); err != nil {
		return m, err
	}
	m.signals = make(chan os.Signal, 16)
	return m, nil
}

// setRaw lets keys arrive at once, unseen and as sequences, and lets the console
// interpret sequences. Ctrl-C stays a signal.
func (t *Terminal) setRaw() error {
	in := t.modes.in&^(windows.ENABLE_LINE_INPUT|windows.ENABLE_ECHO_INPUT|windows.ENABLE_MOUSE_INPUT|windows.ENABLE_WINDOW_INPUT) |
		windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_VIRTUAL_TERMINAL_INPUT
	if err := windows.SetConsoleMode(windows.Handle(t.in.Fd()), in); err != nil {
		return err
	}
	out := t.modes.out | windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	return windows.SetConsoleMode(windows.Handle(t.out.Fd()), out)
}

func (t *Terminal) reset() {
	_ = windows.SetConsoleMode(windows.Handle(t.in.Fd()), t.modes.in)
	_ = windows.SetConsoleMode(windows.Handle(t.out.Fd()), t.modes.out)
}

// wait waits for the rest of a sequence of bytes and reports whether it came.
func (t *Terminal) wait() bool {
	e, err := windows.WaitForSingleObject(windows.Handle(t.in.Fd()), 50)
	return err == nil && e == windows.WAIT_OBJECT_0
}

// notify sends signals and changes of the size, which the console does not report.
func (t *Terminal) notify() {
	signal.Notify(t.modes.signals, os.Interrupt, windows.SIGTERM)
	go func() {
		defer t.restoreAfterPanic()
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		cols, rows := t.Size()
		for {
			select {
			case s := <-t.modes.signals:
				if !t.send(Event{Kind: SignalEvent, Signal: s}) {
					return
				}
			case <-tick.C:
				if c, r := t.Size(); c != cols || r != rows {
					cols, rows = c, r
					t.send(Event{Kind: ResizeEvent})
				}
			case <-t.closed:
				return
			}
		}
	}()
}

func (t *Terminal) unnotify() { signal.Stop(t.modes.signals) }

// Suspend does nothing: Windows suspends no programs.
func (t *Terminal) Suspend() {}

// Resume sets the terminal up again after the program was stopped.
func (t *Terminal) Resume() error { return t.enter() }

// Die does nothing: on Windows the program ends with a status.
func Die(os.Signal) {}

// Console returns the console of the process, to read keys from if standard input is
// something else. The caller closes it.
func Console() (*os.File, error) { return os.OpenFile("CONIN$", os.O_RDWR, 0) }
