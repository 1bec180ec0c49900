package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"iter"
	"math/bits"
	"strconv"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

type yieldTracked = func(netstat.TrackedConnection, error) bool

func trackedError(verb string, err error) *netstat.OpError {
	return &netstat.OpError{Op: verb + " tracked connections", Err: err}
}

// TrackedConnections implements netstat.Source. The file is for kernels without
// ctnetlink; it lacks the number of an entry, its helper and most flags.
func (s *source) TrackedConnections(ctx context.Context, q netstat.TrackedQuery) iter.Seq2[netstat.TrackedConnection, error] {
	return func(yield func(netstat.TrackedConnection, error) bool) {
		var refusal error
		if s.useNetlink {
			if refusal = s.trackedDump(ctx, q.Family, yield); refusal == nil {
				return
			}
			if !s.useProc || ctx.Err() != nil || transient(refusal) {
				yield(netstat.TrackedConnection{}, trackedError("dump", refusal))
				return
			}
		}
		f, err := s.open(s.procRoot + "/net/nf_conntrack")
		switch {
		case err == nil:
			s.trackedFile(ctx, f, q.Family, yield)
		case refusal == syscall.EPERM || errors.Is(err, fs.ErrPermission):
			// The first refusal is that of the better source.
			if refusal == nil {
				refusal = err
			}
			yield(netstat.TrackedConnection{}, trackedError("dump", refusal))
		default:
			yield(netstat.TrackedConnection{}, trackedError("dump", s.fileError(netstat.Table{}, err).Err))
		}
	}
}

// trackedDumper is the state of the dumps of one list.
type trackedDumper struct {
	s      *source
	ctx    context.Context
	conn   netlink.Conn
	buf    []byte
	family netstat.Family
	yield  yieldTracked
	bogus  bogusNAT
	names  trackedNames
	known  *trackedSet // entries that came
	some   bool
}

// trackedTries is the largest number of dumps for one list.
const trackedTries = 4

// trackedDump lists the entries of a family over ctnetlink. An error means that it
// yielded no row. It always asks for both families, because the kernel counts both.
//
// The kernel walks its hash table bucket by bucket, with a pause after each datagram. It
// lists entries again if the bucket changed in the pause, and may miss some if the table
// was resized. So an entry is yielded once only, and the dump is repeated while it brings
// fewer entries than the kernel counts and something new. Entries of connections whose
// first packet is still on its way are counted, but not listed.
func (s *source) trackedDump(ctx context.Context, family netstat.Family, yield yieldTracked) error {
	c, err := s.dialNetfilter()
	if err != nil {
		return err
	}
	defer c.Close()
	d := &trackedDumper{s: s, ctx: ctx, conn: c, buf: s.takeBuffer(), family: family, yield: yield, names: trackedNames{}}
	defer s.returnBuffer(d.buf)
	var out netlink.Outcome
	missing := false
	for try := range trackedTries {
		before, counted := d.total()
		if d.known == nil {
			d.known = newTrackedSet(before)
		}
		fresh := d.known.used
		d.bogus = bogusNAT{}
		out = d.dump()
		switch {
		case out.Stopped:
			return nil
		case ctx.Err() != nil:
			yield(netstat.TrackedConnection{}, trackedError("dump", ctx.Err()))
			return nil
		case out.Err != nil && transient(out.Err) && !d.some:
			continue
		case out.Err != nil && !d.some:
			return out.Err
		case out.Err != nil || out.Lost != nil:
			missing = true
			continue
		}
		missing = false
		if !counted {
			break
		}
		after, ok := d.total()
		if !ok || d.known.used >= int(min(before, after)) {
			break
		}
		if try > 0 && d.known.used == fresh {
			break // the kernel lists no more
		}
		missing = true
	}
	if err := out.Err; err != nil && !d.some {
		return err
	}
	err = out.Err
	if err == nil {
		err = out.Lost
	}
	switch {
	case err != nil:
		yield(netstat.TrackedConnection{}, trackedError("dump", &detailedError{netstat.ErrIncomplete, err}))
	case missing:
		yield(netstat.TrackedConnection{}, trackedError("dump", &detailedError{netstat.ErrIncomplete, errTrackedMoving}))
	case d.bogus.count > 0:
		yield(netstat.TrackedConnection{}, bogusTracked(&d.bogus))
	}
	return nil
}

var errTrackedMoving = errors.New("the kernel counts more connections than it lists")

