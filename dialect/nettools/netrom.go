package nettools

import "netstat"

var netromStates = [6]string{"LISTENING", "CONN SENT", "DISC SENT", "ESTABLISHED"}

func (r *report) headerNetROM() {
	r.out.buf = append(r.out.buf, "Active NET/ROM sockets\nUser       Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q"...)
	r.inodeHeader()
	r.out.buf = append(r.out.buf, '\n')
}

func (r *report) appendNetROM(b []byte, s *netstat.Socket) []byte {
	d := detailOf[netstat.NetROMDetail](s)
	b = appendSafeLeft(b, or(d.User, "*"), widthCall+2)
	b = appendSafeLeft(b, or(s.Remote.Name, "*"), widthCall+2)
	b = appendSafeLeft(b, s.Local.Name, widthCall)
	b = appendCircuit(b, s, d.Device, circuitState(s.State, &netromStates), d.RecvSeq, d.SendSeq)
	return r.appendInode(b, s)
}
