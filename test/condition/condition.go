// Package condition builds conditions on sockets for tests.
package condition

import (
	"math/rand/v2"
	"net/netip"

	"netstat"
)

// Values holds the values that conditions and sockets share, so that they match.
var Values = struct {
	Ports    []uint16
	Addrs4   []netip.Addr
	Addrs6   []netip.Addr
	Prefixes []netip.Prefix
	Marks    []uint32
}{
	Ports: []uint16{0, 1, 22, 80, 81, 443, 32768, 65534, 65535},
	Addrs4: []netip.Addr{
		netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("255.255.255.255"),
	},
	Addrs6: []netip.Addr{
		netip.MustParseAddr("::"), netip.MustParseAddr("::1"), netip.MustParseAddr("fe80::1"), netip.MustParseAddr("::ffff:10.1.2.3"),
		netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("2001:db8::a01:203"),
	},
	Prefixes: []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.1.2.3/32"), netip.MustParsePrefix("10.1.2.2/31"),
		netip.MustParsePrefix("127.0.0.0/9"), netip.MustParsePrefix("::/0"), netip.MustParsePrefix("::/127"), netip.MustParsePrefix("fe80::/10"),
		netip.MustParsePrefix("::ffff:0:0/96"), netip.MustParsePrefix("::ffff:10.0.0.0/104"), netip.MustParsePrefix("2001:db8::/33"), {},
	},
	Marks: []uint32{0, 1, 2, 3, 0xffffffff},
}

// Port compares a port.
func Port(end netstat.End, c netstat.Comparison, port uint16) *netstat.Condition {
	return &netstat.Condition{Kind: netstat.WherePort, End: end, Compare: c, Port: port}
}

// Prefix compares an address.
func Prefix(end netstat.End, text string) *netstat.Condition {
	return &netstat.Condition{Kind: netstat.WherePrefix, End: end, Prefix: netip.MustParsePrefix(text)}
}

// Join combines conditions.
func Join(kind netstat.ConditionKind, of ...*netstat.Condition) *netstat.Condition {
	return &netstat.Condition{Kind: kind, Of: of}
}

// Random returns a random condition of the given depth.
func Random(r *rand.Rand, depth int) *netstat.Condition {
	w := &Values
	c := &netstat.Condition{End: netstat.End(r.IntN(2)), Compare: netstat.Comparison(r.IntN(6))}
	c.Kind = netstat.ConditionKind(r.IntN(int(netstat.WhereAutobound) + 1))
	if depth == 0 && c.Kind <= netstat.WhereNot {
		c.Kind = netstat.WherePort
	}
	switch c.Kind {
	case netstat.WhereNot:
		c.Of = []*netstat.Condition{Random(r, depth-1)}
	case netstat.WhereAll, netstat.WhereAny:
		for range r.IntN(4) {
			c.Of = append(c.Of, Random(r, depth-1))
		}
	case netstat.WherePort:
		c.Port = w.Ports[r.IntN(len(w.Ports))]
	case netstat.WherePrefix:
		c.Prefix = w.Prefixes[r.IntN(len(w.Prefixes))]
	case netstat.WhereMark:
		c.Number, c.Mask = uint64(w.Marks[r.IntN(len(w.Marks))]), w.Marks[r.IntN(len(w.Marks))]
	case netstat.WhereInterface, netstat.WhereCgroup:
		c.Number = uint64(r.IntN(3))
		if r.IntN(20) == 0 {
			c.Number = 1<<32 + 1
		}
	}
	return c
}
