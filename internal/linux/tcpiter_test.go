package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"testing/iotest"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/test/condition"
)

// tcpRecord builds the record that the program writes for a socket.
func tcpRecord(local, remote netip.AddrPort, state uint8, recvQ, sendQ, boundTo uint32) []byte {
	order := binary.NativeEndian
	b := binary.BigEndian.AppendUint16(nil, remote.Port())
	b = order.AppendUint16(b, local.Port())
	first, second := local.Addr(), remote.Addr()
	family := uint8(afInet6)
	if first.Is4() {
		family = afInet
		first, second = second, first
	}
	b = append(b, family, state, 0, 0)
	b = order.AppendUint32(b, recvQ)
	b = order.AppendUint32(b, sendQ)
	b = order.AppendUint32(b, boundTo)
	return slices.Concat(b, first.AsSlice(), second.AsSlice())
}

func record4(port uint16) []byte {
	return tcpRecord(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), netip.MustParseAddrPort("127.0.0.2:80"), 1, 0, 0, 0)
}

func record6(port uint16) []byte {
	return tcpRecord(netip.AddrPortFrom(netip.MustParseAddr("::1"), port), netip.MustParseAddrPort("[::2]:80"), 1, 0, 0, 0)
}

var endRecord = make([]byte, bpf.TCPMarkSize)

func TestDecodeTCP(t *testing.T) {
	four, other := netip.MustParseAddrPort("10.1.2.3:22"), netip.MustParseAddrPort("10.9.8.7:50000")
	mapped, link := netip.MustParseAddrPort("[::ffff:10.1.2.3]:22"), netip.MustParseAddrPort("[fe80::2]:50000")
	addr := func(a netip.AddrPort, scope uint32) netstat.Addr {
		return netstat.Addr{IP: a.Addr(), Port: a.Port(), Scope: scope}
	}
	// One row for all cases, because a row must not keep anything of an
	// earlier one.
	var got netstat.Socket
	for _, test := range []struct {
		record []byte
		want   netstat.Socket
	}{
		{
			tcpRecord(four, other, 10, 7, 128, 3),
			netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, Local: addr(four, 3), Remote: addr(other, 0), RecvQ: 7, MaxBacklog: 128},
		}, {
			// More read than received, because a FIN counts.
			tcpRecord(four, other, 1, ^uint32(0), ^uint32(0), 0),
			netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, Local: addr(four, 0), Remote: addr(other, 0), SendQ: 1<<32 - 1},
		}, {
			tcpRecord(mapped, link, 12, 0, 0, 9),
			netstat.Socket{Table: netstat.TCP6Table, State: netstat.SynReceived, Local: addr(mapped, 9), Remote: addr(link, 9)},
		}, {
			tcpRecord(mapped, mapped, 5, 1, 2, 0),
			netstat.Socket{Table: netstat.TCP6Table, State: netstat.FinWait2, Local: addr(mapped, 0), Remote: addr(mapped, 0), RecvQ: 1, SendQ: 2},
		},
	} {
		got.Table = test.want.Table
		decodeTCP(test.record, &got)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("got  %+v\nwant %+v", got, test.want)
		}
	}
}

// scriptedIter is an iterator over bytes, with errors between them.
type scriptedIter struct {
	replies []reply
	closed  int
}

func (i *scriptedIter) Read(b []byte) (int, error) {
	if len(i.replies) == 0 {
		return 0, io.EOF
	}
	r := i.replies[0]
	i.replies = i.replies[1:]
	return copy(b, r.data), r.err
}

func (i *scriptedIter) Close() error { i.closed++; return nil }

// tcpScript is a source with scripted passes over TCP. Its dumps have rows with
// ports from 1000.
type tcpScript struct {
	*source
	passes   [][]reply
	families []uint8 // address families requested
	iters    []*scriptedIter
	conn     *scriptedConn
	counted  string // /proc/net/sockstat after a pass has begun; "" for no count
}

const bigSockstat = "TCP: inuse 30000 orphan 0 tw 10 alloc 50000 mem 1\n"

