package diagfilter

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"netstat/test/condition"

	"netstat"
)

// bytecodeSizes is the minimum size of each operation, as inet_diag_bc_audit
// (net/ipv4/inet_diag.c) requires.
var bytecodeSizes = [14]int{4, 4, 8, 8, 8, 8, 4, 12, 12, 8, 12, 8, 8, 12}

// auditBytecode does the checks of that function.
func auditBytecode(b []byte) bool {
	if len(b)%4 != 0 || len(b) > 0xffff {
		return false
	}
	order := binary.NativeEndian
	starts := map[int]bool{}
	for at := 0; at < len(b); at += int(b[at+1]) {
		if len(b)-at < 4 || b[at+1] < 4 || b[at+1]%4 != 0 {
			return false
		}
		starts[at] = true
	}
	starts[len(b)] = true
	for at := 0; at < len(b); at += int(b[at+1]) {
		code := int(b[at])
		if code >= len(bytecodeSizes) || code == 0 {
			return false
		}
		least := bytecodeSizes[code]
		if len(b)-at < least {
			return false
		}
		if code == 7 || code == 8 {
			addr := map[byte]int{0: 0, 2: 4, 10: 16}[b[at+4]]
			if least += addr; len(b)-at < least || int(b[at+5]) > addr*8 {
				return false
			}
		}
		no, left := int(order.Uint16(b[at+2:])), len(b)-at
		if int(b[at+1]) < least || int(b[at+1]) > left+4 || no < least || no > left+4 || no%4 != 0 {
			return false
		}
		if no < left && !starts[at+no] {
			return false
		}
	}
	return true
}

// runBytecode does the same as inet_diag_bc_run.
func runBytecode(b []byte, s *netstat.Socket) bool {
	order := binary.NativeEndian
	length := len(b)
	for length > 0 {
		op := b[len(b)-length:]
		var yes bool
		bound := func() uint16 { return order.Uint16(op[6:]) }
		switch op[0] {
		case 1:
		case 2:
			yes = s.Local.Port >= bound()
		case 3:
			yes = s.Local.Port <= bound()
		case 4:
			yes = s.Remote.Port >= bound()
		case 5:
			yes = s.Remote.Port <= bound()
		case 6:
			yes = s.Absent&bytecodeNotAuto == 0
		case 7:
			yes = bytecodeHost(op[4:], s.Local)
		case 8:
			yes = bytecodeHost(op[4:], s.Remote)
		case 9:
			yes = s.Local.Scope == order.Uint32(op[4:])
		case 10:
			mask := order.Uint32(op[8:])
			yes = s.Mark&mask == order.Uint32(op[4:])
		case 13:
			yes = s.Cgroup == order.Uint64(op[4:])
		}
		if yes {
			length -= int(op[1])
		} else {
			length -= int(order.Uint16(op[2:]))
		}
	}
	return length == 0
}

func bytecodeHost(cond []byte, end netstat.Addr) bool {
	if port := binary.NativeEndian.Uint32(cond[4:]); port != 0xffffffff && port != uint32(end.Port) {
		return false
	}
	var want netip.Addr
	switch cond[0] {
	case 0:
		return true
	case 2:
		want = netip.AddrFrom4([4]byte(cond[8:]))
	case 10:
		want = netip.AddrFrom16([16]byte(cond[8:]))
	}
	ip := end.IP
	if want.Is4() {
		ip = ip.Unmap()
	}
	return netip.PrefixFrom(want, int(cond[1])).Contains(ip)
}

