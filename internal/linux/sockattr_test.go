package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/diagfilter"
	"netstat/internal/linux/netlink"
	"netstat/internal/linux/process"
	"netstat/test/condition"
)

func attrBytes(kind uint16, data []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(data)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func attrWords(words ...uint32) (b []byte) {
	for _, w := range words {
		b = binary.NativeEndian.AppendUint32(b, w)
	}
	return b
}

// attrDecode decodes the attributes of an established TCP socket.
func attrDecode(facts netstat.Facts, attributes ...[]byte) netstat.Socket {
	s := netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, Inode: 1}
	a := diagAttributes{facts: facts & diagAttributeFacts, timer: facts&netstat.FactTimer != 0}
	a.decode(slices.Concat(attributes...), &s)
	return s
}

// TestShortTCPInfo checks that the fields missing from an older kernel's
// shorter struct are unknown, not 0.
func TestShortTCPInfo(t *testing.T) {
	whole := make([]byte, tcpInfoSize)
	for i := range whole {
		whole[i] = byte(i%7 + 1)
	}
	whole[0] = 1
	for _, test := range []struct {
		length   int
		has      []netstat.TCPField
		lacks    []netstat.TCPField
		ofKernel string
	}{
		{104, []netstat.TCPField{netstat.TCPRTT, netstat.TCPTotalRetrans}, []netstat.TCPField{netstat.TCPPacingRate, netstat.TCPBytesAcked}, "2.6"},
		{120, []netstat.TCPField{netstat.TCPPacingRate, netstat.TCPMaxPacingRate}, []netstat.TCPField{netstat.TCPBytesAcked}, "3.15"},
		{192, []netstat.TCPField{netstat.TCPSndBufLimited}, []netstat.TCPField{netstat.TCPDelivered}, "4.10"},
		{232, []netstat.TCPField{netstat.TCPSndWnd}, []netstat.TCPField{netstat.TCPRcvWnd}, "5.4"},
		{tcpInfoSize, []netstat.TCPField{netstat.TCPAccECNOptSeen}, nil, "6.18"},
		{150, []netstat.TCPField{netstat.TCPNotSent}, []netstat.TCPField{netstat.TCPMinRTT}, "cut within a field"},
	} {
		s := attrDecode(netstat.FactTCPInfo, attrBytes(diagInfo, whole[:test.length]))
		for _, f := range test.has {
			if v, ok := s.TCP.Value(f); !ok || v == 0 {
				t.Errorf("%s: no %v", test.ofKernel, f)
			}
		}
		for _, f := range test.lacks {
			if _, ok := s.TCP.Value(f); ok {
				t.Errorf("%s: has %v", test.ofKernel, f)
			}
		}
	}
	// A longer struct of a newer kernel works too.
	if s := attrDecode(netstat.FactTCPInfo, attrBytes(diagInfo, append(whole, 1, 2, 3, 4))); !s.TCP.Has(netstat.TCPAccECNOptSeen) {
		t.Error("a longer struct lacks fields")
	}
	if s := attrDecode(netstat.FactTCPInfo, attrBytes(diagInfo, whole[:7])); s.TCP != nil {
		t.Error("seven bytes count as a struct tcp_info")
	}

	// Every field is known, has a unique name, and is at its offset.
	names := map[string]bool{}
	for f := range netstat.TCPFields {
		if names[f.String()] || f.String() != strings.ToLower(f.String()) || f.String() == "" {
			t.Errorf("name %q", f)
		}
		names[f.String()] = true
		if f >= netstat.TCPVegasEnabled {
			continue
		}
		end := int(tcpInfoEnds[f])
		for _, test := range []struct {
			length int
			has    bool
		}{{end - 1, false}, {end, true}} {
			if known := tcpInfoKnown(test.length); known.Has(f) != test.has {
				t.Errorf("%v with %d bytes: %v", f, test.length, known.Has(f))
			}
		}
		// Only the bytes before its end belong to it.
		if f.Kind() == netstat.FieldFlag || end <= 8 {
			continue
		}
		raw := make([]byte, tcpInfoSize)
		raw[end-1], raw[end-2] = 1, 1
		var i netstat.TCPInfo
		decodeTCPInfo(raw, tcpInfoKnown(tcpInfoSize), &i)
		for g := range netstat.TCPVegasEnabled {
			if v, _ := i.Value(g); (v != 0) != (g == f) {
				t.Errorf("%v set: %v is %d", f, g, v)
			}
		}
	}
}

