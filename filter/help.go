package filter

import (
	"iter"

	"netstat"
)

// States yields every name of states that an expression can have, with the states that
// it means, for help texts.
func States() iter.Seq2[string, netstat.StateSet] {
	return func(yield func(string, netstat.StateSet) bool) {
		for i := range stateNames {
			n := &stateNames[i]
			for _, name := range append([]string{n.name}, n.also...) {
				if !yield(name, n.set) {
					return
				}
			}
		}
	}
}
