package differential

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// peer plays every host beyond a TUN interface. It answers TCP only as far as a conduct
// says, so that the kernel's end of a connection can be left in any state for as long
// as needed. It is also the name server, so that no name server's socket appears in the
// tables.
type peer struct {
	tun *os.File
	ptr map[string]string // reverse name, with its final dot, to name

	mu       sync.Mutex
	changed  *sync.Cond
	conducts map[uint16]conduct // of the peer's ports that answer a SYN
	conns    map[ends]*peerConn
}

// ends are the addresses of a connection.
type ends struct{ host, peer netip.AddrPort }

// conduct is the peer's behaviour on a connection.
type conduct struct {
	ackSyn  bool // finish a handshake started by the peer
	ackData bool
	ackFin  bool
	window  uint16
}

var polite = conduct{ackSyn: true, ackData: true, ackFin: true, window: 65000}

type peerConn struct {
	p       *peer
	ends    ends
	conduct conduct
	snd     uint32 // next sequence number to send
	rcv     uint32 // next sequence number expected
	open    bool
	gotFin  bool // a FIN was received, acknowledged or not
}

const (
	tcpFin = 1 << iota
	tcpSyn
	tcpRst
	tcpPsh
	tcpAck
)

// newPeer creates the TUN interface in the calling network namespace and serves it
// until the process exits.
func newPeer(ifname string, ptr map[string]string) (*peer, error) {
	fd, err := openTun(ifname)
	if err != nil {
		return nil, err
	}
	p := &peer{
		tun:      os.NewFile(uintptr(fd), "tun"),
		ptr:      ptr,
		conducts: map[uint16]conduct{},
		conns:    map[ends]*peerConn{},
	}
	p.changed = sync.NewCond(&p.mu)
	go p.serve()
	return p, nil
}

func openTun(ifname string) (int, error) {
	// In containers the device node may be missing although the kernel has the driver;
	// the namespace's own /run can hold one.
	node := "/dev/net/tun"
	if _, err := os.Stat(node); err != nil {
		node = "/run/tun"
		if err := unix.Mknod(node, unix.S_IFCHR|0o600, int(unix.Mkdev(10, 200))); err != nil && !errors.Is(err, unix.EEXIST) {
			return 0, fmt.Errorf("mknod %s: %w", node, err)
		}
	}
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0, fmt.Errorf("open %s (the kernel needs the tun driver: modprobe tun): %w", node, err)
	}
	req, err := unix.NewIfreq(ifname)
	if err != nil {
		return 0, err
	}
	req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		return 0, fmt.Errorf("create interface %s: %w", ifname, err)
	}
	return fd, nil
}

func (p *peer) serve() {
	buf := make([]byte, 65536)
	for {
		n, err := p.tun.Read(buf)
		if err != nil {
			return
		}
		p.packet(buf[:n])
	}
}

func (p *peer) packet(b []byte) {
	var (
		src, dst netip.Addr
		proto    byte
		rest     []byte
	)
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		src, _ = netip.AddrFromSlice(b[12:16])
		dst, _ = netip.AddrFromSlice(b[16:20])
		proto, rest = b[9], b[int(b[0]&15)*4:]
	case len(b) >= 40 && b[0]>>4 == 6:
		src, _ = netip.AddrFromSlice(b[8:24])
		dst, _ = netip.AddrFromSlice(b[24:40])
		proto, rest = b[6], b[40:]
	default:
		return
	}
	switch {
	case proto == unix.IPPROTO_TCP && len(rest) >= 20:
		p.segment(src, dst, rest)
	case proto == unix.IPPROTO_UDP && len(rest) >= 8 && binary.BigEndian.Uint16(rest[2:]) == 53:
		if answer := p.answer(rest[8:]); answer != nil {
			p.sendUDP(netip.AddrPortFrom(dst, 53), netip.AddrPortFrom(src, binary.BigEndian.Uint16(rest)), answer)
		}
	}
}

