package filter

import "strings"

// Short holds the values of the options --state, --port, --pid, --process and
// --user. Values of one option are alternatives; all options must match. A
// value may be a list separated by commas, except for processes, whose names
// may contain commas.
type Short struct {
	States, Ports, PIDs, Processes, Users []string
}

// ShortError is a mistake in a value of one of these options.
type ShortError struct {
	Option string // "state", "port", …
	Err    *Error // its Text is the value
}

// Error returns one line: what is wrong and, in a value of several parts, where.
func (e *ShortError) Error() string {
	text := e.Err.Error()
	if e.Err.Offset == 0 && e.Err.Length == len(e.Err.Text) {
		_, text, _ = strings.Cut(text, ": ")
	}
	return "--" + e.Option + ": " + text
}
func (e *ShortError) Unwrap() error { return e.Err }

// Expr returns the expression of the options, or nil if none is given. A port
// matches either end. The error is a *ShortError.
func (s Short) Expr(env Env) (*Expr, error) {
	var kinds []*Expr
	for _, k := range []struct {
		field  string
		values []string
		commas bool
	}{
		{"state", s.States, true},
		{"port", s.Ports, true},
		{"pid", s.PIDs, true},
		{"process", s.Processes, false},
		{"user", s.Users, true},
	} {
		var alternatives []*Expr
		for _, text := range k.values {
			offset := 0
			for _, part := range split(text, k.commas) {
				n, err := shortTest(k.field, text, offset, part, env)
				if err != nil {
					return nil, &ShortError{k.field, err}
				}
				alternatives = append(alternatives, &Expr{n})
				offset += len(part) + 1
			}
		}
		kinds = append(kinds, Or(alternatives...))
	}
	return And(kinds...), nil
}

func split(text string, commas bool) []string {
	if commas {
		return strings.Split(text, ",")
	}
	return []string{text}
}

// shortTest parses one value of a field.
func shortTest(name, text string, offset int, part string, env Env) (node, *Error) {
	t := &token{kind: tokenWord, text: part, offset: offset, end: offset + len(part)}
	v := &value{parser: &parser{text: text, env: env}, name: t, field: name, token: t}
	if part == "" && name != "process" {
		return v.fail("a value is missing")
	}
	f := fieldNamed(name)
	return f.parse(v)
}
