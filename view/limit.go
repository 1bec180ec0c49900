package view

import "iter"

// Limited yields at most limit records, all of them for 0, and ends reading
// with the last one. Errors do not count.
func Limited(records iter.Seq2[Record, error], limit int) iter.Seq2[Record, error] {
	if limit <= 0 {
		return records
	}
	return func(yield func(Record, error) bool) {
		left := limit
		for r, err := range records {
			if err == nil {
				left--
			}
			if !yield(r, err) || left == 0 {
				return
			}
		}
	}
}

// Count returns how many records there are. failed, where not nil, is told the
// errors.
func Count(records iter.Seq2[Record, error], failed func(error)) (n uint64) {
	for _, err := range records {
		switch {
		case err == nil:
			n++
		case failed != nil:
			failed(err)
		}
	}
	return n
}
