package render

import (
	"bytes"
	"strconv"

	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/schema"
)

// isNumber reports whether values of this kind are numbers, which tables
// right-align.
func isNumber(k fact.ValueKind) bool {
	switch k {
	case fact.ValueNumber, fact.ValueSigned, fact.ValueBytes, fact.ValueRate, fact.ValueDuration, fact.ValueMilli:
		return true
	}
	return false
}

// appendCell appends the cell of a column: all its values, or one if they look alike. An unknown
// value is a minus. If there is no value, the cell is empty.
func appendCell(b []byte, c *fact.Fact, rec *fact.Record, list []fact.Value) ([]byte, []fact.Value) {
	if c.All == nil {
		v := c.Value(rec)
		if v.Kind == fact.ValueAbsent && v.Text == "" && !c.Unknown(rec) {
			return b, list
		}
		return appendPretty(b, &v), list
	}
	list = c.All(rec, list[:0])
	if len(list) == 0 {
		if c.Unknown(rec) {
			b = append(b, '-')
		}
		return b, list
	}
	// One value stands for all if they are shown alike: the unit of three processes.
	start, first, alike := len(b), 0, true
	for i := range list {
		if i > 0 {
			b = append(b, tableSeparator)
		}
		value := len(b)
		b = appendPretty(b, &list[i])
		if i == 0 {
			first = len(b)
		}
		alike = alike && bytes.Equal(b[start:first], b[value:])
	}
	if alike {
		b = b[:first]
	}
	return b, list
}

// AppendCell appends the cell of a column in a table, see [New]. It is safe for a terminal.
func AppendCell(b []byte, c *fact.Fact, rec *fact.Record) []byte {
	b, _ = appendCell(b, c, rec, nil)
	return b
}

// IsNumber reports whether tables align values of this kind at the right.
func IsNumber(k fact.ValueKind) bool { return isNumber(k) }

// appendPretty appends a value for people. Text from outside is made safe for a
// terminal.
func appendPretty(b []byte, v *fact.Value) []byte {
	switch v.Kind { // avoid copying the most frequent kinds
	case fact.ValueNumber, fact.ValueBytes:
		return strconv.AppendUint(b, v.Number, 10)
	case fact.ValueAbsent:
		if v.Text == "" {
			return append(b, '-')
		}
	}
	start := len(b)
	b = v.AppendPretty(b)
	if v.Text == "" {
		return b
	}
	for _, c := range b[start:] {
		if c < ' ' || c > '~' {
			return ascii.AppendSafe(b[:start], string(b[start:]))
		}
	}
	return b
}

// isText reports whether values of this kind may contain text from outside.
func isText(k fact.ValueKind) bool {
	return k == fact.ValueText || k == fact.ValueEndpoint || k == fact.ValueProcess
}

// cellValues holds all values of a cell, with text that is safe for a
// terminal.
type cellValues struct {
	list    []fact.Value
	scratch []byte
}

func (c *cellValues) of(column *fact.Fact, rec *fact.Record) []fact.Value {
	if column.All != nil {
		c.list = column.All(rec, c.list[:0])
	} else {
		c.list = append(c.list[:0], column.Value(rec))
	}
	for i := range c.list {
		v := &c.list[i]
		if !isText(v.Kind) {
			continue
		}
		if c.scratch = ascii.AppendSafe(c.scratch[:0], v.Text); string(c.scratch) != v.Text {
			v.Text = string(c.scratch) // rarely needed
		}
	}
	return c.list
}

// appendJSON appends a value as a field of the object that b ends in, or
// nothing if it is absent.
func appendJSON(b []byte, key string, v *fact.Value) []byte {
	switch v.Kind {
	case fact.ValueAbsent:
		return b
	case fact.ValueText:
		if v.Text == "" {
			return b
		}
		return schema.AppendText(b, key, v.Text)
	case fact.ValueEndpoint, fact.ValueProcess:
		return schema.AppendText(b, key, string(v.Append(nil)))
	}
	return appendBare(schema.AppendKey(b, key), v)
}

// appendBare appends a value that is not absent, without a key.
func appendBare(b []byte, v *fact.Value) []byte {
	if isNumber(v.Kind) || v.Kind == fact.ValueFlag {
		return v.Append(b)
	}
	if isText(v.Kind) {
		return schema.AppendString(b, string(v.Append(nil)))
	}
	return append(v.Append(append(b, '"')), '"')
}
