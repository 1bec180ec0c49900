package watch

import (
	"strings"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

// servedHere is a server on port 8080 with a UDP socket, and clients on ports 4001 to 4003.
const servedHere = `
l = socket.create_server(('127.0.0.1', 8080))
held = [l]
for port in 4001, 4002, 4003:
    c = socket.socket()
    c.bind(('127.0.0.1', port))
    c.connect(('127.0.0.1', 8080))
    held += [c, l.accept()[0]]
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('127.0.0.1', 8080))
`

// TestCloseKeyLive closes real sockets with the key K in a real terminal.
func TestCloseKeyLive(t *testing.T) {
	need.Program(t, "tmux", "tmux")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "netns", "add", "other")
	live.Run(t, "ip", "-n", "other", "link", "set", "lo", "up")
	_, end := live.Python(t, "", servedHere)
	live.Python(t, "other", servedHere)
	s := newSession(t)
	s.press("stty -g >"+s.dir+"/before; clear", "Enter")
	s.await("a prompt", func(screen string) bool { return strings.TrimSpace(screen) == "$" })
	begin := func(args ...string) {
		t.Helper()
		s.press("clear; "+strings.Join(args, " "), "Enter")
		s.shows("1 socket ", ">")
	}
	left := func(port string, args ...string) string {
		t.Helper()
		return strings.TrimSpace(live.Netstat(t, append([]string{"-tan", "--filter", "sport = :" + port + " and dport = :8080", "--count"}, args...)...).Out)
	}
	program := live.ProgramPath() + " --watch=0.2 -n "
	quit := func() {
		t.Helper()
		s.press("q")
		s.await("a prompt", func(screen string) bool { return strings.HasSuffix("\n"+strings.TrimSpace(screen), "\n$") })
	}
	connection := func(port string) string { return `--filter "sport = :` + port + ` and dport = :8080"` }

	begin(program, connection("4001"))
	for _, no := range []string{"n", "Escape"} {
		s.press("K")
		s.shows("Close? y/n: tcp 127.0.0.1:4001 127.0.0.1:8080 ESTABLISHED", "/python3")
		s.press(no)
		s.shows("nothing was done")
	}
	if n := left("4001"); n != "1" {
		t.Fatalf("%s connections after no", n)
	}
	s.press("K")
	s.shows("y/n")
	s.press("y")
	s.shows("closed: tcp 127.0.0.1:4001 127.0.0.1:8080 ESTABLISHED")
	if n := left("4001"); n != "0" {
		t.Errorf("%s connections after yes", n)
	}
	s.shows("0 sockets")
	quit()

	// Another user may not.
	begin("setpriv --reuid=65534 --regid=65534 --clear-groups", program, connection("4002"))
	s.press("K")
	s.shows("y/n")
	s.press("y")
	s.shows("denied: tcp 127.0.0.1:4002")
	if n := left("4002"); n != "1" {
		t.Errorf("%s connections after a denied close", n)
	}
	quit()

	begin("env 'SSH_CONNECTION=127.0.0.1 4002 127.0.0.1 8080'", program, connection("4002"))
	s.press("K")
	s.shows("K keeps the own ssh session")
	quit()

	// The socket of another namespace, with the same addresses.
	begin(program, "--netns other", connection("4002"))
	s.press("K")
	s.shows("y/n")
	s.press("y")
	s.shows("closed: tcp 127.0.0.1:4002")
	if here, there := left("4002"), left("4002", "--netns", "other"); here != "1" || there != "0" {
		t.Errorf("%s connections here and %s there, want 1 and 0", here, there)
	}
	quit()

	begin(program, "--netns self,other", `--filter "sport = :4003 and dport = :8080" --limit 1 --sort netns`)
	s.press("K")
	s.shows("y/n")
	s.press("y")
	s.shows("closed: tcp 127.0.0.1:4003")
	if here, there := left("4003"), left("4003", "--netns", "other"); here+there != "01" && here+there != "10" {
		t.Errorf("%s connections here and %s there, want one in all", here, there)
	}
	quit()

	begin(program, "-a -u")
	s.press("K")
	s.shows("Disconnect this UDP socket?", "y/n: udp", "127.0.0.1:8080")
	s.press("y")
	s.shows("not closed: its process gets an error and keeps the port: udp 127.0.0.1:8080")
	quit()

	begin(program, "-l -t")
	s.press("K")
	s.shows("Close this LISTENING socket? y/n: tcp 127.0.0.1:8080")
	s.press("y")
	s.shows("closed: tcp 127.0.0.1:8080 0.0.0.0:* LISTEN")
	quit()

	// It is gone when the user agrees.
	begin(program, connection("4002"))
	s.press("K")
	s.shows("y/n")
	end()
	s.shows("0 sockets")
	s.press("y")
	s.shows("gone: tcp 127.0.0.1:4002")
	s.press("q")
	s.restored("q", "0")
}
