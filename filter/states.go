package filter

import (
	"strings"

	"netstat"
	"netstat/fact"
)

const (
	// tcpStates holds the states of a TCP connection.
	tcpStates netstat.StateSet = 1<<netstat.Established | 1<<netstat.SynSent | 1<<netstat.SynReceived |
		1<<netstat.FinWait1 | 1<<netstat.FinWait2 | 1<<netstat.TimeWait | 1<<netstat.Closed | 1<<netstat.CloseWait |
		1<<netstat.LastAck | 1<<netstat.Listen | 1<<netstat.Closing | 1<<netstat.NewSynRecv
	synReceived                  = 1<<netstat.SynReceived | 1<<netstat.NewSynRecv
	connected                    = tcpStates &^ (1<<netstat.Listen | 1<<netstat.Closed)
	bucket                       = synReceived | 1<<netstat.TimeWait
	boundState  netstat.StateSet = 1 << netstat.Bound
)

// stateNames are ss's names of states and groups of them, and RFC 9293's where
// ss has others.
var stateNames = [...]struct {
	name string
	set  netstat.StateSet
}{
	{"all", netstat.AllStates},
	{"connected", connected | 1<<netstat.DeleteTCB},
	{"synchronized", connected&^(1<<netstat.SynSent) | 1<<netstat.DeleteTCB},
	{"bucket", bucket},
	{"big", netstat.AllStates &^ bucket},

	{"established", 1 << netstat.Established}, {"estab", 1 << netstat.Established},
	{"syn-sent", 1 << netstat.SynSent},
	{"syn-recv", synReceived}, {"syn-received", synReceived}, {"syn-rcvd", synReceived}, {"new-syn-recv", 1 << netstat.NewSynRecv},
	{"fin-wait-1", 1 << netstat.FinWait1},
	{"fin-wait-2", 1 << netstat.FinWait2},
	{"time-wait", 1 << netstat.TimeWait},
	{"closed", 1 << netstat.Closed}, {"unconnected", 1 << netstat.Closed}, {"unconn", 1 << netstat.Closed},
	{"close-wait", 1 << netstat.CloseWait},
	{"last-ack", 1 << netstat.LastAck},
	{"listening", 1 << netstat.Listen}, {"listen", 1 << netstat.Listen},
	{"closing", 1 << netstat.Closing},
	{"bound", boundState}, {"bound-inactive", boundState},
	{"delete-tcb", 1 << netstat.DeleteTCB},

	{"recovering", 1 << netstat.Recovering},
	{"accepting", 1 << netstat.Accepting},
	{"configuring", 1 << netstat.Configuring},
}

func stateNamed(name string) (netstat.StateSet, bool) {
	for i := range stateNames {
		if stateNames[i].name == name {
			return stateNames[i].set, true
		}
	}
	return 0, false
}

// stateOf returns the state of a socket in TCP's terms, as ss puts it for
// other families: what has a peer is established, what has none is closed or
// listening.
func stateOf(s *netstat.Socket) netstat.State {
	switch s.State {
	case netstat.Connected:
		return netstat.Established
	case netstat.Connecting:
		if s.Table.Family == netstat.Unix {
			return netstat.Established // and not accepted yet
		}
		return netstat.SynSent
	case netstat.Unconnected, netstat.Free, netstat.Open:
		return netstat.Closed
	case netstat.Disconnecting:
		if s.Table.Family == netstat.Unix {
			return netstat.Closed
		}
		return netstat.Closing
	}
	return s.State
}

// stateLeaf is a run of "state" and "exclude" clauses, which ss works off in
// order: the first "state" begins with none, the first "exclude" with all.
type stateLeaf struct {
	set netstat.StateSet
	// bound says that Bound was named, without which tables do not have it.
	bound bool
	text  string
}

// clause adds one clause.
func (l *stateLeaf) clause(exclude bool, name string) bool {
	set, ok := stateNamed(strings.ToLower(name))
	if !ok {
		return false
	}
	keyword := "state "
	if exclude {
		keyword = "exclude "
		if l.text == "" {
			l.set = netstat.AllStates
		}
		l.set &^= set
	} else {
		l.set |= set
	}
	l.bound = l.bound || set == boundState
	if l.text != "" {
		keyword = " " + keyword
	}
	l.text += keyword + strings.ToLower(name)
	return true
}

func (l *stateLeaf) match(r *fact.Record) bool    { return l.set.Has(stateOf(&r.Row.Socket)) }
func (l *stateLeaf) appendText(b []byte) []byte   { return append(b, l.text...) }
func (l *stateLeaf) needs() fact.Needs            { return fact.Needs{} }
func (l *stateLeaf) decide(netstat.Table) verdict { return open }
func (l *stateLeaf) kernel() *netstat.Condition   { return nil }
