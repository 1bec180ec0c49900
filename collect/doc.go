// Package collect opens the running host as a [netstat.Source]. It only
// chooses the back end that this system has.
package collect

// Options chooses how the host is read. The zero value is the automatic
// choice; the others serve tests and support.
type Options struct {
	// Source forces a way to read sockets: on Linux "netlink" or "proc".
	Source string
	// Owners forces a way to find the owners of sockets: on Linux "scan" or
	// "bpf".
	Owners string
	// ProcRoot is where to look for proc(5) on Linux, empty for /proc.
	ProcRoot string
}
