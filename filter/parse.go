package filter

import (
	"strings"

	"netstat"
	"netstat/fact"
)

// maxDepth bounds how deep parentheses and negations may be nested.
const maxDepth = 200

// Parse parses an expression. An empty one matches every socket. The error is
// an *Error.
//
// The operators bind as ss(8) documents: "or" binds least, then "and", which
// may be omitted, then "not". State clauses at the very beginning, without an
// operator after them, restrict everything that follows, as in ss.
func Parse(text string, env Env) (*Expr, error) {
	list, err := tokens(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: list, env: env}
	root, err := p.whole()
	if err != nil {
		return nil, err
	}
	return &Expr{root}, nil
}

type parser struct {
	text   string
	tokens []token
	at     int
	depth  int
	env    Env
}

func (p *parser) peek() *token { return &p.tokens[p.at] }

func (p *parser) next() *token {
	t := &p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

func (p *parser) fail(t *token, reason string) *Error {
	return &Error{Text: p.text, Offset: t.offset, Length: t.end - t.offset, Reason: reason}
}

// failNamed is fail with a reason that quotes the mistake.
func (p *parser) failNamed(t *token, reason string) *Error {
	err := p.fail(t, reason)
	err.named = true
	return err
}

// operator returns what a token is where an operator or a predicate may
// stand: a word may be an operator.
func operator(t *token) tokenKind {
	if t.kind == tokenWord && !t.quoted {
		switch strings.ToLower(t.text) {
		case "and":
			return tokenAnd
		case "or":
			return tokenOr
		case "not":
			return tokenNot
		}
	}
	return t.kind
}

// begins reports whether a predicate, a negation or a parenthesis begins here.
func begins(t *token) bool {
	switch operator(t) {
	case tokenWord, tokenNot, tokenOpen:
		return true
	}
	return false
}

func (p *parser) whole() (node, *Error) {
	if p.peek().kind == tokenEnd {
		return node{kind: andNode}, nil
	}
	var states []node
	if p.isStateClause(p.tokens) {
		run, err := p.stateRun()
		if err != nil {
			return node{}, err
		}
		if t := p.peek(); t.kind == tokenEnd || begins(t) {
			states = []node{run}
		} else {
			p.at = 0 // an ordinary operand
		}
	}
	if len(states) > 0 && p.peek().kind == tokenEnd {
		return states[0], nil
	}
	n, err := p.or()
	if err != nil {
		return n, err
	}
	switch t := p.peek(); t.kind {
	case tokenEnd:
	case tokenClose:
		return n, p.fail(t, "parenthesis was never opened")
	case tokenCompare:
		return n, p.fail(t, "a field is missing before this operator")
	default:
		return n, p.fail(t, "unexpected here")
	}
	return joinNodes(andNode, append(states, n)), nil
}

func (p *parser) or() (node, *Error) {
	return p.list(orNode, tokenOr, (*parser).and)
}

func (p *parser) and() (node, *Error) {
	return p.list(andNode, tokenAnd, (*parser).unary)
}

// list parses operands separated by an operator. "and" may be omitted.
func (p *parser) list(kind nodeKind, between tokenKind, operand func(*parser) (node, *Error)) (node, *Error) {
	var parts []node
	for {
		n, err := operand(p)
		if err != nil {
			return n, err
		}
		parts = append(parts, n)
		switch t := p.peek(); {
		case operator(t) == between:
			p.next()
		case kind == andNode && begins(t):
		default:
			return joinNodes(kind, parts), nil
		}
	}
}

func (p *parser) unary() (node, *Error) {
	t := p.next()
	switch operator(t) {
	case tokenNot, tokenOpen:
		if p.depth++; p.depth > maxDepth {
			return node{}, p.fail(t, "nested too deeply")
		}
		defer func() { p.depth-- }()
	}
	switch operator(t) {
	case tokenNot:
		n, err := p.unary()
		return notOf(n), err
	case tokenOpen:
		n, err := p.or()
		if err != nil {
			return n, err
		}
		switch end := p.next(); end.kind {
		case tokenClose:
			return n, nil
		case tokenEnd:
			return n, p.fail(t, "parenthesis is not closed")
		default:
			return n, p.fail(end, "unexpected here")
		}
	case tokenWord:
		p.at--
		return p.predicate()
	case tokenEnd:
		return node{}, p.fail(t, "a condition is missing at the end")
	case tokenCompare:
		return node{}, p.fail(t, "a field is missing before this operator")
	}
	return node{}, p.fail(t, "a condition is missing here")
}

// isStateClause reports whether the tokens begin with "state NAME".
func (p *parser) isStateClause(list []token) bool {
	if p.env.Facts != nil {
		return false
	}
	if !list[0].is("state") && !list[0].is("exclude") || list[1].kind != tokenWord {
		return false
	}
	_, compares, _ := comparison(list[1:])
	return !compares && !p.unsupportedWord(list[1:])
}

// stateRun parses clauses of states.
func (p *parser) stateRun() (node, *Error) {
	l := &stateLeaf{}
	for p.isStateClause(p.tokens[p.at:]) {
		exclude := p.next().is("exclude")
		for {
			t := p.next()
			if l.clause(exclude, t.text) {
				if p.item() {
					continue
				}
				break
			}
			if name := associationState(t.text); name != "" && l.text == "" && !exclude && !p.item() && !p.isStateClause(p.tokens[p.at:]) {
				return leafOf(associationLeaf(name)), nil
			}
			return node{}, p.failNamed(t, unknownState(t.text))
		}
	}
	return leafOf(l), nil
}

// item reports whether a comma and another value of a list follow, and consumes the
// comma. A word that may begin another test is not a value unless it is quoted.
func (p *parser) item() bool {
	if t := p.peek(); t.kind != tokenAnd || p.text[t.offset] != ',' {
		return false
	}
	t := &p.tokens[p.at+1]
	switch {
	case t.kind != tokenWord:
		return false
	case t.quoted:
	case operator(t) != tokenWord, p.env.Facts == nil && (t.is("state") || t.is("exclude")), p.fieldNamed(t.text).parse != nil, p.tokens[p.at+2].kind == tokenCompare:
		return false
	}
	p.next()
	return true
}

func leafOf(l leaf) node { return node{kind: leafNode, leaf: l} }

// predicate parses one test.
func (p *parser) predicate() (node, *Error) {
	if p.isStateClause(p.tokens[p.at:]) {
		return p.stateRun()
	}
	name := p.next()
	if p.env.Facts == nil && name.is("exclude") {
		return node{}, p.fail(p.peek(), "the name of a state is missing here")
	}
	f := p.fieldNamed(name.text)
	if f.parse == nil || name.quoted {
		return node{}, p.failNamed(name, p.unknownField(name))
	}
	v := value{parser: p, name: name, field: f.name, fact: f.fact}
	if t := p.peek(); t.kind == tokenUnsupported {
		return node{}, p.failNamed(t, unknownOperator(t.text))
	}
	var explicit bool
	var length int
	v.compare, explicit, length = comparison(p.tokens[p.at:])
	if explicit {
		v.operator = p.peek()
		p.at += length
	} else if f.flag {
		v.token = &token{kind: tokenWord, text: "yes", offset: name.offset, end: name.end}
		return f.parse(&v)
	} else if p.unsupportedWord(p.tokens[p.at:]) {
		return node{}, p.failNamed(p.peek(), unknownOperator(p.peek().text))
	}
	values, err := p.values()
	if err != nil {
		return node{}, err
	}
	if len(values) == 1 {
		v.token = values[0]
		return v.test(f.parse)
	}
	negate := v.compare == netstat.CompareNotEqual
	if !negate && v.compare != netstat.CompareEqual {
		return node{}, p.fail(v.operator, "several values can only be compared with = and !=, in and not in")
	}
	v.compare = netstat.CompareEqual
	parts := make([]node, len(values))
	for i := range values {
		v := v
		v.token = values[i]
		if parts[i], err = v.test(f.parse); err != nil {
			return node{}, err
		}
	}
	n := joinNodes(orNode, parts)
	if negate {
		n = notOf(n)
	}
	return n, nil
}

// comparison returns the comparison that the tokens begin with and the number of its
// tokens. ok is false if there is none, which means "=".
func comparison(list []token) (c netstat.Comparison, ok bool, length int) {
	t := &list[0]
	if t.kind == tokenCompare {
		return t.compare, true, 1
	}
	if t.kind != tokenWord || t.quoted {
		return netstat.CompareEqual, false, 0
	}
	if t.is("not") && list[1].is("in") && (list[2].kind == tokenWord || list[2].kind == tokenOpen) {
		return netstat.CompareNotEqual, true, 2
	}
	c, ok = compareWord(t.text)
	if next := list[1].kind; !ok || next != tokenWord && (next != tokenOpen || !t.is("in")) {
		return netstat.CompareEqual, false, 0
	}
	return c, true, 1
}

// values parses one value, or several separated by commas or in parentheses.
func (p *parser) values() (list []*token, err *Error) {
	open := p.peek()
	if open.kind == tokenOpen && p.tokens[p.at+1].kind == tokenWord {
		p.next()
		for {
			t := p.next()
			if t.kind != tokenWord {
				return nil, p.fail(t, "a value is missing here")
			}
			list = append(list, t)
			switch t := p.next(); {
			case t.kind == tokenClose:
				return list, nil
			case t.kind == tokenEnd:
				return nil, p.fail(open, "parenthesis is not closed")
			case operator(t) != tokenOr && (t.kind != tokenAnd || p.text[t.offset] != ','):
				return nil, p.fail(t, "a comma is missing between values")
			}
		}
	}
	t := p.next()
	if t.kind != tokenWord {
		return nil, p.fail(t, "a value is missing here")
	}
	list = append(list, t)
	for p.item() {
		list = append(list, p.next())
	}
	return list, nil
}

// unknownField returns the error about an unknown field.
func (p *parser) unknownField(name *token) string {
	if f := fact.Named(p.facts(), name.text); f != nil && p.tooLate(f) && !name.quoted {
		if f.Needs.Rates {
			return quote(name.text) + " is known only with --delta or --watch"
		}
		return quote(name.text) + " is known only after rows are compared: --filter cannot use it"
	}
	if field, rest, ok := strings.Cut(name.text, ":"); ok && rest != "" && p.fieldNamed(field).parse != nil {
		return "unknown field " + quote(name.text) + ": use " + field + " = " + printable(rest)
	}
	if name.quoted && p.fieldNamed(name.text).parse != nil {
		return "a field has no quotes: " + quote(name.text)
	}
	reason := "unknown field " + quote(name.text)
	switch t := name.text; {
	case p.env.Facts != nil:
	case t != "" && (t[0] >= '0' && t[0] <= '9' || t[0] == ':'):
		if name == &p.tokens[0] {
			return reason + ": a field comes first, as in port = 80"
		}
		return reason + ": several values have commas between them, as in port = 80,443"
	case len(statesNamed(t)) == 1:
		return reason + ": use state = " + printable(t)
	}
	var names []spelling
	help := "--columns=help lists all"
	if p.env.Facts == nil {
		names, help = []spelling{{"address", "address"}, {"port", "port"}}, "--filter=help lists all"
	}
	for _, f := range p.facts() {
		if p.tooLate(&f) {
			continue
		}
		names = append(names, spelling{f.Name, f.Name})
		for _, alias := range f.Aliases {
			names = append(names, spelling{alias, alias})
		}
	}
	return unknown("field", name.text, strings.ReplaceAll(strings.ToLower(name.text), "-", "_"), names, help)
}

// value is the value that a field is compared with, during parsing.
type value struct {
	*parser
	name     *token
	field    string     // name in the expression
	fact     *fact.Fact // nil for one of either end
	operator *token     // nil if it was omitted
	compare  netstat.Comparison
	token    *token
}

func (v *value) fail(reason string) (node, *Error) {
	return node{}, v.parser.fail(v.token, reason)
}

func (v *value) failNamed(reason string) (node, *Error) {
	return node{}, v.parser.failNamed(v.token, reason)
}

// equality reports whether the comparison is "!=", and returns an error for any other
// than "=".
func (v *value) equality() (negate bool, err *Error) {
	switch v.compare {
	case netstat.CompareEqual:
		return false, nil
	case netstat.CompareNotEqual:
		return true, nil
	}
	return false, v.parser.fail(v.operator, v.field+" cannot be ordered: use = or !=")
}

// leaf returns the test l for "=", and its negation for "!=".
func (v *value) leaf(l leaf) (node, *Error) {
	negate, err := v.equality()
	if err != nil {
		return node{}, err
	}
	if negate {
		return notOf(leafOf(l)), nil
	}
	return leafOf(l), nil
}
