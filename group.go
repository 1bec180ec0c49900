package netstat

import "net/netip"

// Membership is one multicast group that an interface listens to: a plain
// value, safe to keep.
type Membership struct {
	// Index is the system's number of the interface, Interface its name. Users
	// choose that: pass it through ascii.AppendSafe before a terminal sees it.
	Index     uint32
	Interface string
	Group     netip.Addr
	// Users counts who wants the group: sockets, and the system itself. Linux
	// keeps it as a signed number; Windows does not tell, there it is 0.
	Users int32
}

// GroupQuery asks for the groups of one family.
type GroupQuery struct {
	Family Family // Inet or Inet6
	// Report, where not nil, is called during iteration for flaws that do
	// not end it, as [Need.Report] is. A record that makes no sense comes as
	// a *RecordError.
	Report func(*OpError)
}

// RecordError is ErrBogusRecord with the place of the record.
type RecordError struct {
	Line int // lines before it in its file
	Text string
}

func (e *RecordError) Error() string { return ErrBogusRecord.Error() + ": " + e.Text }
func (e *RecordError) Unwrap() error { return ErrBogusRecord }
