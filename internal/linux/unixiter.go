package linux

import (
	"bytes"
	"context"
	"encoding/binary"

	"netstat"
	"netstat/internal/linux/bpf"
)

// Limits for the use of the iterator over unix sockets. Measured on Linux 6.18:
// setting it up takes 4 ms of CPU time including the process that reads it, and
// it saves half of the time of the file and the dump. A pass pays from about
// 5,000 sockets, two passes from 10,000. The kernel interrupts an iterator after
// a million sockets and then skips some.
const (
	unixIterSockets = 10000
	unixIterMax     = 900000
	// unixIterLines is the number of lines of /proc/net/unix after which
	// the kernel's count of the sockets is worth reading.
	unixIterLines = 500
)

// unixRecords is a pass of the iterator over unix sockets. See bpf.Unix.
type unixRecords interface {
	Records() ([]byte, error)
	Close() error
}

// unixIterMay reports whether the iterator may be used and has all requested
// facts. Without reference counts a dump alone is faster.
func (s *source) unixIterMay(n netstat.Need) bool {
	const has = netstat.FactReferences | netstat.FactInode | netstat.FactUID | netstat.FactTimer
	return s.openUnix != nil && s.bpf != bpfNever && n.Facts&netstat.FactReferences != 0 && n.Facts&^has == 0
}

// unixIterPays reports whether the iterator is likely to be faster than the
// file and a dump.
func (s *source) unixIterPays() bool {
	if s.unixIterRefused || !s.bpfAllowed() {
		return false
	}
	n := s.unixCount()
	return n >= unixIterSockets && n <= unixIterMax
}

// unixCount returns the kernel's count of unix sockets in this network
// namespace, or 0 if unknown. It includes closed sockets that something still
// refers to, which are in no list.
func (s *source) unixCount() uint64 {
	f, err := s.open(s.procRoot + "/net/protocols")
	if err != nil {
		return 0
	}
	defer f.Close()
	l := lineReader{ctx: context.Background(), r: f, buf: make([]byte, 4<<10), tooLong: func([]byte) {}}
	for n := uint64(0); ; {
		line, err := l.next()
		if err != nil {
			return n
		}
		n += parseUnixCount(line)
	}
}

// parseUnixCount returns the number of sockets in a line of /proc/net/protocols
// (proto_seq_printf in net/core/sock.c) of UNIX or UNIX-STREAM, and 0 for any
// other line.
func parseUnixCount(line []byte) uint64 {
	name, rest, _ := bytes.Cut(line, []byte(" "))
	if string(name) != "UNIX" && string(name) != "UNIX-STREAM" {
		return 0
	}
	p := scanner{b: rest}
	p.decimal() // size of a socket
	n, _ := p.decimal()
	return n
}

// unixPass is one pass of the iterator.
type unixPass struct {
	unixRecords
	records []byte
	counted uint64 // sockets that the kernel counted, before or afterwards
	exact   bool   // whether there are as many records, both times
}

// passUnix reads the iterator once.
func (s *source) passUnix(ctx context.Context) (p unixPass, err error) {
	if err := ctx.Err(); err != nil {
		return p, err
	}
	before := s.unixCount()
	room := int(before+before/16) + unixIterLines
	for try := 1; ; try++ {
		if p.unixRecords, err = s.openUnix(room); err != nil {
			return p, err
		}
		if p.records, err = p.Records(); err == nil {
			break
		}
		p.Close()
		if err != bpf.ErrUnixShort || try == dumpTries {
			return p, err
		}
		room *= 2 // so many sockets were opened meanwhile
	}
	after := s.unixCount()
	p.counted, p.exact = min(before, after), p.met() == before && p.met() == after
	return p, nil
}

// met returns the number of records.
func (p *unixPass) met() uint64 { return uint64(len(p.records) / bpf.UnixSize) }

