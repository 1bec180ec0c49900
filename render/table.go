package render

import (
	"bytes"
	"strings"
	"time"

	"netstat/fact"
	"netstat/internal/ascii"
)

// tableRows is the number of records that determine the widths of columns.
// Later records are written as they come.
const tableRows = 4096

const (
	tableGap  = 2   // blanks between columns
	tableText = 12  // least width of names and commands that are cut
	tableCut  = "…" // end of a cell that was cut
	// tableSeparator separates the values of a fact that has several in a record.
	tableSeparator = ','
)

// tableReport writes columns that are as wide as their cells. If a line is wider than the
// terminal, it leaves out spare columns and cuts names and commands as much as necessary.
// It writes a line that still does not fit whole.
type tableReport struct {
	*report
	columns []tableColumn
	// all holds the columns before any is left out. left holds the names of columns left
	// out, and noted the names in the last note about them.
	all         []tableColumn
	left, noted []string

	// cells holds the cells of the buffered records, record by record, and
	// ends the end of each cell.
	cells []byte
	ends  []uint32
	rows  int
	sized bool

	list []fact.Value // values of one cell
	line []byte       // cells of a record written as it comes
	at   []uint32

	// headed is set once the titles of Options.Rounds are written. The first report
	// determines the widths for the later ones.
	headed bool

	// uncut is set if no cell is ever cut, so that each can be built in the output
	// buffer.
	uncut bool
}

// laterWidth returns the least width of a column with Options.Rounds, for values that the
// first report may not have.
func laterWidth(name string) int {
	switch name {
	case "time":
		return len("15:04:05")
	case "change":
		return len("changed")
	case "state", "old_state", "new_state", "happened":
		return len("ESTABLISHED")
	case "local", "remote":
		return len("127.0.0.1:65535")
	}
	return 0
}

type tableColumn struct {
	*fact.Fact
	at    int // index in all columns
	width int
	right bool // numbers
	// least is the least width of the column: that of its widest cell, unless that can be
	// cut.
	least int
	// filled is set if some cell has a value.
	filled bool
	colour func(cell []byte) string
}

func newTable(r *report, _ Format) (Renderer, error) {
	t := &tableReport{
		report: r, all: make([]tableColumn, len(r.columns)),
		uncut: r.options.Width <= 0 && len(r.columns) > 0,
	}
	for i := range r.columns {
		c := &r.columns[i]
		t.all[i] = tableColumn{Fact: c, at: i, right: isNumber(c.Kind)}
		if r.options.Color {
			t.all[i].colour = colourOf(c.Name)
		}
	}
	return t, nil
}

func (t *tableReport) Begin(time.Time) error {
	if t.options.Events {
		if !t.headed {
			t.beginEvents()
		}
		return t.err
	}
	t.cells, t.ends, t.rows, t.sized = t.cells[:0], t.ends[:0], 0, false
	if t.headed {
		return t.err
	}
	t.columns, t.left = append(t.columns[:0], t.all...), nil
	return t.err
}

// appendCells appends the cells of a record for all columns, and the end of each.
func (t *tableReport) appendCells(b []byte, ends []uint32, rec *fact.Record) ([]byte, []uint32) {
	for i := range t.all {
		b, t.list = appendCell(b, t.all[i].Fact, rec, t.list)
		ends = append(ends, uint32(len(b)))
	}
	return b, ends
}

func (t *tableReport) Record(rec *fact.Record) error {
	if t.options.Events {
		t.appendEvent(rec)
		return t.wrote()
	}
	if t.options.Rounds && t.sized && !t.headed {
		return t.err
	}
	if t.sized && t.uncut {
		t.appendUncut(rec)
		return t.wrote()
	}
	if t.sized {
		t.line, t.at = t.appendCells(t.line[:0], t.at[:0], rec)
		t.appendLine(t.line, 0, t.at, false)
		return t.wrote()
	}
	t.cells, t.ends = t.appendCells(t.cells, t.ends, rec)
	if t.rows++; t.rows == tableRows {
		return t.writeKept()
	}
	return t.err
}

