// Package snapshot records everything that a host can report in one JSON document, and
// answers from such a document as that host would have.
//
// A snapshot holds every table of a netstat.Source with all its facts, the owners of
// sockets and their processes, the problems of each table with the row after which they
// occurred, and the host's names for the users, ports and addresses in it. Rows have
// the form of package schema; docs/json.md describes the document. The package does not
// handle files or command lines and makes no network lookups.
package snapshot

import (
	"net/netip"
	"time"

	"netstat"
)

// Content is the value of the field "content" of a snapshot.
const Content = "snapshot"

// Meta describes the host of a snapshot and the process that recorded it.
type Meta struct {
	// Program is the name and version of the recording program.
	Program string
	// Time is when recording began. A Source uses it as the current time.
	Time time.Time
	// Name is the host name; empty if unknown.
	Name string
	// System is the host's operating system as named by Go: "linux", "windows".
	System string
	// EUID is the effective user id of the recording process; -1 if users have no
	// numbers.
	EUID int
	// Elevated reports whether that user could inspect everything: root, or an elevated
	// administrator.
	Elevated bool
	// SELinux reports whether the host has SELinux.
	SELinux bool
	// Redacted reports whether pseudonyms replace what is personal. WriteRedacted sets it.
	Redacted bool
}

// Names returns a host's names for the numbers that occur in its tables, and false for
// a number without a name. They must come from the host itself, without network
// lookups.
type Names interface {
	User(uid uint32) (string, bool)
	// Service is called with network "tcp" and "udp".
	Service(port uint16, network string) (string, bool)
	Protocol(number uint16) (string, bool)
	Network(prefix netip.Addr) (string, bool)
	// LocalHosts returns the addresses that the host can name without a network lookup.
	LocalHosts() map[netip.Addr]string
}

var (
	inetFamilies = [...]netstat.Family{netstat.Inet, netstat.Inet6}
	rareFamilies = [...]netstat.Family{
		netstat.AX25, netstat.NetROM, netstat.ROSE, netstat.X25, netstat.IPX, netstat.AppleTalk,
	}
)

// socketKey names a table of sockets in a snapshot. Bound sockets are separate: a
// Source lists them only on request.
type socketKey struct {
	table netstat.Table
	bound bool
}

// routeKey names a table of routes.
type routeKey struct {
	family                     netstat.Family
	cache, persistent, details bool
}
