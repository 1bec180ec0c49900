package netstat

import "errors"

// OpError is the error of every Source. Err is the cause: it wraps
// errors.ErrUnsupported if the running system lacks the table, fs.ErrPermission if it
// denies access, and ErrBogusRecord or ErrIncomplete if the table was read but not
// perfectly.
type OpError struct {
	Op    string // operation, as a verb: "open", "dump", "parse"
	Table Table  // table concerned; zero if none or several
	Err   error  // cause, never nil
}

func (e *OpError) Error() string {
	if e.Table == (Table{}) {
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op + " " + e.Table.String() + ": " + e.Err.Error()
}

func (e *OpError) Unwrap() error { return e.Err }

// Unreadable reports whether e, reported beside rows, means that a whole source could
// not be read, so that it is unknown what the system has there. An error about a single
// table affects only facts of its rows and is not Unreadable.
func (e *OpError) Unreadable() bool {
	return e.Table == (Table{}) && errors.Is(e.Err, errors.ErrUnsupported) && errors.Is(e.Err, ErrIncomplete)
}

var (
	// ErrBogusRecord means that one record could not be parsed and was skipped. It
	// reaches Need.Report, never the iterator.
	ErrBogusRecord = errors.New("bogus record")
	// ErrIncomplete means that rows may be missing or duplicated: the kernel reported
	// that the table changed during the read or that data was lost, and retrying did
	// not help.
	ErrIncomplete = errors.New("incomplete")
)