// cuts reports whether a cell of the column may be cut: a name, a command, or an end of a
// socket that is not an address.
func (c *tableColumn) cuts(cell []byte) bool {
	return c.Cut && (c.Kind != fact.ValueEndpoint || isName(cell))
}

// appendUncut appends a record as appendLine does, but builds its cells in the output
// buffer.
func (t *tableReport) appendUncut(rec *fact.Record) {
	b := t.b
	line := len(b)
	last := len(t.columns) - 1
	for i := range t.columns {
		c := &t.columns[i]
		start := len(b)
		b, t.list = appendCell(b, c.Fact, rec, t.list)
		pad := 0
		if i < last || c.right {
			pad = max(c.width-ascii.Width(b[start:]), 0)
		}
		if c.colour != nil {
			if colour := c.colour(b[start:]); colour != "" {
				t.line = append(t.line[:0], b[start:]...)
				b = append(append(append(b[:start], colour...), t.line...), plain...)
			}
		}
		end := len(b)
		b = ascii.AppendBlanks(b, pad)
		if c.right && pad > 0 {
			copy(b[start+pad:], b[start:end])
			for k := range pad {
				b[start+k] = ' '
			}
		}
		if i < last {
			b = ascii.AppendBlanks(b, tableGap)
		}
	}
	t.b = b
	t.endLine(line)
}

func (t *tableReport) Problem(error) {}

func (t *tableReport) End() error {
	if t.options.Events {
		return t.flush()
	}
	if !t.sized {
		if err := t.writeKept(); err != nil {
			return err
		}
	}
	t.headed = t.options.Rounds
	t.note()
	return t.flush()
}

// writeKept determines the widths and writes the headings and the buffered
// records.
func (t *tableReport) writeKept() error {
	t.sized = true
	if len(t.all) == 0 {
		return t.err
	}
	if t.headed {
		t.widen()
	} else {
		t.measure(nil)
		if t.options.Width > 0 {
			t.narrow()
		}
		t.writeTitles()
		if t.options.Rounds {
			return t.err
		}
	}
	n, first := len(t.all), uint32(0)
	for row := range t.rows {
		ends := t.ends[row*n : (row+1)*n]
		t.appendLine(t.cells, first, ends, true)
		first = ends[n-1]
		if err := t.wrote(); err != nil {
			return err
		}
	}
	return t.err
}

// writeTitles writes the line of titles.
func (t *tableReport) writeTitles() {
	if t.options.Color {
		t.b = append(t.b, bold...)
	}
	var titles []byte
	var ends []uint32
	for i := range t.columns {
		titles = append(titles, t.columns[i].Title...)
		ends = append(ends, uint32(len(titles)))
	}
	t.appendTitles(titles, ends)
}

// widen makes columns wide enough for the records of a report without titles, except for
// names that are cut.
func (t *tableReport) widen() {
	for i := range t.columns {
		c := &t.columns[i]
		for row := range t.rows {
			cell := t.kept(row, c.at)
			if t.options.Width <= 0 || !c.cuts(cell) {
				c.width = max(c.width, ascii.Width(cell))
			}
		}
	}
}

// isName reports whether the end of a socket is a name, such as a path, and not an
// address with a port.
func isName(cell []byte) bool {
	return len(cell) > 0 && strings.IndexByte("0123456789[*-", cell[0]) < 0
}

func (t *tableReport) appendTitles(cells []byte, ends []uint32) {
	line := len(t.b)
	for i := range t.columns {
		t.appendCell(i, cells[cellStart(ends, i):ends[i]], false, "")
	}
	t.endLine(line)
	if t.options.Color {
		t.b = append(t.b[:len(t.b)-1], plain+"\n"...)
	}
}

