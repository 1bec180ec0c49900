package filter

import (
	"iter"

	"netstat"
)

// States yields every state name that an expression accepts, with the states that it
// means, for help texts.
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
