package filter

import "netstat"

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
	return &Error{p.text, t.offset, t.end - t.offset, reason}
}

// operator returns what a token is where an operator or a predicate may
// stand: a word may be an operator.
func operator(t *token) tokenKind {
	if t.kind == tokenWord && !t.quoted {
		switch t.text {
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
	if isStateClause(p.tokens) {
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
		return n, p.fail(t, "this parenthesis was never opened")
	case tokenCompare:
		return n, p.fail(t, "a comparison has nothing to compare here")
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
			return n, p.fail(t, "this parenthesis is not closed")
		default:
			return n, p.fail(end, "unexpected here")
		}
	case tokenWord:
		p.at--
		return p.predicate()
	case tokenEnd:
		return node{}, p.fail(t, "the expression ends where a condition is expected")
	case tokenCompare:
		return node{}, p.fail(t, "a comparison has nothing to compare here")
	}
	return node{}, p.fail(t, "a condition is expected here")
}

// isStateClause reports whether the tokens begin with "state NAME".
func isStateClause(list []token) bool {
	t := &list[0]
	return t.kind == tokenWord && !t.quoted && (t.text == "state" || t.text == "exclude") && list[1].kind == tokenWord
}

// stateRun reads clauses of states.
func (p *parser) stateRun() (node, *Error) {
	l := &stateLeaf{}
	for isStateClause(p.tokens[p.at:]) {
		exclude := p.next().text == "exclude"
		if t := p.next(); !l.clause(exclude, t.text) {
			return node{}, p.fail(t, "unknown state")
		}
	}
	return leafOf(l), nil
}

func leafOf(l leaf) node { return node{kind: leafNode, leaf: l} }

// predicate parses one test.
func (p *parser) predicate() (node, *Error) {
	if isStateClause(p.tokens[p.at:]) {
		return p.stateRun()
	}
	name := p.next()
	if name.text == "exclude" && !name.quoted {
		return node{}, p.fail(p.peek(), "the name of a state is expected here")
	}
	f := fieldNamed(name.text)
	if f.parse == nil || name.quoted {
		return node{}, p.fail(name, "unknown field")
	}
	v := value{parser: p, name: name, field: f.name, compare: netstat.CompareEqual}
	explicit := false
	if t := p.peek(); t.kind == tokenCompare {
		v.compare, explicit = p.next().compare, true
		v.operator = t
	} else if c, word := compareWord(t.text); word && t.kind == tokenWord && !t.quoted && p.tokens[p.at+1].kind == tokenWord {
		p.next()
		v.compare, explicit = c, true
		v.operator = t
	}
	if f.flag && !explicit {
		v.token = &token{kind: tokenWord, text: "yes", offset: name.offset, end: name.end}
		return f.parse(&v)
	}
	if v.token = p.next(); v.token.kind != tokenWord {
		return node{}, p.fail(v.token, "a value is expected here")
	}
	return f.parse(&v)
}

// value is what a field is compared with, while it is read.
type value struct {
	*parser
	name     *token
	field    string // the name that the expression is written with
	operator *token // nil where it was left out
	compare  netstat.Comparison
	token    *token
}

func (v *value) fail(reason string) (node, *Error) {
	return node{}, v.parser.fail(v.token, reason)
}

// equality returns whether the value is to be different, and an error for
// other comparisons.
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
