package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// natReader is the part of netstat.Source that source implements on every
// system.
type natReader interface {
	netstat.NAT6Sessions
	NATSessions(context.Context) iter.Seq2[netstat.NATSession, error]
}

func sessions(s natReader) (rows []netstat.NATSession, err error) {
	for row, e := range s.NATSessions(context.Background()) {
		if e != nil {
			err = e
			continue
		}
		rows = append(rows, row)
	}
	return rows, err
}

func natText(s *netstat.NATSession) string {
	text := fmt.Sprintf("%d %v>%v %v>%v %v", s.IPProtocol, s.Original.Source, s.Original.Destination,
		s.Reply.Source, s.Reply.Destination, s.Timeout)
	if s.State != 0 {
		text += " " + s.State.String()
	}
	if s.AssocState != "" {
		text += " " + s.AssocState
	}
	if s.Status&netstat.NATReplied == 0 {
		text += " unreplied"
	}
	if s.Status&netstat.NATAssured != 0 {
		text += " assured"
	}
	if s.Status&netstat.NATOffloaded != 0 {
		text += " offloaded"
	}
	for _, a := range []netstat.SeqAdjust{s.Original.SeqAdjust, s.Reply.SeqAdjust} {
		if a.Position != 0 {
			text += fmt.Sprintf(" seq %d %d %d", a.Position, a.Before, a.After)
		}
	}
	if s.Original.ICMPType != 0 {
		text += fmt.Sprintf(" icmp %d/%d", s.Original.ICMPType, s.Original.ICMPCode)
	}
	return text
}

func natTexts(rows []netstat.NATSession) (text []string) {
	for i := range rows {
		text = append(text, natText(&rows[i]))
	}
	return text
}

const conntrackPath = "/proc/net/nf_conntrack"

// capturedFile is /proc/net/nf_conntrack of Linux 6.18. The captured dump has
// the same entries, a moment earlier.
func capturedFile(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/conntrack/file-linux-6.18")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var capturedSessions = []string{
	"6 192.168.7.2:40000>203.0.113.9:80 203.0.113.9:80>203.0.113.1:61000 23h59m59s ESTABLISHED assured seq 4660 -5 12",
	"1 192.168.7.2:513>203.0.113.9:0 203.0.113.9:0>203.0.113.1:514 9m59s icmp 8/0",
	"132 192.168.7.2:40003>203.0.113.9:2905 203.0.113.9:2905>203.0.113.1:40003 9m59s ESTABLISHED",
	"6 192.168.7.3:41001>192.168.7.1:8080 192.168.7.2:80>192.168.7.1:61001 1m39s SYN-RECEIVED",
	"17 192.168.7.2:40001>203.0.113.9:53 203.0.113.9:53>203.0.113.1:40001 9m59s",
	"47 192.168.7.2:7>203.0.113.9:9 203.0.113.9:9>203.0.113.1:11 9m59s",
	"41 192.168.7.2:0>203.0.113.9:0 203.0.113.9:0>203.0.113.1:0 9m59s",
	"6 203.0.113.9:41000>203.0.113.1:8080 192.168.7.2:80>203.0.113.9:41000 1m39s TIME-WAIT assured",
	"50 192.168.7.2:0>203.0.113.9:0 203.0.113.9:0>203.0.113.1:0 9m59s",
	"136 192.168.7.2:40004>203.0.113.9:53 203.0.113.9:53>203.0.113.1:40004 9m59s",
}

func TestConntrackFile(t *testing.T) {
	s := fakeSource(t, Options{Source: "proc"}, nil, map[string]string{conntrackPath: capturedFile(t)})
	rows, err := sessions(s)
	if err != nil {
		t.Fatal(err)
	}
	// The file lacks the shift of sequence numbers.
	want := slices.Clone(capturedSessions)
	want[0] = strings.TrimSuffix(want[0], " seq 4660 -5 12")
	if got := natTexts(rows); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for i := range rows {
		if rows[i].Family != netstat.Inet || rows[i].Original.SeqAdjust.Known || rows[i].Reply.SeqAdjust.Known {
			t.Errorf("row %d: %+v", i, rows[i])
		}
	}
}

