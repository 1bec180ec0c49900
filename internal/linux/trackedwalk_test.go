package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// countedConn is a scriptedConn that counts tracked connections, and keeps the requests.
type countedConn struct {
	scriptedConn
	entries  byte
	counting bool
	dumps    [][]byte
}

func (c *countedConn) Send(message []byte) error {
	if c.counting = binary.NativeEndian.Uint16(message[4:]) == ctnlMsgGetStats; !c.counting {
		c.dumps = append(c.dumps, bytes.Clone(message))
	}
	err := c.scriptedConn.Send(message)
	return err
}

func (c *countedConn) Receive(b []byte) (int, bool, error) {
	if !c.counting {
		return c.scriptedConn.Receive(b)
	}
	answer := message(ctnlMsgGetStats, 0, slices.Concat([]byte{0, 0, 0, 0}, attr(ctaStatsGlobalEntries, []byte{0, 0, 0, c.entries})))
	binary.NativeEndian.PutUint32(answer[8:], c.seq)
	return copy(b, answer), false, nil
}

const bucketsPath = "/proc/sys/net/netfilter/nf_conntrack_buckets"

func countedSource(t *testing.T, c *countedConn, files map[string]string) *source {
	t.Helper()
	s := fakeSource(t, Options{}, nil, files)
	s.dialNetfilter = func() (netlink.Conn, error) { return c, nil }
	return s
}

func trackedRows(t *testing.T, s *source, q netstat.TrackedQuery) (n int, last error) {
	t.Helper()
	for _, err := range s.TrackedConnections(context.Background(), q) {
		if last = err; err == nil {
			n++
		}
	}
	return n, last
}

// Without tracked connections the kernel does not walk its table.
func TestTrackedNone(t *testing.T) {
	c := &countedConn{}
	s := countedSource(t, c, nil)
	if n, err := trackedRows(t, s, netstat.TrackedQuery{}); n != 0 || err != nil {
		t.Errorf("%d connections, %v", n, err)
	}
	for range s.NATSessions(context.Background()) {
		t.Error("a session, or an error")
	}
	for range s.NAT6Sessions(context.Background()) {
		t.Error("a session of IPv6, or an error")
	}
	if len(c.dumps) != 0 || c.closed != 3 {
		t.Errorf("%d dumps, %d closed", len(c.dumps), c.closed)
	}
}

// A dump is complete unless the number of buckets changed meanwhile. One that was
// repeated yields each entry once.
func TestTrackedBuckets(t *testing.T) {
	row := func(port byte) []byte {
		e := trackedTuple([]byte{afInet, 0, 0, 0}, ctaTupleOrig, "10.0.0.1", "10.0.0.2", 17, trackedPorts(uint16(port), 53))
		return message(ctnlMsgNew, 2, trackedTuple(e, ctaTupleReply, "10.0.0.2", "10.0.0.1", 17, trackedPorts(53, uint16(port))))
	}
	for name, c := range map[string]struct {
		buckets []string
		dumps   []reply
		rows    int
		err     error
	}{
		"complete":       {[]string{"4096\n", "4096\n"}, []reply{datagram(row(1), done(0))}, 1, nil},
		"resized":        {[]string{"4096\n", "8192\n", "8192\n"}, []reply{datagram(row(1), done(0)), datagram(row(2), row(1), done(0))}, 2, nil},
		"always resized": {[]string{"1", "2", "3", "4", "5"}, []reply{datagram(row(1), done(0)), datagram(row(1), done(0)), datagram(row(1), done(0)), datagram(row(1), done(0))}, 1, netstat.ErrIncomplete},
		"failed once":    {[]string{"4096\n", "4096\n"}, []reply{{err: syscall.ENOBUFS}, datagram(row(1), done(0))}, 1, nil},
		"failed late":    {[]string{"4096\n", "4096\n"}, []reply{datagram(row(1)), {err: syscall.ENOBUFS}, datagram(row(1), row(2), done(0))}, 2, nil},
	} {
		conn := &countedConn{scriptedConn: scriptedConn{replies: c.dumps}, entries: 9}
		s := countedSource(t, conn, nil)
		read := 0
		s.open = func(path string) (io.ReadCloser, error) {
			if path != bucketsPath {
				return nil, syscall.ENOENT
			}
			read++
			return io.NopCloser(bytes.NewReader([]byte(c.buckets[read-1]))), nil
		}
		if n, err := trackedRows(t, s, netstat.TrackedQuery{}); n != c.rows || !errors.Is(err, c.err) || conn.at != len(c.dumps) || read != len(c.buckets) {
			t.Errorf("%s: %d connections, %v, %d of %d datagrams, number read %d times", name, n, err, conn.at, len(c.dumps), read)
		}
	}
}

