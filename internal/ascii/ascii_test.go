package ascii

import (
	"net/netip"
	"strconv"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The expected texts are those of inet_ntop(3) of the GNU C library 2.36.
func TestAppendIP(t *testing.T) {
	for in, want := range map[string]string{
		"0.0.0.0": "0.0.0.0", "127.0.0.1": "127.0.0.1", "255.10.99.100": "255.10.99.100",
		"::": "::", "::1": "::1", "::ffff:0:0": "::ffff:0.0.0.0", "::127.0.0.1": "::127.0.0.1",
		"::1:0": "::0.1.0.0", "::2": "::2", "fe80::1%eth0": "fe80::1", "2001:db8:0:1:0:0:0:1": "2001:db8:0:1::1",
		"1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7", "1:0:0:2:0:0:3:4": "1::2:0:0:3:4",
	} {
		if got := string(AppendIP(nil, netip.MustParseAddr(in))); got != want {
			t.Errorf("AppendIP(%s) = %q, want %q", in, got, want)
		}
	}
	if got := AppendIP(nil, netip.Addr{}); len(got) != 0 {
		t.Errorf("AppendIP of the invalid address = %q", got)
	}
}

// The expected texts are those of RtlIpv6AddressToStringExW of Wine 8.0;
// test/wine compares some thousands.
func TestAppendWindowsIP(t *testing.T) {
	for in, want := range map[string]string{
		"0.0.0.0": "0.0.0.0", "255.10.99.100": "255.10.99.100",
		"::": "::", "::1": "::1", "::277b": "::277b", "::1:0": "::0.1.0.0", "::127.0.0.1": "::127.0.0.1",
		"::ffff:0:0": "::ffff:0:0", "::ffff:0:277b": "::ffff:0:277b", "::ffff:192.168.1.5": "::ffff:192.168.1.5",
		"::ffff:0:1:2": "::ffff:0:0.1.0.2", "::ffff:0:0:277b": "::ffff:0:0:277b", "::ffff:ffff:1:2": "::ffff:ffff:1:2",
		"1::ffff:1:2": "1::ffff:1:2", "::5efe:0:0": "::5efe:0.0.0.0", "::200:5efe:1:0": "::200:5efe:0.1.0.0",
		"::300:5efe:1:0": "::300:5efe:1:0", "fe80::5efe:192.0.2.1": "fe80::5efe:192.0.2.1",
		"2001:db8:0:1:200:5efe:c000:201": "2001:db8:0:1:200:5efe:192.0.2.1", "1:2:0:0:0:5efe:0:0": "1:2::5efe:0.0.0.0",
		"1:2:3:4:0:5efe:0:0": "1:2:3:4:0:5efe:0.0.0.0", "1:2:3:4:5:5efe:0:0": "1:2:3:4:5:5efe::",
		"fe80::1%3": "fe80::1", "1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7", "1:0:0:2:0:0:3:4": "1::2:0:0:3:4",
		"2001:db8:0:0:1:0:0:0": "2001:db8:0:0:1::",
	} {
		if got := string(AppendWindowsIP(nil, netip.MustParseAddr(in))); got != want {
			t.Errorf("AppendWindowsIP(%s) = %q, want %q", in, got, want)
		}
	}
	if got := AppendWindowsIP(nil, netip.Addr{}); len(got) != 0 {
		t.Errorf("AppendWindowsIP of the invalid address = %q", got)
	}
	ip := netip.MustParseAddr("2001:db8:0:1:200:5efe:c000:201")
	room := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { room = AppendWindowsIP(room[:0], ip) }); n != 0 {
		t.Errorf("AppendWindowsIP allocates %v times", n)
	}
}

// FuzzAppendWindowsIP checks that each text parses to its address, and equals
// that of RFC 5952 if it has no dotted quad.
func FuzzAppendWindowsIP(f *testing.F) {
	for _, text := range []string{"::", "::1", "::ffff:192.0.2.1", "fe80::5efe:192.0.2.1", "1:0:0:2::", "2001:db8::200:5efe:1:0"} {
		f.Add(netip.MustParseAddr(text).AsSlice())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ip, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		text := string(AppendWindowsIP(nil, ip))
		if back, err := netip.ParseAddr(text); err != nil || back != ip {
			t.Errorf("%v became %q, which is %v (%v)", ip.StringExpanded(), text, back, err)
		}
		if a := ip.As16(); ip.Is6() && !ip.Is4In6() && !embedsIP4(&a) && text != ip.String() {
			t.Errorf("%q, want %q", text, ip)
		}
	})
}

func TestPadding(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{string(AppendLeft(nil, "ab", 4)), "ab  "},
		{string(AppendLeft(nil, "abcde", 4)), "abcde"},
		{string(AppendRight(nil, "ab", 4)), "  ab"},
		{string(AppendRight(nil, "abcde", 4)), "abcde"},
		{string(AppendUintLeft(nil, 42, 4)), "42  "},
		{string(AppendUintRight(nil, 42, 4)), "  42"},
		{string(AppendUintRight(nil, 0, 4)), "   0"},
		{string(AppendUintRight(nil, 18446744073709551615, 4)), "18446744073709551615"},
		{string(PadFrom([]byte("xyab"), 2, 4)), "xyab  "},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if got := AppendBlanks(nil, 1000); len(got) != 1000 {
		t.Errorf("AppendBlanks(1000) made %d", len(got))
	}
}

func TestAppendSafe(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "tab\there": "tab.here", "\x1b[31mred": ".[31mred", "del\x7f": "del.",
		"c1\u0085\u009b": "c1..", "bidi\u202e\u2066\u200f": "bidi...", "sep\u2028": "sep.",
		"ümläut 漢字 🙂": "ümläut 漢字 🙂", "cut\xe6\xbc": "cut..", "bad\xff": "bad.", "\ufffd": "\ufffd",
	} {
		if got := string(AppendSafe(nil, in)); got != want {
			t.Errorf("AppendSafe(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzAppendSafe(f *testing.F) {
	f.Add("a\x1b[0m\u202eb\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := AppendSafe(nil, s)
		if !utf8.Valid(got) {
			t.Fatalf("%q is not valid UTF-8", got)
		}
		for _, r := range string(got) {
			if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q still has %U", got, r)
			}
		}
		if again := AppendSafe(nil, string(got)); string(again) != string(got) {
			t.Fatalf("not stable: %q, then %q", got, again)
		}
	})
}

func FuzzAppendUint(f *testing.F) {
	f.Add(uint64(0), 6)
	f.Fuzz(func(t *testing.T, n uint64, width int) {
		width %= 100
		digits := strconv.FormatUint(n, 10)
		if got := AppendUintRight(nil, n, width); string(got) != string(AppendRight(nil, digits, width)) {
			t.Fatalf("right %q", got)
		}
		if got := AppendUintLeft(nil, n, width); string(got) != string(AppendLeft(nil, digits, width)) {
			t.Fatalf("left %q", got)
		}
	})
}

func TestAppendMilli(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 1: "0.001", 999: "0.999", 1000: "1", 1234: "1.23", 1235: "1.24", 9999: "10", 12345: "12.3", 99949: "99.9", 99950: "100",
		123456: "123", 999500: "1000", 41088333: "41088", 250: "0.25", 20: "0.02", 1 << 63: "9223372036854776",
	} {
		if got := string(AppendMilli([]byte("x"), n)); got != "x"+want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := string(AppendPerSecond(nil, 12500)); got != "12.5/s" {
		t.Errorf("%q", got)
	}
}
