package linux

import (
	"encoding/binary"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Operations of struct inet_diag_bc_op (include/uapi/linux/inet_diag.h).
const (
	bytecodeJump       = 1
	bytecodeLocalGE    = 2
	bytecodeLocalLE    = 3
	bytecodeRemoteGE   = 4
	bytecodeRemoteLE   = 5
	bytecodeAuto       = 6
	bytecodeLocalCond  = 7
	bytecodeRemoteCond = 8
	bytecodeDevice     = 9
	bytecodeMark       = 10
	bytecodeCgroup     = 13

	bytecodeOpSize   = 4
	hostCondAnyPort  = ^uint32(0)
	hostCondAnyIP    = 0 // AF_UNSPEC
	bytecodeRejectBy = 4 // a jump that far beyond the end rejects
	// bytecodeMax is what fits into a netlink attribute.
	bytecodeMax = 1<<16 - 1 - 3 - netlink.AttributeSize
)

// bytecodeLimits are what the kernel does not take.
type bytecodeLimits uint8

const (
	// bytecodeNoMark: only the administrator of the network may ask for marks.
	bytecodeNoMark bytecodeLimits = 1 << iota
	// bytecodeOld: no operation after bytecodeRemoteCond, which is what Linux
	// had from 2.6 on. Devices are 4.4, marks 4.6, control groups 5.9.
	bytecodeOld
	// bytecodeNothing: no condition that is only a hint.
	bytecodeNothing
)

// A bytecodeTest is a condition without negations but of leaves, and without
// what the kernel cannot test or need not.
type bytecodeTest struct {
	kind   bytecodeKind
	negate bool               // of a leaf
	leaf   *netstat.Condition // of a leaf
	of     []bytecodeTest     // of all and any
}

type bytecodeKind uint8

const (
	bytecodeTrue bytecodeKind = iota
	bytecodeFalse
	bytecodeAll
	bytecodeAny
	bytecodeLeaf
)

// A bytecodeFilter is a compiled condition.
type bytecodeFilter struct {
	code   []byte // nil passes everything
	narrow bool   // it is likely to leave out most sockets
	never  bool   // it passes none
}

// compileCondition returns the inet_diag filter for the sockets of family f
// that meet must and, as far as the kernel can test it, hint; either may be
// nil. It passes every socket that meets both, and only those that meet must,
// which has to be something that every kernel can test.
func compileCondition(f netstat.Family, must, hint *netstat.Condition, limits bytecodeLimits, local localPorts) bytecodeFilter {
	if limits&bytecodeNothing != 0 {
		hint = nil
	}
	c := bytecodeCompiler{family: f, limits: limits, local: local}
	var tests []bytecodeTest
	for _, n := range []*netstat.Condition{must, hint} {
		if n != nil {
			tests = append(tests, c.simplify(n, false))
		}
	}
	root := joinTests(bytecodeAll, tests)
	c.emitRoot(root)
	if len(c.code) > bytecodeMax {
		return compileCondition(f, must, nil, limits, local)
	}
	return bytecodeFilter{c.code, root.narrow(), root.kind == bytecodeFalse}
}

// localPorts is the range from which the kernel chooses ports
// (net.ipv4.ip_local_port_range), both ends included.
type localPorts struct{ low, high uint16 }

type bytecodeCompiler struct {
	family netstat.Family
	limits bytecodeLimits
	local  localPorts
	code   []byte
}

// simplify turns a condition, or its opposite, into a test that passes at
// least the same sockets.
func (c *bytecodeCompiler) simplify(n *netstat.Condition, negate bool) bytecodeTest {
	kind := bytecodeAll
	switch n.Kind {
	case netstat.WhereNot:
		return c.simplify(n.Of[0], !negate)
	case netstat.WhereAny:
		kind = bytecodeAny
		fallthrough
	case netstat.WhereAll:
		if negate {
			kind = bytecodeAll + bytecodeAny - kind
		}
		tests := make([]bytecodeTest, len(n.Of))
		for i, part := range n.Of {
			tests[i] = c.simplify(part, negate)
		}
		return joinTests(kind, tests)
	}
	if n.Kind == netstat.WhereAutobound {
		return c.autobound(n, negate)
	}
	switch known := c.decide(n); known {
	case bytecodeLeaf:
		return bytecodeTest{kind: bytecodeLeaf, leaf: n, negate: negate}
	case bytecodeAll: // not to be tested here
		return bytecodeTest{}
	default:
		return bytecodeTest{kind: constantTest((known == bytecodeTrue) != negate)}
	}
}

// autobound tests for a port that the kernel chose: the program did not, and it
// is one of those to choose from. The ends of connections that a listener
// accepted have its port without having chosen it.
func (c *bytecodeCompiler) autobound(n *netstat.Condition, negate bool) bytecodeTest {
	kind := bytecodeAll
	if negate {
		kind = bytecodeAny
	}
	port := func(compare netstat.Comparison, port uint16) bytecodeTest {
		return c.simplify(&netstat.Condition{Kind: netstat.WherePort, Compare: compare, Port: port}, negate)
	}
	return joinTests(kind, []bytecodeTest{
		{kind: bytecodeLeaf, leaf: n, negate: negate},
		port(netstat.CompareGreaterOrEqual, c.local.low), port(netstat.CompareLessOrEqual, c.local.high),
	})
}

func constantTest(value bool) bytecodeKind {
	if value {
		return bytecodeTrue
	}
	return bytecodeFalse
}

// joinTests returns the conjunction or disjunction of tests.
func joinTests(kind bytecodeKind, tests []bytecodeTest) bytecodeTest {
	neutral, decisive := bytecodeTrue, bytecodeFalse
	if kind == bytecodeAny {
		neutral, decisive = decisive, neutral
	}
	joined := bytecodeTest{kind: kind}
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
		return bytecodeTest{kind: neutral}
	case 1:
		return joined.of[0]
	}
	return joined
}

