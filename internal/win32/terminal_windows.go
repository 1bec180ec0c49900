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

// Colors makes the console f interpret the sequences of colours, as those of Windows
// Terminal do from the start and others only if a program asks. ok reports whether f
// interprets them. restore is not nil if the mode of the console changed: a console is
// shared with the programs that run later.
func Colors(f *os.File) (restore func(), ok bool) {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return nil, false
	}
	if mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0 {
		return nil, true
	}
	const colors = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	if windows.SetConsoleMode(console, mode|colors) != nil {
		return nil, false // before Windows 10
	}
	return func() { _ = windows.SetConsoleMode(console, mode) }, true
}
