//go:build !windows

package collect

import (
	"io"
	"os"
)

// Elevated reports whether this process can inspect other users' processes: on
// Windows whether its token is elevated, elsewhere whether it runs as root.
func Elevated() bool { return os.Geteuid() == 0 }

// ElevationText returns the system's message for a request that requires
// elevation, in the user's language: the text of Windows error 740. It returns
// "" if the system has no such text.
func ElevationText() string { return "" }

// Language returns the user's preferred language as a tag such as "zh-CN", or
// "" if the environment decides.
func Language() string { return "" }

// HostName returns the system's name of this host, or "" if unknown.
func HostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// Output returns a writer for UTF-8 text that is shown in f. On Windows it
// encodes the text for the console or, if f is a file or a pipe, in the code
// page of the console. A character may be split between two writes.
func Output(f *os.File) io.Writer { return f }

// Shows reports whether Output can write all characters of a text. Windows code
// pages lack most characters. text is called only if that must be tested.
func Shows(*os.File, func() string) bool { return true }
