package filter

import "strings"

// Short holds the values of the options --state, --port, --pid, --process and
// --user. Values of one option are alternatives; all options must match. A
// value may be a list separated by commas. The name of a process may contain commas, so
// that the whole value is an alternative too.
type Short struct {
	States, Ports, PIDs, Processes, Users []string
	// LocalEnd reports whether a port must be that of the local end.
	LocalEnd bool
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
// matches either end, unless LocalEnd is set. The error is a *ShortError.
func (s Short) Expr(env Env) (*Expr, error) {
	var kinds []*Expr
	port := "port"
	if s.LocalEnd {
		port = "sport"
	}
	for _, k := range []struct {
		option string
		field  string
		values []string
		whole  bool // whether a value with commas may be one name
	}{
		{"state", "state", s.States, false},
		{"port", port, s.Ports, false},
		{"pid", "pid", s.PIDs, false},
		{"process", "process", s.Processes, true},
		{"user", "user", s.Users, false},
	} {
		var alternatives []*Expr
		for _, text := range k.values {
			if k.whole && strings.Contains(text, ",") {
				n, err := shortTest(k.field, text, 0, text, env)
				if err != nil {
					return nil, &ShortError{k.option, err}
				}
				alternatives = append(alternatives, &Expr{n})
			}
			offset := 0
			for _, part := range strings.Split(text, ",") {
				n, err := shortTest(k.field, text, offset, part, env)
				if err != nil {
					return nil, &ShortError{k.option, err}
				}
				alternatives = append(alternatives, &Expr{n})
				offset += len(part) + 1
			}
		}
		kinds = append(kinds, Or(alternatives...))
	}
	return And(kinds...), nil
}

// shortTest parses one value of a field.
func shortTest(name, text string, offset int, part string, env Env) (node, *Error) {
	t := &token{kind: tokenWord, text: part, offset: offset, end: offset + len(part)}
	v := &value{parser: &parser{text: text, env: env}, name: t, field: name, token: t}
	if part == "" && name != "process" {
		return v.fail("a value is missing")
	}
	f := v.fieldNamed(name)
	return f.parse(v)
}
