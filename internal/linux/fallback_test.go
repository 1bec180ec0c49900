package linux

import (
	"io"
	"syscall"
	"testing"

	"netstat"
)

// TestTimersWithoutFile checks that TCP with timers comes from the file or, if
// the file is denied, from a dump, which has one of their counters.
func TestTimersWithoutFile(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EACCES, syscall.ENOENT} {
		c := &scriptedConn{replies: []reply{datagram(row4(1), row4(2), done(0))}}
		s := fakeSource(t, Options{}, c, nil)
		s.open = func(string) (io.ReadCloser, error) { return nil, errno }
		got := collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactTimer})
		if len(got.rows) != 2 || got.err != nil || len(got.reports) != 1 || got.reports[0].Op != "read all timer counters of" {
			t.Errorf("%v: %d rows, error %v, reports %v", errno, len(got.rows), got.err, got.reports)
		}
	}
	s := fakeSource(t, Options{}, nil, nil)
	s.open = func(string) (io.ReadCloser, error) { return nil, syscall.EACCES }
	if got := collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactTimer}); got.err == nil || got.err.Error() != "open tcp: permission denied" {
		t.Errorf("both refused: %v", got.err)
	}
}

// TestSCTPWithoutFile checks that SCTP comes from files or, if they are denied
// or empty, from dumps.
func TestSCTPWithoutFile(t *testing.T) {
	c := &scriptedConn{replies: []reply{datagram(done(0)), datagram(done(0))}}
	s := fakeSource(t, Options{}, c, nil)
	s.open = func(string) (io.ReadCloser, error) { return nil, syscall.EACCES }
	if got := collect(s, netstat.SCTP4Table, netstat.Need{}); got.err != nil || c.sends != 2 {
		t.Errorf("error %v, %d requests", got.err, c.sends)
	}
	c.replies = append(c.replies, datagram(done(0)), datagram(done(0)))
	s.open = func(string) (io.ReadCloser, error) { return io.NopCloser(&chunkReader{}), nil }
	if got := collect(s, netstat.SCTP4Table, netstat.Need{}); got.err != nil || c.sends != 4 {
		t.Errorf("empty files: error %v, %d requests", got.err, c.sends)
	}
	s.open = func(string) (io.ReadCloser, error) { return nil, syscall.ENOENT }
	if got := collect(s, netstat.SCTP4Table, netstat.Need{}); got.err == nil || c.sends != 4 {
		t.Errorf("a kernel without SCTP: error %v, %d requests", got.err, c.sends)
	}
}
