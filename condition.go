package netstat

import (
	"net/netip"
	"slices"
)

// Condition is a restriction on sockets that a kernel may be able to test
// while it walks its table, so that it delivers no more. It is a hint, as all
// of Need is: a Source may test less. nil restricts nothing. A Condition is not
// changed once it is made.
//
// Kind says which of the other fields count.
type Condition struct {
	Kind ConditionKind
	// Of are the parts of WhereAll and WhereAny; WhereNot has one. WhereAll nothing is
	// true, WhereAny nothing is false.
	Of []*Condition

	End     End        // WherePort, WherePrefix: which end
	Compare Comparison // WherePort: the end's port Compare Port
	Port    uint16     // WherePort
	// Prefix is WherePrefix's. An IPv4 prefix also matches IPv4-mapped IPv6
	// addresses, an IPv6 one no IPv4 address.
	Prefix netip.Prefix
	// Number is the index of WhereInterface, 0 for "bound to none"; the mark of
	// WhereMark; the id of WhereCgroup.
	Number uint64
	// Mask has the bits of the mark that are compared. A Number with other
	// bits matches nothing.
	Mask uint32
}

// ConditionKind is what a Condition tests.
type ConditionKind uint8

const (
	WhereAll ConditionKind = iota
	WhereAny
	WhereNot
	WherePort      // a port; sockets without IP addresses have none
	WherePrefix    // an address
	WhereInterface // the interface that the socket is bound to (FactInterface)
	WhereMark      // the mark (FactMark)
	WhereCgroup    // the control group (FactCgroup)
	WhereAutobound // the kernel chose the local port (FactAutobound)
)

// End is one of a socket's two ends.
type End uint8

const (
	LocalEnd End = iota
	RemoteEnd
)

// Comparison is how two numbers are compared.
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

// String returns the comparison as it is written between two numbers.
func (c Comparison) String() string {
	if int(c) < len(comparisonTexts) {
		return comparisonTexts[c]
	}
	return "?"
}

// Compare reports whether a and b compare so.
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

// Facts returns the facts about a socket that Match looks at.
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

// Match reports whether a socket meets the condition. A test of a fact that
// the socket lacks fails, and so its WhereNot succeeds.
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

// Equal reports whether two conditions are written alike.
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
