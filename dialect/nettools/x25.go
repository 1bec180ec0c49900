package nettools

import (
	"netstat"
	"netstat/internal/ascii"
)

const (
	widthX25Addr    = 15
	widthX25Device  = 7
	widthX25Channel = 3
)

// x25States holds the states of X.25. net-tools 2.10 has the states of AX.25 in
// its table (an X.25 call is not set up by a SABM), and lacks the last two.
var x25States = [6]string{"LISTENING", "CALL_SENT", "CLEAR_SENT", "ESTABLISHED", "RESET_SENT", "CALL_RCVD"}

// keepX25Call reports whether a socket has a call. As in net-tools, sockets
// without a call are shown only with -a, and -l makes no difference.
func keepX25Call(s netstat.Socket) bool {
	d, ok := s.Detail.(*netstat.X25Detail)
	return ok && d.Channel != 0
}

func (r *report) headerX25() {
	r.out.buf = append(r.out.buf, "Active X.25 sockets\nDest         Source          Device  LCI  State        Vr/Vs  Send-Q  Recv-Q"...)
	if r.cmd.Extend > 0 || r.cmd.Programs {
		// The headings are three columns narrower than their cells.
		r.out.buf = append(r.out.buf, "   "...)
		r.inodeHeader()
	}
	r.out.buf = append(r.out.buf, '\n')
}

// appendX25 appends a row as net-tools intends it. net-tools 2.10 opens a file
// where the kernel has a directory, and parses the channel as decimal.
func (r *report) appendX25(b []byte, s *netstat.Socket) []byte {
	d := detailOf[netstat.X25Detail](s)
	b = appendSafeLeft(b, or(s.Remote.Name, "*"), widthX25Addr)
	b = appendSafeLeft(append(b, ' '), or(s.Local.Name, "*"), widthX25Addr)
	b = appendSafeLeft(append(b, ' '), or(d.Device, "???"), widthX25Device)
	b = ascii.AppendUintLeft(append(b, ' '), uint64(d.Channel), widthX25Channel)
	b = ascii.AppendLeft(append(b, "  "...), circuitState(s.State, &x25States), widthCircuit)
	b = append(b, "  "...)
	b = appendZeros(b, d.RecvSeq, 2)
	b = append(b, '/')
	b = appendZeros(b, d.SendSeq, 2)
	b = appendQueues(b, s)
	return r.appendInode(b, s)
}
