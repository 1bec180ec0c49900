package filter

import (
	"math"
	"strings"

	"netstat"
	"netstat/fact"
)

// This file handles the endpoints of packet, netlink and vsock sockets. ss(8)
// divides them into an address and a port: frame type and interface, protocol
// and port ID, context ID and port.

// inParts reports whether a family has such endpoints.
func inParts(f netstat.Family) bool {
	return f == netstat.Packet || f == netstat.Netlink || f == netstat.VSock
}

// partLeaf tests one end of a socket of such a family.
type partLeaf struct {
	family  netstat.Family
	end     netstat.End
	address partTest
	port    partTest
	text    string
}

// partTest tests one part of an endpoint: its name if pattern is set, else its
// number. A partTest with only all set matches everything.
type partTest struct {
	all       bool
	pattern   string
	compare   netstat.Comparison // not CompareNotEqual
	low, high uint64             // as in numberLeaf
}

func (t *partTest) match(number uint64, name string) bool {
	switch {
	case t.all:
		return true
	case t.pattern != "":
		return glob(t.pattern, name, true)
	case t.compare == netstat.CompareEqual:
		return t.low <= number && number <= t.high
	}
	return t.compare.Compare(number, t.low)
}

func (l *partLeaf) match(r *fact.Record) bool {
	s := &r.Row.Socket
	if s.Table.Family != l.family {
		return false
	}
	if l.address.all && l.port.all {
		return true
	}
	end := &s.Local
	if l.end == netstat.RemoteEnd {
		end = &s.Remote
	}
	if end.Name == "" {
		return false
	}
	var address, port uint64
	switch d := s.Detail.(type) {
	case *netstat.PacketDetail:
		address, port = uint64(d.Protocol), uint64(s.Local.Scope)
	case *netstat.NetlinkDetail:
		address, port = uint64(d.Protocol), uint64(d.Port)
		if l.end == netstat.RemoteEnd {
			port = uint64(d.PeerPort)
		}
	case *netstat.VSockDetail:
		address, port = uint64(d.LocalCID), uint64(d.LocalPort)
		if l.end == netstat.RemoteEnd {
			address, port = uint64(d.RemoteCID), uint64(d.RemotePort)
		}
	default:
		return false
	}
	// The endpoint names of these families have one colon.
	addressName, portName, _ := strings.Cut(end.Name, ":")
	return l.address.match(address, addressName) && l.port.match(port, portName)
}

func (l *partLeaf) appendText(b []byte) []byte { return append(b, l.text...) }
func (l *partLeaf) needs() fact.Needs          { return fact.Needs{} }
func (l *partLeaf) kernel() *netstat.Condition { return nil }

func (l *partLeaf) decide(t netstat.Table) verdict {
	switch {
	case t.Family != l.family:
		return never
	case l.address.all && l.port.all:
		return always
	}
	return open
}

// partHost parses ADDRESS[:PORT] of such a family.
func (v *value) partHost(family netstat.Family, s string) (node, *Error) {
	negate, err := v.equality()
	if err != nil {
		return node{}, err
	}
	addressText, portText, hasPort := strings.Cut(s, ":")
	address, reason := v.partAddress(family, addressText)
	port := partTest{all: true}
	if reason == "" && hasPort {
		port, reason = v.partPort(family, portText)
	}
	if reason != "" {
		return v.fail(reason)
	}
	n := v.partNode(partLeaf{family: family, address: address, port: port}, [2]string{"src", "dst"}, "=", s)
	if negate {
		n = notOf(n)
	}
	return n, nil
}

// partPortTest parses the value of sport and dport of such a family.
func (v *value) partPortTest(family netstat.Family, s string) (node, *Error) {
	s = strings.TrimPrefix(s, ":")
	port, reason := v.partPort(family, s)
	equal := v.compare == netstat.CompareEqual || v.compare == netstat.CompareNotEqual
	switch {
	case reason != "":
	case equal:
	case port.pattern != "":
		_, err := v.equality()
		return node{}, err
	case port.all || port.low != port.high:
		reason = "a range needs = or !="
	default:
		port.compare = v.compare
	}
	if reason != "" {
		return v.fail(reason)
	}
	n := v.partNode(partLeaf{family: family, address: partTest{all: true}, port: port}, [2]string{"sport", "dport"},
		comparisonOf(v.compare), ":"+s)
	if v.compare == netstat.CompareNotEqual {
		n = notOf(n)
	}
	return n, nil
}

