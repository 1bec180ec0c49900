package diagnose

import (
	"fmt"
	"testing"

	"netstat"
	"netstat/test/live"
)

// halfClosed makes COUNT connections that only their clients have closed: FIN-WAIT-2. If LOST,
// nothing arrives any more and the server closes, too: LAST-ACK.
const halfClosed = `
import subprocess
l = socket.create_server(('127.0.0.1', 8080), backlog=4000)
clients, servers = [], []
for i in range(COUNT):
    clients.append(socket.create_connection(('127.0.0.1', 8080)))
    servers.append(l.accept()[0])
for c in clients:
    c.shutdown(socket.SHUT_WR)
for s in servers:
    s.recv(1)
if LOST:
    subprocess.run(['nft', '-f', '-'], input=b'table ip hole { chain input { type filter hook input priority 0; tcp sport 8080 drop; }\n}\n', check=True)
    for s in servers:
        s.shutdown(socket.SHUT_WR)
`

func TestClosing(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Lasting(t)
	for _, c := range []struct {
		name    string
		count   int
		lost    string // Python
		finding string // "": none
	}{
		{"nearly many", 999, "False", ""},
		{"many", 1000, "False", "1000 connections are in FIN-WAIT-2"},
		{"many that get no answer", 1000, "True", "1000 connections are in LAST-ACK"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, end := live.Python(t, "", fmt.Sprintf("COUNT, LOST = %d, %s", c.count, c.lost)+halfClosed)
			defer end()
			waitForStates(t, "fin-wait-2", c.count)
			if c.lost == "True" {
				waitForStates(t, "last-ack", c.count)
			}
			r := lookTwice(t, func() {}, "closing")
			switch {
			case c.finding == "":
				wantSilence(t, r)
			case c.lost == "True":
				if len(r.Findings) != 2 || r.Findings[1].Text != c.finding || r.Findings[1].Severity != netstat.Info {
					t.Fatalf("findings %+v", r.Findings)
				}
				wantRows(t, r.Findings[1], c.count)
			default:
				wantRows(t, wantOne(t, r, netstat.Info, c.finding), c.count)
			}
		})
	}
}
