package linux

import (
	"context"

	"netstat"
)

// x25 reads /proc/net/x25/socket. Before 2.6 it was /proc/net/x25, where
// net-tools 2.10 still looks.
func (s *source) x25(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p x25Parser
	s.rareSockets(ctx, r.table, n, yield, true, p.parse, s.net("x25/socket"), s.net("x25"))
}

type x25Parser struct {
	names   textSlab
	details slab[netstat.X25Detail]
}

// parse parses a line as x25_seq_socket_show (net/x25/x25_proc.c) writes it:
//
//	dest_addr src_addr dev lci st vs vr va t t2 t21 t22 t23 Snd-Q Rcv-Q inode
//
// Only lci is hexadecimal.
func (p *x25Parser) parse(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	dest, source, device := f.word(), f.word(), f.word()
	channel, ok1 := f.hex32()
	state, ok2 := f.decimal()
	sendSeq, ok3 := f.uint32()
	recvSeq, ok4 := f.uint32()
	f.skipWords(6)
	sendQ, ok5 := f.decimal()
	recvQ, ok6 := f.decimal()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return false
	}
	s.SendQ, s.RecvQ = sendQ, recvQ
	s.Inode, _ = f.decimal()
	s.State = circuitState(state, 6)
	d := p.details.next()
	d.Device = p.names.string(known(device))
	d.Channel = channel
	d.SendSeq, d.RecvSeq = sendSeq, recvSeq
	s.Local.Name = p.names.string(known(source))
	s.Remote.Name = p.names.string(known(dest))
	s.Detail = d
	return true
}

func (s *source) x25Routes(ctx context.Context, report func(*netstat.OpError), yield yieldRoute) {
	s.routeLines(ctx, netstat.X25Table, report, yield, parseX25Route, s.net("x25/route"), s.net("x25_routes"))
}

// parseX25Route parses a line as x25_seq_route_show (net/x25/x25_proc.c) writes
// it:
//
//	address digits dev
func parseX25Route(line []byte) netstat.RareRoute {
	f := scanner{b: line}
	dest := f.word()
	digits, ok := f.uint32()
	device := f.word()
	if !ok || len(device) == 0 {
		return nil
	}
	return &netstat.X25Route{Destination: string(dest), Digits: digits, Device: string(known(device))}
}
