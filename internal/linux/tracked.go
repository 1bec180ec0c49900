package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
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
			if refusal = s.trackedDump(ctx, &q, yield); refusal == nil {
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
	s       *source
	ctx     context.Context
	conn    netlink.Conn
	buf     []byte
	family  netstat.Family
	where   netstat.TrackedWhere // for the kernel
	yield   yieldTracked
	bogus   bogusNAT
	names   trackedNames
	seen    *trackedSeen
	buckets uint64 // of the kernel's hash table; 0 if unknown
	some    bool   // whether a row was yielded
	nat     *heldNAT
}

// trackedTries is the largest number of dumps for one list.
const trackedTries = 4

// trackedDump lists the entries of a family over ctnetlink. An error means that it
// yielded no row.
//
// The kernel walks its hash table bucket by bucket, with a pause after each datagram. It
// lists entries again if the bucket changed in the pause, and may miss some if the table
// was resized. So an entry is yielded once only, and the dump is repeated if the number of
// buckets changed meanwhile. The walk takes milliseconds if the table is large, however
// few entries are in it, and all network namespaces share one table: without an entry in
// this one there is no dump.
func (s *source) trackedDump(ctx context.Context, q *netstat.TrackedQuery, yield yieldTracked) error {
	c, err := s.dialNetfilter()
	if err != nil {
		return err
	}
	defer c.Close()
	d := &trackedDumper{s: s, ctx: ctx, conn: c, buf: s.takeBuffer(), family: q.Family, yield: yield, names: trackedNames{}}
	defer s.returnBuffer(d.buf)
	if s.heldNAT = nil; q.ThenNAT {
		d.nat = &heldNAT{}
	}
	entries, counted := s.countTracked(ctx, c, d.buf)
	if counted && entries == 0 {
		s.heldNAT = d.nat
		return nil
	}
	d.buckets = s.trackedBuckets()
	d.seen = newTrackedSeen(entries, counted && uint64(entries) <= crowdedTracked*d.buckets)
	d.narrow(q, entries)
	missing, err := d.list(entries, counted)
	switch {
	case err == errTrackedStopped:
		return nil
	case ctx.Err() != nil:
		yield(netstat.TrackedConnection{}, trackedError("dump", ctx.Err()))
	case err != nil && !d.some:
		return err
	case err != nil:
		yield(netstat.TrackedConnection{}, trackedError("dump", &detailedError{netstat.ErrIncomplete, err}))
	case missing:
		yield(netstat.TrackedConnection{}, trackedError("dump", &detailedError{netstat.ErrIncomplete, errTrackedMoving}))
	case d.bogus.count > 0:
		yield(netstat.TrackedConnection{}, bogusTracked(&d.bogus))
	default:
		s.heldNAT = d.nat
	}
	return nil
}

// list repeats the dump until it is complete. missing reports whether entries may be
// missing although no dump failed. entries is how many the kernel counted if counted is
// set.
//
// If the number of buckets is unknown, the dump is repeated while it brings fewer entries
// than the kernel counts and something new. Entries of connections whose first packet is
// still on its way are counted, but not listed.
func (d *trackedDumper) list(entries uint32, counted bool) (missing bool, err error) {
	for try := range trackedTries {
		before := len(d.seen.keys)
		d.bogus = bogusNAT{}
		out := d.dump()
		switch {
		case out.Stopped:
			return false, errTrackedStopped
		case d.ctx.Err() != nil:
			return false, d.ctx.Err()
		case out.Err != nil && !transient(out.Err) && !d.some:
			return false, out.Err
		}
		missing, err = false, out.Err
		if err == nil {
			err = out.Lost
		}
		switch {
		case err != nil:
		case d.buckets != 0:
			now := d.s.trackedBuckets()
			if now == d.buckets {
				return false, nil
			}
			d.buckets, missing = now, true
		case !counted:
			return false, nil
		default:
			after, ok := d.s.countTracked(d.ctx, d.conn, d.buf)
			if used := len(d.seen.keys); !ok || used >= int(min(entries, after)) || try > 0 && used == before {
				return false, nil // the kernel lists no more
			}
			entries, missing = after, true
		}
		d.seen.again()
	}
	return missing, err
}