func TestParseConntrack(t *testing.T) {
	const masqueraded = "src=192.168.7.2 dst=203.0.113.9 sport=36524 dport=7000 src=203.0.113.9 dst=203.0.113.1 sport=7000 dport=36524 "
	const want = "6 192.168.7.2:36524>203.0.113.9:7000 203.0.113.9:7000>203.0.113.1:36524 "
	for _, c := range []struct {
		line string
		want string // "" if there is no session
		ok   bool
	}{
		{"ipv4     2 tcp      6 431998 ESTABLISHED " + masqueraded + "[ASSURED] mark=0 zone=0 use=2", want + "119h59m58s ESTABLISHED assured", true},
		{"ipv4     2 tcp      6 56 FIN_WAIT " + masqueraded + "mark=0 use=2", want + "56s FIN-WAIT-1", true},
		{"ipv4     2 tcp      6 1 NONE " + masqueraded, want + "1s", true},
		// An offloaded flow (Linux 4.16) has neither timeout nor state.
		{"ipv4     2 tcp      6 " + masqueraded + "[OFFLOAD] mark=0 secctx=null use=3", want + "-1ns offloaded", true},
		{"ipv4     2 tcp      6 " + masqueraded + "[HW_OFFLOAD] mark=0", want + "-1ns offloaded", true},
		{
			"ipv4     2 udp      17 27 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 packets=2 bytes=64 zone-orig=1 [UNREPLIED] src=10.0.0.2 dst=10.9.0.1 sport=2 dport=1 packets=0 bytes=0 mark=0 use=2",
			"17 10.0.0.1:1>10.0.0.2:2 10.0.0.2:2>10.9.0.1:1 27s unreplied", true,
		},
		{
			"ipv4     2 sctp     132 7 SHUTDOWN_RECD src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.3 dst=10.0.0.1 sport=2 dport=1",
			"132 10.0.0.1:1>10.0.0.2:2 10.0.0.3:2>10.0.0.1:1 7s SHUTDOWN-RECEIVED", true,
		},
		{
			"ipv4     2 gre      47 170 timeout=600, stream_timeout=10800 src=10.0.0.1 dst=10.0.0.2 srckey=0x1f dstkey=0xffff src=10.0.0.2 dst=10.0.0.9 srckey=0xffff dstkey=0x20",
			"47 10.0.0.1:31>10.0.0.2:65535 10.0.0.2:65535>10.0.0.9:32 2m50s", true,
		},
		// Not translated.
		{"ipv4 2 udp 17 27 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 use=2", "", true},
		{"ipv4 2 icmp 1 27 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=5 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=5", "", true},
		{"ipv6 10 tcp 6 57 CLOSE src=fd00::1 dst=fd00::2 sport=1 dport=2 src=fd00::2 dst=fd00::9 sport=2 dport=1", "", true},
		{"unknown 17 tcp 6 57 src=1 dst=2", "", true},

		{"", "", false},
		{"ipv4", "", false},
		{"ipv4 2 tcp", "", false},
		{"ipv4 2 tcp 256 1 NONE " + masqueraded, "", false},
		{"ipv4 2 tcp 6 1 NONE src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2", "", false},
		{"ipv4 2 tcp 6 1 NONE src=10.0.0.1 dst=10.0.0.2 src=10.0.0.2 dst=", "", false},
		{"ipv4 2 tcp 6 1 NONE src=10.0.0.1 dst=10.0.0.256 src=10.0.0.2 dst=10.0.0.1", "", false},
		{"ipv4 2 tcp 6 1 NONE src=10.0.0.1 dst=10.0.0.-2 src=10.0.0.2 dst=10.0.0.1", "", false},
		{"ipv4 2 tcp 6 1 NONE src=10.0.0.1 dst=10.0.0.2.3 src=10.0.0.2 dst=10.0.0.1", "", false},
		{"ipv4 2 tcp 6 1 NONE " + masqueraded + "src=10.0.0.1", "", false},
	} {
		var row netstat.NATSession
		translated, ok := parseConntrack([]byte(c.line), &row)
		got := ""
		if translated {
			got = natText(&row)
		}
		if got != c.want || ok != c.ok {
			t.Errorf("%q\ngot  %q %v\nwant %q %v", c.line, got, ok, c.want, c.ok)
		}
	}
}

