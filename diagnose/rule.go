package diagnose

import (
	"strings"

	"netstat"
)

// Rule looks for one thing that can be wrong with a host.
type Rule struct {
	// Name is the name in options and findings: lower-case words joined by "-".
	Name string
	// Signal says in one sentence what the rule looks at, Threshold from when on it
	// reports which severity, and Doubt when it can be wrong.
	Signal, Threshold, Doubt Text
	// Source says where to read on.
	Source string
	// Moments says how many moments the rule needs.
	Moments Moments
	// Windows reports whether the rule also judges a Windows host.
	Windows bool
	// Needs holds what must be read.
	Needs Needs
	new   func() check
}

// Text is a text in English and in Chinese.
type Text struct{ English, Chinese string }

// In returns the text in one of the two languages.
func (t Text) In(chinese bool) string {
	if chinese {
		return t.Chinese
	}
	return t.English
}

// Moments says how many moments of a host a Rule needs.
type Moments uint8

const (
	// OneMoment suffices. The rule does not see the sockets of earlier ones.
	OneMoment Moments = iota
	// BetterTwo means that one suffices, but the rule finds more, or is surer, with two.
	BetterTwo
	// TwoMoments are required: the rule compares.
	TwoMoments
)

// Needs holds what a Rule reads of a host. The zero value is nothing.
type Needs struct {
	// Protocols lists the protocols whose sockets the rule looks at, in both families;
	// netstat.ProtocolNone stands for unix sockets.
	Protocols []netstat.Protocol
	// Facts are the facts of these sockets.
	Facts netstat.Facts
	// Owners asks for the processes that hold sockets, Process for facts about them.
	Owners  bool
	Process netstat.ProcessFacts
	// Counters asks for protocol counters, Measures for the host's other numbers.
	Counters, Measures            bool
	Interfaces, Routes, Neighbors bool
	// Paths asks for what IPv4 has learned of paths to single destinations.
	Paths bool
}

// add adds what o needs to n.
func (n *Needs) add(o *Needs) {
	n.Protocols = append(n.Protocols, o.Protocols...)
	n.Facts |= o.Facts
	n.Owners = n.Owners || o.Owners
	n.Process |= o.Process
	n.Counters = n.Counters || o.Counters
	n.Measures = n.Measures || o.Measures
	n.Interfaces = n.Interfaces || o.Interfaces
	n.Routes = n.Routes || o.Routes
	n.Neighbors = n.Neighbors || o.Neighbors
	n.Paths = n.Paths || o.Paths
}

// parts lists what n asks for, by the names of Moment.Unread.
func (n *Needs) parts() []string {
	var parts []string
	for _, t := range tablesOf(n.Protocols) {
		parts = append(parts, t.String())
	}
	for _, p := range [...]struct {
		needed bool
		name   string
	}{
		{n.Owners, "owners"}, {n.Counters, "counters"}, {n.Measures, "measures"},
		{n.Interfaces, "interfaces"}, {n.Routes, "routes"}, {n.Neighbors, "neighbors"},
		{n.Paths, "paths"},
	} {
		if p.needed {
			parts = append(parts, p.name)
		}
	}
	return parts
}

// check is a Rule at work on one host.
type check interface {
	// socket sees one socket of the needed protocols. s is valid during the call only.
	socket(m *Moment, s *netstat.Socket)
	// conclude ends a moment. It reports findings with Moment.find, and keeps what it
	// compares at the next moment. m.Before is nil at the first one.
	conclude(m *Moment)
}

// Rules returns every rule, in the order of docs/diagnose.md. It is the contents page of
// this package: each line is a file.
func Rules() []*Rule {
	return []*Rule{
		acceptQueue(),
		synQueue(),
		closeWait(),
		ephemeralPorts(),
		retransmits(),
		stuckSender(),
		unread(),
		udpDrops(),
		tcpMemory(),
		orphans(),
		timeWait(),
		synSent(),
		closing(),
		unixBacklog(),
		exposed(),
		deletedExe(),
		noOwner(),
		keepalive(),
		reuseportSkew(),
		conntrack(),
		neighbors(),
		softnet(),
		networkInterface(),
		pathMTU(),
		routing(),
		v6Only(),
	}
}

// Names returns the name of every rule, in the order of Rules.
func Names() []string {
	rules := Rules()
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
	}
	return names
}

// Named returns the rule with this name, in any case, or nil if there is none.
func Named(name string) *Rule {
	for _, r := range Rules() {
		if strings.EqualFold(r.Name, name) {
			return r
		}
	}
	return nil
}

// processNames are the facts that name a process to a reader.
const processNames = netstat.FactArgv0 | netstat.FactProcessCgroup