// TestTCPInfoNone checks that numbers that mean "none" are unknown.
func TestTCPInfoNone(t *testing.T) {
	raw := make([]byte, tcpInfoSize)
	order := binary.NativeEndian
	raw[0] = 1
	order.PutUint32(raw[76:], tcpNoSSThresh)
	order.PutUint64(raw[104:], math.MaxUint32)
	order.PutUint64(raw[112:], math.MaxUint64)
	order.PutUint32(raw[148:], math.MaxUint32)
	order.PutUint64(raw[168:], math.MaxUint64)
	s := attrDecode(netstat.FactTCPInfo, attrBytes(diagInfo, raw))
	for _, f := range []netstat.TCPField{netstat.TCPSSThresh, netstat.TCPPacingRate, netstat.TCPMaxPacingRate, netstat.TCPMinRTT} {
		if s.TCP.Has(f) {
			t.Errorf("%v is known", f)
		}
	}
	if s.TCP.SSThresh != 0 || s.TCP.PacingRate != 0 || s.TCP.MaxPacingRate != 0 || s.TCP.MinRTT != 0 || s.TCP.BusyTime != math.MaxInt64 {
		t.Errorf("%+v", s.TCP)
	}
	raw[0] = tcpListen
	order.PutUint32(raw[24:], 7)
	s = attrDecode(netstat.FactTCPInfo, attrBytes(diagInfo, raw))
	if s.TCP.Unacked != 0 || s.TCP.Has(netstat.TCPUnacked) || s.TCP.Has(netstat.TCPRTT) || !s.TCP.Has(netstat.TCPCWnd) {
		t.Errorf("a listener: %+v", s.TCP)
	}
	other := netstat.Socket{Table: netstat.UDP4Table}
	(&diagAttributes{facts: netstat.FactTCPInfo}).decode(attrBytes(diagInfo, raw), &other)
	if other.TCP != nil {
		t.Error("UDP has a TCPInfo")
	}
}

