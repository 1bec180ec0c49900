package render

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"netstat/fact"
)

// tableRows is how many records decide the widths of columns. What comes after
// them is written as it comes.
const tableRows = 4096

const (
	tableGap  = 2   // blanks between columns
	tableText = 12  // names and commands are not cut shorter
	tableCut  = "…" // ends one that was cut
	// tableSeparator stands between the values of a fact that a record has several of.
	tableSeparator = ','
)

// tableReport writes columns that are as wide as what is in them. Where a line is
// wider than the terminal, spare columns are left out, and names and commands are
// cut: as much as makes it fit. A line that cannot be made to fit is written whole.
type tableReport struct {
	*report
	columns []tableColumn
	// all are columns before any is left out. left are the names of those that are,
	// and noted those that a note was written of.
	all         []tableColumn
	left, noted []string

	// cells are those of the records that are kept, each column's after the other,
	// and ends where each ends.
	cells []byte
	ends  []uint32
	rows  int
	sized bool

	list []fact.Value // of one cell
	line []byte       // the cells of a record that is written as it comes
	at   []uint32

	// headed says that the titles of Options.Rounds are written. The first report makes
	// the columns as wide as the next ones need.
	headed bool

	// uncut says that no cell is ever cut, so that each is made where it stays.
	uncut bool
}

// laterWidths are the least widths of columns with Options.Rounds, for values that the
// first report may not have.
var laterWidths = map[string]int{
	"time":   len("15:04:05"),
	"change": len("changed"),
	"state":  len("ESTABLISHED"),
	"local":  len("127.0.0.1:65535"),
	"remote": len("127.0.0.1:65535"),
}

type tableColumn struct {
	*fact.Fact
	at    int // place among all columns
	width int
	right bool // numbers
	// least is how narrow the column can be: as wide as its widest cell, unless that
	// can be cut.
	least int
	// filled says that some cell has a value.
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
			t.all[i].colour = colours[c.Name]
		}
	}
	return t, nil
}

func (t *tableReport) Begin(time.Time) error {
	t.cells, t.ends, t.rows, t.sized = t.cells[:0], t.ends[:0], 0, false
	if t.headed {
		return t.err
	}
	t.columns, t.left = append(t.columns[:0], t.all...), nil
	return t.err
}

// appendCells appends the cells of a record, of all columns, and where each ends.
func (t *tableReport) appendCells(b []byte, ends []uint32, rec *fact.Record) ([]byte, []uint32) {
	for i := range t.all {
		b, t.list = appendCell(b, t.all[i].Fact, rec, t.list)
		ends = append(ends, uint32(len(b)))
	}
	return b, ends
}

func (t *tableReport) Record(rec *fact.Record) error {
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

// kept returns a cell of a record that is kept.
func (t *tableReport) kept(row, column int) []byte {
	i, start := row*len(t.all)+column, uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.cells[start:t.ends[i]]
}

// measure makes columns as wide as their titles and the records that are kept, but for
// those in wide.
func (t *tableReport) measure(wide []bool) {
	for i := range t.columns {
		c := &t.columns[i]
		c.width = displayWidth([]byte(c.Title))
		if t.options.Rounds {
			c.width = max(c.width, laterWidths[c.Name])
		}
		c.least = c.width
		for row := range t.rows {
			if wide != nil && wide[row] {
				continue
			}
			cell := t.kept(row, c.at)
			c.width = max(c.width, displayWidth(cell))
			c.least = max(c.least, c.need(cell))
			c.filled = c.filled || len(cell) > 1 || len(cell) == 1 && cell[0] != '-'
		}
	}
}

// need returns the width that a cell needs at least.
func (c *tableColumn) need(cell []byte) int {
	width := displayWidth(cell)
	if c.cuts(cell) {
		return min(width, tableText)
	}
	return width
}

// cuts reports whether a cell of the column may be cut: a name or a command. An end
// of a socket is one where it is no address.
func (c *tableColumn) cuts(cell []byte) bool {
	return c.Cut && (c.Kind != fact.ValueEndpoint || isName(cell))
}

// appendUncut appends a record as appendLine does, with its cells made where they
// stay.
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
	t.b = b
	t.endLine(line)
}