func scriptTCP(t testing.TB, mode, sockstat, sockstat6 string, passes ...[]reply) *tcpScript {
	t.Helper()
	s := &tcpScript{passes: passes}
	s.conn = &scriptedConn{replies: []reply{datagram(row4(1000), row6(1000), done(0)), datagram(row6(1001), row4(1001), done(0)), datagram(done(0))}}
	files := map[string]string{
		"/proc/net/sockstat": sockstat, "/proc/net/sockstat6": sockstat6, "/proc/net/tcp": tcpFile, "/proc/net/udp": udpHeader,
	}
	s.source = fakeSource(t, Options{Source: mode}, s.conn, files)
	s.bpfAllowed = func() bool { return true }
	s.openTCP = func(family uint8, reading bool) (io.ReadCloser, error) {
		if reading != (mode == "bpf") {
			t.Errorf("%q: reading %v", mode, reading)
		}
		if len(s.passes) == 0 {
			return nil, syscall.EPERM
		}
		s.families = append(s.families, family)
		files["/proc/net/sockstat"], files["/proc/net/sockstat6"] = s.counted, ""
		i := &scriptedIter{replies: s.passes[0]}
		s.passes = s.passes[1:]
		s.iters = append(s.iters, i)
		return i, nil
	}
	return s
}

func TestIterChoice(t *testing.T) {
	pass := func() []reply { return []reply{datagram(record4(1), record6(2), endRecord)} }
	for _, test := range []struct {
		name                string
		mode                string
		sockstat, sockstat6 string
		table               netstat.Table
		need                netstat.Need
		family              int // requested family; -1 if the iterator must not be used
	}{
		{name: "many", family: afInet},
		{name: "many, IPv6 next", need: netstat.Need{Then: netstat.TCP6Table}, family: 0},
		{name: "many, udp next", need: netstat.Need{Then: netstat.UDP4Table}, family: afInet},
		{name: "few", sockstat: "TCP: inuse 19000 orphan 0 tw 0 alloc 19500 mem 1\n", family: -1},
		{name: "many in other namespaces", sockstat: "TCP: inuse 300 orphan 0 tw 0 alloc 50000 mem 1\n", family: -1},
		{name: "many in TIME-WAIT", sockstat: "TCP: inuse 3 orphan 0 tw 20000 alloc 4 mem 1\n", family: afInet},
		{name: "unknown", sockstat: "-", family: -1},
		{name: "IPv6 too large to hold", sockstat6: "TCP6: inuse 90000\n", need: netstat.Need{Then: netstat.TCP6Table}, family: -1},
		{name: "both large", sockstat: "TCP: inuse 95000 orphan 0 tw 0 alloc 190000 mem 1\n", sockstat6: "TCP6: inuse 90000\n",
			need: netstat.Need{Then: netstat.TCP6Table}, family: afInet},
		{name: "mostly IPv6, held", sockstat: "TCP: inuse 5 orphan 0 tw 0 alloc 50000 mem 1\n", sockstat6: "TCP6: inuse 40000\n",
			need: netstat.Need{Then: netstat.TCP6Table}, family: 0},
		{name: "only IPv6", table: netstat.TCP6Table, sockstat6: "TCP6: inuse 40000\n", family: afInet6},
		{name: "only IPv6, fewer than IPv4", table: netstat.TCP6Table, sockstat6: "TCP6: inuse 20001\n", family: -1},
		{name: "listening", need: netstat.Need{States: netstat.States(netstat.Listen)}, family: -1},
		{name: "connected", need: netstat.Need{States: netstat.AllStates &^ netstat.States(netstat.Listen, netstat.Bound)}, family: afInet},
		{name: "also bound", need: netstat.Need{States: netstat.AllStates}, family: -1},
		{name: "port", need: netstat.Need{Where: condition.Port(netstat.RemoteEnd, netstat.CompareEqual, 5)}, family: -1},
		{name: "address", need: netstat.Need{Where: condition.Prefix(netstat.LocalEnd, "127.0.0.1/32")}, family: -1},
		{name: "all but a port", need: netstat.Need{Where: condition.Port(netstat.RemoteEnd, netstat.CompareNotEqual, 5)}, family: afInet},
		{name: "interfaces", need: netstat.Need{Facts: netstat.FactInterface | netstat.FactQueues}, family: afInet},
		{name: "TCP info", need: netstat.Need{Facts: netstat.FactTCPInfo}, family: -1},
		{name: "inodes", need: netstat.Need{Facts: netstat.FactInode}, family: -1},
		{name: "users", need: netstat.Need{Facts: netstat.FactUID}, family: -1},
		{name: "timers", need: netstat.Need{Facts: netstat.FactTimer}, family: -1},
		{name: "udp", table: netstat.UDP4Table, family: -1},
		{name: "netlink", mode: "netlink", family: -1},
		{name: "proc", mode: "proc", family: -1},
		{name: "forced, few", mode: "bpf", sockstat: "-", need: netstat.Need{Where: condition.Port(netstat.RemoteEnd, netstat.CompareEqual, 5)}, family: afInet},
		{name: "forced, inodes", mode: "bpf", need: netstat.Need{Facts: netstat.FactInode}, family: -1},
	} {
		if test.sockstat == "" {
			test.sockstat = bigSockstat
		}
		if test.table == (netstat.Table{}) {
			test.table = netstat.TCP4Table
		}
		s := scriptTCP(t, test.mode, test.sockstat, test.sockstat6, pass())
		got := collect(s, test.table, test.need)
		if got.err != nil {
			t.Errorf("%s: %v", test.name, got.err)
		}
		family := -1
		if len(s.families) > 0 {
			family = int(s.families[0])
		}
		if family != test.family {
			t.Errorf("%s: family %d, want %d", test.name, family, test.family)
		}
		if family >= 0 && (len(got.rows) != 1 || s.iters[0].closed != 1) {
			t.Errorf("%s: %d rows, closed %d times", test.name, len(got.rows), s.iters[0].closed)
		}
	}

	s := scriptTCP(t, "", bigSockstat, "", pass())
	s.bpfAllowed = func() bool { return false }
	if collect(s, netstat.TCP4Table, netstat.Need{}); len(s.families) > 0 {
		t.Error("tried without the privilege")
	}
	if _, err := newSource(Options{Source: "bpf", ProcRoot: "/copy"}); err == nil {
		t.Error("bpf from a copy of /proc: no error")
	}
}

