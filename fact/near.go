package fact

import "strings"

// UnknownError is a name that means nothing where one of a few is expected.
type UnknownError struct {
	What string // of what it should be a name: "format"
	Name string
	// Known are all names there are, in the order of help texts. What follows "=" is
	// an argument.
	Known []string
}

// Error is one line: the nearest names, and all of them.
func (e *UnknownError) Error() string {
	names := make([]string, len(e.Known))
	for i, name := range e.Known {
		names[i], _, _ = strings.Cut(name, "=")
	}
	return "unknown " + e.What + " '" + e.Name + "'" + DidYouMean(Near(strings.ToLower(e.Name), names)) +
		" (known: " + strings.Join(e.Known, ", ") + ")"
}

// DidYouMean returns the end of a message, ": did you mean a, b or c?", and "" for no
// names.
func DidYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": did you mean " + Or(names) + "?"
}

// Or returns "a, b or c".
func Or(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// Near returns at most three of the names that are most like another: by few edits, or
// since one is the beginning of the other.
func Near(name string, all []string) []string {
	var near [3]string
	n := 0
	// Twice the number of edits, so that a beginning can stand between.
	for limit := range 6 {
		if n > 0 && limit%2 == 0 {
			break // what follows takes one edit more
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

// editDistance is how many letters have to be put in, taken out, replaced or swapped
// with the next one to make a of b; long words count as quite different.
func editDistance(a, b string) int {
	const limit = 32
	if len(a) >= limit || len(b) >= limit {
		return limit
	}
	// The rows of a[:i-1], a[:i] and a[:i+1], which take turns.
	var rows [3][limit]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := range len(a) {
		above, row, swapped := &rows[i%3], &rows[(i+1)%3], &rows[(i+2)%3]
		row[0] = i + 1
		for j := range len(b) {
			replaced := above[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, row[j]+1, above[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], swapped[j-1]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
