package linux

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

type yieldNAT = func(netstat.NATSession, error) bool

// NATSessions implements netstat.Source. A kernel that has ip_masquerade has no
// other list, and a kernel that tracks connections does not have that file.
func (s *source) NATSessions(ctx context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		if s.useProc {
			f, err := s.open(s.procRoot + "/net/ip_masquerade")
			if err == nil {
				s.masqueradeFile(ctx, f, yield)
				return
			}
		}
		var refusal error
		if s.useNetlink {
			if refusal = s.conntrackDump(ctx, afInet, yield); refusal == nil {
				return
			}
			if !s.useProc || ctx.Err() != nil {
				yield(netstat.NATSession{}, natError("dump", refusal))
				return
			}
		}
		f, err := s.open(s.procRoot + "/net/nf_conntrack")
		switch {
		case err == nil:
			s.conntrackFile(ctx, f, yield)
		case transient(refusal):
			yield(netstat.NATSession{}, natError("dump", refusal))
		case err == syscall.EACCES: // every ordinary user
			yield(netstat.NATSession{}, natError("open", &detailedError{errors.ErrUnsupported, err}))
		default:
			yield(netstat.NATSession{}, natError("open", s.fileError(netstat.Table{}, err).Err))
		}
	}
}

// NAT6Sessions implements netstat.NAT6Sessions. Only netlink provides IPv6
// sessions.
func (s *source) NAT6Sessions(ctx context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		err := errors.ErrUnsupported
		if s.useNetlink {
			err = s.conntrackDump(ctx, afInet6, yield)
		}
		// All other errors are refusals: the kernel does not track
		// connections, or the caller is not permitted to see them.
		if err != nil && err != errors.ErrUnsupported && !transient(err) && ctx.Err() == nil {
			err = &detailedError{errors.ErrUnsupported, err}
		}
		if err != nil {
			yield(netstat.NATSession{}, natError("dump", err))
		}
	}
}

func natError(verb string, err error) *netstat.OpError {
	return &netstat.OpError{Op: verb + " NAT sessions", Err: err}
}

// bogusNAT counts the records left out and keeps the first.
type bogusNAT struct {
	first string
	count int
}

func (g *bogusNAT) add(record []byte) {
	if g.count == 0 {
		g.first = strconv.Quote(string(record[:min(len(record), maxQuoted)]))
	}
	g.count++
}

// err returns the error to report at the end, or nil if no record was left out.
func (g *bogusNAT) err() error {
	if g.count == 0 {
		return nil
	}
	text := g.first
	if g.count > 1 {
		text += " and " + strconv.Itoa(g.count-1) + " more"
	}
	return natError("read", &detailedError{netstat.ErrBogusRecord, errors.New(text)})
}

// conntrackDump lists the sessions of a family over ctnetlink. An error means
// that it yielded no row.
func (s *source) conntrackDump(ctx context.Context, family uint8, yield yieldNAT) error {
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	var (
		out   netlink.Outcome
		bogus bogusNAT
	)
	held, ok := s.takeNAT(family)
	if ok {
		out = runConntrack(ctx, held, family, heldSeq, buf, &bogus, yield)
	}
	for try := 0; !ok && try < dumpTries; try++ {
		bogus = bogusNAT{}
		out = s.conntrackTry(ctx, family, buf, &bogus, yield)
		if out.Err == nil || out.Rows || out.Stopped || !transient(out.Err) {
			break
		}
	}
	if out.Stopped {
		return nil
	}
	if out.Err != nil && !out.Rows {
		return out.Err
	}
	err := out.Err
	if err == nil {
		err = out.Lost
	}
	switch {
	case err != nil && err == ctx.Err():
		yield(netstat.NATSession{}, natError("dump", err))
	case err != nil:
		yield(netstat.NATSession{}, natError("dump", &detailedError{netstat.ErrIncomplete, err}))
	case bogus.count > 0:
		yield(netstat.NATSession{}, bogus.err())
	}
	return nil
}

// conntrackTry runs one dump on its own socket: a report has at most one dump
// of a family. Without tracked connections there is no dump, because it takes
// milliseconds if the kernel's hash table is large.
func (s *source) conntrackTry(ctx context.Context, family uint8, buf []byte, bogus *bogusNAT, yield yieldNAT) (out netlink.Outcome) {
	c, err := s.dialNetfilter()
	if err != nil {
		out.Err = err
		return out
	}
	defer c.Close()
	if n, ok := s.countTracked(ctx, c, buf); ok && n == 0 {
		return out
	}
	s.seq++
	if out.Err = c.Send(appendConntrackRequest(nil, family, s.seq)); out.Err != nil {
		return out
	}
	return runConntrack(ctx, c, family, s.seq, buf, bogus, yield)
}

// appendConntrackRequest appends the request for all entries of a family.
func appendConntrackRequest(b []byte, family uint8, seq uint32) []byte {
	b = netlink.AppendDumpHeader(b, ctnlMsgGet, seq, nfgenmsgSize)
	return append(b, family, 0, 0, 0)
}

// runConntrack receives and delivers one dump. The request must have been sent.
// It accepts an inconsistent dump, because the table changes all the time.
func runConntrack(ctx context.Context, c netlink.Conn, family uint8, seq uint32, buf []byte, bogus *bogusNAT, yield yieldNAT) netlink.Outcome {
	var row netstat.NATSession
	m := netlink.Reader{Ctx: ctx, Seq: seq, Conn: c, Buf: buf, Tolerant: true}
	for m.Next() {
		if m.Kind != ctnlMsgNew {
			continue
		}
		translated, ok := decodeConntrack(m.Payload, family, &row)
		if !ok {
			bogus.add(m.Payload)
		}
		if !translated {
			continue
		}
		m.Rows = true
		if !yield(row, nil) {
			m.Stopped = true
			break
		}
	}
	return m.Outcome
}

// conntrackFile lists the sessions of /proc/net/nf_conntrack, which has no
// header.
func (s *source) conntrackFile(ctx context.Context, f io.ReadCloser, yield yieldNAT) {
	s.natLines(ctx, f, yield, parseConntrack, appendTracked)
}

// natLines yields the sessions that parse finds in the lines of a file. If
// identity is not nil, it yields only one session for each key that identity
// appends. It reports whether the caller may continue.
func (s *source) natLines(ctx context.Context, f io.ReadCloser, yield yieldNAT,
	parse func(line []byte, row *netstat.NATSession) (translated, ok bool),
	identity func(b, line []byte) []byte,
) bool {
	var bogus bogusNAT
	l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer(), tooLong: bogus.add}
	defer s.closeLines(l)
	var (
		row   netstat.NATSession
		known repeats
		ends  []byte
	)
	for {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			yield(netstat.NATSession{}, natError("read", err))
			return false
		}
		translated, ok := parse(line, &row)
		if !ok {
			bogus.add(line)
		}
		if !translated {
			continue
		}
		if identity != nil {
			if ends = identity(ends[:0], line); known.before(ends, l.reads) {
				continue
			}
		}
		if !yield(row, nil) {
			return false
		}
	}
	if err := bogus.err(); err != nil {
		yield(netstat.NATSession{}, err)
		return false
	}
	return true
}