// attr builds a netlink attribute.
func attr(kind uint16, parts ...[]byte) []byte {
	value := slices.Concat(parts...)
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func be16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func ctTupleAttr(kind uint16, protocol byte, from, to netip.AddrPort) []byte {
	return attr(kind|0x8000,
		attr(1|0x8000, attr(1, from.Addr().AsSlice()), attr(2, to.Addr().AsSlice())),
		attr(2|0x8000, attr(1, []byte{protocol}), attr(2, be16(from.Port())), attr(3, be16(to.Port()))))
}

var (
	inside  = netip.MustParseAddrPort("10.0.0.2:1024")
	outside = netip.MustParseAddrPort("192.0.2.9:80")
	gateway = netip.MustParseAddrPort("192.0.2.1:61000")
)

// tracked returns a message about one entry; extra are further attributes.
func tracked(to netip.AddrPort, extra ...[]byte) []byte {
	parts := [][]byte{{afInet, 0, 0, 0}, ctTupleAttr(1, 6, inside, outside), ctTupleAttr(2, 6, outside, to)}
	return message(ctnlMsgNew, 2, slices.Concat(append(parts, extra...)...))
}

func TestConntrackDump(t *testing.T) {
	extra := [][]byte{
		attr(3, be32(ipsSeenReply|ipsAssured|ipsHWOffload)),
		attr(4|0x8000, attr(1|0x8000, attr(2, []byte{9}), attr(1, []byte{5}))),
		attr(7, be32(120)),
		attr(15|0x8000, attr(1, be32(7)), attr(2, be32(1)), attr(3, be32(0xffffffff))),
		attr(16|0x8000, attr(1, be32(8)), attr(3, be32(2))),
		attr(200, []byte{1, 2, 3}),
	}
	noState := []byte{0xff}
	c := &scriptedConn{replies: []reply{
		datagram(tracked(gateway, extra...), tracked(inside, extra...)),
		datagram(tracked(gateway, attr(4|0x8000, attr(1|0x8000, attr(1, noState)))), message(netlink.TypeNoop, 0, nil), done(0)),
	}}
	rows, err := sessions(fakeSource(t, Options{}, c, nil))
	want := []string{
		"6 10.0.0.2:1024>192.0.2.9:80 192.0.2.9:80>192.0.2.1:61000 2m0s CLOSE-WAIT assured offloaded seq 7 1 -1 seq 8 0 2",
		"6 10.0.0.2:1024>192.0.2.9:80 192.0.2.9:80>192.0.2.1:61000 -1ns unreplied",
	}
	if got := natTexts(rows); !reflect.DeepEqual(got, want) || err != nil || c.sends != 1 || c.closed != 1 {
		t.Errorf("error %v, %d sent, %d closed\ngot  %q\nwant %q", err, c.sends, c.closed, got, want)
	}
	for i := range rows {
		for _, a := range []netstat.SeqAdjust{rows[i].Original.SeqAdjust, rows[i].Reply.SeqAdjust} {
			if !a.Known || !a.BeforeKnown {
				t.Errorf("row %d: %+v", i, a)
			}
		}
	}
}

// TestConntrack6 checks that IPv6 sessions are separate and come only over
// netlink.
func TestConntrack6(t *testing.T) {
	address := func(s string) []byte { return netip.MustParseAddr(s).AsSlice() }
	tuple := func(src, dst string, sport, dport uint16) []byte {
		ip := append(attr(3, address(src)), attr(4, address(dst))...)
		proto := slices.Concat(attr(1, []byte{6}), attr(2, binary.BigEndian.AppendUint16(nil, sport)), attr(3, binary.BigEndian.AppendUint16(nil, dport)))
		return append(attr(1|0x8000, ip), attr(2|0x8000, proto)...)
	}
	entry := func(reply []byte) []byte {
		return message(ctnlMsgNew, 2, slices.Concat([]byte{afInet6, 0, 0, 0}, attr(1|0x8000, tuple("fd01::2", "fd01::1", 5000, 80)), attr(2|0x8000, reply)))
	}
	translated := entry(tuple("fd02::2", "fd01::2", 8080, 5000))
	plain := entry(tuple("fd01::1", "fd01::2", 80, 5000))
	mixed := entry(append(attr(1|0x8000, append(attr(1, []byte{10, 0, 0, 1}), attr(2, []byte{10, 0, 0, 2})...)), attr(2|0x8000, attr(1, []byte{6}))...))
	for name, c := range map[string]struct {
		options Options
		replies []reply
		rows    int
		kind    error
	}{
		"rows":    {Options{}, []reply{datagram(plain, translated, done(0))}, 1, nil},
		"bogus":   {Options{}, []reply{datagram(mixed, translated, tracked(gateway), done(0))}, 1, netstat.ErrBogusRecord},
		"refused": {Options{}, []reply{datagram(refusal(syscall.EPERM))}, 0, syscall.EPERM},
		"no dump": {Options{Source: "proc"}, nil, 0, errors.ErrUnsupported},
	} {
		conn := &scriptedConn{replies: c.replies}
		s := fakeSource(t, c.options, conn, nil)
		rows := 0
		var last error
		for row, err := range s.NAT6Sessions(context.Background()) {
			if err != nil {
				last = err
				continue
			}
			rows++
			if row.Family != netstat.Inet6 || row.Protocol != netstat.TCP || row.Original.Source.String() != "[fd01::2]:5000" ||
				row.Reply.Source.String() != "[fd02::2]:8080" || !row.DestinationTranslated() || row.SourceTranslated() {
				t.Errorf("%s: %+v", name, row)
			}
		}
		if rows != c.rows || !errors.Is(last, c.kind) {
			t.Errorf("%s: %d rows, %v", name, rows, last)
		}
		if conn.sends != len(c.replies) || conn.closed != conn.sends {
			t.Errorf("%s: %d sent, %d closed", name, conn.sends, conn.closed)
		}
	}
}

// TestConntrackFaults checks that rows come from the file only if netlink
// returned none.
func TestConntrackFaults(t *testing.T) {
	row := tracked(gateway)
	bad := message(ctnlMsgNew, 2, []byte{afInet, 0, 0, 0, 4, 0, 1, 0})
	short := message(ctnlMsgNew, 2, []byte{afInet6})
	file := map[string]string{conntrackPath: "ipv4 2 udp 17 5 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.9 sport=2 dport=1\n"}
	for _, c := range []struct {
		name    string
		options Options
		replies []reply
		files   map[string]string
		rows    int
		kind    error  // expected error; nil for none
		text    string // expected part of the error's text
		sends   int
	}{
		{"empty", Options{}, []reply{datagram(done(0))}, nil, 0, nil, "", 1},
		{"refused, file", Options{}, []reply{datagram(refusal(syscall.EPERM))}, file, 1, nil, "", 1},
		{"refused, no file", Options{}, []reply{datagram(refusal(syscall.EPERM))}, nil, 0, errors.ErrUnsupported, "", 1},
		{"no such subsystem", Options{}, []reply{datagram(refusal(syscall.EINVAL))}, nil, 0, errors.ErrUnsupported, "", 1},
		{"refused at the end", Options{}, []reply{datagram(done(-int32(syscall.EOPNOTSUPP)))}, file, 1, nil, "", 1},
		{"forced", Options{Source: "netlink"}, []reply{datagram(refusal(syscall.EPERM))}, file, 0, syscall.EPERM, "dump NAT sessions: operation not permitted", 1},
		{"file only", Options{Source: "proc"}, nil, file, 1, nil, "", 0},
		{"no file", Options{Source: "proc"}, nil, nil, 0, errors.ErrUnsupported, "", 0},
		{"copy of a host", Options{ProcRoot: "/copy"}, nil, map[string]string{"/copy/net/nf_conntrack": file[conntrackPath]}, 1, nil, "", 0},
		{"transient error", Options{}, []reply{{err: syscall.ENOBUFS}, datagram(row, done(0))}, nil, 1, nil, "", 2},
		{"always a transient error", Options{}, []reply{{err: syscall.ENOBUFS}, {err: syscall.ENOBUFS}, {err: syscall.ENOBUFS}}, nil, 0, syscall.ENOBUFS, "dump", 3},
		{"always a transient error, file", Options{}, []reply{{err: syscall.ENOBUFS}, {err: syscall.ENOBUFS}, {err: syscall.ENOBUFS}}, file, 1, nil, "", 3},
		{"overrun", Options{}, []reply{datagram(message(netlink.TypeOverrun, 0, nil)), datagram(row, done(0))}, nil, 1, nil, "", 2},
		{"error after rows", Options{}, []reply{datagram(row), {err: syscall.ENOBUFS}}, file, 1, netstat.ErrIncomplete, "no buffer space", 1},
		{"refusal after rows", Options{}, []reply{datagram(row, refusal(syscall.ENOMEM))}, file, 1, netstat.ErrIncomplete, "", 1},
		{"truncated", Options{}, []reply{{data: []byte{1}, truncated: true}, datagram(row, done(0))}, nil, 1, nil, "", 2},
		{"truncated after rows", Options{}, []reply{datagram(row), {data: row[:20], truncated: true}, datagram(row, done(0))}, nil, 2, netstat.ErrIncomplete, "truncated", 1},
		{"garbled after rows", Options{}, []reply{datagram(row, []byte{1, 2, 3}), datagram(done(0))}, nil, 1, netstat.ErrIncomplete, "malformed netlink reply", 1},
		{"garbled error", Options{}, []reply{datagram(message(netlink.TypeError, 0, nil)), datagram(row, done(0))}, nil, 1, nil, "", 2},
		{"acknowledged", Options{}, []reply{datagram(refusal(0), row, done(0))}, nil, 1, nil, "", 1},
		{"bogus records", Options{}, []reply{datagram(bad, row, short, done(0))}, nil, 1, netstat.ErrBogusRecord, `read NAT sessions: bogus record: "\x02\x00\x00\x00\x04\x00\x01\x00" and 1 more`, 1},
		{"bogus lines", Options{Source: "proc"}, nil, map[string]string{conntrackPath: "one\n" + file[conntrackPath] + strings.Repeat("x", 2<<20) + "\n"}, 1, netstat.ErrBogusRecord, `bogus record: "one" and 1 more`, 0},
	} {
		conn := &scriptedConn{replies: c.replies}
		rows, err := sessions(fakeSource(t, c.options, conn, c.files))
		if len(rows) != c.rows || !errors.Is(err, c.kind) || conn.sends != c.sends || conn.closed != c.sends {
			t.Errorf("%s: %d rows, error %v, %d sent, %d closed", c.name, len(rows), err, conn.sends, conn.closed)
		}
		if err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %q, want %q", c.name, err, c.text)
		}
		var op *netstat.OpError
		if err != nil && !errors.As(err, &op) {
			t.Errorf("%s: %T", c.name, err)
		}
	}
	if rows, err := sessions(fakeSource(t, Options{}, nil, file)); len(rows) != 1 || err != nil {
		t.Errorf("without netlink: %d rows, error %v", len(rows), err)
	}
	conn := &scriptedConn{sendErr: syscall.EPERM}
	if rows, err := sessions(fakeSource(t, Options{}, conn, file)); len(rows) != 1 || err != nil || conn.closed != 1 {
		t.Errorf("not sent: %d rows, error %v, %d closed", len(rows), err, conn.closed)
	}
}

