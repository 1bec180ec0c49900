package linux

import (
	"bytes"
	"context"
	"errors"
	"io"
	"syscall"

	"netstat"
)

// Flags of struct socket in /proc/net/unix (include/linux/net.h).
const (
	soAcceptCon = 1 << 16
	soWaitData  = 1 << 17
	soNoSpace   = 1 << 18
)

// unixStates is enum socket_state of include/uapi/linux/net.h.
var unixStates = [...]netstat.State{
	netstat.Free, netstat.Unconnected, netstat.Connecting, netstat.Connected,
	netstat.Disconnecting,
}

var unixTypes = [...]netstat.SocketType{
	1: netstat.TypeStream, 2: netstat.TypeDgram, 3: netstat.TypeRaw,
	4: netstat.TypeRDM, 5: netstat.TypeSeqpacket,
}

const unixDetailSlab = 128

// errUnixFile is why a file that was copied or chosen does not tell all.
var errUnixFile = errors.New("only a netlink dump has them")

// unixParser parses lines of /proc/net/unix. Paths and details are carved from
// larger pieces of memory, which rows share and which are never written again.
type unixParser struct {
	// noInode says that the file has no column of inodes (Linux 2.0).
	noInode bool
	names   textSlab
	details []netstat.UnixDetail
}

// header takes the file's first line.
func (u *unixParser) header(line []byte) {
	u.noInode = !bytes.Contains(line, []byte("Inode"))
}

// parse fills s from a line as unix_seq_show of net/unix/af_unix.c writes it:
//
//	Num: RefCount Protocol Flags Type St Inode Path
//
// All numbers but the inode are hexadecimal. The path begins after one blank
// and ends with the line. It returns false where a field up to the state is
// missing, which net-tools calls bogus.
func (u *unixParser) parse(line []byte, s *netstat.Socket) bool {
	p := scanner{b: line}
	if _, ok := p.hex(); !ok {
		return false
	}
	// The first field is an address, which some systems print with 0x.
	if p.literal('x') {
		p.hexToken()
	}
	if !p.literal(':') {
		return false
	}
	var fields [5]uint64
	for i := range fields {
		var ok bool
		if fields[i], ok = p.hex(); !ok {
			return false
		}
	}
	refs, protocol, flags, kind, state := fields[0], fields[1], fields[2], fields[3], fields[4]

	s.Inode = 0
	if !u.noInode {
		s.Inode, _ = p.decimal()
	}
	p.literal(' ')
	s.Local.Name = u.names.string(line[p.at:])

	s.State = netstat.StateUnknown
	if state < uint64(len(unixStates)) {
		s.State = unixStates[state]
	}
	if len(u.details) == 0 {
		u.details = make([]netstat.UnixDetail, unixDetailSlab)
	}
	d := &u.details[0]
	u.details = u.details[1:]
	*d = netstat.UnixDetail{
		RefCount:    refs,
		Protocol:    uint32(protocol),
		Accepting:   flags&soAcceptCon != 0,
		WaitingData: flags&soWaitData != 0,
		NoSpace:     flags&soNoSpace != 0,
	}
	if kind < uint64(len(unixTypes)) {
		d.Type = unixTypes[kind]
	}
	if d.Accepting && s.State == netstat.Unconnected {
		s.State = netstat.Listen // the kernel's own is TCP_LISTEN, which the file does not have
	}
	s.Detail = d
	return true
}

// unix reads unix sockets over sock_diag if their peers or memory are wanted,
// and from /proc/net/unix else: only there are the reference count and the flags.
func (s *source) unix(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	if n.Facts&(netstat.FactPeer|netstat.FactMemory) != 0 {
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
		if n.Report != nil {
			op := "find the peers of"
			if n.Facts&netstat.FactPeer == 0 {
				op = "tell the memory of"
			}
			n.Report(&netstat.OpError{Op: op, Table: r.table, Err: &detailedError{errors.ErrUnsupported, err}})
		}
	}
	l, header, err := s.openLines(ctx, r.table, "unix", n.Report)
	if err != nil {
		yield(netstat.Socket{}, err)
		return
	}
	defer s.closeLines(l)
	var (
		u   unixParser
		row = netstat.Socket{Table: r.table, Absent: absentFacts(r.table)}
	)
	u.header(header)
	for {
		line, err := l.next()
		if err == io.EOF {
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
		if !yield(row, nil) {
			return
		}
	}
}
