package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"syscall"

	"netstat"
)

// openLines opens a file of /proc/net and reads its first line, the header. The
// header is valid until the next line is read.
func (s *source) openLines(ctx context.Context, t netstat.Table, file string, report func(*netstat.OpError)) (*lineReader, []byte, *netstat.OpError) {
	if err := ctx.Err(); err != nil {
		return nil, nil, readError(t, err)
	}
	f, err := s.open(s.procRoot + "/net/" + file)
	if err != nil {
		return nil, nil, s.fileError(t, err)
	}
	l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer()}
	l.tooLong = func(head []byte) { reportBogus(report, t, head) }
	header, err := l.next()
	if err != nil && err != io.EOF {
		s.closeLines(l)
		return nil, nil, readError(t, err)
	}
	return l, header, nil
}

// openTable does the same for a file whose header the kernel always writes;
// only an empty copy may lack it. It returns an error if the header is unknown,
// because the layout of the rows is then unknown too.
func (s *source) openTable(ctx context.Context, t netstat.Table, file string, report func(*netstat.OpError)) (*lineReader, []byte, *netstat.OpError) {
	l, header, err := s.openLines(ctx, t, file, report)
	if err == nil && len(header) == 0 && s.procRoot == "/proc" {
		s.closeLines(l)
		return nil, nil, readError(t, errEmptyFile)
	}
	if err == nil && len(header) > 0 && !knownHeader(t, header) {
		s.closeLines(l)
		text := "/proc/net/" + file + " has an unknown header"
		return nil, nil, readError(t, &unreadable{text, errors.New(text)})
	}
	return l, header, err
}

// knownHeader reports whether the first line of a file names a column that
// every kernel version has.
func knownHeader(t netstat.Table, header []byte) bool {
	column := "local_address"
	switch {
	case t.Family == netstat.Unix:
		column = "RefCount"
	case t.Protocol == netstat.SCTP:
		column = "LPORT"
	}
	return bytes.Contains(header, []byte(column))
}

func (s *source) closeLines(l *lineReader) {
	l.r.Close()
	s.returnBuffer(l.buf)
}

// takeBuffer returns the source's buffer, or another one while that is in use:
// a caller may read one table within the loop over another.
func (s *source) takeBuffer() []byte {
	buf := s.buf
	s.buf = nil
	if buf == nil {
		buf = make([]byte, bufferSize)
	}
	return buf
}

func (s *source) returnBuffer(buf []byte) {
	if len(buf) == bufferSize {
		s.buf = buf
	}
}

// fileError returns the error for a file of /proc/net that cannot be opened. A
// missing or denied file means that the table is not supported, as in
// net-tools. If all such files are missing or denied, the error says nothing
// about the kernel.
func (s *source) fileError(t netstat.Table, err error) *netstat.OpError {
	switch {
	case err == syscall.EACCES:
		err = &unreadable{err.Error(), err}
	case errors.Is(err, fs.ErrNotExist):
		err = s.missing(err)
	}
	return &netstat.OpError{Op: "open", Table: t, Err: err}
}

// missing returns the reason why a file of /proc/net is missing.
func (s *source) missing(err error) error {
	for _, dir := range [...]string{"/net", "/self"} {
		switch f, dirErr := s.open(s.procRoot + dir); {
		case dirErr == nil:
			f.Close()
		case errors.Is(dirErr, fs.ErrNotExist):
			continue
		}
		if dir == "/self" {
			return &unreadable{s.procRoot + "/net is missing", err}
		}
		return &detailedError{errors.ErrUnsupported, err}
	}
	return &unreadable{s.procRoot + " is not mounted", err}
}

// unreadable is the error for a table that only files of proc(5) have, if they
// cannot be read.
type unreadable struct {
	text  string
	cause error
}

func (u *unreadable) Error() string { return u.text }
func (u *unreadable) Unwrap() []error {
	return []error{errors.ErrUnsupported, netstat.ErrIncomplete, u.cause}
}

// errEmptyFile is the error for a file of /proc/net without its first line. The
// kernel always writes that line, so another file is mounted over it.
var errEmptyFile error = emptyFileError{}

type emptyFileError struct{}

func (emptyFileError) Error() string {
	return netstat.ErrIncomplete.Error() + ": file is empty; another file may be mounted over it"
}

func (emptyFileError) Unwrap() error { return netstat.ErrIncomplete }

func readError(t netstat.Table, err error) *netstat.OpError {
	return &netstat.OpError{Op: "read", Table: t, Err: err}
}
