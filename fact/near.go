package fact

import "strings"

// Near returns at most three of the names that are like another, the likeliest first:
// by few edits, or since one is the beginning of the other.
func Near(name string, all []string) []string {
	var near [3]string
	n := 0
	// limit is twice the number of edits, so that a prefix can rank in
	// between.
	for limit := range 6 {
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

// editDistance is how many letters have to be put in, taken out or replaced to
// make a of b; long words count as quite different.
func editDistance(a, b string) int {
	const limit = 32
	if len(a) >= limit || len(b) >= limit {
		return limit
	}
	var row [limit]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
