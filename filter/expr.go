package filter

import (
	"slices"

	"netstat"
	"netstat/fact"
)

// Expr is a parsed expression. It is immutable, so several goroutines may use
// it. A nil *Expr matches every socket.
type Expr struct{ root node }

// node is a part of an expression: "and" or "or" of other nodes, "not" of one,
// or a leaf.
type node struct {
	kind nodeKind
	of   []node
	leaf leaf
}

type nodeKind uint8

const (
	andNode nodeKind = iota // true if empty
	orNode                  // false if empty
	notNode
	leafNode
)

// verdict is what is known of a test for all rows of a table.
type verdict uint8

const (
	open verdict = iota
	always
	never
)

func (v verdict) not() verdict {
	switch v {
	case always:
		return never
	case never:
		return always
	}
	return open
}

// leaf is one test.
type leaf interface {
	match(r *fact.Record) bool
	// appendText appends the test in a form that parses to the same test.
	appendText(b []byte) []byte
	needs() fact.Needs
	// decide reports whether the test has the same result for all rows of a
	// table.
	decide(t netstat.Table) verdict
	// kernel returns the test as a condition for a table of IP sockets, or
	// nil if there is none.
	kernel() *netstat.Condition
}

// joinNodes joins nodes and flattens nested "and" and "or", so that equal
// expressions have equal forms.
func joinNodes(kind nodeKind, parts []node) node {
	joined := node{kind: kind}
	for _, p := range parts {
		if p.kind == kind {
			joined.of = append(joined.of, p.of...)
		} else {
			joined.of = append(joined.of, p)
		}
	}
	if len(joined.of) == 1 {
		return joined.of[0]
	}
	return joined
}

func notOf(n node) node {
	if n.kind == notNode {
		return n.of[0]
	}
	return node{kind: notNode, of: []node{n}}
}

// Match reports whether the expression matches a socket record.
func (e *Expr) Match(r *fact.Record) bool { return e == nil || e.root.match(r) }

func (n *node) match(r *fact.Record) bool {
	switch n.kind {
	case leafNode:
		return n.leaf.match(r)
	case notNode:
		return !n.of[0].match(r)
	case orNode:
		for i := range n.of {
			if n.of[i].match(r) {
				return true
			}
		}
		return false
	default:
		for i := range n.of {
			if !n.of[i].match(r) {
				return false
			}
		}
		return true
	}
}

// Undecided reports whether a record that Match rejected might match if denied processes
// could be inspected. Match must have seen the record.
func (e *Expr) Undecided(r *fact.Record) bool { return e != nil && e.root.outcome(r) == open }

// outcome is match for records whose owners may be unknown: it returns open if the owners
// decide.
func (n *node) outcome(r *fact.Record) verdict {
	switch n.kind {
	case leafNode:
		switch {
		case n.leaf.match(r):
			return always
		case ownersUnknown(n.leaf, r):
			return open
		}
		return never
	case notNode:
		return n.of[0].outcome(r).not()
	}
	decisive := never
	if n.kind == orNode {
		decisive = always
	}
	all := decisive.not()
	for i := range n.of {
		switch n.of[i].outcome(r) {
		case decisive:
			return decisive
		case open:
			all = open
		}
	}
	return all
}

// ownersUnknown reports whether a test needs owners of a record that could not be
// inspected. On Windows, where each row names its process, it reports whether the test
// needs a user that could not be read.
func ownersUnknown(l leaf, r *fact.Record) bool {
	row := r.Row
	switch l.(type) {
	case *userLeaf:
		if row.Socket.Absent&netstat.FactUID == 0 {
			return false
		}
	case *ownerUserLeaf:
	default:
		need := l.needs()
		if need.Peers {
			return row.Peer != nil && row.Peer.Inode != 0 && len(row.Peer.Owners) == 0
		}
		return need.Joins() && row.Unknown == netstat.OwnerDenied
	}
	return row.Unknown == netstat.OwnerDenied || row.Socket.PID != 0 && slices.ContainsFunc(row.Owners, func(o fact.Owner) bool { return o.User == "" })
}

// String returns the expression in a form that Parse reads as the same one,
// with names that were looked up replaced by numbers.
func (e *Expr) String() string {
	if e == nil {
		return ""
	}
	return string(e.root.appendText(nil))
}

func (n *node) appendText(b []byte) []byte {
	switch n.kind {
	case leafNode:
		return n.leaf.appendText(b)
	case notNode:
		return n.of[0].appendInside(append(b, "not "...), notNode)
	}
	word := " and "
	if n.kind == orNode {
		word = " or "
	}
	for i := range n.of {
		if i > 0 {
			b = append(b, word...)
		}
		b = n.of[i].appendInside(b, n.kind)
	}
	return b
}

// appendInside appends a part of a node, in parentheses if necessary.
func (n *node) appendInside(b []byte, around nodeKind) []byte {
	if n.kind == leafNode || n.kind == notNode || n.kind == andNode && around == orNode {
		return n.appendText(b)
	}
	return append(n.appendText(append(b, "( "...)), " )"...)
}

