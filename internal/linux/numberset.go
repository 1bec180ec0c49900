package linux

import "math/bits"

// numberSet is a set of numbers other than 0. The zero value is empty.
type numberSet struct {
	slots []uint64 // hash table with open addressing; its size is a power of two
	n     int
}

// add adds a number and reports whether it was new.
func (s *numberSet) add(v uint64) bool {
	if 2*(s.n+1) > len(s.slots) {
		s.grow()
	}
	at := s.slot(v)
	if s.slots[at] == v {
		return false
	}
	s.slots[at] = v
	s.n++
	return true
}

// slot returns the index of v, or of the free slot for v.
func (s *numberSet) slot(v uint64) int {
	const golden = 0x9e3779b97f4a7c15 // Fibonacci hashing
	mask := len(s.slots) - 1
	at := int(v * golden >> (64 - bits.Len(uint(mask))))
	for s.slots[at] != 0 && s.slots[at] != v {
		at = (at + 1) & mask
	}
	return at
}

func (s *numberSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(1024, 2*len(old)))
	for _, v := range old {
		if v != 0 {
			s.slots[s.slot(v)] = v
		}
	}
}
