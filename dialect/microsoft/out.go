package microsoft

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"netstat/internal/ascii"
)

const flushAt = 60 << 10

// out collects a report and writes it in large pieces. After a write error it
// discards what follows; the code that makes the rows checks err and stops.
type out struct {
	w    io.Writer
	crlf bool
	buf  []byte
	wide []byte // buf with other line ends
	err  error
}

func newOut(w io.Writer, crlf bool) *out {
	return &out{w: w, crlf: crlf, buf: make([]byte, 0, 64<<10)}
}

func (o *out) flush() {
	if len(o.buf) > 0 && o.err == nil {
		b := o.buf
		if o.crlf {
			o.wide = appendCRLF(o.wide[:0], o.buf)
			b = o.wide
		}
		_, o.err = o.w.Write(b)
	}
	o.buf = o.buf[:0]
}

// full writes the buffer once it is large enough, and reports whether writing
// still works.
func (o *out) full() bool {
	if len(o.buf) >= flushAt {
		o.flush()
	}
	return o.err == nil
}

func (o *out) text(s string) { o.buf = append(o.buf, s...) }

// appendCRLF appends text with each "\n" as "\r\n". Text from outside contains
// neither: it has passed appendSafe.
func appendCRLF(b, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return append(b, text...)
		}
		b = append(append(b, text[:i]...), "\r\n"...)
		text = text[i+1:]
	}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func appendSafe(b []byte, s string) []byte { return ascii.AppendSafe(b, s) }

func safe(s string) string { return string(appendSafe(nil, s)) }

// padFrom pads what was appended since b had length start to width UTF-16
// units. Microsoft's printf counts these units, not terminal columns.
func padFrom(b []byte, start, width int) []byte { return ascii.AppendBlanks(b, width-units(b[start:])) }

// units returns the number of UTF-16 units of a text.
func units(b []byte) int {
	n := 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		i += size
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// appendRight appends s, right-aligned in width UTF-16 units.
func appendRight(b []byte, s string, width int) []byte {
	return append(ascii.AppendBlanks(b, width-units([]byte(s))), s...)
}
