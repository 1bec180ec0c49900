package zstd

import (
	"encoding/binary"
	"math/bits"
)

// sequence is a number of literals and a match after them. offset is as it is encoded.
type sequence struct{ literals, offset, match uint32 }

// sequences are those of a block, and its literals: the last ones have no match after them.
type sequences struct {
	list     []sequence
	literals []byte
	repeated [3]uint32 // the last three distances
}

// firstRepeated are the repeated distances at the start of a frame.
var firstRepeated = [3]uint32{1, 4, 8}

// add appends literals and a match after them.
func (s *sequences) add(literals []byte, distance, match int) {
	s.literals = append(s.literals, literals...)
	d, last := uint32(distance), s.repeated
	value := d + 3
	if len(literals) == 0 {
		switch d {
		case last[1]:
			value = 1
		case last[2]:
			value = 2
		case last[0] - 1:
			value = 3
		}
	} else {
		switch d {
		case last[0]:
			value = 1
		case last[1]:
			value = 2
		case last[2]:
			value = 3
		}
	}
	which := value
	if len(literals) == 0 {
		which++
	}
	switch {
	case value <= 3 && which == 1:
	case value <= 3 && which == 2:
		s.repeated = [3]uint32{d, last[0], last[2]}
	default:
		s.repeated = [3]uint32{d, last[0], last[1]}
	}
	s.list = append(s.list, sequence{uint32(len(literals)), value, uint32(match)})
}

// sequenceCoder encodes sequences.
type sequenceCoder struct {
	codes  [3][]uint8 // of each sequence
	counts [3][64]uint32
	table  [3]coder
	// shares and log are the distributions of the tables that the decoder has, if known.
	shares [3][]int16
	log    [3]uint8
	known  [3]bool
}

func (c *sequenceCoder) append(b []byte, list []sequence) []byte {
	switch n := len(list); {
	case n == 0:
		return append(b, 0)
	case n < 128:
		b = append(b, byte(n))
	case n < 0x7F00:
		b = append(b, byte(n>>8)+128, byte(n))
	default:
		b = binary.LittleEndian.AppendUint16(append(b, 255), uint16(n-0x7F00))
	}
	for i := range c.codes {
		c.codes[i], c.counts[i] = c.codes[i][:0], [64]uint32{}
	}
	for i := range list {
		s := &list[i]
		of := [3]uint8{literalCode(s.literals), uint8(bits.Len32(s.offset)) - 1, matchCode(s.match)}
		for j, code := range of {
			c.codes[j] = append(c.codes[j], code)
			c.counts[j][code]++
		}
	}
	modes := len(b)
	b = append(b, 0)
	for i := range c.table {
		var mode byte
		b, mode = c.build(b, i, uint32(len(list)))
		b[modes] |= mode << (6 - 2*i)
	}
	return c.encode(b, list)
}

// build prepares the table of one of the codes in the shortest way, and appends its
// description.
func (c *sequenceCoder) build(b []byte, i int, n uint32) ([]byte, byte) {
	counts, t := c.counts[i][:], &c.table[i]
	if first := c.codes[i][0]; counts[first] == n {
		t.single(first)
		c.known[i] = false
		return append(b, first), modeRLE
	}
	best, mode := cost(counts, c.shares[i], c.log[i]), byte(modeRepeat)
	if !c.known[i] {
		best = impossible
	}
	usual, log, maxLog := literalDefault[:], uint8(lengthDefaultLog), uint8(lengthMaxLog)
	switch i {
	case ofOffsets:
		usual, log, maxLog = offsetDefault[:], offsetDefaultLog, offsetMaxLog
	case ofMatches:
		usual = matchDefault[:]
	}
	if by := cost(counts, usual, log); by < best {
		best, mode = by, modePredefined
	}
	maxLog = min(maxLog, max(6, uint8(bits.Len32(n))-2))
	var list [64]int16
	shares := normalize(list[:0], counts, n, maxLog)
	with := appendDistribution(b, shares, maxLog)
	if by := cost(counts, shares, maxLog) + uint64(len(with)-len(b))*8*wholeBit; by < best {
		b, mode = with, modeFSE
		usual, log = shares, maxLog
	}
	if mode != modeRepeat {
		t.build(usual, log)
		c.shares[i], c.log[i] = append(c.shares[i][:0], usual...), log
	}
	c.known[i] = true
	return b, mode
}

const (
	// wholeBit is the unit of cost.
	wholeBit   = 256
	impossible = 1 << 62
)

// cost returns about how many bits the codes with these counts take by a distribution.
func cost(counts []uint32, shares []int16, log uint8) uint64 {
	total := uint64(0)
	for s, n := range counts {
		if n == 0 {
			continue
		}
		if s >= len(shares) || shares[s] == 0 {
			return impossible
		}
		share := uint32(max(shares[s], -shares[s]))
		width := uint32(bits.Len32(share)) - 1
		// The logarithm of the share, between powers of two along a line.
		part := share*wholeBit>>width - wholeBit
		total += uint64(n) * uint64((uint32(log)-width)*wholeBit-part)
	}
	return total
}

// encode appends the sequences from the last to the first.
func (c *sequenceCoder) encode(b []byte, list []sequence) []byte {
	w := writer{b: b}
	var state [3]uint32
	for n := len(list) - 1; n >= 0; n-- {
		l, o, m := c.codes[ofLiterals][n], c.codes[ofOffsets][n], c.codes[ofMatches][n]
		if n == len(list)-1 {
			for i, code := range [3]uint8{l, o, m} {
				state[i] = c.table[i].first(code)
			}
		} else {
			state[ofOffsets] = c.table[ofOffsets].put(&w, state[ofOffsets], o)
			state[ofMatches] = c.table[ofMatches].put(&w, state[ofMatches], m)
			state[ofLiterals] = c.table[ofLiterals].put(&w, state[ofLiterals], l)
		}
		s := &list[n]
		w.add(s.literals-literalCodes[l].base, literalCodes[l].bits)
		w.add(s.match-matchCodes[m].base, matchCodes[m].bits)
		w.add(s.offset, o)
	}
	for _, i := range [3]int{ofMatches, ofOffsets, ofLiterals} {
		w.add(state[i], c.table[i].log)
	}
	w.mark()
	return w.b
}
