package zstd

import "encoding/binary"

// encoder encodes the blocks of a frame from their literals and sequences.
type encoder struct {
	seq sequenceCoder
	// code has the codes of the last block with a table of literals, and next is to have
	// those of this one.
	code, next *literalCoder
	known      bool // the decoder has the table of code
}

// reset starts a frame.
func (e *encoder) reset() {
	if e.code == nil {
		e.code, e.next = new(literalCoder), new(literalCoder)
	}
	e.forget()
}

// forget stops the use of tables from before.
func (e *encoder) forget() { e.known, e.seq.known = false, [3]bool{} }

// block appends a block, compressed if that is shorter than its content. If it is not, the
// decoder keeps the distances from before the block.
func (e *encoder) block(b, content, literals []byte, list []sequence, last bool) (_ []byte, compressed bool) {
	start := len(b)
	kind := uint32(blockCompressed)
	b = e.appendLiterals(append(b, 0, 0, 0), literals)
	b = e.seq.append(b, list)
	if len(b)-start-3 >= len(content) {
		kind = blockRaw
		b = append(b[:start+3], content...)
		e.forget()
	}
	head := uint32(len(b)-start-3)<<3 | kind<<1
	if last {
		head |= 1
	}
	b[start], b[start+1], b[start+2] = byte(head), byte(head>>8), byte(head>>16)
	return b, kind == blockCompressed
}

// fewLiterals is the number below which literals are not compressed.
const fewLiterals = 16

// appendLiterals appends the section of a block's literals.
func (e *encoder) appendLiterals(b, literals []byte) []byte {
	if len(literals) >= fewLiterals {
		var counts [256]uint32
		for _, c := range literals {
			counts[c]++
		}
		if b, ok := e.appendPacked(b, literals, &counts); ok {
			return b
		}
	}
	switch n := len(literals); {
	case n < 32:
		b = append(b, literalsRaw|byte(n)<<3)
	case n < 1<<12:
		b = binary.LittleEndian.AppendUint16(b, literalsRaw|1<<2|uint16(n)<<4)
	default:
		h := uint32(literalsRaw) | 3<<2 | uint32(n)<<4
		b = append(b, byte(h), byte(h>>8), byte(h>>16))
	}
	return append(b, literals...)
}

// appendPacked appends literals by the codes of the block before or by new ones, whichever
// is shorter. It reports false and appends nothing if neither pays off.
func (e *encoder) appendPacked(b, literals []byte, counts *[256]uint32) ([]byte, bool) {
	start, n := len(b), len(literals)
	// The sizes before and after take ten bits each if there is only one stream.
	one := n < 1<<10
	head := 5
	if one {
		head = 3
	}
	const most = 1 << 62
	before, kind := most, uint64(literalsTreeless)
	if e.known {
		if bits, ok := e.code.cost(counts); ok {
			before = int(bits+7) / 8
		}
	}
	b = append(b, 0, 0, 0, 0, 0)[:start+head]
	// A table pays off, unless nearly all literals differ or all are the same.
	if largest := maximum(counts[:]); largest != uint32(n) && largest > uint32(n)/128 {
		if with, ok := e.next.build(b, counts); ok {
			bits, _ := e.next.cost(counts)
			if len(with)-len(b)+int(bits+7)/8 < before {
				b, before, kind = with, 0, literalsCompressed
				e.code, e.next = e.next, e.code
				e.known = false
			}
		}
	}
	if before == most {
		return b[:start], false
	}
	ok := true
	if one {
		b = e.code.encode(b, literals)
	} else {
		b, ok = e.code.encodeFour(b, literals)
	}
	packed := len(b) - start - head
	if !ok || packed >= n {
		return b[:start], false
	}
	if one {
		h := kind | uint64(n)<<4 | uint64(packed)<<14
		b[start], b[start+1], b[start+2] = byte(h), byte(h>>8), byte(h>>16)
	} else {
		h := kind | 3<<2 | uint64(n)<<4 | uint64(packed)<<22
		binary.LittleEndian.PutUint32(b[start:], uint32(h))
		b[start+4] = byte(h >> 32)
	}
	e.known = true
	return b, true
}

func maximum(counts []uint32) uint32 {
	most := uint32(0)
	for _, n := range counts {
		most = max(most, n)
	}
	return most
}
