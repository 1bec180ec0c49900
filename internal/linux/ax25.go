package linux

import (
	"bytes"
	"context"

	"netstat"
)

// circuitStates lists the states of an AX.25 connection (include/net/ax25.h).
// NET/ROM, ROSE and X.25 use the same numbers for the states they share. Only
// ROSE and X.25 have the last: state 5 of include/net/rose.h and
// include/net/x25.h.
var circuitStates = [...]netstat.State{
	netstat.Unconnected, netstat.Connecting, netstat.Disconnecting, netstat.Connected,
	netstat.Recovering, netstat.Accepting,
}

// circuitState converts a number below n into a state.
func circuitState(number uint64, n int) netstat.State {
	if number < uint64(n) {
		return circuitStates[number]
	}
	return netstat.StateUnknown
}

// ax25 reads /proc/net/ax25, which has no header.
func (s *source) ax25(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p ax25Parser
	s.rareSockets(ctx, r.table, n, yield, false, p.parse, s.net("ax25"))
}

type ax25Parser struct {
	names   textSlab
	details slab[netstat.AX25Detail]
}

// parse parses a line as ax25_info_show (net/ax25/af_ax25.c) writes it:
//
//	pointer dev src[*] dest[,digi[*]…] st vs vr va t1timer t1 t2timer t2 t3timer t3 idletimer idle n2count n2 rtt window paclen Snd-Q Rcv-Q inode
//
// The line of a connection without a socket ends in "* * *". Kernel versions
// differ in the number of fields in the middle. Like net-tools, it takes a line
// without its end as one without a socket.
func (p *ax25Parser) parse(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	f.word()
	device, source, dest := f.word(), f.word(), f.word()
	state, ok1 := f.decimal()
	sendSeq, ok2 := f.uint32()
	recvSeq, ok3 := f.uint32()
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	for range 14 {
		f.decimal()
	}
	sendQ, okSend := f.decimal()
	recvQ, okRecv := f.decimal()
	if okSend != okRecv {
		return false
	}
	s.SendQ, s.RecvQ = sendQ, recvQ
	s.Inode, _ = f.decimal()
	s.State = circuitState(state, 5)
	d := p.details.next()
	dest, digipeaters, _ := bytes.Cut(dest, []byte{','})
	d.Device = p.names.string(known(device))
	d.Digipeaters = p.names.string(digipeaters)
	d.SendSeq, d.RecvSeq = sendSeq, recvSeq
	s.Local.Name = p.names.string(source)
	s.Remote.Name = p.names.string(known(dest))
	s.Detail = d
	return true
}

func (s *source) ax25Routes(ctx context.Context, report func(*netstat.OpError), yield yieldRoute) {
	s.routeLines(ctx, netstat.AX25Table, report, yield, parseAX25Route, s.net("ax25_route"))
}

// parseAX25Route parses a line as ax25_rt_seq_show (net/ax25/ax25_route.c)
// writes it:
//
//	callsign dev mode [digi…]
func parseAX25Route(line []byte) netstat.RareRoute {
	f := scanner{b: line}
	dest, device, mode := f.word(), f.word(), f.word()
	if len(mode) == 0 {
		return nil
	}
	r := &netstat.AX25Route{Destination: string(dest), Device: string(known(device))}
	switch mode[0] {
	case 'v':
		r.Mode = netstat.AX25ModeCircuit
	case 'd':
		r.Mode = netstat.AX25ModeDatagram
	}
	var digipeaters []byte
	for digi := f.word(); len(digi) > 0; digi = f.word() {
		if len(digipeaters) > 0 {
			digipeaters = append(digipeaters, ',')
		}
		digipeaters = append(digipeaters, digi...)
	}
	r.Digipeaters = string(digipeaters)
	return r
}