func (t *tableReport) Problem(error) {}

func (t *tableReport) End() error {
	if !t.sized {
		if err := t.writeKept(); err != nil {
			return err
		}
	}
	t.headed = t.options.Rounds
	t.note()
	return t.flush()
}

// writeKept settles the widths and writes the head and what was kept.
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

// writeTitles writes the head.
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

// widen makes columns wide enough for records of a report that has no titles, but for
// names that are cut.
func (t *tableReport) widen() {
	for i := range t.columns {
		c := &t.columns[i]
		for row := range t.rows {
			cell := t.kept(row, c.at)
			if t.options.Width <= 0 || !c.cuts(cell) {
				c.width = max(c.width, displayWidth(cell))
			}
		}
	}
}

// isName reports whether the end of a socket is a name, such as a path, and not an
// address with a port.
func isName(cell []byte) bool {
	return len(cell) > 0 && strings.IndexByte("0123456789[*-", cell[0]) < 0
}

// narrow makes lines fit the terminal: it leaves out spare columns until they do with
// all names at their shortest, and then makes the widest columns of names narrower.
// Where few rows are too wide even so, only these do not fit, and are shown whole; where
// most are, the whole table is.
func (t *tableReport) narrow() {
	if !t.leaveOut() {
		wide := t.wideRows()
		t.columns, t.left = append(t.columns[:0], t.all...), nil
		t.measure(wide)
		if wide == nil {
			return
		}
		t.leaveOut()
	}
	for over := t.total((*tableColumn).widest) - t.options.Width; over > 0; over-- {
		widest := -1
		for i := range t.columns {
			c := &t.columns[i]
			if c.width > c.least && (widest < 0 || c.width > t.columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		t.columns[widest].width--
	}
}

// leaveOut leaves out spare columns until lines fit with all names at their shortest,
// and reports whether they do.
func (t *tableReport) leaveOut() bool {
	for t.total((*tableColumn).shortest) > t.options.Width {
		i := t.spare()
		if i < 0 {
			return false
		}
		t.left = append(t.left, t.columns[i].Name)
		t.columns = slices.Delete(t.columns, i, i+1)
	}
	return true
}

// wideRows finds rows without which lines would fit: those with the widest cells of
// some columns, where these are few. It returns nil if it takes more than half of the
// rows.
func (t *tableReport) wideRows() []bool {
	wide := make([]bool, t.rows)
	for left := t.rows / 2; ; {
		t.measure(wide)
		over := t.total((*tableColumn).shortest) - t.options.Width
		if over <= 0 {
			return wide
		}
		// The column in which the fewest rows stand for the most width.
		narrow, limit, fewest, most := -1, 0, 0, 1
		for i := range t.columns {
			if t.columns[i].Cut && t.columns[i].Kind != fact.ValueEndpoint {
				continue // names are cut instead
			}
			next, rows := t.columns[i].without(t, wide)
			gain := min(t.columns[i].least-next, over)
			if gain > 0 && (narrow < 0 || rows*most < fewest*gain) {
				narrow, limit, fewest, most = i, next, rows, gain
			}
		}
		if left -= fewest; narrow < 0 || left < 0 {
			return nil
		}
		for row := range wide {
			wide[row] = wide[row] || t.columns[narrow].need(t.kept(row, t.columns[narrow].at)) > limit
		}
	}
}

// without returns how narrow the column could be without the rows that have its widest
// cells, and how many these are.
func (c *tableColumn) without(t *tableReport, wide []bool) (next, rows int) {
	next = displayWidth([]byte(c.Title))
	for row := range wide {
		if wide[row] {
			continue
		}
		switch width := c.need(t.kept(row, c.at)); {
		case width == c.least:
			rows++
		case width > next:
			next = width
		}
	}
	return next, rows
}

func (c *tableColumn) shortest() int { return c.least }
func (c *tableColumn) widest() int   { return c.width }

// total is how wide a line is.
func (t *tableReport) total(width func(*tableColumn) int) int {
	sum := tableGap * (len(t.columns) - 1)
	for i := range t.columns {
		sum += width(&t.columns[i])
	}
	return sum
}

// spare returns the column to leave out next, -1 for none: one without a value before
// others, and then the least important one.
func (t *tableReport) spare() int {
	found := -1
	for _, name := range t.options.Spare {
		i := slices.IndexFunc(t.columns, func(c tableColumn) bool { return c.Name == name })
		switch {
		case i < 0 || len(t.columns) == 1:
		case !t.columns[i].filled && t.rows > 0:
			return i
		case found < 0:
			found = i
		}
	}
	return found
}

// note says which columns were left out, unless it has been said.
func (t *tableReport) note() {
	if len(t.left) == 0 || slices.Equal(t.left, t.noted) {
		return
	}
	t.noted = t.left
	words := []string{"left out to fit " + strconv.Itoa(t.options.Width) + " columns:"}
	for i, name := range t.left {
		if i < len(t.left)-1 {
			name += ","
		}
		words = append(words, name)
	}
	words = append(words, "(--columns="+t.options.Whole+" shows them)")
	if t.options.Color {
		t.b = append(t.b, dim...)
	}
	column := 0
	for _, word := range words {
		switch {
		case column == 0:
		case column+1+len(word) > t.options.Width:
			t.b, column = append(t.b, '\n'), 0
		default:
			t.b, column = append(t.b, ' '), column+1
		}
		t.b, column = append(t.b, word...), column+len(word)
	}
	if t.options.Color {
		t.b = append(t.b, plain...)
	}
	t.b = append(t.b, '\n')
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

// cellStart returns where a cell begins.
func cellStart(ends []uint32, i int) uint32 {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// appendLine appends a record, whose first cell begins at first. kept says that it is
// one of those that decided the widths.
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

// fits reports whether a line fits the terminal, with its names cut or not. If it does
// not with its names cut, there is no use in cutting them.
func (t *tableReport) fits(cell func(i int) []byte, cut bool) bool {
	sum := tableGap * (len(t.columns) - 1)
	for i := range t.columns {
		c := &t.columns[i]
		width := c.width
		if text := cell(i); !cut || !c.cuts(text) {
			width = max(width, displayWidth(text))
		}
		sum += width
	}
	return sum <= t.options.Width
}

func (t *tableReport) appendCell(i int, cell []byte, cut bool, colour string) {
	c := &t.columns[i]
	width := displayWidth(cell)
	cut = cut && width > c.width
	if cut {
		cell, width = c.beginning(cell)
		width++
	}
	if c.right {
		t.b = appendBlanks(t.b, c.width-width)
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
			t.b = appendBlanks(t.b, c.width-width)
		}
		t.b = appendBlanks(t.b, tableGap)
	}
}

// beginning returns what is shown of a cell that is cut, and its width. The number of
// a process is not cut: what is before it is shown.
func (c *tableColumn) beginning(cell []byte) ([]byte, int) {
	text, width := cutTo(cell, c.width-1)
	if c.Kind != fact.ValueProcess {
		return text, width
	}
	last := bytes.LastIndexByte(text, tableSeparator) + 1
	if last > 0 && bytes.IndexByte(text[last:], '/') < 0 {
		text = text[:last]
		width = displayWidth(text)
	}
	return text, width
}

// endLine ends the line that begins at start. Blanks at its end are left out; a record
// without any value is a line all the same.
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

// colours are what a cell of these columns is shown in; empty for plain.
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
