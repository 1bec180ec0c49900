package filter

import (
	"slices"

	"netstat"
	"netstat/fact"
)

// Expr is an expression. It is not changed by its use, and serves several
// goroutines. A nil *Expr is every socket.
type Expr struct{ root node }

// node is a part of an expression: "and" or "or" of others, "not" of one, or a
// leaf.
type node struct {
	kind nodeKind
	of   []node
	leaf leaf
}

type nodeKind uint8

const (
	andNode nodeKind = iota // of nothing: true
	orNode                  // of nothing: false
	notNode
	leafNode
)

// verdict is what is known of a test without looking at a socket.
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
	// appendText appends the test so that it is read as the same one.
	appendText(b []byte) []byte
	needs() fact.Needs
	// decide says whether the test has one outcome for all rows of a table.
	decide(t netstat.Table) verdict
	// kernel returns the test as a condition, of a table of IP sockets; nil
	// where there is none.
	kernel() *netstat.Condition
}

// joinNodes flattens "and" and "or", so that one expression has one form.
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

// Match reports whether a record of a socket is wanted.
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

// appendInside appends a part of a node, in parentheses where it binds less.
func (n *node) appendInside(b []byte, around nodeKind) []byte {
	if n.kind == leafNode || n.kind == notNode || n.kind == andNode && around == orNode {
		return n.appendText(b)
	}
	return append(n.appendText(append(b, "( "...)), " )"...)
}

// Needs returns what the expression looks at.
func (e *Expr) Needs() (n fact.Needs) {
	if e != nil {
		e.root.each(func(l leaf) { n.Add(l.needs()) })
	}
	return n
}

// HasState reports whether the expression says anything of states, so that a
// report's usual choice of them does not apply.
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

// Need returns what to ask a Source for to have the rows of a table that the
// expression may match, with the facts about them that Match looks at; and
// false if it matches none of the table. Match still decides.
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

// bounds are what is known of the rows of a table that a node matches: it may
// match fewer.
type bounds struct {
	verdict verdict
	where   *netstat.Condition // nil for no restriction
	states  netstat.StateSet
	bound   bool // the state Bound was named
}

// bound returns the bounds of a node, or of its opposite.
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

// And returns the expression that all of the given ones make; nil ones say
// nothing.
func And(exprs ...*Expr) *Expr { return join(andNode, exprs) }

// Or returns the expression that matches what any of the given ones does; nil
// ones are left out.
func Or(exprs ...*Expr) *Expr { return join(orNode, exprs) }

func join(kind nodeKind, exprs []*Expr) *Expr {
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
