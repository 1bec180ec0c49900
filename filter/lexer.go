package filter

import (
	"strings"
	"unicode/utf8"

	"netstat"
	"netstat/fact"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenCompare
	tokenAnd
	tokenOr
	tokenNot
	tokenOpen
	tokenClose
	tokenUnsupported // an operator of other languages
)

// token is a piece of an expression. A word such as "and" keeps the kind of a word; the
// function operator decides whether it is an operator in its place.
type token struct {
	kind    tokenKind
	compare netstat.Comparison
	text    string // without its quotes, of a word
	quoted  bool   // part of it was quoted, so that it is no keyword
	offset  int
	end     int
}

// is reports whether a token is a keyword, in either case.
func (t *token) is(keyword string) bool {
	return t.kind == tokenWord && !t.quoted && strings.EqualFold(t.text, keyword)
}

// compareWord returns the comparison that a word stands for.
func compareWord(s string) (c netstat.Comparison, ok bool) {
	switch strings.ToLower(s) {
	case "eq", "in":
		return netstat.CompareEqual, true
	case "ne", "neq":
		return netstat.CompareNotEqual, true
	case "lt":
		return netstat.CompareLess, true
	case "le", "leq":
		return netstat.CompareLessOrEqual, true
	case "gt":
		return netstat.CompareGreater, true
	case "ge", "geq":
		return netstat.CompareGreaterOrEqual, true
	}
	return 0, false
}

// unsupported lists operators of other languages and what to use instead.
var unsupported = []struct{ operator, instead string }{
	{"=~", usePattern}, {"~", usePattern}, {"like", usePattern}, {"ilike", usePattern}, {"contains", usePattern}, {"matches", usePattern},
	{"startswith", usePattern}, {"endswith", usePattern},
	{"!~", "use != with * and ?, as in process != '*ngin*'"},
	{"===", "use ="}, {"!==", "use !="}, {"is", "use = or !="}, {"not", "use !="}, {"=>", "use >="}, {"=<", "use <="},
	{"between", "use a range, as in port = 1000-2000"},
}

const usePattern = "use = with * and ?, as in process = '*ngin*'"

// unknownOperator returns the message about an unsupported operator, with what to use
// instead.
func unknownOperator(operator string) string {
	reason := "unknown operator " + quote(operator)
	for _, o := range unsupported {
		if o.operator == strings.ToLower(operator) {
			reason += ": " + o.instead
		}
	}
	return reason
}

// unsupportedWord reports whether the tokens begin with a word that only other languages
// treat as an operator: one that a value follows.
func (p *parser) unsupportedWord(list []token) bool {
	t := &list[0]
	if t.kind != tokenWord || t.quoted {
		return false
	}
	next := &list[1]
	operand := next.kind == tokenWord && (next.quoted || t.is("is") && next.is("not") || operator(next) == tokenWord && p.fieldNamed(next.text).parse == nil)
	for _, o := range unsupported {
		if o.operator == strings.ToLower(t.text) {
			return operand || next.kind == tokenCompare
		}
	}
	return false
}

const (
	blanks = " \t\r\n\v\f"
	// special lists the characters that end a word.
	special = blanks + "()<>=&|,"
)

// symbols lists the operators, longer ones first.
var symbols = []struct {
	text    string
	kind    tokenKind
	compare netstat.Comparison
}{
	{"===", tokenUnsupported, 0},
	{"!==", tokenUnsupported, 0},
	{"=~", tokenUnsupported, 0},
	{"!~", tokenUnsupported, 0},
	{"=>", tokenUnsupported, 0},
	{"=<", tokenUnsupported, 0},
	{"==", tokenCompare, netstat.CompareEqual},
	{"!=", tokenCompare, netstat.CompareNotEqual},
	{"<>", tokenCompare, netstat.CompareNotEqual},
	{"<=", tokenCompare, netstat.CompareLessOrEqual},
	{">=", tokenCompare, netstat.CompareGreaterOrEqual},
	{"&&", tokenAnd, 0},
	{"||", tokenOr, 0},
	{"=", tokenCompare, netstat.CompareEqual},
	{"<", tokenCompare, netstat.CompareLess},
	{">", tokenCompare, netstat.CompareGreater},
	{"&", tokenAnd, 0},
	{",", tokenAnd, 0},
	{"|", tokenOr, 0},
	{"!", tokenNot, 0},
	{"(", tokenOpen, 0},
	{")", tokenClose, 0},
}

// tokens splits an expression. The last token marks its end.
func tokens(text string) ([]token, *Error) {
	var list []token
	for at := 0; ; {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], blanks))
		if at == len(text) {
			return append(list, token{kind: tokenEnd, offset: at, end: at}), nil
		}
		t := token{offset: at}
		for _, s := range symbols {
			if strings.HasPrefix(text[at:], s.text) {
				t.kind, t.compare, t.text, t.end = s.kind, s.compare, s.text, at+len(s.text)
				break
			}
		}
		if t.kind == tokenEnd {
			var err *Error
			if t, err = word(text, at); err != nil {
				return nil, err
			}
		}
		list = append(list, t)
		at = t.end
	}
}

// word parses a word, which ends at a special character outside quotes and
// brackets. Brackets enclose an IPv6 address or a set in a pattern.
func word(text string, at int) (token, *Error) {
	t := token{kind: tokenWord, offset: at}
	var b strings.Builder
	for at < len(text) {
		switch c := text[at]; {
		case c == '"' || c == '\'':
			size := quoted(text[at:], &b)
			if size == 0 {
				return t, &Error{Text: text, Offset: at, Length: 1, Reason: "quote is not closed"}
			}
			t.quoted = true
			at += size
		case c == '[':
			end := strings.IndexAny(text[at:], "]\"'"+blanks)
			if end < 0 || text[at+end] != ']' {
				end = 0
			}
			b.WriteString(text[at : at+end+1])
			at += end + 1
		case strings.IndexByte(special, c) >= 0 || strings.HasPrefix(text[at:], "!="):
			t.text, t.end = b.String(), at
			return t, nil
		default:
			_, size := utf8.DecodeRuneInString(text[at:])
			b.WriteString(text[at : at+size])
			at += size
		}
	}
	t.text, t.end = b.String(), at
	return t, nil
}

// quoted appends the quoted text at the start of s and returns its length with
// the quotes, 0 if the closing quote is missing. Between double quotes a
// backslash escapes a double quote or a backslash.
func quoted(s string, b *strings.Builder) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\\' && s[0] == '"' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return 0
}

// appendWord appends a word, quoted if necessary, so that it parses as this
// word.
func appendWord(b []byte, s string) []byte {
	plain := s != "" && !strings.ContainsAny(s, special+"!\"'[]")
	if _, keyword := compareWord(s); plain && !keyword && operator(&token{kind: tokenWord, text: s}) == tokenWord && fact.Named(facts(), s) == nil {
		return append(b, s...)
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}
