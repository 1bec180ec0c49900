package linux

import (
	"context"

	"netstat"
)

// rose reads /proc/net/rose.
func (s *source) rose(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p roseParser
	s.rareSockets(ctx, r.table, n, yield, true, p.parse, s.net("rose"))
}

type roseParser struct {
	names   textSlab
	details slab[netstat.ROSEDetail]
}

// parse parses a line as rose_info_show (net/rose/af_rose.c) writes it:
//
//	dest_addr dest_call src_addr src_call dev lci neigh st vs vr va t t1 t2 t3 hb idle Snd-Q Rcv-Q inode
//
// Only lci is hexadecimal. The fields after st may be missing.
func (p *roseParser) parse(line []byte, s *netstat.Socket) bool {
	f := scanner{b: line}
	dest, destCall, source, sourceCall, device := f.word(), f.word(), f.word(), f.word(), f.word()
	channel, ok1 := f.hex32()
	neighbour, ok2 := f.uint32()
	state, ok3 := f.decimal()
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	f.skipWords(9)
	s.SendQ, _ = f.decimal()
	s.RecvQ, _ = f.decimal()
	s.Inode, _ = f.decimal()
	s.State = circuitState(state, 6)
	d := p.details.next()
	d.Device = p.names.string(known(device))
	d.LocalCall, d.RemoteCall = p.names.string(known(sourceCall)), p.names.string(known(destCall))
	d.Channel, d.Neighbour = channel, neighbour
	s.Local.Name = p.names.string(source)
	s.Remote.Name = p.names.string(known(dest))
	s.Detail = d
	return true
}

func (s *source) roseRoutes(ctx context.Context, report func(*netstat.OpError), yield yieldRoute) {
	s.neighbourRoutes(ctx, netstat.ROSETable, report, yield, "rose_nodes", "rose_neigh", parseROSERoute)
}

// parseROSERoute parses a line as rose_node_show (net/rose/rose_route.c) writes
// it:
//
//	address mask count neighbour…
func parseROSERoute(line []byte, neighbours map[uint32]netstat.RareNeighbour) netstat.RareRoute {
	f := scanner{b: line}
	r := &netstat.ROSERoute{Destination: string(f.word())}
	digits, ok1 := f.uint32()
	count, ok2 := f.uint32()
	if !ok1 || !ok2 {
		return nil
	}
	r.Digits = digits
	for range count {
		number, ok := f.uint32()
		if !ok {
			return nil
		}
		n, ok := neighbours[number]
		if !ok {
			n.Number = number
		}
		r.Neighbours = append(r.Neighbours, n)
	}
	return r
}
