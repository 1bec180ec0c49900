package linux

import (
	"context"
	"encoding/binary"
	"io"
	"net/netip"

	"netstat"
)

// routes6 reads /proc/net/ipv6_route, because a dump lacks the reference
// counts. A dump is the fallback if the file cannot be read. The file has no
// header. Until Linux 4.15 it also has the cached routes.
func (s *source) routes6(ctx context.Context, q netstat.RouteQuery, yield routeYield) {
	const file = "ipv6_route"
	l, line, opened := s.openLines(ctx, routes6, file, q.Report)
	if opened == nil && len(line) == 0 && l.eof && s.procRoot == "/proc" {
		// The kernel lists a reject route for every table.
		s.closeLines(l)
		opened = readError(routes6, errEmptyFile)
	}
	if opened != nil {
		s.routes6Dumped(ctx, q, routeFileError(opened, file), yield)
		return
	}
	defer func() { s.closeLines(l) }()
	indexes := interfaceIndexes{s: s}
	defer indexes.close()
	var (
		p   route6Parser
		r   = netstat.Route{Family: netstat.Inet6}
		err error
	)
	if len(line) == 0 && l.eof {
		err = io.EOF
	}
	for ; ; line, err = l.next() {
		if err == io.EOF {
			break
		}
		if err != nil {
			yield(netstat.Route{}, routeError("read routes of", routes6, err))
			return
		}
		if !p.parse(line, &r) {
			reportBogus(q.Report, routes6, line)
			continue
		}
		if r.Flags.Has(netstat.RouteCached) != q.Cache {
			continue
		}
		r.Index = indexes.of(r.Interface)
		if !yield(r, nil) {
			return
		}
	}
	if q.Cache {
		s.exceptions(ctx, afInet6, q, yield)
	}
}

// route6Parser parses lines of /proc/net/ipv6_route.
type route6Parser struct{ names interfaceNames }

// parse fills r from a line as ipv6_route_native_seq_show (net/ipv6/route.c)
// writes it. All numbers are hexadecimal:
//
//	destination length source length gateway metric refcount use flags interface
//
// It returns false for a line that lacks a number. The interface is missing if
// the route has none.
func (p *route6Parser) parse(line []byte, r *netstat.Route) bool {
	b := scanner{b: line}
	destination, ok1 := b.prefix6()
	source, ok2 := b.prefix6()
	gateway, ok3 := b.addr6()
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	var numbers [4]uint64
	for i := range numbers {
		var ok bool
		if numbers[i], ok = b.hex(); !ok {
			return false
		}
	}
	r.Destination = destination
	r.Source = netip.Prefix{}
	if source.Bits() != 0 {
		r.Source = source
	}
	r.Gateway = netip.Addr{}
	if !gateway.IsUnspecified() {
		r.Gateway = gateway
	}
	r.Metric, r.RefCount, r.Use = uint32(numbers[0]), uint32(numbers[1]), uint32(numbers[2])
	r.Flags = routeFlagsOf(uint32(numbers[3]))
	b.skipBlanks()
	r.Interface = p.names.of(line[b.at:])
	return true
}

// addr6 reads an IPv6 address of 32 hexadecimal digits.
func (p *scanner) addr6() (netip.Addr, bool) {
	p.skipBlanks()
	token := p.hexToken()
	if len(token) != 32 {
		return netip.Addr{}, false
	}
	var ip [16]byte
	for i := range 4 {
		binary.BigEndian.PutUint32(ip[4*i:], hexWord(token[8*i:8*i+8]))
	}
	return netip.AddrFrom16(ip), true
}

// prefix6 reads an address and a prefix length.
func (p *scanner) prefix6() (netip.Prefix, bool) {
	ip, ok := p.addr6()
	if !ok {
		return netip.Prefix{}, false
	}
	length, ok := p.hex()
	return netip.PrefixFrom(ip, int(length)), ok && length <= 128
}
