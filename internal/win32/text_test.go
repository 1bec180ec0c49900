package win32

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"
)

// win32Marked encodes text so that tests see what was encoded at once.
func win32Marked(dst, text []byte) []byte {
	return append(append(append(dst, '<'), text...), '>')
}

func TestTextWriter(t *testing.T) {
	for _, c := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"nothing", []string{""}, ""},
		{"ascii is passed on", []string{"abc\r\n", "d"}, "abc\r\nd"},
		{"other text is encoded", []string{"状态", "x"}, "<状态>x"},
		{"a character in two writes", []string{"a\xe7\x8a", "\xb6b"}, "<a><状b>"},
		{"a character in three writes", []string{"\xf0\x9f", "\x98", "\x80"}, "<😀>"},
		{"cut by ascii", []string{"\xe7", "b"}, "<\ufffdb>"},
		{"bad bytes", []string{"a\xffb"}, "<a\ufffdb>"},
		{"a lone continuation byte", []string{"\x80\x80\x80\x80\x80"}, "<\ufffd>"},
		{"never completed", []string{"a", "\xe7"}, "a"},
	} {
		var out bytes.Buffer
		w := &textWriter{w: &out, encode: win32Marked}
		for _, s := range c.writes {
			if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("%s: %q: %d, %v", c.name, s, n, err)
			}
		}
		if out.String() != c.want {
			t.Errorf("%s: %q, want %q", c.name, out.String(), c.want)
		}
	}
}

type win32Broken struct{}

func (win32Broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestTextWriterError(t *testing.T) {
	w := &textWriter{w: win32Broken{}, encode: win32Marked}
	for _, s := range []string{"ascii", "状态"} {
		if n, err := w.Write([]byte(s)); n != 0 || err == nil {
			t.Errorf("%q: %d, %v", s, n, err)
		}
	}
}

// FuzzTextWriter checks that the result does not depend on how text is split.
func FuzzTextWriter(f *testing.F) {
	f.Add([]byte("活动连接\r\n  TCP"), uint8(1))
	f.Add([]byte("\xe7\x8a\xf0\x9f\x98\x80\xff"), uint8(2))
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		plain := func(dst, text []byte) []byte {
			if !utf8.Valid(text) || len(text) == 0 {
				t.Fatalf("asked to encode %q", text)
			}
			return append(dst, text...)
		}
		var out bytes.Buffer
		w := &textWriter{w: &out, encode: plain}
		for rest := text; len(rest) > 0; {
			n := min(int(size)+1, len(rest))
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if utf8.Valid(text) && !bytes.Equal(out.Bytes(), text) {
			t.Fatalf("%q became %q", text, out.Bytes())
		}
	})
}
