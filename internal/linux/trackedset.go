package linux

import (
	"hash/maphash"
	"math/bits"
)

// trackedSeen remembers the entries that a dump has listed.
//
// A dump lists an entry again only if the kernel begins a bucket of its hash table again,
// so it suffices to remember as many entries as one bucket has. A repeated dump lists all
// of them again.
type trackedSeen struct {
	seed maphash.Seed
	keys []uint64 // of all entries
	// latest are sets of the last entries, up to latestTracked each: the newer one first.
	latest [2]*trackedSet
	whole  *trackedSet // all entries; nil while the latest suffice
}

// latestTracked is more than the entries of a bucket, unless there are more than
// crowdedTracked to a bucket on average. Since Linux 5.15 a bucket has at most 80.
const (
	latestTracked  = 1024
	crowdedTracked = 8
)

// newTrackedSeen returns an empty trackedSeen with room for n entries. latest reports
// whether the latest entries suffice to recognize those that come again.
func newTrackedSeen(n uint32, latest bool) *trackedSeen {
	const most = 1 << 20 // more come one by one
	n = min(n, most)
	s := &trackedSeen{seed: maphash.MakeSeed(), keys: make([]uint64, 0, n)}
	if !latest || n <= latestTracked {
		s.whole = newTrackedSet(n)
		return s
	}
	for i := range s.latest {
		s.latest[i] = newTrackedSet(latestTracked)
	}
	return s
}

// add reports whether an entry is new, and remembers it. The tuple, the number and the
// zone identify an entry. The hash of the tuple is keyed, so that nobody can choose ports
// to make one connection look like another.
func (s *trackedSeen) add(tuple []byte, id uint32, zone uint16) bool {
	key := max(maphash.Bytes(s.seed, tuple)^(uint64(id)<<16|uint64(zone)), 1)
	switch {
	case s.whole != nil:
		if !s.whole.add(key) {
			return false
		}
	case s.latest[1].has(key) || !s.latest[0].add(key):
		return false
	case s.latest[0].used == latestTracked:
		s.latest[0], s.latest[1] = s.latest[1], s.latest[0]
		s.latest[0].clear()
	}
	s.keys = append(s.keys, key)
	return true
}

// again prepares for another dump of the same entries.
func (s *trackedSeen) again() {
	if s.whole != nil {
		return
	}
	s.whole = newTrackedSet(uint32(len(s.keys)))
	for _, key := range s.keys {
		s.whole.add(key)
	}
}

// trackedSet is a set of numbers other than 0, a hash table with open addressing. The
// numbers are hashes already.
type trackedSet struct {
	keys []uint64 // as many as a power of two
	used int
}

// newTrackedSet returns a set with room for n numbers.
func newTrackedSet(n uint32) *trackedSet {
	const least = 8
	return &trackedSet{keys: make([]uint64, 1<<max(bits.Len32(n+n/4), least))}
}

func (s *trackedSet) clear() {
	clear(s.keys)
	s.used = 0
}

func (s *trackedSet) has(key uint64) bool { return *s.slot(key) != 0 }

// add reports whether a number is new, and adds it.
func (s *trackedSet) add(key uint64) bool {
	slot := s.slot(key)
	if *slot != 0 {
		return false
	}
	*slot = key
	if s.used++; s.used > len(s.keys)/8*7 {
		old := s.keys
		s.keys = make([]uint64, 2*len(old))
		for _, key := range old {
			if key != 0 {
				*s.slot(key) = key
			}
		}
	}
	return true
}

// slot returns the place of a number, or where to put it.
func (s *trackedSet) slot(key uint64) *uint64 {
	mask := uint64(len(s.keys) - 1)
	for at := key & mask; ; at = (at + 1) & mask {
		if k := &s.keys[at]; *k == key || *k == 0 {
			return k
		}
	}
}
