package diagnose

import (
	"testing"

	"netstat"
	"netstat/test/live"
)

// shared is a group of two listeners of this process. Connections go to either by a
// hash of the ends; the first accepts all of its own, the second all but HELD. The kernel
// counts what waits there in tcpi_unacked.
const shared = `
import struct
def waiting(l):
    return struct.unpack_from('I', l.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 24)[0]
def listener():
    l = socket.socket()
    l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    l.bind(('127.0.0.1', 8080))
    l.listen(1000)
    return l
a, b = listener(), listener()
held = []
of_b = 0
while of_b < HELD:
    held.append(socket.create_connection(('127.0.0.1', 8080)))
    while not waiting(a) and waiting(b) == of_b:
        pass
    if waiting(a):
        held.append(a.accept()[0])
    of_b = waiting(b)
`

func TestReuseportSkew(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, c := range []struct {
		name, held string
		found      bool
	}{
		{"some", "15", false},
		{"many", "40", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			pid, end := live.Python(t, "", "HELD = "+c.held+shared)
			defer end()
			once, twice := lookOnce(t, "reuseport-skew"), lookTwice(t, func() {}, "reuseport-skew")
			if !c.found {
				wantSilence(t, once)
				wantSilence(t, twice)
				return
			}
			f := wantOne(t, once, netstat.Warning, "one of 2 listeners", c.held+" connections wait there, 0 at another")
			if f.Subject.Local.Port != 8080 || f.Subject.PID != pid || f.Evidence[0].Value != netstat.NumberOf(40) {
				t.Errorf("finding %+v", f)
			}
			wantOne(t, twice, netstat.Warning, c.held+" connections wait there")
			wantRows(t, f, 2)
		})
	}
	t.Run("at the second moment only", func(t *testing.T) {
		wantSilence(t, lookTwice(t, func() { live.Python(t, "", "HELD = 40"+shared) }, "reuseport-skew"))
	})
}
