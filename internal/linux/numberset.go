package linux

import "math/bits"

// numberSet is a set of numbers. The kernel gives out inodes and cookies in
// runs, so that a slot holds 64 numbers in succession. The zero value is empty.
type numberSet struct {
	slots []numberRun // hash table with open addressing; its size is a power of two
	used  int         // number of slots in use
	n     int         // number of numbers
}

// numberRun has bit i set for the number 64*at+i. No bit is set in a free slot.
type numberRun struct{ at, bits uint64 }

// add adds a number and reports whether it was new.
func (s *numberSet) add(v uint64) bool {
	if 2*(s.used+1) > len(s.slots) {
		s.grow()
	}
	run, bit := s.slot(v/64), uint64(1)<<(v%64)
	if run.bits == 0 {
		run.at = v / 64
		s.used++
	}
	if run.bits&bit != 0 {
		return false
	}
	run.bits |= bit
	s.n++
	return true
}

// slot returns the slot of a run, or the free slot for it.
func (s *numberSet) slot(at uint64) *numberRun {
	const golden = 0x9e3779b97f4a7c15 // Fibonacci hashing
	mask := len(s.slots) - 1
	i := int(at * golden >> (64 - bits.Len(uint(mask))))
	for s.slots[i].bits != 0 && s.slots[i].at != at {
		i = (i + 1) & mask
	}
	return &s.slots[i]
}

func (s *numberSet) grow() {
	old := s.slots
	s.slots = make([]numberRun, max(256, 2*len(old)))
	for _, run := range old {
		if run.bits != 0 {
			*s.slot(run.at) = run
		}
	}
}
