package zstd

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Huffman codes of literals, RFC 8878 section 4.2.

// maxCodeBits is the length of the longest code.
const maxCodeBits = 11

// literalTable decodes literals: the symbol and the length of the code that the next
// bits start with.
type literalTable struct {
	bits  uint8 // of the longest code; 0 if there is no table
	entry [1 << maxCodeBits]literalEntry
}

type literalEntry struct{ symbol, bits uint8 }

// read reads the description of a table and returns its length.
func (t *literalTable) read(b []byte) (length int, ok bool) {
	t.bits = 0
	if len(b) == 0 {
		return 0, false
	}
	var weights [256]uint8
	n := 0
	if head := int(b[0]); head < 128 {
		if length = 1 + head; length > len(b) {
			return 0, false
		}
		if n, ok = readWeights(b[1:length], &weights); !ok {
			return 0, false
		}
	} else {
		n = head - 127
		if length = 1 + (n+1)/2; length > len(b) {
			return 0, false
		}
		for i := range n {
			weights[i] = b[1+i/2] >> (4 * (1 - i%2)) & 15
		}
	}
	return length, t.build(&weights, n)
}

// build fills the table from the weights of all symbols but the last, which completes
// the sum to a power of two.
func (t *literalTable) build(weights *[256]uint8, n int) bool {
	sum := uint32(0)
	for _, w := range weights[:n] {
		if w > maxCodeBits {
			return false
		}
		sum += 1 << w >> 1
	}
	if sum == 0 || n > 255 {
		return false
	}
	width := uint8(bits.Len32(sum))
	rest := uint32(1)<<width - sum
	if width > maxCodeBits || rest&(rest-1) != 0 {
		return false
	}
	weights[n] = uint8(bits.Len32(rest))
	n++
	var start [maxCodeBits + 2]int
	for _, w := range weights[:n] {
		start[w+1] += 1 << w >> 1
	}
	start[1] = 0
	for w := 1; w < len(start)-1; w++ {
		start[w+1] += start[w]
	}
	for s, w := range weights[:n] {
		if w == 0 {
			continue
		}
		run := 1 << w >> 1
		e := literalEntry{uint8(s), width + 1 - w}
		part := t.entry[start[w] : start[w]+run]
		for i := range part {
			part[i] = e
		}
		start[w] += run
	}
	t.bits = width
	return true
}

// readWeights reads weights that are encoded with two states in turn.
func readWeights(b []byte, weights *[256]uint8) (n int, ok bool) {
	var list [maxCodeBits + 2]int16
	shares, log, length, ok := readDistribution(b, list[:0], 6)
	var r backward
	if !ok || !r.open(b[length:]) {
		return 0, false
	}
	var t states
	t.build(shares, log)
	at := [2]uint32{r.take(log), r.take(log)}
	for i := 0; n < 254; i ^= 1 {
		s := &t.state[at[i]]
		weights[n] = s.symbol
		n++
		at[i] = uint32(s.base) + r.take(s.bits)
		if r.over {
			weights[n] = t.state[at[i^1]].symbol
			return n + 1, true
		}
	}
	return 0, false
}

// decode decodes one stream into all of out.
func (t *literalTable) decode(out, in []byte) bool {
	var r backward
	if t.bits == 0 || !r.open(in) {
		return false
	}
	shift := 64 - t.bits
	i := 0
	for ; i+4 < len(out); i += 5 {
		r.fill()
		if r.n < 5*maxCodeBits {
			break
		}
		have, used := r.have, uint(0)
		part := out[i : i+5 : i+5]
		for j := range part {
			e := t.entry[have>>(shift&63)&(1<<maxCodeBits-1)]
			part[j] = e.symbol
			have <<= e.bits & 63
			used += uint(e.bits)
		}
		r.have = have
		r.n -= used
	}
	for ; i < len(out); i++ {
		r.fill()
		e := t.entry[r.have>>(shift&63)&(1<<maxCodeBits-1)]
		out[i] = e.symbol
		if r.take(e.bits); r.over {
			return false
		}
	}
	return r.done()
}

// decodeFour decodes four streams after their sizes.
func (t *literalTable) decodeFour(out, in []byte) bool {
	if len(in) < 6 {
		return false
	}
	part, sizes := (len(out)+3)/4, in[:6]
	in = in[6:]
	for i := range 4 {
		size, to := len(in), len(out)
		if i < 3 {
			size, to = int(binary.LittleEndian.Uint16(sizes[2*i:])), part
		}
		if size > len(in) || to > len(out) || !t.decode(out[:to], in[:size]) {
			return false
		}
		out, in = out[to:], in[size:]
	}
	return true
}

// literalCoder encodes literals.
type literalCoder struct {
	code  [256]uint16
	width [256]uint8
	order [256]uint8
	depth [256]uint8
}

