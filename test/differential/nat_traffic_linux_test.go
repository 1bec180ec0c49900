package differential

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat/test/need"
)

// natTraffic connects this namespace, the router, with a client and a server, and
// starts traffic between them.
func natTraffic(t *testing.T) {
	t.Helper()
	client, server := startNATHost(t), startNATHost(t)
	must := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(need.Program(t, name, name), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v, %s", name, args, err, out)
		}
	}
	for _, side := range []struct {
		link, router, host string
		peer               *natPeer
	}{{"c0", "192.168.7.1", "192.168.7.2", client}, {"s0", "203.0.113.1", "203.0.113.9", server}} {
		must("ip", "link", "add", side.link, "type", "veth", "peer", "name", "e0", "netns", strconv.Itoa(side.peer.pid))
		must("ip", "address", "add", side.router+"/24", "dev", side.link)
		must("ip", "link", "set", side.link, "up")
		side.peer.do("ip", "link", "set", "lo", "up")
		side.peer.do("ip", "address", "add", side.host+"/24", "dev", "e0")
		side.peer.do("ip", "link", "set", "e0", "up")
		side.peer.do("ip", "route", "add", "default", "via", side.router)
	}
	for name, value := range map[string]string{
		"ipv4/ip_forward":                        "1",
		"netfilter/nf_conntrack_udp_timeout":     "3600",
		"netfilter/nf_conntrack_icmp_timeout":    "3600",
		"netfilter/nf_conntrack_generic_timeout": "3600",
	} {
		if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	nft := exec.Command(need.Program(t, "nft", "nftables"), "-f", "-")
	nft.Stdin = strings.NewReader(natRules)
	if out, err := nft.CombinedOutput(); err != nil {
		t.Fatalf("nft: %v, %s", err, out)
	}
	here := &natPeer{t: t, do: func(words ...string) {
		t.Helper()
		if err := natOrder(words); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	}}

	server.do("tcp-server", "203.0.113.9:7000")
	server.do("udp-server", "203.0.113.9:7000")
	client.do("tcp-server", "192.168.7.2:7001")
	client.do("udp-server", "192.168.7.2:7002")
	here.do("tcp-server", "0.0.0.0:7003")

	client.do("tcp", "192.168.7.2:40000", "203.0.113.9:7000")
	server.do("tcp", "203.0.113.9:40001", "203.0.113.1:8081")
	server.do("udp", "203.0.113.9:40002", "203.0.113.1:8082")
	server.do("tcp", "203.0.113.9:40003", "203.0.113.1:8083")
	client.do("tcp", "192.168.7.2:40004", "192.168.7.1:8080")
	client.do("udp", "192.168.7.2:40005", "203.0.113.9:7000")
	client.do("ping", "203.0.113.9", "513")
}

// natPeer is a process with its own network namespace.
type natPeer struct {
	t   *testing.T
	pid int
	do  func(words ...string)
}

func startNATHost(t *testing.T) *natPeer {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), natRole+"=host")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start a host: %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	answers := bufio.NewScanner(out)
	p := &natPeer{t: t, pid: cmd.Process.Pid}
	p.do = func(words ...string) {
		t.Helper()
		if _, err := fmt.Fprintln(in, strings.Join(words, " ")); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		if !answers.Scan() || answers.Text() != "done" {
			t.Fatalf("%q: %s", words, answers.Text())
		}
	}
	return p
}

// natHost executes orders, one a line, until the end of input.
func natHost(in io.Reader, out io.Writer) error {
	orders := bufio.NewScanner(in)
	for orders.Scan() {
		answer := "done"
		if err := natOrder(strings.Fields(orders.Text())); err != nil {
			answer = err.Error()
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return orders.Err()
}

// natKept are sockets that stay open as long as the process.
var natKept []any

func natOrder(words []string) error {
	switch words[0] {
	case "ip":
		path, err := exec.LookPath("ip")
		if err != nil {
			path = "/sbin/ip"
		}
		if text, err := exec.Command(path, words[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, bytes.TrimSpace(text))
		}
		return nil
	case "tcp-server":
		l, err := net.Listen("tcp4", words[1])
		if err != nil {
			return err
		}
		natKept = append(natKept, l)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(c, c) }()
			}
		}()
		return nil
	case "udp-server":
		c, err := net.ListenPacket("udp4", words[1])
		if err != nil {
			return err
		}
		natKept = append(natKept, c)
		go func() {
			b := make([]byte, 64)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				_, _ = c.WriteTo(b[:n], from)
			}
		}()
		return nil
	case "tcp", "udp":
		return natDial(words[0], words[1], words[2])
	case "ping":
		id, err := strconv.ParseUint(words[2], 10, 16)
		if err != nil {
			return err
		}
		return natPing(netip.MustParseAddr(words[1]), uint16(id))
	}
	return fmt.Errorf("unknown order %q", words)
}

// natDial opens a connection and has a byte echoed over it.
func natDial(network, local, remote string) error {
	d := net.Dialer{Timeout: patience, KeepAlive: -1}
	if network == "tcp" {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort(local))
	} else {
		d.LocalAddr = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local))
	}
	c, err := d.Dial(network+"4", remote)
	if err != nil {
		return err
	}
	natKept = append(natKept, c)
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	b := []byte{'x'}
	if _, err := c.Write(b); err != nil {
		return err
	}
	_, err = io.ReadFull(c, b)
	return err
}

// natPing sends one echo request and waits for the reply.
func natPing(to netip.Addr, id uint16) error {
	c, err := net.ListenPacket("ip4:icmp", "0.0.0.0")
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	request := []byte{8, 0, 0, 0, byte(id >> 8), byte(id), 0, 1}
	sum := uint32(0)
	for i := 0; i < len(request); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(request[i:]))
	}
	binary.BigEndian.PutUint16(request[2:], ^uint16(sum+sum>>16))
	if _, err := c.WriteTo(request, &net.IPAddr{IP: to.AsSlice()}); err != nil {
		return err
	}
	b := make([]byte, 256)
	for {
		n, _, err := c.ReadFrom(b)
		if err != nil {
			return err
		}
		if n >= 8 && b[0] == 0 && binary.BigEndian.Uint16(b[4:]) == id {
			return nil
		}
	}
}