// Needs returns what the expression needs of rows.
func (e *Expr) Needs() (n fact.Needs) {
	if e != nil {
		e.root.each(func(l leaf) { n.Add(l.needs()) })
	}
	return n
}

// HasState reports whether the expression tests states, so that it replaces a
// report's default states.
func (e *Expr) HasState() (has bool) {
	if e != nil {
		e.root.each(func(l leaf) {
			switch l := l.(type) {
			case *stateLeaf:
				has = true
			case *textLeaf:
				has = has || l.fact.Name == "association_state"
			case *pairLeaf:
				has = has || l.left.Name == "state" || l.right.Name == "state"
			}
		})
	}
	return has
}

func (n *node) each(visit func(leaf)) {
	if n.kind == leafNode {
		visit(n.leaf)
	}
	for i := range n.of {
		n.of[i].each(visit)
	}
}

// Need returns what to request from a Source for the rows of a table that the
// expression may match, with the facts that Match needs. It returns false if
// the expression matches no row of the table. The rows must still be checked by
// Match.
func (e *Expr) Need(t netstat.Table) (netstat.Need, bool) {
	var need netstat.Need
	if e == nil {
		return need, true
	}
	b := e.root.bound(t, false)
	if b.verdict == never {
		return need, false
	}
	need.Facts = e.Needs().Socket
	if t.Family == netstat.Inet || t.Family == netstat.Inet6 {
		need.Where = b.where
	}
	if t.Protocol != netstat.TCP {
		return need, true
	}
	states := b.states & (tcpStates | 1<<netstat.DeleteTCB)
	if b.bound {
		states |= b.states & boundState
	}
	if states&^(1<<netstat.DeleteTCB) != tcpStates {
		need.States = states
	}
	return need, states != 0
}

// bounds limits the rows of a table that a node may match.
type bounds struct {
	verdict verdict
	where   *netstat.Condition // nil if there is no restriction
	states  netstat.StateSet
	bound   bool // the state Bound was named
}

// bound returns the bounds of a node, or of its negation.
func (n *node) bound(t netstat.Table, negate bool) bounds {
	switch n.kind {
	case notNode:
		return n.of[0].bound(t, !negate)
	case leafNode:
		return boundLeaf(n.leaf, t, negate)
	}
	if (n.kind == andNode) != negate {
		return boundAll(n.of, t, negate)
	}
	return boundAny(n.of, t, negate)
}

func boundAll(of []node, t netstat.Table, negate bool) bounds {
	all := bounds{verdict: always, states: netstat.AllStates}
	var conditions []*netstat.Condition
	for i := range of {
		part := of[i].bound(t, negate)
		switch part.verdict {
		case never:
			return part
		case open:
			all.verdict = open
		}
		all.states &= part.states
		all.bound = all.bound || part.bound
		if part.where != nil {
			conditions = append(conditions, part.where)
		}
	}
	all.where = joinConditions(netstat.WhereAll, conditions)
	return all
}

func boundAny(of []node, t netstat.Table, negate bool) bounds {
	some := bounds{verdict: never}
	var conditions []*netstat.Condition
	restricted := true
	for i := range of {
		part := of[i].bound(t, negate)
		switch part.verdict {
		case never:
			continue
		case always:
			return part
		}
		some.verdict = open
		some.states |= part.states
		some.bound = some.bound || part.bound
		restricted = restricted && part.where != nil
		conditions = append(conditions, part.where)
	}
	if restricted {
		some.where = joinConditions(netstat.WhereAny, conditions)
	}
	return some
}

func boundLeaf(l leaf, t netstat.Table, negate bool) bounds {
	b := bounds{verdict: l.decide(t), states: netstat.AllStates}
	if negate {
		b.verdict = b.verdict.not()
	}
	if b.verdict != open {
		return b
	}
	if s, ok := l.(*stateLeaf); ok {
		b.states, b.bound = s.sets[stateFamilyOf(t.Family)], s.bound
		if negate {
			b.states = netstat.AllStates &^ b.states
		}
		return b
	}
	if b.where = l.kernel(); b.where != nil && negate {
		b.where = &netstat.Condition{Kind: netstat.WhereNot, Of: []*netstat.Condition{b.where}}
	}
	return b
}

func joinConditions(kind netstat.ConditionKind, of []*netstat.Condition) *netstat.Condition {
	switch {
	case len(of) == 1:
		return of[0]
	case len(of) == 0:
		return nil
	}
	return &netstat.Condition{Kind: kind, Of: of}
}

// And returns an expression that matches if all of the given ones match. nil
// expressions are ignored.
func And(exprs ...*Expr) *Expr { return joinExprs(andNode, exprs) }

// Or returns an expression that matches if any of the given ones matches. nil
// expressions are ignored.
func Or(exprs ...*Expr) *Expr { return joinExprs(orNode, exprs) }

func joinExprs(kind nodeKind, exprs []*Expr) *Expr {
	var parts []node
	for _, e := range exprs {
		if e != nil {
			parts = append(parts, e.root)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return &Expr{joinNodes(kind, slices.Clip(parts))}
}
