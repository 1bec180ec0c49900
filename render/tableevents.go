package render

import (
	"strconv"
	"time"

	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/internal/message"
)

// This file writes events into a table, line by line as they happen.

// eventCut is the least width of a name that is cut.
const eventCut = 7

// beginEvents writes the titles.
func (t *tableReport) beginEvents() {
	t.headed, t.sized = true, true
	t.columns = append(t.columns[:0], t.all...)
	for i := range t.columns {
		c := &t.columns[i]
		c.width = max(ascii.Width([]byte(c.Title)), laterWidth(c.Name))
		if c.Name == "time" {
			c.width = len("15:04:05.000")
		}
	}
	if len(t.columns) > 0 {
		t.writeTitles()
	}
}

// appendEvent appends the line of an event. A column becomes as wide as its widest cell so
// far, and a name is cut if the line does not fit the terminal.
func (t *tableReport) appendEvent(rec *fact.Record) {
	if isLost(rec) {
		t.appendLost(rec)
		return
	}
	t.line, t.at = t.appendCells(t.line[:0], t.at[:0], rec)
	sum := tableGap * (len(t.columns) - 1)
	for i := range t.columns {
		c := &t.columns[i]
		cell := t.line[cellStart(t.at, i):t.at[i]]
		width := ascii.Width(cell)
		if !c.cuts(cell) {
			c.width = max(c.width, width)
		}
		sum += max(c.width, width)
	}
	over := sum - t.options.Width
	line := len(t.b)
	for i := range t.columns {
		c := &t.columns[i]
		cell := t.line[cellStart(t.at, i):t.at[i]]
		whole := c.width
		cut := false
		if width := ascii.Width(cell); t.options.Width > 0 && over > 0 && c.cuts(cell) && width > eventCut {
			c.width = max(width-over, eventCut)
			over -= width - c.width
			cut = true
		}
		colour := ""
		if c.colour != nil {
			colour = c.colour(cell)
		}
		t.appendCell(i, cell, cut, colour)
		c.width = whole
	}
	t.endLine(line)
}

// appendLost appends the line of a loss, which has no socket.
func (t *tableReport) appendLost(rec *fact.Record) {
	e := rec.Event
	b := e.Time.AppendFormat(t.b, time.TimeOnly+".000")
	b = append(b, "  "...)
	chinese, origin := t.options.Chinese, e.Origin.String()
	if e.Lost == 0 {
		b = append(b, message.LostUnknown.In(chinese, origin)...)
	} else {
		b = append(b, message.LostEvents.In(chinese, strconv.FormatUint(e.Lost, 10), origin)...)
	}
	if rec.Netns != "" {
		b = ascii.AppendSafe(b, message.LostIn.In(chinese, rec.Netns))
	}
	t.b = append(b, '\n')
}
