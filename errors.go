package netstat

import "errors"

// OpError is the error of every Source. Err says why: it wraps
// errors.ErrUnsupported where the running system does not have the table at
// all, fs.ErrPermission where it refuses, ErrBogusRecord and ErrIncomplete
// for a table that was read with a flaw.
type OpError struct {
	Op    string // what was being done, as a verb: "open", "dump", "parse"
	Table Table  // zero where no single table is concerned
	Err   error  // never nil
}

func (e *OpError) Error() string {
	if e.Table == (Table{}) {
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op + " " + e.Table.String() + ": " + e.Err.Error()
}

func (e *OpError) Unwrap() error { return e.Err }

// Unreadable reports whether e, reported beside rows, costs a whole source: it cannot
// be read, whether or not the system has what it tells. One about a single table costs
// only facts of its rows.
func (e *OpError) Unreadable() bool {
	return e.Table == (Table{}) && errors.Is(e.Err, errors.ErrUnsupported) && errors.Is(e.Err, ErrIncomplete)
}

var (
	// ErrBogusRecord means that one record could not be understood and was
	// left out. It reaches Need.Report, never the iterator.
	ErrBogusRecord = errors.New("bogus record")
	// ErrIncomplete means that rows may be missing or doubled, because the
	// kernel says that the table changed while it was read or that data was
	// lost, and reading again did not help.
	ErrIncomplete = errors.New("incomplete")
)
