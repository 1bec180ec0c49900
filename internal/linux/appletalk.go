package linux

import (
	"bytes"
	"context"

	"netstat"
)

// appletalk reads /proc/net/atalk/socket, which lists bound datagram sockets.
// Before 2.6 its name was /proc/net/appletalk, as in the manual.
func (s *source) appletalk(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p appletalkParser
	s.rareSockets(ctx, r.table, n, yield, true, p.parse, s.net("atalk/socket"), s.net("appletalk"))
}

type appletalkParser struct {
	names   textSlab
	details slab[netstat.AppleTalkDetail]
}

// parse parses a line as atalk_seq_socket_show (net/appletalk/atalk_proc.c)
// writes it:
//
//	type local remote tx_queue:rx_queue st uid
//
// All numbers but the user are hexadecimal. An address is NET:NODE:SOCKET, all
// zero if there is none.
func (p *appletalkParser) parse(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	kind, ok := f.hex32()
	if !ok || !p.end(f.word(), &s.Local) || !p.end(f.word(), &s.Remote) {
		return false
	}
	sendQ, recvQ, ok1 := f.pair()
	state, ok2 := f.hex()
	uid, ok3 := f.uint32()
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	s.SendQ, s.RecvQ, s.UID = sendQ, recvQ, uid
	s.State = datagramState(state)
	if s.Remote.Name == "0000:00" && s.Remote.Port == 0 {
		s.Remote = netstat.Addr{}
	}
	d := p.details.next()
	if int(kind) < len(unixTypes) {
		d.Type = unixTypes[kind]
	}
	s.Detail = d
	return true
}

func (p *appletalkParser) end(word []byte, a *netstat.Addr) bool {
	// NNNN:NN:SS
	if len(word) != 10 || !appletalkNode(word[:7]) || word[7] != ':' || !hexOf(word[8:], 2) {
		return false
	}
	a.Name, a.Port = p.names.string(word[:7]), uint16(hexWord(word[8:]))
	return true
}

// appletalkNode reports whether b has the form NNNN:NN.
func appletalkNode(b []byte) bool {
	return len(b) == 7 && hexOf(b[:4], 4) && b[4] == ':' && hexOf(b[5:], 2)
}

func (s *source) appletalkRoutes(ctx context.Context, report func(*netstat.OpError), yield yieldRoute) {
	// The second is the path before 2.6, where net-tools 2.10 still looks.
	s.routeLines(ctx, netstat.AppleTalkTable, report, yield, parseAppleTalkRoute, s.net("atalk/route"), s.net("atalk_route"))
}

// parseAppleTalkRoute parses a line as atalk_seq_route_show
// (net/appletalk/atalk_proc.c) writes it:
//
//	target router flags dev
func parseAppleTalkRoute(line []byte) netstat.RareRoute {
	f := scanner{b: line}
	dest, gateway := f.word(), f.word()
	flags, ok := f.uint32()
	device := f.word()
	if !ok || len(device) == 0 || bytes.IndexByte(dest, ':') < 0 {
		return nil
	}
	return &netstat.AppleTalkRoute{
		Destination: string(dest), Gateway: string(gateway), Device: string(device),
		Up: flags&rtfUp != 0, ViaGateway: flags&rtfGateway != 0, Host: flags&rtfHost != 0,
	}
}
