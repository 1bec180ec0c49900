// Package snapshot records everything that a host can be asked into one JSON
// document, and answers from such a document as that host would have.
//
// A recording holds every table of a netstat.Source with all its facts, the
// owners of sockets and their processes, what was wrong with a table and at which
// row, and the names that the host has for the users, ports and addresses in
// it. The rows have the form of package schema; docs/json.md describes the
// document. It knows neither files nor command lines, and starts no lookup on a
// network.
package snapshot

import (
	"net/netip"
	"time"

	"netstat"
)

// Content is the value of the field "content" of the documents.
const Content = "snapshot"

// Meta says of which host a recording is, and what its netstat knew of itself.
type Meta struct {
	// Program is the name and version of what recorded it.
	Program string
	// Time is when the recording began: the clock of a replay.
	Time time.Time
	// Name is the host's name, empty where it is not known.
	Name string
	// System is what the host runs, as Go names it: "linux", "windows".
	System string
	// EUID is the effective user that recorded it, -1 where users have no
	// numbers.
	EUID int
	// Elevated says whether that user might look into everything: root, or
	// an elevated administrator.
	Elevated bool
	// SELinux says whether the host has it.
	SELinux bool
}

// Names are the names that the recorded host has for numbers. They are asked
// for what occurs in the tables; false means that there is none. They must come
// from the host itself: nothing of a recording is sent anywhere.
type Names interface {
	User(uid uint32) (string, bool)
	// Service is asked with "tcp" and "udp".
	Service(port uint16, network string) (string, bool)
	Protocol(number uint16) (string, bool)
	Network(prefix netip.Addr) (string, bool)
	// LocalHosts are the addresses that the host names without asking
	// another.
	LocalHosts() map[netip.Addr]string
}

var (
	inetFamilies = [...]netstat.Family{netstat.Inet, netstat.Inet6}
	rareFamilies = [...]netstat.Family{
		netstat.AX25, netstat.NetROM, netstat.ROSE, netstat.X25, netstat.IPX, netstat.AppleTalk,
	}
)

// socketKey names a table of sockets in a recording. Bound sockets stand apart:
// a Source lists them only where it is asked for them.
type socketKey struct {
	table netstat.Table
	bound bool
}

// routeKey names a table of routes.
type routeKey struct {
	family            netstat.Family
	cache, persistent bool
}