// TestIterFaults replays the possible failures of a pass.
func TestIterFaults(t *testing.T) {
	fault := func(err error) reply { return reply{err: err} }
	two := slices.Concat(record4(1), record4(2), endRecord)
	var again []reply
	for range iterTries + 1 {
		again = append(again, fault(syscall.EAGAIN))
	}
	for _, test := range []struct {
		name  string
		pass  []reply
		ports []uint16
		err   error
	}{
		{"whole", []reply{datagram(two)}, []uint16{1, 2}, nil},
		{"empty", []reply{datagram(endRecord)}, nil, nil},
		{"cut", []reply{datagram(two[:7]), datagram(two[7:30]), datagram(two[30:60]), datagram(two[60:])}, []uint16{1, 2}, nil},
		{"transient errors", []reply{fault(syscall.EAGAIN), datagram(two[:40]), fault(syscall.EINTR), fault(syscall.ENOMEM), datagram(two[40:])}, []uint16{1, 2}, nil},
		{"other family", []reply{datagram(record6(9), two)}, []uint16{1, 2}, nil},

		{"no end", []reply{datagram(two[:56])}, []uint16{1, 2}, io.ErrUnexpectedEOF},
		{"no end of a record", []reply{datagram(two[:60])}, []uint16{1, 2}, io.ErrUnexpectedEOF},
		{"error after rows", []reply{datagram(two[:28]), fault(syscall.EIO)}, []uint16{1}, syscall.EIO},
		{"always EAGAIN after rows", append([]reply{datagram(two[:28])}, again...), []uint16{1}, syscall.EAGAIN},
		{"unknown record", []reply{datagram(record4(1), bytes.Repeat([]byte{77}, 28))}, []uint16{1}, errIterGarbled},
		{"more after the end", []reply{datagram(two, record4(3), endRecord)}, []uint16{1, 2}, errIterGarbled},

		// Before the first row a dump is the fallback.
		{"nothing", nil, []uint16{1000}, io.ErrUnexpectedEOF},
		{"error before rows", []reply{fault(syscall.EIO)}, []uint16{1000}, syscall.EIO},
		{"always EAGAIN", again, []uint16{1000}, syscall.EAGAIN},
		{"unknown at once", []reply{datagram(bytes.Repeat([]byte{77}, 28))}, []uint16{1000}, errIterGarbled},
	} {
		fellBack := slices.Equal(test.ports, []uint16{1000})
		for _, mode := range []string{"", "bpf"} {
			s := scriptTCP(t, mode, bigSockstat, "", slices.Clone(test.pass))
			s.conn.replies = []reply{{data: asBoth(row4(1000), row6(1001), done(0))}, datagram(row4(1002), done(0))}
			got := collect(s, netstat.TCP4Table, netstat.Need{Then: netstat.TCP6Table})
			switch {
			case fellBack && mode == "bpf":
				if len(got.rows) > 0 || !errors.Is(got.err, test.err) {
					t.Errorf("%s, forced: %d rows, error %v", test.name, len(got.rows), got.err)
				}
			case fellBack:
				if !slices.Equal(got.ports(), test.ports) || got.err != nil {
					t.Errorf("%s: ports %v, error %v", test.name, got.ports(), got.err)
				}
			default:
				var op *netstat.OpError
				if !slices.Equal(got.ports(), test.ports) || !errors.Is(got.err, test.err) ||
					test.err != nil && (!errors.Is(got.err, netstat.ErrIncomplete) || !errors.As(got.err, &op) || op.Table != netstat.TCP4Table) {
					t.Errorf("%s: ports %v, error %v", test.name, got.ports(), got.err)
				}
			}
			if held := s.held.records != nil; held != (test.err == nil || fellBack && mode == "") {
				t.Errorf("%s: records of IPv6 held: %v", test.name, held)
			}
			if s.iters[0].closed != 1 {
				t.Errorf("%s: closed %d times", test.name, s.iters[0].closed)
			}
			if test.err != nil && mode == "" {
				s.passes = [][]reply{{datagram(two)}}
				if collect(s, netstat.TCP4Table, netstat.Need{}); len(s.families) != 1 {
					t.Errorf("%s: iterator used again", test.name)
				}
			}
		}
	}

	refused := scriptTCP(t, "", bigSockstat, "")
	if got := collect(refused, netstat.TCP4Table, netstat.Need{}); len(got.rows) != 1 || got.err != nil {
		t.Errorf("refused: %+v", got)
	}
	refused = scriptTCP(t, "bpf", bigSockstat, "")
	if got := collect(refused, netstat.TCP4Table, netstat.Need{}); len(got.rows) != 0 || !errors.Is(got.err, syscall.EPERM) {
		t.Errorf("refused, forced: %+v", got)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := scriptTCP(t, "", bigSockstat, "", []reply{datagram(record4(1)), datagram(record4(2), endRecord)})
	var last error
	for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) || errors.Is(last, netstat.ErrIncomplete) || s.iterRefused {
		t.Errorf("cancelled: %v, refused %v", last, s.iterRefused)
	}
}