func TestAttributes(t *testing.T) {
	all := diagAttributeFacts | netstat.FactTimer
	order := binary.NativeEndian
	raw := make([]byte, tcpInfoSize)
	raw[0], raw[2], raw[3], raw[6], raw[7] = 1, 4, 5, 0x37, 1|2<<1
	s := attrDecode(all,
		attrBytes(diagInfo, raw), attrBytes(diagCong, []byte("dctcp\x00")),
		attrBytes(diagDCTCPInfo, append(order.AppendUint16(order.AppendUint16(nil, 1), 1), attrWords(512, 3, 4)...)),
		attrBytes(diagVegasInfo, attrWords(1, 2, 30, 20)),
		attrBytes(diagBBRInfo, attrWords(1, 1, 15, 739, 512)),
		attrBytes(diagSKMemInfo, attrWords(1, 2, 3, 4, 5, 6, 7)),
		attrBytes(diagTOS, []byte{16}), attrBytes(diagTClass, []byte{32}), attrBytes(diagMark, attrWords(9)),
		attrBytes(diagCgroupID, attrWords(1, 0)), attrBytes(diagShutdown, []byte{2}), attrBytes(diagSKV6Only, []byte{1}),
		attrBytes(diagULPInfo|1<<15, attrBytes(ulpInfoName, []byte("tls\x00"))),
	)
	i, m := s.TCP, s.Memory
	if i.Congestion != "dctcp" || *i.DCTCP != (netstat.DCTCPInfo{Enabled: true, CEState: 1, Alpha: 512, ECNBytes: 3, TotalBytes: 4}) ||
		*i.Vegas != (netstat.VegasInfo{Enabled: true, RTTCount: 2, RTT: 30 * time.Microsecond, MinRTT: 20 * time.Microsecond}) ||
		*i.BBR != (netstat.BBRInfo{Bandwidth: 1<<32 | 1, MinRTT: 15 * time.Microsecond, PacingGain: 739, CWndGain: 512}) {
		t.Errorf("%+v %+v %+v %+v", i, i.DCTCP, i.Vegas, i.BBR)
	}
	if order.Uint16([]byte{1, 0}) == 1 && (i.SndWScale != 7 || i.RcvWScale != 3 || !i.AppLimited || i.FastOpenFail != 2) {
		t.Errorf("bit fields: %+v", i)
	}
	if *m != (netstat.Memory{Known: 1<<7 - 1, RMemAlloc: 1, RcvBuf: 2, WMemAlloc: 3, SndBuf: 4, FwdAlloc: 5, WMemQueued: 6, OptMem: 7}) {
		t.Errorf("%+v", m)
	}
	if _, ok := m.Value(netstat.MemoryDrops); ok {
		t.Error("seven numbers have an eighth")
	}
	if s.TOS != 16 || s.TClass != 32 || s.Mark != 9 || s.ULP != netstat.ULPTLS || s.Absent != 0 || order.Uint16([]byte{1, 0}) == 1 && s.Cgroup != 1 {
		t.Errorf("%+v", s)
	}
	if s.Flags != netstat.SendClosed|netstat.V6Only {
		t.Errorf("flags %b", s.Flags)
	}
	if s.Timer.Retransmits != 4 || s.Timer.Probes != 5 {
		t.Errorf("timer %+v", s.Timer)
	}
	for name, want := range map[string]netstat.ULP{"mptcp": netstat.ULPMPTCP, "smc": netstat.ULPSMC, "espintcp": netstat.ULPESP, "new": netstat.ULPOther} {
		if got := attrDecode(all, attrBytes(diagULPInfo, attrBytes(ulpInfoName, []byte(name)))).ULP; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}

	if s := attrDecode(all); s.Absent != netstat.FactMark|netstat.FactCgroup|netstat.FactTOS|netstat.FactShutdown || s.TCP != nil || s.Memory != nil {
		t.Errorf("nothing: %+v", s)
	}
	if s := attrDecode(netstat.FactTOS, attrBytes(diagInfo, raw), attrBytes(diagMark, attrWords(9)), attrBytes(diagCong, []byte("x"))); s.TCP != nil || s.Mark != 0 || s.Absent != netstat.FactTOS {
		t.Errorf("not requested: %+v", s)
	}
	six := netstat.Socket{Table: netstat.TCP6Table}
	a := diagAttributes{facts: all}
	for _, c := range []struct {
		attributes []byte
		flags      netstat.SocketFlags
		absent     netstat.Facts
	}{
		{nil, 0, netstat.FactShutdown | netstat.FactV6Only},
		{slices.Concat(attrBytes(diagShutdown, []byte{3}), attrBytes(diagSKV6Only, []byte{0})), netstat.ReceiveClosed | netstat.SendClosed, 0},
		{slices.Concat(attrBytes(diagShutdown, nil), attrBytes(diagSKV6Only, []byte{1})), netstat.V6Only, netstat.FactShutdown},
	} {
		if a.decode(c.attributes, &six); six.Flags != c.flags || six.Absent&^(netstat.FactMark|netstat.FactCgroup|netstat.FactTOS) != c.absent {
			t.Errorf("% x: flags %b, absent %b", c.attributes, six.Flags, six.Absent)
		}
	}
	for _, short := range [][]byte{{1}, {3, 0, 2, 0}, {200, 0, 2, 0}, attrBytes(diagMark, []byte{1}), attrBytes(diagTOS, nil), attrBytes(diagSKMemInfo, nil), attrBytes(diagBBRInfo, attrWords(1, 2))} {
		attrDecode(all, short)
	}
}

