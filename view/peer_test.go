package view

import (
	"net/netip"
	"runtime"
	"testing"
	"unsafe"

	"netstat"
	"netstat/fact"
)

// peerRow returns a row such as "tcp 127.0.0.1:1 127.0.0.1:2".
func peerRow(t testing.TB, table netstat.Table, state netstat.State, inode uint64, netns uint32, local, remote string) netstat.Socket {
	t.Helper()
	l, r := netip.MustParseAddrPort(local), netip.MustParseAddrPort(remote)
	return netstat.Socket{
		Table: table, State: state, Inode: inode, Netns: netns,
		Local:  netstat.Addr{IP: l.Addr(), Port: l.Port()},
		Remote: netstat.Addr{IP: r.Addr(), Port: r.Port()},
	}
}

func TestPeers(t *testing.T) {
	const (
		est, listen, wait, request = netstat.Established, netstat.Listen, netstat.TimeWait, netstat.SynReceived
		closed                     = netstat.Closed
	)
	tcp4, tcp6, udp4, udp6 := netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table
	type row struct {
		table         netstat.Table
		state         netstat.State
		inode         uint64
		netns, device uint32
		local, remote string
		peer          uint64 // 0 if unknown
		flags         string // w: waiting, t: translated, 0: a peer without inode
	}
	type nat [4]string // source and destination of the original and of the reply direction
	for _, test := range []struct {
		name string
		rows []row
		nat  []nat
	}{
		{name: "loopback", rows: []row{
			{tcp4, est, 1, 0, 0, "127.0.0.1:1000", "127.0.0.1:80", 2, ""},
			{tcp4, est, 2, 0, 0, "127.0.0.1:80", "127.0.0.1:1000", 1, ""},
			{tcp4, listen, 3, 0, 0, "0.0.0.0:80", "0.0.0.0:0", 0, ""},
			{tcp4, est, 4, 0, 0, "10.0.0.1:1000", "10.0.0.2:80", 0, ""},
			{udp4, est, 5, 0, 0, "127.0.0.1:1000", "127.0.0.1:80", 0, ""},
		}},
		{name: "mapped", rows: []row{
			{tcp4, est, 1, 0, 0, "127.0.0.1:1000", "127.0.0.1:80", 2, ""},
			{tcp6, est, 2, 0, 0, "[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:1000", 1, ""},
			{tcp6, est, 3, 0, 0, "[::1]:80", "[::1]:1000", 4, ""},
			{tcp6, est, 4, 0, 0, "[::1]:1000", "[::1]:80", 3, ""},
		}},
		{name: "to itself", rows: []row{{tcp4, est, 1, 0, 0, "127.0.0.1:9", "127.0.0.1:9", 1, ""}}},
		{name: "not accepted", rows: []row{
			{tcp4, est, 1, 0, 0, "127.0.0.1:1000", "127.0.0.1:80", 3, "w"},
			{tcp4, est, 0, 0, 0, "127.0.0.1:80", "127.0.0.1:1000", 1, ""},
			{tcp4, listen, 3, 0, 0, "0.0.0.0:80", "0.0.0.0:0", 0, ""},
			{tcp6, listen, 4, 0, 0, "[::]:80", "[::]:0", 0, ""},
			{tcp4, netstat.SynSent, 5, 0, 0, "127.0.0.1:1001", "127.0.0.1:81", 6, "w"},
			{tcp4, request, 0, 0, 0, "127.0.0.1:81", "127.0.0.1:1001", 5, ""},
			{tcp4, listen, 6, 0, 0, "127.0.0.1:81", "0.0.0.0:0", 0, ""},
			{tcp4, listen, 7, 0, 0, "0.0.0.0:81", "0.0.0.0:0", 0, ""},
			{tcp4, est, 8, 0, 0, "10.0.0.1:1", "10.0.0.1:82", 9, "w"},
			{tcp6, est, 0, 0, 0, "[::ffff:10.0.0.1]:82", "[::ffff:10.0.0.1]:1", 8, ""},
			{tcp6, listen, 9, 0, 0, "[::]:82", "[::]:0", 0, ""},
			{tcp6, listen, 10, 7, 0, "[::]:82", "[::]:0", 0, ""},
		}},
		{name: "not accepted, two listeners", rows: []row{
			{tcp4, est, 1, 0, 0, "127.0.0.1:1000", "127.0.0.1:80", 0, "0w"},
			{tcp4, est, 0, 0, 0, "127.0.0.1:80", "127.0.0.1:1000", 1, ""},
			{tcp4, listen, 3, 0, 0, "0.0.0.0:80", "0.0.0.0:0", 0, ""},
			{tcp4, listen, 4, 0, 0, "0.0.0.0:80", "0.0.0.0:0", 0, ""},
		}},
		{name: "closed by the peer", rows: []row{
			{tcp4, netstat.CloseWait, 1, 0, 0, "127.0.0.1:1000", "127.0.0.1:80", 0, "0"},
			{tcp4, netstat.FinWait2, 0, 0, 0, "127.0.0.1:80", "127.0.0.1:1000", 1, ""},
			{tcp4, wait, 0, 0, 0, "127.0.0.1:80", "127.0.0.1:1002", 0, ""},
		}},
		{name: "namespaces", rows: []row{
			{tcp4, est, 1, 100, 0, "10.0.0.1:1000", "10.0.0.2:80", 2, ""},
			{tcp4, est, 2, 200, 0, "10.0.0.2:80", "10.0.0.1:1000", 1, ""},
			{tcp4, est, 3, 100, 0, "127.0.0.1:1000", "127.0.0.1:80", 0, ""},
			{tcp4, est, 4, 200, 0, "127.0.0.1:80", "127.0.0.1:1000", 0, ""},
			{tcp6, est, 5, 100, 3, "[fe80::1]:1000", "[fe80::2]:80", 6, ""},
			{tcp6, est, 6, 200, 7, "[fe80::2]:80", "[fe80::1]:1000", 5, ""},
			{udp4, est, 7, 100, 0, "10.0.0.1:53", "10.0.0.2:53", 8, ""},
			{udp4, est, 8, 200, 0, "10.0.0.2:53", "10.0.0.1:53", 7, ""},
		}},
		{name: "namespaces with the same addresses", rows: []row{
			{tcp4, est, 1, 100, 0, "10.0.0.1:1000", "10.0.0.2:80", 0, ""},
			{tcp4, est, 2, 200, 0, "10.0.0.2:80", "10.0.0.1:1000", 1, ""},
			{tcp4, est, 3, 300, 0, "10.0.0.2:80", "10.0.0.1:1000", 1, ""},
		}},
		{name: "its own namespace first", rows: []row{
			{tcp4, est, 1, 100, 0, "10.0.0.1:1000", "10.0.0.2:80", 2, ""},
			{tcp4, est, 2, 100, 0, "10.0.0.2:80", "10.0.0.1:1000", 1, ""},
			{tcp4, est, 3, 300, 0, "10.0.0.2:80", "10.0.0.1:1000", 1, ""},
		}},
		{name: "separate routing tables", rows: []row{
			{tcp4, est, 1, 0, 5, "10.0.0.1:1000", "10.0.0.2:80", 0, ""},
			{tcp4, est, 2, 0, 6, "10.0.0.2:80", "10.0.0.1:1000", 0, ""},
			{tcp4, est, 3, 0, 5, "10.0.0.3:1000", "10.0.0.4:80", 4, ""},
			{tcp4, est, 4, 0, 5, "10.0.0.4:80", "10.0.0.3:1000", 3, ""},
		}},
		{name: "udp", rows: []row{
			{udp4, est, 1, 0, 0, "127.0.0.1:1000", "127.0.0.53:53", 2, ""},
			{udp4, closed, 2, 0, 1, "127.0.0.53:53", "0.0.0.0:0", 0, ""},
			{udp4, closed, 3, 0, 0, "0.0.0.0:53", "0.0.0.0:0", 0, ""},
			{udp4, est, 4, 0, 0, "127.0.0.1:1001", "127.0.0.1:53", 3, ""},
			{udp4, est, 5, 0, 0, "10.0.0.1:1001", "10.0.0.1:53", 0, ""},
			{udp6, closed, 6, 0, 0, "[::]:54", "[::]:0", 0, ""},
			{udp4, est, 7, 0, 0, "127.0.0.1:1001", "127.0.0.1:54", 0, ""},
			{udp6, est, 8, 0, 0, "[::1]:1001", "[::1]:54", 6, ""},
			{udp4, closed, 9, 0, 4, "0.0.0.0:55", "0.0.0.0:0", 0, ""},
			{udp4, est, 10, 0, 0, "127.0.0.1:1001", "127.0.0.1:55", 0, ""},
			{udp6, closed, 11, 0, 0, "[::ffff:127.0.0.1]:56", "[::]:0", 0, ""},
			{udp4, est, 12, 0, 0, "127.0.0.1:1001", "127.0.0.1:56", 11, ""},
		}},
		{name: "translated", rows: []row{
			{tcp4, est, 1, 100, 0, "10.0.0.1:1000", "192.0.2.1:8080", 2, "t"},
			{tcp4, est, 2, 200, 0, "172.17.0.2:80", "172.17.0.1:4000", 1, "t"},
			{tcp4, est, 3, 100, 0, "10.0.0.1:1001", "192.0.2.1:8080", 0, ""},
			{tcp4, est, 4, 0, 0, "127.0.0.1:9", "127.0.0.1:80", 5, "t"},
			{tcp4, est, 5, 0, 0, "127.0.0.1:8080", "127.0.0.1:9", 4, "t"},
			{tcp4, est, 6, 200, 0, "127.0.0.1:8080", "127.0.0.1:9", 0, ""},
		}, nat: []nat{
			{"10.0.0.1:1000", "192.0.2.1:8080", "172.17.0.2:80", "172.17.0.1:4000"},
			{"127.0.0.1:9", "127.0.0.1:80", "127.0.0.1:8080", "127.0.0.1:9"},
			{"10.0.0.1:7", "10.0.0.2:8", "10.0.0.2:8", "10.0.0.1:7"}, // not translated
		}},
		{name: "translated twice", rows: []row{
			{tcp4, est, 1, 100, 0, "10.0.0.1:1000", "192.0.2.1:8080", 2, "t"},
			{tcp4, est, 2, 200, 0, "172.17.0.2:80", "10.9.9.9:5000", 1, "t"},
		}, nat: []nat{
			{"10.0.0.1:1000", "192.0.2.1:8080", "192.0.2.7:8080", "10.9.9.9:5000"},
			{"10.9.9.9:5000", "192.0.2.7:8080", "172.17.0.2:80", "10.9.9.9:5000"},
		}},
		{name: "translated in two ways", rows: []row{
			{tcp4, est, 1, 100, 0, "10.0.0.1:1000", "192.0.2.1:8080", 0, ""},
			{tcp4, est, 2, 200, 0, "172.17.0.2:80", "172.17.0.1:4000", 1, "t"},
		}, nat: []nat{
			{"10.0.0.1:1000", "192.0.2.1:8080", "172.17.0.2:80", "172.17.0.1:4000"},
			{"10.0.0.1:1000", "192.0.2.1:8080", "172.17.0.3:80", "172.17.0.1:4000"},
		}},
	} {
		var p Peers
		var rows []netstat.Socket
		for _, r := range test.rows {
			s := peerRow(t, r.table, r.state, r.inode, r.netns, r.local, r.remote)
			s.Local.Scope = r.device
			rows = append(rows, s)
			p.Add(&s)
		}
		for _, n := range test.nat {
			s := netstat.NATSession{Protocol: netstat.TCP}
			for i, to := range []*netip.AddrPort{&s.Original.Source, &s.Original.Destination, &s.Reply.Source, &s.Reply.Destination} {
				*to = netip.MustParseAddrPort(n[i])
			}
			p.AddNAT(&s)
			p.AddNAT(&netstat.NATSession{IPProtocol: 1, Original: s.Original, Reply: s.Reply})
		}
		for i, r := range test.rows {
			got, ok := p.Peer(&rows[i])
			flags := ""
			if ok && got.Inode == 0 {
				flags += "0"
			}
			if got.Waiting {
				flags += "w"
			}
			if got.Translated {
				flags += "t"
			}
			if got.Inode != r.peer || flags != r.flags || ok != (r.peer != 0 || r.flags != "") {
				t.Errorf("%s: %v %s %s: %+v, %v, want %d %q", test.name, r.table, r.local, r.remote, got, ok, r.peer, r.flags)
			}
		}
	}
}

