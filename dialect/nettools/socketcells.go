package nettools

import (
	"net/netip"
	"strings"

	"netstat"
	"netstat/internal/ascii"
)

func protoText(t netstat.Table) string {
	v6 := t.Family == netstat.Inet6
	switch t.Protocol {
	case netstat.TCP:
		if v6 {
			return "tcp6  "
		}
		return "tcp   "
	case netstat.UDP:
		if v6 {
			return "udp6  "
		}
		return "udp   "
	case netstat.UDPLite:
		if v6 {
			return "udpl6 "
		}
		return "udpl  "
	case netstat.SCTP:
		return "sctp  "
	}
	if v6 {
		return "raw6  "
	}
	return "raw   "
}

var tcpStates = [...]string{
	netstat.Established: "ESTABLISHED", netstat.SynSent: "SYN_SENT", netstat.SynReceived: "SYN_RECV",
	netstat.FinWait1: "FIN_WAIT1", netstat.FinWait2: "FIN_WAIT2", netstat.TimeWait: "TIME_WAIT",
	netstat.Closed: "CLOSE", netstat.CloseWait: "CLOSE_WAIT", netstat.LastAck: "LAST_ACK",
	netstat.Listen: "LISTEN", netstat.Closing: "CLOSING",
}

// rawStates holds the kernel's state numbers, which the row of a raw socket
// shows.
var rawStates = [...]uint8{
	netstat.Established: 1, netstat.SynSent: 2, netstat.SynReceived: 3, netstat.FinWait1: 4,
	netstat.FinWait2: 5, netstat.TimeWait: 6, netstat.Closed: 7, netstat.CloseWait: 8,
	netstat.LastAck: 9, netstat.Listen: 10, netstat.Closing: 11, netstat.NewSynRecv: 12,
}

// stateText returns the text of a state. For a number without a text, net-tools
// reads beyond its table; this returns UNKNOWN.
func stateText(s *netstat.Socket) string {
	switch s.Table.Protocol {
	case netstat.UDP, netstat.UDPLite:
		switch s.State {
		case netstat.Established:
			return "ESTABLISHED"
		case netstat.Closed:
			return ""
		case netstat.StateUnknown:
			if !s.Remote.IP.IsValid() {
				return "" // unknown whether it is connected
			}
		}
		return "UNKNOWN"
	}
	if s.State == netstat.DeleteTCB {
		return "DELETE_TCB" // Microsoft's word; only Windows has this state
	}
	if int(s.State) < len(tcpStates) && s.State != netstat.StateUnknown {
		return tcpStates[s.State]
	}
	return "UNKNOWN"
}

// appendEnd appends an address cell. The remote address of a UDP socket is
// unknown on Windows.
func (r *report) appendEnd(b []byte, p netstat.Protocol, a *netstat.Addr) []byte {
	start := len(b)
	if !a.IP.IsValid() {
		return ascii.AppendLeft(b, "*:*", widthAddr)
	}
	b = r.appendHost(b, a.IP, r.cmd.NumericHosts)
	colon := len(b)
	b = append(b, ':')
	b = r.appendPort(b, p, a.Port)
	if len(b)-start > maxAddr+1 && !r.cmd.Wide {
		b = cutAddr(b, start, colon)
	}
	return ascii.PadFrom(b, start, widthAddr)
}

// cutAddr cuts the cell that starts at start: the port to maxPort bytes, then
// the host to the bytes that remain.
func cutAddr(b []byte, start, colon int) []byte {
	port := b[colon:]
	if len(port) > maxPort+1 {
		port = port[:maxPort+1]
	}
	host := min(colon-start, maxAddr+1-len(port))
	b = b[:start+host+copy(b[start+host:], port)]
	// Either cut may have split a character.
	for i := start; i < len(b); i++ {
		if b[i] >= 0x80 {
			return appendSafe(b[:start], string(b[start:]))
		}
	}
	return b
}

// maxHost is the length of the longest host name in bytes. net-tools 2.10 cuts
// a longer name of an IPv4 address, even with -W, and shows the number instead
// of a longer name of an IPv6 address.
const maxHost = 127

// appendHost appends an address or its name. As net-tools does, it shows an
// IPv4-mapped address as the IPv4 address, and brackets the unspecified IPv6
// address if names are looked up.
func (r *report) appendHost(b []byte, ip netip.Addr, numeric bool) []byte {
	if !numeric {
		if ip.IsUnspecified() {
			if ip.Is6() {
				return append(b, "[::]"...)
			}
		} else if name, ok := r.env.Names.Host(ip); ok && (ip.Is4() || len(name) <= maxHost) {
			return appendCut(b, name, maxHost)
		}
	}
	return ascii.AppendIP(b, ip.Unmap())
}

