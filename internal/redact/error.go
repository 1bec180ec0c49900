package redact

import (
	"errors"
	"io/fs"
	"strings"

	"netstat"
)

// Error returns an error with the same causes and the same answers of errors.Is, without
// what is personal in its texts: names of files, lines of files, names of devices.
func (r *Redactor) Error(err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *netstat.OpError:
		return &netstat.OpError{Op: r.Message(e.Op), Table: e.Table, Err: r.Error(e.Err)}
	case *fs.PathError:
		return &fs.PathError{Op: r.Message(e.Op), Path: r.Text(e.Path), Err: r.Error(e.Err)}
	case *netstat.RecordError:
		return &netstat.RecordError{Line: e.Line, Text: r.Strict(e.Text)}
	case *netstat.MissingColumnError:
		return &netstat.MissingColumnError{File: r.Text(e.File), Column: r.Message(e.Column)}
	case interface{ Temporary() bool }:
		return err // a number of the system, with the system's text
	}
	var causes []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			causes = []error{cause}
		}
	case interface{ Unwrap() []error }:
		causes = e.Unwrap()
	}
	to := &redactedError{of: err}
	rest := err.Error()
	for _, cause := range causes {
		if cause == nil {
			continue
		}
		clean := r.Error(cause)
		to.causes = append(to.causes, clean)
		if before, after, ok := strings.Cut(rest, cause.Error()); ok && cause.Error() != "" {
			to.text += r.Message(before) + clean.Error()
			rest = after
		}
	}
	if to.text += r.Message(rest); to.text == err.Error() && len(causes) == 0 {
		return err
	}
	return to
}

// redactedError is an error of another type without what is personal.
type redactedError struct {
	text   string
	of     error
	causes []error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() []error { return e.causes }

func (e *redactedError) Is(target error) bool { return errors.Is(e.of, target) }
