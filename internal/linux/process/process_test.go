package process

import (
	"bytes"
	"testing"
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
