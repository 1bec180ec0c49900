package filter

import (
	"net/netip"
	"strconv"

	"netstat"
	"netstat/fact"
)

// Tracked adds to a query what all tracked connections that the expression matches have in
// common, so that a Source may leave out the others. The connections must still be checked
// by Match.
func (e *Expr) Tracked(q *netstat.TrackedQuery) {
	if e == nil {
		return
	}
	parts := e.root.of
	if e.root.kind != andNode {
		parts = []node{e.root}
	}
	for i := range parts {
		n, negate := &parts[i], false
		if n.kind == notNode {
			n, negate = &n.of[0], true
		}
		if n.kind != leafNode {
			continue
		}
		switch l := n.leaf.(type) {
		case *textLeaf:
			l.tracked(q, negate)
		case *numberLeaf:
			l.tracked(q, negate)
		}
	}
	for _, p := range [...]*netstat.TrackedPath{&q.Where.Original, &q.Where.Reply} {
		for _, end := range [...]netip.Addr{p.Source.Addr(), p.Destination.Addr()} {
			if end.IsValid() {
				ofTracked(q, end)
			}
		}
	}
	if q.Family == netstat.FamilyNone {
		return
	}
	// A connection has one family; the kernel compares addresses of no other.
	for _, p := range [...]*netstat.TrackedPath{&q.Where.Original, &q.Where.Reply} {
		for _, end := range [...]*netip.AddrPort{&p.Source, &p.Destination} {
			if a := end.Addr(); a.IsValid() && a.Is4() != (q.Family == netstat.Inet) {
				*end = netip.AddrPortFrom(netip.Addr{}, end.Port())
			}
		}
	}
}

// ofTracked restricts a query of both families to that of an address.
func ofTracked(q *netstat.TrackedQuery, a netip.Addr) {
	switch {
	case q.Family != netstat.FamilyNone:
	case a.Is4():
		q.Family = netstat.Inet
	default:
		q.Family = netstat.Inet6
	}
}

// trackedEnd returns the end of a connection that a fact is about; nil for another fact.
func trackedEnd(w *netstat.TrackedWhere, name string) *netip.AddrPort {
	switch name {
	case "source", "source_address", "source_port":
		return &w.Original.Source
	case "destination", "destination_address", "destination_port":
		return &w.Original.Destination
	case "reply_source", "reply_source_address", "reply_source_port", "dnat_to":
		return &w.Reply.Source
	case "reply_destination", "reply_destination_address", "reply_destination_port", "snat_to":
		return &w.Reply.Destination
	}
	return nil
}

// tracked adds the test, or its negation, to a query.
func (l *textLeaf) tracked(q *netstat.TrackedQuery, negate bool) {
	switch {
	case l.fact.Name == "status":
		if bit := l.trackedStatus(); bit != 0 {
			trackedStatus(&q.Where, bit, !negate)
		}
	case negate:
	case l.fact.Name == "family":
		four, six := l.is(netstat.Inet.String()), l.is(netstat.Inet6.String())
		switch {
		case q.Family != netstat.FamilyNone:
		case four && !six:
			q.Family = netstat.Inet
		case six && !four:
			q.Family = netstat.Inet6
		}
	case l.fact.Name == "proto":
		l.trackedProtocol(&q.Where)
	case l.prefix.IsValid():
		if trackedEnd(&q.Where, l.fact.Name) != nil {
			ofTracked(q, l.prefix.Addr())
		}
	default:
		if end := trackedEnd(&q.Where, l.fact.Name); end != nil {
			l.trackedEnd(end)
		}
	}
}

// trackedStatus returns the only flag whose name matches, 0 if several do.
func (l *textLeaf) trackedStatus() (bit netstat.TrackedStatus) {
	if l.pattern == "" { // it matches connections without flags
		return 0
	}
	for b := netstat.TrackedStatus(1); b != 0; b <<= 1 {
		switch {
		case !l.is(b.String()):
		case bit != 0:
			return 0
		default:
			bit = b
		}
	}
	return bit
}

func trackedStatus(w *netstat.TrackedWhere, bit netstat.TrackedStatus, set bool) {
	if w.StatusMask&bit != 0 {
		return
	}
	w.StatusMask |= bit
	if set {
		w.Status |= bit
	}
}

// trackedProtocol restricts connections to the only protocol whose name matches.
func (l *textLeaf) trackedProtocol(w *netstat.TrackedWhere) {
	only := 0
	for n := range 256 {
		name := netstat.IPProtocolName(uint8(n))
		if name == "" {
			name = strconv.Itoa(n)
		}
		switch {
		case !l.is(name):
		case only != 0:
			return
		default:
			only = n
		}
	}
	if w.IPProtocol == 0 {
		w.IPProtocol = uint8(only)
	}
}

// trackedEnd restricts an end to the only address that matches, and its port.
func (l *textLeaf) trackedEnd(end *netip.AddrPort) {
	if isPattern(l.pattern) || end.Addr().IsValid() {
		return
	}
	address, err := netip.ParseAddr(l.pattern)
	port := end.Port()
	if err != nil && l.fact.Kind == fact.ValueEndpoint {
		var p netip.AddrPort
		p, err = netip.ParseAddrPort(l.pattern)
		address, port = p.Addr(), p.Port()
	}
	if err == nil && address.Zone() == "" {
		*end = netip.AddrPortFrom(address, port)
	}
}

// tracked adds the test, or its negation, to a query.
func (l *numberLeaf) tracked(q *netstat.TrackedQuery, negate bool) {
	if l.compare != netstat.CompareEqual || l.low != l.high {
		return
	}
	w, n := &q.Where, l.low
	switch name := l.fact.Name; {
	case name == "assured":
		trackedStatus(w, netstat.TrackedAssured, (n != 0) != negate)
	case name == "unreplied":
		trackedStatus(w, netstat.TrackedSeenReply, (n != 0) == negate)
	case negate:
	case name == "ip_protocol":
		if w.IPProtocol == 0 && n < 256 {
			w.IPProtocol = uint8(n)
		}
	case name == "zone":
		if w.Zone == 0 && n <= 1<<16-1 {
			w.Zone = uint16(n)
		}
	case name == "mark":
		if w.MarkMask == 0 && n <= 1<<32-1 {
			w.Mark, w.MarkMask = uint32(n), 1<<32-1
		}
	default:
		if end := trackedEnd(w, name); end != nil && end.Port() == 0 && n <= 1<<16-1 {
			*end = netip.AddrPortFrom(end.Addr(), uint16(n))
		}
	}
}
