package diagnose

import (
	"testing"

	"netstat"
	"netstat/test/live"
)

// closedFirst is COUNT connections that the client has closed first: each leaves a socket in
// TIME-WAIT, if it may.
const closedFirst = `
l = socket.create_server(('127.0.0.1', 8080))
for i in range(COUNT):
    c = socket.create_connection(('127.0.0.1', 8080))
    s = l.accept()[0]
    c.close()
    s.recv(1)
    s.close()
`

func TestTimeWait(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=50", "net.ipv4.tcp_tw_reuse=0")
	t.Run("nearly", func(t *testing.T) {
		r := lookTwice(t, func() {
			_, end := live.Python(t, "", "COUNT = 39"+closedFirst)
			end()
			waitForStates(t, "time-wait", 39)
		}, "time-wait")
		wantSilence(t, r)
	})
	t.Run("reached", func(t *testing.T) {
		_, end := live.Python(t, "", "COUNT = 1"+closedFirst)
		end()
		waitForStates(t, "time-wait", 40)
		f := wantOne(t, lookOnce(t, "time-wait"), netstat.Warning, "40 of 50")
		if e := f.Evidence[0]; e.Value != netstat.NumberOf(40) || e.Limit != netstat.NumberOf(40) {
			t.Errorf("evidence %+v", f.Evidence)
		}
		wantRows(t, f, 1) // one remote address
	})
	t.Run("overflow", func(t *testing.T) {
		r := lookTwice(t, func() {
			_, end := live.Python(t, "", "COUNT = 15"+closedFirst)
			end()
			waitForStates(t, "time-wait", 50)
			waitForStates(t, "big", 0) // all others are closed
		}, "time-wait")
		f := wantOne(t, r, netstat.Warning, "5 connections were closed without TIME-WAIT")
		want := netstat.Evidence{Fact: "TcpExt.TCPTimeWaitOverflow", Grown: true, Value: netstat.NumberOf(5), Limit: netstat.NumberOf(0)}
		if len(f.Evidence) != 2 || f.Evidence[1] != want {
			t.Errorf("evidence %+v", f.Evidence)
		}
	})
}
