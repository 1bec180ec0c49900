// Package render writes the records of a view in formats for programs, and for
// people who do not want the classic text: JSON, CSV, TSV, tables and
// templates. docs/formats.md documents them. The package knows neither the
// origin of records nor command lines. The dialects write the classic text.
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

// formats is the contents page: everything about each format, in the order of
// the help text. The first one is the zero value of Format.
var formats = [...]struct {
	name string
	// argument is the text after the name and "=" in the English and the
	// Chinese help. It is empty if the format has no argument.
	argument, argumentZH string
	// about describes the format in English and in Chinese.
	about, aboutZH string
	// columns is set if the format shows the chosen columns. Other formats show the whole
	// record or, with named set, only the named columns, if any.
	columns, named bool
	// machine is set if programs read the lines, so that nothing separates those of
	// several reports.
	machine bool
	// totals is set if the format shows sums about the host and no records: its Renderer
	// is a Totals.
	totals bool
	new    func(*report, Format) (Renderer, error)
	// needs returns what the argument needs of records. It is nil if it needs nothing.
	needs func(argument string, v fact.View) fact.Needs
}{
	{name: "text", about: "the classic text; without --format", aboutZH: "经典文本，不用 --format 时的格式", columns: true, new: newTable}, // records have no classic text
	{name: "json", about: "one JSON document; --json is short for it", aboutZH: "一个 JSON 文档，同 --json", named: true, new: newJSON},
	{name: "ndjson", about: "one JSON object on each line", aboutZH: "每行一个 JSON 对象", named: true, new: newNDJSON},
	{name: "csv", about: "CSV for spreadsheets: a line of names, then a line for each row", aboutZH: "供电子表格使用的 CSV: 首行为列名，其后每条记录一行", columns: true, machine: true, new: newCSV},
	{name: "tsv", about: "the same with tabs, for cut and awk", aboutZH: "以制表符分隔，供 cut、awk 使用", columns: true, machine: true, new: newTSV},
	{name: "table", about: "columns as wide as what is in them", aboutZH: "按内容对齐的表格", columns: true, new: newTable},
	{name: "openmetrics", about: "totals of the host for Prometheus, in OpenMetrics text", aboutZH: "供 Prometheus 采集的主机汇总指标，OpenMetrics 文本", totals: true, new: newOpenMetrics},
	{name: "prometheus", about: "the same in the text that node_exporter reads from files", aboutZH: "同上，采用 node_exporter 从文件读取的文本格式", totals: true, new: newPrometheus},
	{name: "template", argument: "TEXT", argumentZH: "模板", about: "a line for each row, as a Go template writes it", aboutZH: "按 Go 模板输出，每条记录一行", new: newTemplate, needs: templateNeeds},
}

// Format is one of the formats, with its argument. The zero value is the
// classic text of the dialects. Formats are comparable.
type Format struct {
	index    uint8 // index in formats
	argument string
}

// ParseFormat parses a value of --format: a name, followed by "=" and an
// argument if the format has one. The error says in one line which values are
// accepted.
func ParseFormat(value string) (Format, error) {
	name, argument, hasArgument := strings.Cut(value, "=")
	for i := range formats {
		f := &formats[i]
		switch {
		case f.name != strings.ToLower(name):
			continue
		case f.argument != "" && argument == "":
			return Format{}, errors.New("a " + f.name + " follows " + f.name + "=")
		case f.argument == "" && hasArgument:
			return Format{}, errors.New(f.name + " takes no argument")
		}
		return Format{index: uint8(i), argument: argument}, nil
	}
	return Format{}, &fact.UnknownError{What: "format", Name: name, Known: FormatNames(false)}
}

// FormatNames returns the values that --format accepts, such as "text" and
// "template=TEXT", in English or Chinese.
func FormatNames(chinese bool) []string {
	names := make([]string, len(formats))
	for i := range formats {
		names[i] = formats[i].name
		if argument := formats[i].argument; argument != "" {
			if chinese {
				argument = formats[i].argumentZH
			}
			names[i] += "=" + argument
		}
	}
	return names
}

