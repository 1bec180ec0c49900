package view

import "net/netip"

// Names turns numbers into the names that the running host has for them. It
// is for one goroutine, keeps its answers, and answers false where there is no
// name.
type Names interface {
	// WantHost starts looking up the name of an address and returns at once,
	// so that many addresses are looked up together.
	WantHost(ip netip.Addr)
	// Host returns the name of an address. It waits for the lookup, but all
	// waits of one report together never exceed the limit the Names was made
	// with; past it, addresses still unresolved have no name.
	Host(ip netip.Addr) (string, bool)
	// HostReady says whether Host would answer without waiting.
	HostReady(ip netip.Addr) bool
	// Network returns the name of a network, given by its first address.
	Network(prefix netip.Addr) (string, bool)
	// Service returns the name of a port; network is "tcp" or "udp".
	Service(port uint16, network string) (string, bool)
	// Protocol returns the name of an IP protocol number, as a raw socket's
	// port shows it.
	Protocol(number uint16) (string, bool)
	// WantUser, User and UserReady are the same for login names, with the same
	// limit: a name service may be as slow as a name server.
	WantUser(uid uint32)
	User(uid uint32) (string, bool)
	UserReady(uid uint32) bool
	// GaveUp returns how many names this report has done without because
	// the time was up.
	GaveUp() int
	// NextReport starts a new allowance of waiting time. Answers are kept.
	NextReport()
}
