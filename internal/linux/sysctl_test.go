package linux

import (
	"strconv"
	"strings"
	"testing"
)

func TestReservedPorts(t *testing.T) {
	for text, want := range map[string]string{
		"\n": "0", "": "0", "22\n": "0", "32768\n": "1", "60999": "1", "61000": "0",
		"1-65535\n": "28232", "22,32767-32769,40000,60999-65535\n": "4",
		"40000-39999": "malformed", "x": "malformed", "1-": "malformed", "-1": "malformed", "65536": "malformed", "1 2": "malformed",
		",,40000,": "1",
	} {
		n, ok := reservedPorts([]byte(text), 32768, 60999)
		got := strconv.FormatUint(n, 10)
		if !ok {
			got = "malformed"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzReservedPorts(f *testing.F) {
	f.Add("22,32767-32769,40000", uint16(32768), uint16(60999))
	f.Add("1-65535\n", uint16(0), uint16(65535))
	f.Fuzz(func(t *testing.T, text string, first, last uint16) {
		n, ok := reservedPorts([]byte(text), first, last)
		if !ok || strings.ContainsAny(text, "-") {
			return
		}
		if most := uint64(1 + strings.Count(text, ",")); n > most {
			t.Errorf("%q: %d ports", text, n)
		}
	})
}

func FuzzSysctlNumbers(f *testing.F) {
	f.Add("46344\t61795\t92688\n", uint8(3))
	f.Add("-1", uint8(1))
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		n = n%3 + 1
		values, ok := sysctlNumbers([]byte(text), int(n))
		if !ok {
			return
		}
		var again []string
		for _, v := range values[:n] {
			again = append(again, strconv.FormatUint(v, 10))
		}
		if second, ok := sysctlNumbers([]byte(strings.Join(again, "\t")), int(n)); !ok || second != values {
			t.Errorf("%q: %v, read again as %v", text, values, second)
		}
		if first, last, ok := portRange([]byte(text)); ok && first > last {
			t.Errorf("%q: ports %d to %d", text, first, last)
		}
	})
}
