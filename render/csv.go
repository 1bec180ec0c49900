package render

import (
	"time"

	"netstat/fact"
)

// csvSeparator separates the values of a fact that has several in a record.
const csvSeparator = ';'

// csvReport writes RFC 4180: a line with the column names, and a line for each
// record.
type csvReport struct {
	*report
	cell   []byte
	values cellValues
	headed bool
}

func newCSV(r *report, _ Format) (Renderer, error) { return &csvReport{report: r}, nil }

// Begin writes the column names before the first report only. Further reports
// follow without them.
func (c *csvReport) Begin(time.Time) error {
	if c.headed {
		return c.err
	}
	c.headed = true
	for i := range c.columns {
		if i > 0 {
			c.b = append(c.b, ',')
		}
		c.b = append(c.b, c.columns[i].Name...)
	}
	c.b = append(c.b, "\r\n"...)
	return c.err
}

func (c *csvReport) Record(rec *fact.Record) error {
	start := len(c.b)
	for i := range c.columns {
		if i > 0 {
			c.b = append(c.b, ',')
		}
		values := c.values.of(&c.columns[i], rec)
		if len(values) == 1 && !isText(values[0].Kind) {
			c.b = values[0].Append(c.b)
			continue
		}
		c.cell = append(c.cell[:0], '\'')
		for k := range values {
			if k > 0 {
				c.cell = append(c.cell, csvSeparator)
			}
			c.cell = values[k].Append(c.cell)
		}
		c.appendText(c.cell[1:], c.cell)
	}
	if len(c.columns) == 1 && len(c.b) == start {
		c.b = append(c.b, `""`...) // an empty line would not count as a record
	}
	c.b = append(c.b, "\r\n"...)
	return c.wrote()
}

func (c *csvReport) Problem(error) {}
func (c *csvReport) End() error    { return c.flush() }

// appendText appends a text as a field. A text that a spreadsheet would take
// for a formula gets an apostrophe before it, and so does one that begins with
// an apostrophe, so that a program can remove it again.
func (c *csvReport) appendText(s, quoted []byte) {
	if len(s) == 0 {
		return
	}
	switch s[0] {
	case '=', '+', '-', '@', '\'':
		s = quoted
	}
	quote := s[0] == ' ' || s[len(s)-1] == ' '
	for _, ch := range s {
		quote = quote || ch == ',' || ch == '"'
	}
	if !quote {
		c.b = append(c.b, s...)
		return
	}
	c.b = append(c.b, '"')
	for _, ch := range s {
		if ch == '"' {
			c.b = append(c.b, '"')
		}
		c.b = append(c.b, ch)
	}
	c.b = append(c.b, '"')
}