// decide returns bytecodeTrue or bytecodeFalse for a test whose outcome is the
// same for every socket of the family, bytecodeAll for one that the kernel
// cannot do, and bytecodeLeaf for the others.
func (c *bytecodeCompiler) decide(n *netstat.Condition) bytecodeKind {
	old := c.limits&bytecodeOld != 0
	switch n.Kind {
	case netstat.WherePort:
		switch {
		case n.Compare == netstat.CompareLess && n.Port == 0 || n.Compare == netstat.CompareGreater && n.Port == 1<<16-1:
			return bytecodeFalse
		case n.Compare == netstat.CompareGreaterOrEqual && n.Port == 0 || n.Compare == netstat.CompareLessOrEqual && n.Port == 1<<16-1:
			return bytecodeTrue
		}
		return bytecodeLeaf
	case netstat.WherePrefix:
		is4 := n.Prefix.Addr().Is4()
		switch {
		case !n.Prefix.IsValid() || !is4 && c.family == netstat.Inet:
			return bytecodeFalse
		case n.Prefix.Bits() == 0 && is4 == (c.family == netstat.Inet):
			return bytecodeTrue
		}
		return bytecodeLeaf
	case netstat.WhereInterface:
		if n.Number > 1<<32-1 {
			return bytecodeFalse
		}
		if !old {
			return bytecodeLeaf
		}
	case netstat.WhereMark:
		if n.Number&^uint64(n.Mask) != 0 {
			return bytecodeFalse
		}
		if !old && c.limits&bytecodeNoMark == 0 {
			return bytecodeLeaf
		}
	case netstat.WhereCgroup:
		if !old {
			return bytecodeLeaf
		}
	}
	return bytecodeAll
}

