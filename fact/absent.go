package fact

import "netstat"

// Unknown reports whether the value that a record lacks of the fact is unknown, not
// supported by its system, or denied. False means that there is none: a listener has
// no round-trip time, a connection in TIME-WAIT no owner. It is for records of which
// Value is absent, and the fact was asked for.
func (f *Fact) Unknown(r *Record) bool {
	switch {
	case r.Row != nil:
		return f.unknownOfRow(r.Row)
	case r.Interface != nil:
		// A number that the system does not keep, a rate that cannot be told.
		return r.Interface.Partial || f.Kind != ValueText && f.Kind != ValueAddress
	case r.Counter != nil:
		return f.Kind == ValueMilli
	}
	return r.Group != nil // whose reason is not kept
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

// unlessTold says of which sockets the fact is unknown where it is absent, though
// Socket.Absent does not say so.
func (f Fact) unlessTold(untold func(s *netstat.Socket) bool) Fact {
	f.untold = untold
	return f
}

// unknownInside is unknownOfRow for what is inside of connections.
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
