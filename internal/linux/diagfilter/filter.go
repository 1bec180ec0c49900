// Package diagfilter compiles conditions on sockets into filters that the
// kernel applies in an inet_diag dump. It does not run dumps and does not
// decide about rows.
package diagfilter

import (
	"encoding/binary"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Operations of struct inet_diag_bc_op (include/uapi/linux/inet_diag.h).
const (
	opJump       = 1
	opLocalGE    = 2
	opLocalLE    = 3
	opRemoteGE   = 4
	opRemoteLE   = 5
	opAuto       = 6
	opLocalCond  = 7
	opRemoteCond = 8
	opDevice     = 9
	opMark       = 10
	opCgroup     = 13

	opSize          = 4
	hostCondAnyPort = ^uint32(0)
	hostCondAnyIP   = 0 // AF_UNSPEC
	rejectBy        = 4 // a jump this far beyond the end rejects
	// maxCode is the maximum that fits in a netlink attribute, in bytes.
	maxCode = 1<<16 - 1 - 3 - netlink.AttributeSize
)

// Address families (include/linux/socket.h).
const (
	familyInet  = 2
	familyInet6 = 10
)

// Limits is the set of operations that the kernel does not accept. The zero
// value is none.
type Limits uint8

const (
	// NoMark means that only the administrator of the network may test
	// marks.
	NoMark Limits = 1 << iota
	// Old means that the kernel lacks the operations after opRemoteCond,
	// like Linux since 2.6. Devices came with 4.4, marks with 4.6, control
	// groups with 5.9.
	Old
	// Nothing means that no optional condition is accepted.
	Nothing
)

// A condTest is a condition in which only leaves are negated. It lacks the
// parts that the kernel cannot test or need not test.
type condTest struct {
	kind   testKind
	negate bool               // only for a leaf
	leaf   *netstat.Condition // only for a leaf
	of     []condTest         // only for all and any
}

type testKind uint8

const (
	testTrue testKind = iota
	testFalse
	testAll
	testAny
	testLeaf
)

// A Filter is a compiled condition.
type Filter struct {
	Code   []byte // nil accepts every socket
	Narrow bool   // whether it probably rejects most sockets
	Never  bool   // whether it rejects every socket
}

// Compile returns the inet_diag filter for the sockets of family f that meet
// must and, as far as the kernel can test it, hint. Either may be nil. The
// filter accepts every socket that meets both, and none that does not meet
// must. Every kernel must be able to test must.
func Compile(f netstat.Family, must, hint *netstat.Condition, limits Limits, local Ports) Filter {
	if limits&Nothing != 0 {
		hint = nil
	}
	c := compiler{family: f, limits: limits, local: local}
	var tests []condTest
	for _, n := range []*netstat.Condition{must, hint} {
		if n != nil {
			tests = append(tests, c.simplify(n, false))
		}
	}
	root := joinTests(testAll, tests)
	c.emitRoot(root)
	if len(c.code) > maxCode {
		return Compile(f, must, nil, limits, local)
	}
	return Filter{c.code, root.narrow(), root.kind == testFalse}
}

// Ports is the range from which the kernel chooses ports
// (net.ipv4.ip_local_port_range), inclusive.
type Ports struct{ Low, High uint16 }

type compiler struct {
	family netstat.Family
	limits Limits
	local  Ports
	code   []byte
}

// simplify converts a condition, or its negation, into a test that accepts at
// least the same sockets.
func (c *compiler) simplify(n *netstat.Condition, negate bool) condTest {
	kind := testAll
	switch n.Kind {
	case netstat.WhereNot:
		return c.simplify(n.Of[0], !negate)
	case netstat.WhereAny:
		kind = testAny
		fallthrough
	case netstat.WhereAll:
		if negate {
			kind = testAll + testAny - kind
		}
		tests := make([]condTest, len(n.Of))
		for i, part := range n.Of {
			tests[i] = c.simplify(part, negate)
		}
		return joinTests(kind, tests)
	}
	if n.Kind == netstat.WhereAutobound {
		return c.autobound(n, negate)
	}
	switch known := c.decide(n); known {
	case testLeaf:
		return condTest{kind: testLeaf, leaf: n, negate: negate}
	case testAll: // the kernel cannot test it
		return condTest{}
	default:
		return condTest{kind: constantTest((known == testTrue) != negate)}
	}
}

// autobound tests whether the kernel chose the port: the program did not bind
// it, and it is in the kernel's range. A connection accepted by a listener has
// the listener's port although its program did not bind it.
func (c *compiler) autobound(n *netstat.Condition, negate bool) condTest {
	kind := testAll
	if negate {
		kind = testAny
	}
	port := func(compare netstat.Comparison, port uint16) condTest {
		return c.simplify(&netstat.Condition{Kind: netstat.WherePort, Compare: compare, Port: port}, negate)
	}
	return joinTests(kind, []condTest{
		{kind: testLeaf, leaf: n, negate: negate},
		port(netstat.CompareGreaterOrEqual, c.local.Low), port(netstat.CompareLessOrEqual, c.local.High),
	})
}

func constantTest(value bool) testKind {
	if value {
		return testTrue
	}
	return testFalse
}

// joinTests returns the conjunction (testAll) or disjunction (testAny) of
// tests.
func joinTests(kind testKind, tests []condTest) condTest {
	neutral, decisive := testTrue, testFalse
	if kind == testAny {
		neutral, decisive = decisive, neutral
	}
	joined := condTest{kind: kind}
	for _, t := range tests {
		switch t.kind {
		case neutral:
		case decisive:
			return t
		case kind:
			joined.of = append(joined.of, t.of...)
		default:
			joined.of = append(joined.of, t)
		}
	}
	switch len(joined.of) {
	case 0:
		return condTest{kind: neutral}
	case 1:
		return joined.of[0]
	}
	return joined
}

// decide returns testTrue or testFalse if the result is the same for every
// socket of the family, testAll if the kernel cannot do the test, and otherwise
// testLeaf.
func (c *compiler) decide(n *netstat.Condition) testKind {
	old := c.limits&Old != 0
	switch n.Kind {
	case netstat.WherePort:
		switch {
		case n.Compare == netstat.CompareLess && n.Port == 0 || n.Compare == netstat.CompareGreater && n.Port == 1<<16-1:
			return testFalse
		case n.Compare == netstat.CompareGreaterOrEqual && n.Port == 0 || n.Compare == netstat.CompareLessOrEqual && n.Port == 1<<16-1:
			return testTrue
		}
		return testLeaf
	case netstat.WherePrefix:
		is4 := n.Prefix.Addr().Is4()
		switch {
		case !n.Prefix.IsValid() || !is4 && c.family == netstat.Inet:
			return testFalse
		case n.Prefix.Bits() == 0 && is4 == (c.family == netstat.Inet):
			return testTrue
		}
		return testLeaf
	case netstat.WhereInterface:
		if n.Number > 1<<32-1 {
			return testFalse
		}
		if !old {
			return testLeaf
		}
	case netstat.WhereMark:
		if n.Number&^uint64(n.Mask) != 0 {
			return testFalse
		}
		if !old && c.limits&NoMark == 0 {
			return testLeaf
		}
	case netstat.WhereCgroup:
		if !old {
			return testLeaf
		}
	}
	return testAll
}

// narrow reports whether a test probably accepts few sockets: those of one
// port, address or the like, rather than all others.
func (t *condTest) narrow() bool {
	switch t.kind {
	case testFalse:
		return true
	case testAll:
		for i := range t.of {
			if t.of[i].narrow() {
				return true
			}
		}
		return false
	case testAny:
		for i := range t.of {
			if !t.of[i].narrow() {
				return false
			}
		}
		return true
	case testLeaf:
		switch t.leaf.Kind {
		case netstat.WherePort:
			return t.leaf.Compare == netstat.CompareEqual && !t.negate || t.leaf.Compare == netstat.CompareNotEqual && t.negate
		case netstat.WhereAutobound:
			return false
		}
		return !t.negate
	}
	return false
}

// emitRoot writes the complete program.
func (c *compiler) emitRoot(t condTest) {
	var failures []int
	c.emit(t, &failures)
	if len(c.code) <= maxCode {
		c.land(failures, len(c.code)+rejectBy)
	}
}

// emit writes a test. If it succeeds, the program continues after its end;
// operations that jump if it fails are appended to failures.
//
// The kernel requires that the "yes" jump of each operation leads to the next
// operation, and rejects backward jumps (inet_diag_bc_audit in
// net/ipv4/inet_diag.c).
func (c *compiler) emit(t condTest, failures *[]int) {
	switch t.kind {
	case testFalse:
		*failures = append(*failures, c.op(opJump, nil))
	case testAll:
		for i := range t.of {
			c.emit(t.of[i], failures)
		}
	case testAny:
		var successes []int
		for i := range t.of {
			if len(c.code) > maxCode {
				return
			}
			if i == len(t.of)-1 {
				c.emit(t.of[i], failures)
				break
			}
			var next []int
			c.emit(t.of[i], &next)
			successes = append(successes, c.op(opJump, nil))
			c.land(next, len(c.code))
		}
		c.land(successes, len(c.code))
	case testLeaf:
		at, negate := c.leaf(t)
		if negate {
			next := c.op(opJump, nil)
			c.land([]int{at}, len(c.code))
			at = next
		}
		*failures = append(*failures, at)
	}
}

// land sets the target of the failure jumps of operations.
func (c *compiler) land(operations []int, target int) {
	for _, at := range operations {
		binary.NativeEndian.PutUint16(c.code[at+2:], uint16(target-at))
	}
}

// op writes an operation. Its "no" jump is set later by land.
func (c *compiler) op(code byte, data []byte) (at int) {
	at = len(c.code)
	c.code = append(c.code, code, byte(opSize+len(data)), 0, 0)
	c.code = append(c.code, data...)
	return at
}

// leaf writes the operation of a leaf. negate reports whether its result must
// be reversed.
func (c *compiler) leaf(t condTest) (at int, negate bool) {
	var (
		n     = t.leaf
		order = binary.NativeEndian
		cond  = byte(opLocalCond)
		ge    = byte(opLocalGE)
		le    = byte(opLocalLE)
	)
	if n.End == netstat.RemoteEnd {
		cond, ge, le = opRemoteCond, opRemoteGE, opRemoteLE
	}
	switch n.Kind {
	case netstat.WherePort:
		// The limit is in the field that is a jump in other operations.
		bound := func(port uint16) []byte { return order.AppendUint16([]byte{0, 0}, port) }
		switch n.Compare {
		case netstat.CompareLess:
			return c.op(le, bound(n.Port-1)), t.negate
		case netstat.CompareLessOrEqual:
			return c.op(le, bound(n.Port)), t.negate
		case netstat.CompareGreater:
			return c.op(ge, bound(n.Port+1)), t.negate
		case netstat.CompareGreaterOrEqual:
			return c.op(ge, bound(n.Port)), t.negate
		}
		// Every kernel has the host condition; the smaller S_EQ and
		// D_EQ exist only since Linux 4.16.
		data := order.AppendUint32([]byte{hostCondAnyIP, 0, 0, 0}, uint32(n.Port))
		return c.op(cond, data), t.negate != (n.Compare == netstat.CompareNotEqual)
	case netstat.WherePrefix:
		// The kernel compares an IPv4 condition also with IPv4-mapped
		// addresses of IPv6 sockets, but an IPv6 condition never with
		// IPv4 sockets.
		family := byte(familyInet)
		if !n.Prefix.Addr().Is4() {
			family = familyInet6
		}
		data := order.AppendUint32([]byte{family, byte(n.Prefix.Bits()), 0, 0}, hostCondAnyPort)
		return c.op(cond, append(data, n.Prefix.Addr().AsSlice()...)), t.negate
	case netstat.WhereInterface:
		return c.op(opDevice, order.AppendUint32(nil, uint32(n.Number))), t.negate
	case netstat.WhereMark:
		return c.op(opMark, order.AppendUint32(order.AppendUint32(nil, uint32(n.Number)), n.Mask)), t.negate
	case netstat.WhereCgroup:
		return c.op(opCgroup, order.AppendUint64(nil, n.Number)), t.negate
	default: // WhereAutobound, the only other leaf of simplify
		return c.op(opAuto, nil), t.negate
	}
}