func TestConntrackStops(t *testing.T) {
	lines := strings.Repeat("ipv4 2 udp 17 5 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.9 sport=2 dport=1\n", 3)
	for _, o := range []Options{{}, {Source: "proc"}} {
		conn := &scriptedConn{replies: []reply{datagram(tracked(gateway), tracked(gateway)), datagram(done(0))}}
		s := fakeSource(t, o, conn, map[string]string{conntrackPath: lines})
		n := 0
		for _, err := range s.NATSessions(context.Background()) {
			if n++; err != nil {
				t.Fatal(err)
			}
			break
		}
		if n != 1 || conn.closed != conn.sends {
			t.Errorf("%+v: %d rows, %d closed", o, n, conn.closed)
		}

		ctx, cancel := context.WithCancel(context.Background())
		conn = &scriptedConn{replies: []reply{datagram(tracked(gateway)), datagram(tracked(gateway)), datagram(done(0))}}
		s = fakeSource(t, o, conn, map[string]string{conntrackPath: strings.Repeat(lines, 1000)})
		var last error
		n = 0
		for _, err := range s.NATSessions(ctx) {
			cancel()
			if last = err; err == nil {
				n++
			}
		}
		cancel()
		if !errors.Is(last, context.Canceled) || errors.Is(last, netstat.ErrIncomplete) || n == 0 || n == 3000 {
			t.Errorf("%+v: %d rows, error %v", o, n, last)
		}
		ctx, cancel = context.WithCancel(context.Background())
		cancel()
		for row, err := range s.NATSessions(ctx) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%+v: %+v, %v", o, row, err)
			}
		}
	}
}

