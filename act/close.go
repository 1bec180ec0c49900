package act

import (
	"errors"
	"io/fs"

	"netstat"
	"netstat/internal/message"
	"netstat/report"
)

// closeMost is the number of sockets that are closed without a --limit.
const closeMost = 100

// Closing says what CloseSockets may do.
type Closing struct {
	// Yes closes without a question, Own also the user's own ssh sessions.
	Yes, Own bool
	// Limited reports whether the user limited the number of sockets.
	Limited bool
	// Listening and Datagrams report whether the request names listening sockets, or
	// other protocols than TCP. Such sockets are left alone otherwise.
	Listening, Datagrams bool
	// Sessions are the user's own ssh sessions.
	Sessions Sessions
}

// Outcome is what happened to a socket that was to be closed: one of the variables or, if
// something else failed, the error. Outcomes are comparable.
type Outcome struct {
	text   message.Text
	failed string // text of the error
}

var (
	// Closed is what becomes of a TCP connection or listener.
	Closed = Outcome{text: message.Closed}
	// Gone says that the socket no longer existed.
	Gone = Outcome{text: message.Gone}
	// Denied says that the system requires more privilege.
	Denied = Outcome{text: message.Denied}
	// NotSupported says that the system cannot close such a socket.
	NotSupported = Outcome{text: message.NotSupported}
	// Disconnected is what becomes of a UDP socket: udp_abort (net/ipv4/udp.c)
	// disconnects it and stores an error in it.
	Disconnected = Outcome{text: message.Disconnected}
)

// FailedBy returns the Outcome of an error for which there is no variable.
func FailedBy(err error) Outcome { return Outcome{failed: err.Error()} }

// In says what happened in a few words, in Chinese or in English.
func (o Outcome) In(chinese bool) string {
	if o.failed != "" {
		return o.failed
	}
	return o.text.In(chinese)
}

// There reports whether the socket is still there.
func (o Outcome) There() bool { return o != Closed && o != Gone }

// CloseSockets closes the selected sockets, and prints a line for each. It returns the
// number of those that are still there. The error is one of writing or asking.
func CloseSockets(d *Desk, list []report.Selected, c Closing) (failed int, err error) {
	list = c.closable(d, list)
	if len(list) > closeMost && !c.Limited {
		d.say(message.TooMany, d.count(message.Sockets, len(list)))
		return len(list), nil
	}
	if len(list) == 0 {
		d.say(message.NoSocket)
		return 1, nil
	}
	own := func(s *netstat.Socket) bool { return !c.Own && c.Sessions.Have(s) }
	var b []byte
	show := func() error {
		for i := range list {
			b = AppendSocket(b, &list[i].Record)
			if own(&list[i].Record.Row.Socket) {
				b = append(b, message.WillKeepSession.In(d.Chinese)...)
			}
			b = append(b, '\n')
		}
		_, err := d.Out.Write(b)
		b = b[:0]
		return err
	}
	if ok, err := d.agreed(c.Yes, show, message.Close, d.count(message.Sockets, len(list))); !ok || err != nil {
		return len(list), err
	}
	for i := range list {
		s := &list[i].Record.Row.Socket
		there, outcome := true, ""
		if own(s) {
			outcome = message.KeptSession.In(d.Chinese, d.Yes)
		} else {
			o := CloseSocket(list[i].Source, s)
			there, outcome = o.There(), o.In(d.Chinese)
		}
		if there {
			failed++
		}
		b = append(append(append(AppendSocket(b[:0], &list[i].Record), ": "...), outcome...), '\n')
		if _, err := d.Out.Write(b); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// closable returns the sockets that may be closed, and says which others are left alone.
func (c *Closing) closable(d *Desk, list []report.Selected) (closable []report.Selected) {
	var listening, datagrams, others int
	for i := range list {
		switch s := &list[i].Record.Row.Socket; {
		case s.Table.Protocol == netstat.TCP && s.State == netstat.Listen && !c.Listening:
			listening++
		case s.Table.Protocol == netstat.TCP:
			closable = append(closable, list[i])
		case s.Table.Protocol != netstat.UDP && s.Table.Protocol != netstat.UDPLite:
			others++
		case !c.Datagrams:
			datagrams++
		default:
			closable = append(closable, list[i])
		}
	}
	d.left(listening, message.ListeningSockets, message.LeftListening)
	d.left(datagrams, message.UDPSockets, message.LeftUDP)
	d.left(others, message.Sockets, message.LeftOthers)
	return closable
}

// left says that n sockets are left alone, and why.
func (d *Desk) left(n int, what message.Noun, why message.Text) {
	if n > 0 {
		d.say(why, d.count(what, n))
	}
}

// CloseSocket closes a socket that was read from src with CloseFacts, and no other.
func CloseSocket(src netstat.Source, s *netstat.Socket) Outcome {
	closer, ok := src.(netstat.Closer)
	if !ok {
		return NotSupported
	}
	err := closer.CloseSocket(s)
	switch {
	case err == nil && s.Table.Protocol != netstat.TCP:
		return Disconnected
	case err == nil:
		return Closed
	case errors.Is(err, fs.ErrNotExist):
		return Gone
	case errors.Is(err, fs.ErrPermission):
		return Denied
	case errors.Is(err, errors.ErrUnsupported):
		return NotSupported
	}
	return FailedBy(err)
}
