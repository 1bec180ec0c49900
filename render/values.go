package render

import (
	"strconv"

	"netstat/internal/ascii"
	"netstat/schema"
	"netstat/view"
)

// isNumber says whether values of a kind are shown at the right, as numbers are.
func isNumber(k view.ValueKind) bool {
	switch k {
	case view.ValueNumber, view.ValueSigned, view.ValueBytes, view.ValueRate, view.ValueDuration, view.ValueMilli:
		return true
	}
	return false
}

// appendCell appends the cell of a column: of one that has several values, all.
func appendCell(b []byte, c *view.Column, rec *view.Record, list []view.Value) ([]byte, []view.Value) {
	if c.All == nil {
		v := c.Value(rec)
		return appendPretty(b, &v), list
	}
	list = c.All(rec, list[:0])
	if len(list) == 0 {
		return append(b, '-'), list
	}
	for i := range list {
		if i > 0 {
			b = append(b, tableSeparator)
		}
		b = appendPretty(b, &list[i])
	}
	return b, list
}

// appendPretty appends a value for a reader. Text from outside is made safe for a
// terminal.
func appendPretty(b []byte, v *view.Value) []byte {
	switch v.Kind { // the most frequent ones need no copy of the value
	case view.ValueNumber, view.ValueBytes:
		return strconv.AppendUint(b, v.Number, 10)
	case view.ValueAbsent:
		return append(b, '-')
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

// isText says whether values of a kind may have text from outside in them.
func isText(k view.ValueKind) bool {
	return k == view.ValueText || k == view.ValueEndpoint || k == view.ValueProcess
}

// cellValues are the values of a cell: all of those that a record has of a fact. Their
// texts are safe for a terminal.
type cellValues struct {
	list    []view.Value
	scratch []byte
}

func (c *cellValues) of(column *view.Column, rec *view.Record) []view.Value {
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
			v.Text = string(c.scratch) // few texts need it
		}
	}
	return c.list
}

// appendJSON appends a value as a field of the object that b ends in; nothing for
// an absent one.
func appendJSON(b []byte, key string, v *view.Value) []byte {
	switch v.Kind {
	case view.ValueAbsent:
		return b
	case view.ValueText:
		if v.Text == "" {
			return b
		}
		return schema.AppendText(b, key, v.Text)
	case view.ValueEndpoint, view.ValueProcess:
		return schema.AppendText(b, key, string(v.Append(nil)))
	}
	b = schema.AppendKey(b, key)
	if isNumber(v.Kind) || v.Kind == view.ValueFlag {
		return v.Append(b)
	}
	if isText(v.Kind) {
		return schema.AppendString(b, string(v.Append(nil)))
	}
	return append(v.Append(append(b, '"')), '"')
}