func TestPeersUnix(t *testing.T) {
	row := func(inode uint64, d netstat.UnixDetail) netstat.Socket {
		return netstat.Socket{Table: netstat.UnixTable, Inode: inode, Netns: 5, Detail: &d}
	}
	var p Peers
	rows := []netstat.Socket{
		row(1, netstat.UnixDetail{Connected: true, PeerInode: 2}),
		row(2, netstat.UnixDetail{Connected: true, PeerInode: 1}),
		row(3, netstat.UnixDetail{Connected: true}),
		row(4, netstat.UnixDetail{Accepting: true, Pending: []uint32{0, 3}}),
		row(5, netstat.UnixDetail{Connected: true}),
		row(0, netstat.UnixDetail{Connected: true, PeerInode: 3}),
		row(0, netstat.UnixDetail{Connected: true}),
	}
	for i := range rows {
		p.Add(&rows[i])
	}
	for i, want := range []fact.PeerEnd{
		{Inode: 2, Netns: 5, State: netstat.Connected}, {Inode: 1, Netns: 5, State: netstat.Connected},
		{Inode: 4, Netns: 5, State: netstat.Connecting, Waiting: true}, {}, {},
		{Inode: 3, Netns: 5, State: netstat.Connected}, {},
	} {
		if got, ok := p.Peer(&rows[i]); got != want || ok != (want != fact.PeerEnd{}) {
			t.Errorf("row %d: %+v, %v, want %+v", i, got, ok, want)
		}
	}
	// Rows without addresses, and an empty index.
	for _, s := range []netstat.Socket{{}, {Table: netstat.TCP4Table}, peerRow(t, netstat.Raw4Table, netstat.Closed, 1, 0, "0.0.0.0:1", "0.0.0.0:0")} {
		p.Add(&s)
		if got, ok := new(Peers).Peer(&s); ok {
			t.Errorf("%+v: %+v", s, got)
		}
	}
	s := peerRow(t, netstat.TCP4Table, netstat.Established, 1, 0, "10.0.0.1:1", "10.0.0.1:2")
	if got, ok := new(Peers).Peer(&s); ok {
		t.Errorf("peer in an empty index: %+v", got)
	}
}

