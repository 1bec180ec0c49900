package diagnose

import (
	"testing"

	"netstat"
	"netstat/diagnose"
	"netstat/test/live"
)

// orphaned is COUNT connections that were closed while their peer, in the same process,
// does not read what they still have to send.
const orphaned = `
l = socket.create_server(('127.0.0.1', 8080))
held = []
for i in range(COUNT):
    c = socket.create_connection(('127.0.0.1', 8080))
    held.append(l.accept()[0])
    c.setblocking(False)
    try:
        while True:
            c.send(b'x' * 65536)
    except BlockingIOError:
        pass
    c.close()
`

// TestLimitsOfTheSystem requires of rules whose limit belongs to the whole system that
// they say so in a network namespace that lacks it. The limit itself can be changed in
// the first namespace only; the unit tests of these rules make hosts up.
func TestLimitsOfTheSystem(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Lasting(t)
	live.Python(t, "", "COUNT = 3"+orphaned)
	for rule, limit := range map[string]string{
		"tcp-memory": "this system or network namespace lacks sysctl.net.ipv4.tcp_mem.pressure",
		"orphans":    "this system or network namespace lacks sysctl.net.ipv4.tcp_max_orphans",
	} {
		r := lookTwice(t, func() {}, rule)
		if len(r.Findings) > 0 || len(r.Unlooked) != 1 || r.Unlooked[0] != (diagnose.Unlooked{Rule: rule, Why: limit}) {
			t.Errorf("%s: findings %+v, not looked at %+v", rule, r.Findings, r.Unlooked)
		}
	}
	// The commands of these rules show the sockets.
	wantRows(t, netstat.Finding{Command: "-tan --filter 'owner_unknown = closed' --group-by remote_address,state"}, 1)
	wantRows(t, netstat.Finding{Command: "-ta --memory --sort=-rmem_alloc,-wmem_alloc --limit 20"}, 7)
}
