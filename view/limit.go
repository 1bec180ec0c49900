package view

import (
	"iter"

	"netstat/fact"
)

// limited yields at most limit records, or all for 0, and stops reading after
// the last one. Errors do not count.
func limited(rows records, limit int) records {
	if limit <= 0 {
		return rows
	}
	return func(yield func(*fact.Record, error) bool) {
		left := limit
		for r, err := range rows {
			if err == nil {
				left--
			}
			if !yield(r, err) || left == 0 {
				return
			}
		}
	}
}

// Count returns the number of rows or records. If failed is not nil, it is
// called with each error.
func Count[R any](rows iter.Seq2[R, error], failed func(error)) (n uint64) {
	for _, err := range rows {
		switch {
		case err == nil:
			n++
		case failed != nil:
			failed(err)
		}
	}
	return n
}
