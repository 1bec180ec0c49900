package redact

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

func randomAddr(r *rand.Rand, v6 bool) netip.Addr {
	b := make([]byte, 4)
	if v6 {
		b = make([]byte, 16)
	}
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if starts := [...]byte{10, 172, 192, 127, 169, 224, 239, 100, 0xfe, 0xfd, 0xff, 0x20}; r.IntN(2) == 0 {
		b[0] = starts[r.IntN(len(starts))]
	}
	ip, _ := netip.AddrFromSlice(b)
	return ip
}

func common(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	for i := range len(x) * 8 {
		if bitAt(x, i) != bitAt(y, i) {
			return i
		}
	}
	return len(x) * 8
}

// TestAddrPrefixes checks that two pseudonyms share exactly as many bits as the addresses,
// that the kind of an address stays and that no two addresses share a pseudonym.
func TestAddrPrefixes(t *testing.T) {
	random, r := rand.New(rand.NewPCG(1, 2)), New(Key{7})
	for _, v6 := range []bool{false, true} {
		var last netip.Addr
		for n := range 5000 {
			ip := randomAddr(random, v6)
			if n%3 == 0 && last.IsValid() { // near the one before
				b := last.AsSlice()
				b[len(b)-1-random.IntN(3)] ^= 1 << random.IntN(8)
				ip, _ = netip.AddrFromSlice(b)
			}
			to := r.Addr(ip)
			if last.IsValid() && common(ip, last) != common(to, r.Addr(last)) && !ip.Is4In6() {
				t.Fatalf("%v and %v share %d bits, %v and %v %d", ip, last, common(ip, last), to, r.Addr(last), common(to, r.Addr(last)))
			}
			if kind(ip) != kind(to) || r.permute(to, true) != ip {
				t.Fatalf("%v becomes %v (back %v)", ip, to, r.permute(to, true))
			}
			last = ip
		}
	}
}

func kind(ip netip.Addr) [7]bool {
	return [...]bool{
		ip.IsLoopback(), ip.IsUnspecified(), ip.IsPrivate(), ip.IsLinkLocalUnicast(), ip.IsMulticast(), ip.IsGlobalUnicast(),
		ip.IsLinkLocalMulticast(),
	}
}

func TestAddrKept(t *testing.T) {
	r := New(Key{9})
	for _, s := range []string{
		"0.0.0.0", "127.0.0.1", "127.9.8.7", "255.255.255.255", "224.0.0.251", "::", "::1", "ff02::1", "ff02::fb", "ff02::1:3",
		"::ffff:127.0.0.1", "::ffff:0.0.0.0",
	} {
		if ip := netip.MustParseAddr(s); r.Addr(ip) != ip {
			t.Errorf("%v becomes %v", ip, r.Addr(ip))
		}
	}
	v4 := netip.MustParseAddr("10.1.2.3")
	if mapped := netip.AddrFrom16(v4.As16()); r.Addr(mapped).Unmap() != r.Addr(v4) || !r.Addr(mapped).Is4In6() {
		t.Errorf("%v becomes %v, %v becomes %v", mapped, r.Addr(mapped), v4, r.Addr(v4))
	}
}

// TestNetwork checks that broadcasts stay the last addresses of their networks.
func TestNetwork(t *testing.T) {
	r := New(Key{5})
	for _, s := range []string{"10.1.2.3/24", "172.17.0.1/16", "192.0.2.77/26", "203.0.113.9/29"} {
		p := netip.MustParsePrefix(s)
		r.Network(p)
		to := r.Prefix(p.Masked())
		if got := r.Addr(last(p.Masked())); got != last(to) {
			t.Errorf("%v: broadcast %v, want %v of %v", p, got, last(to), to)
		}
		if got := r.Addr(p.Masked().Addr()); got != to.Addr() {
			t.Errorf("%v: first address %v, want %v", p, got, to.Addr())
		}
		if !to.Contains(r.Addr(p.Addr())) {
			t.Errorf("%v is not in %v", r.Addr(p.Addr()), to)
		}
	}
}
