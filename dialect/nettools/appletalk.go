package nettools

import (
	"netstat"
	"netstat/internal/ascii"
)

// headerAppleTalk prints the header of a view that net-tools 2.10 lacks: its
// --ddp shows Internet and unix sockets. The columns are those of the Internet
// table. Numbers are hexadecimal, as in net-tools' table of AppleTalk routes.
func (r *report) headerAppleTalk() {
	r.out.buf = append(r.out.buf, "Active AppleTalk sockets\nProto Recv-Q Send-Q Local Address           Foreign Address         State      "...)
	if r.cmd.Extend > 0 {
		r.out.buf = append(r.out.buf, " User      "...)
	}
	r.out.buf = append(r.out.buf, '\n')
}

func (r *report) appendAppleTalk(b []byte, s *netstat.Socket) []byte {
	return r.appendDatagram(b, s, "ddp   ", appendAppleTalkEnd, widthState, "ESTABLISHED", "UNKNOWN")
}

func appendAppleTalkEnd(b []byte, a *netstat.Addr) []byte {
	start := len(b)
	if a.Name == "" {
		b = append(b, '*')
	} else {
		b = append(appendSafe(b, a.Name), ':')
		b = appendHex(b, uint64(a.Port), 2)
	}
	return ascii.PadFrom(b, start, widthAddr)
}
