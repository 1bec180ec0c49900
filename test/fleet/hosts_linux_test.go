package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

// TestTwoHosts collects two hosts, which are network namespaces with a host name each, as
// docs/fleet.md does by ssh, and asks who talks to whom. One of the programs is deleted, and
// a third address belongs to no host.
func TestTwoHosts(t *testing.T) {
	need.Program(t, "ip", "iproute2")
	need.Program(t, "python3", "python3")
	need.Program(t, "unshare", "util-linux")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "sh", "-ec", `
		for host in a b c; do
			ip netns add $host
			ip -n $host link set lo up
		done
		ip -n a link add eth0 type veth peer name eth0 netns b
		ip -n a link add eth1 type veth peer name eth1 netns c
		ip -n a addr add 10.77.0.1/24 dev eth0
		ip -n b addr add 10.77.0.2/24 dev eth0
		ip -n a addr add 10.78.0.1/24 dev eth1
		ip -n c addr add 10.78.0.3/24 dev eth1
		for host in a b; do ip -n $host link set eth0 up; done
		for host in a c; do ip -n $host link set eth1 up; done`)
	serve := filepath.Join(t.TempDir(), "serve")
	python := strings.TrimSpace(live.Run(t, "python3", "-c", "import sys; print(sys.executable)"))
	live.Run(t, "cp", python, serve)
	const ready = "\nprint('ready', flush=True)\nimport sys; sys.stdin.read()"
	// An IPv6 socket that also accepts IPv4, whose program is deleted.
	live.Start(t, "ip", "netns", "exec", "b", "env", "PYTHONHOME="+strings.TrimSpace(live.Run(t, "python3", "-c", "import sys; print(sys.prefix)")), serve, "-c", `
import socket, threading
l = socket.socket(socket.AF_INET6)
l.bind(('::', 5000))
l.listen()
ends = []
def serve():
    while True:
        end = l.accept()[0]
        ends.append(end)
        end.sendall(b'x' * 100)
threading.Thread(target=serve, daemon=True).start()`+ready)
	if err := os.Remove(serve); err != nil {
		t.Fatal(err)
	}
	live.Python(t, "c", `
l = socket.create_server(('10.78.0.3', 443))`)
	live.Python(t, "a", `
ends = [socket.create_connection(('10.77.0.2', 5000)) for _ in range(3)]
for end in ends: end.recv(100, socket.MSG_WAITALL)
outside = socket.create_connection(('10.78.0.3', 443))
idle = socket.create_server(('0.0.0.0', 6000))
l = socket.create_server(('127.0.0.1', 7000))
here = socket.create_connection(('127.0.0.1', 7000))
there = l.accept()`)

	p := start(t)
	p.env = append(p.env, "NETSTAT="+live.ProgramPath())
	if out, status := p.run("sh", "-c", `
		for host in a b; do
			NETNS=$host ip netns exec $host unshare --uts sh -c "hostname host-$host; exec sh -s" <collect
		done | ./load`); status != 0 || out != "" {
		t.Fatalf("collect and load: status %d\n%s", status, out)
	}
	check := func(what string, got []string, want ...string) {
		t.Helper()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", what, got, want)
		}
	}
	const from, to = "yesterday", "tomorrow"
	check("service map", p.query(from, to, "latest", "both-ends", "service-map"),
		"host-a|python3|host-a|python3|tcp|7000|1|0|0", "host-a|python3|host-b|serve|tcp|5000|3|0|300")
	peers := p.query(from, to, "latest", "both-ends", "unknown-peers")
	for i, peer := range peers { // without bytes: the kernel counts a SYN
		peers[i] = strings.Join(strings.Split(peer, "|")[:7], "|")
	}
	check("unknown peers", peers, "out|host-a|python3|tcp|10.78.0.3|443|1")
	old := p.query(from, to, "latest", "deleted-programs")
	if len(old) != 1 || !strings.Contains(old[0], "serve") || !strings.HasSuffix(old[0], "{host-b}") {
		t.Errorf("deleted programs: %q", old)
	}
	today := p.psql("-c", "SELECT max(time)::date FROM fleet.socket")
	p.psql("-v", "day="+today, "-f", "rollup.sql")
	unused := p.psql("-v", "to="+today, "-v", "days=1", "-f", "queries/unused-listeners.sql")
	check("unused listeners", strings.Split(unused, "\n"), strings.Join([]string{"host-a|a|tcp|6000|python3", today, today, "1"}, "|"))
}
