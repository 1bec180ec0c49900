package collect

import (
	"os"

	"netstat/internal/linux"
)

// TerminalWidth returns how many columns the terminal has that f is, 0 where it
// is none or where that is not known.
func TerminalWidth(f *os.File) int { return linux.TerminalWidth(f) }