// FormatAbout returns the description of format i of FormatNames.
func FormatAbout(i int, chinese bool) string {
	if chinese {
		return formats[i].aboutZH
	}
	return formats[i].about
}

// FormatWords returns the values that --format accepts, in English or Chinese.
// Joined, the words make a list such as "text, json or template=TEXT". A line
// may be broken after each of them.
func FormatWords(chinese bool) []string {
	comma, or := ", ", " or "
	if chinese {
		comma, or = "、", " 或 "
	}
	words := FormatNames(chinese)
	for i := range words {
		switch len(words) - i {
		case 1:
		case 2:
			words[i] += or
		default:
			words[i] += comma
		}
	}
	return words
}

// String returns the name of the format without its argument.
func (f Format) String() string { return formats[f.index].name }

// Columns reports whether f shows columns even if none are named, and not the whole
// record.
func (f Format) Columns() bool { return formats[f.index].columns }

// Machine reports whether f writes lines with nothing between reports, so that each line
// must identify its report.
func (f Format) Machine() bool { return formats[f.index].machine }

// Totals reports whether f shows sums about the host and no records, so that its Renderer
// is a [Totals].
func (f Format) Totals() bool { return formats[f.index].totals }

// Named reports whether f shows only the named columns.
func (f Format) Named() bool { return formats[f.index].columns || formats[f.index].named }

// Table reports whether f is a table for people.
func (f Format) Table() bool { return f.String() == "table" || f == Format{} }

// Needs returns what the argument of f needs of a view's records, in addition to what
// columns need.
func (f Format) Needs(v fact.View) fact.Needs {
	if needs := formats[f.index].needs; needs != nil {
		return needs(f.argument, v)
	}
	return fact.Needs{}
}

// Head holds what a report says about its origin.
type Head struct {
	View    fact.View
	Program string      // name and version of the program that writes the report
	Host    schema.Host // the host that the report describes
}

// Grouping describes the keys and the sums of Group records.
type Grouping struct {
	Keys, Totals []fact.Fact
}

// Options holds options that only some formats use. The zero value is plain
// output.
type Options struct {
	// Grouping is nil if records are not grouped.
	Grouping *Grouping
	// Width is the width of the terminal in columns, which lines of a table must fit. 0
	// means no limit.
	Width int
	// Spare names the columns that a table leaves out if a line does not fit, the least
	// important first. Whole is the value of --columns that keeps them.
	Spare []string
	Whole string
	// Count is set if the report is the number of records: its only record is a
	// fact.Group with just the Count.
	Count bool
	// Rounds is set if each report shows what has changed since the previous one. Columns
	// then have titles once, and a report without records shows nothing. The first report
	// is the base of the comparison: only JSON shows its records.
	Rounds bool
	// Events is set if records are events that are written as they happen. Columns have
	// titles once, a report only ends with everything written, and NDJSON has one object
	// for each event and nothing else.
	Events bool
	// Chinese is set if a table says in Chinese that events were lost.
	Chinese bool
	// Looked is what a search for findings looked at, which the caller sets before each
	// report. It is nil for other views.
	Looked *schema.Looked
	// Findings describes the text about findings. If it is nil, they become a table.
	Findings *FindingsText
	// LeftOut is how many records the limit left out, which the caller sets before End.
	// It is nil if there is no limit.
	LeftOut *uint64
	// Color is set if a table may use colours (SGR of ECMA-48).
	Color bool
	// Elapsed, if not nil, returns the time between the two moments whose difference the
	// rates of a report are, 0 if it has none. Formats for programs include it.
	Elapsed func() time.Duration
}

// Renderer writes reports. A report is one Begin, any number of Record and
// Problem, and one End. Another report may follow. The error is a write error,
// or an error of executing a template; after it the Renderer must not be used.
type Renderer interface {
	// Begin begins a report about the host at this time.
	Begin(at time.Time) error
	// Record writes a record and keeps none of it.
	Record(*fact.Record) error
	// Problem reports a table that could not be read, or not in full.
	// Formats without a place for it ignore it: the caller prints it on
	// standard error.
	Problem(err error)
	// End ends the report and writes what remains.
	End() error
}

