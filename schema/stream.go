package schema

import (
	"bytes"
	"errors"
	"io"
)

const (
	// windowSize is how much of a stream a Reader keeps at first.
	windowSize = 64 << 10
	// maxWindow is the size of the longest value, in bytes.
	maxWindow = 64 << 20
	// lookahead is how much of a stream is read before a field or an item, so that
	// hardly any value crosses the end of the window.
	lookahead = 4096
)

// Window is a stream that keeps the end of what it returned.
type Window interface {
	// Next returns the bytes that follow those returned before, and in front of them the
	// last keep ones of those. The result is valid until the next call. If none follow, it
	// has only the kept bytes, and Next returns an error, io.EOF at the end.
	Next(keep int) ([]byte, error)
}

// NewStream returns a Reader of a stream whose first byte is at an offset of the text. It
// reads no further than the window needs.
func NewStream(in io.Reader, offset int) *Reader {
	return NewWindow(&streamWindow{in: in, b: make([]byte, 0, windowSize)}, offset)
}

// NewWindow is NewStream without a window of its own.
func NewWindow(in Window, offset int) *Reader { return &Reader{in: in, before: offset} }

// streamWindow makes a Window of a stream.
type streamWindow struct {
	in io.Reader
	b  []byte // ends with the last byte that was returned
}

// Next implements Window.
func (w *streamWindow) Next(keep int) ([]byte, error) {
	if cap(w.b)-len(w.b) < cap(w.b)/4 {
		kept := w.b[len(w.b)-keep:]
		if keep > cap(w.b)/2 {
			w.b = make([]byte, 0, 2*cap(w.b))
		}
		w.b = append(w.b[:0], kept...)
	}
	from := len(w.b) - keep
	n, err := io.ReadAtLeast(w.in, w.b[len(w.b):cap(w.b)], 1)
	w.b = w.b[:len(w.b)+n]
	return w.b[from:], err
}

// more reads more of a stream, and reports whether there was more. It keeps the bytes from
// r.at on, or from where first or row began, at another place of the window.
func (r *Reader) more() bool {
	if r.in == nil {
		return false
	}
	from := r.at
	if r.held > 0 {
		from = min(from, r.held-1)
		r.held -= from
	}
	kept := len(r.b) - from
	if kept >= maxWindow {
		r.fail(from, "value longer than 64 MiB")
		return false
	}
	// A value longer than the window is read in steps that double, since its readers
	// start again each time.
	least := 1
	if from == 0 {
		least = min(kept, maxWindow-kept)
	}
	r.before += from
	r.at -= from
	b, err := r.in.Next(kept)
	for err == nil && len(b) < kept+least {
		b, err = r.in.Next(len(b))
	}
	r.b = b
	if err != nil {
		r.in = nil
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			r.inErr = err
			r.fail(len(r.b), err.Error())
		}
	}
	return len(r.b) > kept
}

// first calls read, which reads the value that is next, and goes back to its start.
func (r *Reader) first(read func()) {
	if r.peek(); r.err != nil {
		return
	}
	outer := r.held > 0
	start := r.Offset()
	if !outer {
		r.held = r.at + 1
	}
	read()
	if r.err == nil {
		r.at = start - r.before
	}
	if !outer {
		r.held = 0
	}
}

// ahead reads ahead.
func (r *Reader) ahead() {
	for r.in != nil && len(r.b)-r.at < lookahead && r.more() {
	}
}

// key reads the name of a field.
func (r *Reader) key() []byte {
	if r.in == nil {
		return r.stringBytes()
	}
	r.ahead()
	key := r.stringBytes()
	if len(r.b)-r.at < lookahead/2 {
		key = bytes.Clone(key) // the window may move before the key is used
	}
	return key
}

// numberEnds reports whether the number at r.at ends before the window does.
func (r *Reader) numberEnds() bool {
	for _, c := range r.b[r.at:] {
		if c <= ' ' || c == ',' || c == '}' || c == ']' {
			return true
		}
	}
	return false
}

// pass skips a value that nobody asked for. It does not check the fields of an object
// without objects in it, or the items of a list without lists in it.
func (r *Reader) pass() {
	switch c := r.peek(); {
	case c == '{' && r.skipFlat('{', '}'):
	case c == '[' && r.skipFlat('[', ']'):
	default:
		r.Skip()
	}
}

// skipFlat skips an object or list between these bytes, whose text has no other one and no
// escape, and reports whether it did. It does not check what is inside.
func (r *Reader) skipFlat(begin, finish byte) bool {
	text := r.b[r.at:]
	end := bytes.IndexByte(text, finish)
	if end < 0 {
		return false
	}
	text = text[1:end]
	if bytes.IndexByte(text, begin) >= 0 || bytes.IndexByte(text, '\\') >= 0 || bytes.Count(text, []byte{'"'})%2 != 0 {
		return false
	}
	r.at += end + 1
	return true
}

// SkipLists tells Rows how to skip lists. For the list that starts at an offset, skip returns
// a window from its last byte on, the offset of this byte, and the number of rows; nil if it
// does not know the list.
func (r *Reader) SkipLists(skip func(list int) (in Window, end, rows int)) { r.skip = skip }

// skipList skips the rest of the list that starts at an offset, up to its last byte.
func (r *Reader) skipList(list int) (rows int, ok bool) {
	if r.skip == nil || r.in == nil || r.err != nil {
		return 0, false
	}
	in, end, rows := r.skip(list)
	if in == nil {
		return 0, false
	}
	r.in, r.before, r.b, r.at = in, end, nil, 0
	return rows, true
}

// Rows reads a list of objects and returns their number. It calls row at each one until row
// returns false without having read it. It skips the rest without a check: as SkipLists says,
// or objects that are each on a line of its own, as appenders of documents write them.
func (r *Reader) Rows(row func() bool) (n int) {
	r.peek()
	list := r.Offset()
	r.Array(func() {
		n++
		if row != nil && row() {
			return
		}
		row = nil
		if rows, ok := r.skipList(list); ok {
			n = rows
			return
		}
		for ; r.skipLine(); n++ {
		}
		r.Skip()
	})
	return n
}

// skipLine skips an object and the comma after it, if both are all of a line and another
// object follows.
func (r *Reader) skipLine() bool {
	if r.peek() != '{' {
		return false
	}
	end := bytes.IndexByte(r.b[r.at:], '\n')
	if end < 0 && r.in != nil && r.more() {
		end = bytes.IndexByte(r.b[r.at:], '\n')
	}
	if end < 3 {
		return false
	}
	line := r.b[r.at : r.at+end+1]
	if line[end-1] != ',' || line[end-2] != '}' || bytes.Count(line, []byte{'{'}) != bytes.Count(line, []byte{'}'}) {
		return false
	}
	r.at += end + 1
	return true
}
