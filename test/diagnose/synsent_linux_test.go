package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// attempts begins connections to the port 8080 of each address of ADDRESSES.
const attempts = `
held = []
for a in ADDRESSES:
    c = socket.socket()
    c.setblocking(False)
    c.connect_ex((a, 8080))
    held.append(c)
`

func TestSynSent(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Lasting(t)
	for _, c := range []struct {
		name      string
		rule      string // of nftables, for packets to the port
		addresses string // Python
		attempts  int
		check     func(*testing.T, uint32)
	}{
		{"dropped", "drop", "['127.0.0.1'] * 3", 3, func(t *testing.T, pid uint32) {
			f := wantOne(t, lookOnce(t, "syn-sent"), netstat.Warning, "nothing answers at this address: 3 connection attempts")
			if f.Subject.PID != pid || f.Subject.Remote.IP.String() != "127.0.0.1" || f.Subject.Remote.Port != 8080 || f.Evidence[0].Value.Number < 2 {
				t.Errorf("finding %+v", f)
			}
			wantRows(t, f, 3)
		}},
		{"dropped, of many addresses", "drop", "['127.0.0.%d' % i for i in range(1, 12)]", 11, func(t *testing.T, _ uint32) {
			f := wantOne(t, lookOnce(t, "syn-sent"), netstat.Warning, "11 addresses do not answer: 11 connection attempts")
			wantRows(t, f, 11)
		}},
		{"rejected", "reject with tcp reset", "['127.0.0.1'] * 3", 0, func(t *testing.T, _ uint32) {
			wantSilence(t, lookTwice(t, func() {}, "syn-sent"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			live.Run(t, "sh", "-c", fmt.Sprintf("nft -f - <<'END'\nflush ruleset\ntable ip wall { chain input { type filter hook input priority 0; tcp dport 8080 %s; }\n}\nEND", c.rule))
			pid, end := live.Python(t, "", "ADDRESSES = "+c.addresses+attempts)
			defer end()
			waitFor(t, "retransmissions of every SYN", func() bool {
				out := live.Netstat(t, "-tan", "--filter", "state = syn-sent and retransmits >= 2", "--count").Out
				return strings.TrimSpace(out) == fmt.Sprint(c.attempts)
			})
			c.check(t, pid)
		})
	}
}
