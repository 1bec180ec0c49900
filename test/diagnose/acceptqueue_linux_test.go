package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// fill is a listener with a backlog of 4 and as many connections as the format says. A
// client's connection beyond backlog+1 stays in SYN-SENT.
const fill = `
l = socket.create_server(('127.0.0.1', 8080), backlog=4)
held = []
for i in range(COUNT):
    c = socket.socket()
    c.setblocking(False)
    c.connect_ex(('127.0.0.1', 8080))
    held.append(c)
`

// waitForQueue waits until the listener of fill in this namespace has so many connections.
// The kernel completes connections asynchronously if it is busy.
func waitForQueue(t *testing.T, n int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d connections wait", n), func() bool {
		fields := strings.Fields(live.Run(t, "ss", "-Htln", "sport = :8080"))
		return len(fields) > 1 && fields[1] == strconv.Itoa(n)
	})
}

func TestAcceptQueue(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, c := range []struct {
		name, count string
		waiting     int // connections in the queue
		check       func(*testing.T)
	}{
		{"empty", "0", 0, func(t *testing.T) { wantSilence(t, lookOnce(t, "accept-queue")) }},
		{"half full", "2", 2, func(t *testing.T) { wantSilence(t, lookOnce(t, "accept-queue")) }},
		{"nearly full", "3", 3, func(t *testing.T) {
			f := wantOne(t, lookOnce(t, "accept-queue"), netstat.Warning, "3 of 4")
			if f.Subject.Local.Port != 8080 || f.Subject.Process != "python3" {
				t.Errorf("subject %+v", f.Subject)
			}
			wantRows(t, f, 1)
		}},
		{"full", "8", 5, func(t *testing.T) {
			wantOne(t, lookOnce(t, "accept-queue"), netstat.Critical, "5 wait", "backlog is 4")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, end := live.Python(t, "", "COUNT = "+c.count+fill)
			defer end()
			waitForQueue(t, c.waiting)
			c.check(t)
		})
	}
	t.Run("dropped between two moments", func(t *testing.T) {
		r := lookTwice(t, func() {
			before := counted(t, "TcpExtListenDrops")
			_, end := live.Python(t, "", "COUNT = 8"+fill)
			waitFor(t, "a dropped connection", func() bool { return counted(t, "TcpExtListenDrops") > before })
			end()
		}, "accept-queue")
		f := wantOne(t, r, netstat.Critical, "no queue is full now")
		if f.Evidence[0].Value.Number == 0 {
			t.Errorf("evidence %+v", f.Evidence)
		}
	})
}
