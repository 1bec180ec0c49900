package diagnose

import (
	"testing"

	"netstat"
)

// receiver is a connection of process 7 with so much unread data in a buffer of 100,000
// bytes, after its program has read so much.
func receiver(n int, unread, read uint64) netstat.Socket {
	info, memory := new(netstat.TCPInfo), new(netstat.Memory)
	info.Set(netstat.TCPBytesReceived, unread+read)
	memory.Set(netstat.MemoryRcvBuf, 100_000)
	return netstat.Socket{State: netstat.Established, RecvQ: unread, Cookie: uint64(n), PID: 7, TCP: info, Memory: memory}
}

func TestUnreadData(t *testing.T) {
	inState := func(s netstat.Socket, state netstat.State) netstat.Socket { s.State = state; return s }
	uncounted := func(s netstat.Socket) netstat.Socket { s.TCP = nil; return s }
	for _, c := range []struct {
		name          string
		before, after netstat.Socket
		unread        uint64 // 0: no finding
	}{
		{"nearly half full", receiver(1, 49_999, 5), receiver(1, 49_999, 5), 0},
		{"half full", receiver(1, 50_000, 5), receiver(1, 50_000, 5), 50_000},
		{"filling", receiver(1, 50_000, 5), receiver(1, 90_000, 5), 90_000},
		{"was empty", receiver(1, 0, 5), receiver(1, 90_000, 5), 0},
		{"read since", receiver(1, 90_000, 5), receiver(1, 90_000, 6), 0},
		{"another one", receiver(1, 90_000, 5), receiver(2, 90_000, 5), 0},
		{"closed by the peer", receiver(1, 90_000, 5), inState(receiver(1, 90_000, 5), netstat.CloseWait), 0},
		{"not counted", uncounted(receiver(1, 90_000, 5)), uncounted(receiver(1, 90_000, 5)), 90_000},
		{"not counted, less", uncounted(receiver(1, 90_000, 5)), uncounted(receiver(1, 89_999, 5)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := look(t, "unread", hostOf(c.after)); len(r.Findings) > 0 || len(r.Looked) > 0 {
				t.Errorf("at one moment: %+v", r)
			}
			r := look(t, "unread", hostOf(c.before), hostOf(c.after))
			if c.unread == 0 {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			want := netstat.Evidence{Fact: "recvq", Value: netstat.NumberOf(c.unread), Limit: netstat.NumberOf(50_000)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Warning || r.Findings[0].Evidence[0] != want || r.Findings[0].Subject.PID != 7 {
				t.Errorf("findings %+v, want %+v", r.Findings, want)
			}
		})
	}
}

// The connections of a process are one finding, with the fullest as its example.
func TestUnreadGroups(t *testing.T) {
	var sockets []netstat.Socket
	for i := range 1000 {
		sockets = append(sockets, receiver(1+i, 50_000+uint64(i), 0))
	}
	r := look(t, "unread", hostOf(sockets...), hostOf(sockets...))
	want := netstat.Evidence{Fact: "count", Value: netstat.NumberOf(1000)}
	if len(r.Findings) != 1 || r.Findings[0].Evidence[0].Value.Number != 50_999 || r.Findings[0].Evidence[2] != want {
		t.Errorf("findings %+v", r.Findings)
	}
}

// A system that does not tell the size of buffers cannot be judged.
func TestUnreadWithoutBuffers(t *testing.T) {
	s := receiver(1, 90_000, 0)
	s.Memory = nil
	if r := look(t, "unread", hostOf(s), hostOf(s)); len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("result %+v", r)
	}
}
