package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netstat/test/live"
	"netstat/test/need"
)

// session is a shell in tmux.
type session struct {
	t    *testing.T
	dir  string
	tmux string
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{t: t, dir: t.TempDir(), tmux: need.Program(t, "tmux", "tmux")}
	s.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "env PS1='$ ' TERM=screen bash --norc --noprofile -i")
	t.Cleanup(func() { s.run("kill-server") })
	s.await("a prompt", func(screen string) bool { return strings.HasPrefix(screen, "$") })
	return s
}

func (s *session) run(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(s.tmux, append([]string{"-S", filepath.Join(s.dir, "socket")}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// press sends keys, by tmux's names or as text.
func (s *session) press(keys ...string) {
	s.t.Helper()
	s.run(append([]string{"send-keys"}, keys...)...)
}

// await waits until the screen is as wanted.
func (s *session) await(what string, wanted func(screen string) bool) {
	s.t.Helper()
	var screen string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if screen = s.run("capture-pane", "-p"); wanted(screen) {
			return
		}
	}
	s.t.Fatalf("%s: the screen is\n%s", what, screen)
}

func (s *session) shows(parts ...string) {
	s.t.Helper()
	s.await(strings.Join(parts, ", "), func(screen string) bool {
		for _, part := range parts {
			if !strings.Contains(screen, part) {
				return false
			}
		}
		return true
	})
}

// restored requires that the terminal is as before, and returns what the shell prints.
func (s *session) restored(what, status string) {
	s.t.Helper()
	// What is typed before the shell is back, the program would read.
	s.await(what+": a prompt", func(screen string) bool { return strings.HasSuffix("\n"+strings.TrimSpace(screen), "\n$") })
	name := filepath.Join(s.dir, "after")
	_ = os.Remove(name)
	s.press(`echo "status $?"; stty -g >`+name+"; echo done", "Enter")
	s.await(what+" with status "+status, func(screen string) bool {
		return strings.Contains(screen, "\nstatus "+status+"\n") && strings.Contains(screen, "\ndone\n")
	})
	before, err := os.ReadFile(filepath.Join(s.dir, "before"))
	if err != nil {
		s.t.Fatal(err)
	}
	if after, err := os.ReadFile(name); err != nil || string(after) != string(before) {
		s.t.Errorf("%s: stty %q, %v, before %q", what, after, err, before)
	}
	if flags := s.run("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}"); flags != "0 1 1\n" {
		s.t.Errorf("%s: alternate screen, cursor and wrapping are %q", what, flags)
	}
	s.press("clear", "Enter")
	s.await("a clear screen", func(screen string) bool { return !strings.Contains(screen, "status") })
}

// TestTmux types into the program in a real terminal, and requires that the terminal is
// as before however the program ends.
func TestTmux(t *testing.T) {
	need.Program(t, "tmux", "tmux")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", `
l = socket.create_server(('127.0.0.1', 8080))
held = [socket.create_connection(('127.0.0.1', 8080)), l.accept()[0]]
`)
	s := newSession(t)
	s.press("stty -g >"+filepath.Join(s.dir, "before")+"; clear", "Enter")
	s.await("a prompt", func(screen string) bool { return strings.TrimSpace(screen) == "$" })
	command := live.ProgramPath() + " --watch=0.2 -tan"
	begin := func() {
		t.Helper()
		s.press(command, "Enter")
		s.shows("3 sockets", "127.0.0.1:8080", "LISTEN", "ESTABLISHED", "q quit")
	}
	pid := func() string {
		t.Helper()
		return strings.TrimSpace(live.Run(t, "pgrep", "-f", "-x", command))
	}

	begin()
	s.press("/")
	s.press("-l", "state = listening")
	s.press("Enter")
	s.shows("1 socket ", "filter state = listening")
	s.press("Down", "Enter")
	s.shows("Details", "max_backlog")
	s.press("Escape")
	s.shows("1 socket ")
	s.run("resize-window", "-x", "40", "-y", "10")
	s.await("40 by 10", func(screen string) bool {
		lines := strings.Split(screen, "\n")
		return len(lines) == 11 && strings.HasPrefix(lines[9], "q quit") && strings.Contains(lines[0], "1 socket") && strings.Contains(lines[2], "127.0.0.1:8080")
	})
	s.run("resize-window", "-x", "120", "-y", "30")
	s.await("120 by 30", func(screen string) bool {
		lines := strings.Split(screen, "\n")
		return len(lines) == 31 && strings.HasPrefix(lines[29], "q quit") && strings.Contains(lines[1], "RCVD")
	})
	s.press("q")
	s.restored("q", "0")

	begin()
	s.press("C-c")
	s.restored("Ctrl-C", "130")

	begin()
	s.press("C-z")
	s.shows("Stopped")
	s.restored("Ctrl-Z", "147")
	s.press("fg", "Enter")
	s.shows("3 sockets", "q quit")
	live.Run(t, "kill", "-TERM", pid())
	s.restored("TERM", "143")

	for signal, status := range map[string]string{"HUP": "129", "QUIT": "255"} {
		begin()
		live.Run(t, "kill", "-"+signal, pid())
		s.restored(signal, status)
	}

	// Stopped by a signal that cannot be handled, the program draws everything again.
	begin()
	live.Run(t, "kill", "-STOP", pid())
	s.shows("Stopped")
	s.press("fg", "Enter")
	s.shows("3 sockets", "q quit")
	s.press("q")
	s.shows("$")
}
