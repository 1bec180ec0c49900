package nettools

import (
	"strings"
	"testing"

	"netstat"
)

// Socket monitoring does not count references, and nothing is shown as 0 that is
// not known.
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
