package schema

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendKey starts a field of the object at the end of b. The key must need no escapes.
func AppendKey(b []byte, key string) []byte { return appendKey(b, key) }

func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

func appendUint(b []byte, key string, n uint64) []byte {
	return strconv.AppendUint(appendKey(b, key), n, 10)
}

// appendCount appends a number, or nothing if it is 0.
func appendCount(b []byte, key string, n uint64) []byte {
	if n == 0 {
		return b
	}
	return appendUint(b, key, n)
}

func appendInt(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(appendKey(b, key), n, 10)
}

func appendBool(b []byte, key string, v bool) []byte {
	return strconv.AppendBool(appendKey(b, key), v)
}

// appendTrue appends a field with value true, or nothing if v is false.
func appendTrue(b []byte, key string, v bool) []byte {
	if !v {
		return b
	}
	return appendBool(b, key, v)
}

// appendWord appends a fixed word that needs no escapes.
func appendWord(b []byte, key, word string) []byte {
	b = append(appendKey(b, key), '"')
	b = append(b, word...)
	return append(b, '"')
}

// AppendText appends a text as a field of the object at the end of b, and its exact
// bytes as a second field if it is not UTF-8. It appends nothing for an empty text.
func AppendText(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	b, exact := appendString(appendKey(b, key), s)
	if !exact {
		b = append(appendSuffixed(b, key), '"')
		b = appendBase64(b, s)
		b = append(b, '"')
	}
	return b
}

// appendSuffixed starts the field for a text's exact bytes.
func appendSuffixed(b []byte, key string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	return append(b, bytesSuffix+`":`...)
}

const bytesSuffix = "_bytes"

// appendTexts appends a list of texts, and their exact bytes if one of them is not
// UTF-8. It appends nothing for an empty list.
func appendTexts(b []byte, key string, list []string) []byte {
	if len(list) == 0 {
		return b
	}
	exact := true
	b = append(appendKey(b, key), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var ok bool
		b, ok = appendString(b, s)
		exact = exact && ok
	}
	b = append(b, ']')
	if exact {
		return b
	}
	b = append(appendSuffixed(b, key), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendBase64(append(b, '"'), s), '"')
	}
	return append(b, ']')
}

// appendBase64 works in groups of three bytes, to avoid copying s as a whole.
func appendBase64(b []byte, s string) []byte {
	for ; len(s) >= 3; s = s[3:] {
		three := [3]byte{s[0], s[1], s[2]}
		b = base64.StdEncoding.AppendEncode(b, three[:])
	}
	var rest [2]byte
	return base64.StdEncoding.AppendEncode(b, rest[:copy(rest[:], s)])
}

// appendString appends a JSON string and reports whether it is exactly s: bytes that
// are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) (_ []byte, exact bool) {
	b = append(b, '"')
	exact = true
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		size, r := 1, rune(c)
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				exact = false
			} else if !acts(r) {
				i += size
				continue
			}
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			const digits = "0123456789abcdef"
			b = append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		}
		i += size
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"'), exact
}

// acts reports whether a character from 0x80 on affects a terminal or the surrounding
// text: C1 controls, line and paragraph separators, direction controls. Each fits in
// one \u escape.
func acts(r rune) bool {
	switch {
	case r <= 0x9f, r == 0x61c, r == 0x200e, r == 0x200f:
		return true
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// appendIP appends an address without a zone, or nothing for the zero Addr.
func appendIP(b []byte, key string, ip netip.Addr) []byte {
	if !ip.IsValid() {
		return b
	}
	b = append(appendKey(b, key), '"')
	return append(ip.WithZone("").AppendTo(b), '"')
}

// appendSeconds appends a duration as a field, in seconds.
func appendSeconds(b []byte, key string, d time.Duration) []byte {
	return AppendSeconds(appendKey(b, key), d)
}

// AppendSeconds appends a duration as an exact decimal number of seconds.
func AppendSeconds(b []byte, d time.Duration) []byte {
	n := uint64(d)
	if d < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/1e9, 10)
	n %= 1e9
	if n == 0 {
		return b
	}
	b = append(b, '.')
	for unit := uint64(1e8); n > 0; unit /= 10 {
		b = append(b, '0'+byte(n/unit))
		n %= unit
	}
	return b
}

// appendTime appends an RFC 3339 time with its nanoseconds and zone. It appends nothing
// for the zero Time and for times outside that format.
func appendTime(b []byte, key string, t time.Time) []byte {
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return b
	}
	if _, offset := t.Zone(); offset%60 != 0 || offset <= -24*3600 || offset >= 24*3600 {
		t = t.UTC() // RFC 3339 zones have no seconds
		if t.Year() < 0 || t.Year() > 9999 {
			return b
		}
	}
	b = append(appendKey(b, key), '"')
	return append(t.AppendFormat(b, time.RFC3339Nano), '"')
}

// appendNames appends the names of the bits of a set, or nothing for an empty set.
func appendNames(b []byte, key string, set uint64, names []string) []byte {
	if set == 0 {
		return b
	}
	return appendSet(b, key, set, names)
}

// appendSet is like appendNames, but shows an empty set too.
func appendSet(b []byte, key string, set uint64, names []string) []byte {
	b = append(appendKey(b, key), '[')
	for i, name := range names {
		if set>>i&1 == 0 {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, '"')
	}
	return append(b, ']')
}
