package owners

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
)

// churn opens and closes connections, at most 5,000 a second, until it is stopped.
type churn struct {
	stop   chan struct{}
	done   sync.WaitGroup
	opened int
}

func startChurn(t *testing.T) *churn {
	t.Helper()
	c := &churn{stop: make(chan struct{})}
	listener, to := churnListen(t, 20000, 4000)
	c.done.Go(func() {
		for began := time.Now(); ; c.opened++ {
			select {
			case <-c.stop:
				return
			default:
			}
			// Enough addresses for all the ports that TIME-WAIT keeps.
			from := &unix.SockaddrInet4{Addr: [4]byte{127, 20, byte(c.opened >> 8), byte(c.opened)}}
			if err := churnOnce(listener, from, to, c.opened%2 == 0); err != nil {
				t.Errorf("connection %d: %v", c.opened, err)
				return
			}
			if ahead := time.Duration(c.opened)*time.Second/5000 - time.Since(began); ahead > 0 {
				time.Sleep(ahead)
			}
		}
	})
	return c
}

// end stops the churn and returns the number of connections made.
func (c *churn) end() int {
	close(c.stop)
	c.done.Wait()
	return c.opened
}

// churnListen listens on a port, which must be below those that the kernel chooses for
// clients.
func churnListen(t *testing.T, port, backlog int) (int, *unix.SockaddrInet4) {
	t.Helper()
	to := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}
	f, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(f, to)
	}
	if err == nil {
		err = unix.Listen(f, backlog)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f, to
}

func churnConnect(listener int, from, to unix.Sockaddr) (client, server int, err error) {
	if client, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return
	}
	if from != nil {
		if err = unix.Bind(client, from); err != nil {
			return
		}
	}
	if err = unix.Connect(client, to); err == nil {
		server, _, err = unix.Accept4(listener, unix.SOCK_CLOEXEC)
	}
	return
}

// churnOnce leaves nothing of a connection if reset is set, otherwise a socket in
// TIME-WAIT.
func churnOnce(listener int, from, to unix.Sockaddr, reset bool) error {
	client, server, err := churnConnect(listener, from, to)
	if err == nil && reset {
		err = unix.SetsockoptLinger(server, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	if err != nil {
		return err
	}
	unix.Close(server)
	return unix.Close(client)
}

// TestChurn checks that sockets which stay open are in every report once, with their
// owner, whatever opens and closes at the same time. There are enough for the program
// to use the kernel's iterator where it can.
func TestChurn(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_max_tw_buckets", []byte("4000"), 0); err != nil {
		t.Fatal(err)
	}
	// A process may open 20,000 files.
	for i := range 2 {
		live.Python(t, "", fmt.Sprintf(`
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (14000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
l = socket.socket(); l.bind(('127.0.0.1', %d)); l.listen(100)
held = []
for i in range(6000):
    c = socket.socket(); c.bind(('127.30.%d.%%d' %% (i %% 250), 0)); c.connect(('127.0.0.1', %d))
    held += [c, l.accept()[0]]`, 21000+i, i, 21000+i))
	}

	owner := fmt.Sprintf("%d/", os.Getpid())
	stays := map[string]bool{}
	var listener int
	var to *unix.SockaddrInet4
	for i := range 20 {
		listener, to = churnListen(t, 22000+i, 300)
		stays[fmt.Sprintf("127.0.0.1:%d 0.0.0.0:* LISTEN", to.Port)] = true
	}
	for range 200 {
		client, _, err := churnConnect(listener, nil, to)
		if err != nil {
			t.Fatal(err)
		}
		name, err := unix.Getsockname(client)
		if err != nil {
			t.Fatal(err)
		}
		port := name.(*unix.SockaddrInet4).Port
		stays[fmt.Sprintf("127.0.0.1:%d 127.0.0.1:%d ESTABLISHED", port, to.Port)] = true
		stays[fmt.Sprintf("127.0.0.1:%d 127.0.0.1:%d ESTABLISHED", to.Port, port)] = true
	}

	c := startChurn(t)
	began := time.Now()
	const runs = 300
	for i := range runs {
		for _, args := range []string{"-ant", "-antp"} {
			a := live.Netstat(t, args)
			if a.Status != 0 || a.Err != "" {
				t.Fatalf("run %d, %s: status %d, %s", i, args, a.Status, a.Err)
			}
			seen := map[string]int{}
			rows := 0
			for line := range strings.Lines(a.Out) {
				rows++
				f := strings.Fields(line)
				if len(f) < 6 {
					continue
				}
				key := strings.Join(f[3:6], " ")
				if !stays[key] {
					continue
				}
				seen[key]++
				if args == "-antp" && (len(f) < 7 || !strings.HasPrefix(f[6], owner)) {
					t.Fatalf("run %d, %s: owner of %s", i, args, line)
				}
			}
			for key := range stays {
				if seen[key] != 1 {
					t.Fatalf("run %d, %s, %d rows: %s is listed %d times", i, args, rows, key, seen[key])
				}
			}
			if rows < 24000 {
				t.Fatalf("run %d, %s: %d rows", i, args, rows)
			}
		}
	}
	took := time.Since(began).Seconds()
	t.Logf("%d reports of each type in %.0f s, with %.0f connections a second", runs, took, float64(c.end())/took)
}
