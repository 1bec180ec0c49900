package watch

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// sshHost is a real sshd on port 22 of the test's namespace, and a key that it accepts.
type sshHost struct {
	t      *testing.T
	client []string // ssh(1) with its options and the host
}

// newSSHHost starts sshd. Its own files are in a directory of the test; it neither reads
// nor writes those of the machine.
func newSSHHost(t *testing.T) *sshHost {
	t.Helper()
	sshd := need.Program(t, "sshd", "openssh-server")
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"host", "user"} {
		live.Run(t, need.Program(t, "ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", file(name))
	}
	config := `ListenAddress 127.0.0.1
HostKey ` + file("host") + `
AuthorizedKeysFile ` + file("user.pub") + `
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
PrintMotd no
`
	if err := os.WriteFile(file("sshd_config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	// A locked account may not log in, whatever its key.
	if err := live.CoverEtc(map[string]string{"shadow": "root:*:19000:0:99999:7:::\n"}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	// sshd records logins there.
	if err := unix.Mount("tmpfs", "/var/log", "tmpfs", 0, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("/var/log/lastlog", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	server := exec.Command(sshd, "-D", "-e", "-f", file("sshd_config"))
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		if t.Failed() {
			t.Logf("sshd says:\n%s", log.String())
		}
	})
	h := &sshHost{t, []string{
		need.Program(t, "ssh", "openssh-client"), "-F", "none", "-i", file("user"), "-o", "UserKnownHostsFile=" + file("known"),
		"-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "root@127.0.0.1",
	}}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		a := h.run("true")
		if a.Status == 0 {
			return h
		}
		if time.Now().After(end) {
			t.Fatalf("ssh: %s\nsshd: %s", a.Err, log.String())
		}
	}
}

// run runs a command on the host without a terminal.
func (h *sshHost) run(command string) live.Answer {
	h.t.Helper()
	return live.Program(h.t, append(h.client[:len(h.client):len(h.client)], command)...)
}

// sessions returns the number of established connections of the server.
func (h *sshHost) sessions() int {
	h.t.Helper()
	a := live.Netstat(h.t, "-tn", "--filter", "sport = :22 and state = established", "--count")
	n, err := strconv.Atoi(strings.TrimSpace(a.Out))
	if err != nil {
		h.t.Fatalf("%q, %q", a.Out, a.Err)
	}
	return n
}

// settle waits until the server has this many sessions.
func (h *sshHost) settle(want int) {
	h.t.Helper()
	n := 0
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if n = h.sessions(); n == want {
			return
		}
	}
	h.t.Fatalf("%d ssh sessions, want %d", n, want)
}

// TestSSH closes sockets in sessions of a real sshd: without a terminal, on one, and in a
// tmux that a session is attached to. The user's own session is kept unless it is named.
func TestSSH(t *testing.T) {
	need.Program(t, "tmux", "tmux")
	need.Program(t, "sshd", "openssh-server")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	h := newSSHHost(t)
	h.settle(0)
	program := live.ProgramPath()
	all := program + ` -tn --filter "sport = :22 and state = established" --close`
	const kept = ": kept: own ssh session (--close=yes,self closes it)\n"

	// Another session is closed, the own one is kept.
	other := exec.Command(h.client[0], append(h.client[1:len(h.client):len(h.client)], "exec sleep 1000")...)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	h.settle(1)
	for _, command := range []string{all, `sh -c 'env -u SSH_CONNECTION ` + all + `; exit $?'`} {
		a := h.run(command)
		if a.Status != 1 || strings.Count(a.Out, ": own ssh session, will be kept\n") != 1 || strings.Count(a.Out, "\n") != 2 {
			t.Errorf("%s: %+v", command, a)
		}
	}
	a := h.run(all + "=yes")
	if a.Status != 1 || strings.Count(a.Out, kept) != 1 || strings.Count(a.Out, ": closed\n") != 1 {
		t.Errorf("%+v", a)
	}
	if err := other.Wait(); err == nil {
		t.Error("the other session did not end")
	}
	h.settle(0)
	// Over the loopback interface the client's end is on this host too.
	a = h.run(program + ` -tn --filter "dport = :22 and state = established" --close=yes`)
	if a.Status != 1 || strings.Count(a.Out, kept) != 1 || strings.Count(a.Out, "\n") != 1 {
		t.Errorf("%+v", a)
	}
	a = h.run(all + "=yes,self; echo still here")
	if a.Status != 255 || strings.Contains(a.Out, "still here") {
		t.Errorf("with yes,self: %+v", a)
	}
	h.settle(0)

	s := newSession(t)
	login := func() {
		t.Helper()
		s.press("clear; "+strings.Join(h.client[:len(h.client)-1], " ")+" -t "+h.client[len(h.client)-1]+` "env PS1='$ ' TERM=screen bash --norc --noprofile -i"`, "Enter")
		h.settle(1)
		s.await("a prompt", func(screen string) bool { return strings.TrimSpace(screen) == "$" })
		s.press("stty -g >"+s.dir+"/before; clear", "Enter")
		s.await("a prompt", func(screen string) bool { return strings.TrimSpace(screen) == "$" })
	}
	watch := program + " --watch=0.2 -tn --port 22 --state listening,established"
	begin := func() {
		t.Helper()
		s.press(watch, "Enter")
		s.shows("3 sockets", "127.0.0.1:22", "LISTEN", "q quit")
	}
	keeps := func() {
		t.Helper()
		s.press("Down", "Down") // both ends of the session
		for range 2 {
			s.press("K")
			s.shows("K keeps the own ssh session: --close=yes,self closes it")
			s.press("Up")
		}
	}

	login()
	begin()
	keeps()
	s.press("q")
	s.restored("q", "0")
	for signal, status := range map[string]string{"TERM": "143", "HUP": "129"} {
		begin()
		live.Run(t, "kill", "-"+signal, strings.TrimSpace(live.Run(t, "pgrep", "-f", "-x", watch)))
		s.restored(signal, status)
	}

	// A tmux that runs elsewhere has no SSH_CONNECTION. The session is attached to it.
	inner := filepath.Join(s.dir, "inner")
	live.Run(t, s.tmux, "-S", inner, "-f", "/dev/null", "new-session", "-d", "env PS1='$ ' TERM=screen bash --norc --noprofile -i")
	defer live.Run(t, s.tmux, "-S", inner, "kill-server")
	s.press("TMUX= "+s.tmux+" -S "+inner+" attach", "Enter")
	s.shows("[0]")
	s.press("clear; echo \"connection '$SSH_CONNECTION'\"", "Enter")
	s.shows("connection ''")
	begin()
	keeps()
	s.press("q")
	s.await("a prompt", func(screen string) bool { return strings.HasPrefix(screen, "$") || strings.Contains(screen, "\n$") })
	s.press("clear; "+all+"=yes; echo \"status $?\"", "Enter")
	s.shows("kept: own ssh session (", "status 1")
	if n := h.sessions(); n != 1 {
		t.Errorf("%d sessions, want the own one", n)
	}
	s.press("clear; "+all+"=yes,self", "Enter")
	h.settle(0)
}
