package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"syscall"

	"netstat"
)

// Flags of struct socket in /proc/net/unix (include/linux/net.h).
const (
	soAcceptCon = 1 << 16
	soWaitData  = 1 << 17
	soNoSpace   = 1 << 18
)

// unixStates maps enum socket_state (include/uapi/linux/net.h).
var unixStates = [...]netstat.State{
	netstat.Free, netstat.Unconnected, netstat.Connecting, netstat.Connected,
	netstat.Disconnecting,
}

var unixTypes = [...]netstat.SocketType{
	1: netstat.TypeStream, 2: netstat.TypeDgram, 3: netstat.TypeRaw,
	4: netstat.TypeRDM, 5: netstat.TypeSeqpacket,
}

const unixDetailSlab = 128

// errUnixFile means that the file, a copy or selected by the user, lacks facts.
var errUnixFile = errors.New("available only over netlink")

// unixRecord is a line of /proc/net/unix.
type unixRecord struct {
	references, protocol, flags, kind, state, inode uint64
	name                                            []byte
}

// unixParser parses lines of /proc/net/unix. It allocates paths and details for
// many rows at once; their memory is never reused.
type unixParser struct {
	// noInode reports whether the file lacks a column of inodes (Linux
	// 2.0).
	noInode bool
	names   textSlab
	details []netstat.UnixDetail
}

// header parses the file's first line.
func (u *unixParser) header(line []byte) {
	u.noInode = !bytes.Contains(line, []byte("Inode"))
}

// split reads a line in the format of unix_seq_show (net/unix/af_unix.c):
//
//	Num: RefCount Protocol Flags Type St Inode Path
//
// All numbers but the inode are hexadecimal. The path begins after one blank
// and ends with the line. It returns false if a field up to the state is
// missing, which net-tools calls bogus.
func (u *unixParser) split(line []byte) (r unixRecord, ok bool) {
	p := scanner{b: line}
	if _, ok := p.hex(); !ok {
		return r, false
	}
	// The first field is an address. Some systems print it with 0x.
	if p.literal('x') {
		p.hexToken()
	}
	if !p.literal(':') {
		return r, false
	}
	for _, field := range [...]*uint64{&r.references, &r.protocol, &r.flags, &r.kind, &r.state} {
		if *field, ok = p.hex(); !ok {
			return r, false
		}
	}
	if !u.noInode {
		r.inode, _ = p.decimal()
	}
	p.literal(' ')
	r.name = line[p.at:]
	return r, true
}

// parse fills s from a line.
func (u *unixParser) parse(line []byte, s *netstat.Socket) bool {
	r, ok := u.split(line)
	if ok {
		u.fill(&r, s)
	}
	return ok
}

// fill converts a record into a row.
func (u *unixParser) fill(r *unixRecord, s *netstat.Socket) {
	s.Inode = r.inode
	s.Local.Name = u.names.string(r.name)
	s.State = netstat.StateUnknown
	if r.state < uint64(len(unixStates)) {
		s.State = unixStates[r.state]
	}
	if len(u.details) == 0 {
		u.details = make([]netstat.UnixDetail, unixDetailSlab)
	}
	d := &u.details[0]
	u.details = u.details[1:]
	*d = netstat.UnixDetail{
		RefCount:    r.references,
		Protocol:    uint32(r.protocol),
		Accepting:   r.flags&soAcceptCon != 0,
		WaitingData: r.flags&soWaitData != 0,
		NoSpace:     r.flags&soNoSpace != 0,
	}
	if r.kind < uint64(len(unixTypes)) {
		d.Type = unixTypes[r.kind]
	}
	if d.Accepting && s.State == netstat.Unconnected {
		s.State = netstat.Listen // the kernel's own state is TCP_LISTEN, which the file lacks
	}
	s.Detail = d
}

// unix reads unix sockets over sock_diag and, if requested, reference counts
// from /proc/net/unix, or both with the BPF iterator. It reads only the file if
// the kernel refuses the dump: a newline in a socket's name forges lines there.
func (s *source) unix(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	if s.bpf == bpfAlways && s.unixIterMay(n) {
		if err := s.iterUnix(ctx, r, n, yield); err != nil {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
		}
		return
	}
	err := errUnixFile
	if s.useNetlink {
		err = s.unixDiag(ctx, r, n, yield)
	}
	if err == nil {
		return
	}
	if !s.useProc && err != syscall.ENOENT || ctx.Err() != nil {
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
		return
	}
	if n.Facts&(netstat.FactPeer|netstat.FactMemory) != 0 && n.Report != nil {
		op := "find the peers of"
		if n.Facts&netstat.FactPeer == 0 {
			op = "read the memory use of"
		}
		n.Report(&netstat.OpError{Op: op, Table: r.table, Err: &detailedError{errors.ErrUnsupported, err}})
	}
	s.unixProc(ctx, r, n, yield)
}

// unixProc reads unix sockets only from the file. It reports lines that
// contradict each other.
func (s *source) unixProc(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	l, header, err := s.openTable(ctx, r.table, "unix", n.Report)
	if err != nil {
		yield(netstat.Socket{}, err)
		return
	}
	defer s.closeLines(l)
	var (
		u       unixParser
		row     = netstat.Socket{Table: r.table, Absent: absentFacts(r.table)}
		known   repeats
		inodes  numberSet
		doubted uint64 // first inode found on two sockets
	)
	u.header(header)
	for {
		line, err := l.next()
		if err == io.EOF {
			if doubted != 0 && n.Report != nil {
				n.Report(readError(r.table, errors.New("several lines have inode "+strconv.FormatUint(doubted, 10)+
					"; a socket's name may have forged them")))
			}
			return
		}
		if err != nil {
			yield(netstat.Socket{}, readError(r.table, err))
			return
		}
		if !u.parse(line, &row) {
			reportBogus(n.Report, r.table, line)
			continue
		}
		if known.socket(&row, l.reads) {
			continue
		}
		if row.Inode != 0 && !inodes.add(row.Inode) && doubted == 0 {
			doubted = row.Inode
		}
		if !yield(row, nil) {
			return
		}
	}
}
