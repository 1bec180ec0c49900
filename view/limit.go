package view

import (
	"iter"

	"netstat/fact"
)

// limited yields at most limit records, all of them for 0, and ends reading
// with the last one. Errors do not count.
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

// Count returns how many rows or records there are. failed, where not nil, is told the
// errors.
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