// TestUpperLayers decodes the attributes of TLS and MPTCP.
func TestUpperLayers(t *testing.T) {
	order := binary.NativeEndian
	half := func(n uint16) []byte { return order.AppendUint16(nil, n) }
	layer := func(name string, kind uint16, attributes ...[]byte) []byte {
		return attrBytes(diagULPInfo|1<<15, slices.Concat(attrBytes(ulpInfoName, []byte(name+"\x00")), attrBytes(kind|1<<15, slices.Concat(attributes...))))
	}
	for _, c := range []struct {
		attributes []byte
		want       netstat.Detail
	}{
		{
			layer("tls", ulpInfoTLS, attrBytes(1, half(0x304)), attrBytes(2, half(51)), attrBytes(3, half(2)), attrBytes(4, half(1)), attrBytes(5, nil), attrBytes(6, nil)),
			&netstat.TLSDetail{Version: "1.3", Cipher: "aes-gcm-128", Transmit: "sw", Receive: "none", ZeroCopy: true, NoPadding: true},
		},
		{
			layer("tls", ulpInfoTLS, attrBytes(1, half(0x305)), attrBytes(2, half(99)), attrBytes(3, half(9)), attrBytes(4, []byte{1})),
			&netstat.TLSDetail{Version: "0x305", Cipher: "99", Transmit: "9"},
		},
		{
			layer("mptcp", ulpInfoMPTCP, attrBytes(1, attrWords(11)), attrBytes(2, attrWords(12)), attrBytes(3, attrWords(13)), attrBytes(4, attrWords(14, 0)),
				attrBytes(5, attrWords(15)), attrBytes(6, attrWords(16)), attrBytes(7, half(17)), attrBytes(8, attrWords(0xfff|1<<20)), attrBytes(9, []byte{18}), attrBytes(10, []byte{19})),
			&netstat.SubflowDetail{
				Sequences: true, Token: 12, RemoteToken: 11, LocalID: 19, RemoteID: 18, Flags: 0x1ff, MapSequence: order.Uint64(attrWords(14, 0)), MapSubflowSequence: 15,
				MapLength: 17, WriteSequence: 13, SequenceOffset: 16,
			},
		},
		{layer("mptcp", ulpInfoMPTCP, attrBytes(1, []byte{1}), attrBytes(7, nil), attrBytes(8, nil), attrBytes(9, nil)), &netstat.SubflowDetail{}},
		{attrBytes(diagULPInfo, attrBytes(ulpInfoName, []byte("tls\x00"))), nil},
	} {
		if s := attrDecode(netstat.FactULP, c.attributes); !reflect.DeepEqual(s.Detail, c.want) {
			t.Errorf("%+v, want %+v", s.Detail, c.want)
		}
		if s := attrDecode(netstat.FactTOS, c.attributes); s.Detail != nil || s.ULP != netstat.ULPNone {
			t.Errorf("not requested: %+v", s)
		}
	}
	// The kernel sends them only together with a struct tcp_info.
	if diagExtensions(netstat.FactULP)&(1<<(diagInfo-1)) == 0 {
		t.Error("upper layers are not requested")
	}
}

func FuzzAttributes(f *testing.F) {
	f.Add(slices.Concat(attrBytes(diagInfo, make([]byte, 104)), attrBytes(diagCong, []byte("bbr")), attrBytes(diagBBRInfo, make([]byte, 20))))
	f.Add(attrBytes(diagULPInfo, attrBytes(ulpInfoName, []byte("tls"))))
	f.Add(slices.Concat(attrBytes(diagSKMemInfo, attrWords(1, 2, 3)), attrBytes(diagMark, attrWords(1)), attrBytes(diagCgroupID, attrWords(1, 2))))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := attrDecode(diagAttributeFacts|netstat.FactTimer, b)
		if s.TCP != nil {
			for f := range netstat.TCPFields {
				if v, ok := s.TCP.Value(f); ok && f.Kind() == netstat.FieldDuration && v > math.MaxInt64 {
					t.Errorf("%v is %d", f, v)
				}
			}
		}
		if none := attrDecode(0, b); none.TCP != nil || none.Memory != nil || none.Mark != 0 || none.Cgroup != 0 || none.Absent != 0 {
			t.Errorf("not requested: %+v", none)
		}
	})
}

// TestAttributeRowsAreKept checks that kept rows do not change and hardly
// allocate.
func TestAttributeRowsAreKept(t *testing.T) {
	a := diagAttributes{facts: netstat.FactTCPInfo | netstat.FactMemory}
	var kept []netstat.Socket
	for i := range 1000 {
		raw := make([]byte, 104)
		raw[0], raw[2] = 1, byte(i)
		s := netstat.Socket{Table: netstat.TCP4Table}
		a.decode(slices.Concat(attrBytes(diagInfo, raw), attrBytes(diagSKMemInfo, attrWords(uint32(i)))), &s)
		kept = append(kept, s)
	}
	for i, s := range kept {
		if s.TCP.Retransmits != uint32(byte(i)) || s.Memory.RMemAlloc != uint32(i) {
			t.Fatalf("row %d: %+v, %+v", i, s.TCP, s.Memory)
		}
	}
	b := slices.Concat(attrBytes(diagInfo, make([]byte, tcpInfoSize)), attrBytes(diagCong, []byte("bbr\x00")), attrBytes(diagSKMemInfo, make([]byte, 36)))
	s := netstat.Socket{Table: netstat.TCP4Table}
	if n := testing.AllocsPerRun(5, func() {
		for range 480 {
			a.decode(b, &s)
		}
	}); n > 12 {
		t.Errorf("%v allocations for 480 rows", n)
	}
}

