package render

import (
	"strings"
	"time"

	"netstat/fact"
)

// tableRows is the number of records that determine the widths of columns.
// Later records are written as they come.
const tableRows = 4096

const (
	tableGap  = 2   // blanks between columns
	tableText = 8   // columns of text are not cut shorter
	tableCut  = '~' // ends a text that was cut
	// tableSeparator stands between the values of a fact that a record has several of.
	tableSeparator = ','
)

// tableReport writes columns that are as wide as what is in them. Text is cut only
// where the terminal is too narrow, numbers and addresses never.
type tableReport struct {
	*report
	columns []tableColumn

	// cells holds the cells of the buffered records, record by record, and
	// ends the end of each cell.
	cells []byte
	ends  []uint32
	rows  int
	sized bool

	list []fact.Value // values of one cell
	line []byte       // cells of a record written as it comes
	at   []uint32

	// uncut says that no cell is ever cut, so that each is made where it stays.
	uncut bool
}

type tableColumn struct {
	*fact.Fact
	width    int
	right    bool // numbers
	cuttable bool
	// ends says that cells are ends of sockets: those that are names are text, the
	// others addresses, of which least is the width of the widest.
	ends   bool
	least  int
	colour func(cell []byte) string
}

func newTable(r *report, _ Format) (Renderer, error) {
	t := &tableReport{
		report: r, columns: make([]tableColumn, len(r.columns)),
		uncut: r.options.Width <= 0 && len(r.columns) > 0,
	}
	for i := range r.columns {
		c := &r.columns[i]
		t.columns[i] = tableColumn{Fact: c, right: isNumber(c.Kind), cuttable: c.Kind == fact.ValueText || c.Kind == fact.ValueProcess || c.Kind == fact.ValueEndpoint, ends: c.Kind == fact.ValueEndpoint}
		if r.options.Color {
			t.columns[i].colour = colours[c.Name]
		}
	}
	return t, nil
}

func (t *tableReport) Begin(time.Time) error {
	t.cells, t.ends, t.rows, t.sized = t.cells[:0], t.ends[:0], 0, false
	for i := range t.columns {
		t.columns[i].width, t.columns[i].least = displayWidth([]byte(t.columns[i].Title)), 0
	}
	return t.err
}

// appendCells appends the cells of a record, and where each ends.
func (t *tableReport) appendCells(b []byte, ends []uint32, rec *fact.Record) ([]byte, []uint32) {
	for i := range t.columns {
		b, t.list = appendCell(b, t.columns[i].Fact, rec, t.list)
		ends = append(ends, uint32(len(b)))
	}
	return b, ends
}

func (t *tableReport) Record(rec *fact.Record) error {
	if t.sized && t.uncut {
		t.appendUncut(rec)
		return t.wrote()
	}
	if t.sized {
		t.line, t.at = t.appendCells(t.line[:0], t.at[:0], rec)
		t.appendLine(t.line, 0, t.at)
		return t.wrote()
	}
	start := len(t.cells)
	first := len(t.ends)
	t.cells, t.ends = t.appendCells(t.cells, t.ends, rec)
	for i, end := range t.ends[first:] {
		c := &t.columns[i]
		width := displayWidth(t.cells[start:end])
		c.width = max(c.width, width)
		if c.ends && !isName(t.cells[start:end]) {
			c.least = max(c.least, width)
		}
		start = int(end)
	}
	if t.rows++; t.rows == tableRows {
		return t.writeKept()
	}
	return t.err
}

// appendUncut appends a record as appendLine does, with its cells made where they
// stay.
func (t *tableReport) appendUncut(rec *fact.Record) {
	b := t.b
	last := len(t.columns) - 1
	for i := range t.columns {
		c := &t.columns[i]
		start := len(b)
		b, t.list = appendCell(b, c.Fact, rec, t.list)
		pad := 0
		if i < last || c.right {
			pad = max(c.width-displayWidth(b[start:]), 0)
		}
		if c.colour != nil {
			if colour := c.colour(b[start:]); colour != "" {
				t.line = append(t.line[:0], b[start:]...)
				b = append(append(append(b[:start], colour...), t.line...), plain...)
			}
		}
		end := len(b)
		b = appendBlanks(b, pad)
		if c.right && pad > 0 {
			copy(b[start+pad:], b[start:end])
			for k := range pad {
				b[start+k] = ' '
			}
		}
		if i < last {
			b = appendBlanks(b, tableGap)
		}
	}
	t.b = append(b, '\n')
}