// New returns a Renderer that writes to w. The classic text cannot show records: it
// becomes a table. columns are the columns to show. A format with [Format.Named] shows
// them only if any are given: JSON has whole records for none. For grouped records the
// names of columns are looked up among keys, "count" and totals; none means all of these.
// The error is an error in the template, in one line.
func New(f Format, w io.Writer, head Head, columns []fact.Fact, o Options) (Renderer, error) {
	r := &report{w: w, head: head, columns: columns, options: o}
	for _, c := range fact.Of(head.View) {
		if strings.HasSuffix(c.Name, "per_second") || head.View == fact.Statistics && (c.Name == "before" || c.Name == "increase" || c.Name == "back") {
			r.rates = append(r.rates, c)
		}
	}
	if o.Count {
		r.options.Grouping = &Grouping{}
	}
	if o.Events {
		r.columns = eventColumns(columns)
	}
	switch {
	case r.options.Grouping != nil:
		r.columns = GroupColumns(r.options.Grouping)
		if len(columns) > 0 && f.Named() && !o.Count {
			r.columns = groupColumnsNamed(r.columns, columns)
		} else if o.Rounds && f.Columns() {
			all := fact.Of(head.View)
			r.columns = append([]fact.Fact{*fact.Named(all, "time")}, r.columns...)
		}
	case formats[f.index].named:
		r.columns = r.columns[:0:0]
		for _, c := range columns {
			if fact.Named(r.columns, c.Name) == nil { // an object has each name once
				r.columns = append(r.columns, c)
			}
		}
		r.alone = len(r.columns) > 0
	}
	if o.Count && f == (Format{}) {
		return &numberReport{r}, nil
	}
	if o.Findings != nil && f == (Format{}) {
		return &findingsReport{report: r, FindingsText: *o.Findings}, nil
	}
	renderer, err := formats[f.index].new(r, f)
	if o.Rounds && err == nil {
		switch renderer.(type) {
		case *csvReport, *tsvReport, *templateReport:
			renderer = &laterReports{Renderer: renderer}
		}
	}
	return renderer, err
}

// laterReports writes the records of all reports but the first.
type laterReports struct {
	Renderer
	reports int // number of reports begun
}

func (l *laterReports) Begin(at time.Time) error {
	l.reports++
	return l.Renderer.Begin(at)
}

func (l *laterReports) Record(rec *fact.Record) error {
	if l.reports == 1 {
		return nil
	}
	return l.Renderer.Record(rec)
}

// numberReport writes only the number of records.
type numberReport struct{ *report }

func (n *numberReport) Begin(time.Time) error { return n.err }
func (n *numberReport) Problem(error)         {}
func (n *numberReport) End() error            { return n.flush() }

func (n *numberReport) Record(rec *fact.Record) error {
	n.b = append(strconv.AppendUint(n.b, rec.Group.Count, 10), '\n')
	return n.err
}

// flushSize is the number of bytes that are buffered before they are written.
const flushSize = 32 << 10

// report is the common part of all Renderers.
type report struct {
	w       io.Writer
	head    Head
	columns []fact.Fact
	options Options
	rates   []fact.Fact // facts of Record.Rates
	alone   bool        // JSON objects have only the columns
	routes  *schema.RouteWriter

	b   []byte
	err error
}

// flush writes the buffer.
func (r *report) flush() error {
	if r.err == nil && len(r.b) > 0 {
		_, r.err = r.w.Write(r.b)
	}
	r.b = r.b[:0]
	return r.err
}

// wrote must be called after a record has been appended. It writes the buffer
// if it is large enough.
func (r *report) wrote() error {
	if len(r.b) < flushSize {
		return r.err
	}
	return r.flush()
}

// GroupColumns returns the columns of grouped records: the keys, "count", and
// the totals.
func GroupColumns(g *Grouping) []fact.Fact {
	columns := make([]fact.Fact, 0, len(g.Keys)+1+len(g.Totals))
	for i := range g.Keys {
		c := g.Keys[i]
		c.All = nil // a group has a single value
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

// groupColumnsNamed returns the facts of list with the names of the given
// facts, in their order.
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
