package live

import (
	"testing"
	"time"
)

// patience limits the wait for what other programs and the kernel do asynchronously.
const patience = time.Minute

// Await waits until met returns true. After a minute the test fails, and says what it has
// waited for.
func Await(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
