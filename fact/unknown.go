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