// One dump serves sessions too.
func TestTrackedThenNAT(t *testing.T) {
	entry := func(port uint16, answers string) []byte {
		e := trackedTuple([]byte{afInet, 0, 0, 0}, ctaTupleOrig, "10.0.0.1", "10.0.0.2", 17, trackedPorts(port, 53))
		return message(ctnlMsgNew, 2, trackedTuple(e, ctaTupleReply, answers, "10.0.0.1", 17, trackedPorts(53, port)))
	}
	plain, translated := entry(1, "10.0.0.2"), entry(2, "10.0.0.9")
	six := trackedTuple([]byte{afInet6, 0, 0, 0}, ctaTupleOrig, "fe80::1", "fe80::2", 17, trackedPorts(1, 53))
	six = message(ctnlMsgNew, 2, trackedTuple(six, ctaTupleReply, "fe80::9", "fe80::1", 17, trackedPorts(53, 1)))
	dump := datagram(plain, translated, six, done(0))
	c := &countedConn{scriptedConn: scriptedConn{replies: []reply{dump}}, entries: 3}
	s := countedSource(t, c, map[string]string{bucketsPath: "1024\n"})
	if n, err := trackedRows(t, s, netstat.TrackedQuery{ThenNAT: true}); n != 3 || err != nil {
		t.Fatalf("%d connections, %v", n, err)
	}
	sessions := func(what string, want, dumps int) {
		t.Helper()
		var list [2]int
		for row, err := range s.NATSessions(context.Background()) {
			if err != nil || row.Reply.Source.Addr() != netip.MustParseAddr("10.0.0.9") {
				t.Errorf("%s: %+v, %v", what, row, err)
			}
			list[0]++
		}
		for row, err := range s.NAT6Sessions(context.Background()) {
			if err != nil || row.Reply.Source.Addr() != netip.MustParseAddr("fe80::9") {
				t.Errorf("%s: %+v, %v", what, row, err)
			}
			list[1]++
		}
		if list != [2]int{want, want} || len(c.dumps) != dumps {
			t.Errorf("%s: %v sessions, %d dumps", what, list, len(c.dumps))
		}
	}
	sessions("held", 1, 1)
	c.replies = append(c.replies, datagram(translated, done(0)), datagram(six, done(0)))
	sessions("again", 1, 3)

	// Too many are not held.
	many := slices.Repeat([][]byte{translated}, maxHeldNAT/len(translated)+1)
	h := &heldNAT{}
	for _, m := range many {
		h.add(m[netlink.HeaderSize:])
	}
	if s.heldNAT = h; !h.overflow || h.messages[0] != nil {
		t.Errorf("%d bytes held", len(h.messages[0]))
	}
	if _, ok := s.takeNAT(afInet); ok {
		t.Error("sessions that are not complete")
	}
}

