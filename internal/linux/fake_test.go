package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"iter"
	"net/netip"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// reply is one datagram of a scripted netlink socket, or an error.
type reply struct {
	data      []byte
	truncated bool
	err       error
}

// scriptedConn replays replies. Each dump continues after the last one.
type scriptedConn struct {
	replies []reply
	at      int
	seq     uint32 // sequence number of the last request; written into every reply with number 0
	noop    bool   // whether the last message was a no-op, which is acknowledged
	count   bool   // whether it asked for the number of tracked connections, which is refused
	sends   int
	closed  int
	sendErr error
}

func (c *scriptedConn) Send(message []byte) error {
	kind := binary.NativeEndian.Uint16(message[4:])
	c.noop, c.count = kind == netlink.TypeNoop, kind == ctnlMsgGetStats
	switch {
	case c.noop:
		return nil
	case c.count:
		c.seq = binary.NativeEndian.Uint32(message[8:])
		return nil
	}
	c.sends++
	c.seq = binary.NativeEndian.Uint32(message[8:])
	return c.sendErr
}

func (c *scriptedConn) Receive(b []byte) (n int, truncated bool, err error) {
	if c.noop {
		return copy(b, refusal(0)), false, nil
	}
	if c.count {
		n = copy(b, refusal(syscall.EOPNOTSUPP))
		binary.NativeEndian.PutUint32(b[8:], c.seq)
		return n, false, nil
	}
	if c.at == len(c.replies) {
		return 0, false, syscall.EAGAIN
	}
	r := c.replies[c.at]
	c.at++
	n = copy(b, r.data)
	for at := 0; at+netlink.HeaderSize <= n; {
		size := int(binary.NativeEndian.Uint32(b[at:]))
		if binary.NativeEndian.Uint32(b[at+8:]) == 0 {
			binary.NativeEndian.PutUint32(b[at+8:], c.seq)
		}
		if size < netlink.HeaderSize {
			break
		}
		at += (size + 3) &^ 3
	}
	return n, r.truncated, r.err
}

func (c *scriptedConn) Close() { c.closed++ }

// message builds a netlink message. Its sequence number is set on delivery.
func message(kind, flags uint16, payload []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(netlink.HeaderSize+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func number(v int32) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(v)) }

func done(code int32) []byte { return message(netlink.TypeDone, 2, number(code)) }

func refusal(code syscall.Errno) []byte {
	return message(netlink.TypeError, 0, append(number(-int32(code)), make([]byte, 16)...))
}

// diagMsg builds a struct inet_diag_msg.
func diagMsg(family, state byte, local, remote netip.AddrPort, uid, inode uint32) []byte {
	b := make([]byte, inetDiagMsgSize)
	b[0], b[1] = family, state
	binary.BigEndian.PutUint16(b[4:], local.Port())
	binary.BigEndian.PutUint16(b[6:], remote.Port())
	copy(b[8:], local.Addr().AsSlice())
	copy(b[24:], remote.Addr().AsSlice())
	binary.NativeEndian.PutUint32(b[64:], uid)
	binary.NativeEndian.PutUint32(b[68:], inode)
	return b
}

// row4 is a message about an established TCP socket, with the attributes that
// Linux 6.18 sends without a request.
func row4(port uint16) []byte {
	return rowFlags(port, 2)
}

func rowFlags(port, flags uint16) []byte {
	b := diagMsg(afInet, 1, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port),
		netip.MustParseAddrPort("127.0.0.2:80"), 0, uint32(port)+1000)
	return message(sockDiagByFamily, flags, append(b, make([]byte, 40)...))
}

func row6(port uint16) []byte {
	b := diagMsg(afInet6, 1, netip.AddrPortFrom(netip.IPv6LinkLocalAllNodes(), port),
		netip.MustParseAddrPort("[fe80::1]:80"), 0, uint32(port)+1000)
	return message(sockDiagByFamily, 2, append(b, make([]byte, 40)...))
}

func datagram(messages ...[]byte) reply { return reply{data: bytes.Join(messages, nil)} }

// fakeSource is a source over scripted bytes.
func fakeSource(t testing.TB, o Options, c *scriptedConn, files map[string]string) *source {
	t.Helper()
	s, err := newSource(o)
	if err != nil {
		t.Fatal(err)
	}
	s.dial = func() (netlink.Conn, error) {
		if c == nil {
			return nil, syscall.EPROTONOSUPPORT
		}
		return c, nil
	}
	s.dialNetfilter = s.dial
	s.open = func(path string) (io.ReadCloser, error) {
		text, ok := files[path]
		if !ok && path != "/proc/net" {
			return nil, syscall.ENOENT
		}
		return io.NopCloser(&chunkReader{text: text, size: 4096}), nil
	}
	return s
}

// chunkReader returns at most size bytes at a time, as /proc does.
type chunkReader struct {
	text string
	size int
}

func (r *chunkReader) Read(b []byte) (int, error) {
	if r.text == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), r.size)], r.text)
	r.text = r.text[n:]
	return n, nil
}

// result holds everything that one call of Sockets returned.
type result struct {
	rows    []netstat.Socket
	err     error
	reports []*netstat.OpError
}

// socketReader is the part of netstat.Source that source implements on every
// system.
type socketReader interface {
	Sockets(context.Context, netstat.Table, netstat.Need) iter.Seq2[netstat.Socket, error]
}

func collect(s socketReader, t netstat.Table, n netstat.Need) (r result) {
	n.Report = func(err *netstat.OpError) { r.reports = append(r.reports, err) }
	for row, err := range s.Sockets(context.Background(), t, n) {
		if err != nil {
			r.err = err
			continue
		}
		r.rows = append(r.rows, row)
	}
	return r
}

func (r result) ports() (ports []uint16) {
	for _, row := range r.rows {
		ports = append(ports, row.Local.Port)
	}
	return ports
}
