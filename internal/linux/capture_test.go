//go:build 386 || amd64 || arm || arm64 || loong64 || riscv64

package linux

import (
	"fmt"
	"os"
	"reflect"
	"testing"

	"netstat"
)

// TestCapturedDumps decodes messages that Linux 6.18 sent to a little-endian
// machine, one for each state that a test can bring about, with the attributes
// that come unasked.
func TestCapturedDumps(t *testing.T) {
	tests := []struct {
		table netstat.Table
		want  []string
	}{
		{netstat.TCP4, []string{
			"LISTEN 0/0/1000 127.0.0.1:82 0.0.0.0:0 uid 1234 inode 3613709 cookie 488448 timer 0 0s",
			"ESTABLISHED 0/0/0 127.0.0.1:80 127.0.0.1:46820 uid 0 inode 3609467 cookie 488451 timer 0 0s",
			"CLOSE-WAIT 1/0/0 127.0.0.1:80 127.0.0.1:45812 uid 0 inode 3609235 cookie 488470 timer 0 0s",
			"FIN-WAIT-2 0/0/0 127.0.0.1:45812 127.0.0.1:80 uid 0 inode 3609234 cookie 488673 timer 0 0s",
			"TIME-WAIT 0/0/0 127.0.0.1:45816 127.0.0.1:80 uid 0 inode 0 cookie 488674 timer 3 59.912s",
			"SYN-RECEIVED 0/0/0 127.0.0.1:82 127.0.0.1:34446 uid 0 inode 0 cookie 489121 timer 1 952ms",
			"SYN-SENT 0/1/0 127.0.0.1:60534 127.0.0.1:83 uid 0 inode 3613716 cookie 489196 timer 1 956ms",
		}},
		{netstat.TCP6, []string{
			"LISTEN 0/0/1000 ::1:82 :::0 uid 1234 inode 3613712 cookie 489257 timer 0 0s",
			"ESTABLISHED 0/0/0 ::1:90 ::1:58478 uid 0 inode 3613228 cookie 489259 timer 0 0s",
			"SYN-RECEIVED 0/0/0 ::1:82 ::1:52212 uid 0 inode 0 cookie 489418 timer 1 948ms",
		}},
		{netstat.UDP4, []string{
			"ESTABLISHED 0/0/0 127.0.0.1:52306 127.0.0.1:54 uid 0 inode 3614216 cookie 489864 timer 0 0s",
			"CLOSED 832/0/0 0.0.0.0:53 0.0.0.0:0 uid 0 inode 3613719 cookie 490096 timer 0 0s",
		}},
	}
	for _, test := range tests {
		b, err := os.ReadFile("testdata/diag/" + test.table.String() + "-linux-6.18-le")
		if err != nil {
			t.Fatal(err)
		}
		got := collect(fakeSource(t, Options{}, &scriptedConn{replies: []reply{{data: b}}}, nil), test.table, netstat.Need{})
		var text []string
		for _, s := range got.rows {
			text = append(text, fmt.Sprintf("%v %d/%d/%d %v:%d %v:%d uid %d inode %d cookie %d timer %d %v",
				s.State, s.RecvQ, s.SendQ, s.MaxBacklog, s.Local.IP, s.Local.Port, s.Remote.IP, s.Remote.Port,
				s.UID, s.Inode, s.Cookie, s.Timer.Kind, s.Timer.Expires))
		}
		if !reflect.DeepEqual(text, test.want) || got.err != nil || len(got.reports) > 0 {
			t.Errorf("%v: error %v, reports %v\ngot  %q\nwant %q", test.table, got.err, got.reports, text, test.want)
		}
	}
}

func TestCapturedConntrack(t *testing.T) {
	b, err := os.ReadFile("testdata/conntrack/dump-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sessions(fakeSource(t, Options{}, &scriptedConn{replies: []reply{{data: b}}}, nil))
	if got := natTexts(rows); !reflect.DeepEqual(got, capturedSessions) || err != nil {
		t.Errorf("error %v\ngot  %q\nwant %q", err, got, capturedSessions)
	}
}
