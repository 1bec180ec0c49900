// Package collect opens the running host as a [netstat.Source] and returns the
// few other facts about its system that a command needs. It only selects the
// back end of this system.
package collect

import "netstat"

// Options selects how to read the host. The zero value selects automatically;
// the other values are for tests and support.
type Options struct {
	// Source forces a way to read sockets: "netlink", "proc" or "bpf". ""
	// selects automatically. Linux only.
	Source string
	// Owners forces a way to find the owners of sockets: "scan" or "bpf".
	// "" selects automatically. Linux only.
	Owners string
	// ProcRoot is where proc(5) is mounted; "" means /proc. Linux only.
	ProcRoot string
	// Netns is the network namespace to read, as returned by Namespaces or
	// FindNamespace; nil means that of this process. Owners are still those
	// of the whole host. Linux only.
	Netns *netstat.Namespace
}
