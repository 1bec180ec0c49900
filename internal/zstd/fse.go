package zstd

import "math/bits"

// Finite state entropy, RFC 8878 section 4.1. A distribution gives each symbol its share
// of the 1<<log states of a table; -1 is a share below one, which also takes one state.

// maxTableLog is the largest accuracy of a distribution.
const maxTableLog = 9

// spread returns the symbol of each state.
func spread(symbols *[1 << maxTableLog]uint8, distribution []int16, log uint8) {
	size := 1 << log
	high := size - 1
	for s, n := range distribution {
		if n == -1 {
			symbols[high] = uint8(s)
			high--
		}
	}
	at, step := 0, size>>1+size>>3+3
	for s, n := range distribution {
		for range n {
			symbols[at] = uint8(s)
			for at = (at + step) & (size - 1); at > high; {
				at = (at + step) & (size - 1)
			}
		}
	}
}

// states is a table for decoding.
type states struct {
	log   uint8
	state [1 << maxTableLog]decodeState
}

// decodeState is what a state stands for and leads to: base plus the next bits.
type decodeState struct {
	symbol uint8
	bits   uint8
	base   uint16
}

func (t *states) build(distribution []int16, log uint8) {
	var symbols [1 << maxTableLog]uint8
	var next [256]uint16
	spread(&symbols, distribution, log)
	for s, n := range distribution {
		next[s] = uint16(max(n, -n))
	}
	t.log = log
	for i, s := range symbols[:1<<log] {
		n := next[s]
		next[s]++
		width := log - uint8(bits.Len16(n)-1)
		t.state[i] = decodeState{s, width, n<<width - 1<<log}
	}
}

// readDistribution reads the description of a distribution of the symbols up to last. It
// returns the shares, in list, and the accuracy and length of the description.
func readDistribution(b []byte, list []int16, maxLog uint8) (shares []int16, log uint8, length int, ok bool) {
	r := forward{b: b}
	log = uint8(r.look()&15) + 5
	r.skip(4)
	if log > maxLog {
		return nil, 0, 0, false
	}
	shares = list[:0]
	remaining := int32(1)<<log + 1
	threshold, width := int32(1)<<log, int(log)+1
	for remaining > 1 {
		if len(shares) == cap(list) || r.over {
			return nil, 0, 0, false
		}
		v, most := int32(r.look()), 2*threshold-1-remaining
		if low := v & (threshold - 1); low < most {
			v = low
			r.skip(width - 1)
		} else {
			if v &= 2*threshold - 1; v >= threshold {
				v -= most
			}
			r.skip(width)
		}
		v--
		shares = append(shares, int16(v))
		remaining -= max(v, -v)
		for remaining < threshold {
			width--
			threshold >>= 1
		}
		if v != 0 {
			continue
		}
		for {
			zeros := int(r.look() & 3)
			r.skip(2)
			if len(shares)+zeros > cap(list) || r.over {
				return nil, 0, 0, false
			}
			for range zeros {
				shares = append(shares, 0)
			}
			if zeros < 3 {
				break
			}
		}
	}
	return shares, log, (r.at + 7) / 8, remaining == 1 && !r.over
}

// coder is a table for encoding.
type coder struct {
	log    uint8
	next   [1 << maxTableLog]uint16
	symbol [64]encodeSymbol
}

// encodeSymbol leads from a state to the next one when the symbol is written: bits is
// the number of bits to write, times 65536, less what makes it smaller by one for some
// states.
type encodeSymbol struct {
	bits uint32
	find int32
}

func (c *coder) build(distribution []int16, log uint8) {
	var symbols [1 << maxTableLog]uint8
	var start [65]uint16
	spread(&symbols, distribution, log)
	size := uint16(1) << log
	c.log = log
	total := int32(0)
	for s, n := range distribution {
		share := int32(max(n, -n))
		start[s+1] = start[s] + uint16(share)
		switch share {
		case 0:
			c.symbol[s] = encodeSymbol{bits: (uint32(log)+1)<<16 - uint32(size)}
		case 1:
			c.symbol[s] = encodeSymbol{uint32(log)<<16 - uint32(size), total - 1}
		default:
			width := uint32(log) - uint32(bits.Len32(uint32(share-1))-1)
			c.symbol[s] = encodeSymbol{width<<16 - uint32(share)<<width, total - share}
		}
		total += share
	}
	for i, s := range symbols[:size] {
		c.next[start[s]] = size + uint16(i)
		start[s]++
	}
}

// single makes a table of one symbol, which needs no bits.
func (c *coder) single(symbol uint8) {
	c.log = 0
	c.symbol[symbol] = encodeSymbol{}
	c.next[0] = 0
}

// first returns the state from which a stream that ends with the symbol starts.
func (c *coder) first(symbol uint8) uint32 {
	s := &c.symbol[symbol]
	width := (s.bits + 1<<15) >> 16
	return uint32(c.next[int32((width<<16-s.bits)>>width)+s.find])
}

// put writes the bits that lead from the symbol's state to the current one.
func (c *coder) put(w *writer, state uint32, symbol uint8) uint32 {
	s := &c.symbol[symbol]
	width := (state + s.bits) >> 16
	w.add(state, uint8(width))
	return uint32(c.next[int32(state>>width)+s.find])
}

// normalize returns the shares of counts, and the number of symbols up to the last one
// with a count. Two symbols or more must have a count.
func normalize(shares []int16, counts []uint32, total uint32, log uint8) []int16 {
	shares = shares[:0]
	size := int32(1) << log
	left, largest := size, 0
	for s, n := range counts {
		share := int32(0)
		if n > 0 {
			share = max(1, int32(uint64(n)*uint64(size)/uint64(total)))
		}
		shares = append(shares, int16(share))
		left -= share
		if n > counts[largest] {
			largest = s
		}
	}
	if last := int32(shares[largest]); last+left > last/2 {
		shares[largest] += int16(left)
		left = 0
	}
	// Too many rare symbols: the others give what they can.
	for s := 0; left < 0; s = (s + 1) % len(shares) {
		if shares[s] > 1 {
			shares[s]--
			left++
		}
	}
	for len(shares) > 0 && shares[len(shares)-1] == 0 {
		shares = shares[:len(shares)-1]
	}
	return shares
}

// appendDistribution appends the description of a distribution.
func appendDistribution(b []byte, shares []int16, log uint8) []byte {
	w := writer{b: b}
	w.add(uint32(log)-5, 4)
	remaining := int32(1)<<log + 1
	threshold, width := int32(1)<<log, log+1
	for s := 0; remaining > 1; {
		share := int32(shares[s])
		s++
		most := 2*threshold - 1 - remaining
		remaining -= max(share, -share)
		v, used := share+1, width
		if v >= threshold {
			v += most
		}
		if v < most {
			used--
		}
		w.add(uint32(v), used)
		for remaining < threshold {
			width--
			threshold >>= 1
		}
		if share != 0 {
			continue
		}
		zeros := s
		for shares[s] == 0 {
			s++
		}
		for zeros = s - zeros; zeros >= 3; zeros -= 3 {
			w.add(3, 2)
		}
		w.add(uint32(zeros), 2)
	}
	w.flush()
	return w.b
}
