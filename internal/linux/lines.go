package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"unsafe"

	"netstat"
)

const (
	// bufferSize holds two of the largest datagrams a dump comes in (32 KiB
	// less overhead) and any number of /proc's pages.
	bufferSize = 64 << 10
	// maxLine bounds what is kept of a line. No line of /proc/net comes near.
	maxLine = 1 << 20
)

// lineReader splits a file of /proc into lines.
type lineReader struct {
	ctx        context.Context
	r          io.ReadCloser
	buf        []byte
	start, end int // the unread part of buf
	eof        bool
	reads      uint32            // how many have brought something
	tooLong    func(head []byte) // told about lines that were left out
}

// next returns the next line without its newline, valid until the next call,
// and io.EOF after the last. A line longer than maxLine is left out.
func (l *lineReader) next() ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.start+searched:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.start+searched+i]
			l.start += searched + i + 1
			return line, nil
		}
		searched = l.end - l.start
		if l.eof {
			if searched == 0 {
				return nil, io.EOF
			}
			line := l.buf[l.start:l.end]
			l.start = l.end
			return line, nil
		}
		if searched >= maxLine {
			if err := l.skipLine(); err != nil {
				return nil, err
			}
			searched = 0
			continue
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more, after the unread part.
func (l *lineReader) fill() error {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	if err := l.ctx.Err(); err != nil {
		return err
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	if n > 0 {
		l.reads++
	}
	if err == io.EOF {
		l.eof, err = true, nil
	}
	return err
}

// skipLine drops the line that the unread part is the beginning of.
func (l *lineReader) skipLine() error {
	l.tooLong(l.buf[l.start:l.end])
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			l.start += i + 1
			return nil
		}
		l.start = l.end
		if l.eof {
			return nil
		}
		if err := l.fill(); err != nil {
			return err
		}
	}
}

// maxQuoted bounds how much of a record an error quotes.
const maxQuoted = 120

// reportBogus reports a record that was left out, quoting it.
func reportBogus(report func(*netstat.OpError), t netstat.Table, record []byte) {
	if report == nil {
		return
	}
	quoted := strconv.Quote(string(record[:min(len(record), maxQuoted)]))
	if len(record) > maxQuoted {
		quoted += "..."
	}
	report(&netstat.OpError{Op: "parse", Table: t, Err: &detailedError{netstat.ErrBogusRecord, errors.New(quoted)}})
}

// detailedError is an error of a general kind with its particular cause; it is
// both.
type detailedError struct{ kind, cause error }

// Error leaves out that an operation is unsupported: the cause says why.
func (e *detailedError) Error() string {
	if e.kind == errors.ErrUnsupported {
		return e.cause.Error()
	}
	return e.kind.Error() + ": " + e.cause.Error()
}

func (e *detailedError) Unwrap() []error { return []error{e.kind, e.cause} }

// textSlab makes strings out of bytes without an allocation for each. The
// strings share their memory: it is written once, before the string exists,
// and is freed when none of its strings is kept.
type textSlab struct{ free []byte }

const textSlabSize = 16 << 10

func (t *textSlab) string(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > len(t.free) {
		if len(b) > textSlabSize/8 {
			return string(b)
		}
		t.free = make([]byte, textSlabSize)
	}
	n := copy(t.free, b)
	s := unsafe.String(&t.free[0], n)
	t.free = t.free[n:]
	return s
}