func BenchmarkDecodeInside(b *testing.B) {
	a := diagAttributes{facts: netstat.FactTCPInfo}
	data := slices.Concat(attrBytes(diagInfo, make([]byte, tcpInfoSize)), attrBytes(diagCong, []byte("bbr\x00")))
	s := netstat.Socket{Table: netstat.TCP4Table}
	b.ReportAllocs()
	for b.Loop() {
		a.decode(data, &s)
	}
}

// TestWeakerFilters checks that after a refusal a filter with fewer conditions
// is tried, and finally none.
func TestWeakerFilters(t *testing.T) {
	rows := datagram(row4(1), done(0))
	mark := &netstat.Condition{Kind: netstat.WhereMark, Number: 1, Mask: 1}
	port := condition.Port(netstat.LocalEnd, netstat.CompareEqual, 1)
	both := condition.Join(netstat.WhereAll, mark, port)
	for _, test := range []struct {
		name    string
		where   *netstat.Condition
		replies []reply
		limits  diagfilter.Limits
		sends   int
		ports   int
	}{
		{"accepted", both, []reply{rows}, 0, 1, 1},
		{"no marks", both, []reply{datagram(refusal(syscall.EPERM)), rows}, diagfilter.NoMark, 2, 1},
		{"old", both, []reply{datagram(refusal(syscall.EINVAL)), rows}, diagfilter.Old, 2, 1},
		{"nothing", both, []reply{datagram(refusal(syscall.EINVAL)), datagram(refusal(syscall.EINVAL)), rows}, diagfilter.Old | diagfilter.Nothing, 3, 1},
		{"refused for another reason", port, []reply{datagram(refusal(syscall.EPERM))}, 0, 1, 0},
	} {
		c := &scriptedConn{replies: test.replies}
		s := fakeSource(t, Options{Source: "netlink"}, c, nil)
		got := collect(s, netstat.TCP4Table, netstat.Need{Where: test.where})
		if len(got.rows) != test.ports || (got.err == nil) != (test.ports > 0) || s.bytecode != test.limits || c.sends != test.sends {
			t.Errorf("%s: %d rows, error %v, limits %b, %d dumps", test.name, len(got.rows), got.err, s.bytecode, c.sends)
		}
	}

	// A condition that no socket can meet causes no dump.
	c := &scriptedConn{}
	got := collect(fakeSource(t, Options{}, c, nil), netstat.TCP4Table, netstat.Need{Where: condition.Port(netstat.LocalEnd, netstat.CompareLess, 0)})
	if c.sends != 0 || got.err != nil || len(got.rows) > 0 {
		t.Errorf("below port 0: %d dumps, %+v", c.sends, got)
	}

	// Requested marks that the kernel does not send are reported.
	s := fakeSource(t, Options{}, &scriptedConn{replies: []reply{rows}}, nil)
	if got := collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactMark}); len(got.reports) != 1 || !errors.Is(got.reports[0], syscall.EPERM) || got.rows[0].Absent != netstat.FactMark {
		t.Errorf("%+v", got)
	}
}

// asBoth converts the messages of a dump of one family to those of both.
func asBoth(messages ...[]byte) []byte {
	for _, m := range messages {
		if binary.NativeEndian.Uint16(m[4:]) == sockDiagByFamily {
			binary.NativeEndian.PutUint16(m[4:], tcpDiagGetSock)
		}
	}
	return slices.Concat(messages...)
}

