package linux

import (
	"bytes"
	"context"

	"netstat"
)

// ipx reads /proc/net/ipx/socket. Linux 4.18 removed the family; before 2.6 the
// file was /proc/net/ipx.
func (s *source) ipx(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p ipxParser
	s.rareSockets(ctx, r.table, n, yield, true, p.parse, s.net("ipx/socket"), s.net("ipx"))
}

type ipxParser struct{ names textSlab }

// parse parses a line as ipx_seq_socket_show (net/ipx/ipx_proc.c) wrote it:
//
//	local remote tx_queue rx_queue state uid
//
// All numbers but the user are hexadecimal. An address is NET:NODE:SOCKET,
// NET:SOCKET on kernels built without internal networks, or Not_Connected.
func (p *ipxParser) parse(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	if !p.end(f.word(), &s.Local) {
		return false
	}
	if remote := f.word(); string(remote) == "Not_Connected" {
		s.Remote = netstat.Addr{}
	} else if !p.end(remote, &s.Remote) {
		return false
	}
	sendQ, ok1 := f.hex()
	recvQ, ok2 := f.hex()
	state, ok3 := f.hex()
	uid, ok4 := f.uint32()
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return false
	}
	s.SendQ, s.RecvQ, s.UID = sendQ, recvQ, uid
	s.State = datagramState(state)
	return true
}

// datagramState converts the number of a TCP state, for families whose sockets
// are either connected or not.
func datagramState(state uint64) netstat.State {
	if s := stateOf(state); s == netstat.Established || s == netstat.Closed {
		return s
	}
	return netstat.StateUnknown
}

func (p *ipxParser) end(word []byte, a *netstat.Addr) bool {
	colon := bytes.LastIndexByte(word, ':')
	if colon < 0 || len(word)-colon-1 != 4 {
		return false
	}
	f := scanner{b: word, at: colon + 1}
	port, ok := f.hex32()
	if !ok {
		return false
	}
	net, node, internal := bytes.Cut(word[:colon], []byte{':'})
	if !hexOf(net, 8) || internal && !hexOf(node, 12) {
		return false
	}
	a.Name, a.Port = p.names.string(word[:colon]), uint16(port)
	return true
}

// hexOf reports whether b is a hexadecimal number of n digits.
func hexOf(b []byte, n int) bool {
	f := scanner{b: b}
	return len(b) == n && len(f.hexToken()) == n
}

func (s *source) ipxRoutes(ctx context.Context, report func(*netstat.OpError), yield yieldRoute) {
	s.routeLines(ctx, netstat.IPXTable, report, yield, parseIPXRoute, s.net("ipx/route"), s.net("ipx_route"))
}

// parseIPXRoute parses a line as ipx_seq_route_show (net/ipx/ipx_proc.c) wrote
// it: NET ROUTERNET ROUTERNODE, or NET Directly Connected.
func parseIPXRoute(line []byte) netstat.RareRoute {
	f := scanner{b: line}
	dest, net, node := f.word(), f.word(), f.word()
	if !hexOf(dest, 8) {
		return nil
	}
	r := &netstat.IPXRoute{Destination: string(dest)}
	if string(net) == "Directly" && string(node) == "Connected" {
		return r
	}
	if !hexOf(net, 8) || !hexOf(node, 12) {
		return nil
	}
	r.RouterNet, r.RouterNode = string(net), string(node)
	return r
}
