package linux

import (
	"context"
	"io"

	"netstat"
	"netstat/internal/linux/sysfile"
)

const ipprotoDCCP = 33

// dccpStates maps enum dccp_state (include/linux/dccp.h), which shares the
// numbers of TCP's states. dccpParser.state has two more.
var dccpStates = [...]string{
	1: "OPEN", 2: "REQUEST", 3: "RESPOND", 4: "CLOSEREQ", 6: "TIMEWAIT", 7: "CLOSED",
	8: "PASSIVE_CLOSE", 10: "LISTEN", 11: "CLOSING", 12: "RESPOND",
}

// dccp reads DCCP sockets. Linux 6.16 removed the protocol.
func (s *source) dccp(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	p := dccpParser{family: inetFamily(r.table), release: s.kernelRelease}
	p.settings = s.settingsOf(ctx, r.table, n, ipprotoDCCP)
	s.familyOnly(ctx, r.table, n, &familyDump{inetRequest(p.family, ipprotoDCCP, p.settings.extensions()), p.decode}, yield)
}

type dccpParser struct {
	family   byte
	release  func() (major, minor int)
	settings inetSettings
	details  slab[netstat.DCCPDetail]
}

func (p *dccpParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	if len(b) < inetDiagMsgSize || b[0] != p.family {
		return familyBogus
	}
	decodeDiag(b, s)
	p.settings.decode(b[inetDiagMsgSize:], s)
	d := p.details.next()
	d.DCCPState, s.State = p.state(b[1], s.State)
	s.Detail = d
	return familyRow
}

// state returns the name of a DCCP state and the closest TCP state. PARTOPEN
// and PASSIVE_CLOSEREQ have the numbers after TCP's states, of which Linux 6.8
// added one.
func (p *dccpParser) state(number byte, tcp netstat.State) (string, netstat.State) {
	const partOpen, closeReq = 13, 14
	switch {
	case int(number) < len(dccpStates):
		return dccpStates[number], tcp
	case number == closeReq:
		if major, minor := p.release(); major > 6 || major == 6 && minor >= 8 {
			return "PARTOPEN", netstat.PartOpen
		}
		return "PASSIVE_CLOSEREQ", netstat.CloseWait
	case number == closeReq+1:
		return "PASSIVE_CLOSEREQ", netstat.CloseWait
	case number == partOpen:
		return "PARTOPEN", netstat.PartOpen
	}
	return "", netstat.StateUnknown
}

// kernelRelease returns the first two numbers of the kernel's version, or zeros
// if unknown.
func (s *source) kernelRelease() (major, minor int) {
	f, err := s.open(s.procRoot + "/sys/kernel/osrelease")
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	var buf [64]byte
	size, err := f.Read(buf[:])
	if err != nil && err != io.EOF {
		return 0, 0
	}
	return sysfile.ParseRelease(buf[:size])
}