// narrow sets what the kernel is to leave out. Whether a list is complete does then not
// follow from its length, so the number of buckets must be known.
func (d *trackedDumper) narrow(q *netstat.TrackedQuery, entries uint32) {
	if d.buckets == 0 || d.nat != nil {
		return
	}
	d.where = q.Where
	if d.where.Reply != (netstat.TrackedPath{}) && !d.s.comparesReplies() {
		d.where.Reply = netstat.TrackedPath{}
	}
	// An entry takes about as long as 40 buckets, and both families need two walks.
	if q.Family == netstat.FamilyNone && uint64(entries) < d.buckets/16 {
		d.where.IPProtocol, d.where.Original, d.where.Reply = 0, netstat.TrackedPath{}, netstat.TrackedPath{}
	}
}

// comparesReplies reports whether the kernel compares reply tuples correctly. Before 5.16
// it compares them with zeros unless the original tuple has the same flags.
func (s *source) comparesReplies() bool {
	major, minor := s.kernelRelease()
	return major > 5 || major == 5 && minor >= 16
}

// errTrackedStopped means that the caller has stopped the iteration.
var errTrackedStopped = errors.New("stopped")

var errTrackedMoving = errors.New("the kernel counts more connections than it lists")

func bogusTracked(g *bogusNAT) error {
	text := g.first
	if g.count > 1 {
		text += " and " + strconv.Itoa(g.count-1) + " more"
	}
	return trackedError("read", &detailedError{netstat.ErrBogusRecord, errors.New(text)})
}

// dump runs one dump, or one for each family, and yields the entries that are new. If the
// kernel refuses a filter, it dumps without one.
func (d *trackedDumper) dump() (out netlink.Outcome) {
	families := [...]uint8{0, 0}
	list := families[:1]
	switch {
	case d.nat != nil || d.buckets == 0: // the kernel counts both
	case d.family == netstat.Inet:
		list[0] = afInet
	case d.family == netstat.Inet6:
		list[0] = afInet6
	case comparesTuples(&d.where):
		families = [...]uint8{afInet, afInet6}
		list = families[:]
	}
	for _, family := range list {
		out = d.dumpFamily(family)
		if d.where != (netstat.TrackedWhere{}) && (out.Err == syscall.EOPNOTSUPP || out.Err == syscall.EINVAL) {
			d.where = netstat.TrackedWhere{}
			return d.dump()
		}
		if out.Stopped || out.Err != nil || out.Lost != nil {
			break
		}
	}
	return out
}

func (d *trackedDumper) dumpFamily(family uint8) (out netlink.Outcome) {
	d.s.seq++
	if out.Err = d.conn.Send(appendTrackedRequest(nil, family, d.s.seq, &d.where)); out.Err != nil {
		return out
	}
	var row netstat.TrackedConnection
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
		if !d.seen.add(tuple, row.ID, row.Zone) {
			continue
		}
		if d.nat != nil {
			d.nat.add(m.Payload)
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

// countTracked returns the kernel's number of entries in this network namespace. It
// returns false if the kernel does not give it.
func (s *source) countTracked(ctx context.Context, c netlink.Conn, buf []byte) (n uint32, ok bool) {
	s.seq++
	if c.Send(appendTrackedCountRequest(nil, s.seq)) != nil {
		return 0, false
	}
	m := netlink.Reader{Ctx: ctx, Seq: s.seq, Conn: c, Buf: buf}
	if !m.Next() || m.Kind != ctnlMsgGetStats {
		return 0, false
	}
	return decodeTrackedCount(m.Payload)
}

// trackedBuckets returns the number of buckets of the kernel's hash table, 0 if unknown.
func (s *source) trackedBuckets() uint64 {
	buf := make([]byte, 32)
	b, err := s.whole(context.Background(), s.procRoot+"/sys/net/netfilter/nf_conntrack_buckets", &buf)
	if err != nil {
		return 0
	}
	n, _ := trackedDecimal(b)
	return n
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