func TestBothFamilies(t *testing.T) {
	where := condition.Port(netstat.RemoteEnd, netstat.CompareEqual, 80)
	then := netstat.Need{Where: where, Then: netstat.TCP6Table}
	// The condition of the next call is an equal but different one.
	next := netstat.Need{Where: condition.Port(netstat.RemoteEnd, netstat.CompareEqual, 80)}
	both := func() reply { return reply{data: asBoth(row6(1), row4(2), row6(3), row4(4), done(0))} }
	c := &scriptedConn{replies: []reply{both(), datagram(row6(5), done(0))}}
	s := fakeSource(t, Options{}, c, nil)
	four, six := collect(s, netstat.TCP4Table, then), collect(s, netstat.TCP6Table, next)
	if !slices.Equal(four.ports(), []uint16{2, 4}) || !slices.Equal(six.ports(), []uint16{1, 3}) || four.err != nil || six.err != nil || c.sends != 1 {
		t.Errorf("%v, %v; %v, %v; %d dumps", four.ports(), six.ports(), four.err, six.err, c.sends)
	}
	if got := collect(s, netstat.TCP6Table, next); !slices.Equal(got.ports(), []uint16{5}) || c.sends != 2 {
		t.Errorf("once more: %v, %d dumps", got.ports(), c.sends)
	}

	// A different need, an early stop or an error discards the held
	// records.
	for name, test := range map[string]struct {
		replies []reply
		need    netstat.Need
	}{
		"other condition": {[]reply{both(), datagram(row6(5), done(0))}, netstat.Need{Where: condition.Port(netstat.LocalEnd, netstat.CompareEqual, 80)}},
		"other facts":     {[]reply{both(), datagram(row6(5), done(0))}, netstat.Need{Where: where, Facts: netstat.FactMemory}},
		"fault": {
			[]reply{{data: asBoth(row6(1), row4(2))}, {err: syscall.EIO}, datagram(row6(5), done(0))}, next,
		},
		"changed": {
			[]reply{{data: asBoth(row6(1), row4(2), rowFlags(3, netlink.FlagInterrupted), done(0))}, datagram(row6(5), done(0))}, next,
		},
	} {
		c := &scriptedConn{replies: test.replies}
		s := fakeSource(t, Options{}, c, nil)
		collect(s, netstat.TCP4Table, then)
		if got := collect(s, netstat.TCP6Table, test.need); !slices.Equal(got.ports(), []uint16{5}) || got.err != nil {
			t.Errorf("%s: %v, %v", name, got.ports(), got.err)
		}
	}
	c = &scriptedConn{replies: []reply{both(), datagram(row6(5), done(0))}}
	s = fakeSource(t, Options{}, c, nil)
	for range s.Sockets(context.Background(), netstat.TCP4Table, then) {
		break
	}
	if got := collect(s, netstat.TCP6Table, next); !slices.Equal(got.ports(), []uint16{5}) {
		t.Errorf("after an early stop: %v", got.ports())
	}

	// A kernel that rejects the request gets one for each family from then on.
	c = &scriptedConn{replies: []reply{datagram(refusal(syscall.ENOENT)), datagram(row4(1), done(0)), datagram(row6(2), done(0)), datagram(row4(3), done(0))}}
	s = fakeSource(t, Options{}, c, nil)
	got := append(collect(s, netstat.TCP4Table, then).ports(), collect(s, netstat.TCP6Table, next).ports()...)
	if got = append(got, collect(s, netstat.TCP4Table, then).ports()...); !slices.Equal(got, []uint16{1, 2, 3}) || c.sends != 4 {
		t.Errorf("refused: %v, %d dumps", got, c.sends)
	}

	// More than tcpHeldMax.
	var replies []reply
	for n := 0; n <= 2*tcpHeldMax; { // less than half of a message is dropped
		var b []byte
		for len(b) < 32<<10-200 {
			b = append(b, asBoth(row6(uint16(n+len(b))))...)
		}
		n += len(b)
		replies = append(replies, reply{data: b})
	}
	replies = append(replies, reply{data: asBoth(row4(8), done(0))}, datagram(row6(9), done(0)))
	s = fakeSource(t, Options{}, &scriptedConn{replies: replies}, nil)
	if got := append(collect(s, netstat.TCP4Table, then).ports(), collect(s, netstat.TCP6Table, next).ports()...); !slices.Equal(got, []uint16{8, 9}) {
		t.Errorf("too many: %v", got)
	}
}

