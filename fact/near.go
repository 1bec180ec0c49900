package fact

import "strings"

// Near returns at most three of the names that are like another, the likeliest first:
// by few edits, or since one is the beginning of the other. Where one differs by a single
// edit, farther ones are left out.
func Near(name string, all []string) []string {
	var near [3]string
	n := 0
	// limit is twice the number of edits, so that a prefix can rank in
	// between.
	for limit := range 6 {
		if limit > 2 && n > 0 {
			break
		}
		for _, c := range all {
			distance := 2 * editDistance(name, c)
			if len(name) >= 3 && strings.HasPrefix(c, name) {
				distance = min(distance, 2)
			} else if c != "" && strings.HasPrefix(name, c) {
				distance = min(distance, 5)
			}
			if distance == limit && distance/2*2 <= len(name) && n < len(near) {
				near[n] = c
				n++
			}
		}
	}
	return near[:n]
}

// editDistance is how many letters have to be put in, taken out or replaced, or swapped
// with the next, to make a of b; long words count as quite different.
func editDistance(a, b string) int {
	const limit = 32
	if len(a) >= limit || len(b) >= limit {
		return limit
	}
	var row, above [limit]int // of the letter of a, and of the one before it
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		before := row
		row[0] = i + 1
		for j := range len(b) {
			replaced := before[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, before[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], above[j-1]+1)
			}
		}
		above = before
	}
	return row[len(b)]
}
