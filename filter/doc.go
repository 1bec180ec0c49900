// Package filter decides which sockets are shown: it reads expressions in the
// grammar of ss(8), extended by fields of this project, and tells what a Source
// may leave out on their account. docs/filters.md is its manual.
//
// It does no I/O: names are turned into numbers by [Env], and what a Socket
// lacks comes from [Details].
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
	// the name that the system writes (Owner.User).
	User func(name string) (uint32, bool)
	// Cgroup returns the id of a control group; see netstat.Cgroups.
	Cgroup func(path string) (uint64, error)
	// Family is that of an end that does not name one, as ss takes that of
	// its option -f; FamilyNone for the Internet's.
	Family netstat.Family
}

// Row is one row to decide on.
type Row struct {
	Socket *netstat.Socket
	// Details tells what is not in the Socket. It may be nil if Facts asks
	// for nothing of it.
	Details Details
}

// Details finds what is not in a Socket. It is asked for a row only where the
// answer matters, and possibly more than once: it had better remember. What it
// returns is not kept.
type Details interface {
	// Owners returns the processes that hold the socket open.
	Owners(s *netstat.Socket) []Owner
	// Unknown says why there are none.
	Unknown(s *netstat.Socket) netstat.OwnerUnknown
	// Peer returns the socket's other end, where that is on this host and
	// known, else nil; Peers returns the processes that hold it.
	Peer(s *netstat.Socket) *Peer
	Peers(s *netstat.Socket) []Owner
	// NetNS returns the name of the socket's network namespace.
	NetNS(s *netstat.Socket) string
}

// Owner is a process, with as much of it as [Facts] asks for. What is not known
// is empty.
type Owner struct {
	PID uint32
	// Name is the program's name as the process column shows it.
	Name string
	// Command is the whole command line, with blanks between its parts.
	Command string
	// Via says by what it holds the socket.
	Via netstat.OwnerVia
	// Process has the other facts; never nil.
	Process *netstat.Process
}

// Peer is the other end of a socket.
type Peer struct {
	// Inode is that of the socket, 0 where none is known, and State its state,
	// StateUnknown where not known.
	Inode uint64
	State netstat.State
	// Netns is the name of its network namespace, empty where there is only
	// one.
	Netns string
	// Waiting says that nobody has accepted the connection yet, Translated that
	// it was found by way of address translation.
	Waiting, Translated bool
}

// Facts are what an expression looks at, so that no more need be found.
type Facts struct {
	Socket netstat.Facts
	// Process are facts about owners.
	Process netstat.ProcessFacts
	// Owners and Peers say that those are asked for, Containers and Units
	// that these fields of theirs are, NetNS that names of namespaces are.
	Owners, Peers, Containers, Units, NetNS bool
	// UserNames, Interfaces and Cgroups ask for the names of users, interfaces
	// and control groups, where a Socket or Process has their numbers. No
	// expression does: names in it are turned into numbers before.
	UserNames, Interfaces, Cgroups bool
	// Reasons asks why an owner is not known, as closely as can be told.
	Reasons bool
}

// OwnerFacts are what owners, and these facts about them, cannot be found
// without.
func OwnerFacts(process netstat.ProcessFacts) Facts {
	return Facts{Socket: netstat.FactInode, Owners: true, Process: process}
}

// PeerFacts are what other ends, and these facts about their owners, cannot be
// found without.
func PeerFacts(process netstat.ProcessFacts) Facts {
	return Facts{Socket: netstat.FactInode | netstat.FactPeer, Peers: true, Process: process}
}

// Add adds what g asks for.
func (f *Facts) Add(g Facts) {
	f.Socket |= g.Socket
	f.Process |= g.Process
	f.Owners = f.Owners || g.Owners
	f.Peers = f.Peers || g.Peers
	f.Containers = f.Containers || g.Containers
	f.Units = f.Units || g.Units
	f.NetNS = f.NetNS || g.NetNS
	f.UserNames = f.UserNames || g.UserNames
	f.Interfaces = f.Interfaces || g.Interfaces
	f.Cgroups = f.Cgroups || g.Cgroups
	f.Reasons = f.Reasons || g.Reasons
}
