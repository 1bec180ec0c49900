package closing

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netstat"
	"netstat/collect"
	"netstat/test/live"
)

// served is a server on port 8080 with two connections over IPv4 and one over IPv6, a UDP
// socket on the port, and a group of listeners on 9090.
const served = `
held = []
for family, address, count in ((socket.AF_INET, '127.0.0.1', 2), (socket.AF_INET6, '::1', 1)):
    l = socket.create_server((address, 8080), family=family)
    held.append(l)
    for i in range(count):
        held.append(socket.create_connection((address, 8080)))
        held.append(l.accept()[0])
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('127.0.0.1', 8080))
for i in range(4):
    g = socket.socket()
    g.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    g.bind(('127.0.0.1', 9090))
    g.listen()
    held.append(g)
`

// count returns the number of sockets that a command line selects.
func count(t *testing.T, args ...string) string {
	t.Helper()
	return strings.TrimSpace(live.Netstat(t, append(args, "--count")...).Out)
}

func want(t *testing.T, a live.Answer, status int, parts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d", a.Status, status)
	}
	for _, part := range parts {
		if !strings.Contains(a.Out+a.Err, part) {
			t.Errorf("%q is missing in\n%s%s", part, a.Out, a.Err)
		}
	}
}

func TestClose(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", served)
	connections := []string{"-tn", "--filter", "sport = :8080 and state = established"}

	t.Run("nothing without a filter", func(t *testing.T) {
		want(t, live.Netstat(t, "-tan", "--close=yes"), 3, "needs --filter")
	})
	t.Run("only lists without yes", func(t *testing.T) {
		want(t, live.Netstat(t, "--port", "8080", "--close"), 1,
			"127.0.0.1:8080", "nothing was done: --close=yes", "2 listening sockets left alone", "1 UDP socket left alone")
		if n := count(t, connections...); n != "3" {
			t.Errorf("%s connections are left, want 3", n)
		}
	})
	t.Run("connections", func(t *testing.T) {
		a := live.Netstat(t, append(connections, "--close=yes")...)
		want(t, a, 0, "tcp 127.0.0.1:8080", "tcp6 [::1]:8080")
		if n := strings.Count(a.Out, ": closed\n"); n != 3 {
			t.Errorf("%d sockets closed, want 3:\n%s", n, a.Out)
		}
		if n := count(t, connections...); n != "0" {
			t.Errorf("%s connections are left", n)
		}
		if n := count(t, "-tln", "--port", "8080"); n != "2" {
			t.Errorf("%s listening sockets are left, want 2", n)
		}
	})
	t.Run("a group of listeners", func(t *testing.T) {
		a := live.Netstat(t, "--state", "listening", "--filter", "sport = :9090", "--close=yes")
		want(t, a, 0)
		if n := count(t, "-tln", "--port", "9090"); n != "0" {
			t.Errorf("%s listeners are left:\n%s", n, a.Out)
		}
	})
	t.Run("UDP keeps its port", func(t *testing.T) {
		want(t, live.Netstat(t, "-u", "--port", "8080", "--close=yes"), 1, "keeps the port")
		if n := count(t, "-uan", "--port", "8080"); n != "1" {
			t.Errorf("%s UDP sockets, want 1", n)
		}
	})
	t.Run("denied", func(t *testing.T) {
		a := live.Program(t, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(),
			"-tln", "--state", "listening", "--port", "8080", "--close=yes")
		want(t, a, 1, ": denied")
	})
	t.Run("no match", func(t *testing.T) {
		want(t, live.Netstat(t, "--port", "4711", "--close=yes"), 1, "no socket to close")
	})
}

// TestCloseOther requires that only the socket of the row is closed: one with another
// cookie has its addresses.
func TestCloseOther(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	live.Python(t, "", served)
	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	rows := func() (list []netstat.Socket) {
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table} {
			for s, err := range src.Sockets(context.Background(), table, netstat.Need{Facts: netstat.FactInode | netstat.FactInterface}) {
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, s)
			}
		}
		return list
	}
	before := rows()
	for _, s := range before {
		s.Cookie += 1 << 40
		if err := src.(netstat.Closer).CloseSocket(&s); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v %v with another cookie: %v", s.Local, s.State, err)
		}
		s.Cookie = 0
		if err := src.(netstat.Closer).CloseSocket(&s); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v %v without a cookie: %v", s.Local, s.State, err)
		}
	}
	if after := rows(); len(after) != len(before) {
		t.Errorf("%d sockets after, %d before", len(after), len(before))
	}
}

