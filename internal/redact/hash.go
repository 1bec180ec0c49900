package redact

import (
	"encoding/binary"
	"math/bits"
)

// hasher is SipHash-2-4 (Aumasson and Bernstein, 2012), a keyed hash for short inputs.
// Without the key nobody can tell which word or address a pseudonym stands for, even if
// he can list every candidate, as with the 2^32 addresses of IPv4. It does not hide that
// two pseudonyms are equal, which is the purpose. It is written here because the crypto
// packages of the standard library take time before main in every run of the program.
type hasher struct{ k0, k1 uint64 }

func newHasher(key Key) hasher {
	return hasher{binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])}
}

// sum returns the hash of a text in a domain.
func (h hasher) sum(domain byte, text []byte) uint64 {
	v0, v1 := h.k0^0x736f6d6570736575, h.k1^0x646f72616e646f6d
	v2, v3 := h.k0^0x6c7967656e657261, h.k1^0x7465646279746573
	round := func() {
		v0 += v1
		v1 = bits.RotateLeft64(v1, 13) ^ v0
		v0 = bits.RotateLeft64(v0, 32)
		v2 += v3
		v3 = bits.RotateLeft64(v3, 16) ^ v2
		v0 += v3
		v3 = bits.RotateLeft64(v3, 21) ^ v0
		v2 += v1
		v1 = bits.RotateLeft64(v1, 17) ^ v2
		v2 = bits.RotateLeft64(v2, 32)
	}
	add := func(m uint64) {
		v3 ^= m
		round()
		round()
		v0 ^= m
	}
	// The domain is the first byte of the input.
	m, n := uint64(domain), 1
	for _, c := range text {
		m |= uint64(c) << (8 * (n % 8))
		if n++; n%8 == 0 {
			add(m)
			m = 0
		}
	}
	add(m | uint64(n)<<56)
	v2 ^= 0xff
	for range 4 {
		round()
	}
	return v0 ^ v1 ^ v2 ^ v3
}
