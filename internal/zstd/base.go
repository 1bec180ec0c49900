package zstd

import (
	"bytes"
	"math/bits"
)

// Base is a text that others repeat with small changes, line by line. It compresses them as
// frames that can be read only with the same text: see [Reader.SetBase]. zstd(1) reads them
// with -D and a file of the text.
type Base struct {
	text  []byte
	key   func(line []byte) []byte
	lines []uint32 // start + 1 of each line, by the hash of its key
	found repeats
	code  encoder
}

// MaxBase is the size of the longest text that a Base can have: a distance from the end of a
// frame to the start of the base must have a code.
const MaxBase = 27 << 20

// longestStart is how much of a line its key may depend on.
const longestStart = 512

// NewBase returns a Base of a text, which it keeps. key returns the part of a line by which
// that line is found again in another text, or nothing. Of a long line it is called with the
// start.
func NewBase(text []byte, key func(line []byte) []byte) *Base {
	b := &Base{text: text, key: key}
	b.lines = make([]uint32, 2<<bits.Len(uint(bytes.Count(text, []byte{'\n'}))))
	for at := 0; at < len(text); at += len(line(text[at:])) {
		if k := b.keyOf(text[at:]); len(k) > 0 {
			if slot, before := b.slot(k); before < 0 {
				b.lines[slot] = uint32(at + 1)
			}
		}
	}
	b.found.base = b
	return b
}

// Text returns the text.
func (b *Base) Text() []byte { return b.text }

// line returns the first line of a text.
func line(text []byte) []byte {
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		return text[:n+1]
	}
	return text
}

// keyOf returns the key of the first line of a text.
func (b *Base) keyOf(text []byte) []byte { return b.key(line(text[:min(len(text), longestStart)])) }

// slot returns where a key is in lines, or is to be, and the start of the first line with
// it, or -1.
func (b *Base) slot(key []byte) (slot, start int) {
	mask := len(b.lines) - 1
	for slot = int(Sum(key)) & mask; ; slot = (slot + 1) & mask {
		start = int(b.lines[slot]) - 1
		if start < 0 || bytes.Equal(b.keyOf(b.text[start:]), key) {
			return slot, start
		}
	}
}

// baseFrameSize is the number of bytes in each frame of a Base, except the last one of a part.
const baseFrameSize = 4 << 20

// Append appends frames with the parts of a text, each of which starts a frame.
func (b *Base) Append(to []byte, parts ...[]byte) []byte {
	b.found.source = 0
	for _, text := range parts {
		to = b.appendPart(to, text)
	}
	return to
}

func (b *Base) appendPart(to, text []byte) []byte {
	for first := true; first || len(text) > 0; first = false {
		content := text[:min(len(text), baseFrameSize)]
		text = text[len(content):]
		to = appendHeader(to, len(content))
		b.found.reset(content)
		b.code.reset()
		for from, last := 0, false; !last; {
			end := min(from+maxBlock, len(content))
			last = end == len(content)
			repeated := b.found.repeated
			b.found.find(from, end)
			var compressed bool
			if to, compressed = b.code.block(to, content[from:end], b.found.literals, b.found.list, last); !compressed {
				b.found.repeated = repeated
			}
			from = end
		}
		to = appendChecksum(to, content)
	}
	return to
}

// repeats finds what a frame repeats of a base. It follows the base from difference to
// difference, and finds the place where both go on alike by the field after the difference.
// A line that the base has elsewhere is compared with that one, and a new line with the line
// before it.
type repeats struct {
	sequences
	base   *Base
	in     []byte // of the frame
	at     int    // where the next repetition may start
	source int    // of what, as an offset in the base and in after it
	line   int    // start of the line of at
	before int    // start of the line before, -1 if unknown
	placed int    // line for which the line of the base was looked up
	// different has the last place + 1 of a difference by a hash of what follows there.
	different [1 << differentLog]uint32
	// last has the last place + 1 of a name of a field by the hash of its first eight bytes.
	last [1 << lastLog]uint32
}

const differentLog, lastLog = 14, 12

func (r *repeats) reset(in []byte) {
	r.in, r.at, r.line, r.before, r.placed = in, 0, 0, -1, -1
	r.repeated = firstRepeated
	clear(r.different[:])
	clear(r.last[:])
	if r.source >= len(r.base.text) {
		r.source = 0
	}
}

// from returns the text from a source on.
func (r *repeats) from(source int) []byte {
	if n := len(r.base.text); source >= n {
		return r.in[source-n:]
	}
	return r.base.text[source:]
}

// The shortest repetition that is worth a sequence, and the shortest difference for which one
// from elsewhere in the frame is.
const shortestRepeat, shortestDifference = 5, 4

