package win32

import (
	"os"

	"golang.org/x/sys/windows"
)

// TerminalWidth returns how many columns the console has that f is, 0 where it
// is none.
func TerminalWidth(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info) != nil {
		return 0
	}
	return int(info.Window.Right) - int(info.Window.Left) + 1
}
