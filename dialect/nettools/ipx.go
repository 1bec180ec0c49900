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

// appendIPX appends a row. net-tools 2.10 swaps the two queues, and the two
// bytes of a socket number.
func (r *report) appendIPX(b []byte, s *netstat.Socket) []byte {
	return r.appendDatagram(b, s, "IPX   ", appendIPXEnd, widthIPXState, "ESTAB", "UNK.")
}

// appendIPXEnd appends NET:NODE:SOCKET, or "-" if there is no address.
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
		b = appendHex(b, uint64(a.Port), 4)
	}
	return ascii.PadFrom(b, start, widthIPXAddr)
}

// ipxNetwork returns a network number as net-tools shows it: "" for this
// network and for every network.
func ipxNetwork(net string) string {
	if net == "00000000" || net == "FFFFFFFF" {
		return ""
	}
	return net
}
