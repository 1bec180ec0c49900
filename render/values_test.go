package render

import (
	"testing"

	"netstat/fact"
)

// TestRepeats: a cell has a text once, and a duration or time once if it is shown the same.
func TestRepeats(t *testing.T) {
	text := func(s string) fact.Value { return fact.Value{Kind: fact.ValueText, Text: s} }
	number := func(k fact.ValueKind, n uint64) fact.Value { return fact.Value{Kind: k, Number: n} }
	for _, c := range []struct {
		before, value fact.Value
		want          bool
	}{
		{text("nginx"), text("nginx"), true},
		{text("nginx"), text("nginx2"), false},
		{number(fact.ValueDuration, 21_000_000_001), number(fact.ValueDuration, 21_000_400_000), true},
		{number(fact.ValueDuration, 21_000_000_000), number(fact.ValueDuration, 22_000_000_000), false},
		{number(fact.ValueTime, 21_000_000_000), number(fact.ValueTime, 21_300_000_000), true},
		{number(fact.ValueTime, 21_000_000_000), number(fact.ValueTime, 22_300_000_000), false},
		{number(fact.ValueNumber, 7), number(fact.ValueNumber, 7), false},
	} {
		if got := repeats([]fact.Value{c.before}, &c.value); got != c.want {
			t.Errorf("%v after %v: %v, want %v", c.value, c.before, got, c.want)
		}
	}
}
