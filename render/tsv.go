package render

import (
	"strings"
	"time"

	"netstat/fact"
	"netstat/internal/ascii"
)

// tsvEscaped lists the characters written as a backslash and a letter: tab,
// line feed, carriage return and the backslash itself.
const tsvEscaped = "\t\n\r\\"

// tsvReport writes a line with the column names and a line for each record,
// with tabs between cells. Cells are not quoted: a program may split at tabs.
type tsvReport struct {
	*report
	list   []fact.Value // values of one cell
	text   []byte       // text of one value
	headed bool
}

func newTSV(r *report, _ Format) (Renderer, error) { return &tsvReport{report: r}, nil }

// Begin writes the column names before the first report only. Further reports
// follow without them.
func (t *tsvReport) Begin(time.Time) error {
	if t.headed {
		return t.err
	}
	t.headed = true
	for i := range t.columns {
		if i > 0 {
			t.b = append(t.b, '\t')
		}
		t.b = append(t.b, t.columns[i].Name...)
	}
	t.b = append(t.b, '\n')
	return t.err
}

func (t *tsvReport) Record(rec *fact.Record) error {
	for i := range t.columns {
		if i > 0 {
			t.b = append(t.b, '\t')
		}
		c := &t.columns[i]
		if c.All != nil {
			t.list = c.All(rec, t.list[:0])
		} else {
			t.list = append(t.list[:0], c.Value(rec))
		}
		for k := range t.list {
			if k > 0 {
				t.b = append(t.b, csvSeparator)
			}
			t.b = t.appendValue(t.b, &t.list[k])
		}
	}
	t.b = append(t.b, '\n')
	return t.wrote()
}

func (t *tsvReport) Problem(error) {}
func (t *tsvReport) End() error    { return t.flush() }

// appendValue appends a value. Its text is escaped and safe for a terminal.
func (t *tsvReport) appendValue(b []byte, v *fact.Value) []byte {
	if isText(v.Kind) {
		if t.text = appendTSV(t.text[:0], v.Text); string(t.text) != v.Text {
			v.Text = string(t.text) // rarely needed
		}
	}
	return v.Append(b)
}

// appendTSV appends a text with the characters of tsvEscaped escaped. Other
// characters that are unsafe for a terminal become ".".
func appendTSV(b []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, tsvEscaped)
		if i < 0 {
			return ascii.AppendSafe(b, s)
		}
		b = ascii.AppendSafe(b, s[:i])
		switch s[i] {
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, `\\`...)
		}
		s = s[i+1:]
	}
}
