package linux

import (
	"bytes"
	"testing"
	"time"
)

func TestProcessText(t *testing.T) {
	for in, want := range map[string]string{
		"a\x00b\x00": "a", "": "", "\x00": "", "no end": "no end", "with\nnewline\n\x00x": "with\nnewline\n",
	} {
		if got := processText([]byte(in)); string(got) != want {
			t.Errorf("processText(%q) = %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"unconfined\n": "unconfined", "system_u:system_r:init_t:s0\x00": "system_u:system_r:init_t:s0", "": "", "\n": "",
	} {
		if got := processContext([]byte(in)); string(got) != want {
			t.Errorf("processContext(%q) = %q", in, got)
		}
	}
}

func TestProcessStart(t *testing.T) {
	tail := " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
	for in, want := range map[string]time.Duration{
		"12 (a b) c) (x)" + tail + "250 0": 2500 * time.Millisecond,
		"12 (\n)" + tail + "0":             0,
		"12 (x)" + tail + "99":             990 * time.Millisecond,
	} {
		if got, ok := processStart([]byte(in)); !ok || got != want {
			t.Errorf("%q: %v, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "12 (x", "12 (x)" + tail, "12 (x)" + tail + "-1", "12 (x)" + tail + "99999999999999999999", "12 (x)" + tail + "18446744073709551615"} {
		if got, ok := processStart([]byte(in)); ok {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestProcessUser(t *testing.T) {
	for in, want := range map[string]string{
		"Name:\tx\nUmask:\t0022\nUid:\t1000\t33\t1000\t1000\nGid:\t5\t5": "33",
		"Uid:\t0\t4294967295\t0\t0":                                      "4294967295",
		"Name:\tUid: 7 8\nUid:\t1\t2":                                    "2",
		"Uid:\t1\n":                                                      "", "": "", "Uid:\t1\tx\t": "", "Uid:\t1\t-3\t": "",
	} {
		if got, ok := processUser([]byte(in)); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
}

func TestBootTime(t *testing.T) {
	if got, ok := bootTime([]byte("btime 1700000000")); !ok || !got.Equal(time.Unix(1700000000, 0)) {
		t.Errorf("%v, %v", got, ok)
	}
	for _, in := range []string{"", "btime", "btime x", "btime -1", "btime 9999999999999999", "cpu 1 2"} {
		if got, ok := bootTime([]byte(in)); ok {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestProgramPath(t *testing.T) {
	for in, want := range map[string]string{"/bin/x": "/bin/x", "/bin/x (deleted)": "/bin/x", " (deleted)": " (deleted)", "": ""} {
		if got := programPath(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func FuzzProcessFacts(f *testing.F) {
	f.Add([]byte("12 (a b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 250 0"))
	f.Add([]byte("Name:\tx\nUid:\t1000\t33\t1000\t1000\n"))
	f.Add([]byte("btime 1700000000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if age, ok := processStart(b); ok && age < 0 {
			t.Errorf("age %v", age)
		}
		if user, ok := processUser(b); ok && (user == "" || !bytes.Contains(b, []byte(user))) {
			t.Errorf("user %q", user)
		}
		if at, ok := bootTime(b); ok && at.Year() < 1970 {
			t.Errorf("booted %v", at)
		}
	})
}

func FuzzProcessText(f *testing.F) {
	f.Add([]byte("/usr/sbin/sshd\x00-D\x00"))
	f.Add([]byte("label\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, text := range [][]byte{processText(b), processContext(b)} {
			if !bytes.HasPrefix(b, text) || bytes.IndexByte(text, 0) >= 0 {
				t.Fatalf("%q from %q", text, b)
			}
		}
	})
}
