package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat/test/vm"
)

const ss = "/usr/sbin/ss"

// families runs our netstat between two runs of ss.
func families(cases, result string) {
	var list []vm.FamilyCase
	b, err := os.ReadFile(cases)
	must(err, "cases")
	must(json.Unmarshal(b, &list), cases)
	records := []vm.FamilyRecord{}
	for _, c := range list {
		r := vm.FamilyRecord{FamilyCase: c}
		if c.SS != nil {
			r.Before = run(ss, false, &vm.Case{Args: c.SS})
		}
		r.Ours = run(ours, false, &vm.Case{Args: c.Args})
		if c.SS != nil {
			r.After = run(ss, false, &vm.Case{Args: c.SS})
		}
		records = append(records, r)
	}
	b, err = json.Marshal(records)
	must(err, result)
	must(os.WriteFile(result, b, 0o644), result)
}

// families opens sockets of the families that only --family shows.
func (h *host) families() {
	const mptcp = 262
	_, accepted := h.pair("mptcp", unix.SOCK_STREAM, mptcp, ip4(5601, 127, 0, 0, 1), ip4(6601, 127, 0, 0, 1))
	send(accepted, 700, "mptcp")
	h.pair("mptcp6", unix.SOCK_STREAM, mptcp, loopback6(5602), loopback6(6602))

	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	h.socket("packet", unix.AF_PACKET, unix.SOCK_RAW, int(all))
	dgram := h.socket("packet-dgram", unix.AF_PACKET, unix.SOCK_DGRAM, 0)
	must(unix.Bind(dgram, &unix.SockaddrLinklayer{Protocol: all, Ifindex: 1}), "packet-dgram")

	route := h.socket("netlink", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
	must(unix.Bind(route, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: 4711, Groups: 0x11}), "netlink")

	must(os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0), "pings")
	ping := h.socket("icmp", unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
	must(unix.Bind(ping, ip4(77, 127, 0, 0, 1)), "icmp")

	service := h.socket("vsock", unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	must(unix.Bind(service, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: 1024}), "vsock")
	must(unix.Listen(service, 5), "vsock")
	caller := h.socket("vsock-caller", unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	must(unix.Connect(caller, &unix.SockaddrVM{CID: unix.VMADDR_CID_LOCAL, Port: 1024}), "vsock-caller")
	must(unix.Shutdown(h.accept("vsock-accepted", service), unix.SHUT_RD), "vsock-accepted")

	h.tipc()
	h.smc()

	can := h.socket("can", unix.AF_CAN, unix.SOCK_RAW, unix.CAN_RAW)
	must(unix.Bind(can, &unix.SockaddrCAN{}), "can")
	h.socket("pfkey", unix.AF_KEY, unix.SOCK_RAW, 2)
}

// tipcService returns a struct sockaddr_tipc: service 18888, instance 5.
func tipcService(bind bool) []byte {
	b := make([]byte, 16)
	order := binary.NativeEndian
	order.PutUint16(b, unix.AF_TIPC)
	b[2], b[3] = 2, 2 // a name, in the whole cluster
	order.PutUint32(b[4:], 18888)
	order.PutUint32(b[8:], 5)
	if bind {
		b[2] = 1
		order.PutUint32(b[12:], 5)
	}
	return b
}

func (h *host) tipc() {
	service := h.socket("tipc", unix.AF_TIPC, unix.SOCK_STREAM, 0)
	call(unix.SYS_BIND, service, tipcService(true), "tipc")
	must(unix.Listen(service, 5), "tipc")
	caller := h.socket("tipc-caller", unix.AF_TIPC, unix.SOCK_STREAM, 0)
	// accept answers the connection.
	connected := make(chan struct{})
	go func() {
		defer close(connected)
		call(unix.SYS_CONNECT, caller, tipcService(false), "tipc-caller")
	}()
	accepted := h.accept("tipc-accepted", service)
	<-connected
	send(accepted, 100, "tipc-accepted")
	h.socket("tipc-dgram", unix.AF_TIPC, unix.SOCK_DGRAM, 0)
}

// smc opens a connection, which falls back to TCP without a suitable network card.
func (h *host) smc() {
	service := h.socket("smc", unix.AF_SMC, unix.SOCK_STREAM, 0)
	must(unix.Bind(service, ip4(5603, 127, 0, 0, 1)), "smc")
	must(unix.Listen(service, 5), "smc")
	caller := h.socket("smc-caller", unix.AF_SMC, unix.SOCK_STREAM, 0)
	must(unix.Connect(caller, ip4(5603, 127, 0, 0, 1)), "smc-caller")
	h.accept("smc-accepted", service)
}

// inside opens TCP connections with many internal facts: with congestion controls that
// have their own, with kernel TLS, with losses.
func (h *host) inside() {
	controls := []string{"dctcp", "vegas", "cubic"}
	var callers, accepted []int
	for i, control := range controls {
		service := h.listener(control, unix.SOCK_STREAM, unix.IPPROTO_TCP, ip4(5610+i, 127, 0, 0, 9))
		caller := h.socket(control+"-caller", unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_TCP)
		for _, fd := range []int{service, caller} {
			must(unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, control), control)
		}
		must(unix.SetsockoptInt(caller, unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE, 4<<20), control)
		must(unix.Bind(caller, ip4(6610+i, 127, 0, 0, 9)), control)
		must(unix.Connect(caller, ip4(5610+i, 127, 0, 0, 9)), control)
		callers = append(callers, caller)
		accepted = append(accepted, h.accept(control+"-accepted", service))
	}
	// Not earlier: a lost SYN is retransmitted without ECN, which disables DCTCP.
	if out, err := exec.Command("/usr/sbin/tc", "qdisc", "add", "dev", "lo", "root", "netem", "loss", "10%").CombinedOutput(); err != nil {
		fail("tc: %v\n%s", err, out)
	}
	for i, control := range controls {
		for range 40 { // enough for some to be lost
			send(callers[i], 20000, control)
			for n := 0; n < 20000; {
				got, err := unix.Read(accepted[i], make([]byte, 20000))
				must(err, control)
				n += got
			}
		}
		send(accepted[i], 100, control)
	}
	for i, version := range []uint16{0, 0x0304} {
		name := []string{"tls-plain", "tls"}[i]
		caller, _ := h.pair(name, unix.SOCK_STREAM, unix.IPPROTO_TCP, ip4(5620+i, 127, 0, 0, 9), ip4(6620+i, 127, 0, 0, 9))
		must(unix.SetsockoptString(caller, unix.IPPROTO_TCP, unix.TCP_ULP, "tls"), name)
		if version == 0 {
			continue
		}
		// struct tls12_crypto_info_aes_gcm_128 of include/uapi/linux/tls.h.
		keys := make([]byte, 40)
		binary.NativeEndian.PutUint16(keys, version)
		binary.NativeEndian.PutUint16(keys[2:], 51)
		const solTLS, tlsTX = 282, 1
		_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(caller), solTLS, tlsTX, uintptr(unsafe.Pointer(&keys[0])), uintptr(len(keys)), 0)
		if errno != 0 {
			fail("%s: %v", name, errno)
		}
	}
}