func TestCloseMany(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", `
l = socket.create_server(('127.0.0.1', 8080), backlog=200)
held = [socket.create_connection(('127.0.0.1', 8080)) for i in range(120)]
`)
	filter := []string{"-tn", "--filter", "dport = :8080"}
	want(t, live.Netstat(t, append(filter, "--close=yes")...), 1, "120 sockets match: --limit says how many")
	if n := count(t, filter...); n != "120" {
		t.Errorf("%s connections are left, want 120", n)
	}
	want(t, live.Netstat(t, append(filter, "--close=yes", "--limit", "10")...), 0)
	if n := count(t, filter...); n != "110" {
		t.Errorf("%s connections are left, want 110", n)
	}
}

func TestCloseNamespace(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "netns", "add", "other")
	live.Run(t, "ip", "-n", "other", "link", "set", "lo", "up")
	live.Python(t, "", served)
	live.Python(t, "other", served)
	connections := []string{"-tn", "--filter", "sport = :8080 and state = established"}
	want(t, live.Netstat(t, append(connections, "--netns", "other", "--close=yes")...), 0, ": closed")
	if here, there := count(t, connections...), count(t, append(connections, "--netns", "other")...); here != "3" || there != "0" {
		t.Errorf("%s connections here and %s there, want 3 and 0", here, there)
	}
	want(t, live.Netstat(t, append(connections, "--netns", "self,other", "--close=yes")...), 0, ": closed")
	if n := count(t, connections...); n != "0" {
		t.Errorf("%s connections are left", n)
	}
}

// TestCloseOwn requires that the user's own ssh session is kept, also after sudo has
// removed its variable.
func TestCloseOwn(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", `
l = socket.create_server(('127.0.0.1', 22))
c = socket.socket()
c.bind(('127.0.0.1', 40022))
c.connect(('127.0.0.1', 22))
d = socket.create_connection(('127.0.0.1', 22))
held = [l.accept()[0], l.accept()[0]]
`)
	session := "SSH_CONNECTION=127.0.0.1 40022 127.0.0.1 22"
	run := func(close string, wrap ...string) live.Answer {
		args := append([]string{"env", session}, wrap...)
		return live.Program(t, append(args, live.ProgramPath(), "-tn", "--filter", "sport = :22", "--close="+close, "--limit", "1")...)
	}
	ours := func() string { return count(t, "-tn", "--filter", "sport = :22 and dport = :40022") }
	whole := live.Program(t, "env", session, "sh", "-c", `env -u SSH_CONNECTION "$0" -tn --filter "sport = :22 and state = established" --close=yes; exit $?`, live.ProgramPath())
	want(t, whole, 1, "kept: own ssh session", ": closed")
	if n := ours(); n != "1" {
		t.Fatalf("%s own sessions, want 1", n)
	}
	want(t, run("yes"), 1, "kept: own ssh session")
	other := live.Program(t, "env", session, live.ProgramPath(), "-tn", "--filter", "sport = :40022", "--close=yes")
	want(t, other, 1, "kept: own ssh session")
	if n := ours(); n != "1" {
		t.Fatalf("%s own sessions after the other end was chosen, want 1", n)
	}
	want(t, run("yes,self"), 0, ": closed")
	if n := ours(); n != "0" {
		t.Errorf("%s own sessions after yes,self", n)
	}
}

// TestCloseOwnAttached requires that a session is kept that is attached to the terminal
// multiplexer in which the command runs, but did not start it.
func TestCloseOwnAttached(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", `
l = socket.create_server(('127.0.0.1', 22))
c = socket.socket()
c.bind(('127.0.0.1', 40022))
c.connect(('127.0.0.1', 22))
held = [l.accept()[0]]
`)
	dir := t.TempDir()
	client, server := filepath.Join(dir, "dtach-client"), filepath.Join(dir, "dtach-server")
	live.Run(t, "cp", "/bin/sleep", client)
	live.Run(t, "cp", "/bin/sh", server)
	attached := exec.Command(client, "1000")
	attached.Env = append(os.Environ(), "SSH_CONNECTION=127.0.0.1 40022 127.0.0.1 22")
	if err := attached.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = attached.Process.Kill()
		_ = attached.Wait()
	}()
	run := func(shell string) live.Answer {
		return live.Program(t, shell, "-c", `"$0" -tn --filter "sport = :22" --close=yes; exit $?`, live.ProgramPath())
	}
	want(t, run(server), 1, "kept: own ssh session")
	if n := count(t, "-tn", "--filter", "sport = :22"); n != "1" {
		t.Errorf("%s sessions are left, want 1", n)
	}
	want(t, run("/bin/sh"), 0, ": closed")
}
