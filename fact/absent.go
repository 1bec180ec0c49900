package fact

import "netstat"

// Unknown reports whether an absent value of the fact is unknown, not supported by the
// system, or denied. It returns false if there is no value: a listener has no round-trip
// time, a connection in TIME-WAIT has no owner. The fact must have been requested and
// Value must be absent.
func (f *Fact) Unknown(r *Record) bool {
	switch {
	case r.Row != nil:
		return f.unknownOfRow(r.Row)
	case r.Interface != nil:
		// The system does not keep the number, or the rate is unknown.
		return r.Interface.Partial || f.Kind != ValueText && f.Kind != ValueAddress && !f.Optional
	case r.Counter != nil:
		return f.Kind == ValueMilli
	}
	if r.Tracked != nil {
		return f.Kind == ValueMilli
	}
	if r.Neighbor != nil {
		return f.Kind == ValueDuration // Windows does not keep these times
	}
	return r.Group != nil // groups do not keep the reason
}

func (f *Fact) unknownOfRow(row *Row) bool {
	s := &row.Socket
	need := f.Needs.Socket
	switch {
	case f.Needs.Owners && s.State == netstat.TimeWait:
		return false // on any system
	case s.Absent&need != 0:
		return true
	case f.Needs.Peers:
		return row.Peer != nil && f.All != nil && len(row.Peer.Owners) == 0 && row.Peer.Inode != 0
	case f.Needs.Owners && len(row.Owners) > 0:
		return !f.Optional && f.All != nil
	case f.Needs.Owners:
		return f.All != nil && !row.Unknown.None()
	case need&(netstat.FactTCPInfo|netstat.FactMemory) != 0:
		return f.unknownInside(s)
	}
	return f.untold != nil && f.untold(s)
}

// unlessTold sets the function that reports whether an absent value is unknown for a
// socket, in cases that Socket.Absent does not cover.
func (f Fact) unlessTold(untold func(s *netstat.Socket) bool) Fact {
	f.untold = untold
	return f
}

// unknownInside is unknownOfRow for facts in TCPInfo and Memory.
func (f *Fact) unknownInside(s *netstat.Socket) bool {
	if s.Table.Protocol != netstat.TCP || s.State == netstat.Listen {
		return false
	}
	if s.TCP != nil && f.Needs.Socket&netstat.FactTCPInfo != 0 {
		return !f.Optional
	}
	switch s.State {
	case netstat.Established, netstat.SynSent, netstat.CloseWait, netstat.FinWait1, netstat.Closing, netstat.LastAck:
		return true
	}
	return false // the kernel has replaced the socket by a smaller one
}
