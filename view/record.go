package view

import (
	"net/netip"

	"netstat"
	"netstat/filter"
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

var viewNames = [...]string{"sockets", "routes", "interfaces", "groups", "statistics", "nat"}

// String returns the lower-case name.
func (v View) String() string { return viewNames[v] }

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
	// Change says what has become of it since the round before.
	Change Change
	// Changed names the columns that differ, of a row that has changed.
	Changed []string
	// Family is what was asked for, of a Counter; elsewhere it is zero.
	Family netstat.Family
	// Rates is what a Counter or an Interface counted each second since the
	// round before; nil where nobody compared.
	Rates *Rates
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
}

// Owner is a process that holds a socket, with its user's name where that is
// known.
type Owner struct {
	netstat.Process
	UserName string
	// Via says by what the process holds the socket.
	Via netstat.OwnerVia
}

// Peer is the other end of a connection within this host.
type Peer struct {
	PeerEnd
	Netns  string // the name of its network namespace, empty where only one was looked at
	Owners []Owner
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

// ValueKind says what a Value is.
type ValueKind uint8

const (
	ValueAbsent   ValueKind = iota // not known, not asked for, or not there
	ValueText                      // Text
	ValueNumber                    // Number, without a sign
	ValueSigned                    // Number, as two's complement
	ValueBytes                     // Number of bytes
	ValueRate                      // Number of bytes per second
	ValueDuration                  // Number of nanoseconds, with a sign
	ValueTime                      // Number of nanoseconds since 1970, with a sign
	ValueFlag                      // Number, 0 or 1
	ValueAddress                   // Address, and Number as its prefix length where Text is "/"
	ValueEndpoint                  // Address and Number as the port; Text for an end that is a name
	ValueProcess                   // Number as the process id, Text as the name of the process
	ValueMilli                     // Number of thousandths, with a sign
)

// Value is one fact about a record: a cell of a table, a key to sort by.
type Value struct {
	Kind    ValueKind
	Number  uint64
	Text    string
	Address netip.Addr
}

// Column is a fact that records of a view can have, by the name that
// --columns, --sort and --group-by use. The name is that of JSON where JSON
// has the fact in one field.
type Column struct {
	Name  string
	Title string // above its cells in a table
	Kind  ValueKind
	// Needs is what has to be asked for to have the value.
	Needs filter.Facts
	Value func(r *Record) Value
	// All appends every value of a fact that a row can have several of, the one
	// of Value first; nil where there is but one. It appends nothing where
	// there is none.
	All func(r *Record, list []Value) []Value
	// Total says that the values of several rows can be summed up.
	Total bool
}

// Group is one row of a report that was grouped: the values of its keys and
// what was summed up.
type Group struct {
	Keys   []Value
	Count  uint64
	Totals []Value
}
