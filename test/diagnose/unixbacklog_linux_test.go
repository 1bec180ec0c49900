package diagnose

import (
	"fmt"
	"testing"

	"netstat"
	"netstat/test/live"
)

// unixFill is a listening unix socket of a type, to which COUNT clients connect. Those
// beyond backlog + 1 are refused.
const unixFill = `
l = socket.socket(socket.AF_UNIX, TYPE)
l.bind('\0full')
l.listen(BACKLOG)
held = []
for i in range(COUNT):
    c = socket.socket(socket.AF_UNIX, TYPE)
    c.setblocking(False)
    c.connect_ex('\0full')
    held.append(c)
`

func TestUnixBacklog(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, c := range []struct {
		kind           string
		backlog, count int
		text           string
	}{
		{"SOCK_STREAM", 1, 0, ""},
		{"SOCK_STREAM", 1, 1, ""},
		{"SOCK_STREAM", 1, 5, "2 wait, the backlog is 1"},
		{"SOCK_STREAM", 0, 5, "1 wait, the backlog is 0"},
		{"SOCK_SEQPACKET", 3, 3, ""},
		{"SOCK_SEQPACKET", 3, 4, "4 wait, the backlog is 3"},
	} {
		t.Run(fmt.Sprintf("%s %d of %d", c.kind, c.count, c.backlog), func(t *testing.T) {
			pid, end := live.Python(t, "", fmt.Sprintf("TYPE = socket.%s\nBACKLOG = %d\nCOUNT = %d", c.kind, c.backlog, c.count)+unixFill)
			defer end()
			once, twice := lookOnce(t, "unix-backlog"), lookTwice(t, func() {}, "unix-backlog")
			if c.text == "" {
				wantSilence(t, once)
				wantSilence(t, twice)
				return
			}
			f := wantOne(t, once, netstat.Critical, c.text)
			if f.Subject.Local.Name != "@full" || f.Subject.PID != pid {
				t.Errorf("subject %+v", f.Subject)
			}
			wantOne(t, twice, netstat.Critical, c.text)
			wantRows(t, f, 1)
		})
	}
	t.Run("full at the second moment only", func(t *testing.T) {
		r := lookTwice(t, func() {
			live.Python(t, "", "TYPE, BACKLOG, COUNT = socket.SOCK_STREAM, 1, 5"+unixFill)
		}, "unix-backlog")
		wantOne(t, r, netstat.Warning, "2 wait, the backlog is 1")
	})
}