// segment handles one TCP segment from the kernel.
func (p *peer) segment(src, dst netip.Addr, b []byte) {
	e := ends{
		host: netip.AddrPortFrom(src, binary.BigEndian.Uint16(b)),
		peer: netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[2:])),
	}
	seq, flags := binary.BigEndian.Uint32(b[4:]), b[13]
	size := uint32(len(b) - int(b[12]>>4)*4)

	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.changed.Broadcast()
	c := p.conns[e]
	if flags&(tcpSyn|tcpAck) == tcpSyn {
		how, ok := p.conducts[e.peer.Port()]
		if !ok {
			return
		}
		if c == nil || c.rcv != seq+1 {
			c = &peerConn{p: p, ends: e, conduct: how, snd: 1000, rcv: seq + 1}
			p.conns[e] = c
		}
		c.send(tcpSyn|tcpAck, 1000)
		c.snd = 1001
		return
	}
	if c == nil {
		return
	}
	switch {
	case flags&tcpRst != 0:
		delete(p.conns, e)
	case flags&tcpSyn != 0:
		c.rcv = seq + 1
		if c.conduct.ackSyn {
			c.open = true
			c.send(tcpAck, c.snd)
		}
	default:
		c.open = true
		c.gotFin = c.gotFin || flags&tcpFin != 0
		before := c.rcv
		if seq == c.rcv && c.conduct.ackData {
			c.rcv += size
		}
		if flags&tcpFin != 0 && seq+size == c.rcv && c.conduct.ackFin {
			c.rcv++
		}
		if c.rcv != before {
			c.send(tcpAck, c.snd)
		}
	}
}

// send sends a segment without data. The caller holds the lock.
func (c *peerConn) send(flags byte, seq uint32) {
	b := make([]byte, 20)
	binary.BigEndian.PutUint16(b, c.ends.peer.Port())
	binary.BigEndian.PutUint16(b[2:], c.ends.host.Port())
	binary.BigEndian.PutUint32(b[4:], seq)
	if flags&tcpAck != 0 {
		binary.BigEndian.PutUint32(b[8:], c.rcv)
	}
	b[12], b[13] = 5<<4, flags
	binary.BigEndian.PutUint16(b[14:], c.conduct.window)
	c.p.sendIP(unix.IPPROTO_TCP, c.ends.peer.Addr(), c.ends.host.Addr(), b, 16)
}

// expect sets how connections to one of the peer's ports are answered; a SYN to any
// other port gets no answer.
func (p *peer) expect(port uint16, how conduct) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conducts[port] = how
}

// dial opens a connection from the peer to the kernel. It is established on return,
// unless how leaves the handshake incomplete.
func (p *peer) dial(from, to string, how conduct) (*peerConn, error) {
	e := ends{host: netip.MustParseAddrPort(to), peer: netip.MustParseAddrPort(from)}
	p.mu.Lock()
	c := &peerConn{p: p, ends: e, conduct: how, snd: 5001}
	p.conns[e] = c
	c.send(tcpSyn, 5000)
	p.mu.Unlock()
	if !how.ackSyn {
		return c, nil
	}
	return c, c.wait("handshake", func() bool { return c.open })
}

// conn returns the connection that the kernel opened to the peer.
func (p *peer) conn(host, remote string) (*peerConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.conns[ends{netip.MustParseAddrPort(host), netip.MustParseAddrPort(remote)}]
	if c == nil {
		return nil, fmt.Errorf("no connection %s to %s", host, remote)
	}
	return c, nil
}

// fin closes the peer's direction. Called again, it sends the same FIN again.
func (c *peerConn) fin() {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.send(tcpFin|tcpAck, c.snd)
}

// finished records that the FIN sent has used its sequence number.
func (c *peerConn) finished() {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.snd++
}

func (c *peerConn) reset() {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.send(tcpRst|tcpAck, c.snd)
	delete(c.p.conns, c.ends)
}

func (c *peerConn) waitFin() error {
	return c.wait("FIN", func() bool { return c.gotFin })
}

