package collect

import (
	"io"
	"os"

	"netstat/internal/win32"
)

// Elevated says whether this process may look into others': on Windows whether
// its token is elevated, elsewhere whether it runs as root.
func Elevated() bool { return win32.Elevated() }

// ElevationText is what the system says of a request that needs elevation, in
// the user's language: Windows' text of error 740. It is empty where the
// system has no such text.
func ElevationText() string { return win32.ElevationText() }

// Language is the user's preferred language as a tag such as "zh-CN", empty
// where the environment is what decides.
func Language() string { return win32.Language() }

// HostName is the name of this host, as the system has it; empty where that is
// not known.
func HostName() string { return win32.HostName() }

// Output returns what UTF-8 text is written to, so that it shows in f: on
// Windows it is encoded for the console, or, where f is a file or a pipe, in
// the code page of the console. Characters may be split over writes.
func Output(f *os.File) io.Writer { return win32.Output(f) }

// Shows reports whether all of a text comes out of Output as it is. Windows'
// code pages lack most characters. text is called only if that has to be tried.
func Shows(f *os.File, text func() string) bool { return win32.Shows(f, text) }
