package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// trackedAttr appends an attribute.
func trackedAttr(b []byte, kind uint16, value ...byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// trackedTuple appends a tuple of IPv4 with ports.
func trackedTuple(b []byte, kind uint16, source, destination string, protocol byte, proto []byte) []byte {
	from, to := netip.MustParseAddr(source), netip.MustParseAddr(destination)
	first := uint16(ctaIPv4Src)
	if from.Is6() {
		first = ctaIPv6Src
	}
	ip := trackedAttr(trackedAttr(nil, first, from.AsSlice()...), first+1, to.AsSlice()...)
	inner := trackedAttr(nil, ctaTupleIP|0x8000, ip...)
	inner = trackedAttr(inner, ctaTupleProto|0x8000, append(trackedAttr(nil, ctaProtoNum, protocol), proto...)...)
	return trackedAttr(b, kind|0x8000, inner...)
}

func trackedPorts(from, to uint16) []byte {
	b := trackedAttr(nil, ctaProtoSrcPort, byte(from>>8), byte(from))
	return trackedAttr(b, ctaProtoDstPort, byte(to>>8), byte(to))
}

// trackedEntry returns the payload of a message with every attribute.
func trackedEntry() []byte {
	b := []byte{afInet, 0, 0, 0}
	b = trackedTuple(b, ctaTupleOrig, "10.0.0.1", "10.0.0.2", 6, trackedPorts(4000, 21))
	b = trackedTuple(b, ctaTupleReply, "10.0.0.9", "10.0.0.1", 6, trackedPorts(2121, 4000))
	b = trackedAttr(b, ctaStatus, 0, 0, 0x20, 0x2e)
	b = trackedAttr(b, ctaTimeout, 0, 6, 0x97, 0x80)
	b = trackedAttr(b, ctaMark, 0xff, 0xff, 0xff, 0xff)
	b = trackedAttr(b, ctaZone, 0, 7)
	b = trackedAttr(b, ctaUse, 0, 0, 0, 2)
	b = trackedAttr(b, ctaID, 0, 0, 1, 0)
	count := func(n byte) []byte {
		return trackedAttr(trackedAttr(nil, ctaCountersPackets, 0, 0, 0, 0, 0, 0, 0, n), ctaCountersBytes, 0x80, 0, 0, 0, 0, 0, 0, n)
	}
	b = trackedAttr(b, ctaCountersOrig|0x8000, count(3)...)
	b = trackedAttr(b, ctaCountersReply|0x8000, count(2)...)
	b = trackedAttr(b, ctaTimestamp|0x8000, trackedAttr(nil, ctaTimestampStart, 0, 0, 0, 0, 0, 0, 0, 9)...)
	b = trackedAttr(b, ctaHelp|0x8000, trackedAttr(nil, ctaName, 'f', 't', 'p', 0)...)
	b = trackedAttr(b, ctaSecurity|0x8000, trackedAttr(nil, ctaName, 'a', ':', 'b', 0)...)
	b = trackedAttr(b, ctaLabels, binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, 1<<3), 1<<63)...)
	info := trackedAttr(trackedAttr(nil, ctaProtoInfoState, 3), ctaProtoInfoScaleOrig, 7)
	info = trackedAttr(trackedAttr(info, ctaProtoInfoScaleReply, 9), ctaProtoInfoFlagsOrig, tcpFlagWindowScale|2, 0)
	info = trackedAttr(info, ctaProtoInfoFlagsReply, 2, 0) // without a scale
	return trackedAttr(b, ctaProtoInfo|0x8000, trackedAttr(nil, ctaProtoInfoTCP|0x8000, info...)...)
}

