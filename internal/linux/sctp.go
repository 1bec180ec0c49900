package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"syscall"

	"netstat"
)

// associationStates maps enum sctp_state (include/net/sctp/constants.h) to the
// names of RFC 9260, section 4.
var associationStates = [...]string{
	"CLOSED", "COOKIE-WAIT", "COOKIE-ECHOED", "ESTABLISHED",
	"SHUTDOWN-PENDING", "SHUTDOWN-SENT", "SHUTDOWN-RECEIVED", "SHUTDOWN-ACK-SENT",
}

// sctp reads the endpoints and then the associations, from two files. sock_diag
// has more facts, but another order.
func (s *source) sctp(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	dump := n.Facts&(netstat.FactDetail|netstat.FactMemory) != 0
	if s.useNetlink && (dump || s.denied("sctp/eps")) && s.sctpDiag(ctx, r, n, yield) {
		return
	}
	endpoint := func(row netstat.Socket, err error) bool {
		if errors.Is(err, errEmptyFile) && s.useNetlink && s.sctpDiag(ctx, r, n, yield) {
			return false
		}
		return yield(row, err)
	}
	_ = s.sctpFile(ctx, r.table, "sctp/eps", n, parseSCTPEndpoint, endpoint) &&
		s.sctpFile(ctx, r.table, "sctp/assocs", n, parseSCTPAssociation, yield)
}

// denied reports whether a file of /proc/net exists and cannot be read.
func (s *source) denied(file string) bool {
	f, err := s.open(s.net(file))
	if err == nil {
		f.Close()
	}
	return err == syscall.EACCES
}

// sctpFile yields the rows of one file and reports whether to continue.
func (s *source) sctpFile(ctx context.Context, t netstat.Table, file string, n netstat.Need,
	parse func([]byte) (netstat.Socket, bool), yield yieldFunc,
) bool {
	l, _, err := s.openTable(ctx, t, file, n.Report)
	if err != nil {
		yield(netstat.Socket{}, err)
		return false
	}
	defer s.closeLines(l)
	var known repeats
	for {
		line, err := l.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			yield(netstat.Socket{}, readError(t, err))
			return false
		}
		row, ok := parse(line)
		if !ok {
			reportBogus(n.Report, t, line)
			continue
		}
		row.Table, row.Absent = t, absentFacts(t)
		if !known.socket(&row, l.reads) && !yield(row, nil) {
			return false
		}
	}
}

// parseSCTPEndpoint parses a line of /proc/net/sctp/eps (sctp_eps_seq_show in
// net/sctp/proc.c):
//
//	ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS
func parseSCTPEndpoint(line []byte) (s netstat.Socket, ok bool) {
	f := sctpFields{rest: line}
	f.skip(3)
	state := f.number(8)
	f.skip(1)
	port := f.number(16)
	s.UID = uint32(f.number(32))
	s.Inode = f.number(64)
	if f.failed {
		return netstat.Socket{}, false
	}
	d := &netstat.SCTPDetail{SocketState: uint8(state)}
	s.State = stateOf(state)
	s.Local.Port = uint16(port)
	d.LocalMore = f.addresses(&s.Local)
	s.Detail = d
	return s, true
}

// parseSCTPAssociation parses a line of /proc/net/sctp/assocs
// (sctp_assocs_seq_show):
//
//	ASSOC SOCK STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS …
//
// The asterisk of a primary address is dropped.
func parseSCTPAssociation(line []byte) (s netstat.Socket, ok bool) {
	f := sctpFields{rest: line}
	f.skip(3)
	state := f.number(8)
	association := f.number(64)
	f.skip(2)
	s.SendQ = f.number(64)
	s.RecvQ = f.number(64)
	s.UID = uint32(f.number(32))
	s.Inode = f.number(64)
	localPort := f.number(16)
	remotePort := f.number(16)
	if f.failed {
		return netstat.Socket{}, false
	}
	d := &netstat.SCTPDetail{Association: true, SocketState: uint8(state)}
	if association < uint64(len(associationStates)) {
		d.AssocState = associationStates[association]
	}
	s.State = stateOf(state)
	s.Local.Port = uint16(localPort)
	s.Remote.Port = uint16(remotePort)
	d.LocalMore = f.addresses(&s.Local)
	if string(f.next()) != "<->" {
		return netstat.Socket{}, false
	}
	d.RemoteMore = f.addresses(&s.Remote)
	s.Detail = d
	return s, true
}

// sctpFields reads the blank-separated fields of a line.
type sctpFields struct {
	rest   []byte
	failed bool
}

// next returns the next field, or nothing at the end.
func (f *sctpFields) next() []byte {
	rest := bytes.TrimLeft(f.rest, " \t")
	end := bytes.IndexAny(rest, " \t")
	if end < 0 {
		end = len(rest)
	}
	f.rest = rest[end:]
	return rest[:end]
}

func (f *sctpFields) skip(n int) {
	for range n {
		f.next()
	}
}

func (f *sctpFields) number(bits int) uint64 {
	v, err := strconv.ParseUint(string(f.next()), 10, bits)
	f.failed = f.failed || err != nil
	return v
}

// addresses reads addresses up to a field that is not an address. The first
// becomes end.IP; the others are returned with end.Port.
func (f *sctpFields) addresses(end *netstat.Addr) (more []netstat.Addr) {
	for {
		before := f.rest
		ip, err := netip.ParseAddr(string(bytes.TrimPrefix(f.next(), []byte("*"))))
		if err != nil {
			f.rest = before
			return more
		}
		if !end.IP.IsValid() {
			end.IP = ip
		} else {
			more = append(more, netstat.Addr{IP: ip, Port: end.Port})
		}
	}
}
