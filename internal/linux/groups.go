package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"net/netip"
	"strconv"

	"netstat"
)

// Groups implements netstat.Source. Both families are read from /proc, because
// only its files have the number of users of a group. Dumps are the fallback if
// the files cannot be read.
func (s *source) Groups(ctx context.Context, q netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return func(yield func(netstat.Membership, error) bool) {
		switch q.Family {
		case netstat.Inet:
			p := groupParser{}
			s.groupFile(ctx, q, "igmp", p.parse, yield)
		case netstat.Inet6:
			p := groupParser{}
			s.groupFile(ctx, q, "igmp6", p.parse6, yield)
		default:
			yield(netstat.Membership{}, &netstat.OpError{Op: "read groups of", Table: netstat.Table{Family: q.Family}, Err: errors.ErrUnsupported})
		}
	}
}

func (s *source) groupFile(ctx context.Context, q netstat.GroupQuery, file string, parse func([]byte, *netstat.Membership) lineKind, yield func(netstat.Membership, error) bool) {
	t := netstat.Table{Family: q.Family}
	l, err := s.openPlain(ctx, file)
	if err != nil {
		s.groupsDumped(ctx, q, s.fileError(t, err), yield)
		return
	}
	defer s.closeLines(l)
	var (
		m     netstat.Membership
		known repeats
	)
	for n := 0; ; n++ {
		line, err := l.next()
		if err == io.EOF {
			// For IPv4 the kernel always writes a header, for IPv6
			// at least the groups of lo.
			if n == 0 && s.procRoot == "/proc" {
				s.groupsDumped(ctx, q, readError(t, errEmptyFile), yield)
			}
			return
		}
		if err != nil {
			yield(netstat.Membership{}, readError(t, err))
			return
		}
		switch parse(line, &m) {
		case lineRow:
			ip := m.Group.As16()
			if !known.before(binary.NativeEndian.AppendUint32(ip[:], m.Index), l.reads) && !yield(m, nil) {
				return
			}
		case lineBogus:
			if q.Report != nil {
				quoted := strconv.Quote(string(line[:min(len(line), maxQuoted)]))
				q.Report(&netstat.OpError{Op: "parse", Table: t, Err: &netstat.RecordError{Line: n, Text: quoted}})
			}
		}
	}
}

type lineKind uint8

const (
	lineOther lineKind = iota
	lineRow
	lineBogus
)

// groupParser remembers the interface of the following lines.
type groupParser struct {
	text  textSlab
	index uint32
	name  string
	begun bool
}

// parse parses a line of /proc/net/igmp (igmp_mc_seq_show in net/ipv4/igmp.c).
// A header is followed by a line for each interface and, indented by tabs, one
// for each of its groups:
//
//	index	device    : count version
//				GROUP users timer reporter
//
// GROUP is the address as the machine stores it, read as a number.
func (g *groupParser) parse(line []byte, m *netstat.Membership) lineKind {
	if !g.begun {
		g.begun = true
		return lineOther
	}
	p := scanner{b: line}
	if p.literal('\t') {
		for p.literal('\t') {
		}
		token := p.hexToken()
		if len(token) != 8 || g.name == "" {
			return lineBogus
		}
		users, ok := p.decimal()
		if !ok {
			return lineBogus
		}
		var ip [4]byte
		binary.NativeEndian.PutUint32(ip[:], hexWord(token))
		*m = netstat.Membership{Index: g.index, Interface: g.name, Group: netip.AddrFrom4(ip), Users: int32(uint32(users))}
		return lineRow
	}
	g.name = ""
	index, ok := p.decimal()
	if !ok {
		return lineBogus
	}
	p.skipBlanks()
	// The name ends at the last colon, because the rest of the line has
	// none.
	end := bytes.LastIndexByte(line, ':')
	if end <= p.at {
		return lineBogus
	}
	g.index = uint32(index)
	g.name = g.text.string(bytes.TrimRight(line[p.at:end], " "))
	return lineOther
}

// parse6 parses a line of /proc/net/igmp6 (igmp6_mc_seq_show in
// net/ipv6/mcast.c), which has no header:
//
//	index device GROUP users flags timer
func (g *groupParser) parse6(line []byte, m *netstat.Membership) lineKind {
	p := scanner{b: line}
	index, ok := p.decimal()
	if !ok {
		return lineBogus
	}
	p.skipBlanks()
	start := p.at
	for p.at < len(line) && line[p.at] != ' ' {
		p.at++
	}
	name := line[start:p.at]
	p.skipBlanks()
	token := p.hexToken()
	if len(name) == 0 || len(token) != 32 {
		return lineBogus
	}
	users, ok := p.decimal()
	if !ok {
		return lineBogus
	}
	if g.name != string(name) {
		g.name = g.text.string(name)
	}
	*m = netstat.Membership{Index: uint32(index), Interface: g.name, Group: hexAddr6(token), Users: int32(uint32(users))}
	return lineRow
}
