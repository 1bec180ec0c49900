package win32

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// textWriter writes UTF-8 text to w in another code page. ASCII, which starts every
// console code page, is written unchanged.
type textWriter struct {
	w io.Writer
	// encode appends the encoding of valid UTF-8 text that is not empty.
	encode func(dst, text []byte) []byte

	part []byte // start of a character that the last write ended in
	out  []byte
}

// Write implements io.Writer. The start of a character that is never completed is not
// written.
func (t *textWriter) Write(p []byte) (int, error) {
	if len(t.part) == 0 && isASCII(p) {
		return t.w.Write(p)
	}
	text := p
	if len(t.part) > 0 {
		text = append(t.part, p...)
	}
	whole := len(text) - partial(text)
	t.out = t.out[:0]
	if whole > 0 {
		valid := text[:whole]
		if !utf8.Valid(valid) {
			valid = bytes.ToValidUTF8(valid, []byte(string(utf8.RuneError)))
		}
		t.out = t.encode(t.out, valid)
	}
	t.part = append(t.part[:0], text[whole:]...)
	// The number of bytes of p behind an incomplete write is unknown.
	if _, err := t.w.Write(t.out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// partial returns the number of bytes at the end of b that start an incomplete
// character.
func partial(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if utf8.FullRune(b[len(b)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}
