package fact

import "strings"

// Near returns at most three of the names that resemble name, the most similar first.
// Names are similar if they differ by few edits or if one is the beginning of the other.
// If some name differs by a single edit, Near leaves out less similar ones.
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

// editDistance returns the number of letters to insert, delete, replace or swap with the
// next one to turn b into a. Long words count as entirely different.
func editDistance(a, b string) int {
	const limit = 32
	if len(a) >= limit || len(b) >= limit {
		return limit
	}
	var row, above [limit]int // rows of the current letter of a and of the one before it
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