func TestHeldTCP(t *testing.T) {
	then := netstat.Need{Then: netstat.TCP6Table}
	both := func() []reply { return []reply{datagram(record6(1), record4(2), record6(3), record4(4), endRecord)} }
	alone := func() []reply { return []reply{datagram(record6(5), endRecord)} }
	script := func(passes ...[]reply) *tcpScript {
		return scriptTCP(t, "bpf", bigSockstat, "", passes...)
	}

	// Twice: held records are used once, and their memory is not reused.
	s := script(both(), both())
	for range 2 {
		if got := collect(s, netstat.TCP4Table, then); !slices.Equal(got.ports(), []uint16{2, 4}) || got.err != nil {
			t.Errorf("%+v", got)
		}
		got := collect(s, netstat.TCP6Table, netstat.Need{Then: netstat.UDP4Table})
		if !slices.Equal(got.ports(), []uint16{1, 3}) || got.err != nil || got.rows[0].Table != netstat.TCP6Table {
			t.Errorf("%+v", got)
		}
		if s.held.records != nil {
			t.Error("still held")
		}
	}
	if !slices.Equal(s.families, []uint8{0, 0}) {
		t.Errorf("passes over %v", s.families)
	}

	// A table without IPv6 sockets is an answer too.
	s = script([]reply{datagram(record4(2), endRecord)})
	collect(s, netstat.TCP4Table, then)
	if got := collect(s, netstat.TCP6Table, netstat.Need{}); len(got.rows) > 0 || got.err != nil || len(s.families) != 1 {
		t.Errorf("%+v", got)
	}

	for name, between := range map[string]func(*tcpScript) netstat.Need{
		"another table": func(s *tcpScript) netstat.Need { collect(s, netstat.UDP4Table, netstat.Need{}); return netstat.Need{} },
		"the same table, stopped": func(s *tcpScript) netstat.Need {
			s.passes = append([][]reply{both()}, s.passes...)
			for range s.Sockets(context.Background(), netstat.TCP4Table, then) {
				break
			}
			return netstat.Need{}
		},
		"other states": func(*tcpScript) netstat.Need { return netstat.Need{States: netstat.States(netstat.Established)} },
		"a port": func(*tcpScript) netstat.Need {
			return netstat.Need{Where: condition.Port(netstat.LocalEnd, netstat.CompareEqual, 1)}
		},
		"closed": func(s *tcpScript) netstat.Need { s.Close(); return netstat.Need{} },
	} {
		s := script(both(), alone())
		collect(s, netstat.TCP4Table, then)
		need := between(s)
		if got := collect(s, netstat.TCP6Table, need); !slices.Equal(got.ports(), []uint16{5}) || got.err != nil {
			t.Errorf("%s: ports %v, error %v", name, got.ports(), got.err)
		}
	}
	s = script(both())
	collect(s, netstat.TCP4Table, then)
	if got := collect(s, netstat.TCP6Table, netstat.Need{Facts: netstat.FactInode}); !slices.Equal(got.ports(), []uint16{1000}) || got.rows[0].Inode == 0 {
		t.Errorf("with inodes: %+v", got)
	}

	// Early stop, in the first table and in the held records.
	s = script(both(), alone(), both())
	for range s.Sockets(context.Background(), netstat.TCP4Table, then) {
		break
	}
	if s.held.records != nil || s.iters[0].closed != 1 {
		t.Error("held after an early stop")
	}
	if got := collect(s, netstat.TCP6Table, netstat.Need{}); !slices.Equal(got.ports(), []uint16{5}) {
		t.Errorf("after an early stop: %+v", got)
	}
	collect(s, netstat.TCP4Table, then)
	for row := range s.Sockets(context.Background(), netstat.TCP6Table, netstat.Need{}) {
		if row.Local.Port != 1 {
			t.Errorf("row %+v", row)
		}
		break
	}

	// More than tcpHeldMax.
	flood := make([]reply, 0, 130)
	rows := 0
	for ; rows*bpf.TCPSize6 <= tcpHeldMax; rows += 1000 {
		flood = append(flood, datagram(bytes.Repeat(record6(7), 1000)))
	}
	s = script(append(flood, datagram(record4(8), endRecord)), alone())
	if got := collect(s, netstat.TCP4Table, then); !slices.Equal(got.ports(), []uint16{8}) || got.err != nil || s.held.records != nil {
		t.Errorf("overflow: ports %v, error %v, held %d bytes", got.ports(), got.err, len(s.held.records))
	}
	if got := collect(s, netstat.TCP6Table, netstat.Need{}); !slices.Equal(got.ports(), []uint16{5}) || !slices.Equal(s.families, []uint8{0, afInet6}) {
		t.Errorf("after an overflow: %+v, passes over %v", got, s.families)
	}
}

