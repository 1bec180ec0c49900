package fact

import (
	"strings"
	"time"

	"netstat"
)

// View is the type of records that a report is about.
type View uint8

const (
	Sockets View = iota
	Routes
	Interfaces
	Groups
	Statistics
	NAT
	Findings
	Summaries
	Conntrack
	Neighbors
	Rules
	Lookups
)

// String returns the name in lower case.
func (v View) String() string { return views[v].name }

// Record is one row of any view. Exactly one of the pointers is set: the one
// for the row's type. It and what it points to are valid until the next record.
type Record struct {
	Row        *Row
	Route      *netstat.Route
	RareRoute  netstat.RareRoute
	Interface  *netstat.Interface
	Membership *netstat.Membership
	Counter    *netstat.Counter
	NATSession *netstat.NATSession
	Finding    *netstat.Finding
	Summary    *netstat.Summary
	Tracked    *netstat.TrackedConnection
	Neighbor   *netstat.Neighbor
	Rule       *netstat.Rule
	Lookup     *netstat.RouteAnswer
	Group      *Group
	// Netns is the name of the network namespace of the record, or "" if
	// only one was read.
	Netns string
	// Time is the time of the report.
	Time time.Time
	// Change is the change since the previous round.
	Change Change
	// Changed names the columns that differ, for a changed row.
	Changed []string
	// Before is the socket of the previous round, for a changed or closed row.
	Before *netstat.Socket
	// Event is what happened to the socket of Row, or nil if the record is not about an
	// event.
	Event *netstat.Event
	// Family is the requested family of a Counter, else zero.
	Family netstat.Family
	// Rates holds the increase per second of a Counter or an Interface
	// since the previous round. It is nil if rounds are not compared.
	Rates *Rates

	room, second []Value // for Fact.Values and Pair
}

// Row is one socket with what was joined to it.
type Row struct {
	Socket netstat.Socket
	// Facts holds the requested facts. The zero value of any other fact is
	// meaningless.
	Facts netstat.Facts
	// Owners lists the processes that hold the socket. It is nil if they were not
	// requested. If none was found, Unknown holds the reason.
	Owners  []Owner
	Unknown netstat.OwnerUnknown
	// UserName is the name of Socket.UID, or "" if it has none or was not
	// looked up.
	UserName string
	// Cgroup is the path of the socket's control group, or "" if unknown.
	Cgroup string
	// Interface is the name of the interface that the socket is bound to,
	// or "" if it is bound to none, or the name is unknown or was not
	// requested.
	Interface string
	// Peer is the peer of the socket. It is nil if the peer is not on this host or was
	// not requested.
	Peer *Peer
	// Traffic is nil if rounds are not compared, and for a socket that is new or whose
	// counters are unknown.
	Traffic *Traffic

	// Joiner, if not nil, sets Owners, Unknown and Peer when a filter needs
	// them, before the row is selected.
	Joiner Joiner
}

// Joiner finds what belongs to a socket.
type Joiner interface {
	// Join sets what n needs in the row: every owner of the socket and of
	// its peer.
	Join(r *Row, n *Needs)
}

// Need ensures that the row has what the facts in n are read from.
func (r *Row) Need(n *Needs) {
	if r.Joiner != nil && n.Joins() {
		r.Joiner.Join(r, n)
	}
}

// Owner is a process that holds a socket, with its user's name if known.
type Owner struct {
	netstat.Process
	UserName string
	// Command is the whole command line, with blanks between its parts. It is empty
	// unless FactArgs was requested.
	Command string
	// Service is the container that the process runs in, as RUNTIME/ID, or else its
	// systemd unit without ".service". It is empty if there is neither, or if
	// FactProcessCgroup was not requested.
	Service string
	// Age is the time since the process started, in whole seconds from 1. It is 0 if
	// unknown.
	Age time.Duration
	// Via is how the process holds the socket.
	Via netstat.OwnerVia
}

// shortID is the number of digits of a container's ID that are shown, as by the runtimes.
const shortID = 12