// What few connections have.
func TestTrackedRare(t *testing.T) {
	b := trackedEntry()
	b = trackedTuple(b, ctaTupleMaster, "10.0.0.3", "10.0.0.4", 6, trackedPorts(50, 21))
	b = trackedAttr(b, ctaSeqAdjReply|0x8000, trackedAttr(trackedAttr(nil, ctaSeqAdjPosition, 0, 0, 0, 7), ctaSeqAdjAfter, 0xff, 0xff, 0xff, 0xfe)...)
	b = trackedAttr(b, ctaSynproxy|0x8000, trackedAttr(trackedAttr(trackedAttr(nil, ctaSynproxySequence, 0, 0, 0, 1), ctaSynproxyTimestamp, 0, 0, 0, 2), ctaSynproxyOffset, 0xff, 0, 0, 3)...)
	var row netstat.TrackedConnection
	want := netstat.TrackedRare{
		Master:     netstat.TrackedMaster{IPProtocol: 6, Source: netip.MustParseAddrPort("10.0.0.3:50"), Destination: netip.MustParseAddrPort("10.0.0.4:21")},
		ReplyShift: netstat.SeqAdjust{Known: true, BeforeKnown: true, Position: 7, After: -2},
		Synproxy:   netstat.TrackedSynproxy{Known: true, Sequence: 1, Timestamp: 2, Offset: 0xff000003},
	}
	if _, ok := decodeTracked(b, &row, trackedNames{}); !ok || row.Rare == nil || *row.Rare != want {
		t.Errorf("%v %+v", ok, row.Rare)
	}
	b = trackedAttr(trackedEntry(), ctaSynproxy|0x8000, trackedAttr(nil, ctaSynproxySequence, 0, 0, 0, 0)...)
	if _, ok := decodeTracked(b, &row, trackedNames{}); !ok || row.Rare != nil {
		t.Errorf("of a program: %v %+v", ok, row.Rare)
	}
	tags := trackedAttr(trackedAttr(trackedAttr(nil, ctaProtoInfoState, 4), ctaProtoInfoTagOrig, 0, 0, 0, 8), ctaProtoInfoTagReply, 0, 0, 1, 0)
	b = trackedAttr(trackedEntry(), ctaProtoInfo|0x8000, trackedAttr(nil, ctaProtoInfoSCTP|0x8000, tags...)...)
	if _, ok := decodeTracked(b, &row, trackedNames{}); !ok || row.Original.VerificationTag != 8 || row.Reply.VerificationTag != 256 || row.Rare != nil {
		t.Errorf("%v %+v", ok, row)
	}
}

func TestTrackedEntry(t *testing.T) {
	var row netstat.TrackedConnection
	if _, ok := decodeTracked(trackedEntry(), &row, trackedNames{}); !ok {
		t.Fatal("not decoded")
	}
	want := netstat.TrackedConnection{
		Family: netstat.Inet, IPProtocol: 6, State: "ESTABLISHED",
		Original: netstat.TrackedDirection{Source: netip.MustParseAddrPort("10.0.0.1:4000"), Destination: netip.MustParseAddrPort("10.0.0.2:21"), Has: netstat.TrackedPorts, HasWindowScale: true, WindowScale: 7, Packets: 3, Bytes: 1<<63 + 3},
		Reply:    netstat.TrackedDirection{Source: netip.MustParseAddrPort("10.0.0.9:2121"), Destination: netip.MustParseAddrPort("10.0.0.1:4000"), Has: netstat.TrackedPorts, Packets: 2, Bytes: 1<<63 + 2},
		Status:   netstat.TrackedSeenReply | netstat.TrackedAssured | netstat.TrackedConfirmed | netstat.TrackedDestNAT | netstat.TrackedHelper, StatusKnown: 1<<16 - 1,
		Timeout: 432000 * time.Second, Mark: 1<<32 - 1, Labels: [2]uint64{1 << 3, 1 << 63}, Zone: 7,
		Started: time.Unix(0, 9), Helper: "ftp", SecurityContext: "a:b", Use: 2, ID: 256, Known: 1<<6 - 1,
	}
	if !reflect.DeepEqual(row, want) {
		t.Errorf("got  %+v\nwant %+v", row, want)
	}
	if n := testing.AllocsPerRun(100, func() {
		decodeTracked(trackedEntry0, &row, trackedNames0)
	}); n != 0 {
		t.Errorf("%v allocations per row", n)
	}
}

var (
	trackedEntry0 = trackedEntry()
	trackedNames0 = trackedNames{"ftp": "ftp", "a:b": "a:b"}
)

