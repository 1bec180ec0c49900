package zstd

import "encoding/binary"

// Sequences of a block, RFC 8878 section 3.1.1.3.2: literals and a match each.

const (
	ofLiterals = iota
	ofOffsets
	ofMatches
)

// wide is the number of bytes that a short copy copies, where there is room, whatever its
// length.
const wide = 16

// sequenceTable is a table for decoding the codes of sequences.
type sequenceTable struct {
	log   uint8
	state [1 << maxTableLog]sequenceState
}

// sequenceState is what a state stands for and leads to: a value of base plus the extra
// bits, and the state of next plus the bits.
type sequenceState struct {
	base        uint32
	next        uint16
	extra, bits uint8
}

// valueOf returns the values that a code of one kind stands for.
func valueOf(kind int, symbol uint8) code {
	switch kind {
	case ofLiterals:
		return literalCodes[symbol]
	case ofMatches:
		return matchCodes[symbol]
	}
	return code{1 << (symbol & 31), symbol}
}

func (t *sequenceTable) build(kind int, distribution []int16, log uint8) {
	var codes states
	codes.build(distribution, log)
	t.log = log
	for i, s := range codes.state[:1<<log] {
		v := valueOf(kind, s.symbol)
		t.state[i] = sequenceState{v.base, s.base, v.bits, s.bits}
	}
}

// single makes a table of one symbol.
func (t *sequenceTable) single(kind int, symbol uint8) {
	v := valueOf(kind, symbol)
	t.log = 0
	t.state[0] = sequenceState{base: v.base, extra: v.bits}
}

// readTable prepares the table of one of the codes of sequences and returns the length of
// its description.
func (r *Reader) readTable(kind int, mode uint8, b []byte) (length int, ok bool) {
	t := &r.table[kind]
	limit, maxLog := len(literalCodes), uint8(lengthMaxLog)
	switch kind {
	case ofOffsets:
		limit, maxLog = 32, offsetMaxLog
	case ofMatches:
		limit = len(matchCodes)
	}
	switch mode {
	case modePredefined:
		switch kind {
		case ofLiterals:
			t.build(kind, literalDefault[:], lengthDefaultLog)
		case ofOffsets:
			t.build(kind, offsetDefault[:], offsetDefaultLog)
		default:
			t.build(kind, matchDefault[:], lengthDefaultLog)
		}
	case modeRLE:
		if len(b) == 0 || int(b[0]) >= limit {
			return 0, false
		}
		t.single(kind, b[0])
		length = 1
	case modeFSE:
		var list [64]int16
		shares, log, n, ok := readDistribution(b, list[:0:limit], maxLog)
		if !ok {
			return 0, false
		}
		t.build(kind, shares, log)
		length = n
	default:
		return 0, r.known[kind]
	}
	r.known[kind] = true
	return length, true
}

