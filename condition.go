package netstat

import (
	"net/netip"
	"slices"
)

// Condition restricts sockets in a way that a kernel may test while it walks its table,
// so that it returns fewer rows. Like all of Need it is a hint: a Source may test less.
// A nil Condition restricts nothing. A Condition is immutable.
//
// Kind selects which of the other fields are used.
type Condition struct {
	Kind ConditionKind
	// Of holds the operands of WhereAll, WhereAny and WhereNot (exactly one). An empty
	// WhereAll is true, an empty WhereAny is false.
	Of []*Condition

	End     End        // for WherePort and WherePrefix: which end
	Compare Comparison // for WherePort: how the end's port compares with Port
	Port    uint16     // for WherePort
	// Prefix is for WherePrefix. An IPv4 prefix also matches IPv4-mapped IPv6
	// addresses; an IPv6 prefix matches no IPv4 address.
	Prefix netip.Prefix
	// Number is the interface index for WhereInterface (0: not bound to one), the mark
	// for WhereMark, or the control group id for WhereCgroup.
	Number uint64
	// Mask selects the bits of the mark to compare, for WhereMark. If Number has bits
	// outside it, nothing matches.
	Mask uint32
}

// ConditionKind selects what a [Condition] tests.
type ConditionKind uint8

const (
	WhereAll ConditionKind = iota
	WhereAny
	WhereNot
	WherePort      // the port of an end; false for sockets without IP addresses
	WherePrefix    // the address of an end
	WhereInterface // the interface that the socket is bound to (FactInterface)
	WhereMark      // the mark (FactMark)
	WhereCgroup    // the control group (FactCgroup)
	WhereAutobound // whether the kernel chose the local port (FactAutobound)
)

// End selects one of a socket's two ends.
type End uint8

const (
	LocalEnd End = iota
	RemoteEnd
)

// Comparison is a comparison operator for numbers.
type Comparison uint8

const (
	CompareEqual Comparison = iota
	CompareNotEqual
	CompareLess
	CompareLessOrEqual
	CompareGreater
	CompareGreaterOrEqual
)

var comparisonTexts = [...]string{"=", "!=", "<", "<=", ">", ">="}

// String returns the operator, such as "<=", or "?" for an undefined value.
func (c Comparison) String() string {
	if int(c) < len(comparisonTexts) {
		return comparisonTexts[c]
	}
	return "?"
}

// Compare reports whether "a c b" holds; false for an undefined c.
func (c Comparison) Compare(a, b uint64) bool {
	switch c {
	case CompareEqual:
		return a == b
	case CompareNotEqual:
		return a != b
	case CompareLess:
		return a < b
	case CompareLessOrEqual:
		return a <= b
	case CompareGreater:
		return a > b
	case CompareGreaterOrEqual:
		return a >= b
	}
	return false
}

// Facts returns the facts that Match reads.
func (c *Condition) Facts() (f Facts) {
	if c == nil {
		return 0
	}
	switch c.Kind {
	case WhereInterface:
		return FactInterface
	case WhereMark:
		return FactMark
	case WhereCgroup:
		return FactCgroup
	case WhereAutobound:
		return FactAutobound
	}
	for _, part := range c.Of {
		f |= part.Facts()
	}
	return f
}

// Match reports whether s meets the condition. A test of a fact that s lacks is false,
// so its WhereNot is true.
func (c *Condition) Match(s *Socket) bool {
	if c == nil {
		return true
	}
	switch c.Kind {
	case WhereAll:
		for _, part := range c.Of {
			if !part.Match(s) {
				return false
			}
		}
		return true
	case WhereAny:
		for _, part := range c.Of {
			if part.Match(s) {
				return true
			}
		}
		return false
	case WhereNot:
		return !c.Of[0].Match(s)
	case WherePort:
		end := c.end(s)
		return (end.IP.IsValid() || end.Port != 0) && c.Compare.Compare(uint64(end.Port), uint64(c.Port))
	case WherePrefix:
		return c.matchPrefix(s)
	case WhereInterface:
		return s.Absent&FactInterface == 0 && uint64(s.Local.Scope) == c.Number
	case WhereMark:
		return s.Absent&FactMark == 0 && uint64(s.Mark&c.Mask) == c.Number
	case WhereCgroup:
		return s.Absent&FactCgroup == 0 && s.Cgroup == c.Number
	case WhereAutobound:
		return s.Absent&FactAutobound == 0 && s.Autobound
	}
	return false
}

// Equal reports whether c and d have the same structure.
func (c *Condition) Equal(d *Condition) bool {
	if c == d || c == nil || d == nil {
		return c == d
	}
	return c.Kind == d.Kind && c.End == d.End && c.Compare == d.Compare && c.Port == d.Port && c.Prefix == d.Prefix &&
		c.Number == d.Number && c.Mask == d.Mask && slices.EqualFunc(c.Of, d.Of, (*Condition).Equal)
}

func (c *Condition) end(s *Socket) *Addr {
	if c.End == RemoteEnd {
		return &s.Remote
	}
	return &s.Local
}

func (c *Condition) matchPrefix(s *Socket) bool {
	if c.contains(c.end(s).IP) {
		return true
	}
	d, ok := s.Detail.(*SCTPDetail)
	if !ok {
		return false
	}
	more := d.LocalMore
	if c.End == RemoteEnd {
		more = d.RemoteMore
	}
	for i := range more {
		if c.contains(more[i].IP) {
			return true
		}
	}
	return false
}

func (c *Condition) contains(ip netip.Addr) bool {
	if c.Prefix.Addr().Is4() {
		ip = ip.Unmap()
	}
	return c.Prefix.Contains(ip)
}