// Attributes that the kernel leaves out are absent, not zero; states beyond those known
// have no name.
func TestTrackedAbsent(t *testing.T) {
	b := trackedTuple([]byte{afInet6, 0, 0, 0}, ctaTupleOrig, "fe80::1", "fe80::2", 58, trackedAttr(nil, ctaProtoICMPv6ID, 0, 9))
	b = trackedTuple(b, ctaTupleReply, "fe80::2", "fe80::1", 58, nil)
	b = trackedAttr(b, ctaProtoInfo, trackedAttr(nil, ctaProtoInfoSCTP, trackedAttr(nil, ctaProtoInfoState, 99)...)...)
	var row netstat.TrackedConnection
	if _, ok := decodeTracked(b, &row, trackedNames{}); !ok || row.Known != 0 || row.StatusKnown != 0 || row.State != "" || !row.Started.IsZero() ||
		row.Family != netstat.Inet6 || row.Original.Has != netstat.TrackedICMP || row.Original.ICMPID != 9 || row.Reply.Has != netstat.TrackedAddresses {
		t.Errorf("%v %+v", ok, row)
	}
	for _, bad := range [][]byte{nil, {2}, {2, 0, 0, 0}, trackedTuple([]byte{2, 0, 0, 0}, ctaTupleOrig, "10.0.0.1", "10.0.0.2", 6, nil)} {
		if _, ok := decodeTracked(bad, &row, trackedNames{}); ok {
			t.Errorf("decoded % x", bad)
		}
	}
}

// trackedConn answers dumps with lists of entries, one for each, and requests for the
// count with a number.
type trackedConn struct {
	lists  [][]byte
	counts []uint32
	seq    uint32
	count  bool
	err    error
	done   bool
}

func (c *trackedConn) Send(message []byte) error {
	c.seq, c.count, c.done = binary.NativeEndian.Uint32(message[8:]), binary.NativeEndian.Uint16(message[4:]) == ctnlMsgGetStats, false
	return c.err
}

func (c *trackedConn) Receive(b []byte) (int, bool, error) {
	var out []byte
	message := func(kind uint16, payload []byte) {
		out = binary.NativeEndian.AppendUint32(out, uint32(16+len(payload)))
		out = binary.NativeEndian.AppendUint16(out, kind)
		out = append(out, 0, 0)
		out = binary.NativeEndian.AppendUint32(out, c.seq)
		out = append(append(out, 0, 0, 0, 0), payload...)
	}
	if c.count {
		n := c.counts[0]
		c.counts = c.counts[1:]
		message(ctnlMsgGetStats, trackedAttr([]byte{0, 0, 0, 0}, ctaStatsGlobalEntries, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)))
		return copy(b, out), false, nil
	}
	for _, id := range c.lists[0] {
		e := trackedTuple([]byte{afInet, 0, 0, 0}, ctaTupleOrig, "10.0.0.1", "10.0.0.2", 17, trackedPorts(uint16(id), 53))
		e = trackedTuple(e, ctaTupleReply, "10.0.0.2", "10.0.0.1", 17, trackedPorts(53, uint16(id)))
		message(ctnlMsgNew, trackedAttr(e, ctaID, 0, 0, 0, id))
	}
	c.lists = c.lists[1:]
	message(netlink.TypeDone, []byte{0, 0, 0, 0})
	return copy(b, out), false, nil
}

func (*trackedConn) Close() {}

