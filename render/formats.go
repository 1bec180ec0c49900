// Package render writes the records of a view in the forms that programs and
// people other than readers of classic netstat want: JSON, CSV, tables and
// templates. docs/formats.md documents them. It knows neither where records come
// from nor command lines. The classic text is not among the forms: it belongs to
// the dialects.
package render

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"netstat/fact"
	"netstat/schema"
)

// formats is the contents page.
var formats = [...]struct {
	name string
	new  func(*report, Format) (Renderer, error) // nil for the classic text
}{
	Text:     {name: "text"},
	JSON:     {"json", newJSON},
	NDJSON:   {"ndjson", newNDJSON},
	CSV:      {"csv", newCSV},
	Table:    {"table", newTable},
	Template: {"template", newTemplate},
}

// Kind is one of the forms. The zero value is the classic text of the dialects.
type Kind uint8

const (
	Text Kind = iota
	JSON
	NDJSON
	CSV
	Table
	Template
)

// String returns the form's name, as --format has it.
func (k Kind) String() string { return formats[k].name }

// Format is a form, and the text of its template where it is Template. The zero
// value is the classic text.
type Format struct {
	Kind     Kind
	Template string
}

// KindOf returns the form of that name, as String has it.
func KindOf(name string) (Kind, error) {
	for i := range formats {
		if formats[i].name == name {
			return Kind(i), nil
		}
	}
	return Text, errors.New("unknown format " + strconv.Quote(name))
}

// Head says what a report is about.
type Head struct {
	View    fact.View
	Program string      // the name and version of what writes it
	Host    schema.Host // of which host it is
}

// Grouping says that records are of Group: by which columns, and what was
// summed up.
type Grouping struct {
	Keys, Totals []fact.Fact
}

// Options are what only some forms heed. The zero value is plain.
type Options struct {
	// Grouping is nil for records that were not grouped.
	Grouping *Grouping
	// Width is that of the terminal in columns, to which Table cuts text; 0 for no
	// limit.
	Width int
	// Facts are those that records of JSON have besides their own, if they are
	// fact.Fact.Derived; nil for none.
	Facts []fact.Fact
	// Color says that Table may use colours (SGR of ECMA-48).
	Color bool
}

// Renderer writes reports. A report is Begin, any number of Record and Problem,
// and End; another may follow. An error is one of writing, or of executing a
// template; after it the Renderer is of no further use.
type Renderer interface {
	// Begin begins a report on a host that is asked at this time.
	Begin(at time.Time) error
	// Record writes a record. It keeps nothing of it.
	Record(*fact.Record) error
	// Problem tells of a table that could not be read, or not in full. Forms
	// that have no place for it pass over it: standard error is the caller's.
	Problem(err error)
	// End ends the report and writes what is left.
	End() error
}

// New returns a Renderer that writes to w. columns are those of CSV and Table,
// and of no concern to the others; of grouped records they are looked up by name
// among keys, "count" and totals, and none means all of these. The error is one of the template, one line.
func New(f Format, w io.Writer, head Head, columns []fact.Fact, o Options) (Renderer, error) {
	r := &report{w: w, head: head, columns: columns, options: o}
	for _, c := range fact.Of(head.View) {
		if strings.HasSuffix(c.Name, "per_second") {
			r.rates = append(r.rates, c)
		}
	}
	for _, f := range o.Facts {
		if f.Derived && o.Grouping == nil && fact.Named(r.derived, f.Name) == nil {
			r.derived = append(r.derived, f)
		}
	}
	if o.Grouping != nil {
		r.columns = groupColumns(o.Grouping)
		if len(columns) > 0 && (f.Kind == CSV || f.Kind == Table) {
			r.columns = groupColumnsNamed(r.columns, columns)
		}
	}
	if formats[f.Kind].new == nil {
		return nil, errors.New("the format " + f.Kind.String() + " is not written here")
	}
	return formats[f.Kind].new(r, f)
}

// flushSize is how much is kept before it is written.
const flushSize = 32 << 10

// report is what all Renderers have.
type report struct {
	w       io.Writer
	head    Head
	columns []fact.Fact
	options Options
	rates   []fact.Fact // those of Record.Rates
	derived []fact.Fact // of Options.Facts

	b   []byte
	err error
}

// flush writes what there is.
func (r *report) flush() error {
	if r.err == nil && len(r.b) > 0 {
		_, r.err = r.w.Write(r.b)
	}
	r.b = r.b[:0]
	return r.err
}

// wrote is called when a record has been appended.
func (r *report) wrote() error {
	if len(r.b) < flushSize {
		return r.err
	}
	return r.flush()
}

// groupColumns are the columns of grouped records: the keys, "count", and what
// was summed up.
func groupColumns(g *Grouping) []fact.Fact {
	columns := make([]fact.Fact, 0, len(g.Keys)+1+len(g.Totals))
	for i := range g.Keys {
		c := g.Keys[i]
		c.All = nil // a group is of one value
		c.Value = func(r *fact.Record) fact.Value { return valueAt(r.Group.Keys, i) }
		columns = append(columns, c)
	}
	columns = append(columns, fact.Fact{
		Name: "count", Title: "COUNT", Kind: fact.ValueNumber,
		Value: func(r *fact.Record) fact.Value {
			return fact.Value{Kind: fact.ValueNumber, Number: r.Group.Count}
		},
	})
	for i := range g.Totals {
		c := g.Totals[i]
		c.All = nil
		c.Value = func(r *fact.Record) fact.Value { return valueAt(r.Group.Totals, i) }
		columns = append(columns, c)
	}
	return columns
}

// groupColumnsNamed returns those of a list that have the names of others, in their
// order.
func groupColumnsNamed(list, names []fact.Fact) []fact.Fact {
	chosen := make([]fact.Fact, 0, len(names))
	for i := range names {
		for k := range list {
			if list[k].Name == names[i].Name {
				chosen = append(chosen, list[k])
				break
			}
		}
	}
	return chosen
}

func valueAt(values []fact.Value, i int) fact.Value {
	if i < len(values) {
		return values[i]
	}
	return fact.Value{}
}
