package zstd

// sequences decodes and carries out sequences: literals and a match each.
func (r *Reader) sequences(b []byte, count int) bool {
	var in backward
	if !in.open(b) {
		return false
	}
	byLiterals, byOffset, byMatch := &r.table[ofLiterals], &r.table[ofOffsets], &r.table[ofMatches]
	literal, offset, match := in.take(byLiterals.log), in.take(byOffset.log), in.take(byMatch.log)
	literals, from := r.literals, len(r.out)
	out, at := r.out[:min(from+maxBlock, cap(r.out))], from
	window := int(r.frame.window)
	for ; count > 0; count-- {
		l, o, m := &byLiterals.state[literal], &byOffset.state[offset], &byMatch.state[match]
		if o.symbol > maxOffsetCode {
			return false
		}
		distance := uint32(1)<<o.symbol + in.take(o.symbol)
		long := int(matchCodes[m.symbol].base + in.take(matchCodes[m.symbol].bits))
		plain := int(literalCodes[l.symbol].base + in.take(literalCodes[l.symbol].bits))
		if count > 1 {
			literal = uint32(l.base) + in.take(l.bits)
			match = uint32(m.base) + in.take(m.bits)
			offset = uint32(o.base) + in.take(o.bits)
		}
		distance = r.distance(distance, plain == 0)
		if plain > len(literals) || plain+long > len(out)-at {
			return false
		}
		at += copy(out[at:], literals[:plain])
		literals = literals[plain:]
		back := int(distance)
		if back > at {
			// The bytes of the frame so far, and before them the base. It is out of reach
			// once the frame is longer than its window.
			past := back - at
			if past > len(r.base) || r.size+uint64(at-from) != uint64(at) || at > window {
				return false
			}
			n := copy(out[at:at+min(long, past)], r.base[len(r.base)-past:])
			at += n
			long -= n
		} else if back == 0 || back > window {
			return false
		}
		for source, end := at-back, at+long; at < end; {
			at += copy(out[at:end], out[source:at])
		}
	}
	if !in.done() || len(literals) > len(out)-at {
		return false
	}
	at += copy(out[at:], literals)
	r.out = out[:at]
	return true
}

// distance returns the distance that an offset value means: it may name one of the last
// three.
func (r *Reader) distance(value uint32, noLiterals bool) uint32 {
	if value > 3 {
		r.repeated = [3]uint32{value - 3, r.repeated[0], r.repeated[1]}
		return value - 3
	}
	if noLiterals {
		value++
	}
	switch last := r.repeated; value {
	case 1:
	case 2:
		r.repeated = [3]uint32{last[1], last[0], last[2]}
	case 3:
		r.repeated = [3]uint32{last[2], last[0], last[1]}
	default:
		r.repeated = [3]uint32{last[0] - 1, last[0], last[1]}
	}
	return r.repeated[0]
}
