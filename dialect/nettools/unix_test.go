package nettools

import (
	"strings"
	"testing"

	"netstat"
)

// TestUnixWithoutReferences checks that an unknown value is not shown as 0:
// socket monitoring does not count references.
func TestUnixWithoutReferences(t *testing.T) {
	for want, d := range map[string]*netstat.UnixDetail{
		"unix  3      [ ]         STREAM     CONNECTED     77 ": {RefCount: 3, Type: netstat.TypeStream},
		"unix  -      [ ]         STREAM     CONNECTED     77 ": {Peers: true, Type: netstat.TypeStream},
		"unix  2      [ ]         STREAM     CONNECTED     77 ": {RefCount: 2, Peers: true, Type: netstat.TypeStream},
	} {
		r := report{cmd: &Command{}}
		s := netstat.Socket{Table: netstat.UnixTable, State: netstat.Connected, Inode: 77, Detail: d}
		if got := string(r.appendUnix(nil, &s)); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
