package redact

import (
	"math"
	"net/netip"
)

// special is a prefix that stays what it is. Of a whole one, its addresses are kept too.
type special struct {
	prefix string
	whole  bool
}

var (
	special4 = [...]special{
		{"0.0.0.0/8", true},
		{"10.0.0.0/8", false},
		{"100.64.0.0/10", false}, // carrier-grade NAT
		{"127.0.0.0/8", true},
		{"169.254.0.0/16", false},
		{"169.254.169.254/32", true}, // metadata of clouds
		{"172.16.0.0/12", false},
		{"192.168.0.0/16", false},
		{"224.0.0.0/23", true}, // groups of protocols
		{"239.0.0.0/8", false},
		{"239.255.255.250/32", true}, // SSDP
		{"255.255.255.255/32", true},
	}
	special6 = [...]special{
		{"::/127", true}, // :: and ::1
		{"2000::/3", false},
		{"fc00::/8", false},
		{"fd00::/8", false},
		{"fe80::/64", false},
		{"fec0::/10", false},
		{"ff00::/8", false},
		{"ff02::1:ff00:0/104", false}, // solicited nodes: ends with bits of an address
		// Groups of protocols, by scope.
		{"ff01::/111", true},
		{"ff02::/111", true},
		{"ff05::/111", true},
		{"ff08::/111", true},
		{"ff0e::/111", true},
	}
)

// specialBits is a special prefix for comparison bit by bit.
type specialBits struct {
	bytes []byte
	bits  int
	whole bool
}

func parseSpecials(list []special) []specialBits {
	parsed := make([]specialBits, len(list))
	for i, s := range list {
		p := netip.MustParsePrefix(s.prefix)
		parsed[i] = specialBits{p.Addr().AsSlice(), p.Bits(), s.whole}
	}
	return parsed
}

func bitAt(b []byte, i int) byte { return b[i/8] >> (7 - i%8) & 1 }

// Addr returns the pseudonym of an address, of the same kind. Addresses with the same
// first n bits have pseudonyms with the same first n bits, except the first and the last
// address of the networks passed to Network. Loopback and unspecified addresses and the
// groups of protocols are kept.
func (r *Redactor) Addr(ip netip.Addr) netip.Addr {
	if !ip.IsValid() {
		return ip
	}
	if zone := ip.Zone(); zone != "" {
		return r.Addr(ip.WithZone("")).WithZone(r.Text(zone))
	}
	if fixed, ok := r.fixed[ip]; ok {
		return fixed
	}
	if known, ok := r.addrs[ip]; ok {
		return known
	}
	to := r.permute(ip, false)
	r.addrs[ip] = to
	return to
}

// permute returns the pseudonym of an address by its bits, or the address that has the
// pseudonym ip. Bit n is inverted or not depending on the n bits before it. It stays as
// it is if they begin a special prefix, which therefore stays too, and nothing else can
// get an address in it.
func (r *Redactor) permute(ip netip.Addr, inverse bool) netip.Addr {
	if ip.Is4In6() {
		b := ip.As16()
		v4 := r.Addr(ip.Unmap()).As4()
		if inverse {
			v4 = r.permute(ip.Unmap(), true).As4()
		}
		copy(b[12:], v4[:])
		return netip.AddrFrom16(b)
	}
	in := ip.AsSlice()
	specials, domain := r.special4, byte(domainAddress4)
	if len(in) == 16 {
		specials, domain = r.special6, domainAddress6
	}
	var original, out [16]byte
	input := make([]byte, len(in)+1)
	for i := range len(in) * 8 {
		input[0] = byte(i)
		copy(input[1:], original[:len(in)])
		flip := byte(0)
		// The flags and the scope of a group are kept.
		if !pinned(specials, original[:len(in)], i) && (len(in) == 4 || original[0] != 0xff || i >= 16) {
			flip = byte(r.hash.sum(domain, input) & 1)
		}
		bit := bitAt(in, i)
		if inverse {
			original[i/8] |= (bit ^ flip) << (7 - i%8)
		} else {
			original[i/8] |= bit << (7 - i%8)
		}
		out[i/8] |= (bit ^ flip) << (7 - i%8)
	}
	to, _ := netip.AddrFromSlice(out[:len(in)])
	return to
}