func TestConntrackCost(t *testing.T) {
	const rows = 200
	var batch [][]byte
	for range rows {
		batch = append(batch, tracked(gateway, attr(7, be32(120))))
	}
	lines := ""
	for port := range rows {
		lines += fmt.Sprintf("ipv4 2 udp 17 5 src=10.0.0.1 dst=10.0.0.2 sport=%d dport=2 src=10.0.0.2 dst=10.0.0.9 sport=2 dport=%d\n", port, port)
	}
	for _, o := range []Options{{}, {Source: "proc"}} {
		conn := &scriptedConn{replies: []reply{datagram(batch...), datagram(done(0))}}
		s := fakeSource(t, o, conn, map[string]string{conntrackPath: lines})
		n := 0
		got := testing.AllocsPerRun(10, func() {
			conn.at = 0
			for _, err := range s.NATSessions(context.Background()) {
				if err == nil {
					n++
				}
			}
		})
		if n != 11*rows || got > 40 {
			t.Errorf("%+v: %v allocations for %d rows", o, got, n/11)
		}
	}
}

const masqueradeHeader = "Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=40960,40960,40960)"

func TestMasqueradeFile(t *testing.T) {
	const good = "TCP 0A000002:0400 C0A80105:0050 F000 00001234     0      0   44999"
	const goodText = "6 10.0.0.2:1024>192.168.1.5:80 192.168.1.5:80>invalid AddrPort 7m29.99s unreplied seq 4660 0 0"
	for _, c := range []struct {
		file string
		want []string
		kind error
	}{
		{masqueradeHeader + "\n", nil, nil},
		{masqueradeHeader, nil, nil},
		{"", nil, io.ErrUnexpectedEOF},
		{masqueradeHeader + "\n" + good + "\n\n   \n" + good, []string{goodText, goodText}, nil},
		{masqueradeHeader + "\n" + good + " \t\r\n", []string{goodText}, nil},
		{masqueradeHeader + "\nbad\n" + good + "\n", []string{goodText}, netstat.ErrBogusRecord},
		{masqueradeHeader + "\n" + good + " more\n", nil, netstat.ErrBogusRecord},
		{masqueradeHeader + "\nSCTP 0A000002:0400 C0A80105:0050 F000 1 0 0 1\n", nil, netstat.ErrBogusRecord},
		{masqueradeHeader + "\nTCP 0A000002:0400 C0A80105:0050 F000 1 0 1\n", nil, netstat.ErrBogusRecord},
		{"before 2.1\nUDP 0A000002:0400 C0A80105:0050 F000 00001234     7   44999\n", []string{"17 10.0.0.2:1024>192.168.1.5:80 192.168.1.5:80>invalid AddrPort 7m29.99s unreplied seq 4660 0 7"}, nil},
		{masqueradeHeader + "\nICMP 1:2 3:4 5 6 70000 -5 100\n", []string{"1 0.0.0.1:2>0.0.0.3:4 0.0.0.3:4>invalid AddrPort 1s unreplied seq 6 -5 4464"}, nil},
	} {
		s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/ip_masquerade": c.file, conntrackPath: capturedFile(t)})
		rows, err := sessions(s)
		if got := natTexts(rows); !reflect.DeepEqual(got, c.want) || !errors.Is(err, c.kind) || c.kind == nil && err != nil {
			t.Errorf("%q\ngot  %q, error %v\nwant %q, error %v", c.file, got, err, c.want, c.kind)
		}
		for i := range rows {
			r := &rows[i]
			if r.Reply.Destination.Port() == 0 || !r.SourceTranslated() || r.DestinationTranslated() {
				t.Errorf("%q: %+v", c.file, r)
			}
			if a := r.Original.SeqAdjust; !a.Known || a.BeforeKnown == strings.HasPrefix(c.file, "before") {
				t.Errorf("%q: %+v", c.file, a)
			}
		}
	}
}

