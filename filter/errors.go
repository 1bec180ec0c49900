package filter

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"netstat/fact"
)

// Error is a mistake in an expression.
type Error struct {
	Text   string // the whole expression
	Offset int    // offset of the mistake in bytes; len(Text) at the end
	Length int    // length of the mistake in bytes; 0 at the end
	Reason string

	// named reports whether Reason quotes the mistake.
	named bool
}

// errorContext is how many characters of an expression are quoted on either
// side of a mistake.
const errorContext = 30

// Error returns one line: what is wrong, the column and the text there. Caret shows the
// place.
func (e *Error) Error() string {
	text := "column " + strconv.Itoa(e.Column()) + ": "
	_, place, _ := e.excerpt()
	if place == "" || e.named {
		return text + e.Reason
	}
	place = "'" + place + "'"
	if what, why, ok := strings.Cut(e.Reason, ": "); ok && strings.HasPrefix(what, "bad ") {
		return text + what + " " + place + ": " + why
	}
	if strings.HasPrefix(e.Reason, "unknown ") && !strings.HasSuffix(e.Reason, ")") {
		return text + e.Reason + " " + place
	}
	return text + e.Reason + ": " + place
}

// quote returns a word of an expression in quotes, safe for a message.
func quote(s string) string {
	if utf8.RuneCountInString(s) > errorContext {
		s = takeRunes(s, errorContext) + "..."
	}
	return "'" + printable(s) + "'"
}

// spelling is a name that the user may have meant.
type spelling struct {
	word  string // compared with the mistake
	shown string
}

// unknown returns a message that a text is no name of its kind, with the names that
// resemble it and the accepted ones.
func unknown(kind, text, word string, names []spelling, instead string) string {
	words := make([]string, len(names))
	for i := range names {
		words[i] = names[i].word
	}
	var near []string
	for _, word := range fact.Near(word, words) {
		shown := names[slices.Index(words, word)].shown
		if !slices.Contains(near, shown) {
			near = append(near, shown)
		}
	}
	reason := "unknown " + kind + " " + quote(text)
	if len(near) > 0 {
		last := len(near) - 1
		reason += ": did you mean " + strings.Join(append(near[:max(0, last-1)], strings.Join(near[max(0, last-1):], " or ")), ", ") + "?"
	}
	return reason + " (" + instead + ")"
}

// Column returns the position of the mistake, in characters from 1.
func (e *Error) Column() int { return utf8.RuneCountInString(e.Text[:e.Offset]) + 1 }

// Caret returns two lines: an excerpt of the expression, and carets below the
// mistake.
func (e *Error) Caret() string {
	before, place, after := e.excerpt()
	return before + place + after + "\n" +
		strings.Repeat(" ", cells(before)) + strings.Repeat("^", max(1, cells(place)))
}

// cells returns the width of a text on a terminal, so that carets stand below
// it.
func cells(s string) (n int) {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0x3001 && r <= 0x303e || r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff:
			n += 2
		default:
			n++
		}
	}
	return n
}

// excerpt returns the mistake and the text around it, safe for one line.
func (e *Error) excerpt() (before, place, after string) {
	before = e.Text[:e.Offset]
	if n := utf8.RuneCountInString(before); n > errorContext {
		before = "..." + dropRunes(before, n-errorContext)
	}
	place = e.Text[e.Offset : e.Offset+e.Length]
	if n := utf8.RuneCountInString(place); n > 2*errorContext {
		place = takeRunes(place, 2*errorContext) + "..."
	}
	after = e.Text[e.Offset+e.Length:]
	if utf8.RuneCountInString(after) > errorContext {
		after = takeRunes(after, errorContext) + "..."
	}
	return printable(before), printable(place), printable(after)
}

func dropRunes(s string, n int) string {
	for ; n > 0; n-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}

func takeRunes(s string, n int) string { return s[:len(s)-len(dropRunes(s, n))] }

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '.'
		}
		return r
	}, s)
}
