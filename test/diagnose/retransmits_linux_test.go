package diagnose

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// link makes a namespace "peer" at the other end of a link, with the addresses 10.7.7.1
// here and 10.7.7.2 there. Segments are not joined, so that a packet is a segment.
func link(t *testing.T) {
	t.Helper()
	live.Run(t, "sh", "-ec", `
ip netns add peer
ip link add here gso_max_segs 1 type veth peer name there netns peer
ip address add 10.7.7.1/24 dev here
ip link set here up
ip netns exec peer sh -ec 'ip link set lo up; ip address add 10.7.7.2/24 dev there; ip link set there up'`)
	t.Cleanup(func() { live.Run(t, "ip", "netns", "delete", "peer") })
}

// drop lets the peer drop every nth packet that holds data of port 8080; 0 means none.
// This kernel has no netem.
func drop(t *testing.T, nth int) {
	t.Helper()
	rule := "flush ruleset\n"
	if nth > 0 {
		rule += fmt.Sprintf(`table ip lossy { chain input { type filter hook input priority 0
tcp dport 8080 ip length > 1000 numgen inc mod %d 0 drop; }
}`, nth)
	}
	live.Run(t, "sh", "-c", "ip netns exec peer nft -f - <<'END'\n"+rule+"\nEND")
}

// sink is a server that answers each 1,000,000 bytes with one.
const sink = `
l = socket.create_server(('10.7.7.2', 8080))
import threading
def serve():
    while True:
        s = l.accept()[0]
        while True:
            n = 0
            while n < 1000000:
                b = s.recv(1000000 - n)
                if not b:
                    break
                n += len(b)
            if n < 1000000:
                break
            s.send(b'x')
        s.close()
threading.Thread(target=serve, daemon=True).start()
`

func TestRetransmits(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	link(t)
	live.Python(t, "peer", sink)
	for _, c := range []struct {
		name     string
		nth      int  // every nth packet is dropped
		before   bool // some were before the first moment, too
		severity netstat.Severity
	}{
		{"no loss", 0, false, netstat.Info},
		{"every 300th", 300, false, netstat.Info},
		{"every 300th, after many", 300, true, netstat.Info},
		{"every 30th", 30, false, netstat.Warning},
		{"every 30th, as before", 30, true, netstat.Warning},
		{"every 8th", 8, false, netstat.Critical},
		{"every 8th, as before", 8, true, netstat.Critical},
	} {
		t.Run(c.name, func(t *testing.T) {
			dialer := net.Dialer{}
			s, err := dialer.DialContext(context.Background(), "tcp4", "10.7.7.2:8080")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			exchange := func() {
				if _, err := s.Write(make([]byte, 1_000_000)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(s, make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
			}
			if c.before {
				drop(t, 8)
				exchange()
			}
			sentBefore, againBefore := ssSent(t, s)
			drop(t, c.nth)
			r := lookTwice(t, exchange, "retransmits")
			if c.severity == netstat.Info {
				wantSilence(t, r)
				return
			}
			if len(r.Findings) != 2 || r.Findings[0].Severity != c.severity || r.Findings[1].Severity != c.severity {
				t.Fatalf("findings %+v, want two: %v", r.Findings, c.severity)
			}
			f := r.Findings[0]
			if f.Subject.Kind != netstat.OfSocket || f.Subject.Remote.Port != 8080 || r.Findings[1].Subject.Kind != netstat.OfHost {
				t.Errorf("subjects %+v, %+v", f.Subject, r.Findings[1].Subject)
			}
			sent, again := ssSent(t, s)
			if f.Evidence[0].Value.Number != again-againBefore || f.Evidence[1].Value.Number != sent-sentBefore || f.Evidence[0].Grown != c.before {
				t.Errorf("evidence %+v, want %d of %d", f.Evidence, again-againBefore, sent-sentBefore)
			}
			wantRows(t, f, 1)
		})
	}
}

// ssSent returns how many bytes a connection has sent, and of these again, as ss shows.
func ssSent(t *testing.T, s net.Conn) (all, again uint64) {
	t.Helper()
	text := live.Run(t, "ss", "-Htin", "src "+s.LocalAddr().String())
	for name, n := range map[string]*uint64{"bytes_sent": &all, "bytes_retrans": &again} {
		if m := regexp.MustCompile(name + `:(\d+)`).FindStringSubmatch(text); m != nil {
			_, _ = fmt.Sscan(m[1], n)
		} else if strings.Contains(text, name) {
			t.Fatal(text)
		}
	}
	return all, again
}
