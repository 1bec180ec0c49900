package diagnose

import (
	"path/filepath"
	"testing"

	"netstat"
	"netstat/test/live"
)

// serving is a listener with two connections.
const serving = `
import socket, sys
l = socket.create_server(('127.0.0.1', 8080))
c = [socket.create_connection(('127.0.0.1', 8080)) for i in range(2)]
print('ready', flush=True)
sys.stdin.read()`

func TestDeletedExe(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	real, err := filepath.EvalSymlinks("/usr/bin/python3")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, program string)
		found  bool
	}{
		{"there", func(*testing.T, string) {}, false},
		{"removed", func(t *testing.T, program string) { live.Run(t, "rm", program) }, true},
		{"replaced", func(t *testing.T, program string) {
			live.Run(t, "cp", real, program+".new")
			live.Run(t, "mv", program+".new", program)
		}, true},
		{"moved", func(t *testing.T, program string) { live.Run(t, "mv", program, program+".old") }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "server")
			live.Run(t, "cp", real, program)
			pid, end := live.Start(t, program, "-c", serving)
			defer end()
			c.change(t, program)
			r := lookOnce(t, "deleted-exe")
			if !c.found {
				wantSilence(t, r)
				return
			}
			f := wantOne(t, r, netstat.Info, "3 sockets")
			if f.Subject.Kind != netstat.OfProcess || f.Subject.PID != pid {
				t.Errorf("subject %+v", f.Subject)
			}
			wantRows(t, f, 3)
		})
	}
	// A program in memory never had a file.
	t.Run("started from memory", func(t *testing.T) {
		live.Start(t, real, "-c", `
import os, sys
fd = os.memfd_create('server')
os.write(fd, open(sys.executable, 'rb').read())
os.execve(fd, ['server', '-c', sys.argv[1]], os.environ)`, serving)
		wantSilence(t, lookOnce(t, "deleted-exe"))
	})
}
