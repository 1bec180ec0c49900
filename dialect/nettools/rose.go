package nettools

import (
	"netstat"
	"netstat/internal/ascii"
)

const widthROSEAddr = 10

// roseStates holds the states of ROSE. net-tools 2.10 has the first four, and
// reads beyond its table for the others.
var roseStates = [6]string{"LISTENING", "CONN SENT", "DISC SENT", "ESTABLISHED", "RESET SENT", "CONN RCVD"}

func (r *report) headerROSE() {
	r.out.buf = append(r.out.buf, "Active ROSE sockets\ndest_addr   dest_call  src_addr    src_call  dev   lci neigh   "...)
	if r.cmd.Extend > 0 || r.cmd.Programs {
		r.out.buf = ascii.AppendLeft(r.out.buf, "state", widthCircuit)
		r.inodeHeader()
	} else {
		r.out.buf = append(r.out.buf, "state"...)
	}
	r.out.buf = append(r.out.buf, '\n')
}

// appendROSE appends a row. net-tools 2.10 loses the destination if the source
// has ten digits, which is always so, and parses the channel as decimal.
func (r *report) appendROSE(b []byte, s *netstat.Socket) []byte {
	d := detailOf[netstat.ROSEDetail](s)
	b = appendSafeLeft(b, or(s.Remote.Name, "*"), widthROSEAddr+2)
	b = appendSafeLeft(b, or(d.RemoteCall, "*"), widthCall+2)
	b = appendSafeLeft(b, s.Local.Name, widthROSEAddr+2)
	b = appendSafeLeft(b, or(d.LocalCall, "??????-?"), widthCall+1)
	b = appendSafeLeft(b, or(d.Device, "???"), 5)
	b = ascii.AppendUintRight(append(b, ' '), uint64(d.Channel), 3)
	b = ascii.AppendUintRight(append(b, ' '), uint64(d.Neighbour), 5)
	b = append(b, "   "...)
	state := circuitState(s.State, &roseStates)
	if r.cmd.Extend > 0 || r.cmd.Programs {
		return r.appendInode(ascii.AppendLeft(b, state, widthCircuit), s)
	}
	return append(b, state...)
}
