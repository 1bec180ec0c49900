package diagnose

import (
	"testing"

	"netstat"
	"netstat/test/live"
)

// TestKeepalive comes close: so many connections without keepalive, but in use a moment
// ago. Two hours without data cannot be made here, the unit test makes hosts up.
func TestKeepalive(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "address", "add", "10.7.7.1/32", "dev", "lo")
	live.Python(t, "", `
l = socket.create_server(('10.7.7.1', 8080), backlog=200)
held = []
for i in range(150):
    held.append(socket.create_connection(('10.7.7.1', 8080)))
    held.append(l.accept()[0])
held[0].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)`)
	wantSilence(t, lookOnce(t, "keepalive"))
	// The filter of the rule's command, with another time.
	wantRows(t, netstat.Finding{Command: "-tanp --filter 'state = established and timer = none and last_data_recv >= 0s and last_data_sent >= 0s'"}, 299)
}
