package snapshot

import (
	"errors"

	"netstat/schema"
)

// ErrOwnersDenied is the cause of the Trouble that some processes cannot be inspected,
// so owners may be missing.
var ErrOwnersDenied = errors.New("some processes cannot be inspected")

// processTrouble starts Trouble.What of a process.
const processTrouble = "process "

// Trouble is something that a snapshot lacks because it could not be read. A table that
// the system lacks is no Trouble.
type Trouble struct {
	// What names what is missing: a table of sockets ("tcp6"), "routes of inet",
	// "interfaces", "owners", "process 17".
	What string
	// Err is the cause, as stored in the snapshot if the snapshot can hold it.
	Err error
	// Partial reports whether What was recorded with rows or facts missing.
	Partial bool
}

// tell reports a trouble, each once.
func (r *recorder) tell(what string, err error, partial bool) {
	if r.report == nil || r.failed() != nil {
		return
	}
	key := string(schema.AppendError(append([]byte(what), 0), err))
	if !r.told[key] {
		if r.told == nil {
			r.told = make(map[string]bool)
		}
		r.told[key] = true
		r.report(Trouble{what, err, partial})
	}
}

// tellProblems reports the problems of a table.
func (r *recorder) tellProblems(what string, p *problems) {
	for _, q := range p.list {
		r.tell(what, q.err, q.reported)
	}
}
