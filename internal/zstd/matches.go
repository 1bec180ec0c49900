package zstd

import (
	"encoding/binary"
	"math/bits"
)

// longLog and shortLog are the bits of the hashes of eight and of five bytes, the lengths of
// the shortest long and short match.
const longLog, shortLog = 17, 16

// matches finds repetitions within a frame: at each position a long one, of eight bytes or
// more, is tried before a short one, and the distance of the last match before both.
type matches struct {
	sequences
	b           []byte
	long, short []uint32 // position + 1 of the last bytes with each hash
}

func (m *matches) reset(b []byte) {
	m.b, m.repeated = b, firstRepeated
	if m.long == nil {
		m.long, m.short = make([]uint32, 1<<longLog), make([]uint32, 1<<shortLog)
		return
	}
	clear(m.long)
	clear(m.short)
}

func load8(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+8]) }
func load4(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i : i+4]) }

func longHash(v uint64) uint64  { return v * 0xCF1BBCDCB7A56463 >> (64 - longLog) }
func shortHash(v uint64) uint64 { return v << 24 * 889523592379 >> (64 - shortLog) }

// find fills list and literals for the bytes from and to these positions.
func (m *matches) find(from, to int) {
	m.list, m.literals = m.list[:0], m.literals[:0]
	b := m.b[:to]
	plain, i := from, from
	// Matches are searched where nine bytes can be read.
	for i+9 <= to {
		now := load8(b, i)
		hl, hs := longHash(now), shortHash(now)
		long, short := int(m.long[hl])-1, int(m.short[hs])-1
		m.long[hl], m.short[hs] = uint32(i+1), uint32(i+1)
		at := i
		var source int
		switch last := i + 1 - int(m.repeated[0]); {
		case last >= 0 && load4(b, last) == uint32(now>>8):
			at, source = i+1, last
		case long >= 0 && load8(b, long) == now:
			source = long
		case short >= 0 && load4(b, short) == uint32(now) && b[short+4] == byte(now>>32):
			source = short
			next := load8(b, i+1)
			h := longHash(next)
			if better := int(m.long[h]) - 1; better >= 0 && load8(b, better) == next {
				at, source = i+1, better
			}
			m.long[h] = uint32(i + 2)
		default:
			i += 1 + (i-plain)>>7
			continue
		}
		for at > plain && source > 0 && b[at-1] == b[source-1] {
			at--
			source--
		}
		end := at + same(b, source, at)
		m.add(b[plain:at], at-source, end-at)
		// Some positions within the match are remembered too.
		for _, j := range [...]int{i + 2, (i + end) / 2, end - 2} {
			if j+9 <= to {
				v := load8(b, j)
				m.long[longHash(v)], m.short[shortHash(v)] = uint32(j+1), uint32(j+1)
			}
		}
		plain, i = end, end
		for i+9 <= to {
			before := i - int(m.repeated[1])
			if before < 0 || load4(b, before) != load4(b, i) {
				break
			}
			end := i + same(b, before, i)
			m.add(nil, i-before, end-i)
			v := load8(b, i)
			m.long[longHash(v)], m.short[shortHash(v)] = uint32(i+1), uint32(i+1)
			plain, i = end, end
		}
	}
	m.literals = append(m.literals, b[plain:]...)
}

// same returns how many bytes from i and j on are equal; i is less than j.
func same(b []byte, i, j int) int {
	start := j
	for ; j+8 <= len(b); i, j = i+8, j+8 {
		if x := load8(b, i) ^ load8(b, j); x != 0 {
			return j - start + bits.TrailingZeros64(x)/8
		}
	}
	for ; j < len(b) && b[i] == b[j]; i, j = i+1, j+1 {
	}
	return j - start
}
