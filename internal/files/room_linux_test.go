package files

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRoom lowers the limit of this process below the number of descriptors
// that are tested.
func TestRoom(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Setrlimit(unix.RLIMIT_NOFILE, &old) }()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	before := Room()
	var open []*os.File
	for {
		f, err := Open("/dev/null")
		if err != nil {
			break
		}
		defer f.Close()
		open = append(open, f)
		if got := Room(); got != before-len(open) {
			t.Fatalf("room for %d with %d more files open, before there was room for %d", got, len(open), before)
		}
	}
	if len(open) != before {
		t.Errorf("room for %d, but %d could be opened", before, len(open))
	}
}
