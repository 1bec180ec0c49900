package fact

import (
	"time"

	"netstat"
)

// View is what a report is about.
type View uint8

const (
	Sockets View = iota
	Routes
	Interfaces
	Groups
	Statistics
	NAT
)

// String returns the lower-case name.
func (v View) String() string { return views[v].name }

// Record is one row of any view. Of the pointers exactly one is set, that of
// the row's kind; it and what it leads to is valid until the next record.
type Record struct {
	Row        *Row
	Route      *netstat.Route
	RareRoute  netstat.RareRoute
	Interface  *netstat.Interface
	Membership *netstat.Membership
	Counter    *netstat.Counter
	NATSession *netstat.NATSession
	Group      *Group
	// Netns names the network namespace that it is from, empty where only one
	// was looked at.
	Netns string
	// Time is when the report that shows it was made.
	Time time.Time
	// Change says what has become of it since the round before.
	Change Change
	// Changed names the columns that differ, of a row that has changed.
	Changed []string
	// Family is what was asked for, of a Counter; elsewhere it is zero.
	Family netstat.Family
	// Rates is what a Counter or an Interface counted each second since the
	// round before; nil where nobody compared.
	Rates *Rates

	room, second []Value // for Fact.Values and Pair
}

// Row is one socket with what was joined to it.
type Row struct {
	Socket netstat.Socket
	// Facts are those that were asked for; the zero of another says nothing.
	Facts netstat.Facts
	// Owners are the processes that hold the socket, nil where nobody looked.
	// Where none was found, Unknown says why.
	Owners  []Owner
	Unknown netstat.OwnerUnknown
	// UserName is the name of Socket.UID, empty where it has none or nobody
	// looked.
	UserName string
	// Cgroup is the path of the socket's control group, empty where not known.
	Cgroup string
	// Interface is the name of the interface that the socket is bound to, empty
	// for none and where not known or not asked for.
	Interface string
	// Peer is the other end, where that is on this host; nil where not, or
	// where nobody looked.
	Peer *Peer

	// Joiner, where not nil, sets Owners, Unknown and Peer when a filter asks for
	// them, before the row is selected.
	Joiner Joiner
}

// Joiner finds what belongs to a socket.
type Joiner interface {
	// Join sets what n asks for in the row: every owner of the socket and of its
	// peer.
	Join(r *Row, n *Needs)
}

// Need has what the facts about the row that n asks for are read from.
func (r *Row) Need(n *Needs) {
	if r.Joiner != nil && n.Joins() {
		r.Joiner.Join(r, n)
	}
}

// Owner is a process that holds a socket, with its user's name where that is
// known.
type Owner struct {
	netstat.Process
	UserName string
	// Command is the whole command line, with blanks between its parts, where
	// FactArgs was asked for.
	Command string
	// Via says by what the process holds the socket.
	Via netstat.OwnerVia
}

// Peer is the other end of a connection within this host.
type Peer struct {
	PeerEnd
	Netns  string // the name of its network namespace, empty where only one was looked at
	Owners []Owner
}

// PeerEnd is the other end of a connection.
type PeerEnd struct {
	// Inode and Netns are those of the socket. Inode is 0 where no process can
	// hold it: the owner is then unknown as OwnerUnknown says of State.
	Inode uint64
	Netns uint32
	State netstat.State
	// Waiting says that no process has accepted the connection yet: Inode is
	// that of the socket which listens for it, if that is known.
	Waiting bool
	// Translated says that the ends know each other by other addresses, so
	// that connection tracking was asked.
	Translated bool
}

// Rates is what was counted each second since the round before, in thousandths
// (ValueMilli). What cannot be told is absent: a counter that was not there, or
// that began anew.
type Rates struct {
	// Elapsed is how long ago the round before was.
	Elapsed time.Duration
	// Counter is that of Record.Counter; for a gauge it is absent.
	Counter Value
	// Receive and Transmit are those of Record.Interface, in the order of
	// InterfaceCounters.
	Receive, Transmit [len(InterfaceCounters)]Value
}

// Change is what has become of a row since the round before. The zero value
// means that nobody compared.
type Change uint8

const (
	ChangeNone Change = iota
	ChangeOpened
	ChangeClosed
	ChangeChanged
)

var changeNames = [...]string{"", "opened", "closed", "changed"}

// String returns one lower-case word, empty for ChangeNone.
func (c Change) String() string { return changeNames[c] }

// Group is one row of a report that was grouped: the values of its keys and
// what was summed up.
type Group struct {
	Keys   []Value
	Count  uint64
	Totals []Value
}
