package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// receiverOf is a UDP socket of an address with a small buffer, of which nothing is read.
const receiverOf = `
family = socket.AF_INET6 if ':' in ADDRESS else socket.AF_INET
r = socket.socket(family, socket.SOCK_DGRAM, PROTOCOL)
r.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
r.bind((ADDRESS, 9000))
def flood(n):
    s = socket.socket(family, socket.SOCK_DGRAM, PROTOCOL)
    for i in range(n):
        s.sendto(b'x' * 100, (ADDRESS, 9000))
`

func TestUDPDrops(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	const udp, udplite = 17, 136
	for _, c := range []struct {
		name, address string
		protocol      int
		packets       int
		dropped       bool
		gone          string // the counter, if the socket is closed again
	}{
		{"none", "127.0.0.1", udp, 0, false, ""},
		{"few", "127.0.0.1", udp, 2, false, ""},
		{"flood", "127.0.0.1", udp, 100, true, ""},
		{"flood of IPv6", "::1", udp, 100, true, ""},
		{"flood of UDP-Lite", "127.0.0.1", udplite, 100, true, ""},
		{"flood of a socket that is gone", "127.0.0.1", udp, 100, true, "Udp.RcvbufErrors"},
		{"flood of a socket of IPv6 that is gone", "::1", udp, 100, true, "Udp6.RcvbufErrors"},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := fmt.Sprintf("ADDRESS, PROTOCOL = %q, %d", c.address, c.protocol) + receiverOf + fmt.Sprintf("flood(%d)\n", c.packets)
			var pid uint32
			var end func()
			flood := func() {
				before := counted(t, "IpInReceives", "Ip6InReceives")
				pid, end = live.Python(t, "", program)
				waitFor(t, "all packets arrive", func() bool { return counted(t, "IpInReceives", "Ip6InReceives") >= before+c.packets })
			}
			if c.gone != "" {
				r := lookTwice(t, func() { flood(); end() }, "udp-drops")
				f := wantOne(t, r, netstat.Warning, c.gone)
				if f.Evidence[0].Fact != c.gone || f.Evidence[0].Value.Number == 0 {
					t.Errorf("evidence %+v", f.Evidence)
				}
				return
			}
			r := lookTwice(t, flood, "udp-drops")
			defer end()
			if !c.dropped {
				wantSilence(t, r)
				return
			}
			f := wantOne(t, r, netstat.Warning, "its receive buffer was full")
			drops := strings.TrimSpace(live.Netstat(t, "-uaUn", "--filter", "drops > 0", "--format=template={{.drops}}").Out)
			if f.Subject.PID != pid || f.Evidence[0].Value.String() != drops {
				t.Errorf("finding %+v, want %s drops", f, drops)
			}
			wantRows(t, f, 1)
			wantSilence(t, lookTwice(t, func() {}, "udp-drops")) // they are of before
		})
	}
}
