package nettools

import (
	"strings"

	"netstat"
	"netstat/internal/ascii"
)

const (
	widthIPXAddr  = 26
	widthIPXState = 5
)

func (r *report) headerIPX() {
	r.out.buf = append(r.out.buf, "Active IPX sockets\nProto Recv-Q Send-Q Local Address              Foreign Address            State"...)
	if r.cmd.Extend > 0 {
		r.out.buf = append(r.out.buf, " User"...)
	}
	r.out.buf = append(r.out.buf, '\n')
}

// appendIPX appends a row. net-tools 2.10 has the two queues, and the two
// bytes of a socket number, the wrong way round.
func (r *report) appendIPX(b []byte, s *netstat.Socket) []byte {
	b = append(b, "IPX   "...)
	b = ascii.AppendUintRight(b, s.RecvQ, widthQueue)
	b = ascii.AppendUintRight(append(b, ' '), s.SendQ, widthQueue)
	b = appendIPXEnd(append(b, ' '), &s.Local)
	b = appendIPXEnd(append(b, ' '), &s.Remote)
	state := "UNK."
	switch s.State {
	case netstat.Established:
		state = "ESTAB"
	case netstat.Closed:
		state = ""
	}
	b = ascii.AppendLeft(append(b, ' '), state, widthIPXState)
	if r.cmd.Extend > 0 {
		b = append(b, ' ')
		start := len(b)
		b = ascii.PadFrom(r.appendUser(b, s.UID), start, widthUser)
	}
	return b
}

// appendIPXEnd appends NET:NODE:SOCKET, "-" for no end.
func appendIPXEnd(b []byte, a *netstat.Addr) []byte {
	start := len(b)
	if a.Name == "" {
		b = append(b, '-')
	} else {
		net, node, _ := strings.Cut(a.Name, ":")
		b = append(b, ipxNetwork(net)...)
		if ipxNetwork(net) != "" && strings.Trim(node, "0") != "" {
			b = appendSafe(append(b, ':'), node)
		}
		b = append(b, ':')
		b = appendHex(b, uint32(a.Port), 4)
	}
	return ascii.PadFrom(b, start, widthIPXAddr)
}

// ipxNetwork is a network's number as net-tools shows it: those for this and
// for every network not at all.
func ipxNetwork(net string) string {
	if net == "00000000" || net == "FFFFFFFF" {
		return ""
	}
	return net
}

// appendHex appends n in hexadecimal, with at least so many digits.
func appendHex(b []byte, n uint32, digits int) []byte {
	for digits < 8 && n>>(4*digits) != 0 {
		digits++
	}
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789ABCDEF"[n>>shift&0xf])
	}
	return b
}
