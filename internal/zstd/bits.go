package zstd

import (
	"encoding/binary"
	"math/bits"
)

// backward reads a stream of bits from its end, the last written bit first. Reading
// past the start yields zeros and sets over.
type backward struct {
	b    []byte // not yet loaded
	have uint64 // loaded bits, the next one on top
	n    uint   // number of loaded bits
	over bool
}

// open starts at the mark in the last byte.
func (r *backward) open(b []byte) bool {
	if len(b) == 0 || b[len(b)-1] == 0 {
		return false
	}
	last := b[len(b)-1]
	*r = backward{b: b[:len(b)-1]}
	r.n = uint(bits.Len8(last)) - 1
	r.have = uint64(last) << 56 << (8 - r.n)
	r.fill()
	return true
}

// fill loads until 57 bits or more are there, or none is left.
func (r *backward) fill() {
	if r.n > 56 {
		return
	}
	if len(r.b) >= 8 {
		whole := (64 - r.n) / 8
		next := binary.LittleEndian.Uint64(r.b[len(r.b)-8:])
		r.have |= next >> r.n
		// Bits below the whole bytes are loaded again.
		r.n += whole * 8
		if r.n < 64 {
			r.have &^= 1<<(64-r.n) - 1
		}
		r.b = r.b[:len(r.b)-int(whole)]
		return
	}
	for r.n <= 56 && len(r.b) > 0 {
		r.have |= uint64(r.b[len(r.b)-1]) << (56 - r.n)
		r.n += 8
		r.b = r.b[:len(r.b)-1]
	}
}

// take reads up to 32 bits.
func (r *backward) take(n uint8) uint32 {
	if r.n < uint(n) {
		if r.fill(); r.n < uint(n) {
			r.over = true
			v := uint32(r.have >> (64 - n))
			r.have, r.n = 0, 0
			return v
		}
	}
	v := uint32(r.have >> 1 >> (63 - n))
	r.have <<= n
	r.n -= uint(n)
	return v
}

// done reports whether exactly all bits were read.
func (r *backward) done() bool { return !r.over && r.n == 0 && len(r.b) == 0 }

// forward reads a stream of bits from its start, the lowest bit of a byte first.
type forward struct {
	b    []byte
	at   int // in bits
	over bool
}

// look returns the next 16 bits without reading them; there are zeros past the end.
func (r *forward) look() uint32 {
	var v uint32
	for i := 2; i >= 0; i-- {
		v <<= 8
		if at := r.at/8 + i; at < len(r.b) {
			v |= uint32(r.b[at])
		}
	}
	return v >> (r.at % 8) & 0xFFFF
}

func (r *forward) skip(n int) {
	if r.at += n; r.at > 8*len(r.b) {
		r.over = true
	}
}

// writer appends bits, the lowest bit of a byte first.
type writer struct {
	b    []byte
	have uint64
	n    uint
}

// add appends the n low bits of v, at most 32. Bits above are ignored.
func (w *writer) add(v uint32, n uint8) {
	w.have |= (uint64(v) & (1<<n - 1)) << w.n
	if w.n += uint(n); w.n >= 32 {
		w.b = binary.LittleEndian.AppendUint32(w.b, uint32(w.have))
		w.have >>= 32
		w.n -= 32
	}
}

// flush fills up the last byte with zeros.
func (w *writer) flush() {
	for w.n > 0 {
		w.b = append(w.b, byte(w.have))
		w.have >>= 8
		w.n -= min(w.n, 8)
	}
}

// mark ends a stream for a backward reader.
func (w *writer) mark() {
	w.add(1, 1)
	w.flush()
}
