package nettools

import (
	"netstat"
	"netstat/view"
)

// protocol is one of the Internet protocols. missing is net-tools' name of it
// in a message that it is not supported.
type protocol struct {
	v4, v6  *netstat.Table
	missing string
}

// protocols lists the Internet protocols in the order of the report.
var protocols = [...]protocol{
	{&netstat.TCP4Table, &netstat.TCP6Table, "AF INET (tcp)"},
	{&netstat.SCTP4Table, &netstat.Table{}, "AF INET (sctp)"},
	{&netstat.UDP4Table, &netstat.UDP6Table, "AF INET (udp)"},
	{&netstat.UDPLite4Table, &netstat.UDPLite6Table, "AF INET (udplite)"},
	{&netstat.Raw4Table, &netstat.Raw6Table, "AF INET (raw)"},
}

// choice holds the sections and tables that a command line asks for.
type choice struct {
	protocol   [len(protocols)]bool
	v4, v6     bool
	unix       bool
	rare       [len(rare)]bool
	groups     bool
	everything bool // nothing was named, so every table is shown
	// quiet is set if the protocols were not named one by one: a missing
	// one is not reported.
	quiet bool
}

func (c *Command) family(name string) bool {
	for _, f := range c.Families {
		if f == name {
			return true
		}
	}
	return false
}

// choose selects the sections and tables to show. A family without a protocol
// means all its protocols, a protocol without a family both IP versions,
// neither means everything. Econet and Ash have no sockets to show and are
// ignored.
func (c *Command) choose() choice {
	ch := choice{
		protocol: [len(protocols)]bool{c.TCP, c.SCTP, c.UDP, c.UDPLite, c.Raw},
		v4:       c.family("inet"),
		v6:       c.family("inet6"),
		unix:     c.family("unix"),
		groups:   c.Groups,
	}
	for i := range rare {
		ch.rare[i] = rare[i].asked(c)
	}
	named := ch.protocol != [len(protocols)]bool{}
	if (ch.v4 || ch.v6) && !named {
		ch.quiet = true
		ch.allProtocols()
	}
	if named && !ch.v4 && !ch.v6 {
		ch.v4, ch.v6 = true, true
	}
	if !ch.internet() && !ch.unix && !ch.groups && ch.rare == [len(rare)]bool{} {
		ch.everything = true
		ch.v4, ch.v6, ch.unix = true, true, true
		ch.allProtocols()
		for i := range ch.rare {
			ch.rare[i] = true
		}
	}
	return ch
}

func (ch *choice) allProtocols() {
	for i := range ch.protocol {
		ch.protocol[i] = true
	}
}

func (ch *choice) internet() bool { return ch.protocol != [len(protocols)]bool{} }

// The predicates of the three views check the remote address, as net-tools
// does, rather than the state: a TCP socket counts as listening if its remote
// port is 0, a datagram or raw socket if its remote address is. Unlike in
// net-tools, a connection to port 0, which TCP allows, counts as connected: -l
// does not ask for it, and to find it the kernel would have to walk its table
// of connections.

func keepConnectedTCP(s netstat.Socket) bool { return !keepListeningTCP(s) }
func keepListeningTCP(s netstat.Socket) bool {
	return s.Remote.Port == 0 && (s.State == netstat.Listen || s.State == netstat.Closed)
}

// keepConnectedDatagram counts a datagram socket with an unknown remote address
// as unconnected.
func keepConnectedDatagram(s netstat.Socket) bool { return !keepListeningDatagram(s) }
func keepListeningDatagram(s netstat.Socket) bool {
	return s.Remote.IP.IsUnspecified() || !s.Remote.IP.IsValid()
}

func unixListening(s netstat.Socket) bool     { return s.State == netstat.Listen }
func keepConnectedUnix(s netstat.Socket) bool { return !unixListening(s) }

// keepEndpoint counts SCTP endpoints as listening, associations as connected.
func keepEndpoint(s netstat.Socket) bool { return !sctpAssociation(s) }

func sctpAssociation(s netstat.Socket) bool {
	d, ok := s.Detail.(*netstat.SCTPDetail)
	return ok && d.Association
}

// query returns the query of one table for this command line.
func (c *Command) query(t netstat.Table, report func(*netstat.OpError)) view.Query {
	q := view.Query{Table: t, Need: netstat.Need{Report: report}}
	if c.Timers {
		q.Need.Facts |= netstat.FactTimer
	}
	if c.Extend > 0 {
		q.Need.Facts |= netstat.FactUID
	}
	if c.Extend > 0 || c.Programs {
		q.Need.Facts |= netstat.FactInode
	}
	connected, listening := keepConnectedDatagram, keepListeningDatagram
	switch {
	case t.Protocol == netstat.TCP:
		connected, listening = keepConnectedTCP, keepListeningTCP
		if !c.All {
			// For a dump of LISTEN alone the kernel does not walk
			// its table of connections. It has no hashed socket in
			// CLOSED.
			q.Need.States = netstat.States(netstat.Listen)
			if !c.Listening {
				q.Need.States = netstat.AllStates &^ netstat.States(netstat.Listen, netstat.Bound)
			}
		}
	case t.Protocol == netstat.SCTP:
		connected, listening = sctpAssociation, keepEndpoint
	case t.Family == netstat.Unix:
		connected, listening = keepConnectedUnix, unixListening
	case t.Family == netstat.X25:
		connected, listening = keepX25Call, keepX25Call
	case t.Family == netstat.Bluetooth:
		connected, listening = keepConnectedBluetooth, bluetoothListening
	case t.Family != netstat.Inet && t.Family != netstat.Inet6:
		// The other tables are always shown in full, as in net-tools.
		return q
	}
	switch {
	case c.All:
	case c.Listening:
		q.Keep = listening
	default:
		q.Keep = connected
	}
	return q
}
