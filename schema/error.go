package schema

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"syscall"

	"netstat"
)

// sentinels are the errors that callers test with errors.Is, with their names in the
// form.
var sentinels = [...]struct {
	name string
	err  *error
}{
	{"unsupported", &errors.ErrUnsupported},
	{"not-exist", &fs.ErrNotExist},
	{"permission", &fs.ErrPermission},
	{"bogus-record", &netstat.ErrBogusRecord},
	{"incomplete", &netstat.ErrIncomplete},
	{"no-routes", &netstat.ErrNoRoutes},
	{"unexpected-end", &io.ErrUnexpectedEOF},
}

// maxCauses limits the depth to which the causes of an error are followed.
const maxCauses = 32

// AppendError appends an error as an object: its text, what errors.Is and errors.As
// find in it, and its causes. [Reader.Error] returns an error that is equivalent to the
// original for errors.Is and errors.As, with the same text and tree.
func AppendError(b []byte, err error) []byte { return appendError(b, err, 0) }

func appendError(b []byte, err error, depth int) []byte {
	b = AppendText(append(b, '{'), "text", err.Error())
	var causes []error
	switch e := err.(type) {
	case *netstat.OpError:
		b = appendWord(b, "kind", "operation")
		b = AppendText(b, "operation", e.Op)
		if e.Table != (netstat.Table{}) {
			b = AppendTable(b, e.Table)
		}
		causes = []error{e.Err}
	case *fs.PathError:
		b = appendWord(b, "kind", "file")
		b = AppendText(b, "operation", e.Op)
		b = AppendText(b, "path", e.Path)
		causes = []error{e.Err}
	case *netstat.RecordError:
		b = appendWord(b, "kind", "record")
		b = appendInt(b, "line", int64(e.Line))
		b = AppendText(b, "record", e.Text)
	case *netstat.MissingColumnError:
		b = appendWord(b, "kind", "missing-column")
		b = AppendText(b, "path", e.File)
		b = AppendText(b, "column", e.Column)
	case syscall.Errno:
		b = appendWord(b, "kind", "system")
		b = appendUint(b, "number", uint64(e))
	case *systemError:
		b = appendWord(b, "kind", "system")
		b = appendUint(b, "number", uint64(e.number))
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			causes = []error{cause}
		}
	case interface{ Unwrap() []error }:
		causes = e.Unwrap()
	}
	if depth == maxCauses {
		causes = nil
	}
	b = appendIs(b, err, causes)
	if len(causes) > 0 {
		b = append(appendKey(b, "causes"), '[')
		first := true
		for _, cause := range causes {
			if cause == nil {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			b, first = appendError(b, cause, depth+1), false
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// appendIs names the sentinels that an error matches, except those of its causes.
func appendIs(b []byte, err error, causes []error) []byte {
	var is uint64
	names := make([]string, len(sentinels))
	for i, s := range sentinels {
		names[i] = s.name
		if errors.Is(err, *s.err) && !errors.Is(errors.Join(causes...), *s.err) {
			is |= 1 << i
		}
	}
	return appendNames(b, "is", is, names)
}

// wireError is an error of a type that this package does not define.
type wireError struct {
	text   string
	is     []error
	causes []error
}

func (e *wireError) Error() string   { return e.text }
func (e *wireError) Unwrap() []error { return e.causes }

func (e *wireError) Is(target error) bool {
	for _, is := range e.is {
		if is == target {
			return true
		}
	}
	return false
}

// systemError is an error number of another system, or of this one at another time.
// errors.As finds a syscall.Errno in it only if that number has the same text here.
type systemError struct {
	wireError
	number uintptr
}

func (e *systemError) errno() (syscall.Errno, bool) {
	n := syscall.Errno(e.number)
	return n, n.Error() == e.text
}

func (e *systemError) Is(target error) bool {
	if n, ok := target.(syscall.Errno); ok {
		own, same := e.errno()
		return same && own == n
	}
	return e.wireError.Is(target)
}

func (e *systemError) As(target any) bool {
	to, ok := target.(*syscall.Errno)
	if !ok {
		return false
	}
	n, same := e.errno()
	if same {
		*to = n
	}
	return same
}

// Temporary exists because syscall.Errno has it: callers use it to find the error
// number of any system in a tree of errors.
func (e *systemError) Temporary() bool {
	n, same := e.errno()
	return same && n.Temporary()
}

// Timeout exists for the same reason as Temporary.
func (e *systemError) Timeout() bool {
	n, same := e.errno()
	return same && n.Timeout()
}

// Error reads what AppendError wrote; it is never nil.
func (r *Reader) Error() error {
	var (
		text, kind, op, path, record, column ExactText
		table                                netstat.Table
		line                                 int32
		number                               uint64
		is, causes                           []error
	)
	r.Object(func(key []byte) {
		switch string(key) {
		case "line":
			line = r.Int()
		case "number":
			number = r.Uint(math.MaxUint32)
		case "is":
			is = nil
			r.Array(func() {
				name := r.stringBytes()
				for _, s := range sentinels {
					if string(name) == s.name {
						is = append(is, *s.err)
					}
				}
			})
		case "causes":
			causes = nil
			r.Array(func() { causes = append(causes, r.Error()) })
		default:
			if !r.TableField(key, &table) {
				r.textField(key, []textField{
					{"text", &text}, {"kind", &kind}, {"operation", &op}, {"path", &path},
					{"record", &record}, {"column", &column},
				})
			}
		}
	})
	wire := wireError{text: text.s, is: is, causes: causes}
	cause := func() error {
		if len(causes) > 0 {
			return causes[0]
		}
		return &wireError{text: "unknown reason"}
	}
	switch kind.s {
	case "operation":
		return &netstat.OpError{Op: op.s, Table: table, Err: cause()}
	case "file":
		return &fs.PathError{Op: op.s, Path: path.s, Err: cause()}
	case "record":
		return &netstat.RecordError{Line: int(line), Text: record.s}
	case "missing-column":
		return &netstat.MissingColumnError{File: path.s, Column: column.s}
	case "system":
		return &systemError{wireError: wire, number: uintptr(number)}
	}
	if len(is) == 1 && len(causes) == 0 && is[0].Error() == wire.text {
		return is[0] // the sentinel itself
	}
	return &wire
}

// textField is a named text of an object.
type textField struct {
	name string
	to   *ExactText
}

// textField reads the value of one of these fields, or skips it.
func (r *Reader) textField(key []byte, fields []textField) {
	for _, f := range fields {
		if r.TextField(key, f.name, f.to) {
			return
		}
	}
	r.Skip()
}
