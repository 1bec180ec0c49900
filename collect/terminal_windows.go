package collect

import (
	"os"

	"netstat/internal/win32"
)

// TerminalWidth returns how many columns the terminal has that f is, 0 where it
// is none or where that is not known.
func TerminalWidth(f *os.File) int { return win32.TerminalWidth(f) }