// OwnerOf returns a process as the owner of a socket, with the values derived from its
// facts. at is the time of the report, or the zero time if unknown.
func OwnerOf(p netstat.Process, at time.Time) Owner {
	o := Owner{Process: p, Command: strings.Join(p.Args, " ")}
	switch {
	case p.Container.ID != "":
		id := p.Container.ID
		if len(id) == 64 {
			id = id[:shortID]
		}
		o.Service = id
		if p.Container.Runtime != "" {
			o.Service = p.Container.Runtime + "/" + id
		}
	case p.UserUnit != "":
		o.Service = strings.TrimSuffix(p.UserUnit, ".service")
	default:
		o.Service = strings.TrimSuffix(p.Unit, ".service")
	}
	if !p.Started.IsZero() && !at.IsZero() {
		o.Age = max(at.Sub(p.Started).Round(time.Second), time.Second)
	}
	return o
}

// Peer is the peer of a connection within this host, with its owners.
type Peer struct {
	PeerEnd
	Netns  string // name of its network namespace, "" if only one was read
	Owners []Owner
}

// PeerEnd describes the peer's socket.
type PeerEnd struct {
	// Inode and Netns are those of the socket. Inode is 0 if no process can
	// hold it; OwnerUnknown then gives the reason by State.
	Inode uint64
	Netns uint32
	State netstat.State
	// Waiting reports whether the connection is not accepted yet. Inode is
	// then that of the listening socket, if known.
	Waiting bool
	// Translated reports whether the two sockets know each other by different addresses,
	// so that connection tracking was needed to match them.
	Translated bool
}

// Rates holds the increase per second since the previous round, in thousandths
// (ValueMilli). A rate is absent if the counter is new or was reset.
type Rates struct {
	// Elapsed is the time since the previous round.
	Elapsed time.Duration
	// Counter is the rate of Record.Counter. It is absent for a gauge.
	Counter Value
	// Before is the previous value of Record.Counter, and Increase what has been counted
	// since; both are absent if it is new, Increase also for a gauge and after a reset.
	Before, Increase Value
	// Back is how the counter got less than it was.
	Back Back
	// Moved reports whether the counter is new or has another value than before.
	Moved bool
	// Receive and Transmit are the rates of Record.Interface, in the order
	// of InterfaceCounters.
	Receive, Transmit [len(InterfaceCounters)]Value
	// Tracked holds the rates of the counters of Record.Tracked, in the order of
	// TrackedCounters.
	Tracked [len(TrackedCounters)]Value
}

// Back is how a counter got less than it was. The zero value means that it did not.
type Back uint8

const (
	BackNone    Back = iota
	BackWrapped      // it passed the largest number that it can hold, and counted on from 0
	BackReset        // it started again: how much it counted is unknown
)

var backNames = [...]string{"", "wrapped", "reset"}

// String returns one lower-case word, or "" for BackNone.
func (b Back) String() string { return backNames[b] }

// Traffic holds the traffic of a TCP connection per second since the previous round.
type Traffic struct {
	// Sent and Received are bytes, Sent without retransmissions.
	Sent, Received           uint64
	SentKnown, ReceivedKnown bool
	// SegsOut, SegsIn and Retrans are segments sent, received and retransmitted, in
	// thousandths (ValueMilli). They are absent if the kernel does not count them.
	SegsOut, SegsIn, Retrans Value
}

// Change is how a row differs from the previous round. The zero value means that rounds
// were not compared.
type Change uint8

const (
	ChangeNone Change = iota
	ChangeOpened
	ChangeClosed
	ChangeChanged
)

var changeNames = [...]string{"", "opened", "closed", "changed"}

// String returns one lower-case word, or "" for ChangeNone.
func (c Change) String() string { return changeNames[c] }

// Group is one row of a grouped report: the values of its keys, the count and
// the totals.
type Group struct {
	Keys   []Value
	Count  uint64
	Totals []Value
}
