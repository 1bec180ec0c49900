package linux

import (
	"errors"
	"testing"

	"netstat"
)

// TestUnsupportedText checks that an error names its cause once, without
// "unsupported operation".
func TestUnsupportedText(t *testing.T) {
	s := fakeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net": "", "/proc/self": ""})
	for table, want := range map[netstat.Table]string{
		netstat.UnixTable:  "open unix: no such file or directory",
		netstat.SCTP4Table: "open sctp: no such file or directory",
		netstat.VSockTable: "dump vsock: listed only over netlink, which is not used here",
	} {
		got := collect(s, table, netstat.Need{})
		if got.err == nil || got.err.Error() != want || !errors.Is(got.err, errors.ErrUnsupported) {
			t.Errorf("%v", got.err)
		}
	}
}

// TestUnknownHeaders checks that a file with an unknown header is refused, with
// or without further lines, and does not count as an empty table.
func TestUnknownHeaders(t *testing.T) {
	for _, test := range []struct {
		file  string
		table netstat.Table
	}{
		{"tcp", netstat.TCP4Table},
		{"udp6", netstat.UDP6Table},
		{"raw", netstat.Raw4Table},
		{"sctp/eps", netstat.SCTP4Table},
		{"unix", netstat.UnixTable},
	} {
		for _, text := range []string{"x", "x\n", "\t\n", "x\ny\nz\n", "   0: 0100007F:1F90 00000000:0000 0A\n"} {
			path := "/proc/net/" + test.file
			s := fakeSource(t, Options{Source: "proc"}, nil, map[string]string{path: text})
			got := collect(s, test.table, netstat.Need{})
			want := "read " + test.table.String() + ": " + path + " has an unknown header"
			if got.err == nil || got.err.Error() != want || !errors.Is(got.err, netstat.ErrIncomplete) || len(got.rows)+len(got.reports) > 0 {
				t.Errorf("%q: %+v, error %v", text, got, got.err)
			}
		}
	}
}
