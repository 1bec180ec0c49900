package collect

import (
	"os"

	"golang.org/x/sys/unix"
)

// TerminalWidth returns how many columns the terminal has that f is, 0 where it
// is none or where that is not known.
func TerminalWidth(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
