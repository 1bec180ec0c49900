package options

import (
	"slices"
	"strings"
	"time"
)

// JoinDiff makes one word of --diff and each of the recordings behind it: two,
// or after --diff=OLD one. It returns args
// themselves where there is nothing to join.
func JoinDiff(args []string) []string {
	for i, word := range args {
		if word == "--" {
			break
		}
		name, value, hasValue := strings.Cut(word, "=")
		if !strings.EqualFold(name, "--diff") {
			continue
		}
		joined := slices.Clone(args[:i])
		wanted := 2
		if hasValue {
			joined = append(joined, word)
			wanted = 1
		}
		rest := args[i+1:]
		for ; wanted > 0 && len(rest) > 0 && namesRecording(rest[0]); wanted-- {
			joined = append(joined, name+"="+rest[0])
			rest = rest[1:]
		}
		if len(joined) == i || hasValue && value == "" {
			return args
		}
		return append(joined, rest...)
	}
	return args
}

// namesRecording reports whether a word behind --diff is a file: neither an
// option of any dialect nor an interval. A path from the root is one if it goes
// on, or has a dot, since "/an" are options of Windows.
func namesRecording(word string) bool {
	if word == "-" {
		return true
	}
	if _, _, number := Seconds(word); number || word == "" || word[0] == '-' {
		return false
	}
	return word[0] != '/' || strings.ContainsAny(word[1:], "/.")
}

// recordOptions are the options that say what --snapshot records, and how.
var recordOptions = [...]string{"snapshot", "replay", "netns", "dialect", "resolve-timeout"}

// BesideSnapshot returns the first word that is neither one of recordOptions nor its
// value, empty for none: beside
// --snapshot, what chooses or shows rows has no effect. classic reports whether a long
// option is one of the dialect's own.
func BesideSnapshot(words []string, classic func(name string) bool) string {
	for i := 0; i < len(words); i++ {
		text, long := strings.CutPrefix(words[i], "--")
		name, _, hasValue := strings.Cut(text, "=")
		// A single letter means one of the classic options.
		o, rivals := Find(strings.ToLower(name))
		if !long || len(name) < 2 || o == nil || rivals != nil || classic(name) || !slices.Contains(recordOptions[:], o.Name) {
			return words[i]
		}
		if o.Argument != "" && !o.Optional && !hasValue {
			i++
		}
	}
	return ""
}

// NameTimeout returns how long to wait for names in each report: 0 means the
// default, less than 0 no waiting.
func (o *Options) NameTimeout() time.Duration {
	if o.ResolveTimeoutSet && o.ResolveTimeout == 0 {
		return -1
	}
	return o.ResolveTimeout
}
