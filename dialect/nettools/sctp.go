package nettools

import (
	"netstat"
	"netstat/internal/ascii"
)

// appendSCTP appends an endpoint or an association. Further addresses of a
// multi-homed one go on lines of their own, and the cells of -e, -p and -Z on
// its last line. As in net-tools 2.10, addresses are never cut.
func (r *report) appendSCTP(b []byte, s *netstat.Socket) []byte {
	d, _ := s.Detail.(*netstat.SCTPDetail)
	if d == nil {
		d = &netstat.SCTPDetail{}
	}
	b = append(b, "sctp  "...)
	if d.Association {
		b = ascii.AppendUintRight(b, s.RecvQ, widthQueue)
		b = append(b, ' ')
		b = ascii.AppendUintRight(b, s.SendQ, widthQueue)
		b = append(b, ' ')
		b = r.appendSCTPEnd(b, &s.Local, true, widthAddr)
		b = append(b, ' ')
		b = r.appendSCTPEnd(b, &s.Remote, true, widthAddr)
	} else {
		b = ascii.AppendBlanks(b, 14)
		b = r.appendSCTPEnd(b, &s.Local, true, widthSCTPAddr)
	}
	b = append(b, ' ')
	more := len(d.LocalMore)
	if d.Association {
		b = appendAssociationState(b, d.AssocState)
		more = max(more, len(d.RemoteMore))
	} else {
		b = appendSCTPState(b, s.State, d.SocketState)
	}
	for i := range more {
		b = append(b, '\n')
		b = ascii.AppendBlanks(b, 20)
		if d.Association {
			b = r.appendSCTPMore(b, d.LocalMore, i)
			b = append(b, ' ')
			b = r.appendSCTPMore(b, d.RemoteMore, i)
		} else {
			b = r.appendSCTPEnd(b, &d.LocalMore[i], true, widthSCTPAddr)
		}
		b = ascii.AppendBlanks(b, 1+widthState)
	}
	b = r.appendTail(b, s)
	if r.cmd.Timers {
		b = append(b, ' ')
	}
	return append(b, '\n')
}

func (r *report) appendSCTPMore(b []byte, ends []netstat.Addr, i int) []byte {
	if i >= len(ends) {
		return ascii.AppendBlanks(b, widthAddr)
	}
	return r.appendSCTPEnd(b, &ends[i], false, widthAddr)
}

func (r *report) appendSCTPEnd(b []byte, a *netstat.Addr, port bool, width int) []byte {
	start := len(b)
	b = r.appendHost(b, a.IP, r.numericHosts(true))
	if port {
		b = ascii.AppendUint(append(b, ':'), uint64(a.Port))
	}
	return ascii.PadFrom(b, start, width)
}

// appendAssociationState appends the words of RFC 9260, joined like those of
// other states. net-tools 2.10 shows the state of the socket instead: LISTEN or
// CLOSE whatever a one-to-many socket is connected to.
func appendAssociationState(b []byte, state string) []byte {
	start := len(b)
	for i := range len(state) {
		c := state[i]
		if c == '-' {
			c = '_'
		}
		b = append(b, c)
	}
	if state == "" {
		b = append(b, "UNKNOWN"...)
	}
	return ascii.PadFrom(b, start, widthState)
}

func appendSCTPState(b []byte, state netstat.State, number uint8) []byte {
	start := len(b)
	if state != netstat.StateUnknown && int(state) < len(tcpStates) {
		b = append(b, tcpStates[state]...)
	} else {
		b = ascii.AppendUint(append(b, "UNKNOWN("...), uint64(number))
		b = append(b, ')')
	}
	return ascii.PadFrom(b, start, widthState)
}
