package redact

import "testing"

// Messages of Windows keep what is not personal: their words, and the system's numbers.
func TestWindowsMessages(t *testing.T) {
	r := New(Key{1, 2, 3})
	for _, text := range []string{
		"read templates of tcp: Windows error 0x8004100e", "not found (Windows error 1168)",
		"read lifetimes of addresses: not supported on Windows", "list bound ports of tcp6",
	} {
		if got := r.Message(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := r.Text("Windows error 1168"); got == "Windows error 1168" {
		t.Errorf("in other texts the number is kept: %q", got)
	}
}
