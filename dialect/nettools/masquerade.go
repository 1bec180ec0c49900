package nettools

import (
	"errors"
	"net/netip"
	"time"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Column widths of the table of masqueraded connections.
const (
	widthNATProto   = 4
	widthNATMinutes = 3
	widthNATExpire  = widthNATMinutes + len(":SS.CC")
	widthNATInitSeq = 10
	widthNATDelta   = 5
	widthNATHost    = 20
)

// masquerade prints the sessions that this host translates (-M). If it has
// none, it prints nothing, not even the header.
func (r *report) masquerade() int {
	rows := r.env.Source.NATSessions(r.ctx)
	if !r.cmd.NumericHosts {
		rows = view.WithNATHosts(rows, r.env.Names, r.waiting)
	}
	first := true
	for s, err := range rows {
		switch {
		case err == nil:
		case errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete):
			r.say(unsupported("ip_masquerade"))
			return ExitMissing
		default:
			return r.failed(err)
		}
		if first {
			first = false
			r.masqueradeHeader()
		}
		// net-tools calls the end hidden behind the port in brackets
		// the source. Either end may be hidden, and both at once.
		if s.SourceTranslated() {
			r.out.buf = r.appendMasqueraded(r.out.buf, &s, &s.Original, &s.Reply)
		}
		if s.DestinationTranslated() {
			r.out.buf = r.appendMasqueraded(r.out.buf, &s, &s.Reply, &s.Original)
		}
		if !r.out.full() {
			return ExitFailure
		}
	}
	return ExitOK
}

func (r *report) masqueradeHeader() {
	b := append(r.out.buf, "IP masquerading entries\nprot   expire "...)
	if r.cmd.Extend > 0 {
		b = append(b, "   initseq delta prevd "...)
	}
	r.out.buf = append(b, "source               destination          ports\n"...)
}

// appendMasqueraded appends the row of a hidden end, which sends the packets of
// one direction. back is the other direction, which has the port in brackets.
func (r *report) appendMasqueraded(b []byte, s *netstat.NATSession, sent, back *netstat.NATTuple) []byte {
	hidden, other := sent.Source, back.Source
	start := len(b)
	b = ascii.PadFrom(appendNATProtocol(b, s), start, widthNATProto)
	if b[len(b)-1] != ' ' && s.Timeout >= 100*time.Minute {
		b = append(b, ' ') // net-tools prints the two without a space
	}
	b = append(appendExpiry(b, s.Timeout), ' ')
	if r.cmd.Extend > 0 {
		a := &sent.SeqAdjust
		if a.Known {
			b = ascii.AppendUintRight(b, uint64(a.Position), widthNATInitSeq)
		} else {
			b = ascii.AppendRight(b, "-", widthNATInitSeq)
		}
		b = appendDelta(append(b, ' '), a.After, a.Known)
		b = appendDelta(append(b, ' '), a.Before, a.BeforeKnown)
		b = append(b, ' ')
	}
	for _, ip := range [...]netip.Addr{hidden.Addr(), other.Addr()} {
		start = len(b)
		b = ascii.PadFrom(r.appendHost(b, ip, r.cmd.NumericHosts), start, widthNATHost)
		b = append(b, ' ')
	}
	b = r.appendPort(b, s.Protocol, hidden.Port())
	b = r.appendPort(append(b, " -> "...), s.Protocol, other.Port())
	b = r.appendPort(append(b, " ("...), s.Protocol, back.Destination.Port())
	return append(b, ")\n"...)
}

func appendNATProtocol(b []byte, s *netstat.NATSession) []byte {
	switch s.IPProtocol {
	case 0:
		return append(b, "ip"...)
	case 1:
		return append(b, "icmp"...)
	case 6:
		return append(b, "tcp"...)
	case 17:
		return append(b, "udp"...)
	case 33:
		return append(b, "dccp"...)
	case 47:
		return append(b, "gre"...)
	case 50:
		return append(b, "esp"...)
	case 51:
		return append(b, "ah"...)
	case 132:
		return append(b, "sctp"...)
	case 136:
		return append(b, "udpl"...)
	}
	return ascii.AppendUint(b, uint64(s.IPProtocol))
}

// appendExpiry appends minutes, seconds and hundredths.
func appendExpiry(b []byte, d time.Duration) []byte {
	if d < 0 {
		return ascii.AppendRight(b, "-", widthNATExpire)
	}
	h := uint64(d / (time.Second / 100))
	b = ascii.AppendUintRight(b, h/6000, widthNATMinutes)
	return append(b, ':', byte('0'+h/1000%6), byte('0'+h/100%10), '.', byte('0'+h/10%10), byte('0'+h%10))
}

func appendDelta(b []byte, n int32, known bool) []byte {
	switch {
	case !known:
		return ascii.AppendRight(b, "-", widthNATDelta)
	case n >= 0:
		return ascii.AppendUintRight(b, uint64(n), widthNATDelta)
	}
	var digits [12]byte
	d := ascii.AppendUint(append(digits[:0], '-'), uint64(-int64(n)))
	return append(ascii.AppendBlanks(b, widthNATDelta-len(d)), d...)
}
