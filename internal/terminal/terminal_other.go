//go:build !linux && !windows

package terminal

import "os"

type modes struct{}

// Size returns 0: this system's terminals are not supported.
func (t *Terminal) Size() (cols, rows int) { return 0, 0 }

func (t *Terminal) read() (modes, error) { return modes{}, ErrNoTerminal }
func (t *Terminal) setRaw() error        { return ErrNoTerminal }
func (t *Terminal) reset()               {}
func (t *Terminal) wait() bool           { return false }
func (t *Terminal) notify()              {}
func (t *Terminal) unnotify()            {}

// Suspend does nothing.
func (t *Terminal) Suspend() {}

// Resume does nothing.
func (t *Terminal) Resume() error { return nil }

// Die does nothing.
func Die(os.Signal) {}

// Console returns an error: this system's terminals are not supported.
func Console() (*os.File, error) { return nil, ErrNoTerminal }