// narrow guesses whether a test passes few sockets: those of a certain port,
// address or the like, rather than all but those.
func (t *bytecodeTest) narrow() bool {
	switch t.kind {
	case bytecodeFalse:
		return true
	case bytecodeAll:
		for i := range t.of {
			if t.of[i].narrow() {
				return true
			}
		}
		return false
	case bytecodeAny:
		for i := range t.of {
			if !t.of[i].narrow() {
				return false
			}
		}
		return true
	case bytecodeLeaf:
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

// emitRoot writes the whole program.
func (c *bytecodeCompiler) emitRoot(t bytecodeTest) {
	var failures []int
	c.emit(t, &failures)
	if len(c.code) <= bytecodeMax {
		c.land(failures, len(c.code)+bytecodeRejectBy)
	}
}

// emit writes a test, which goes on behind its end if it succeeds; the
// operations that jump if it fails are added to failures.
//
// The kernel demands that the jumps for "yes" lead from each operation to the
// next, and takes no jump back (inet_diag_bc_audit of net/ipv4/inet_diag.c).
func (c *bytecodeCompiler) emit(t bytecodeTest, failures *[]int) {
	switch t.kind {
	case bytecodeFalse:
		*failures = append(*failures, c.op(bytecodeJump, nil))
	case bytecodeAll:
		for i := range t.of {
			c.emit(t.of[i], failures)
		}
	case bytecodeAny:
		var successes []int
		for i := range t.of {
			if len(c.code) > bytecodeMax {
				return
			}
			if i == len(t.of)-1 {
				c.emit(t.of[i], failures)
				break
			}
			var next []int
			c.emit(t.of[i], &next)
			successes = append(successes, c.op(bytecodeJump, nil))
			c.land(next, len(c.code))
		}
		c.land(successes, len(c.code))
	case bytecodeLeaf:
		at, negate := c.leaf(t)
		if negate {
			next := c.op(bytecodeJump, nil)
			c.land([]int{at}, len(c.code))
			at = next
		}
		*failures = append(*failures, at)
	}
}

// land makes the failure jumps of operations lead to a place.
func (c *bytecodeCompiler) land(operations []int, target int) {
	for _, at := range operations {
		binary.NativeEndian.PutUint16(c.code[at+2:], uint16(target-at))
	}
}

// op writes an operation whose jump for "no" is left open.
func (c *bytecodeCompiler) op(code byte, data []byte) (at int) {
	at = len(c.code)
	c.code = append(c.code, code, byte(bytecodeOpSize+len(data)), 0, 0)
	c.code = append(c.code, data...)
	return at
}

// leaf writes the operation of a leaf; negate says that its outcome is to be
// reversed.
func (c *bytecodeCompiler) leaf(t bytecodeTest) (at int, negate bool) {
	var (
		n     = t.leaf
		order = binary.NativeEndian
		cond  = byte(bytecodeLocalCond)
		ge    = byte(bytecodeLocalGE)
		le    = byte(bytecodeLocalLE)
	)
	if n.End == netstat.RemoteEnd {
		cond, ge, le = bytecodeRemoteCond, bytecodeRemoteGE, bytecodeRemoteLE
	}
	switch n.Kind {
	case netstat.WherePort:
		// The bound stands where an operation has its jump.
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
		// Every kernel has a host condition, which the smaller S_EQ and D_EQ
		// (Linux 4.16) are not in.
		data := order.AppendUint32([]byte{hostCondAnyIP, 0, 0, 0}, uint32(n.Port))
		return c.op(cond, data), t.negate != (n.Compare == netstat.CompareNotEqual)
	case netstat.WherePrefix:
		// The kernel compares an IPv4 condition with IPv4-mapped addresses of
		// IPv6 sockets, but never an IPv6 one with IPv4 sockets.
		family := byte(afInet)
		if !n.Prefix.Addr().Is4() {
			family = afInet6
		}
		data := order.AppendUint32([]byte{family, byte(n.Prefix.Bits()), 0, 0}, hostCondAnyPort)
		return c.op(cond, append(data, n.Prefix.Addr().AsSlice()...)), t.negate
	case netstat.WhereInterface:
		return c.op(bytecodeDevice, order.AppendUint32(nil, uint32(n.Number))), t.negate
	case netstat.WhereMark:
		return c.op(bytecodeMark, order.AppendUint32(order.AppendUint32(nil, uint32(n.Number)), n.Mask)), t.negate
	case netstat.WhereCgroup:
		return c.op(bytecodeCgroup, order.AppendUint64(nil, n.Number)), t.negate
	default: // WhereAutobound, the last of what simplify lets through
		return c.op(bytecodeAuto, nil), t.negate
	}
}
