package sysfile

import (
	"encoding/binary"
	"slices"
	"testing"
)

// direntsOf encodes names as getdents64(2) does.
func direntsOf(names ...string) []byte {
	var b []byte
	for i, name := range names {
		size := (direntName + len(name) + 1 + 7) &^ 7
		entry := make([]byte, size)
		binary.NativeEndian.PutUint64(entry, uint64(i+1))
		binary.NativeEndian.PutUint16(entry[16:], uint16(size))
		copy(entry[direntName:], name)
		b = append(b, entry...)
	}
	return b
}

func TestNextEntry(t *testing.T) {
	b := direntsOf(".", "..", "0", "1234567", "")
	var names []string
	for name, rest, ok := NextEntry(b); ok; name, rest, ok = NextEntry(rest) {
		names = append(names, string(name))
	}
	if want := []string{".", "..", "0", "1234567", ""}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}

func FuzzDirents(f *testing.F) {
	b := direntsOf(".", "..", "0", "1234567", "")
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		left := len(b)
		for name, rest, ok := NextEntry(b); ok; name, rest, ok = NextEntry(rest) {
			if len(rest) >= left {
				t.Fatal("no progress")
			}
			if name = name[:len(name)+1]; name[len(name)-1] != 0 {
				t.Fatal("no NUL behind the name")
			}
			left = len(rest)
		}
	})
}
