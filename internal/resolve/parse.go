package resolve

import (
	"iter"
	"math"
	"strings"
)

// lines yields the lines of a database as glibc 2.36 reads them: as C strings,
// which end at a NUL, without leading white space.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			line, _, _ = strings.Cut(line, "\x00")
			if !yield(skipSpace(line)) {
				return
			}
		}
	}
}

// records yields lines without their comments.
func records(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range lines(text) {
			line, _, _ = strings.Cut(line, "#")
			if !yield(line) {
				return
			}
		}
	}
}

// sources returns the sources that an nsswitch.conf(5) names for a database, in their
// order and without actions such as [NOTFOUND=return]; nil if no line has the database.
// The last such line counts.
func sources(conf, database string) []string {
	var list []string
	for line := range records(conf) {
		name, rest, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) != database {
			continue
		}
		list = []string{}
		action := false
		for _, source := range strings.Fields(strings.NewReplacer("[", " [ ", "]", " ] ").Replace(rest)) {
			switch {
			case source == "[":
				action = true
			case source == "]":
				action = false
			case !action:
				list = append(list, source)
			}
		}
	}
	return list
}

// word splits s after its first word and skips the white space that follows.
func word(s string) (first, rest string) {
	i := 0
	for i < len(s) && !isSpace(s[i]) {
		i++
	}
	return s[:i], skipSpace(s[i:])
}

func skipSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// isSpace is isspace(3) of the C locale, which UTF-8 locales share for bytes.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// number parses the number at the start of s like strtoul(3), with white space
// and sign. Like glibc's databases it rejects a number that does not fit in 32
// bits. Base 0 takes the base from the number's prefix.
func number(s string, base uint64) (n uint32, rest string, ok bool) {
	s = skipSpace(s)
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if base == 0 {
		base = 10
		if s != "" && s[0] == '0' {
			base = 8
			if len(s) > 2 && s[1]|0x20 == 'x' && digit(s[2]) < 16 {
				base = 16
				s = s[2:]
			}
		}
	}
	if s == "" || digit(s[0]) >= base {
		return 0, s, false
	}
	var v uint64
	overflow := false
	for s != "" && digit(s[0]) < base {
		d := digit(s[0])
		overflow = overflow || v > (math.MaxUint64-d)/base
		v = v*base + d
		s = s[1:]
	}
	if negative {
		v = -v
	}
	if overflow || v > math.MaxUint32 {
		return 0, s, false
	}
	return uint32(v), s, true
}

// digit returns the value of a digit in bases up to 36, or 36 or more for any
// other byte.
func digit(c byte) uint64 {
	switch lower := c | 0x20; {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case lower >= 'a' && lower <= 'z':
		return uint64(lower-'a') + 10
	}
	return 36
}
