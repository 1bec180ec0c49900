package diagnose

import (
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

func TestNoOwner(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	t.Run("owned", func(t *testing.T) {
		_, end := live.Python(t, "", `
l = socket.create_server(('127.0.0.1', 8080))
c = socket.create_connection(('127.0.0.1', 8080))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('127.0.0.1', 8080))`)
		defer end()
		wantSilence(t, lookOnce(t, "no-owner"))
	})
	t.Run("in a message", func(t *testing.T) {
		_, end := live.Python(t, "", `
l = socket.create_server(('127.0.0.1', 8080))
a, b = socket.socketpair()
socket.send_fds(a, [b'x'], [l.fileno()])
l.close()`)
		defer end()
		f := wantOne(t, lookOnce(t, "no-owner"), netstat.Info, "1 listener", "not among the open files")
		if f.Subject.Local.Port != 8080 || f.Evidence[0].Value != netstat.TextOf("unheld") {
			t.Errorf("finding %+v", f)
		}
		wantRows(t, f, 1)
	})
	t.Run("in a thread's file table", func(t *testing.T) {
		_, end := live.Python(t, "", `
import ctypes, threading
libc = ctypes.CDLL(None, use_errno=True)
opened = threading.Event()
def serve():
    global l
    if libc.unshare(0x400): # CLONE_FILES
        raise OSError(ctypes.get_errno())
    l = socket.create_server(('127.0.0.1', 8080))
    opened.set()
    threading.Event().wait()
threading.Thread(target=serve, daemon=True).start()
opened.wait()`)
		defer end()
		wantSilence(t, lookOnce(t, "no-owner"))
	})
	for _, c := range []struct {
		reason string
		args   []string // of the program that runs ours
	}{
		{"permission", []string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"}},
		{"namespace", []string{"unshare", "--pid", "--fork", "--mount-proc"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			_, end := live.Python(t, "", "l = socket.create_server(('127.0.0.1', 8080))")
			defer end()
			a := live.Program(t, append(c.args, live.ProgramPath(), "--diagnose=0,no-owner", "--json")...)
			if want := `"fact":"owner_unknown","value":"` + c.reason + `"`; !strings.Contains(a.Out, want) {
				t.Errorf("%s%s, want %s", a.Out, a.Err, want)
			}
		})
	}
	t.Run("of the kernel", func(t *testing.T) {
		live.Run(t, "ip", "link", "add", "tunnel", "type", "vxlan", "id", "5", "dstport", "4789", "local", "127.0.0.1", "dev", "lo")
		live.Run(t, "ip", "link", "set", "tunnel", "up")
		defer live.Run(t, "ip", "link", "delete", "tunnel")
		f := wantOne(t, lookOnce(t, "no-owner"), netstat.Info, "the kernel itself")
		if f.Subject.Local.Port != 4789 || f.Evidence[0].Value != netstat.TextOf("kernel") {
			t.Errorf("finding %+v", f)
		}
		wantRows(t, f, 1)
	})
}
