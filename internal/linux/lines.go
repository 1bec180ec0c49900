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
	// bufferSize has room for two of the largest datagrams of a dump (32
	// KiB less overhead) and for several pages of /proc.
	bufferSize = 64 << 10
	// maxLine limits the bytes kept of a line. The lines of /proc/net are
	// far shorter.
	maxLine = 1 << 20
)

// lineReader splits a file of /proc into lines.
type lineReader struct {
	ctx        context.Context
	r          io.ReadCloser
	buf        []byte
	start, end int // unread part of buf
	eof        bool
	reads      uint32            // number of reads that returned data
	tooLong    func(head []byte) // receives the beginning of each line left out
}

// next returns the next line without its newline, and io.EOF after the last.
// The line is valid until the next call. Lines longer than maxLine are left
// out.
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

// fill reads more data after the unread part.
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

// skipLine skips the rest of the current line.
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

// maxQuoted limits the bytes of a record that an error quotes.
const maxQuoted = 120

// reportBogus reports a record that was left out, and quotes it.
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

// detailedError is an error of a general kind with its cause. It matches both.
type detailedError struct{ kind, cause error }

// Error leaves out errors.ErrUnsupported, because the cause says enough.
func (e *detailedError) Error() string {
	if e.kind == errors.ErrUnsupported {
		return e.cause.Error()
	}
	return e.kind.Error() + ": " + e.cause.Error()
}

func (e *detailedError) Unwrap() []error { return []error{e.kind, e.cause} }

// textSlab converts bytes to strings without an allocation for each. The
// strings share memory that is written before they exist and freed when none of
// them is in use.
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
