package live

import (
	"strconv"

	"netstat/internal/ascii"
)

// Style is how a text is shown. Without colours all look alike.
type Style uint8

const (
	Plain Style = iota
	Title
	Dim
	Opened
	Closed
	Chosen
	Failure
)

// sgr holds the SGR parameters of ECMA-48.
var sgr = [...]string{Plain: "", Title: "1", Dim: "2", Opened: "32", Closed: "31", Chosen: "7", Failure: "1;31"}

// Span is a text in one style. It holds no control characters.
type Span struct {
	Text  string
	Style Style
}

// Screen is what a terminal shows.
type Screen struct {
	Cols, Rows int
	Lines      [][]Span
	// CursorCol and CursorRow are where the cursor is, from 0. Without a Prompt it is
	// hidden.
	Prompt               bool
	CursorCol, CursorRow int
}

// add adds a line of one style.
func (s *Screen) add(style Style, text string) { s.Lines = append(s.Lines, []Span{{text, style}}) }

// line appends a line of the screen that is as wide as the screen.
func (s *Screen) line(b []byte, i int, color bool) []byte {
	left := s.Cols
	if i < len(s.Lines) {
		for _, span := range s.Lines[i] {
			text, width := ascii.Cut([]byte(span.Text), left)
			if len(text) < len(span.Text) && left > 0 {
				text, width = ascii.Cut([]byte(span.Text), left-1)
				text, width = append(text[:len(text):len(text)], cutMark...), width+1
			}
			left -= width
			if color && sgr[span.Style] != "" {
				b = append(append(append(b, "\x1b["...), sgr[span.Style]...), 'm')
				b = append(append(b, text...), "\x1b[0m"...)
				continue
			}
			b = append(b, text...)
		}
	}
	return ascii.AppendBlanks(b, left)
}

// Text returns the screen as lines of text, without blanks at their ends.
func (s *Screen) Text() string {
	var b []byte
	for i := range s.Rows {
		b = s.line(b, i, false)
		for len(b) > 0 && b[len(b)-1] == ' ' {
			b = b[:len(b)-1]
		}
		b = append(b, '\n')
	}
	return string(b)
}

// Painter writes screens to a terminal: only the lines that differ from the screen
// before. The zero value has no colours.
type Painter struct {
	Color bool
	shown []string
	cols  int
}

// Forget makes the next screen be written whole.
func (p *Painter) Forget() { p.shown = nil }

// Append appends what turns the terminal's contents into the screen.
func (p *Painter) Append(b []byte, s *Screen) []byte {
	if p.cols != s.Cols || len(p.shown) != s.Rows {
		p.cols, p.shown = s.Cols, make([]string, s.Rows)
		b = append(b, "\x1b[0m\x1b[2J"...)
	}
	b = append(b, "\x1b[?25l"...)
	var line []byte
	for i := range s.Rows {
		line = s.line(line[:0], i, p.Color)
		if string(line) == p.shown[i] {
			continue
		}
		p.shown[i] = string(line)
		b = append(moveTo(b, i, 0), line...)
	}
	if s.Prompt {
		b = append(moveTo(b, s.CursorRow, s.CursorCol), "\x1b[?25h"...)
	}
	return b
}

// moveTo appends the sequence that moves the cursor.
func moveTo(b []byte, row, col int) []byte {
	b = strconv.AppendInt(append(b, "\x1b["...), int64(row+1), 10)
	b = strconv.AppendInt(append(b, ';'), int64(col+1), 10)
	return append(b, 'H')
}
