package nettools

import (
	"io"

	"netstat/internal/ascii"
)

const flushAt = 28 << 10

// out collects a report and writes it in large pieces. After a write error it
// discards what follows; the code that makes the rows checks err and stops.
type out struct {
	w   io.Writer
	buf []byte
	err error
}

func newOut(w io.Writer) *out {
	return &out{w: w, buf: make([]byte, 0, 32<<10)}
}

func (o *out) flush() {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.w.Write(o.buf)
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

func appendSafe(b []byte, s string) []byte { return ascii.AppendSafe(b, s) }

// appendCut appends s cut to at most n bytes. A character split by the cut
// shows as dots, like any incomplete character.
func appendCut(b []byte, s string, n int) []byte {
	if len(s) > n {
		s = s[:max(n, 0)]
	}
	return appendSafe(b, s)
}
