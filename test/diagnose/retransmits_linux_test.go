package diagnose

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
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

// answering is a server that answers each 1,200 bytes with one.
const answering = `
l = socket.create_server(('10.7.7.2', 8080))
import threading
def serve():
    while True:
        s = l.accept()[0]
        while True:
            if len(s.recv(1200, socket.MSG_WAITALL)) < 1200:
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
	live.Python(t, "peer", answering)
	// Each segment waits for the answer to the one before, and is sent again only after
	// 200 ms without one: many at a time would be sent again without need on a busy host.
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_early_retrans", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		segments int
		nth      int  // every nth segment is dropped
		before   bool // some were before the first moment, too
		severity netstat.Severity
	}{
		{"no loss", 400, 0, false, netstat.Info},
		{"no loss any more", 400, 0, true, netstat.Info},
		{"every 100th", 800, 100, false, netstat.Info},
		{"every 30th", 240, 30, false, netstat.Warning},
		{"every 30th, as before", 240, 30, true, netstat.Warning},
		{"every 8th", 112, 8, false, netstat.Critical},
	} {
		t.Run(c.name, func(t *testing.T) {
			dialer := net.Dialer{}
			s, err := dialer.DialContext(context.Background(), "tcp4", "10.7.7.2:8080")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			exchange := func(segments int) {
				for range segments {
					if _, err := s.Write(make([]byte, 1200)); err != nil {
						t.Fatal(err)
					}
					if _, err := io.ReadFull(s, make([]byte, 1)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.before {
				drop(t, 8)
				exchange(20)
			}
			before := ssSent(t, s)
			drop(t, c.nth)
			r := lookTwice(t, func() { exchange(c.segments) }, "retransmits")
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
			for i, after := range ssSent(t, s) {
				if e := f.Evidence[i]; e.Value.Number != after-before[i] || e.Grown != c.before {
					t.Errorf("evidence %+v, want %d", e, after-before[i])
				}
			}
			wantRows(t, f, 1)
		})
	}
}

// ssSent returns what ss shows of a connection: retransmissions, those that the peer
// received twice, and all segments with data. Zeros are not shown.
func ssSent(t *testing.T, s net.Conn) (numbers [3]uint64) {
	t.Helper()
	text := live.Run(t, "ss", "-Htin", "src "+s.LocalAddr().String())
	for i, name := range [...]string{" retrans:[0-9]+/", " dsack_dups:", " data_segs_out:"} {
		if m := regexp.MustCompile(name + `(\d+)`).FindStringSubmatch(text); m != nil {
			_, _ = fmt.Sscan(m[1], &numbers[i])
		}
	}
	return numbers
}
