// Package act does what a user asks to do with the sockets that a report selects: it
// closes them, or signals the processes that hold them. It first lists what it would
// do, and asks.
//
// It never acts on another socket or process than the one listed: sockets are closed by
// their cookie, and processes signalled by a handle that is opened before their start
// time is compared.
package act

import (
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/internal/message"
)

// Desk is how to talk with the user: where to print, and how to ask.
type Desk struct {
	// Out receives one line for each socket or process.
	Out io.Writer
	// Say prints a line on standard error.
	Say func(error)
	// Ask asks a question that ends in a question mark and reports whether the answer was
	// yes. It is nil if there is no terminal to ask at.
	Ask func(question string) (bool, error)
	// Yes is the option that needs no question, such as "--close=yes".
	Yes string
	// Chinese selects the language.
	Chinese bool
}

// say prints a sentence on standard error.
func (d *Desk) say(t message.Text, args ...string) { d.Say(errors.New(t.In(d.Chinese, args...))) }

func (d *Desk) count(what message.Noun, n int) string { return what.Count(n, d.Chinese) }

// agreed reports whether to go on. Unless yes is set, it first lists what would happen and
// asks the question.
func (d *Desk) agreed(yes bool, list func() error, question message.Text, args ...string) (bool, error) {
	if yes {
		return true, nil
	}
	if err := list(); err != nil {
		return false, err
	}
	if d.Ask == nil {
		d.say(message.NothingAsked, d.Yes)
		return false, nil
	}
	ok, err := d.Ask(question.In(d.Chinese, args...))
	if err == nil && !ok {
		d.say(message.NothingDone)
	}
	return ok, err
}

// Connection is the two ends of a TCP connection of this host.
type Connection struct{ Local, Remote netip.AddrPort }

// is reports whether a socket is an end of this connection. Over the loopback interface
// both ends are on this host.
func (c *Connection) is(s *netstat.Socket) bool {
	end := func(a *netstat.Addr, e netip.AddrPort) bool {
		return a.IP.Unmap().WithZone("") == e.Addr().Unmap().WithZone("") && a.Port == e.Port()
	}
	return s.Table.Protocol == netstat.TCP &&
		(end(&s.Local, c.Local) && end(&s.Remote, c.Remote) || end(&s.Local, c.Remote) && end(&s.Remote, c.Local))
}

// Sessions are the user's own ssh sessions.
type Sessions []Connection

// Have reports whether a socket is an end of a session.
func (s Sessions) Have(socket *netstat.Socket) bool {
	for i := range s {
		if s[i].is(socket) {
			return true
		}
	}
	return false
}

// ParseSSHConnection parses the value of SSH_CONNECTION (sshd(8), ENVIRONMENT): the
// client's address and port, then the server's.
func ParseSSHConnection(value string) (c Connection, ok bool) {
	var words [4]string
	n := 0
	for word := range strings.FieldsSeq(value) {
		if n == len(words) {
			return c, false
		}
		words[n] = word
		n++
	}
	if n != len(words) {
		return c, false
	}
	end := func(address, port string) (netip.AddrPort, bool) {
		ip, err := netip.ParseAddr(address)
		number, bad := strconv.ParseUint(port, 10, 16)
		return netip.AddrPortFrom(ip, uint16(number)), err == nil && bad == nil
	}
	var remote, local bool
	c.Remote, remote = end(words[0], words[1])
	c.Local, local = end(words[2], words[3])
	return c, remote && local
}

// AppendSocket appends what names a socket in lists and questions. It is safe for a
// terminal.
func AppendSocket(b []byte, rec *fact.Record) []byte {
	facts, err := fact.Find(fact.Sockets, "proto,local,remote,state,owner")
	if err != nil {
		panic(err) // cannot happen: the tests close sockets
	}
	var cell []byte
	for i := range facts {
		if i > 0 {
			b = append(b, ' ')
		}
		cell = facts[i].Value(rec).AppendPretty(cell[:0])
		b = ascii.AppendSafe(b, string(cell))
	}
	return b
}
