package filter

import (
	"slices"
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

// stateName is a name of states.
type stateName struct {
	name string   // name in tables, or in lower case that of one of ss's groups
	also []string // other names: ss's, net-tools' for some families, Microsoft's
	// set holds states in TCP's terms (see stateAs) or, if exact is set, states as they
	// are.
	set   netstat.StateSet
	exact bool
}

// stateNames lists the names of states. Case, "-", "_", "." and blanks in them do not
// matter.
var stateNames = [...]stateName{
	{"ESTABLISHED", []string{"ESTAB"}, 1 << netstat.Established, false},
	{"SYN-SENT", nil, 1 << netstat.SynSent, false},
	{"SYN-RECEIVED", []string{"SYN-RECV", "SYN-RCVD"}, synReceived, false},
	{"FIN-WAIT-1", nil, 1 << netstat.FinWait1, false},
	{"FIN-WAIT-2", nil, 1 << netstat.FinWait2, false},
	{"TIME-WAIT", nil, 1 << netstat.TimeWait, false},
	{"CLOSED", []string{"CLOSE", "UNCONNECTED", "UNCONN"}, 1 << netstat.Closed, false},
	{"CLOSE-WAIT", nil, 1 << netstat.CloseWait, false},
	{"LAST-ACK", nil, 1 << netstat.LastAck, false},
	{"LISTEN", []string{"LISTENING"}, 1 << netstat.Listen, false},
	{"CLOSING", nil, 1 << netstat.Closing, false},
	{"NEW-SYN-RECV", nil, 1 << netstat.NewSynRecv, true},
	{"BOUND", []string{"BOUND-INACTIVE"}, boundState, true},
	{"DELETE-TCB", nil, 1 << netstat.DeleteTCB, true},

	{"FREE", nil, 1 << netstat.Free, true},
	{"CONNECTING", []string{"CONNECT", "CONN-SENT", "SABM-SENT", "CALL-SENT"}, 1 << netstat.Connecting, true},
	{"DISCONNECTING", []string{"DISCONN", "DISC-SENT", "CLEAR-SENT"}, 1 << netstat.Disconnecting, true},
	{"RECOVERING", []string{"RECOVERY", "RESET-SENT"}, 1 << netstat.Recovering, true},
	{"ACCEPTING", []string{"CONNECT2", "CONN-RCVD", "CALL-RCVD"}, 1 << netstat.Accepting, true},
	{"CONFIGURING", []string{"CONFIG"}, 1 << netstat.Configuring, true},
	{"OPEN", nil, 1 << netstat.Open, true},
	{"PARTOPEN", nil, 1 << netstat.PartOpen, true},
	{"UNKNOWN", []string{"UNK"}, 1 << netstat.StateUnknown, true},

	{"all", nil, netstat.AllStates, true},
	{"connected", nil, connected | 1<<netstat.DeleteTCB, false},
	{"synchronized", nil, connected&^(1<<netstat.SynSent) | 1<<netstat.DeleteTCB, false},
	{"bucket", nil, bucket, false},
	{"big", nil, netstat.AllStates &^ bucket, false},
}

// group reports whether the name is one of ss's names for several states.
func (n *stateName) group() bool { return n.name[0] >= 'a' }

// associationStates lists the states of RFC 9260 that Socket.State does not have: tables
// show them as association_state, and net-tools shows them as the state.
var associationStates = [...]string{
	"COOKIE-WAIT", "COOKIE-ECHOED", "SHUTDOWN-PENDING", "SHUTDOWN-SENT", "SHUTDOWN-RECEIVED", "SHUTDOWN-ACK-SENT",
}

// stateWord returns a name in lower case without "-", "_", "." and blanks.
func stateWord(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_. ", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// statesNamed returns the names of states that a text matches: one, or several for a
// pattern with "*" or "?".
func statesNamed(text string) (list []*stateName) {
	word := stateWord(text)
	pattern := strings.ContainsAny(word, "*?")
	is := func(name string) bool {
		if pattern {
			return glob(word, stateWord(name), false)
		}
		return word == stateWord(name)
	}
	for i := range stateNames {
		n := &stateNames[i]
		if pattern && n.group() {
			continue
		}
		if is(n.name) || slices.ContainsFunc(n.also, is) {
			list = append(list, n)
		}
	}
	return list
}

// associationState returns the state of an SCTP association that a text names, or "".
func associationState(text string) string {
	for _, name := range associationStates {
		if stateWord(name) == stateWord(text) {
			return name
		}
	}
	return ""
}

// unknownState returns the error about an unknown state.
func unknownState(text string) string {
	if name := associationState(text); name != "" {
		return quote(text) + " is a state of SCTP associations: use association_state = " + name
	}
	var known []string
	var spellings []spelling
	for i := range stateNames {
		n := &stateNames[i]
		known = append(known, n.name)
		spellings = append(spellings, spelling{stateWord(n.name), n.name})
		for _, name := range n.also {
			spellings = append(spellings, spelling{stateWord(name), name})
		}
	}
	return unknown("state", text, stateWord(text), spellings, "known: "+strings.Join(known, ", "))
}

// stateFamily distinguishes families that use different states for the same condition.
type stateFamily uint8

const (
	otherStates stateFamily = iota
	unixStates
	circuitStates // AX.25 and similar families: a listening socket is Unconnected

	stateFamilies
)

func stateFamilyOf(f netstat.Family) stateFamily {
	switch f {
	case netstat.Unix:
		return unixStates
	case netstat.AX25, netstat.NetROM, netstat.ROSE, netstat.X25:
		return circuitStates
	}
	return otherStates
}

// stateAs returns a state in TCP's terms, as ss does for other families: a socket with a
// peer is established, one without is closed or listening.
func stateAs(s netstat.State, family stateFamily) netstat.State {
	switch s {
	case netstat.Connected:
		return netstat.Established
	case netstat.Connecting:
		if family == unixStates {
			return netstat.Established // and not accepted yet
		}
		return netstat.SynSent
	case netstat.Unconnected, netstat.Free, netstat.Open:
		return netstat.Closed
	case netstat.Disconnecting:
		if family == unixStates {
			return netstat.Closed
		}
		return netstat.Closing
	}
	return s
}

// stateSets holds the states of each family that match a test.
type stateSets [stateFamilies]netstat.StateSet

// sets returns the states of each family that a name means.
func (n *stateName) sets() (sets stateSets) {
	for family := range stateFamilies {
		if sets[family] = n.set; n.exact {
			continue
		}
		sets[family] = 0
		for s := netstat.State(0); netstat.AllStates.Has(s); s++ {
			listens := family == circuitStates && s == netstat.Unconnected && n.set == 1<<netstat.Listen
			if n.set.Has(stateAs(s, family)) || listens {
				sets[family] |= 1 << s
			}
		}
	}
	return sets
}

// possibleStates returns the states that a socket of a table can have: all of them unless
// the system certainly has fewer.
func possibleStates(t netstat.Table) netstat.StateSet {
	const datagram = 1<<netstat.StateUnknown | 1<<netstat.Established | 1<<netstat.Closed
	switch t.Family {
	case netstat.Inet, netstat.Inet6:
		switch t.Protocol {
		case netstat.UDP, netstat.UDPLite, netstat.Raw, netstat.ICMP:
			return datagram
		}
	case netstat.Unix:
		return 1<<netstat.StateUnknown | 1<<netstat.Listen | 1<<netstat.Free | 1<<netstat.Unconnected |
			1<<netstat.Connecting | 1<<netstat.Connected | 1<<netstat.Disconnecting
	case netstat.Packet, netstat.Netlink, netstat.XDP, netstat.Key, netstat.CAN:
		return datagram
	}
	return netstat.AllStates
}

// stateLeaf is a run of "state" and "exclude" clauses, which ss applies in order: the
// first "state" starts from none, the first "exclude" from all.
type stateLeaf struct {
	sets stateSets
	// bound is set if Bound was named; otherwise tables do not contain it.
	bound bool
	text  string
}

// clause adds one clause and reports whether its name is known.
func (l *stateLeaf) clause(exclude bool, name string) bool {
	names := statesNamed(name)
	if len(names) == 0 {
		return false
	}
	keyword := "state "
	if exclude {
		keyword = "exclude "
		for i := range l.sets {
			if l.text == "" {
				l.sets[i] = netstat.AllStates
			}
		}
	}
	for _, n := range names {
		for i, set := range n.sets() {
			if exclude {
				l.sets[i] &^= set
			} else {
				l.sets[i] |= set
			}
		}
		l.bound = l.bound || n.set == boundState
	}
	if l.text != "" {
		keyword = " " + keyword
	}
	l.text += keyword
	if len(names) == 1 {
		l.text += strings.ToLower(names[0].name)
	} else {
		l.text = string(appendWord([]byte(l.text), name))
	}
	return true
}

func (l *stateLeaf) match(r *fact.Record) bool {
	s := &r.Row.Socket
	return l.sets[stateFamilyOf(s.Table.Family)].Has(s.State)
}
func (l *stateLeaf) appendText(b []byte) []byte { return append(b, l.text...) }
func (l *stateLeaf) needs() fact.Needs          { return fact.Needs{} }
func (l *stateLeaf) decide(t netstat.Table) verdict {
	if l.sets[stateFamilyOf(t.Family)]&possibleStates(t) == 0 {
		return never
	}
	return open
}
func (l *stateLeaf) kernel() *netstat.Condition { return nil }

// parseState parses one state after a comparison.
func parseState(v *value) (node, *Error) {
	l := &stateLeaf{}
	if l.clause(false, v.token.text) {
		return v.leaf(l)
	}
	if name := associationState(v.token.text); name != "" {
		return v.leaf(associationLeaf(name))
	}
	return v.failNamed(unknownState(v.token.text))
}

// associationLeaf tests the state of an SCTP association.
func associationLeaf(name string) *textLeaf {
	return &textLeaf{fact: fact.Named(facts(), "association_state"), pattern: name}
}

// peerStateLeaf tests the state of the peer.
type peerStateLeaf struct {
	fact *fact.Fact
	sets stateSets
	name string
}

func (l *peerStateLeaf) match(r *fact.Record) bool {
	r.Row.Need(&l.fact.Needs)
	peer := r.Row.Peer
	return peer != nil && peer.State != netstat.StateUnknown && l.sets[stateFamilyOf(r.Row.Socket.Table.Family)].Has(peer.State)
}
func (l *peerStateLeaf) needs() fact.Needs            { return l.fact.Needs }
func (l *peerStateLeaf) decide(netstat.Table) verdict { return open }
func (l *peerStateLeaf) kernel() *netstat.Condition   { return nil }
func (l *peerStateLeaf) appendText(b []byte) []byte {
	return appendWord(append(b, "peer_state = "...), l.name)
}

// parsePeerState parses one state of the peer, or an empty text for none.
func parsePeerState(f *fact.Fact, v *value) (node, *Error) {
	if v.token.text == "" {
		return v.leaf(&textLeaf{fact: f})
	}
	names := statesNamed(v.token.text)
	if len(names) == 0 {
		return v.failNamed(unknownState(v.token.text))
	}
	l := &peerStateLeaf{fact: f, name: v.token.text}
	for _, n := range names {
		for i, set := range n.sets() {
			l.sets[i] |= set
		}
	}
	return v.leaf(l)
}
