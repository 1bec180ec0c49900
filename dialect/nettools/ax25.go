package nettools

import (
	"netstat"
	"netstat/internal/ascii"
)

// Column widths shared by the tables of AX.25 and NET/ROM.
const (
	widthCall      = 9
	widthDevice    = 6
	widthCircuit   = 11
	widthRareQueue = 6
)

var ax25States = [6]string{"LISTENING", "SABM SENT", "DISC SENT", "ESTABLISHED", "RECOVERY"}

// headerAX25 prints the header. With -e the digipeaters follow each row;
// net-tools 2.10 never shows them.
func (r *report) headerAX25() {
	r.out.buf = append(r.out.buf, "Active AX.25 sockets\nDest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q"...)
	r.inodeHeader()
	if r.cmd.Extend > 0 {
		r.out.buf = append(r.out.buf, " Digipeaters"...)
	}
	r.out.buf = append(r.out.buf, '\n')
}

func (r *report) appendAX25(b []byte, s *netstat.Socket) []byte {
	d := detailOf[netstat.AX25Detail](s)
	b = appendSafeLeft(b, or(s.Remote.Name, "*"), widthCall+2)
	b = appendSafeLeft(b, s.Local.Name, widthCall)
	b = appendCircuit(b, s, d.Device, circuitState(s.State, &ax25States), d.RecvSeq, d.SendSeq)
	b = r.appendInode(b, s)
	if r.cmd.Extend > 0 {
		b = appendSafe(append(b, ' '), d.Digipeaters)
	}
	return b
}

// appendCircuit appends the columns from the device to the queues.
func appendCircuit(b []byte, s *netstat.Socket, device, state string, recvSeq, sendSeq uint32) []byte {
	b = append(b, "  "...)
	b = appendSafeLeft(b, or(device, "???"), widthDevice)
	b = append(b, "  "...)
	b = ascii.AppendLeft(b, state, widthCircuit)
	b = append(b, "  "...)
	b = appendZeros(b, recvSeq, 3)
	b = append(b, '/')
	b = appendZeros(b, sendSeq, 3)
	return appendQueues(b, s)
}

func appendQueues(b []byte, s *netstat.Socket) []byte {
	b = append(b, "  "...)
	b = ascii.AppendUintLeft(b, s.SendQ, widthRareQueue)
	b = append(b, "  "...)
	return ascii.AppendUintLeft(b, s.RecvQ, widthRareQueue)
}
