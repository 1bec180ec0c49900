package netstat

import "net/netip"

// Membership is one multicast group that an interface has joined: a plain value, safe
// to keep.
type Membership struct {
	// Index is the system's number of the interface, Interface its name. Users choose
	// the name: pass it through ascii.AppendSafe before printing it on a terminal.
	Index     uint32
	Interface string
	Group     netip.Addr
	// Users is the number of members on this host: sockets and the system itself. Linux
	// stores it as a signed number; Windows does not report it, so it is 0 there.
	Users int32
}

// GroupQuery selects the groups of one family.
type GroupQuery struct {
	Family Family // Inet or Inet6
	// Report, if not nil, is called during iteration for warnings, as [Need.Report] is.
	// A malformed record is reported as a *RecordError.
	Report func(*OpError)
}

// RecordError is ErrBogusRecord with the position of the record.
type RecordError struct {
	Line int // number of lines before it in its file
	Text string
}

func (e *RecordError) Error() string { return ErrBogusRecord.Error() + ": " + e.Text }
func (e *RecordError) Unwrap() error { return ErrBogusRecord }
