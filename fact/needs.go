package fact

import "netstat"

// Needs is what has to be known of rows, so that no more is found. The zero value
// is what costs nothing.
type Needs struct {
	Socket netstat.Facts
	// Process are facts about owners.
	Process netstat.ProcessFacts
	// Owners and Peers ask for those, NetNS for the names of namespaces.
	Owners, Peers, NetNS bool
	// UserNames, Interfaces and Cgroups ask for the names of users, interfaces
	// and control groups, where a Socket or Process has their numbers.
	UserNames, Interfaces, Cgroups bool
	// Reasons asks why an owner is unknown, as closely as can be found.
	Reasons bool
}

// OwnerNeeds is what owners, and these facts about them, cannot be found without.
func OwnerNeeds(process netstat.ProcessFacts) Needs {
	return Needs{Socket: netstat.FactInode, Owners: true, Process: process}
}

// PeerNeeds is what peers, and these facts about their owners, cannot be found
// without.
func PeerNeeds(process netstat.ProcessFacts) Needs {
	return Needs{Socket: netstat.FactInode | netstat.FactPeer, Peers: true, Process: process}
}

// Add adds what other asks for.
func (n *Needs) Add(other Needs) {
	n.Socket |= other.Socket
	n.Process |= other.Process
	n.Owners = n.Owners || other.Owners
	n.Peers = n.Peers || other.Peers
	n.NetNS = n.NetNS || other.NetNS
	n.UserNames = n.UserNames || other.UserNames
	n.Interfaces = n.Interfaces || other.Interfaces
	n.Cgroups = n.Cgroups || other.Cgroups
	n.Reasons = n.Reasons || other.Reasons
}

// Joins reports whether n asks for what is joined to a socket.
func (n *Needs) Joins() bool { return n.Owners || n.Peers || n.Reasons }

// needs is what a fact that a Socket has needs.
func needs(f netstat.Facts) Needs { return Needs{Socket: f} }
