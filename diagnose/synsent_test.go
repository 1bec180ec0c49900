package diagnose

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
)

// attempt is a connection attempt of process 7 to 192.0.2.N:443, whose SYN was sent again
// so often.
func attempt(n, cookie int, again uint64) netstat.Socket {
	info := new(netstat.TCPInfo)
	info.Set(netstat.TCPRetransmits, again)
	return netstat.Socket{
		State: netstat.SynSent, Cookie: uint64(cookie), PID: 7, TCP: info,
		Local:  netstat.Addr{IP: netip.MustParseAddr("192.0.2.200"), Port: uint16(40000 + cookie)},
		Remote: netstat.Addr{IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), Port: 443},
	}
}

func TestSynSent(t *testing.T) {
	for _, c := range []struct {
		name  string
		again uint64
		found bool
	}{
		{"just begun", 0, false}, {"sent again once", 1, false}, {"sent again twice", 2, true}, {"sent again often", 6, true},
	} {
		for _, from := range []string{"the inside", "the timer"} {
			t.Run(c.name+", by "+from, func(t *testing.T) {
				s := attempt(1, 1, c.again)
				if from == "the timer" {
					s.TCP = nil
					s.Timer = netstat.Timer{Kind: netstat.TimerRetransmit, Retransmits: uint32(c.again)}
				}
				for _, moments := range [][]*host{{hostOf(s)}, {hostOf(s), hostOf(s)}} {
					r := look(t, "syn-sent", moments...)
					if !c.found {
						if len(r.Findings) > 0 || len(r.Unlooked) > 0 {
							t.Errorf("result %+v", r)
						}
						continue
					}
					want := netstat.Evidence{Fact: "retransmits", Value: netstat.NumberOf(c.again), Limit: netstat.NumberOf(2)}
					if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Warning || r.Findings[0].Evidence[0] != want {
						t.Fatalf("findings %+v, want %+v", r.Findings, want)
					}
					if f := r.Findings[0]; f.Subject.Kind != netstat.OfRemote || f.Subject.Remote != s.Remote || f.Subject.PID != 7 {
						t.Errorf("subject %+v", f.Subject)
					}
				}
			})
		}
	}
}

// Attempts to one address are one finding, and so are those to many addresses.
func TestSynSentGroups(t *testing.T) {
	var few, many []netstat.Socket
	for i := range 1100 {
		few = append(few, attempt(i%10, 1+i, 2+uint64(i%4)))
		many = append(many, attempt(i%11, 1+i, 2+uint64(i%4)))
	}
	r := look(t, "syn-sent", hostOf(few...))
	if len(r.Findings) != 10 || !strings.Contains(r.Findings[0].Text, "110 connection attempts") {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings)
	}
	r = look(t, "syn-sent", hostOf(many...))
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "11 addresses do not answer: 1100 connection attempts, with up to 5") {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings)
	}
}

// Windows does not tell how often a SYN was sent: an attempt is found if it is there at
// two moments.
func TestSynSentOfWindows(t *testing.T) {
	s, other := attempt(1, 0, 0), attempt(1, 1, 0)
	s.TCP, other.TCP, other.Cookie = nil, nil, 0
	for _, c := range []struct {
		name          string
		before, after *host
		elapsed       time.Duration
		found         bool
	}{
		{"still there", hostOf(s), hostOf(s), time.Second, true},
		{"soon after", hostOf(s), hostOf(s), time.Second - 1, false},
		{"another one", hostOf(s), hostOf(other), time.Second, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New([]*Rule{Named("syn-sent")}, Options{System: "windows"})
			d.Prepare(context.Background(), c.before, time.Unix(0, 0))
			r := d.Look(context.Background(), c.after, time.Unix(0, 0).Add(c.elapsed))
			if (len(r.Findings) == 1) != c.found || len(r.Unlooked) > 0 {
				t.Errorf("result %+v", r)
			}
		})
	}
	d := New([]*Rule{Named("syn-sent")}, Options{System: "windows"})
	if r := d.Look(context.Background(), hostOf(s), time.Unix(0, 0)); len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("at one moment: %+v", r)
	}
}