// build makes codes for the counted symbols, of which there must be two or more. It
// appends the description of the table, and reports false if it has none.
func (c *literalCoder) build(b []byte, counts *[256]uint32) ([]byte, bool) {
	used := c.order[:0]
	for s, n := range counts {
		if n > 0 {
			used = append(used, uint8(s))
		}
	}
	last := int(used[len(used)-1])
	slices.SortFunc(used, func(a, b uint8) int {
		return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(a, b))
	})
	longest := c.lengths(used, counts)
	if longest == 0 {
		return b, false
	}
	c.width = [256]uint8{}
	for i, s := range used {
		c.width[s] = c.depth[i]
	}
	// Codes of the same length follow each other in the order of the symbols, the
	// longest first.
	var next [maxCodeBits + 2]uint16
	for _, s := range used {
		next[c.width[s]]++
	}
	code := uint16(0)
	for w := longest; w > 0; w-- {
		n := next[w]
		next[w] = code
		code = (code + n) >> 1
	}
	for s := range last + 1 {
		if w := c.width[s]; w > 0 {
			c.code[s] = next[w]
			next[w]++
		}
	}
	for s := range last {
		c.depth[s] = c.weight(s, longest)
	}
	return appendWeights(b, c.depth[:last])
}

// appendWeights appends the weights of all symbols but the last.
func appendWeights(b []byte, weights []uint8) ([]byte, bool) {
	start, n := len(b), len(weights)
	var counts [16]uint32
	for _, w := range weights {
		counts[w]++
	}
	if n > 2 && maximum(counts[:]) < uint32(n) {
		const log = 6
		var list [16]int16
		shares := normalize(list[:0], counts[:], uint32(n), log)
		b = appendDistribution(append(b, 0), shares, log)
		var t coder
		t.build(shares, log)
		w := writer{b: b}
		var state [2]uint32
		for i := n - 1; i >= 0; i-- {
			if i >= n-2 {
				state[i%2] = t.first(weights[i])
			} else {
				state[i%2] = t.put(&w, state[i%2], weights[i])
			}
		}
		w.add(state[1], log)
		w.add(state[0], log)
		w.mark()
		b = w.b
		if length := len(b) - start - 1; length < 128 && (length < n/2 || n > 128) {
			b[start] = byte(length)
			return b, true
		}
	}
	if n > 128 {
		return b, false
	}
	b = append(b[:start], byte(127+n))
	for i := 0; i < n; i += 2 {
		pair := weights[i] << 4
		if i+1 < n {
			pair |= weights[i+1]
		}
		b = append(b, pair)
	}
	return b, true
}

func (c *literalCoder) weight(s int, longest uint8) uint8 {
	if c.width[s] == 0 {
		return 0
	}
	return longest + 1 - c.width[s]
}

// lengths sets depth to the lengths of the codes of symbols in ascending order of their
// counts, and returns the longest one, which is at most maxCodeBits, or 0 if it finds no
// complete code.
func (c *literalCoder) lengths(used []uint8, counts *[256]uint32) uint8 {
	var weight [512]uint32
	var parent [512]uint16
	n := len(used)
	for i, s := range used {
		weight[i] = counts[s]
	}
	leaf, inner := 0, n
	for made := n; made < 2*n-1; made++ {
		for range 2 {
			var least int
			if leaf < n && (inner >= made || weight[leaf] <= weight[inner]) {
				least = leaf
				leaf++
			} else {
				least = inner
				inner++
			}
			weight[made] += weight[least]
			parent[least] = uint16(made)
		}
	}
	var depth [512]uint8
	for i := 2*n - 3; i >= 0; i-- {
		depth[i] = depth[parent[i]] + 1
	}
	// A code that is too long is cut. The sum of 2^-length must be 1 again: lengthen
	// codes of rare symbols, then shorten what there is room for.
	room := 1 << maxCodeBits
	for i := range n {
		c.depth[i] = min(depth[i], maxCodeBits)
		room -= 1 << (maxCodeBits - c.depth[i])
	}
	for i := 0; room < 0; i++ {
		for ; room < 0 && c.depth[i] < maxCodeBits; c.depth[i]++ {
			room += 1 << (maxCodeBits - c.depth[i] - 1)
		}
	}
	for i := n - 1; room > 0 && i >= 0; i-- {
		for c.depth[i] > 1 && 1<<(maxCodeBits-c.depth[i]) <= room {
			room -= 1 << (maxCodeBits - c.depth[i])
			c.depth[i]--
		}
	}
	if room != 0 {
		return 0
	}
	return slices.Max(c.depth[:n])
}

// cost returns how many bits the counted symbols take, and false if one has no code.
func (c *literalCoder) cost(counts *[256]uint32) (bits uint64, ok bool) {
	for s, n := range counts {
		if n > 0 && c.width[s] == 0 {
			return 0, false
		}
		bits += uint64(n) * uint64(c.width[s])
	}
	return bits, true
}

// encode appends a stream of literals. It is decoded from its end, so the first literal
// is written last.
func (c *literalCoder) encode(b, literals []byte) []byte {
	w := writer{b: b}
	for i := len(literals) - 1; i >= 0; i-- {
		s := literals[i]
		w.add(uint32(c.code[s]), c.width[s])
	}
	w.mark()
	return w.b
}

// encodeFour appends four streams after their sizes. It reports false if a size does not
// fit.
func (c *literalCoder) encodeFour(b, literals []byte) ([]byte, bool) {
	sizes := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0)
	part := (len(literals) + 3) / 4
	for i := range 4 {
		to := len(literals)
		if i < 3 {
			to = part
		}
		start := len(b)
		b = c.encode(b, literals[:to])
		literals = literals[to:]
		if size := len(b) - start; i < 3 {
			if size > 0xFFFF {
				return b, false
			}
			binary.LittleEndian.PutUint16(b[sizes+2*i:], uint16(size))
		}
	}
	return b, true
}