// pinned reports whether the first n bits of an address begin a special prefix, or are in
// a whole one.
func pinned(specials []specialBits, address []byte, n int) bool {
	for i := range specials {
		s := &specials[i]
		if n >= s.bits && !s.whole {
			continue
		}
		if samePrefix(s.bytes, address, min(n, s.bits)) {
			return true
		}
	}
	return false
}

func samePrefix(a, b []byte, n int) bool {
	for i := range n / 8 {
		if a[i] != b[i] {
			return false
		}
	}
	return n%8 == 0 || (a[n/8]^b[n/8])>>(8-n%8) == 0
}

// Network makes the first and, for IPv4, the last address of a network keep this role, so
// that broadcasts stay broadcasts. It must be called before any address is replaced.
func (r *Redactor) Network(p netip.Prefix) {
	p = p.Masked()
	if !p.IsValid() || p.Bits() == 0 || p.Bits() >= p.Addr().BitLen()-1 {
		return
	}
	to := netip.PrefixFrom(r.permute(p.Addr(), false), p.Bits()).Masked()
	r.fix(p.Addr(), to.Addr())
	if p.Addr().Is4() {
		r.fix(last(p), last(to))
	}
}

// last returns the last address of an IPv4 network.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// fix makes to the pseudonym of an address, and gives the address that would have it the
// pseudonym that this one would have.
func (r *Redactor) fix(ip, to netip.Addr) {
	now, other := r.permute(ip, false), r.permute(to, true)
	_, fixed := r.fixed[ip]
	_, taken := r.fixed[other]
	if now == to || fixed || taken {
		return
	}
	r.fixed[ip], r.fixed[other] = to, now
}

// Prefix returns the pseudonym of a network, without bits after its length, or of an
// address with a prefix length if it has such bits.
func (r *Redactor) Prefix(p netip.Prefix) netip.Prefix {
	if !p.IsValid() {
		return p
	}
	to := r.hostPrefix(p)
	if p == p.Masked() {
		to = to.Masked()
	}
	return to
}

// hostPrefix returns the pseudonym of an address with the length of its network.
func (r *Redactor) hostPrefix(p netip.Prefix) netip.Prefix {
	if !p.IsValid() {
		return p
	}
	return netip.PrefixFrom(r.Addr(p.Addr()), p.Bits())
}

// hardware returns the pseudonym of a hardware address of the same length. That of a
// tunnel is an IP address. Zeros, broadcast and the groups of protocols are kept, and the
// bits for groups and local administration.
func (r *Redactor) hardware(b []byte) []byte {
	if len(b) == 4 || len(b) == 16 {
		ip, _ := netip.AddrFromSlice(b)
		return r.Addr(ip).AsSlice()
	}
	zeros, ones := true, true
	for _, c := range b {
		zeros, ones = zeros && c == 0, ones && c == math.MaxUint8
	}
	if zeros || ones {
		return b
	}
	to, kept := make([]byte, len(b)), 0
	if len(b) == 6 && b[0]&1 != 0 {
		switch {
		case b[0] == 0x33 && b[1] == 0x33: // IPv6 groups
			if kept = 2; b[2] == 0 && b[3] == 0 || b[2] == 0 && b[3] == 1 && b[4] == 0 {
				return b
			}
		case b[0] == 1 && b[1] == 0 && b[2] == 0x5e: // IPv4 groups
			if kept = 3; b[3] == 0 && b[4] <= 1 {
				return b
			}
		case b[0] == 1 && b[1] == 0x80 && b[2] == 0xc2, b[0] == 1 && b[1] == 0 && b[2] == 0x0c:
			return b
		}
	}
	copy(to, b[:kept])
	for i := kept; i < len(b); i += 8 {
		sum := r.hash.sum(domainHardware, append([]byte{byte(i)}, b...))
		for j := i; j < min(len(b), i+8); j++ {
			to[j] = byte(sum >> (8 * (j - i)))
		}
	}
	if kept == 0 && len(b) == 6 {
		to[0] = to[0]&^3 | b[0]&3
	}
	return to
}