// checkSession checks what holds for every row, whatever the kernel sends.
func checkSession(t *testing.T, s *netstat.NATSession) {
	t.Helper()
	if s.Family != netstat.Inet || !s.Original.Source.Addr().Is4() || !s.Reply.Source.Addr().Is4() ||
		!s.SourceTranslated() && !s.DestinationTranslated() || s.Timeout < -1 {
		t.Errorf("%+v", s)
	}
}

func FuzzConntrack(f *testing.F) {
	f.Add(tracked(gateway, attr(7, be32(9)), attr(3, be32(6)), attr(15|0x8000, attr(1, be32(1)))))
	f.Add(append(tracked(inside), done(0)...))
	f.Add(refusal(syscall.EPERM))
	f.Add([]byte{255, 255, 255, 255, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	if b, err := os.ReadFile("testdata/conntrack/dump-linux-6.18-le"); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, lead := range [][]byte{nil, tracked(gateway)} {
			conn := &rawConn{replies: []reply{{data: lead}, {data: b}, {data: done(0)}, {data: done(0)}, {data: done(0)}}}
			six := &rawConn{replies: slices.Clone(conn.replies)}
			runConntrack(context.Background(), six, afInet6, 0, make([]byte, bufferSize), new(bogusNAT), func(s netstat.NATSession, err error) bool {
				if s.Family != netstat.Inet6 || !s.Original.Source.Addr().Is6() || !s.Reply.Destination.Addr().Is6() {
					t.Errorf("%+v", s)
				}
				return err == nil
			})
			var bogus bogusNAT
			rows := 0
			out := runConntrack(context.Background(), conn, afInet, 0, make([]byte, bufferSize), &bogus, func(s netstat.NATSession, err error) bool {
				rows++
				checkSession(t, &s)
				return err == nil
			})
			if out.Rows != (rows > 0) || rows > 1+len(b)/netlink.HeaderSize || bogus.count > len(b)/netlink.HeaderSize {
				t.Errorf("%d rows, %d bogus of %d bytes, outcome %+v", rows, bogus.count, len(b), out)
			}
		}
	})
}

func FuzzConntrackFile(f *testing.F) {
	for line := range strings.Lines(capturedFile(f)) {
		f.Add(strings.TrimSuffix(line, "\n"))
	}
	f.Add("ipv4 2 tcp 6 src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2 src=5.6.7.8 dst=9.9.9.9 sport=2 dport=1 [OFFLOAD]")
	f.Fuzz(func(t *testing.T, line string) {
		var row netstat.NATSession
		translated, ok := parseConntrack([]byte(line), &row)
		if translated {
			checkSession(t, &row)
		}
		if translated && !ok {
			t.Error("a session from a malformed line")
		}
	})
}

func FuzzMasquerade(f *testing.F) {
	f.Add("TCP 0A000002:0400 C0A80105:0050 F000 00001234     0      0   44999", true)
	f.Add("UDP 0A000002:0400 C0A80105:0050 F000 00001234     -7   599", false)
	f.Add("   ", true)
	f.Fuzz(func(t *testing.T, line string, previous bool) {
		m := masqueradeParser{previous: previous}
		var row netstat.NATSession
		translated, ok := m.parse([]byte(line), &row)
		if translated {
			checkSession(t, &row)
		}
		if translated && !ok {
			t.Errorf("%+v", row)
		}
	})
}
