package terminal

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// modes are the modes of a terminal, see termios(3), and the channel of signals.
type modes struct {
	termios unix.Termios
	signals chan os.Signal
}

// Size returns the number of columns and rows, or 0 if out is no terminal.
func (t *Terminal) Size() (cols, rows int) {
	size, err := unix.IoctlGetWinsize(int(t.out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	if size.Col == 0 || size.Row == 0 {
		return usualCols, usualRows
	}
	return int(size.Col), int(size.Row)
}

func (t *Terminal) read() (m modes, err error) {
	old, err := unix.IoctlGetTermios(int(t.in.Fd()), unix.TCGETS)
	if err != nil {
		return m, err
	}
	m.termios = *old
	m.signals = make(chan os.Signal, 16)
	return m, nil
}

// setRaw lets each key arrive at once and unseen. Ctrl-C and Ctrl-Z stay signals.
func (t *Terminal) setRaw() error {
	raw := t.modes.termios
	raw.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.IEXTEN
	raw.Lflag |= unix.ISIG
	raw.Iflag &^= unix.IXON | unix.ICRNL | unix.INLCR | unix.IGNCR
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(t.in.Fd()), unix.TCSETSW, &raw)
}

func (t *Terminal) reset() {
	_ = unix.IoctlSetTermios(int(t.in.Fd()), unix.TCSETSW, &t.modes.termios)
}

// wait waits for the rest of a sequence of bytes and reports whether it came.
func (t *Terminal) wait() bool {
	fds := []unix.PollFd{{Fd: int32(t.in.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 50)
	return n > 0 || err == unix.EINTR
}

func (t *Terminal) notify() {
	signal.Notify(t.modes.signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGCONT, unix.SIGWINCH)
	go func() {
		defer t.restoreAfterPanic()
		for {
			select {
			case s := <-t.modes.signals:
				e := Event{Kind: SignalEvent, Signal: s}
				switch s {
				case unix.SIGWINCH:
					e.Kind = ResizeEvent
				case unix.SIGTSTP:
					e.Kind = SuspendEvent
				case unix.SIGCONT:
					e.Kind = ContinueEvent
				}
				if !t.send(e) {
					return
				}
			case <-t.closed:
				return
			}
		}
	}()
}

func (t *Terminal) unnotify() { signal.Stop(t.modes.signals) }

// Suspend restores the terminal and stops the program until it is continued. A
// ContinueEvent follows.
func (t *Terminal) Suspend() {
	t.restore()
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
}

// Resume sets the terminal up again after the program was stopped.
func (t *Terminal) Resume() error { return t.enter() }

// Die ends the program as a signal does that it does not handle. Close must have been
// called. It returns for SIGQUIT, for which the runtime would print every goroutine.
func Die(s os.Signal) {
	number, ok := s.(unix.Signal)
	if !ok || number == unix.SIGQUIT {
		return
	}
	signal.Reset(number)
	_ = unix.Kill(unix.Getpid(), number)
	time.Sleep(time.Second) // the signal may arrive later
}

// Console returns the terminal that controls the process, to read keys from if standard
// input is something else. The caller closes it.
func Console() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }
