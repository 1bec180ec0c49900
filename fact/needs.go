package fact

import "netstat"

// Needs holds what must be read of rows, so that nothing more is read. The zero
// value needs only what costs nothing.
type Needs struct {
	Socket netstat.Facts
	// Process holds facts about owners.
	Process netstat.ProcessFacts
	// Owners and Peers ask for owners and peers, NetNS for the names of
	// namespaces.
	Owners, Peers, NetNS bool
	// UserNames, Interfaces and Cgroups ask for the names of users,
	// interfaces and control groups whose numbers a Socket or Process has.
	UserNames, Interfaces, Cgroups bool
	// Reasons asks for the reason why an owner is unknown, as exactly as
	// possible.
	Reasons bool
	// Rates asks for the bytes per second of sockets, which follow from two rounds.
	Rates bool
	// Interface holds further facts about interfaces, Addresses asks for their IPv6
	// addresses.
	Interface netstat.InterfaceFacts
	Addresses bool
}

// OwnerNeeds returns what owners and these facts about them need.
func OwnerNeeds(process netstat.ProcessFacts) Needs {
	return Needs{Socket: netstat.FactInode, Owners: true, Process: process}
}

// peerNeeds returns what peers and these facts about their owners need.
func peerNeeds(process netstat.ProcessFacts) Needs {
	return Needs{Socket: netstat.FactInode | netstat.FactPeer, Peers: true, Process: process}
}

// Add adds the needs of other.
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
	n.Rates = n.Rates || other.Rates
	n.Interface |= other.Interface
	n.Addresses = n.Addresses || other.Addresses
}

// Joins reports whether n needs anything that is joined to a socket.
func (n *Needs) Joins() bool { return n.Owners || n.Peers || n.Reasons }

// needs returns the Needs of facts that a Socket has.
func needs(f netstat.Facts) Needs { return Needs{Socket: f} }
