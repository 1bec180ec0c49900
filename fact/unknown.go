package fact

import "strings"

// UnknownError reports a name that is none of a few known ones.
type UnknownError struct {
	What string // what the name should name: "format"
	// Chinese is What in Chinese, "" if the error is in English only.
	Chinese string
	Name    string
	// Known lists all accepted names in the order of help texts. A "=" begins an
	// argument.
	Known []string
	// Help is the option that lists the names. The error then does not; "" is none.
	Help string
}

// Error returns Text in English.
func (e *UnknownError) Error() string { return e.Text(false) }

// Text returns one line in Chinese or in English, with the nearest names and all known
// names.
func (e *UnknownError) Text(chinese bool) string {
	names := make([]string, len(e.Known))
	for i, name := range e.Known {
		names[i], _, _ = strings.Cut(name, "=")
	}
	near := Near(strings.ToLower(e.Name), names)
	if chinese && e.Chinese != "" {
		text := "未知" + e.Chinese + " '" + e.Name + "'"
		if len(near) > 0 {
			text += ": 是否指 " + strings.Join(near, "、") + "？"
		}
		return text + "（可用: " + strings.Join(e.Known, "、") + "）"
	}
	text := "unknown " + e.What + " '" + e.Name + "'" + DidYouMean(near)
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
