package zstd

import (
	"encoding/binary"
	"math/bits"
)

// Sum returns the XXH64 of b with seed 0.
func Sum(b []byte) uint64 {
	var d digest
	d.reset()
	d.write(b)
	return d.sum()
}

// digest computes XXH64 with seed 0, the checksum of a frame's content.
type digest struct {
	v      [4]uint64
	rest   [32]byte
	inRest int
	total  uint64
}

const (
	prime1 uint64 = 0x9E3779B185EBCA87
	prime2 uint64 = 0xC2B2AE3D27D4EB4F
	prime3 uint64 = 0x165667B19E3779F9
	prime4 uint64 = 0x85EBCA77C2B2AE63
	prime5 uint64 = 0x27D4EB2F165667C5
)

func (d *digest) reset() {
	one := prime1 // a variable: sums of constants may not overflow
	*d = digest{v: [4]uint64{one + prime2, prime2, 0, -one}}
}

func (d *digest) write(b []byte) {
	d.total += uint64(len(b))
	if d.inRest > 0 {
		n := copy(d.rest[d.inRest:], b)
		d.inRest += n
		b = b[n:]
		if d.inRest < len(d.rest) {
			return
		}
		d.stripes(d.rest[:])
		d.inRest = 0
	}
	whole := len(b) &^ 31
	d.stripes(b[:whole])
	d.inRest = copy(d.rest[:], b[whole:])
}

func (d *digest) stripes(b []byte) {
	v0, v1, v2, v3 := d.v[0], d.v[1], d.v[2], d.v[3]
	for ; len(b) >= 32; b = b[32:] {
		v0 = round(v0, binary.LittleEndian.Uint64(b))
		v1 = round(v1, binary.LittleEndian.Uint64(b[8:]))
		v2 = round(v2, binary.LittleEndian.Uint64(b[16:]))
		v3 = round(v3, binary.LittleEndian.Uint64(b[24:]))
	}
	d.v = [4]uint64{v0, v1, v2, v3}
}

func (d *digest) sum() uint64 {
	h := d.v[2] + prime5
	if d.total >= 32 {
		h = bits.RotateLeft64(d.v[0], 1) + bits.RotateLeft64(d.v[1], 7) +
			bits.RotateLeft64(d.v[2], 12) + bits.RotateLeft64(d.v[3], 18)
		for _, v := range d.v {
			h = (h^round(0, v))*prime1 + prime4
		}
	}
	h += d.total
	b := d.rest[:d.inRest]
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^round(0, binary.LittleEndian.Uint64(b)), 27)*prime1 + prime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*prime1, 23)*prime2 + prime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return h ^ h>>32
}

func round(acc, in uint64) uint64 {
	return bits.RotateLeft64(acc+in*prime2, 31) * prime1
}