func (c *peerConn) wait(what string, done func() bool) error {
	deadline := time.Now().Add(patience)
	alarm := time.AfterFunc(patience, c.p.changed.Broadcast)
	defer alarm.Stop()
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	for !done() {
		if time.Now().After(deadline) {
			return fmt.Errorf("no %s from %s to %s", what, c.ends.host, c.ends.peer)
		}
		c.p.changed.Wait()
	}
	return nil
}

func (p *peer) sendUDP(from, to netip.AddrPort, data []byte) {
	b := make([]byte, 8, 8+len(data))
	binary.BigEndian.PutUint16(b, from.Port())
	binary.BigEndian.PutUint16(b[2:], to.Port())
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(data)))
	p.sendIP(unix.IPPROTO_UDP, from.Addr(), to.Addr(), append(b, data...), 6)
}

// sendIP wraps a segment whose checksum field is at sumAt and sends it.
func (p *peer) sendIP(proto byte, src, dst netip.Addr, b []byte, sumAt int) {
	s, d := src.AsSlice(), dst.AsSlice()
	pseudo := append(append([]byte{}, s...), d...)
	pseudo = append(pseudo, 0, proto, byte(len(b)>>8), byte(len(b)))
	binary.BigEndian.PutUint16(b[sumAt:], checksum(append(pseudo, b...)))

	var h []byte
	if src.Is4() {
		h = make([]byte, 12, 20+len(b))
		h[0], h[8], h[9] = 0x45, 64, proto
		binary.BigEndian.PutUint16(h[2:], uint16(20+len(b)))
		h = append(append(h, s...), d...)
		binary.BigEndian.PutUint16(h[10:], checksum(h))
	} else {
		h = make([]byte, 8, 40+len(b))
		h[0], h[6], h[7] = 0x60, proto, 64
		binary.BigEndian.PutUint16(h[4:], uint16(len(b)))
		h = append(append(h, s...), d...)
	}
	// A lost packet causes a wait that ends in an error.
	_, _ = p.tun.Write(append(h, b...))
}

func checksum(b []byte) uint16 {
	var sum uint32
	for i, c := range b {
		if i&1 == 0 {
			sum += uint32(c) << 8
		} else {
			sum += uint32(c)
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// answer answers a DNS query: only PTR records of the table exist.
func (p *peer) answer(q []byte) []byte {
	if len(q) < 17 {
		return nil
	}
	var name strings.Builder
	at := 12
	for at < len(q) && q[at] != 0 {
		end := at + 1 + int(q[at])
		if end >= len(q) {
			return nil
		}
		name.Write(q[at+1 : end])
		name.WriteByte('.')
		at = end
	}
	if at+5 > len(q) {
		return nil
	}
	question := q[12 : at+5]
	target, ok := p.ptr[strings.ToLower(name.String())]
	ok = ok && binary.BigEndian.Uint16(q[at+1:]) == 12

	a := append([]byte{}, q[0], q[1], 0x84|q[2]&1, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
	a = append(a, question...)
	if !ok {
		a[3] |= 3 // NXDOMAIN
		return a
	}
	a[7] = 1
	var rdata []byte
	for _, label := range strings.Split(strings.TrimSuffix(target, "."), ".") {
		rdata = append(append(rdata, byte(len(label))), label...)
	}
	rdata = append(rdata, 0)
	a = append(a, 0xc0, 12, 0, 12, 0, 1, 0, 0, 0x0e, 0x10, byte(len(rdata)>>8), byte(len(rdata)))
	return append(a, rdata...)
}

// reverseName returns the name of an address's PTR record.
func reverseName(ip netip.Addr) string {
	var b strings.Builder
	raw := ip.AsSlice()
	for i := len(raw) - 1; i >= 0; i-- {
		if ip.Is4() {
			fmt.Fprintf(&b, "%d.", raw[i])
		} else {
			fmt.Fprintf(&b, "%x.%x.", raw[i]&15, raw[i]>>4)
		}
	}
	if ip.Is4() {
		return b.String() + "in-addr.arpa."
	}
	return b.String() + "ip6.arpa."
}
