//go:build !windows

package collect

import (
	"io"
	"os"
)

// Elevated says whether this process may look into others': on Windows whether
// its token is elevated, elsewhere whether it runs as root.
func Elevated() bool { return os.Geteuid() == 0 }

// ElevationText is what the system says of a request that needs elevation, in
// the user's language: Windows' text of error 740. It is empty where the
// system has no such text.
func ElevationText() string { return "" }

// Language is the user's preferred language as a tag such as "zh-CN", empty
// where the environment is what decides.
func Language() string { return "" }

// HostName is the name of this host, as the system has it; empty where that is
// not known.
func HostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// Output returns what UTF-8 text is written to, so that it shows in f: on
// Windows it is encoded for the console, or, where f is a file or a pipe, in
// the code page of the console. Characters may be split over writes.
func Output(f *os.File) io.Writer { return f }

// Shows reports whether all of a text comes out of Output as it is. Windows'
// code pages lack most characters. text is called only if that has to be tried.
func Shows(*os.File, func() string) bool { return true }
