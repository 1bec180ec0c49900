package diagnose

import (
	"fmt"
	"testing"
	"time"

	"netstat"
	"netstat/diagnose"
	"netstat/test/live"
)

// busyServer is a server of COUNT connections from a client, another process. The client asks
// on 50 of them at a time, again and again, by turns; besides, it makes a connection for
// one question, and sends a packet. The server answers all.
const busyServer = `
import select, threading
l = socket.create_server(('127.0.0.1', PORT), backlog=4096)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(('127.0.0.1', PORT))

def client():
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.connect(('127.0.0.1', PORT))
    clients = [socket.create_connection(('127.0.0.1', PORT)) for i in range(COUNT)]
    while True:
        for i in range(0, COUNT, 50):
            with socket.create_connection(('127.0.0.1', PORT)) as short:
                some = clients[i:i+50] + [short, u]
                for c in some:
                    c.send(b'question')
                for c in some:
                    if not c.recv(1000):
                        return

if os.fork() == 0:
    l.close()
    u.close()
    try:
        client()
    except OSError:
        pass
    os._exit(0)

p = select.epoll()
p.register(l, select.EPOLLIN)
p.register(u, select.EPOLLIN)
held = {}
def serve():
    for f, what in p.poll(0.1):
        if f == l.fileno():
            s = l.accept()[0]
            held[s.fileno()] = s
            p.register(s, select.EPOLLIN)
        elif f == u.fileno():
            u.sendto(b'answer', u.recvfrom(1000)[1])
        elif held[f].recv(1000):
            held[f].sendall(b'answer' * 100)
        else:
            held.pop(f).close()
while len(held) < COUNT:
    serve()
def loop():
    while True:
        serve()
threading.Thread(target=loop, daemon=True).start()
`

// wantHealthy applies every rule at two moments and requires nothing above info. Processors
// serve all namespaces: it looks again if they dropped packets meanwhile, as those of other
// tests.
func wantHealthy(t *testing.T, change func()) diagnose.Result {
	t.Helper()
	var names []string
	for _, r := range diagnose.Rules() {
		names = append(names, r.Name)
	}
	var r diagnose.Result
	for dropped := true; dropped; {
		before := softnetDropped(t)
		r = lookTwice(t, change, names...)
		dropped = softnetDropped(t) > before
	}
	for _, f := range r.Findings {
		if f.Severity > netstat.Info {
			t.Errorf("on a healthy host: %s", describe(f))
		}
	}
	if len(r.Looked) != len(names) {
		t.Errorf("looked: %v, want %v", r.Looked, names)
	}
	return r
}

// TestHealthy requires that no rule complains about an idle namespace and about one in
// which servers have 10,000 connections that are served well.
func TestHealthy(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	t.Run("idle", func(t *testing.T) {
		if r := wantHealthy(t, func() {}); len(r.Findings) > 0 {
			t.Errorf("%d findings", len(r.Findings))
		}
	})
	t.Run("busy", func(t *testing.T) {
		const servers, each = 4, 2500 // one process cannot hold them all
		for i := range servers {
			_, end := live.Python(t, "", fmt.Sprintf("PORT, COUNT = %d, %d", 8080+i, each)+busyServer)
			defer end()
		}
		for range 2 {
			wantHealthy(t, func() { time.Sleep(time.Second) })
		}
	})
}