func TestBytecode(t *testing.T) {
	order := binary.NativeEndian
	u16 := func(v uint16) []byte { return order.AppendUint16(nil, v) }
	u32 := func(v uint32) []byte { return order.AppendUint32(nil, v) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	https := condition.Port(netstat.LocalEnd, netstat.CompareEqual, 443)
	high := condition.Port(netstat.RemoteEnd, netstat.CompareGreater, 1023)
	auto := &netstat.Condition{Kind: netstat.WhereAutobound}
	mark := &netstat.Condition{Kind: netstat.WhereMark, Number: 1, Mask: 3}
	device := &netstat.Condition{Kind: netstat.WhereInterface, Number: 7}
	group := &netstat.Condition{Kind: netstat.WhereCgroup, Number: 99}
	always := condition.Port(netstat.LocalEnd, netstat.CompareGreaterOrEqual, 0)
	not := func(c *netstat.Condition) *netstat.Condition { return condition.Join(netstat.WhereNot, c) }
	tests := []struct {
		name   string
		family netstat.Family
		hint   *netstat.Condition
		limits Limits
		want   []byte
		narrow bool
		never  bool
	}{
		{name: "nothing", family: netstat.Inet},
		{name: "empty conjunction", family: netstat.Inet, hint: condition.Join(netstat.WhereAll)},
		{name: "empty disjunction", family: netstat.Inet, hint: condition.Join(netstat.WhereAny), want: join([]byte{1, 4}, u16(8)), never: true, narrow: true},
		{name: "port", family: netstat.Inet, hint: https, want: join([]byte{7, 12}, u16(16), []byte{0, 0, 0, 0}, u32(443)), narrow: true},
		{
			name: "prefix and port", family: netstat.Inet6, narrow: true,
			hint: condition.Join(netstat.WhereAll, condition.Prefix(netstat.LocalEnd, "10.0.0.0/8"), condition.Port(netstat.RemoteEnd, netstat.CompareEqual, 443)),
			want: join([]byte{7, 16}, u16(32), []byte{2, 8, 0, 0}, u32(0xffffffff), []byte{10, 0, 0, 0},
				[]byte{8, 12}, u16(16), []byte{0, 0, 0, 0}, u32(443)),
		},
		{
			name: "not", family: netstat.Inet, hint: not(https),
			want: join([]byte{7, 12}, u16(16), []byte{0, 0, 0, 0}, u32(443), []byte{1, 4}, u16(8)),
		},
		{
			name: "or", family: netstat.Inet, hint: condition.Join(netstat.WhereAny, high, auto),
			want: join([]byte{4, 8}, u16(12), []byte{0, 0}, u16(1024), []byte{1, 4}, u16(8), []byte{6, 4}, u16(8)),
		},
		{
			name: "device, mark, cgroup", family: netstat.Inet, hint: condition.Join(netstat.WhereAll, device, mark, group), narrow: true,
			want: join([]byte{9, 8}, u16(36), u32(7), []byte{10, 12}, u16(28), u32(1), u32(3), []byte{13, 12}, u16(16), order.AppendUint64(nil, 99)),
		},
		{name: "no marks", family: netstat.Inet, hint: condition.Join(netstat.WhereAll, mark, auto), limits: NoMark, want: join([]byte{6, 4}, u16(8))},
		{name: "mark or autobound, no marks", family: netstat.Inet, hint: condition.Join(netstat.WhereAny, mark, auto), limits: NoMark},
		{name: "old kernel", family: netstat.Inet, hint: condition.Join(netstat.WhereAll, not(device), mark, group, auto), limits: Old, want: join([]byte{6, 4}, u16(8))},
		{name: "no hints", family: netstat.Inet, hint: https, limits: Nothing},
		{name: "mark outside its mask", family: netstat.Inet, hint: &netstat.Condition{Kind: netstat.WhereMark, Number: 4, Mask: 3}, want: join([]byte{1, 4}, u16(8)), never: true, narrow: true},
		{name: "below port 0", family: netstat.Inet, hint: condition.Port(netstat.LocalEnd, netstat.CompareLess, 0), want: join([]byte{1, 4}, u16(8)), never: true, narrow: true},
		{name: "every port", family: netstat.Inet, hint: not(not(always))},
		{name: "IPv6 prefix for IPv4 sockets", family: netstat.Inet, hint: condition.Prefix(netstat.LocalEnd, "fe80::/10"), want: join([]byte{1, 4}, u16(8)), never: true, narrow: true},
		{name: "negated IPv6 prefix for IPv4 sockets", family: netstat.Inet, hint: not(condition.Prefix(netstat.LocalEnd, "fe80::/10"))},
		{name: "every IPv4 address", family: netstat.Inet, hint: condition.Prefix(netstat.LocalEnd, "0.0.0.0/0")},
		{
			name: "IPv4-mapped addresses", family: netstat.Inet6, hint: condition.Prefix(netstat.LocalEnd, "0.0.0.0/0"), narrow: true,
			want: join([]byte{7, 16}, u16(20), []byte{2, 0, 0, 0}, u32(0xffffffff), []byte{0, 0, 0, 0}),
		},
	}
	for _, test := range tests {
		got := Compile(test.family, nil, test.hint, test.limits, bytecodeEveryPort)
		if !bytes.Equal(got.Code, test.want) || got.Narrow != test.narrow || got.Never != test.never {
			t.Errorf("%s: % x, %v, %v\nwant % x, %v, %v", test.name, got.Code, got.Narrow, got.Never, test.want, test.narrow, test.never)
		}
		if !auditBytecode(got.Code) {
			t.Errorf("%s: the kernel would refuse % x", test.name, got.Code)
		}
	}

	// The required condition is compiled with any limits, and if the
	// optional one is too long.
	var many []*netstat.Condition
	for port := range 1 << 13 {
		many = append(many, condition.Port(netstat.LocalEnd, netstat.CompareEqual, uint16(port)))
	}
	for name, got := range map[string]Filter{
		"limits": Compile(netstat.Inet, auto, https, Nothing, bytecodeEveryPort),
		"size":   Compile(netstat.Inet, auto, condition.Join(netstat.WhereAny, many...), 0, bytecodeEveryPort),
	} {
		if want := join([]byte{6, 4}, u16(8)); !bytes.Equal(got.Code, want) || got.Narrow {
			t.Errorf("%s: %d bytes, narrow %v", name, len(got.Code), got.Narrow)
		}
	}
	if got := Compile(netstat.Inet, nil, condition.Join(netstat.WhereAny, many[:4000]...), 0, bytecodeEveryPort); !auditBytecode(got.Code) || len(got.Code) != 4000*16-4 || !got.Narrow {
		t.Errorf("4000 ports: %d bytes, narrow %v", len(got.Code), got.Narrow)
	}
}

// bytecodeNotAuto marks a socket whose port the program chose, in a bit that
// this test does not use otherwise.
const bytecodeNotAuto = netstat.FactModule

// Ranges from which the kernel chooses ports.
var (
	bytecodeEveryPort = Ports{0, 65535}
	bytecodeLocal     = Ports{81, 65534}
)

func bytecodeRandomSocket(r *rand.Rand, f netstat.Family) *netstat.Socket {
	w := &condition.Values
	end := func() netstat.Addr {
		addrs := w.Addrs4
		if f == netstat.Inet6 {
			addrs = w.Addrs6
		}
		return netstat.Addr{IP: addrs[r.IntN(len(addrs))], Port: w.Ports[r.IntN(len(w.Ports))]}
	}
	s := &netstat.Socket{
		Table: netstat.Table{Family: f, Protocol: netstat.TCP}, Local: end(), Remote: end(), Autobound: r.IntN(2) == 0,
		Mark: w.Marks[r.IntN(len(w.Marks))], Cgroup: uint64(r.IntN(3)),
	}
	s.Local.Scope = uint32(r.IntN(3))
	if !s.Autobound {
		s.Absent |= bytecodeNotAuto * netstat.Facts(r.IntN(2))
		if s.Local.Port >= bytecodeLocal.Low && s.Local.Port <= bytecodeLocal.High {
			s.Absent |= bytecodeNotAuto
		}
	} else {
		s.Local.Port = max(min(s.Local.Port, bytecodeLocal.High), bytecodeLocal.Low)
	}
	return s
}

// checkBytecode compares the program with the condition.
func checkBytecode(t *testing.T, r *rand.Rand, c *netstat.Condition) {
	t.Helper()
	for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
		for limits := range Nothing + 1 {
			code := Compile(f, nil, c, limits, bytecodeLocal)
			if !auditBytecode(code.Code) {
				t.Fatalf("the kernel would refuse % x", code.Code)
			}
			for range 8 {
				s := bytecodeRandomSocket(r, f)
				wanted, passed := c.Match(s), runBytecode(code.Code, s)
				if wanted && (!passed || code.Never) {
					t.Fatalf("%+v meets %+v but is rejected by % x (limits %d)", s, c, code.Code, limits)
				}
				if passed && !wanted && limits == 0 {
					t.Fatalf("%+v does not meet %+v but is accepted by % x", s, c, code.Code)
				}
			}
		}
	}
}

func TestBytecodeProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		checkBytecode(t, r, condition.Random(r, r.IntN(5)))
	}
}

func FuzzBytecode(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint8(3))
	f.Fuzz(func(t *testing.T, a, b uint64, depth uint8) {
		r := rand.New(rand.NewPCG(a, b))
		checkBytecode(t, r, condition.Random(r, int(depth%8)))
	})
}