// FuzzTCPRecords checks that for any bytes, however split, the rows are the
// same, belong to the right table, are no more than fit, and are complete only
// with an end mark.
func FuzzTCPRecords(f *testing.F) {
	f.Add(slices.Concat(record4(1), record6(2), endRecord))
	f.Add(slices.Concat(record6(1), record4(2), endRecord, record4(3)))
	f.Add(record4(1)[:20])
	f.Add([]byte{0, 0, 0, 0, 77, 0, 0, 0})
	f.Add(slices.Concat(record4(1), []byte{0, 0, 0, 0, 0, bpf.TCPTimeWait, 0, 0}, endRecord))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table} {
			run := func(r io.Reader) (rows []netstat.Socket, p tcpPass, err error) {
				p.hold = table == netstat.TCP4Table
				err = p.run(context.Background(), table, r, make([]byte, bufferSize), func(s netstat.Socket, err error) bool {
					rows = append(rows, s)
					return true
				})
				return rows, p, err
			}
			whole, p, err := run(bytes.NewReader(b))
			cut, q, cutErr := run(iotest.OneByteReader(bytes.NewReader(b)))
			if !reflect.DeepEqual(whole, cut) || !reflect.DeepEqual(p, q) || err != cutErr {
				t.Fatalf("%d rows, %v, %v; in parts %d, %v, %v", len(whole), p.complete, err, len(cut), q.complete, cutErr)
			}
			if p.complete != (err == nil) || p.shown != uint64(len(whole)) {
				t.Fatalf("%d rows, %+v, error %v", len(whole), p, err)
			}
			size := len(p.held)
			for _, row := range whole {
				if row.Table != table || row.Local.IP.Is4() != (table == netstat.TCP4Table) || row.RecvQ > 1<<31 || row.Inode != 0 {
					t.Fatalf("row %+v", row)
				}
				size += bpf.TCPRecordSize(map[bool]uint8{true: afInet, false: afInet6}[row.Local.IP.Is4()])
			}
			// The remaining records are marks: one for the end,
			// others for TIME-WAIT sockets of the family left out.
			if rest := len(b) - size; rest < 0 || p.complete && table == netstat.TCP4Table && (rest < bpf.TCPMarkSize || rest%bpf.TCPMarkSize != 0) {
				t.Fatalf("%d bytes of records in %d", size, len(b))
			}
		}
	})
}
