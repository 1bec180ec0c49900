package render

import (
	"testing"

	"netstat/fact"
)

// TestCellOfSeveral checks that a cell has one value for several that are shown alike, and
// otherwise all of them in their order.
func TestCellOfSeveral(t *testing.T) {
	text := func(s string) fact.Value { return fact.Value{Kind: fact.ValueText, Text: s} }
	number := func(k fact.ValueKind, n uint64) fact.Value { return fact.Value{Kind: k, Number: n} }
	for _, c := range []struct {
		values []fact.Value
		want   string
	}{
		{[]fact.Value{text("nginx")}, "nginx"},
		{[]fact.Value{text("nginx"), text("nginx"), text("nginx")}, "nginx"},
		{[]fact.Value{text("nginx"), text("nginx2"), text("nginx")}, "nginx,nginx2,nginx"},
		{[]fact.Value{number(fact.ValueDuration, 21_000_000_001), number(fact.ValueDuration, 21_000_400_000)}, "21s"},
		{[]fact.Value{number(fact.ValueNumber, 7), number(fact.ValueNumber, 8)}, "7,8"},
	} {
		several := fact.Fact{All: func(_ *fact.Record, list []fact.Value) []fact.Value { return append(list, c.values...) }}
		got, _ := appendCell([]byte("x"), &several, nil, nil)
		if string(got) != "x"+c.want {
			t.Errorf("%q, want %q", got, "x"+c.want)
		}
	}
}