// A dump that brings fewer entries than the kernel counts is repeated while it brings new
// ones; each entry is yielded once.
func TestTrackedRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		lists  [][]byte
		counts []uint32
		want   string
		err    error
	}{
		"whole":            {[][]byte{{1, 2, 3}}, []uint32{3, 3}, "\x01\x02\x03", nil},
		"twice":            {[][]byte{{1, 2, 1, 3}}, []uint32{3, 3}, "\x01\x02\x03", nil},
		"shrinks":          {[][]byte{{1}}, []uint32{9, 1}, "\x01", nil},
		"missed":           {[][]byte{{1, 2}, {2, 3}}, []uint32{3, 3, 3, 3}, "\x01\x02\x03", nil},
		"never listed":     {[][]byte{{1, 2}, {1, 2}}, []uint32{3, 3, 3, 3}, "\x01\x02", nil},
		"never to the end": {[][]byte{{1}, {2}, {3}, {4}}, []uint32{9, 9, 9, 9, 9, 9, 9, 9}, "\x01\x02\x03\x04", netstat.ErrIncomplete},
	} {
		s := fakeSource(t, Options{}, nil, map[string]string{})
		s.dialNetfilter = func() (netlink.Conn, error) { return &trackedConn{lists: c.lists, counts: c.counts}, nil }
		var got []byte
		var err error
		for row, e := range s.TrackedConnections(context.Background(), netstat.TrackedQuery{}) {
			if e != nil {
				err = e
				continue
			}
			got = append(got, byte(row.ID))
		}
		if string(got) != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

const trackedLines = "ipv6     10 icmpv6   58 99 src=fe80:0000:0000:0000:0000:0000:0000:0001 dst=fe80:0000:0000:0000:0000:0000:0000:0002 type=128 code=0 id=99 packets=1 bytes=2 [UNREPLIED] src=fe80:0000:0000:0000:0000:0000:0000:0002 dst=fe80:0000:0000:0000:0000:0000:0000:0001 type=129 code=0 id=99 packets=0 bytes=0 mark=4294967295 zone-orig=3 use=2\n" +
	"ipv4     2 tcp      6 999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=7 dport=443 src=10.0.0.2 dst=192.0.2.1 sport=443 dport=7 [ASSURED] secctx=a:b use=1\n" +
	"ipv4     2 gre      47 src=10.0.0.1 dst=10.0.0.2 srckey=0x5 dstkey=0x6 src=10.0.0.2 dst=10.0.0.1 srckey=0x6 dstkey=0x5 [OFFLOAD] use=1\n"

// Without ctnetlink the file has the same connections, with fewer facts. A user who may
// read neither gets the refusal.
func TestTrackedFile(t *testing.T) {
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/nf_conntrack": trackedLines})
	s.dialNetfilter = func() (netlink.Conn, error) { return nil, syscall.EPROTONOSUPPORT }
	var rows []netstat.TrackedConnection
	for row, err := range s.TrackedConnections(context.Background(), netstat.TrackedQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	if r := rows[0]; r.Family != netstat.Inet6 || r.Original.Source.Addr() != netip.MustParseAddr("fe80::1") || r.Reply.ICMPType != 129 || r.Original.Bytes != 2 ||
		r.Mark != 1<<32-1 || r.Zone != 3 || r.ZoneOf != netstat.TrackedOriginal || r.Status != 0 || r.Known != netstat.TrackedTimeout|netstat.TrackedCounters|netstat.TrackedMark|netstat.TrackedUse {
		t.Errorf("%+v", r)
	}
	if r := rows[1]; r.State != "ESTABLISHED" || r.Reply.Destination != netip.MustParseAddrPort("192.0.2.1:7") || r.Status != netstat.TrackedSeenReply|netstat.TrackedAssured ||
		r.SecurityContext != "a:b" || r.Known.Has(netstat.TrackedCounters) || r.Timeout != 999*time.Second {
		t.Errorf("%+v", r)
	}
	if r := rows[2]; r.Original.SourceKey != 5 || r.Reply.DestinationKey != 5 || r.Known.Has(netstat.TrackedTimeout) || r.Status&netstat.TrackedOffload == 0 {
		t.Errorf("%+v", r)
	}
	s = fakeSource(t, Options{}, nil, map[string]string{})
	s.dialNetfilter = func() (netlink.Conn, error) { return &trackedConn{err: syscall.EPERM}, nil }
	s.open = func(string) (io.ReadCloser, error) { return nil, syscall.EACCES }
	for _, err := range s.TrackedConnections(context.Background(), netstat.TrackedQuery{}) {
		if !errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("denied: %v", err)
		}
	}
}

func FuzzTracked(f *testing.F) {
	f.Add(trackedEntry())
	f.Fuzz(func(t *testing.T, b []byte) {
		var row netstat.TrackedConnection
		if _, ok := decodeTracked(b, &row, trackedNames{}); ok && (!row.Original.Source.IsValid() || !row.Reply.Destination.IsValid()) {
			t.Errorf("%+v", row)
		}
		decodeTrackedCount(b)
	})
}

func FuzzTrackedFile(f *testing.F) {
	f.Add([]byte(trackedLines))
	f.Fuzz(func(t *testing.T, b []byte) {
		var row netstat.TrackedConnection
		if parseTracked(b, &row, trackedNames{}) && (!row.Original.Source.IsValid() || !row.Reply.Destination.IsValid()) {
			t.Errorf("%+v", row)
		}
	})
}
