package fact

import (
	"slices"
	"testing"
)

func TestNear(t *testing.T) {
	all := []string{"tcp", "tcp6", "udp", "columns", "count", "state"}
	for name, want := range map[string][]string{
		"colums":  {"columns"},
		"colunms": {"columns"}, // two letters swapped
		"tpc":     {"tcp"},
		"sta":     {"state"},
		"states":  {"state"},
		"tcp4":    {"tcp", "tcp6"},
		"xyz":     nil,
		"":        nil,
	} {
		if got := Near(name, all); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "ab", 2}, {"ab", "", 2}, {"abc", "abc", 0}, {"abc", "abd", 1},
		{"abc", "acb", 1}, {"ab", "ba", 1}, {"abcd", "badc", 2}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	} {
		if got := editDistance(c.a, c.b); got != c.want || editDistance(c.b, c.a) != c.want {
			t.Errorf("%q, %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestUnknownError(t *testing.T) {
	known := []string{"text", "json", "template=TEXT"}
	for name, want := range map[string]string{
		"JSN":      "unknown format 'JSN': did you mean json? (known: text, json, template=TEXT)",
		"templat":  "unknown format 'templat': did you mean template? (known: text, json, template=TEXT)",
		"whatever": "unknown format 'whatever' (known: text, json, template=TEXT)",
	} {
		if got := (&UnknownError{What: "format", Name: name, Known: known}).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
