package main

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
)

// familyHost has no vsock sockets, and no packet sockets after some reports.
type familyHost struct {
	netstat.Source
	left int
}

func (h *familyHost) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		switch {
		case t != netstat.PacketTable:
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: errors.ErrUnsupported})
		case h.left == 0:
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: errors.New("gone")})
		default:
			h.left--
			yield(netstat.Socket{Table: t, State: netstat.Closed, Local: netstat.Addr{Name: "*:*"}}, nil)
		}
	}
}

func (h *familyHost) Close() error { return nil }

// TestFamilyMissingRepeats checks that a family that this system lacks is
// reported once for all reports and ends none of them, whereas a table that
// fails ends them.
func TestFamilyMissingRepeats(t *testing.T) {
	for _, c := range []struct {
		dialect string
		status  int
		args    []string
	}{
		{"linux", 255, []string{"-an", "-c", "2"}},
		{"windows", 1, []string{"-an", "2"}},
	} {
		h := &familyHost{left: 3}
		var out, errs strings.Builder
		pauses := 0
		status := run(append([]string{"netstat", "--family=vsock,packet,bluetooth", "--format=csv"}, c.args...), &process{
			getenv: func(string) (string, bool) { return "", false },
			stdout: &out, stderr: &errs, dialect: c.dialect, systemLanguage: func() string { return "" },
			hostName: func() string { return "host" },
			now:      func() time.Time { return time.Unix(0, 0) },
			open:     func(collect.Options) (netstat.Source, error) { return h, nil },
			sleep:    func(time.Duration) { pauses++ },
			rows:     func() int { return 0 }, columns: func() int { return 0 }, elevated: func() bool { return true },
		})
		want := "netstat: no support for vsock on this system: dump vsock: unsupported operation\n" +
			"netstat: no support for bluetooth on this system: dump l2cap: unsupported operation\n" +
			"netstat: dump packet: gone\n"
		if status != c.status || errs.String() != want {
			t.Errorf("%s: status %d, stderr %q", c.dialect, status, errs.String())
		}
		if rows := strings.Count(out.String(), "packet,0,0,*:*,,CLOSED\r\n"); rows != 3 || pauses != 3 {
			t.Errorf("%s: %d rows, %d pauses: %q", c.dialect, rows, pauses, out.String())
		}
	}
}