func (t *tableReport) Problem(error) {}

func (t *tableReport) End() error {
	if !t.sized {
		if err := t.writeKept(); err != nil {
			return err
		}
	}
	return t.flush()
}

// writeKept determines the widths and writes the headings and the buffered
// records.
func (t *tableReport) writeKept() error {
	t.sized = true
	if t.options.Width > 0 {
		t.narrow()
	}
	if len(t.columns) == 0 {
		return t.err
	}
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
	n, start := len(t.columns), uint32(0)
	for ; len(t.ends) > 0; t.ends = t.ends[n:] {
		t.appendLine(t.cells, start, t.ends[:n])
		start = t.ends[n-1]
		if err := t.wrote(); err != nil {
			return err
		}
	}
	return t.err
}

// total is how wide a line is.
func (t *tableReport) total() int {
	sum := tableGap * (len(t.columns) - 1)
	for i := range t.columns {
		sum += t.columns[i].width
	}
	return sum
}

// isName reports whether the end of a socket is a name, such as a path, and not an
// address with a port.
func isName(cell []byte) bool {
	return len(cell) > 0 && strings.IndexByte("0123456789[*-", cell[0]) < 0
}

// narrow makes columns of text narrower, the widest first, until a line fits or
// none can be cut further.
func (t *tableReport) narrow() {
	for over := t.total() - t.options.Width; over > 0; over-- {
		widest := -1
		for i := range t.columns {
			c := &t.columns[i]
			if c.cuttable && c.width > max(tableText, len(c.Title), c.least) && (widest < 0 || c.width > t.columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		t.columns[widest].width--
	}
}

func (t *tableReport) appendTitles(cells []byte, ends []uint32) {
	start := uint32(0)
	for i := range t.columns {
		t.appendCell(i, cells[start:ends[i]], false, "")
		start = ends[i]
	}
	if t.options.Color {
		t.b = append(t.b, plain...)
	}
	t.b = append(t.b, '\n')
}

// appendLine appends a record, whose first cell begins at start.
func (t *tableReport) appendLine(cells []byte, start uint32, ends []uint32) {
	cut := t.options.Width > 0 && t.tooWide(cells, start, ends)
	for i := range t.columns {
		cell := cells[start:ends[i]]
		start = ends[i]
		colour := ""
		if t.columns[i].colour != nil {
			colour = t.columns[i].colour(cell)
		}
		t.appendCell(i, cell, cut && t.columns[i].cuttable, colour)
	}
	t.b = append(t.b, '\n')
}

// tooWide says whether a record with all its text is wider than the terminal.
func (t *tableReport) tooWide(cells []byte, start uint32, ends []uint32) bool {
	sum := tableGap * (len(ends) - 1)
	for i, end := range ends {
		width := displayWidth(cells[start:end])
		if i < len(ends)-1 || t.columns[i].right {
			width = max(width, t.columns[i].width)
		}
		sum += width
		start = end
	}
	return sum > t.options.Width
}

func (t *tableReport) appendCell(i int, cell []byte, cut bool, colour string) {
	c := &t.columns[i]
	width := displayWidth(cell)
	cutHere := cut && width > c.width && (!c.ends || isName(cell))
	if cutHere {
		cell, width = cutTo(cell, c.width-1)
		width++
	}
	if c.right {
		t.b = appendBlanks(t.b, c.width-width)
	}
	if colour != "" {
		t.b = append(t.b, colour...)
	}
	t.b = append(t.b, cell...)
	if cutHere {
		t.b = append(t.b, tableCut)
	}
	if colour != "" {
		t.b = append(t.b, plain...)
	}
	if i < len(t.columns)-1 {
		if !c.right {
			t.b = appendBlanks(t.b, c.width-width)
		}
		t.b = appendBlanks(t.b, tableGap)
	}
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

// colours maps columns to functions that return the colour of a cell, "" for
// plain.
var colours = map[string]func(cell []byte) string{"state": stateColour, "change": changeColour}

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
