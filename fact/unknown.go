package fact

import "strings"

// UnknownError reports a name that is none of a few known ones.
type UnknownError struct {
	What string // what the name should name: "format"
	Name string
	// Known lists all accepted names in the order of help texts. A "=" begins an
	// argument.
	Known []string
	// Help is the option that lists the names. The error then does not; "" is none.
	Help string
}

// Error returns one line with the nearest names and all known names.
func (e *UnknownError) Error() string {
	names := make([]string, len(e.Known))
	for i, name := range e.Known {
		names[i], _, _ = strings.Cut(name, "=")
	}
	text := "unknown " + e.What + " '" + e.Name + "'" + DidYouMean(Near(strings.ToLower(e.Name), names))
	if e.Help != "" {
		return text + " (" + e.Help + " lists them)"
	}
	return text + " (known: " + strings.Join(e.Known, ", ") + ")"
}

// DidYouMean returns the end of a message, ": did you mean a, b or c?", or "" for no
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
