package closing

import (
	"testing"

	"netstat/test/live"
)

// asked runs our program on a terminal and answers its question. It prints what the
// terminal showed.
const asked = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b''
answered = False
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if not answered and shown.endswith(b'[y/N] '):
        answered = True
        os.write(fd, sys.argv[1].encode() + b'\n')
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

func TestAsk(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", served)
	ask := func(answer string, args ...string) live.Answer {
		return live.Program(t, append([]string{"python3", "-c", asked, answer, live.ProgramPath()}, args...)...)
	}
	request := []string{"-tln", "--state", "listening", "--filter", "sport = :8080", "--close"}
	for _, no := range []string{"n", "", "maybe"} {
		want(t, ask(no, request...), 1, "127.0.0.1:8080", "Close 2 sockets? [y/N]", "nothing was done")
	}
	want(t, ask("n", "--port", "9090", "--signal", "TERM"), 1, "Send TERM to 1 process? [y/N]", "nothing was done")
	if n := count(t, "-tln", "--port", "8080"); n != "2" {
		t.Fatalf("%s listeners are left, want 2", n)
	}
	want(t, ask("y", request...), 0, ": closed")
	if n := count(t, "-tln", "--port", "8080"); n != "0" {
		t.Errorf("%s listeners are left", n)
	}
}
