package linux

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestNumberSet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, number := range map[string]func(i int) uint64{
		"in succession": func(i int) uint64 { return uint64(i) },
		"near":          func(int) uint64 { return random.Uint64N(1 << 17) },
		"far":           func(int) uint64 { return random.Uint64() },
		"largest":       func(i int) uint64 { return math.MaxUint64 - uint64(i)/2 },
	} {
		var s numberSet
		want := map[uint64]bool{}
		for i := range 50000 {
			v := number(i)
			if added := s.add(v); added == want[v] {
				t.Fatalf("%s: %d added %v after %d numbers", name, v, added, len(want))
			}
			if want[v] = true; s.n != len(want) {
				t.Fatalf("%s: counted %d of %d", name, s.n, len(want))
			}
		}
	}
}