func bogusTracked(g *bogusNAT) error {
	text := g.first
	if g.count > 1 {
		text += " and " + strconv.Itoa(g.count-1) + " more"
	}
	return trackedError("read", &detailedError{netstat.ErrBogusRecord, errors.New(text)})
}

// dump runs one dump and yields the entries that are new.
func (d *trackedDumper) dump() (out netlink.Outcome) {
	d.s.seq++
	if out.Err = d.conn.Send(appendConntrackRequest(nil, 0, d.s.seq)); out.Err != nil {
		return out
	}
	var (
		row      netstat.TrackedConnection
		identity [256]byte
	)
	m := netlink.Reader{Ctx: d.ctx, Seq: d.s.seq, Conn: d.conn, Buf: d.buf, Tolerant: true}
	for m.Next() {
		if m.Kind != ctnlMsgNew {
			continue
		}
		tuple, ok := decodeTracked(m.Payload, &row, d.names)
		if !ok {
			d.bogus.add(m.Payload)
			continue
		}
		id := binary.NativeEndian.AppendUint32(identity[:0], row.ID)
		id = binary.NativeEndian.AppendUint16(id, row.Zone)
		if !d.known.add(append(id, tuple...)) {
			continue
		}
		if d.family != netstat.FamilyNone && row.Family != d.family {
			continue
		}
		d.some, m.Rows = true, true
		if !d.yield(row, nil) {
			m.Stopped = true
			break
		}
	}
	return m.Outcome
}

// trackedSet is a set of entries, by a keyed 64-bit hash of what identifies them, so that
// nobody can choose ports to make one connection look like another.
type trackedSet struct {
	seed maphash.Seed
	keys []uint64 // a hash table with open addressing; its size is a power of two
	used int
}

// newTrackedSet returns a set with room for n entries.
func newTrackedSet(n uint32) *trackedSet {
	const least, most = 8, 20 // more than 2^20 come one by one
	size := min(max(bits.Len32(n+n/4), least), most)
	return &trackedSet{seed: maphash.MakeSeed(), keys: make([]uint64, 1<<size)}
}

// add reports whether an entry is new, and remembers it.
func (s *trackedSet) add(identity []byte) bool {
	key := max(maphash.Bytes(s.seed, identity), 1)
	slot := s.slot(key)
	if *slot != 0 {
		return false
	}
	*slot = key
	if s.used++; s.used > len(s.keys)/8*7 {
		old := s.keys
		s.keys = make([]uint64, 2*len(old))
		for _, key := range old {
			if key != 0 {
				*s.slot(key) = key
			}
		}
	}
	return true
}

// slot returns the place of a key, or where to put it.
func (s *trackedSet) slot(key uint64) *uint64 {
	mask := uint64(len(s.keys) - 1)
	for at := key & mask; ; at = (at + 1) & mask {
		if k := &s.keys[at]; *k == key || *k == 0 {
			return k
		}
	}
}

// total returns the kernel's number of entries. It returns false if the kernel does not
// give it; the dump then has the last word.
func (d *trackedDumper) total() (n uint32, ok bool) {
	d.s.seq++
	if d.conn.Send(appendTrackedCountRequest(nil, d.s.seq)) != nil {
		return 0, false
	}
	m := netlink.Reader{Ctx: d.ctx, Seq: d.s.seq, Conn: d.conn, Buf: d.buf}
	if !m.Next() {
		return 0, false
	}
	return decodeTrackedCount(m.Payload)
}

// trackedFile lists the entries of /proc/net/nf_conntrack, which has no header.
func (s *source) trackedFile(ctx context.Context, f io.ReadCloser, family netstat.Family, yield yieldTracked) {
	var (
		bogus bogusNAT
		row   netstat.TrackedConnection
		known repeats
		ends  []byte
	)
	names := trackedNames{}
	l := &lineReader{ctx: ctx, r: f, buf: s.takeBuffer(), tooLong: bogus.add}
	defer s.closeLines(l)
	for {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			yield(netstat.TrackedConnection{}, trackedError("read", err))
			return
		}
		if !parseTracked(line, &row, names) {
			bogus.add(line)
			continue
		}
		if family != netstat.FamilyNone && row.Family != family {
			continue
		}
		if ends = appendTracked(ends[:0], line); known.before(ends, l.reads) {
			continue
		}
		if !yield(row, nil) {
			return
		}
	}
	if bogus.count > 0 {
		yield(netstat.TrackedConnection{}, bogusTracked(&bogus))
	}
}
