package redact

import (
	_ "embed"
	"strings"
)

// knownWords are the words that say nothing of one host: names of directories, of users
// that distributions create, of widespread programs, units and container runtimes, and
// parts of such names. First names and words that sites choose must not be in the list.
//
//go:embed known.txt
var knownWords string

// messageWords are the words of the messages of this program and of systems. They are
// kept in messages outside paths.
//
//go:embed messages.txt
var messageWords string

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}
