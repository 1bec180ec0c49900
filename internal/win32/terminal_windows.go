package win32

import (
	"os"

	"golang.org/x/sys/windows"
)

// TerminalWidth returns the width of the console f in columns, or 0 if f is not a
// console.
func TerminalWidth(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info) != nil {
		return 0
	}
	return int(info.Window.Right) - int(info.Window.Left) + 1
}

// TerminalHeight returns the height of the console f in lines, or 0 if f is not a
// console.
func TerminalHeight(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info) != nil {
		return 0
	}
	return int(info.Window.Bottom) - int(info.Window.Top) + 1
}
