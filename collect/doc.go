// Package collect opens the running host as a [netstat.Source], and tells the
// little else that a command has to know of its system. It only chooses the
// back end that this system has.
package collect

import "netstat"

// Options chooses how the host is read. The zero value is the automatic
// choice; the others serve tests and support.
type Options struct {
	// Source forces a way to read sockets: "netlink", "proc" or "bpf". Linux
	// only.
	Source string
	// Owners forces a way to find the owners of sockets: on Linux "scan" or
	// "bpf".
	Owners string
	// ProcRoot is where to look for proc(5) on Linux, empty for /proc.
	ProcRoot string
	// Netns is the network namespace to look at, as Namespaces or
	// FindNamespace gave it; nil for that of this process. Owners are those of
	// the whole host all the same. Linux only.
	Netns *netstat.Namespace
}
