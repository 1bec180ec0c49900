package linux

import (
	"bytes"
	"context"

	"netstat"
)

// netrom reads /proc/net/nr.
func (s *source) netrom(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p netromParser
	s.rareSockets(ctx, r.table, n, yield, true, p.parse, s.net("nr"))
}

type netromParser struct {
	names   textSlab
	details slab[netstat.NetROMDetail]
}

// parse parses a line as nr_info_show (net/netrom/af_netrom.c) writes it:
//
//	user dest src dev my your st vs vr va t1 t2 t4 idle n2 wnd Snd-Q Rcv-Q inode
func (p *netromParser) parse(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	user, dest, source, device := f.word(), f.word(), f.word(), f.word()
	f.skipWords(2)
	state, ok1 := f.decimal()
	sendSeq, ok2 := f.uint32()
	recvSeq, ok3 := f.uint32()
	f.skipWords(7)
	sendQ, ok4 := f.decimal()
	recvQ, ok5 := f.decimal()
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return false
	}
	s.SendQ, s.RecvQ = sendQ, recvQ
	s.Inode, _ = f.decimal()
	s.State = circuitState(state, 4)
	d := p.details.next()
	d.Device = p.names.string(known(device))
	d.User = p.names.string(known(user))
	d.SendSeq, d.RecvSeq = sendSeq, recvSeq
	s.Local.Name = p.names.string(source)
	s.Remote.Name = p.names.string(known(dest))
	s.Detail = d
	return true
}

func (s *source) netromRoutes(ctx context.Context, report func(*netstat.OpError), yield yieldRoute) {
	s.neighbourRoutes(ctx, netstat.NetROMTable, report, yield, "nr_nodes", "nr_neigh", parseNetROMRoute)
}

// parseNetROMRoute parses a line as nr_node_show (net/netrom/nr_route.c) writes
// it:
//
//	callsign mnemonic which count {quality obsolescence neighbour}…
//
// which is the number of the route in use, from 1. The mnemonic is received by
// radio and may contain blanks; it occupies columns 10 to 16.
func parseNetROMRoute(line []byte, neighbours map[uint32]netstat.RareNeighbour) netstat.RareRoute {
	f := scanner{b: line}
	r := &netstat.NetROMRoute{Destination: string(f.word())}
	const at, end = 10, 17
	if f.at < at && len(line) > end+1 && line[at-1] == ' ' && line[end] == ' ' && line[end+1] == ' ' {
		r.Mnemonic = string(known(bytes.TrimRight(line[at:end], " ")))
		f.at = end
	} else {
		r.Mnemonic = string(known(f.word()))
	}
	which, ok1 := f.uint32()
	count, ok2 := f.uint32()
	if !ok1 || !ok2 || which > count {
		return nil
	}
	// which is 0 if no route is in use; the kernel does not write that.
	for i := range min(count, max(which, 1)) {
		var ok3 bool
		r.Quality, ok1 = f.uint32()
		_, ok2 = f.uint32()
		r.Neighbour.Number, ok3 = f.uint32()
		if !ok1 || !ok2 || !ok3 {
			return nil
		}
		if i+1 == which {
			break
		}
	}
	if n, ok := neighbours[r.Neighbour.Number]; ok {
		r.Neighbour = n
	}
	return r
}