// TestBothFamiliesWhole checks a dump of both families without a condition.
func TestBothFamiliesWhole(t *testing.T) {
	then, next := netstat.Need{Then: netstat.TCP6Table}, netstat.Need{}
	c := &scriptedConn{replies: []reply{
		{data: asBoth(row6(1), row4(2), row4(2), row6(1), row6(3), done(0))},
	}}
	s := fakeSource(t, Options{}, c, nil)
	four, six := collect(s, netstat.TCP4Table, then), collect(s, netstat.TCP6Table, next)
	// A socket that the kernel lists twice is shown once.
	if !slices.Equal(four.ports(), []uint16{2}) || !slices.Equal(six.ports(), []uint16{1, 3}) || four.err != nil || six.err != nil || c.sends != 1 {
		t.Errorf("%v, %v; %v, %v; %d dumps", four.ports(), six.ports(), four.err, six.err, c.sends)
	}
	// A condition that is not narrow may hold for one family only.
	any := condition.Port(netstat.RemoteEnd, netstat.CompareGreaterOrEqual, 0)
	c = &scriptedConn{replies: []reply{datagram(row4(2), done(0)), datagram(row6(1), done(0))}}
	s = fakeSource(t, Options{}, c, nil)
	four, six = collect(s, netstat.TCP4Table, netstat.Need{Where: any, Then: netstat.TCP6Table}), collect(s, netstat.TCP6Table, netstat.Need{Where: any})
	if !slices.Equal(four.ports(), []uint16{2}) || !slices.Equal(six.ports(), []uint16{1}) || c.sends != 2 {
		t.Errorf("not narrow: %v, %v; %d dumps", four.ports(), six.ports(), c.sends)
	}
}

// TestBothFamiliesAutobound checks that one dump has the autobound sockets of both families, if
// no others are wanted.
func TestBothFamiliesAutobound(t *testing.T) {
	need := netstat.Need{Facts: netstat.FactAutobound, Where: &netstat.Condition{Kind: netstat.WhereAutobound}}
	then := need
	then.Then = netstat.TCP6Table
	c := &scriptedConn{replies: []reply{{data: asBoth(row6(1), row4(2), done(0))}}}
	s := fakeSource(t, Options{}, c, nil)
	for _, got := range []result{collect(s, netstat.TCP4Table, then), collect(s, netstat.TCP6Table, need)} {
		if len(got.rows) != 1 || !got.rows[0].Autobound || got.err != nil || c.sends != 1 {
			t.Errorf("%+v, %d dumps", got, c.sends)
		}
	}
	// Without a condition there are two passes.
	c = &scriptedConn{replies: []reply{datagram(row4(1), done(0)), datagram(row4(2), done(0)), datagram(row6(3), done(0)), datagram(row6(4), done(0))}}
	s = fakeSource(t, Options{}, c, nil)
	then.Where, need.Where = nil, nil
	four, six := collect(s, netstat.TCP4Table, then), collect(s, netstat.TCP6Table, need)
	if !slices.Equal(four.ports(), []uint16{1, 2}) || !slices.Equal(six.ports(), []uint16{3, 4}) || !six.rows[0].Autobound || six.rows[1].Autobound {
		t.Errorf("%+v\n%+v", four, six)
	}
}

func TestAutoboundPasses(t *testing.T) {
	auto := &netstat.Condition{Kind: netstat.WhereAutobound}
	not := condition.Join(netstat.WhereNot, auto)
	port := condition.Port(netstat.LocalEnd, netstat.CompareGreater, 1)
	first, second := datagram(row4(1), row4(2), done(0)), datagram(row4(3), done(0))
	for _, test := range []struct {
		name    string
		where   *netstat.Condition
		replies []reply
		want    []bool
		err     error
	}{
		{"both", nil, []reply{first, second}, []bool{true, true, false}, nil},
		{"one", condition.Join(netstat.WhereAll, port, auto), []reply{first}, []bool{true, true}, nil},
		{"the other", not, []reply{second}, []bool{false}, nil},
		{"neither", condition.Join(netstat.WhereAny, port, auto), []reply{first, second}, []bool{true, true, false}, nil},
		{"second fails", nil, []reply{first, datagram(refusal(syscall.EIO))}, []bool{true, true}, syscall.EIO},
		{"first ends early", nil, []reply{datagram(row4(1)), {err: syscall.EIO}}, []bool{true}, syscall.EIO},
	} {
		c := &scriptedConn{replies: test.replies}
		got := collect(fakeSource(t, Options{}, c, nil), netstat.TCP4Table, netstat.Need{Facts: netstat.FactAutobound, Where: test.where})
		var list []bool
		for _, row := range got.rows {
			list = append(list, row.Autobound)
		}
		if !slices.Equal(list, test.want) || !errors.Is(got.err, test.err) || c.at != len(test.replies) {
			t.Errorf("%s: %v, error %v, %d datagrams read", test.name, list, got.err, c.at)
		}
	}
	c := &scriptedConn{replies: []reply{first, second}}
	for range fakeSource(t, Options{}, c, nil).Sockets(context.Background(), netstat.TCP4Table, netstat.Need{Facts: netstat.FactAutobound}) {
		break
	}
	if c.sends != 1 {
		t.Errorf("%d passes after an early stop", c.sends)
	}
	got := collect(fakeSource(t, Options{}, nil, map[string]string{"/proc/net/tcp": tcpFile}), netstat.TCP4Table, netstat.Need{Facts: netstat.FactAutobound})
	if len(got.rows) != 1 || got.rows[0].Absent != netstat.FactAutobound || len(got.reports) != 1 || !errors.Is(got.reports[0], errors.ErrUnsupported) {
		t.Errorf("from /proc: %+v", got)
	}
}

