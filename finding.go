package netstat

import (
	"net/netip"
	"strconv"
)

// Finding is one thing that a host's tables show to be wrong, or worth knowing, with its
// evidence.
type Finding struct {
	// Rule is the name of the rule that found it, such as "accept-queue".
	Rule     string
	Severity Severity
	Subject  Subject
	// Text says in one sentence what is wrong, and Advice what to do about it.
	Text, Advice string
	// Evidence lists the facts that show it, at least one.
	Evidence []Evidence
	// Command is a command line of this program, without its name, that shows the same
	// facts; "" if none does.
	Command string
	// Source says where to read on: an RFC, a file of the kernel's documentation, a
	// manual page.
	Source string
}

// Severity is how bad a Finding is. A greater Severity is worse.
type Severity uint8

const (
	// Info is worth knowing and may be intended.
	Info Severity = iota
	// Warning: something works badly, or soon will not work.
	Warning
	// Critical: data or connections are being lost.
	Critical
)

var severities = [...]string{"info", "warning", "critical"}

// String returns the name in lower case.
func (s Severity) String() string { return severities[min(int(s), len(severities)-1)] }

// Subject is what a Finding is about. The zero value is the host. Fields that do not
// apply are zero.
type Subject struct {
	Kind SubjectKind
	// Table, State, Local, Remote and Cookie identify a socket. Local and Remote are
	// also set for a group of sockets that share them; a port of 0 then means any.
	Table         Table
	State         State
	Local, Remote Addr
	Cookie        uint64
	// PID and Process are the process that holds the socket, or the subject itself.
	PID     uint32
	Process string
	// Service is its container or systemd unit.
	Service string
	// Interface is the name of a network interface.
	Interface string
	// Destination is that of a route.
	Destination netip.Prefix
	// Netns is the name of the network namespace, or "" if only one was read.
	Netns string
}

// SubjectKind is the type of a Subject.
type SubjectKind uint8

const (
	OfHost SubjectKind = iota
	OfSocket
	OfProcess
	OfInterface
	OfRoute
	// OfRemote is a remote address and port that many connections share.
	OfRemote
)

var subjectKinds = [...]string{"host", "socket", "process", "interface", "route", "remote"}

// String returns the name in lower case.
func (k SubjectKind) String() string { return subjectKinds[min(int(k), len(subjectKinds)-1)] }

// Evidence is one fact that a Finding rests on.
type Evidence struct {
	// Fact is the name of the fact: a column of sockets or interfaces ("recvq"), a
	// counter ("TcpExt.ListenOverflows"), or a measure ("sysctl.net.ipv4.tcp_mem.max").
	// Grown reports whether Value is its growth between two moments.
	Fact  string
	Grown bool
	// Value is what was found, and Limit what it was compared with; Limit is absent
	// without a threshold.
	Value, Limit Quantity
}

// Quantity is a number or a text. The zero value is absent.
type Quantity struct {
	Kind   QuantityKind
	Number uint64
	Text   string
}

// QuantityKind is the type of a Quantity.
type QuantityKind uint8

const (
	QuantityAbsent QuantityKind = iota
	QuantityNumber
	QuantityPermille // Number is in thousandths: 25 is 2.5 %
	QuantityText
)

// NumberOf returns a number.
func NumberOf(n uint64) Quantity { return Quantity{Kind: QuantityNumber, Number: n} }

// PermilleOf returns a share in thousandths.
func PermilleOf(n uint64) Quantity { return Quantity{Kind: QuantityPermille, Number: n} }

// TextOf returns a text.
func TextOf(s string) Quantity { return Quantity{Kind: QuantityText, Text: s} }

// String returns the quantity as text: "128", "2.5%".
func (q Quantity) String() string {
	switch q.Kind {
	case QuantityNumber:
		return strconv.FormatUint(q.Number, 10)
	case QuantityPermille:
		s := strconv.FormatUint(q.Number/10, 10)
		if tenth := q.Number % 10; tenth != 0 {
			s += "." + string(rune('0'+tenth))
		}
		return s + "%"
	case QuantityText:
		return q.Text
	}
	return ""
}
