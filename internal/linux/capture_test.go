//go:build 386 || amd64 || arm || arm64 || loong64 || riscv64

package linux

import (
	"fmt"
	"os"
	"reflect"
	"testing"

	"netstat"
)

// TestCapturedDumps decodes messages of Linux 6.18 on a little-endian machine:
// one for each state that a test can produce, with the attributes that are sent
// without a request.
func TestCapturedDumps(t *testing.T) {
	tests := []struct {
		table netstat.Table
		want  []string
	}{
		{netstat.TCP4Table, []string{
			"LISTEN 0/0/1000 127.0.0.1:82 0.0.0.0:0 uid 1234 inode 3613709 cookie 488448 timer 0 0s",
			"ESTABLISHED 0/0/0 127.0.0.1:80 127.0.0.1:46820 uid 0 inode 3609467 cookie 488451 timer 0 0s",
			"CLOSE-WAIT 1/0/0 127.0.0.1:80 127.0.0.1:45812 uid 0 inode 3609235 cookie 488470 timer 0 0s",
			"FIN-WAIT-2 0/0/0 127.0.0.1:45812 127.0.0.1:80 uid 0 inode 3609234 cookie 488673 timer 0 0s",
			"TIME-WAIT 0/0/0 127.0.0.1:45816 127.0.0.1:80 uid 0 inode 0 cookie 488674 timer 3 59.912s",
			"SYN-RECEIVED 0/0/0 127.0.0.1:82 127.0.0.1:34446 uid 0 inode 0 cookie 489121 timer 1 952ms",
			"SYN-SENT 0/1/0 127.0.0.1:60534 127.0.0.1:83 uid 0 inode 3613716 cookie 489196 timer 1 956ms",
		}},
		{netstat.TCP6Table, []string{
			"LISTEN 0/0/1000 ::1:82 :::0 uid 1234 inode 3613712 cookie 489257 timer 0 0s",
			"ESTABLISHED 0/0/0 ::1:90 ::1:58478 uid 0 inode 3613228 cookie 489259 timer 0 0s",
			"SYN-RECEIVED 0/0/0 ::1:82 ::1:52212 uid 0 inode 0 cookie 489418 timer 1 948ms",
		}},
		{netstat.UDP4Table, []string{
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

// TestCapturedTCPInfo decodes the attributes of sockets with three congestion
// control algorithms, of one in TIME-WAIT and of a listener.
func TestCapturedTCPInfo(t *testing.T) {
	b, err := os.ReadFile("testdata/diag/tcp-inside-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	const facts = diagAttributeFacts | netstat.FactTimer
	got := collect(fakeSource(t, Options{}, &scriptedConn{replies: []reply{{data: b}}}, nil), netstat.TCP4Table, netstat.Need{Facts: facts})
	if got.err != nil || len(got.reports) > 0 {
		t.Fatalf("error %v, reports %v", got.err, got.reports)
	}
	var text []string
	for _, s := range got.rows {
		line := fmt.Sprintf("%v %d %d mark %d tos %d cgroup %d ulp %v absent %b", s.State, s.Local.Port, s.Remote.Port, s.Mark, s.TOS, s.Cgroup, s.ULP, s.Absent)
		if i := s.TCP; i != nil {
			line += " " + i.Congestion
			for f := range netstat.TCPFields {
				if v, ok := i.Value(f); ok && v != 0 {
					line += fmt.Sprintf(" %v=%d", f, v)
				}
			}
		}
		if m := s.Memory; m != nil {
			for f := range netstat.MemoryFields {
				if v, ok := m.Value(f); ok && v != 0 {
					line += fmt.Sprintf(" %v=%d", f, v)
				}
			}
		}
		text = append(text, line)
	}
	if want := capturedInside; !reflect.DeepEqual(text, want) {
		t.Errorf("got  %q\nwant %q", text, want)
	}
}

var capturedInside = []string{
	"LISTEN 80 0 mark 0 tos 0 cgroup 1 ulp  absent 0 bbr cwnd=10 reordering=3 rcvbuf=131072 sndbuf=16384",
	"ESTABLISHED 80 51444 mark 0 tos 0 cgroup 1 ulp  absent 0 bbr timestamps=1 sack=1 wscale=1 snd_wscale=10 rcv_wscale=10 app_limited=1 rto=204000000 ato=40000000 mss=32768 rcv_mss=30000 last_data_sent=100000000 last_data_recv=100000000 last_ack_recv=100000000 pmtu=65535 rcv_ssthresh=97499 rtt=23000 rttvar=11000 cwnd=10 advmss=65483 reordering=3 rcv_space=65483 pacing_rate=40715682830 bytes_received=30000 segs_out=1 segs_in=3 min_rtt=23000 data_segs_in=1 delivered=1 snd_wnd=65536 rcv_wnd=98304 bbr_min_rtt=23000 rmem_alloc=30832 rcvbuf=131072 sndbuf=3939840 fwd_alloc=1936",
	"ESTABLISHED 80 51448 mark 0 tos 0 cgroup 1 ulp  absent 0 bbr timestamps=1 sack=1 wscale=1 snd_wscale=10 rcv_wscale=10 app_limited=1 rto=204000000 ato=80000000 mss=32768 rcv_mss=32741 last_data_sent=104000000 last_data_recv=104000000 last_ack_recv=104000000 pmtu=65535 rcv_ssthresh=94833 rtt=9000 rttvar=4000 cwnd=10 advmss=65483 reordering=3 rcv_space=65483 pacing_rate=104051199379 bytes_received=60000 segs_out=2 segs_in=4 min_rtt=9000 data_segs_in=2 delivered=1 snd_wnd=65536 rcv_wnd=68608 bbr_min_rtt=9000 rmem_alloc=61664 rcvbuf=131072 sndbuf=3939840 fwd_alloc=3872",
	"ESTABLISHED 51444 80 mark 0 tos 0 cgroup 1 ulp  absent 0 bbr timestamps=1 sack=1 wscale=1 snd_wscale=10 rcv_wscale=10 app_limited=1 rto=204000000 mss=49152 rcv_mss=536 last_data_sent=124000000 last_data_recv=124000000 last_ack_recv=124000000 pmtu=65535 rcv_ssthresh=65495 rtt=44000 rttvar=24000 cwnd=11 advmss=65483 reordering=3 rcv_space=65495 pacing_rate=19095694024 bytes_acked=30001 segs_out=3 segs_in=2 min_rtt=10000 data_segs_out=1 delivery_rate=4915200000 delivered=2 bytes_sent=30000 snd_wnd=98304 rcv_wnd=65536 bbr_bw=4915198242 bbr_min_rtt=10000 bbr_pacing_gain=739 bbr_cwnd_gain=739 rcvbuf=131072 sndbuf=3939840",
	"ESTABLISHED 51448 80 mark 1 tos 16 cgroup 1 ulp  absent 0 cubic timestamps=1 sack=1 wscale=1 snd_wscale=10 rcv_wscale=10 app_limited=1 rto=208000000 mss=47616 rcv_mss=536 last_data_sent=124000000 last_data_recv=124000000 last_ack_recv=76000000 pmtu=65535 rcv_ssthresh=65495 rtt=5870000 rttvar=11702000 cwnd=10 advmss=65483 reordering=3 rcv_space=65495 pacing_rate=1048576 max_pacing_rate=1048576 bytes_acked=60001 segs_out=4 segs_in=3 min_rtt=22000 data_segs_out=2 delivery_rate=2164363636 busy_time=48000000 delivered=3 bytes_sent=60000 snd_wnd=68608 rcv_wnd=65536 rcvbuf=131072 sndbuf=3939840",
	"TIME-WAIT 51458 80 mark 2 tos 0 cgroup 0 ulp  absent 1000100000000000000",
}