// iterUnix reads unix sockets with the BPF iterator. An error means that it
// yielded no row.
//
// A pass reads each bucket of the kernel's table at once. A socket can be
// missing or come twice only if it gets its name during the pass, because it
// then moves to another bucket. It gets a name only once, so that a second pass
// finds it. The second pass is left out if the first had as many sockets as the
// kernel counted before and afterwards, each once.
func (s *source) iterUnix(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) error {
	first, err := s.passUnix(ctx)
	if err != nil {
		return err
	}
	defer first.Close()
	u := unixIterRows{
		table: r.table, report: n.Report,
		decoder: unixIterDecoder{absent: absentFacts(r.table), uid: n.Facts&netstat.FactUID != 0},
	}
	if first.exact {
		if !u.show(first.records, yield) || !u.repeated {
			return nil
		}
	}
	second, err := s.passUnix(ctx)
	if err == nil {
		defer second.Close()
		if farBelow(max(first.met(), second.met()), min(first.counted, second.counted)) {
			err = errIterShort
		}
	}
	switch {
	case err != nil && !first.exact:
		return err
	case err != nil:
		if err != ctx.Err() {
			err = &detailedError{netstat.ErrIncomplete, err}
		}
		yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: r.table, Err: err})
	case first.exact || u.show(first.records, yield):
		u.show(second.records, yield)
	}
	return nil
}

// unixIterRows yields the sockets of passes, each once.
type unixIterRows struct {
	table    netstat.Table
	decoder  unixIterDecoder
	seen     numberSet // cookies
	repeated bool      // whether a socket came again
	report   func(*netstat.OpError)
}

// show yields the sockets that were not seen before. It returns false if the
// caller wants no more.
func (u *unixIterRows) show(b []byte, yield yieldFunc) bool {
	row := netstat.Socket{Table: u.table}
	for ; len(b) >= bpf.UnixSize; b = b[bpf.UnixSize:] {
		record := b[:bpf.UnixSize]
		if !u.seen.add(binary.NativeEndian.Uint64(record[bpf.UnixCookie:])) {
			u.repeated = true
			continue
		}
		if !u.decoder.decode(record, &row) {
			reportBogus(u.report, u.table, record)
			continue
		}
		if !yield(row, nil) {
			return false
		}
	}
	return true
}

// unixIterDecoder decodes records of the iterator.
type unixIterDecoder struct {
	names   unixDiagDecoder
	details [unixIterDetails]*netstat.UnixDetail
	absent  netstat.Facts
	uid     bool // whether the user is requested
}

// unixIterDetails is the number of details kept for other rows. Most sockets
// have one of a few.
const unixIterDetails = 64

// decode fills s from a record. It returns false for a malformed one.
func (u *unixIterDecoder) decode(b []byte, s *netstat.Socket) bool {
	order := binary.NativeEndian
	_ = b[bpf.UnixSize-1]
	number, length := b[bpf.UnixState], int(b[bpf.UnixLength])
	// The iterator holds a reference too.
	references := order.Uint32(b[bpf.UnixReferences:]) - 1
	if b[bpf.UnixKind] == 0 || int32(references) <= 0 || length > bpf.UnixNameMax {
		return false
	}
	d := netstat.UnixDetail{RefCount: uint64(references), Accepting: number == unixListen, Type: unixType(b[bpf.UnixKind])}
	*s = netstat.Socket{
		Table: s.Table, Inode: uint64(order.Uint32(b[bpf.UnixInode:])), Cookie: order.Uint64(b[bpf.UnixCookie:]),
		State: unixState(b[bpf.UnixOpen] != 0, number), Absent: u.absent,
	}
	s.Local.Name = u.names.name(b[bpf.UnixName:][:length], &d)
	s.Detail = u.detail(&d)
	if u.uid && b[bpf.UnixOpen] != 0 { // others have no user yet
		s.UID = order.Uint32(b[bpf.UnixUID:])
		s.Absent &^= netstat.FactUID
	}
	return true
}

// detail returns a detail like d, which several rows may share.
func (u *unixIterDecoder) detail(d *netstat.UnixDetail) *netstat.UnixDetail {
	slot := &u.details[(d.RefCount*8+uint64(d.Type))%unixIterDetails]
	if k := *slot; k == nil || k.RefCount != d.RefCount || k.Type != d.Type || k.Accepting != d.Accepting || k.Abstract != d.Abstract {
		kept := *d
		*slot = &kept
	}
	return *slot
}