// The kernel gets what it can test, in the dump of one family; if it refuses, it gets
// nothing.
func TestTrackedFilterRequest(t *testing.T) {
	where := netstat.TrackedWhere{
		IPProtocol: 6, Zone: 7, Mark: 1, MarkMask: 3, Status: netstat.TrackedAssured, StatusMask: netstat.TrackedAssured | netstat.TrackedSeenReply,
		Original: netstat.TrackedPath{Source: netip.MustParseAddrPort("10.0.0.1:0"), Destination: netip.AddrPortFrom(netip.Addr{}, 443)},
		Reply:    netstat.TrackedPath{Source: netip.MustParseAddrPort("[fe80::1]:0"), Destination: netip.MustParseAddrPort("10.0.0.9:0")},
	}
	ip := func(kind uint16, a ...byte) []byte { return attr(ctaTupleIP|0x8000, attr(kind, a)) }
	fixed := slices.Concat(attr(ctaMark, be32(1)), attr(ctaMarkMask, be32(3)), attr(ctaStatus, be32(4)), attr(ctaStatusMask, be32(6)), attr(ctaZone, be16(7)))
	orig := attr(ctaTupleOrig|0x8000, ip(ctaIPv4Src, 10, 0, 0, 1), attr(ctaTupleProto|0x8000, attr(ctaProtoNum, []byte{6}), attr(ctaProtoDstPort, be16(443))))
	back := attr(ctaTupleReply|0x8000, ip(ctaIPv4Dst, 10, 0, 0, 9))
	flags := func(kind uint16, n uint32) []byte { return attr(kind, binary.NativeEndian.AppendUint32(nil, n)) }
	full := slices.Concat(fixed, orig, back, attr(ctaFilter|0x8000, flags(1, 1|8|32), flags(2, 2)))
	old := slices.Concat(fixed, orig, attr(ctaFilter|0x8000, flags(1, 1|8|32)))
	for name, c := range map[string]struct {
		family  netstat.Family
		release string
		want    [][]byte
	}{
		"one family":   {netstat.Inet, "6.18.1", [][]byte{append([]byte{afInet, 0, 0, 0}, full...), {afInet, 0, 0, 0}}},
		"old":          {netstat.Inet, "5.15.0", [][]byte{append([]byte{afInet, 0, 0, 0}, old...), {afInet, 0, 0, 0}}},
		"few entries":  {netstat.FamilyNone, "6.18.1", [][]byte{append([]byte{0, 0, 0, 0}, fixed...), {0, 0, 0, 0}}},
		"many entries": {netstat.FamilyNone, "6.18.1", [][]byte{append([]byte{afInet, 0, 0, 0}, full...), {0, 0, 0, 0}}},
	} {
		for _, refused := range []syscall.Errno{syscall.EINVAL, syscall.EOPNOTSUPP} {
			conn := &countedConn{scriptedConn: scriptedConn{replies: []reply{datagram(refusal(refused)), datagram(done(0))}}, entries: 9}
			files := map[string]string{bucketsPath: "4096\n", "/proc/sys/kernel/osrelease": c.release + "\n"}
			if name == "many entries" {
				files[bucketsPath] = "64\n"
			}
			if n, err := trackedRows(t, countedSource(t, conn, files), netstat.TrackedQuery{Family: c.family, Where: where}); n != 0 || err != nil {
				t.Errorf("%s: %d connections, %v", name, n, err)
			}
			var got [][]byte
			for _, m := range conn.dumps {
				if int(binary.NativeEndian.Uint32(m)) != len(m) {
					t.Errorf("%s: length % x", name, m)
				}
				got = append(got, m[netlink.HeaderSize:])
			}
			if !slices.EqualFunc(got, c.want, bytes.Equal) {
				t.Errorf("%s:\ngot  % x\nwant % x", name, got, c.want)
			}
		}
	}
	// An unknown number of buckets leaves only lengths to tell whether a list is complete.
	conn := &countedConn{scriptedConn: scriptedConn{replies: []reply{datagram(done(0)), datagram(done(0))}}, entries: 1}
	if n, err := trackedRows(t, countedSource(t, conn, nil), netstat.TrackedQuery{Family: netstat.Inet, Where: where}); n != 0 || err != nil || len(conn.dumps) != 2 || len(conn.dumps[0]) != netlink.HeaderSize+nfgenmsgSize {
		t.Errorf("%d connections, %v, %d dumps", n, err, len(conn.dumps))
	}
}

// Entries that come again are recognized near each other, and in a repeated dump anywhere.
func TestTrackedSeen(t *testing.T) {
	const n = 20_000
	tuple := func(n int) []byte { return binary.NativeEndian.AppendUint64(nil, uint64(n)) }
	for _, latest := range []bool{false, true} {
		s := newTrackedSeen(n, latest)
		for i := range n {
			if !s.add(tuple(i), 1, 0) || s.add(tuple(i), 1, 0) || s.add(tuple(max(i-latestTracked+1, 0)), 1, 0) {
				t.Fatalf("%v: %d", latest, i)
			}
		}
		s.again()
		for i := range n {
			if s.add(tuple(i), 1, 0) {
				t.Fatalf("%v: %d is not known", latest, i)
			}
		}
		if !s.add(tuple(5), 2, 0) || !s.add(tuple(5), 1, 2) || !s.add(tuple(-1), 1, 0) {
			t.Errorf("%v: a new entry is known", latest)
		}
	}
}