// cellStart returns the start of a cell.
func cellStart(ends []uint32, i int) uint32 {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// appendLine appends a record whose first cell begins at first. kept is set if it is one
// of the records that determined the widths.
func (t *tableReport) appendLine(cells []byte, first uint32, ends []uint32, kept bool) {
	cell := func(i int) []byte {
		at := t.columns[i].at
		if at == 0 {
			return cells[first:ends[0]]
		}
		return cells[ends[at-1]:ends[at]]
	}
	line := len(t.b)
	cut := t.options.Width > 0 && t.fits(cell, true) && (kept || !t.fits(cell, false))
	for i := range t.columns {
		c := cell(i)
		colour := ""
		if t.columns[i].colour != nil {
			colour = t.columns[i].colour(c)
		}
		t.appendCell(i, c, cut && t.columns[i].cuts(c), colour)
	}
	t.endLine(line)
}

// fits reports whether a line fits the terminal, with its names cut or not. Cutting the
// names of a line that does not fit even so is of no use.
func (t *tableReport) fits(cell func(i int) []byte, cut bool) bool {
	sum := tableGap * (len(t.columns) - 1)
	for i := range t.columns {
		c := &t.columns[i]
		width := c.width
		if text := cell(i); !cut || !c.cuts(text) {
			width = max(width, ascii.Width(text))
		}
		sum += width
	}
	return sum <= t.options.Width
}

func (t *tableReport) appendCell(i int, cell []byte, cut bool, colour string) {
	c := &t.columns[i]
	width := ascii.Width(cell)
	cut = cut && width > c.width
	if cut {
		cell, width = c.beginning(cell)
		width++
	}
	if c.right {
		t.b = ascii.AppendBlanks(t.b, c.width-width)
	}
	if colour != "" {
		t.b = append(t.b, colour...)
	}
	t.b = append(t.b, cell...)
	if cut {
		t.b = append(t.b, tableCut...)
	}
	if colour != "" {
		t.b = append(t.b, plain...)
	}
	if i < len(t.columns)-1 {
		if !c.right {
			t.b = ascii.AppendBlanks(t.b, c.width-width)
		}
		t.b = ascii.AppendBlanks(t.b, tableGap)
	}
}

// beginning returns the part of a cell that remains when it is cut, and its width. It
// never cuts the number of a process: the part then ends before it.
func (c *tableColumn) beginning(cell []byte) ([]byte, int) {
	text, width := ascii.Cut(cell, c.width-1)
	if c.Kind != fact.ValueProcess {
		return text, width
	}
	last := bytes.LastIndexByte(text, tableSeparator) + 1
	if last > 0 && bytes.IndexByte(text[last:], '/') < 0 {
		text = text[:last]
		width = ascii.Width(text)
	}
	return text, width
}

// endLine ends the line that begins at start. It removes blanks at the end. A record
// without any value still has a line.
func (t *tableReport) endLine(start int) {
	for len(t.b) > start && t.b[len(t.b)-1] == ' ' {
		t.b = t.b[:len(t.b)-1]
	}
	if len(t.b) == start {
		t.b = append(t.b, '-')
	}
	t.b = append(t.b, '\n')
}

// SGR of ECMA-48.
const (
	plain   = "\x1b[0m"
	bold    = "\x1b[1m"
	dim     = "\x1b[2m"
	red     = "\x1b[31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	magenta = "\x1b[35m"
	cyan    = "\x1b[36m"
)

// colourOf returns the function that returns the colour of a column's cell, "" for plain.
// It is nil for a column without colours.
func colourOf(name string) func(cell []byte) string {
	switch name {
	case "state":
		return stateColour
	case "change", "event":
		return changeColour
	case "happened":
		return happenedColour
	}
	return nil
}

func stateColour(cell []byte) string {
	switch string(cell) {
	case "LISTEN":
		return cyan
	case "ESTABLISHED", "CONNECTED":
		return green
	case "SYN-SENT", "SYN-RECEIVED", "NEW-SYN-RECV", "CONNECTING", "PARTOPEN":
		return magenta
	case "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "LAST-ACK", "CLOSE-WAIT", "DISCONNECTING":
		return yellow
	case "TIME-WAIT", "CLOSED", "DELETE-TCB":
		return dim
	}
	return ""
}

func happenedColour(cell []byte) string {
	if colour := changeColour(cell); colour != "" {
		return colour
	}
	return stateColour(cell)
}

func changeColour(cell []byte) string {
	switch string(cell) {
	case fact.ChangeOpened.String():
		return green
	case fact.ChangeClosed.String():
		return red
	case fact.ChangeChanged.String():
		return yellow
	}
	return ""
}
