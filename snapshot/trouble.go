package snapshot

import (
	"errors"

	"netstat/schema"
)

// ErrOwnersDenied is the reason of the Trouble that some processes cannot be
// looked into, so that owners may be missing.
var ErrOwnersDenied = errors.New("some processes cannot be inspected")

// Trouble is something that a recording lacks because it could not be read. That
// the system does not have a table is no trouble.
type Trouble struct {
	// What is what it concerns: a table of sockets by its name ("tcp6"),
	// "routes of inet", "interfaces", "owners", "process 17".
	What string
	// Err is the reason, as the recording has it where it has a place for it.
	Err error
	// Partial reports whether What was recorded all the same, with rows or
	// facts missing.
	Partial bool
}

// tell passes a trouble on, each once.
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

// tellProblems passes on what is wrong with a table.
func (r *recorder) tellProblems(what string, p *problems) {
	for _, q := range p.list {
		r.tell(what, q.err, q.reported)
	}
}
