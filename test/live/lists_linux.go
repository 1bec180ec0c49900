package live

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Compare requires that two lists have the same lines the same number of times. want holds
// the numbers of another program's lines, and got those of this one.
func Compare(t *testing.T, program string, want, got map[string]int) {
	t.Helper()
	shown := 0
	for _, line := range slices.Sorted(maps.Keys(want)) {
		if got[line] != want[line] && shown < 10 {
			shown++
			t.Errorf("%d times, want %d: %s", got[line], want[line], line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(got)) {
		if want[line] == 0 && shown < 20 {
			shown++
			t.Errorf("%s does not list: %s", program, line)
		}
	}
}

// Decode decodes JSON, whose numbers keep their digits.
func Decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return v
}

// Text returns a value that Decode returned as text, "" for none.
func Text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
