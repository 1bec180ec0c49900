package watch

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// vt is a terminal that knows only the sequences that --watch writes. It reports any
// other in unknown.
type vt struct {
	cols, rows int
	cells      [][]rune // of the alternate screen
	row, col   int
	other      bool // the alternate screen is shown
	copied     string
	unknown    []string
	rest       string
}

func newVT(cols, rows int) *vt {
	v := &vt{}
	v.resize(cols, rows)
	return v
}

func (v *vt) resize(cols, rows int) {
	v.cols, v.rows = cols, rows
	v.clear()
}

func (v *vt) clear() {
	v.cells = make([][]rune, v.rows)
	for i := range v.cells {
		v.cells[i] = []rune(strings.Repeat(" ", v.cols))
	}
}

func (v *vt) write(s string) {
	s = v.rest + s
	for s != "" {
		if s[0] == 0x1b {
			n := v.sequence(s)
			if n == 0 {
				break
			}
			s = s[n:]
			continue
		}
		if !utf8.FullRuneInString(s) {
			break
		}
		r, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		if r < ' ' || r == utf8.RuneError || r >= 0x7f && r < 0xa0 {
			v.unknown = append(v.unknown, strconv.QuoteRune(r))
			continue
		}
		if v.row < v.rows && v.col < v.cols {
			v.cells[v.row][v.col] = r
			v.col++
		}
	}
	v.rest = s
}

// sequence executes the sequence that s begins with and returns its length, 0 if it is
// not complete.
func (v *vt) sequence(s string) int {
	if strings.HasPrefix(s, "\x1b]52;c;") {
		end := strings.IndexByte(s, '\a')
		if end > 0 {
			v.copied = s[len("\x1b]52;c;"):end]
		}
		return end + 1
	}
	if len(s) < 2 || s[1] == ']' && len(s) < 8 {
		return 0
	}
	end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
	if end < 0 {
		return 0
	}
	whole := s[:end+3]
	switch parameters := whole[2 : len(whole)-1]; whole[len(whole)-1] {
	case 'H':
		row, col, _ := strings.Cut(parameters, ";")
		r, _ := strconv.Atoi(row)
		c, _ := strconv.Atoi(col)
		v.row, v.col = r-1, c-1
	case 'J':
		v.clear()
	case 'm':
	case 'h', 'l':
		switch parameters {
		case "?1049":
			v.other = whole[len(whole)-1] == 'h'
		case "?25", "?7":
		default:
			v.unknown = append(v.unknown, whole)
		}
	default:
		v.unknown = append(v.unknown, whole)
	}
	return len(whole)
}
