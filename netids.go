package netstat

import "slices"

// Netids returns every value that Netid can have for sockets of the table. That of a
// socket of unknown type comes last.
func (t Table) Netids() []string {
	var names []string
	for _, kind := range [...]SocketType{TypeStream, TypeDgram, TypeSeqpacket, TypeRDM, TypeRaw, TypeUnknown} {
		s := Socket{Table: t}
		switch t.Family {
		case Unix:
			s.Detail = &UnixDetail{Type: kind}
		case Packet:
			s.Detail = &PacketDetail{Type: kind}
		case VSock:
			s.Detail = &VSockDetail{Type: kind}
		case TIPC:
			s.Detail = &TIPCDetail{Type: kind}
		}
		if name := s.Netid(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
