package snapshot

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"netstat"
)

// TestTroubles checks that each problem and error in a snapshot is reported once, and
// that a copy reports the same.
func TestTroubles(t *testing.T) {
	write := func(src netstat.Source) (text []byte, told []Trouble) {
		var b bytes.Buffer
		seen := map[string]bool{}
		err := Write(context.Background(), &b, src, fakeMeta, fakeNames{}, func(trouble Trouble) {
			told = append(told, trouble)
			if key := trouble.What + fakeTree(trouble.Err); seen[key] {
				t.Errorf("%s: %v is reported twice", trouble.What, trouble.Err)
			} else {
				seen[key] = true
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes(), told
	}
	text, told := write(newFakeHost())
	for _, want := range []struct {
		what    string
		cause   error
		partial bool
	}{
		{"tcp6", netstat.ErrIncomplete, false},
		{"udplite", errors.ErrUnsupported, false},
		{"routes of inet", netstat.ErrNoRoutes, false},
	} {
		found := false
		for _, trouble := range told {
			found = found || trouble.What == want.what && errors.Is(trouble.Err, want.cause) && trouble.Partial == want.partial
		}
		if !found {
			t.Errorf("%s: %v is not reported", want.what, want.cause)
		}
	}
	again, copied := write(open(t, text))
	if len(copied) != len(told) {
		t.Errorf("%d troubles of the host, %d of its snapshot", len(told), len(copied))
	}
	if _, third := write(open(t, again)); len(third) != len(told) {
		t.Errorf("%d troubles of the host, %d of a copy of its snapshot", len(told), len(third))
	}
}
