package options

import (
	"slices"
	"strings"
	"time"
)

// JoinSnapshots joins --diff or --delta and the snapshots after it, two or, after
// --diff=OLD, one, into one word. After --diagnose it makes such words of --diff. It returns args unchanged
// if there is nothing to join.
func JoinSnapshots(args []string) []string {
	for i, word := range args {
		if word == "--" {
			break
		}
		name, value, hasValue := strings.Cut(word, "=")
		diagnose := strings.EqualFold(name, "--diagnose")
		if !diagnose && !strings.EqualFold(name, "--diff") && !strings.EqualFold(name, "--delta") {
			continue
		}
		joined := slices.Clone(args[:i])
		wanted := 2
		if diagnose {
			joined, name = append(joined, word), "--diff"
		} else if hasValue {
			joined = append(joined, word)
			wanted = 1
		}
		before := len(joined)
		rest := args[i+1:]
		for ; wanted > 0 && len(rest) > 0 && namesSnapshot(rest[0]); wanted-- {
			joined = append(joined, name+"="+rest[0])
			rest = rest[1:]
		}
		if len(joined) == before && (!hasValue || diagnose) || !diagnose && hasValue && value == "" {
			return args
		}
		return append(joined, rest...)
	}
	return args
}

// namesSnapshot reports whether a word after such an option is a file: neither an
// option of any dialect nor an interval. A word that begins with a slash is a
// file only if it has another slash or a dot, since "/an" are Windows options.
func namesSnapshot(word string) bool {
	if word == "-" {
		return true
	}
	if _, _, number := Seconds(word); number || word == "" || word[0] == '-' {
		return false
	}
	return word[0] != '/' || strings.ContainsAny(word[1:], "/.")
}

// Hyphens returns a word that begins with an en dash or an em dash with the hyphens that
// were typed before a word processor or a web page replaced them: two if the name of a
// long option follows, or at least three letters that begin one, otherwise one. long
// reports whether a dialect has a long option of its own that begins with a name. A word
// without such a dash stays as it is.
func Hyphens(word string, long func(name string) bool) string {
	rest, dash := strings.CutPrefix(word, "–")
	if !dash {
		if rest, dash = strings.CutPrefix(word, "—"); !dash {
			return word
		}
	}
	name, _, _ := strings.Cut(rest, "=")
	found, _ := Find(strings.ToLower(name))
	switch {
	case rest == "":
		return word
	case found != nil && strings.EqualFold(found.Name, name), len(name) > 2 && (found != nil || long(name)):
		return "--" + rest
	}
	return "-" + rest
}

// recordOptions lists the options that determine what --snapshot saves and how.
var recordOptions = [...]string{"snapshot", "redact", "replay", "at", "netns", "dialect", "resolve-timeout"}

// roundOptions lists those that determine what --record saves and how.
var roundOptions = [...]string{"record", "keep", "redact", "limit", "netns", "dialect", "resolve-timeout"}

// BesideSnapshot returns the first word that is neither one of recordOptions
// nor its value, or "" if there is none: options that choose or show rows have
// no effect on --snapshot. classic reports whether a long option is one of the
// dialect's own.
func BesideSnapshot(words []string, classic func(name string) bool) string {
	return beside(words, classic, recordOptions[:])
}

// BesideRecord is like BesideSnapshot for --record, which may have an interval.
func BesideRecord(words []string, classic func(name string) bool) string {
	for {
		word := beside(words, classic, roundOptions[:])
		_, ok, number := Seconds(word)
		if word == "" || (!ok || !number) && word != "-c" && word != "--continuous" {
			return word
		}
		words = words[slices.Index(words, word)+1:]
	}
}

func beside(words []string, classic func(name string) bool, known []string) string {
	for i := 0; i < len(words); i++ {
		text, long := strings.CutPrefix(words[i], "--")
		name, _, hasValue := strings.Cut(text, "=")
		// A single letter is a classic option.
		o, rivals := Find(strings.ToLower(name))
		if !long || len(name) < 2 || o == nil || rivals != nil || classic(name) || !slices.Contains(known, o.Name) {
			return words[i]
		}
		if o.Argument != "" && !o.Optional && !hasValue {
			i++
		}
	}
	return ""
}

// NameTimeout returns how long each report waits for names. 0 means the
// default, a negative value no waiting.
func (o *Options) NameTimeout() time.Duration {
	if o.ResolveTimeoutSet && o.ResolveTimeout == 0 {
		return -1
	}
	return o.ResolveTimeout
}
