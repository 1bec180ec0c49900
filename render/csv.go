package render

import (
	"time"

	"netstat/internal/ascii"
	"netstat/view"
)

// csvReport writes RFC 4180: a line with the names of the columns, a line for
// each record.
type csvReport struct {
	*report
	cell   []byte
	list   []view.Value
	headed bool
}

func newCSV(r *report, _ Format) (Renderer, error) { return &csvReport{report: r}, nil }

// Begin writes the names before the first report only: further ones go on below.
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

func (c *csvReport) Record(rec *view.Record) error {
	for i := range c.columns {
		if i > 0 {
			c.b = append(c.b, ',')
		}
		switch v := c.columns[i].Value(rec); {
		case c.columns[i].All != nil:
			c.list = c.columns[i].All(rec, c.list[:0])
			c.cell = c.cell[:0]
			for k := range c.list {
				if k > 0 {
					c.cell = append(c.cell, ' ')
				}
				c.cell = c.list[k].Append(c.cell)
			}
			c.appendText(string(c.cell))
		case v.Kind == view.ValueText:
			c.appendText(v.Text)
		case v.Kind == view.ValueEndpoint || v.Kind == view.ValueProcess:
			c.cell = v.Append(c.cell[:0])
			c.appendText(string(c.cell))
		default:
			c.b = v.Append(c.b)
		}
	}
	if len(c.columns) == 1 && c.b[len(c.b)-1] == '\n' {
		c.b = append(c.b, `""`...) // an empty line would be no record
	}
	c.b = append(c.b, "\r\n"...)
	return c.wrote()
}

func (c *csvReport) Problem(error) {}
func (c *csvReport) End() error    { return c.flush() }

// appendText appends a text as a field. One that a spreadsheet would take for a
// formula gets an apostrophe before it, and so does one that begins with an
// apostrophe, so that a program can take it off again.
func (c *csvReport) appendText(s string) {
	if s == "" {
		return
	}
	c.cell = c.cell[:0]
	switch s[0] {
	case '=', '+', '-', '@', '\'', '\t', '\r':
		c.cell = append(c.cell, '\'')
	}
	c.cell = ascii.AppendSafe(c.cell, s)
	quote := c.cell[0] == ' ' || c.cell[len(c.cell)-1] == ' '
	for _, ch := range c.cell {
		quote = quote || ch == ',' || ch == '"'
	}
	if !quote {
		c.b = append(c.b, c.cell...)
		return
	}
	c.b = append(c.b, '"')
	for _, ch := range c.cell {
		if ch == '"' {
			c.b = append(c.b, '"')
		}
		c.b = append(c.b, ch)
	}
	c.b = append(c.b, '"')
}
