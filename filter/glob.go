package filter

import "unicode/utf8"

// glob reports whether a pattern of fnmatch(3) matches all of s: "*" matches
// any text, "?" one character, "[…]" one character of a set, "[!…]" one that is
// not in the set, "\" the character that follows. fold ignores the case of
// ASCII letters.
func glob(pattern, s string, fold bool) bool {
	// Where to retry after a mismatch: after the last star, which then
	// matches one more character of s.
	star, retry := -1, 0
	p, i := 0, 0
	for i < len(s) || p < len(pattern) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, retry = p, i
			continue
		}
		if i < len(s) && p < len(pattern) {
			r, size := decodeRune(s[i:])
			if n, ok := globOne(pattern[p:], r, fold); ok {
				p += n
				i += size
				continue
			}
		}
		if star < 0 || retry >= len(s) {
			return false
		}
		_, size := decodeRune(s[retry:])
		retry += size
		p, i = star, retry
	}
	return true
}

// globOne reports whether the first item of a pattern matches a character, and
// returns the length of the item.
func globOne(pattern string, r rune, fold bool) (size int, ok bool) {
	c, size := decodeRune(pattern)
	switch {
	case c == '?':
		return 1, true
	case c == '[':
		if n, ok := globSet(pattern, r, fold); n > 0 {
			return n, ok
		}
	case c == '\\' && len(pattern) > 1:
		c, size = decodeRune(pattern[1:])
		size++
	}
	return size, same(c, r, fold)
}

// globSet is globOne for a set. The size is 0 if the set is not closed; its
// bracket then stands for itself.
func globSet(pattern string, r rune, fold bool) (size int, ok bool) {
	i := 1
	negate := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negate {
		i++
	}
	found := false
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return i + 1, found != negate
		}
		low, size := decodeRune(pattern[i:])
		i += size
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			high, size = decodeRune(pattern[i+1:])
			i += 1 + size
		}
		if low <= r && r <= high {
			found = true
		}
		if fold {
			if other := otherCase(r); low <= other && other <= high {
				found = true
			}
		}
	}
	return 0, false
}

// decodeRune is like utf8.DecodeRuneInString, but different invalid bytes give
// different results: names may contain any bytes.
func decodeRune(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		r = utf8.MaxRune + 1 + rune(s[0])
	}
	return r, size
}

func same(a, b rune, fold bool) bool { return a == b || fold && a == otherCase(b) }

func otherCase(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r ^ 0x20
	}
	return r
}
