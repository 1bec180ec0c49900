package zstd

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// FrameSize is the number of bytes in each frame of a Writer, except the last one and those
// that Cut ends. A reader can start at any frame.
const FrameSize = 4 << 20

// Writer compresses what is written to it. Close it to write the rest.
type Writer struct {
	w     io.Writer
	err   error
	in    []byte // of the frame
	out   []byte
	found matches
	code  literalCoder
	seq   sequenceCoder
	wrote bool
	total int64 // written to this Writer
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Reset makes w write other data to another writer, with the memory that it has.
func (w *Writer) Reset(to io.Writer) {
	w.w, w.err, w.in, w.wrote, w.total = to, nil, w.in[:0], false, 0
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) && w.err == nil {
		part := p[n:min(len(p), n+FrameSize-len(w.in))]
		w.in = append(w.in, part...)
		if n += len(part); len(w.in) == FrameSize {
			w.frame()
		}
	}
	w.total += int64(n)
	return n, w.err
}

// Offset returns the number of bytes written to w.
func (w *Writer) Offset() int64 { return w.total }

// Cut ends the frame, so that a reader can start with the next byte.
func (w *Writer) Cut() {
	if w.err == nil && len(w.in) > 0 {
		w.frame()
	}
}

// Note ends the frame and writes a skippable one, which readers of the data ignore.
func (w *Writer) Note(content []byte) {
	if w.Cut(); w.err != nil {
		return
	}
	w.out = binary.LittleEndian.AppendUint32(w.out[:0], skippableMagic)
	w.out = binary.LittleEndian.AppendUint32(w.out, uint32(len(content)))
	w.out = append(w.out, content...)
	_, w.err = w.w.Write(w.out)
}

// Close writes the last frame. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err == nil && (len(w.in) > 0 || !w.wrote) {
		w.frame()
	}
	return w.err
}

// frame writes the collected bytes as a frame, which says their number and has a checksum.
func (w *Writer) frame() {
	w.out = append(w.out[:0], Magic...)
	w.out = append(w.out, 2<<6|1<<5|1<<2)
	w.out = binary.LittleEndian.AppendUint32(w.out, uint32(len(w.in)))
	w.found.reset(w.in)
	for from, last := 0, false; !last; {
		to := min(from+maxBlock, len(w.in))
		last = to == len(w.in)
		w.block(from, to, last)
		from = to
	}
	var sum digest
	sum.reset()
	sum.write(w.in)
	w.out = binary.LittleEndian.AppendUint32(w.out, uint32(sum.sum()))
	w.in, w.wrote = w.in[:0], true
	_, w.err = w.w.Write(w.out)
}

// block appends a block, compressed if that is shorter.
func (w *Writer) block(from, to int, last bool) {
	start := len(w.out)
	w.out = append(w.out, 0, 0, 0)
	kind, repeated := uint32(blockCompressed), w.found.repeated
	w.found.find(from, to)
	w.out = w.appendLiterals(w.out, w.found.literals)
	w.out = w.seq.append(w.out, w.found.list)
	if len(w.out)-start-3 >= to-from {
		// The decoder keeps the distances from before this block.
		kind, w.found.repeated = blockRaw, repeated
		w.out = append(w.out[:start+3], w.in[from:to]...)
	}
	head := uint32(len(w.out)-start-3)<<3 | kind<<1
	if last {
		head |= 1
	}
	w.out[start], w.out[start+1], w.out[start+2] = byte(head), byte(head>>8), byte(head>>16)
}

// appendLiterals appends the section of a block's literals.
func (w *Writer) appendLiterals(b, literals []byte) []byte {
	start, n := len(b), len(literals)
	if n >= 64 {
		var counts [256]uint32
		for _, c := range literals {
			counts[c]++
		}
		// A table pays off, unless nearly all literals differ or all are the same.
		if most := maximum(counts[:]); most != uint32(n) && most > uint32(n)/128 {
			size := 5
			if n < 256 {
				size = 3
			}
			b = append(b, 0, 0, 0, 0, 0)[:start+size]
			var ok bool
			if b, ok = w.code.build(b, &counts); ok {
				if size == 3 {
					b = w.code.encode(b, literals)
				} else {
					b, ok = w.code.encodeFour(b, literals)
				}
			}
			packed := len(b) - start - size
			if ok && packed < n && (size == 5 || packed < 1024) {
				if size == 3 {
					h := uint32(literalsCompressed) | uint32(n)<<4 | uint32(packed)<<14
					b[start], b[start+1], b[start+2] = byte(h), byte(h>>8), byte(h>>16)
				} else {
					h := uint64(literalsCompressed) | 3<<2 | uint64(n)<<4 | uint64(packed)<<22
					binary.LittleEndian.PutUint32(b[start:], uint32(h))
					b[start+4] = byte(h >> 32)
				}
				return b
			}
		}
	}
	b = b[:start]
	switch {
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

func maximum(counts []uint32) uint32 {
	most := uint32(0)
	for _, n := range counts {
		most = max(most, n)
	}
	return most
}

// sequence is a number of literals and a match after them. offset is as it is encoded.
type sequence struct{ literals, offset, match uint32 }

// sequenceCoder encodes sequences.
type sequenceCoder struct {
	codes  [3][]uint8 // of each sequence
	counts [3][64]uint32
	table  [3]coder
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

// build prepares the table of one of the codes and appends its description.
func (c *sequenceCoder) build(b []byte, i int, n uint32) ([]byte, byte) {
	counts, t := c.counts[i][:], &c.table[i]
	if first := c.codes[i][0]; counts[first] == n {
		t.single(first)
		return append(b, first), modeRLE
	}
	if n < 64 {
		switch i {
		case ofLiterals:
			t.build(literalDefault[:], lengthDefaultLog)
		case ofOffsets:
			t.build(offsetDefault[:], offsetDefaultLog)
		default:
			t.build(matchDefault[:], lengthDefaultLog)
		}
		return b, modePredefined
	}
	log := uint8(lengthMaxLog)
	if i == ofOffsets {
		log = offsetMaxLog
	}
	log = min(log, max(6, uint8(bits.Len32(n))-2))
	var list [64]int16
	shares := normalize(list[:0], counts, n, log)
	t.build(shares, log)
	return appendDistribution(b, shares, log), modeFSE
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
