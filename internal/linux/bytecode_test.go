package linux

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"netstat"
)

// auditBytecode is what inet_diag_bc_audit of net/ipv4/inet_diag.c demands of
// host conditions.
func auditBytecode(b []byte) bool {
	if len(b)%4 != 0 {
		return false
	}
	starts := map[int]bool{len(b): true, len(b) + 4: true}
	for at := 0; at < len(b); {
		starts[at] = true
		if len(b)-at < 12 || b[at] != 7 && b[at] != 8 {
			return false
		}
		size := 12 + map[byte]int{0: 0, 2: 4, 10: 16}[b[at+4]]
		if int(b[at+1]) != size || int(b[at+5]) > (size-12)*8 || len(b)-at < size {
			return false
		}
		at += size
	}
	for at := 0; at < len(b); at += int(b[at+1]) {
		if !starts[at+int(binary.NativeEndian.Uint16(b[at+2:]))] {
			return false
		}
	}
	return true
}

// runBytecode is inet_diag_bc_run.
func runBytecode(b []byte, s netstat.Socket) bool {
	length := len(b)
	for length > 0 {
		op := b[len(b)-length:]
		end := s.Local
		if op[0] == 8 {
			end = s.Remote
		}
		if hostCond(op[4:], end) {
			length -= int(op[1])
		} else {
			length -= int(binary.NativeEndian.Uint16(op[2:]))
		}
	}
	return length == 0
}

func hostCond(cond []byte, end netstat.Addr) bool {
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

// wanted is what a hint asks for.
func wanted(h netstat.EndHint, a netstat.Addr) bool {
	return (h.Port == 0 || h.Port == a.Port) && (!h.Prefix.IsValid() || h.Prefix.Contains(a.IP))
}

func TestBytecode(t *testing.T) {
	port := netstat.EndHint{Port: 443}
	net4 := netstat.EndHint{Prefix: netip.MustParsePrefix("10.0.0.0/8")}
	net6 := netstat.EndHint{Prefix: netip.MustParsePrefix("fe80::/10"), Port: 22}
	order := binary.NativeEndian
	u16 := func(v uint16) []byte { return order.AppendUint16(nil, v) }
	u32 := func(v uint32) []byte { return order.AppendUint32(nil, v) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	tests := []struct {
		name          string
		family        netstat.Family
		local, remote netstat.EndHint
		want          []byte
	}{
		{"nothing", netstat.Inet, netstat.EndHint{}, netstat.EndHint{}, nil},
		{"port", netstat.Inet, port, netstat.EndHint{}, join([]byte{7, 12}, u16(16), []byte{0, 0, 0, 0}, u32(443))},
		{
			"prefix and port", netstat.Inet6, net4, port,
			join([]byte{7, 16}, u16(32), []byte{2, 8, 0, 0}, u32(0xffffffff), []byte{10, 0, 0, 0},
				[]byte{8, 12}, u16(16), []byte{0, 0, 0, 0}, u32(443)),
		},
		{
			"IPv6", netstat.Inet6, netstat.EndHint{}, net6,
			join([]byte{8, 28}, u16(32), []byte{10, 10, 0, 0}, u32(22), []byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
		},
		{"IPv6 prefix for IPv4 sockets", netstat.Inet, netstat.EndHint{Prefix: net6.Prefix}, netstat.EndHint{}, nil},
		{"every address", netstat.Inet6, netstat.EndHint{Prefix: netip.MustParsePrefix("0.0.0.0/0")}, netstat.EndHint{}, nil},
	}
	for _, test := range tests {
		got := compileHints(test.family, test.local, test.remote)
		if !bytes.Equal(got, test.want) {
			t.Errorf("%s: % x\nwant % x", test.name, got, test.want)
		}
		if !auditBytecode(got) {
			t.Errorf("%s: the kernel would refuse % x", test.name, got)
		}
	}
}

func FuzzBytecode(f *testing.F) {
	v6 := netip.MustParseAddr("::ffff:10.1.2.3").As16()
	f.Add(true, false, []byte{10, 1, 2, 3}, uint8(8), uint16(22), v6[:], uint16(22))
	f.Add(false, true, v6[:], uint8(100), uint16(0), v6[:], uint16(22))
	f.Fuzz(func(t *testing.T, inet6, remote bool, prefix []byte, bits uint8, port uint16, addr []byte, addrPort uint16) {
		var h netstat.EndHint
		h.Port = port
		if ip, ok := netip.AddrFromSlice(prefix); ok {
			h.Prefix = netip.PrefixFrom(ip, int(bits))
		}
		ip, ok := netip.AddrFromSlice(addr)
		if !ok || ip.Is6() != inet6 {
			return
		}
		end := netstat.Addr{IP: ip, Port: addrPort}
		other := netstat.EndHint{Port: 80}
		family := netstat.Inet
		if inet6 {
			family = netstat.Inet6
		}
		s := netstat.Socket{Local: end, Remote: netstat.Addr{IP: ip, Port: 80}}
		code := compileHints(family, h, other)
		if remote {
			s.Local, s.Remote = s.Remote, s.Local
			code = compileHints(family, other, h)
		}
		if !auditBytecode(code) {
			t.Fatalf("the kernel would refuse % x", code)
		}
		if wanted(h, end) && !runBytecode(code, s) {
			t.Errorf("%+v is wanted by %+v but not passed by % x", end, h, code)
		}
		if h.Port != 0 && h.Port != addrPort && runBytecode(code, s) {
			t.Errorf("% x passes another port", code)
		}
	})
}
