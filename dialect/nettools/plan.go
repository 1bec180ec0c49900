package nettools

import (
	"netstat"
	"netstat/view"
)

// protocol is one of the Internet's protocols.
type protocol struct {
	v4, v6  netstat.Table
	missing string
}

// protocols lists the Internet protocols in the order of the report, with the
// name that net-tools calls a missing one by.
var protocols = [...]protocol{
	{netstat.TCP4Table, netstat.TCP6Table, "AF INET (tcp)"},
	{netstat.SCTP4Table, netstat.Table{}, "AF INET (sctp)"},
	{netstat.UDP4Table, netstat.UDP6Table, "AF INET (udp)"},
	{netstat.UDPLite4Table, netstat.UDPLite6Table, "AF INET (udplite)"},
	{netstat.Raw4Table, netstat.Raw6Table, "AF INET (raw)"},
}

// choice says which sections and tables a command line asks for.
type choice struct {
	protocol   [len(protocols)]bool
	v4, v6     bool
	unix       bool
	rare       [len(rare)]bool
	groups     bool
	everything bool // nothing was named, so every table there is
	// quiet says that the protocols were not named one by one: a missing
	// one is not spoken of.
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

// choose works out what is asked for. A family without a protocol means all
// its protocols, a protocol without a family both IP versions, nothing at all
// everything. Econet and Ash have no sockets to show and count as nothing.
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

// The predicates of the three views. net-tools looks at the remote end, not
// at the state: a TCP socket counts as listening when its remote port is 0, a
// datagram or raw one when its remote address is. A connection to port 0, which
// TCP allows, is nevertheless one here: it is not what -l asks for, and to
// find it the kernel would have to walk its table of connections.

func keepConnectedTCP(s netstat.Socket) bool { return !keepListeningTCP(s) }
func keepListeningTCP(s netstat.Socket) bool {
	return s.Remote.Port == 0 && (s.State == netstat.Listen || s.State == netstat.Closed)
}

// A datagram socket whose remote end is not known counts as one without.
func keepConnectedDatagram(s netstat.Socket) bool { return !keepListeningDatagram(s) }
func keepListeningDatagram(s netstat.Socket) bool {
	return s.Remote.IP.IsUnspecified() || !s.Remote.IP.IsValid()
}

func unixListening(s netstat.Socket) bool     { return s.State == netstat.Listen }
func keepConnectedUnix(s netstat.Socket) bool { return !unixListening(s) }

// SCTP endpoints are what listens, associations what is connected.
func keepEndpoint(s netstat.Socket) bool { return !sctpAssociation(s) }

func sctpAssociation(s netstat.Socket) bool {
	d, ok := s.Detail.(*netstat.SCTPDetail)
	return ok && d.Association
}

// query asks for one table as this command line shows it.
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
			// The kernel does not even walk its table of connections for a
			// dump of LISTEN alone. It has no hashed socket in CLOSED.
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
		// The others are always shown in full, as by the original.
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
