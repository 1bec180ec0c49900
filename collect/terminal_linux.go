package collect

import (
	"os"

	"golang.org/x/sys/unix"
)

// TerminalWidth returns the number of columns of the terminal f, or 0 if f is
// not a terminal or the width is unknown.
func TerminalWidth(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// TerminalHeight returns the number of lines of the terminal f, or 0 if f is not a
// terminal or the height is unknown.
func TerminalHeight(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Row)
}

// Colors reports whether the terminal f interprets the sequences of colours, as all do on
// this system. There is nothing to restore.
func Colors(*os.File) (restore func(), ok bool) { return nil, true }
