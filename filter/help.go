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
			if n := &stateNames[i]; !yield(n.name, n.set) {
				return
			}
		}
	}
}
