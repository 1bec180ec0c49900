package view

import "net/netip"

// Names maps numbers to the names that the running host has for them. It must
// be used by one goroutine only. It caches answers, and answers false if there
// is no name.
type Names interface {
	// WantHost starts looking up the name of an address and returns at
	// once, so that lookups of many addresses run in parallel.
	WantHost(ip netip.Addr)
	// Host returns the name of an address and waits for the lookup. The
	// waits of one report together never exceed the time limit of the
	// Names; after that, unresolved addresses have no name.
	Host(ip netip.Addr) (string, bool)
	// HostReady reports whether Host would answer without waiting.
	HostReady(ip netip.Addr) bool
	// Network returns the name of a network, given its first address.
	Network(prefix netip.Addr) (string, bool)
	// Service returns the name of a port. network is "tcp" or "udp".
	Service(port uint16, network string) (string, bool)
	// Protocol returns the name of an IP protocol number, which a raw
	// socket shows as its port.
	Protocol(number uint16) (string, bool)
	// WantUser, User and UserReady do the same for login names, with the
	// same time limit: a directory service may be as slow as a name server.
	WantUser(uid uint32)
	User(uid uint32) (string, bool)
	UserReady(uid uint32) bool
	// GaveUp returns the number of names that this report lacks because the
	// time limit was reached.
	GaveUp() int
	// NextReport restarts the time limit. Answers are kept.
	NextReport()
}
