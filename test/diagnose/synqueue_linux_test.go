package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// flood sends COUNT SYNs of as many clients from addresses that answer nothing: a client
// that does not complete the handshake. The check sum is that of tcp(7)'s pseudo header.
const flood = `
import struct, array
def checksum(b):
    n = sum(array.array('H', b + b'\0' * (len(b) % 2)))
    n = (n >> 16) + (n & 0xffff)
    return socket.ntohs(~(n + (n >> 16)) & 0xffff)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
to = socket.inet_aton('10.7.7.1')
for i in range(COUNT):
    source = socket.inet_aton('10.7.7.%d' % (100 + i))
    def segment(sum):
        return struct.pack('!HHIIBBHHH', 40000 + i, 8080, 1000, 0, 5 << 4, 2, 64000, sum, 0)
    tcp = segment(checksum(source + to + struct.pack('!BBH', 0, 6, 20) + segment(0)))
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 40, i, 0, 64, 6, 0, source, to)
    raw.sendto(ip + tcp, ('10.7.7.1', 0))
`

// received returns how many connection requests were taken, and how many refused, each once.
func received(t *testing.T) (taken, refused int) {
	t.Helper()
	taken = strings.Count(live.Run(t, "ss", "-Htan", "state", "syn-recv"), "\n")
	return taken, counted(t, "TcpExtSyncookiesSent", "TcpExtListenDrops")
}

func TestSynQueue(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Lasting(t)
	link(t)
	// Nobody there answers, so that nothing resets a half-open connection.
	live.Run(t, "sh", "-ec", "for i in $(seq 100 131); do ip neighbour add 10.7.7.$i lladdr 02:00:00:00:00:01 dev here; done")
	for _, c := range []struct {
		name          string
		cookies, most string
		backlog       int
		syns          int
		text          string
		counter       string
	}{
		{"nearly full", "1", "256", 8, 7, "", ""},
		{"full, cookies", "1", "256", 8, 12, "clients have not completed the handshake, the limit is 8", "TcpExt.TCPReqQFullDoCookies"},
		{"full, no cookies", "0", "256", 8, 12, "clients have not completed the handshake, the limit is 8", "TcpExt.TCPReqQFullDrop"},
		{"small tcp_max_syn_backlog, nearly full", "0", "8", 100, 6, "", ""},
		{"small tcp_max_syn_backlog", "0", "8", 100, 12, ": 7 clients have not completed the handshake, the limit is 7", ""},
		{"small tcp_max_syn_backlog, cookies", "1", "8", 100, 12, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			live.Run(t, "sysctl", "-qw", "net.ipv4.tcp_syncookies="+c.cookies, "net.ipv4.tcp_max_syn_backlog="+c.most)
			waitForStates(t, "syn-recv", 0) // those of the listener before stay until their timer expires
			_, end := live.Python(t, "", fmt.Sprintf("l = socket.create_server(('10.7.7.1', 8080), backlog=%d)", c.backlog))
			defer end()
			r := lookTwice(t, func() {
				_, before := received(t)
				_, end := live.Python(t, "peer", fmt.Sprintf("COUNT = %d", c.syns)+flood)
				defer end()
				waitFor(t, "all SYNs arrive", func() bool {
					taken, refused := received(t)
					return taken+refused-before >= c.syns
				})
			}, "syn-queue")
			if c.text == "" {
				wantSilence(t, r)
				return
			}
			f := wantOne(t, r, netstat.Warning, c.text)
			if f.Subject.Local.Port != 8080 || f.Subject.State != netstat.Listen || f.Subject.Process != "python3" {
				t.Errorf("subject %+v", f.Subject)
			}
			// Newer kernels take one more than the backlog.
			taken := int(f.Evidence[0].Value.Number)
			wantRows(t, f, taken)
			if c.counter != "" && taken != c.backlog && taken != c.backlog+1 {
				t.Errorf("%d half-open connections", taken)
			}
			found := c.counter == ""
			for _, e := range f.Evidence {
				found = found || e.Fact == c.counter && e.Grown && e.Value.Number == uint64(c.syns-taken)
			}
			if !found {
				t.Errorf("evidence %+v lacks %s", f.Evidence, c.counter)
			}
		})
	}
}