func TestLocalPorts(t *testing.T) {
	for text, want := range map[string]diagfilter.Ports{
		"32768\t60999\n": {Low: 32768, High: 60999}, "": {Low: 0, High: 65535}, "1": {Low: 0, High: 65535}, "a b": {Low: 0, High: 65535}, "1 99999": {Low: 0, High: 65535},
	} {
		if got := parseLocalPorts([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/sys/net/ipv4/ip_local_port_range": "5\t6\n"})
	if got := s.localPorts(); got != (diagfilter.Ports{Low: 5, High: 6}) {
		t.Errorf("%v", got)
	}
}

func TestFindCgroupMount(t *testing.T) {
	const v1 = "28 24 0:25 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
	for _, test := range []struct {
		text, dir, root string
		ok              bool
	}{
		{"", "", "", false},
		{v1, "", "", false},
		{v1 + "42 32 0:39 / /sys/fs/cgroup/unified rw,nosuid shared:5 - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/unified", "/", true},
		{"42 32 0:39 /docker/ab /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "/sys/fs/cgroup", "/docker/ab", true},
		{"42 32 0:39 / /a rw - cgroup2 c rw\n43 32 0:39 /x /b rw - cgroup2 c rw\n", "/a", "/", true},
		{"42 32 0:39 / /mnt/a\\040b rw - cgroup2 c rw\n", "/mnt/a b", "/", true},
		{"42 - cgroup2 c rw\n", "", "", false},
	} {
		if dir, root, ok := process.FindCgroupMount([]byte(test.text)); dir != test.dir || root != test.root || ok != test.ok {
			t.Errorf("%q: %q, %q, %v", test.text, dir, root, ok)
		}
	}
}

func FuzzCgroupMount(f *testing.F) {
	f.Add([]byte("42 32 0:39 /docker/ab /sys/fs\\040cgroup rw - cgroup2 cgroup rw\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if dir, root, ok := process.FindCgroupMount(b); !ok && (dir != "" || root != "") {
			t.Errorf("%q, %q without a mount", dir, root)
		}
	})
}

// TestTimersOfDump checks that timers come from a dump if facts are requested
// that only a dump has.
func TestTimersOfDump(t *testing.T) {
	raw := make([]byte, 104)
	raw[0], raw[2], raw[3] = 1, 3, 2
	b := diagMsg(afInet, 1, netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2"), 0, 1)
	b[2], b[3] = 1, 3
	binary.NativeEndian.PutUint32(b[52:], 200)
	c := &scriptedConn{replies: []reply{datagram(message(sockDiagByFamily, 2, append(b, attrBytes(diagInfo, raw)...)), done(0))}}
	got := collect(fakeSource(t, Options{}, c, nil), netstat.TCP4Table, netstat.Need{Facts: netstat.FactTimer | netstat.FactTCPInfo})
	want := netstat.Timer{Kind: netstat.TimerRetransmit, Code: 1, Expires: 200 * time.Millisecond, Retransmits: 3, Probes: 2}
	if len(got.rows) != 1 || got.rows[0].Timer != want {
		t.Errorf("%+v", got)
	}
}
