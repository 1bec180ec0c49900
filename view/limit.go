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

// leaving is like limited, but reads all rows, and sets left, if it is not nil, to the
// number of those that it does not yield.
func leaving(rows records, limit int, left *uint64) records {
	return func(yield func(*fact.Record, error) bool) {
		n := uint64(0)
		for r, err := range rows {
			if err == nil {
				n++
			}
			if (err != nil || limit <= 0 || n <= uint64(limit)) && !yield(r, err) {
				return
			}
		}
		setLeft(left, n, limit)
	}
}

// sortedLeaving is like sorted, and sets left as leaving does.
func sortedLeaving(rows records, keys []SortKey, limit int, left *uint64) records {
	return func(yield func(*fact.Record, error) bool) {
		n := uint64(0)
		counted := func(yield func(*fact.Record, error) bool) {
			for r, err := range rows {
				if err == nil {
					n++
				}
				if !yield(r, err) {
					return
				}
			}
		}
		for r, err := range sorted(counted, keys, limit) {
			if !yield(r, err) {
				return
			}
		}
		setLeft(left, n, limit)
	}
}

// setLeft sets left to the number of n rows that are beyond the limit.
func setLeft(left *uint64, n uint64, limit int) {
	if left == nil {
		return
	}
	if *left = 0; limit > 0 && n > uint64(limit) {
		*left = n - uint64(limit)
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
