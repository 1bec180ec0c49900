// Package filter decides which sockets are shown: it reads expressions in the
// grammar of ss(8), extended by fields of this project, and tells what a Source
// may leave out on their account. docs/filters.md is its manual.
//
// A field is a fact of package fact; this package only knows how it is compared.
// It does no I/O: names are turned into numbers by [Env], and what a Socket lacks
// comes from the row's fact.Joiner.
package filter

import (
	"net/netip"

	"netstat"
)

// Env turns names of the running system into numbers, while an expression is
// read. A nil function knows no names.
type Env struct {
	// Service returns the port of a service.
	Service func(name string) (uint16, bool)
	// Host returns the addresses of a host.
	Host func(name string) ([]netip.Addr, error)
	// Interface returns the index of a network interface.
	Interface func(name string) (uint32, bool)
	// User returns the number of a user. Where it is nil, users are known by
	// the name that the system writes (fact.Owner.User).
	User func(name string) (uint32, bool)
	// Cgroup returns the id of a control group; see netstat.Cgroups.
	Cgroup func(path string) (uint64, error)
	// Family is that of an end that does not name one, as ss takes that of
	// its option -f; FamilyNone for the Internet's.
	Family netstat.Family
}
