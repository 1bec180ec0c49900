package linux

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestReadSoftnet(t *testing.T) {
	for text, want := range map[string]string{
		// Linux 2.6.32 and 6.18: the last columns are the lengths of queues and the
		// number of the processor.
		"00000001 00000002 00000003 00000000 00000000 00000000 00000000 00000000 00000004\n": "processed=1 dropped=2 time_squeeze=3 ",
		"ffffffff 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000005 00000006 00000007 00000000 00000000 00000000\n" +
			"00000001 00000001 00000010 00000000 00000000 00000000 00000000 00000000 00000000 00000005 00000000 00000007 00000001 00000000 00000000\n": "processed=4294967296 dropped=2 time_squeeze=16 received_rps=10 flow_limit=6 ",
		// A line with fewer columns than the others.
		"00000001 00000002 00000003\n00000001 00000002\n": "processed=2 dropped=4 ",
		"":                      "",
		"00000001":              "processed=1 ",
		"x\n00000001\n\n":       "processed=1 bogus=x",
		"00000001 0x00000001\n": "bogus=00000001 0x00000001",
	} {
		var got strings.Builder
		bogus := readSoftnet([]byte(text), func(name string, v uint64) bool {
			fmt.Fprintf(&got, "%s=%d ", name, v)
			return true
		})
		if bogus != nil {
			fmt.Fprintf(&got, "bogus=%s", bogus)
		}
		if got.String() != want {
			t.Errorf("%q: %q, want %q", text, got.String(), want)
		}
	}
}

func TestReadCacheStat(t *testing.T) {
	for text, want := range map[string]string{
		"entries  a b\n00000005  00000001 00000010\n00000005  00000002 ffffffff\n": "entries=5 a=3 b=4294967311 ",
		// The number of entries changes while the lines are written.
		"entries a\n00000005 00000001\n00000006 00000001\n": "entries=6 a=2 ",
		"entries a\n00000005\n":                             "entries=5 ",
		"entries\n00000005 00000007\n":                      "entries=5 ",
		"entries a\n":                                       "",
		"":                                                  "",
		"entries\nx\n":                                      "bogus=x",
	} {
		var got strings.Builder
		bogus := readCacheStat([]byte(text), func(name []byte, v uint64) bool {
			fmt.Fprintf(&got, "%s=%d ", name, v)
			return true
		})
		if bogus != nil {
			fmt.Fprintf(&got, "bogus=%s", bogus)
		}
		if got.String() != want {
			t.Errorf("%q: %q, want %q", text, got.String(), want)
		}
	}
}

// FuzzProcessorStat checks that the order of the lines makes no difference to
// sums.
func FuzzProcessorStat(f *testing.F) {
	f.Add("00000001 00000002 00000003\n00000001 00000002\n")
	f.Add("entries a b\n00000005 00000001 00000010\n00000006 00000002 ffffffff\n")
	f.Add(strings.Repeat("ffffffffffffffff ", maxColumns+1) + "\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) map[string]uint64 {
			sums := map[string]uint64{}
			readSoftnet([]byte(text), func(name string, v uint64) bool { sums[name] = v; return true })
			return sums
		}
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for i := range len(lines) / 2 {
			j := len(lines) - 1 - i
			lines[i], lines[j] = lines[j], lines[i]
		}
		again := strings.Join(lines, "\n")
		if first, second := read(text), read(again); !maps.Equal(first, second) {
			t.Errorf("%q: %v, in the other order %v", text, first, second)
		}
		n := 0
		readCacheStat([]byte(text), func(name []byte, _ uint64) bool {
			if n++; len(name) == 0 || n > maxColumns {
				t.Fatalf("%q: %q", text, name)
			}
			return n < 3
		})
		if n > 3 {
			t.Errorf("%q: did not stop", text)
		}
	})
}