// partNode returns a node with a leaf for each end that the field means.
func (v *value) partNode(l partLeaf, fields [2]string, comparison, text string) node {
	var parts []node
	for _, end := range endsOf(v.field) {
		l := l
		l.end = end
		l.text = string(appendWord([]byte(fields[end]+" "+comparison+" "), l.family.String()+":"+text))
		parts = append(parts, leafOf(&l))
	}
	return joinNodes(orNode, parts)
}

func partNumber(low, high uint64) partTest {
	return partTest{compare: netstat.CompareEqual, low: low, high: high}
}

func isPattern(s string) bool { return strings.ContainsAny(s, `*?[\`) }

// partAddress parses the first part of an endpoint.
func (v *value) partAddress(family netstat.Family, s string) (partTest, string) {
	if s == "" || s == "*" {
		return partTest{all: true}, ""
	}
	switch family {
	case netstat.Packet:
		text := s
		if inside, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inside, "]") {
			text = inside[:len(inside)-1] // types without a name are shown in brackets
		}
		if n, reason := number(text, math.MaxUint16); reason == "" {
			return partNumber(n, n), ""
		}
		if strings.EqualFold(s, "all") {
			return partNumber(uint64(netstat.EtherAll), uint64(netstat.EtherAll)), ""
		}
		if t, ok := netstat.EtherTypeNamed(s); ok {
			return partNumber(uint64(t), uint64(t)), ""
		}
		if !isPattern(s) {
			return partTest{}, "unknown frame type"
		}
	case netstat.Netlink:
		if n, reason := number(s, math.MaxUint8); reason == "" {
			return partNumber(n, n), ""
		}
		if p, ok := netstat.NetlinkProtocolNamed(s); ok {
			return partNumber(uint64(p), uint64(p)), ""
		}
		if !isPattern(s) {
			return partTest{}, "unknown netlink protocol"
		}
	default:
		n, reason := number(s, math.MaxUint32)
		if reason != "" {
			return partTest{}, "bad context identifier: " + reason
		}
		return partNumber(n, n), ""
	}
	return partTest{pattern: s}, ""
}

// partPort parses the second part of an endpoint.
func (v *value) partPort(family netstat.Family, s string) (partTest, string) {
	switch {
	case s == "*":
		return partTest{all: true}, ""
	case s == "":
		return partTest{}, "a port is missing"
	case family == netstat.Packet:
		if isPattern(s) {
			return partTest{pattern: s}, ""
		}
		n, reason := v.device(s)
		return partNumber(n, n), reason
	case family == netstat.Netlink && s == "kernel":
		return partNumber(0, 0), ""
	}
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	t := partNumber(0, 0)
	var reason string
	if t.low, reason = number(low, math.MaxUint32); reason == "" {
		t.high, reason = number(high, math.MaxUint32)
	}
	switch {
	case reason != "":
		return t, "bad port: " + reason
	case t.low > t.high:
		return t, "the range ends before it begins"
	}
	return t, ""
}

// device parses the name or index of an interface.
func (v *value) device(s string) (uint64, string) {
	index, reason := number(s, math.MaxUint32)
	switch {
	case reason == "":
		return index, ""
	case strings.Trim(s, "0123456789") == "":
		return 0, "bad interface: " + reason
	case v.env.Interface == nil:
		return 0, "interface names are unknown here: give the number"
	}
	n, ok := v.env.Interface(s)
	if !ok {
		return 0, "no such interface"
	}
	return uint64(n), ""
}

// partAutobound reports whether the kernel chose the local address, as ss does:
// a netlink socket then has a port ID that is no process ID, and a packet
// socket is bound to nothing. For vsock it is unknown.
func partAutobound(s *netstat.Socket) bool {
	switch d := s.Detail.(type) {
	case *netstat.NetlinkDetail:
		return d.Port > math.MaxInt32
	case *netstat.PacketDetail:
		return d.Protocol == netstat.EtherNone && s.Local.Scope == 0
	}
	return false
}
