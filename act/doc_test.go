package act

import (
	"testing"

	"netstat/internal/ascii"
)

func TestParseSSHConnection(t *testing.T) {
	for _, c := range []struct {
		value, want string
	}{
		{"203.0.113.9 50022 192.0.2.1 22", "192.0.2.1:22 203.0.113.9:50022"},
		{"2001:db8::9 50022 2001:db8::1 22", "[2001:db8::1]:22 [2001:db8::9]:50022"},
		{"fe80::9%eth0 50022 fe80::1%eth0 22", "[fe80::1%eth0]:22 [fe80::9%eth0]:50022"},
		{"", ""},
		{"203.0.113.9 50022 192.0.2.1", ""},
		{"203.0.113.9 50022 192.0.2.1 22 23", ""},
		{"203.0.113.9 70000 192.0.2.1 22", ""},
		{"UNKNOWN 65535 UNKNOWN 65535", ""},
	} {
		got := ""
		if s, ok := ParseSSHConnection(c.value); ok {
			got = s.Local.String() + " " + s.Remote.String()
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.value, got, c.want)
		}
	}
}

// TestLineIsSafe requires that a process cannot write control characters to a terminal.
func TestLineIsSafe(t *testing.T) {
	h := holder{sockets: 1}
	h.owner.PID, h.owner.Argv0, h.owner.Command = 7, "ev\x1b[2Jil", "ev\x1b]0;title\x07il\n--yes"
	for _, b := range h.line(nil, false) {
		if b < ' ' || b == 0x7f {
			t.Errorf("control character in %q", h.line(nil, false))
		}
	}
	if want := string(ascii.AppendSafe(nil, h.owner.Command)); want == h.owner.Command {
		t.Error("the command has no control characters")
	}
}
