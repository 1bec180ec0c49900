// Package filter selects sockets, and by their own facts the records of other views: it
// parses expressions in the grammar of ss(8), extended by this project's fields, matches
// records, and determines which rows a Source may omit.
// docs/filters.md is its manual.
//
// A field is a fact of package fact; this package only knows how to compare it. It does
// no I/O: [Env] turns names into numbers, and the row's fact.Joiner provides what a
// Socket lacks.
package filter

import (
	"net/netip"

	"netstat"
	"netstat/fact"
)

// Env looks up names of the running system during parsing. A nil function knows
// no names.
type Env struct {
	// Service returns the port of a service.
	Service func(name string) (uint16, bool)
	// Host returns the addresses of a host.
	Host func(name string) ([]netip.Addr, error)
	// Interface returns the index of a network interface.
	Interface func(name string) (uint32, bool)
	// User returns the user ID of a user. If it is nil, users are matched
	// by the name that the system writes (fact.Owner.User).
	User func(name string) (uint32, bool)
	// Cgroup returns the ID of a control group, see netstat.Cgroups.
	Cgroup func(path string) (uint64, error)
	// Family is the family of an address that does not name one, like
	// option -f of ss. FamilyNone means the Internet's.
	Family netstat.Family
	// Facts are the facts that the expression can name if its records are no sockets.
	// Their texts, addresses and numbers are compared as they are shown. nil means
	// sockets.
	Facts []fact.Fact
	// Rates is set if rounds are compared, so that the traffic of a socket is known when
	// it is selected.
	Rates bool
}
