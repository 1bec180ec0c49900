package diagnose

import (
	"testing"
	"time"

	"netstat"
)

// waitingSender is a connection of process 7 that has so much not sent, through a window
// of so many bytes, after so much was acknowledged.
func waitingSender(n int, notSent, window, acked uint64) netstat.Socket {
	info := new(netstat.TCPInfo)
	info.Set(netstat.TCPNotSent, notSent)
	info.Set(netstat.TCPSndWnd, window)
	info.Set(netstat.TCPBytesAcked, acked)
	return netstat.Socket{State: netstat.Established, SendQ: notSent, Cookie: uint64(n), PID: 7, TCP: info}
}

func TestStuckSender(t *testing.T) {
	inState := func(s netstat.Socket, state netstat.State) netstat.Socket { s.State = state; return s }
	probing := func(s netstat.Socket) netstat.Socket { // before Linux 5.4, which tells the window
		s.TCP.Known, s.Timer.Kind = netstat.TCPFieldSet{}, netstat.TimerProbe
		return s
	}
	for _, c := range []struct {
		name          string
		before, after netstat.Socket
		notSent       uint64 // 0: no finding
	}{
		{"stuck", waitingSender(1, 1000, 0, 5), waitingSender(1, 1000, 0, 5), 1000},
		{"stuck, and more is written", waitingSender(1, 1, 0, 5), waitingSender(1, 1000, 0, 5), 1000},
		{"stuck after the end", waitingSender(1, 1000, 0, 5), inState(waitingSender(1, 1000, 0, 5), netstat.LastAck), 1000},
		{"stuck, the window is unknown", probing(waitingSender(1, 1000, 9, 5)), probing(waitingSender(1, 1000, 9, 5)), 1000},
		{"nothing to send", waitingSender(1, 0, 0, 5), waitingSender(1, 0, 0, 5), 0},
		{"window open", waitingSender(1, 1000, 1, 5), waitingSender(1, 1000, 1, 5), 0},
		{"window was open", waitingSender(1, 1000, 1, 5), waitingSender(1, 1000, 0, 5), 0},
		{"some accepted since", waitingSender(1, 1000, 0, 5), waitingSender(1, 1000, 0, 6), 0},
		{"another one", waitingSender(1, 1000, 0, 5), waitingSender(2, 1000, 0, 5), 0},
		{"not open yet", inState(waitingSender(1, 1000, 0, 0), netstat.SynSent), inState(waitingSender(1, 1000, 0, 0), netstat.SynSent), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := look(t, "stuck-sender", hostOf(c.after)); len(r.Findings) > 0 || len(r.Looked) > 0 {
				t.Errorf("at one moment: %+v", r)
			}
			r := look(t, "stuck-sender", hostOf(c.before), hostOf(c.after))
			if c.notSent == 0 {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			want := netstat.Evidence{Fact: "notsent", Value: netstat.NumberOf(c.notSent), Limit: netstat.NumberOf(0)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Warning || r.Findings[0].Evidence[0] != want || r.Findings[0].Subject.PID != 7 {
				t.Errorf("findings %+v, want %+v", r.Findings, want)
			}
		})
	}
}

// The moments of the made-up host are a second apart.
func TestLimitedSender(t *testing.T) {
	type times struct{ busy, window, sendBuf time.Duration } // in milliseconds
	for _, c := range []struct {
		name          string
		before, after times
		fact          string // "": no finding
	}{
		{"by the window", times{100, 100, 0}, times{1001, 551, 0}, "rwnd_limited"},
		{"by the window, half of the time", times{100, 100, 0}, times{1100, 600, 0}, ""},
		{"by the buffer", times{1000, 0, 1}, times{2000, 100, 502}, "sndbuf_limited"},
		{"not busy for a second in all", times{100, 100, 0}, times{1000, 1000, 0}, ""},
		{"not busy most of the time", times{1000, 900, 0}, times{1499, 1399, 0}, ""},
		{"only long ago", times{90_000, 80_000, 0}, times{91_000, 80_000, 0}, ""},
		{"gone back", times{9000, 8000, 0}, times{2000, 1900, 0}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var moments []*host
			for _, at := range []times{c.before, c.after} {
				s := waitingSender(1, 0, 1000, 0)
				s.TCP.Set(netstat.TCPBusyTime, uint64(at.busy*time.Millisecond))
				s.TCP.Set(netstat.TCPRWndLimited, uint64(at.window*time.Millisecond))
				s.TCP.Set(netstat.TCPSndBufLimited, uint64(at.sendBuf*time.Millisecond))
				moments = append(moments, hostOf(s))
			}
			r := look(t, "stuck-sender", moments...)
			if c.fact == "" {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Info || r.Findings[0].Evidence[0].Fact != c.fact {
				t.Errorf("findings %+v, want %s", r.Findings, c.fact)
			}
		})
	}
}

// The connections of a process are one finding.
func TestStuckSenderGroups(t *testing.T) {
	var sockets []netstat.Socket
	for i := range 1000 {
		sockets = append(sockets, waitingSender(1+i, 1000+uint64(i), 0, 0))
	}
	r := look(t, "stuck-sender", hostOf(sockets...), hostOf(sockets...))
	want := netstat.Evidence{Fact: "count", Value: netstat.NumberOf(1000)}
	if len(r.Findings) != 1 || r.Findings[0].Evidence[0].Value.Number != 1999 || r.Findings[0].Evidence[2] != want {
		t.Errorf("findings %+v", r.Findings)
	}
}

// A system that tells nothing of the inside of connections cannot be judged.
func TestStuckSenderWithoutInside(t *testing.T) {
	s := waitingSender(1, 1000, 0, 0)
	s.TCP = nil
	if r := look(t, "stuck-sender", hostOf(s), hostOf(s)); len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("result %+v", r)
	}
}
