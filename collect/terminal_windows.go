package collect

import (
	"os"

	"netstat/internal/win32"
)

// TerminalWidth returns the number of columns of the terminal f, or 0 if f is
// not a terminal or the width is unknown.
func TerminalWidth(f *os.File) int { return win32.TerminalWidth(f) }

// TerminalHeight returns the number of lines of the terminal f, or 0 if f is not a
// terminal or the height is unknown.
func TerminalHeight(f *os.File) int { return win32.TerminalHeight(f) }

// Colors makes the terminal f interpret the sequences of colours and reports whether it
// does. restore, if not nil, undoes that.
func Colors(f *os.File) (restore func(), ok bool) { return win32.Colors(f) }
