package netstat

import (
	"context"
	"time"
)

// Event is one thing that happened to a socket.
type Event struct {
	Type   EventType
	Origin EventOrigin
	// Time is when it happened or, with EventPolled, when it was found.
	Time time.Time
	// Old and New are the states before and after; StateUnknown if unknown. They are
	// equal for EventRetransmit.
	Old, New State
	// Socket is the socket as far as the origin knows it. Its State is New, and its Netns
	// is set if EventQuery.Netns is. It is zero for EventLost except for Table, and that
	// is zero too if the loss may concern any table.
	Socket Socket
	// PID and Comm are the process that caused the event or an earlier one of the same
	// socket, and its name; 0 and "" if no process is known. It held the socket then.
	PID  uint32
	Comm string
	// Lost is the number of events lost, for EventLost; 0 if it is unknown.
	Lost uint64
}

// EventType is what happened.
type EventType uint8

const (
	// EventOpened: a socket appeared in its table. A TCP socket does when it begins to
	// connect or listen, and an accepted one when its connection is established.
	EventOpened EventType = iota
	// EventClosed: a socket disappeared from its table. What the kernel keeps of a
	// connection in TIME-WAIT does not count as a socket.
	EventClosed
	EventState      // the state changed, and the socket was neither opened nor closed
	EventRetransmit // TCP sent a segment again
	EventLost       // events are missing here or earlier
)

var eventTypeNames = [...]string{"opened", "closed", "state", "retransmit", "lost"}

// String returns the name in lower case.
func (t EventType) String() string { return eventTypeNames[min(int(t), len(eventTypeNames)-1)] }

// EventTypes is a set of types. The zero value is the empty set.
type EventTypes uint8

// EventTypesOf returns the set of the given types.
func EventTypesOf(types ...EventType) (set EventTypes) {
	for _, t := range types {
		set |= 1 << t
	}
	return set
}

// AllEventTypes contains every type.
const AllEventTypes EventTypes = 1<<len(eventTypeNames) - 1

// Has reports whether t is in the set.
func (set EventTypes) Has(t EventType) bool { return set&(1<<t) != 0 }

// EventOrigin is how an event became known.
type EventOrigin uint8

const (
	// EventPolled: by comparing the sockets of two moments. A socket that is opened and
	// closed in between is missed.
	EventPolled EventOrigin = iota
	// EventNetlink: the kernel announced the end of a socket to a netlink socket
	// (NETLINK_SOCK_DIAG, groups SKNLGRP_INET_TCP_DESTROY and others). Linux only.
	EventNetlink
	// EventBPF: a program in the kernel recorded the event when it happened. Linux only.
	EventBPF
)

var eventOriginNames = [...]string{"poll", "netlink", "bpf"}

// String returns the name in lower case.
func (o EventOrigin) String() string {
	return eventOriginNames[min(int(o), len(eventOriginNames)-1)]
}

// EventQuery selects what an EventStream records.
type EventQuery struct {
	// Tables lists the tables of interest, all of one protocol.
	Tables []Table
	// Netns holds the network namespaces to record, by Namespace.Inode; nil means that of
	// the Source. AllNetns requests every one, also those made later.
	Netns    []uint32
	AllNetns bool
}

// EventSource is implemented by a Source whose system reports what happens to sockets.
type EventSource interface {
	// OpenEvents begins to record and returns what it records. The error wraps
	// errors.ErrUnsupported if the system reports nothing about these tables or
	// namespaces. The caller closes the stream; it does not count as use of the Source
	// and may be used in another goroutine.
	OpenEvents(ctx context.Context, q EventQuery) (EventStream, error)
}

// EventStream is a recording of events. It begins when OpenEvents returns: a socket that
// was open before has no EventOpened, but its later events.
//
// The events of one socket come in the order in which they happened. Those of different
// sockets come in the order in which the kernel recorded them, except that the
// EventOpened of a connecting TCP socket without a local port yet waits until the port is
// known, at most until the first SYN is sent again after a second. None is missing, unless
// an EventLost says so; nothing is known then of the sockets of the missing events.
type EventStream interface {
	// Types returns the types that the stream has of a table, besides EventLost. The
	// others must be found by polling.
	Types(t Table) EventTypes
	// Origin returns the origin of all events of the stream.
	Origin() EventOrigin
	// Read waits until something happens and stores at most len(events) events, at least
	// one. After Stop it returns what was recorded before, and then io.EOF. Another error
	// is an *OpError and ends the stream.
	Read(events []Event) (n int, err error)
	// Stop ends the recording. It may be called while another goroutine is in Read.
	Stop()
	// Close releases the resources of the stream. Nothing else may use it then.
	Close() error
}