// peerCount is the number of sockets; half of them are the peers of the other
// half.
const peerCount = 100_000

func peerPair(i int, six bool) netstat.Socket {
	s := netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, Inode: uint64(i + 1)}
	a, b := netip.AddrFrom4([4]byte{127, 0, byte(i >> 17), 1}), netip.AddrFrom4([4]byte{127, 0, 0, 2})
	if six {
		s.Table = netstat.TCP6Table
		a, b = netip.AddrFrom16([16]byte{0xfd, 15: 1}), netip.AddrFrom16([16]byte{0xfd, 15: 2})
	}
	s.Local, s.Remote = netstat.Addr{IP: a, Port: uint16(i/2%60000 + 1)}, netstat.Addr{IP: b, Port: uint16(80 + i/120000)}
	if i%2 == 1 {
		s.Local, s.Remote = s.Remote, s.Local
	}
	return s
}

// TestPeersMemory checks that the index of 100,000 sockets takes no more memory
// than documented.
func TestPeersMemory(t *testing.T) {
	if a, b := unsafe.Sizeof(endEntry[[4]byte]{}), unsafe.Sizeof(endEntry[[16]byte]{}); a != 28 || b != 52 {
		t.Errorf("entries of %d and %d bytes", a, b)
	}
	for _, six := range []bool{false, true} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var p Peers
		for i := range peerCount {
			s := peerPair(i, six)
			p.Add(&s)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		each := float64(after.HeapAlloc-before.HeapAlloc) / peerCount
		limit := map[bool]float64{false: 28*1.25 + 11, true: 52*1.25 + 11}[six]
		t.Logf("IPv6 %v: %.1f bytes for each socket", six, each)
		if each > limit {
			t.Errorf("%.1f bytes for each socket, more than %.1f", each, limit)
		}
		for i := range peerCount {
			s := peerPair(i, six)
			if got, ok := p.Peer(&s); !ok || got.Inode != uint64(i^1)+1 {
				t.Fatalf("socket %d: %+v", i, got)
			}
		}
		s := peerPair(1, six)
		if n := testing.AllocsPerRun(100, func() { p.Peer(&s) }); n > 0 {
			t.Errorf("%v allocations for a call of Peer", n)
		}
	}
}

func BenchmarkPeers(b *testing.B) {
	for b.Loop() {
		var p Peers
		for i := range peerCount {
			s := peerPair(i, false)
			p.Add(&s)
		}
		for i := range peerCount {
			s := peerPair(i, false)
			p.Peer(&s)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/peerCount, "ns/socket")
}