// sequences decodes and carries out sequences.
func (r *Reader) sequences(b []byte, count int) bool {
	var in backward
	if !in.open(b) {
		return false
	}
	byLiterals, byOffset, byMatch := &r.table[ofLiterals], &r.table[ofOffsets], &r.table[ofMatches]
	literal, offset, match := in.take(byLiterals.log), in.take(byOffset.log), in.take(byMatch.log)
	if in.over {
		return false
	}
	// What follows is most of the time of a Reader, so it keeps the state of the bits in
	// local variables. Bits of have below the n loaded ones are those that follow them, or
	// zeros.
	have, n, rest := in.have, int(in.n), in.b
	last0, last1, last2 := r.repeated[0], r.repeated[1], r.repeated[2]
	literals, from := r.literals, len(r.out)
	// Short copies may read literals past their end.
	spare := literals[:min(len(literals)+wide, cap(literals))]
	out, at, used, start := r.out[:min(from+maxBlock, cap(r.out))], from, 0, r.start
	window := int(r.frame.window)
	for ; count > 0; count-- {
		l, o, m := &byLiterals.state[literal%(1<<maxTableLog)], &byOffset.state[offset%(1<<maxTableLog)], &byMatch.state[match%(1<<maxTableLog)]
		if o.extra > maxOffsetCode {
			return false
		}
		// An offset and two lengths have at most 24 + 16 + 16 bits.
		if len(rest) >= 8 {
			have |= binary.LittleEndian.Uint64(rest[len(rest)-8:]) >> (uint(n) % 64)
			rest = rest[:len(rest)-(63-n)>>3]
			n |= 56
		} else {
			have, n, rest = fill(have, n, rest)
		}
		value := o.base + uint32(have>>1>>((63-o.extra)%64))
		have <<= o.extra % 64
		long := int(m.base + uint32(have>>1>>((63-m.extra)%64)))
		have <<= m.extra % 64
		plain := int(l.base + uint32(have>>1>>((63-l.extra)%64)))
		have <<= l.extra % 64
		if n -= int(o.extra) + int(m.extra) + int(l.extra); n < 0 {
			return false
		}
		if count > 1 {
			if n < 2*lengthMaxLog+offsetMaxLog {
				have, n, rest = fill(have, n, rest)
			}
			literal = uint32(l.next) + uint32(have>>1>>((63-l.bits)%64))
			have <<= l.bits % 64
			match = uint32(m.next) + uint32(have>>1>>((63-m.bits)%64))
			have <<= m.bits % 64
			offset = uint32(o.next) + uint32(have>>1>>((63-o.bits)%64))
			have <<= o.bits % 64
			if n -= int(l.bits) + int(m.bits) + int(o.bits); n < 0 {
				return false
			}
		}
		// The offset may name one of the last three distances.
		distance := value - 3
		if value <= 3 {
			if plain == 0 {
				value++
			}
			switch value {
			case 1:
				distance = last0
			case 2:
				distance, last1 = last1, last0
			case 3:
				distance, last1, last2 = last2, last0, last1
			default:
				distance, last1, last2 = last0-1, last0, last1
			}
		} else {
			last1, last2 = last0, last1
		}
		last0 = distance

		if plain > len(literals)-used || plain+long > len(out)-at {
			return false
		}
		if plain <= wide && used+wide <= len(spare) && at+wide <= len(out) {
			copyWide(out[at:], spare[used:])
		} else {
			copy(out[at:], literals[used:used+plain])
		}
		at += plain
		used += plain
		back := int(distance)
		if back > at-start {
			n := r.copyBase(out, at, from, back-(at-start), long)
			if n == 0 {
				return false
			}
			at += n
			if long -= n; long == 0 {
				continue
			}
		} else if back == 0 || back > window {
			return false
		}
		source, end := at-back, at+long
		switch {
		case long <= wide && back >= wide && at+wide <= len(out):
			copyWide(out[at:], out[source:])
			at = end
		case back >= long:
			copy(out[at:end], out[source:source+long])
			at = end
		default:
			for at < end {
				at += copy(out[at:end], out[source:at])
			}
		}
	}
	if n != 0 || len(rest) != 0 || len(literals)-used > len(out)-at {
		return false
	}
	at += copy(out[at:], literals[used:])
	r.out = out[:at]
	r.repeated = [3]uint32{last0, last1, last2}
	return true
}

// copyBase copies the start of a match that begins so many bytes before the frame, in the
// base. It returns their number, 0 if there is no such match: the base is out of reach once
// the frame is longer than its window. out[from] is the first byte of the block.
func (r *Reader) copyBase(out []byte, at, from, past, long int) int {
	inFrame := r.size + uint64(at-from)
	if past > len(r.base) || inFrame != uint64(at-r.start) || inFrame > r.frame.window {
		return 0
	}
	return copy(out[at:at+min(long, past)], r.base[len(r.base)-past:])
}

// fill loads bits until n is 56 or more, or none is left.
func fill(have uint64, n int, rest []byte) (uint64, int, []byte) {
	for n < 56 && len(rest) > 0 {
		have |= uint64(rest[len(rest)-1]) << (uint(56-n) % 64)
		n += 8
		rest = rest[:len(rest)-1]
	}
	return have, n, rest
}

// copyWide copies the first bytes of from, so many as a short copy copies.
func copyWide(to, from []byte) {
	a, b := binary.LittleEndian.Uint64(from), binary.LittleEndian.Uint64(from[8:])
	binary.LittleEndian.PutUint64(to, a)
	binary.LittleEndian.PutUint64(to[8:], b)
}
