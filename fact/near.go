package fact

import "strings"

// nearNames returns at most three names that are like one that is none: by few
// edits, or since one is the beginning of the other.
func nearNames(name string, all []string) []string {
	var near [3]string
	n := 0
	for limit := range 3 {
		for _, c := range all {
			distance := editDistance(name, c)
			if len(name) >= 3 && strings.HasPrefix(c, name) {
				distance = min(distance, 1)
			} else if strings.HasPrefix(name, c) {
				distance = min(distance, 2)
			}
			if distance == limit && distance*2 <= len(name) && n < len(near) {
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