// find fills list and literals for the bytes from and to these positions.
func (r *repeats) find(from, to int) {
	r.list, r.literals = r.list[:0], r.literals[:0]
	plain := from
	for r.at = max(r.at, from); r.at < to; {
		at, distance := r.at, len(r.base.text)+r.at-r.source
		n := 0
		if distance > 0 {
			n = alike(r.from(r.source), r.in[at:to])
		}
		if n >= shortestRepeat {
			r.add(r.in[plain:at], r.nearer(distance, n), n)
			plain = at + n
		}
		r.pass(n)
		if r.at >= to {
			break
		}
		different := r.at
		r.resume()
		if n, distance := r.again(different, to); n > 0 {
			r.add(r.in[plain:different], distance, n)
			plain = different + n
			r.pass(plain - r.at)
		}
	}
	r.literals = append(r.literals, r.in[min(plain, to):to]...)
}

// again returns the length and the distance of a repetition of the frame from a difference on,
// if there is one that reaches as far as the one of the base after the difference. Many rows
// have the same new value, such as a time or a window, and the same fields after it.
func (r *repeats) again(different, to int) (n, distance int) {
	const name = 2 // how far a name is from where resume stops
	if r.at-different < shortestDifference || r.at+name+8 > to {
		return 0, 0
	}
	// Neighbouring fields may have the same value: the name of the next one differs.
	last := &r.different[(load8(r.in, different)*prime1^load8(r.in, r.at+name))*prime2>>(64-differentLog)]
	source := int(*last) - 1
	*last = uint32(different + 1)
	if source < 0 {
		return 0, 0
	}
	n = alike(r.in[source:different], r.in[different:to])
	theirs, after := r.from(r.source), different+n-r.at
	if after < max(shortestRepeat, alike(theirs, r.in[r.at:to])) || after > len(theirs) {
		return 0, 0
	}
	return n, different - source
}

// nearer returns a distance at which the next n bytes are as they are at this one, in the
// base: a repeated distance, or a shorter one if they are few, such as the name of a field.
func (r *repeats) nearer(distance, n int) int {
	for _, d := range r.repeated {
		if int(d) == distance {
			return distance
		}
	}
	text := r.in[r.at : r.at+n]
	for _, d := range r.repeated {
		if source := len(r.base.text) + r.at - int(d); source >= 0 && alike(r.from(source), text) == n {
			return int(d)
		}
	}
	if n < 8 || n > longestName {
		return distance
	}
	last := &r.last[load8(text, 0)*prime1>>(64-lastLog)]
	source := int(*last) - 1
	*last = uint32(r.at + 1)
	if source < 0 || alike(r.in[source:r.at], text) < n {
		return distance
	}
	return r.at - source
}

// longestName is the length of the longest text that is looked up as the name of a field.
const longestName = 24

// alike returns how many bytes a and b have in common at their start.
func alike(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		if x := load8(a, i) ^ load8(b, i); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// pass passes bytes that are alike.
func (r *repeats) pass(n int) {
	end := r.at + n
	for r.source += n; ; {
		k := bytes.IndexByte(r.in[r.at:end], '\n')
		if k < 0 {
			r.at = end
			return
		}
		r.at += k + 1
		r.before, r.line = r.line, r.at
	}
}

// How far the place where both go on alike is searched: bytes, and fields.
const searchedBytes, searchedFields = 1 << 10, 16

// resume moves at and source from a difference to the place where both may go on alike.
func (r *repeats) resume() {
	if r.placed != r.line {
		if r.placed = r.line; r.place() {
			return
		}
	}
	ours := line(r.in[r.at:min(r.at+searchedBytes, len(r.in))])
	theirs := r.from(r.source)
	theirs = line(theirs[:min(searchedBytes, len(theirs))])
	for i, fields := 0, 0; i < len(ours) && fields < searchedFields; i++ {
		if ours[i] != ',' && ours[i] != '}' {
			continue
		}
		fields++
		name := ours[i:min(len(ours), i+32)]
		if n := bytes.IndexByte(name, ':'); n >= 0 {
			name = name[:n+1]
		}
		if k := bytes.Index(theirs, name); k > 0 || k == 0 && i > 0 {
			r.at += i
			r.source += k
			return
		}
	}
	r.before, r.line = r.line, r.at+len(ours)
	r.at += len(ours)
	r.source += len(theirs)
}

// place finds the line to compare this line with. It reports whether that line is as far
// alike as this one was read.
func (r *repeats) place() bool {
	known := r.at - r.line
	text := r.in[r.line:]
	if key := r.base.keyOf(text); len(key) > 0 {
		if _, start := r.base.slot(key); start >= 0 {
			if start == r.source-known {
				return false
			}
			n := min(alike(r.base.text[start:], text), known)
			r.source = start + n
			return n == known
		}
	}
	if r.before < 0 || alike(r.in[r.before:], text) <= known {
		return false
	}
	r.source = len(r.base.text) + r.before + known
	return true
}
