package diagnose

import (
	"os"
	"strings"
	"testing"

	"netstat"
	"netstat/collect"
	"netstat/test/live"
)

// path leads from this namespace over a router to a server: 10.1.0.1, 10.1.0.2 and
// 10.2.0.2, 10.2.0.1. The link to the server carries packets of MTU bytes only.
const path = `
ip netns add rulesc-router; ip netns add rulesc-server
router="ip netns exec rulesc-router" server="ip netns exec rulesc-server"
ip link add c0 type veth peer name r0 netns rulesc-router
$router ip link add r1 type veth peer name s0 netns rulesc-server
ip address add 10.1.0.1/24 dev c0; ip link set c0 up
$router ip address add 10.1.0.2/24 dev r0; $router ip link set r0 up
$router ip address add 10.2.0.2/24 dev r1; $router ip link set r1 mtu MTU; $router ip link set r1 up
$server ip address add 10.2.0.1/24 dev s0; $server ip link set s0 up
ip route add 10.2.0.0/24 via 10.1.0.2; $server ip route add 10.1.0.0/24 via 10.2.0.2
$router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
`

// silentRouter never says that a packet is too large: a black hole.
const silentRouter = `
$router nft add table inet test
$router nft add chain inet test output '{ type filter hook output priority 0; }'
$router nft add rule inet test output meta l4proto icmp drop
`

// serve takes all data of one connection.
const serve = `
import threading
l = socket.create_server(('10.2.0.1', 80))
def take():
    c = l.accept()[0]
    while c.recv(1 << 16):
        pass
    c.close()
threading.Thread(target=take, daemon=True).start()
`

// sendAll sends data to the server and waits until it has taken all.
func sendAll(t *testing.T) {
	t.Helper()
	live.Run(t, "python3", "-c", `
import socket
s = socket.create_connection(('10.2.0.1', 80))
s.sendall(b'x' * 500000)
s.shutdown(socket.SHUT_WR)
s.recv(1)
`)
}

func TestMTU(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	for _, c := range []struct {
		mtu, finding string
	}{{"1400", ""}, {"1000", "1000 bytes"}} {
		t.Run(c.mtu, func(t *testing.T) {
			shell(t, strings.Replace(path, "MTU", c.mtu, 1))
			defer shell(t, "ip link del c0; ip netns del rulesc-router; ip netns del rulesc-server")
			_, end := live.Python(t, "rulesc-server", serve)
			defer end()
			r := lookTwice(t, func() { sendAll(t) }, "mtu")
			if c.finding == "" {
				wantSilence(t, r)
				return
			}
			f := wantOne(t, r, netstat.Info, c.finding)
			if f.Subject.Destination.String() != "10.2.0.1/32" || f.Evidence[0].Value.Number != 1000 {
				t.Errorf("%+v", f)
			}
		})
	}
}

// The router of TestMTU itself refuses packets, as it should.
func TestMTUOfRouter(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, strings.Replace(path, "MTU", "1400", 1))
	_, end := live.Python(t, "rulesc-server", serve)
	defer end()
	router, err := collect.FindNamespace("rulesc-router")
	if err != nil {
		t.Fatal(err)
	}
	src, err := collect.Open(collect.Options{Netns: &router})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	f := wantOne(t, lookAt(t, src, func() { sendAll(t) }, "mtu"), netstat.Info, "too large to forward")
	if f.Evidence[0].Fact != "Ip.FragFails" || f.Evidence[0].Value.Number == 0 {
		t.Errorf("evidence %+v", f.Evidence)
	}
}

func TestMTUBlackHole(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	// Probe after the first timeout.
	for name, value := range map[string]string{"tcp_mtu_probing": "1", "tcp_retries1": "1"} {
		if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	shell(t, strings.Replace(path, "MTU", "1400", 1)+silentRouter)
	_, end := live.Python(t, "rulesc-server", serve)
	defer end()
	f := wantOne(t, lookTwice(t, func() { sendAll(t) }, "mtu"), netstat.Warning, "without notice")
	if f.Evidence[0].Fact != "TcpExt.TCPMTUPFail" || f.Evidence[0].Value.Number == 0 || f.Evidence[1].Value.Number != 1 {
		t.Errorf("evidence %+v", f.Evidence)
	}
}
