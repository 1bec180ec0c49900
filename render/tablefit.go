package render

import (
	"slices"
	"strconv"

	"netstat/fact"
	"netstat/internal/ascii"
)

// This file makes a table fit the terminal.

// kept returns a cell of a buffered record.
func (t *tableReport) kept(row, column int) []byte {
	i, start := row*len(t.all)+column, uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.cells[start:t.ends[i]]
}

// measure makes columns as wide as their titles and the buffered records, except those in
// wide.
func (t *tableReport) measure(wide []bool) {
	for i := range t.columns {
		c := &t.columns[i]
		c.width = ascii.Width([]byte(c.Title))
		if t.options.Rounds {
			c.width = max(c.width, laterWidth(c.Name))
		}
		c.least = c.width
		for row := range t.rows {
			if wide != nil && wide[row] {
				continue
			}
			cell := t.kept(row, c.at)
			c.width = max(c.width, ascii.Width(cell))
			c.least = max(c.least, c.need(cell))
			c.filled = c.filled || len(cell) > 1 || len(cell) == 1 && cell[0] != '-'
		}
	}
}

// need returns the least width that a cell needs.
func (c *tableColumn) need(cell []byte) int {
	width := ascii.Width(cell)
	if c.cuts(cell) {
		return min(width, tableText)
	}
	return width
}

// narrow makes lines fit the terminal: it leaves out spare columns until lines fit with
// all names at their shortest, and then narrows the widest columns of names. If only a
// few rows are still too wide, these do not fit and are shown whole. If most rows are,
// the whole table is.
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

// leaveOut leaves out spare columns until lines fit with all names at their shortest, and
// reports whether they do.
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
// columns that have few such cells. It returns nil if these are more than half of the
// rows.
func (t *tableReport) wideRows() []bool {
	wide := make([]bool, t.rows)
	for left := t.rows / 2; ; {
		t.measure(wide)
		over := t.total((*tableColumn).shortest) - t.options.Width
		if over <= 0 {
			return wide
		}
		// Choose the column in which the fewest rows account for the most width.
		narrow, limit, fewest, most := -1, 0, 0, 1
		for i := range t.columns {
			if t.columns[i].Cut && t.columns[i].Kind != fact.ValueEndpoint {
				continue // names can be cut instead
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

// without returns the least width of the column without the rows that have its widest
// cells, and the number of these rows.
func (c *tableColumn) without(t *tableReport, wide []bool) (next, rows int) {
	next = ascii.Width([]byte(c.Title))
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

// total returns the width of a line.
func (t *tableReport) total(width func(*tableColumn) int) int {
	sum := tableGap * (len(t.columns) - 1)
	for i := range t.columns {
		sum += width(&t.columns[i])
	}
	return sum
}

// spare returns the column to leave out next, or -1 if there is none: first one without a
// value, then the least important one.
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

// note writes which columns were left out, unless the last note was the same.
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
	words = append(words, "(--columns="+t.options.Whole+" shows all)")
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