func (r *report) appendPort(b []byte, p netstat.Protocol, port uint16) []byte {
	if port == 0 {
		return append(b, '*')
	}
	if !r.cmd.NumericPorts {
		var name string
		var ok bool
		switch p {
		case netstat.TCP:
			name, ok = r.env.Names.Service(port, "tcp")
		case netstat.UDP, netstat.UDPLite:
			name, ok = r.env.Names.Service(port, "udp")
		case netstat.Raw:
			name, ok = r.env.Names.Protocol(port)
		}
		if ok {
			return appendSafe(b, name)
		}
	}
	return ascii.AppendUint(b, uint64(port))
}

// appendUser appends a login name, or the number, which net-tools prints as
// signed.
func (r *report) appendUser(b []byte, uid uint32) []byte {
	if !r.cmd.NumericUsers {
		if name, ok := r.env.Names.User(uid); ok {
			return appendSafe(b, name)
		}
	}
	if n := int32(uid); n < 0 {
		return ascii.AppendUint(append(b, '-'), uint64(-int64(n)))
	}
	return ascii.AppendUint(b, uint64(uid))
}

// appendOwner appends the cells of -p and -Z.
func (r *report) appendOwner(b []byte, s *netstat.Socket) []byte {
	if !r.cmd.Programs {
		return b
	}
	p, ok := r.round.Owner(s)
	b = append(b, ' ')
	start := len(b)
	if ok {
		b = ascii.AppendUint(b, uint64(p.PID))
		b = append(b, '/')
		b = appendCut(b, programName(p.Argv0), widthProgram-1-(len(b)-start))
	} else {
		b = append(b, '-')
	}
	b = ascii.PadFrom(b, start, widthProgram)
	if !r.cmd.Context {
		return b
	}
	b = append(b, ' ')
	start = len(b)
	context := p.Context
	if context == "" {
		context = "-"
	}
	// Of a long context keep the end, the level, which tells most.
	if cut := len(context) - (widthContext - 1); cut > 0 {
		context = context[cut:]
	}
	b = appendSafe(b, context)
	return ascii.PadFrom(b, start, widthContext)
}

// programName returns what net-tools 2.10 shows of a command line's first
// string: for an absolute path the part after the last slash, else all of it.
func programName(argv0 string) string {
	if strings.HasPrefix(argv0, "/") {
		return argv0[strings.LastIndexByte(argv0, '/')+1:]
	}
	return argv0
}

// appendTimer appends KIND (SECONDS/RETRANSMITS/PROBES).
func appendTimer(b []byte, s *netstat.Socket) []byte {
	if s.Absent&netstat.FactTimer != 0 {
		return append(b, unknown)
	}
	tcp := s.Table.Protocol == netstat.TCP
	t := &s.Timer
	kind := ""
	switch t.Kind {
	case netstat.TimerNone:
		return appendTimerCounts(append(b, "off (0.00"...), t, tcp)
	case netstat.TimerRetransmit:
		kind = "on"
	case netstat.TimerKeepalive:
		kind = "keepalive"
	case netstat.TimerTimeWait:
		kind = "timewait"
	case netstat.TimerProbe:
		kind = "probe"
	}
	if !tcp {
		kind = ""
		if t.Code == 1 || t.Code == 2 {
			kind = "on"
			b = append(b, "on"...)
			b = append(b, '0'+t.Code)
		}
	} else {
		b = append(b, kind...)
	}
	if kind == "" {
		b = ascii.AppendUint(append(b, "unkn-"...), uint64(t.Code))
	}
	ticks := uint64(t.Expires / 1e7)
	b = ascii.AppendUint(append(b, " ("...), ticks/100)
	b = append(b, '.', byte('0'+ticks/10%10), byte('0'+ticks%10))
	return appendTimerCounts(b, t, tcp)
}

// appendTimerCounts appends the counts that end a timer. Only TCP counts
// retransmissions.
func appendTimerCounts(b []byte, t *netstat.Timer, tcp bool) []byte {
	retransmits := t.Retransmits
	if !tcp {
		retransmits = 0
	}
	b = ascii.AppendUint(append(b, '/'), uint64(retransmits))
	b = ascii.AppendUint(append(b, '/'), uint64(t.Probes))
	return append(b, ')')
}
