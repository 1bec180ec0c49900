package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"netstat"
)

// procAddr formats an address as the kernel does: words in the machine's byte
// order.
func procAddr(ip netip.Addr) string {
	var b strings.Builder
	for bytes := ip.AsSlice(); len(bytes) > 0; bytes = bytes[4:] {
		fmt.Fprintf(&b, "%08X", binary.NativeEndian.Uint32(bytes))
	}
	return b.String()
}

func TestParseNet(t *testing.T) {
	v4, v4b := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.20.30.40")
	v6, v6b := netip.MustParseAddr("fe80::1234:5678:9abc:def0"), netip.MustParseAddr("::ffff:10.1.2.3")
	ends4 := procAddr(v4) + ":0016 " + procAddr(v4b) + ":A3C2"
	ends6 := procAddr(v6) + ":0016 " + procAddr(v6b) + ":A3C2"
	row := func(table netstat.Table, change func(*netstat.Socket)) *netstat.Socket {
		s := &netstat.Socket{
			Table: table, State: netstat.Established,
			Local: netstat.Addr{IP: v4, Port: 22}, Remote: netstat.Addr{IP: v4b, Port: 41922},
			UID: 1000, Inode: 1234,
		}
		if table.Family == netstat.Inet6 {
			s.Local.IP, s.Remote.IP = v6, v6b
		}
		change(s)
		return s
	}
	keep := func(*netstat.Socket) {}
	tests := []struct {
		name  string
		table netstat.Table
		line  string
		want  *netstat.Socket // nil for a bogus line
	}{
		{
			"all fields", netstat.TCP4Table,
			"   0: " + ends4 + " 01 00000010:0000000F 02:00000FA0 00000003  1000        7 1234 2 000000008f3c1a52 20 4 31 10 -1     ",
			row(netstat.TCP4Table, func(s *netstat.Socket) {
				s.SendQ, s.RecvQ = 16, 15
				s.Timer = netstat.Timer{Kind: netstat.TimerKeepalive, Code: 2, Expires: 40 * time.Second, Retransmits: 3, Probes: 7}
			}),
		},
		{"IPv6", netstat.TCP6Table, "  17: " + ends6 + " 01 0:0 00:0 0 1000 0 1234", row(netstat.TCP6Table, keep)},
		{"lower case", netstat.TCP6Table, "  17: " + strings.ToLower(ends6) + " 01 0:0 00:0 0 1000 0 1234", row(netstat.TCP6Table, keep)},
		{"no blank after the number", netstat.TCP4Table, "0:" + ends4 + " 01 0:0 00:0 0 1000 0 1234", row(netstat.TCP4Table, keep)},
		{"tabs and many blanks", netstat.TCP4Table, "\t0:  " + strings.Replace(ends4, " ", "\t ", 1) + "\t01 0:0 00:0 0   1000\t0  1234", row(netstat.TCP4Table, keep)},
		{
			"largest numbers", netstat.TCP4Table, "2147483647: " + ends4 + " ff FFFFFFFFFFFFFFFF:FFFFFFFFFFFFFFFF0 1FF:FFFFFFFFFFFFFFFF FFFFFFFFFF 4294967294 -1 99999999999999999999 1",
			row(netstat.TCP4Table, func(s *netstat.Socket) {
				s.State, s.SendQ, s.RecvQ = netstat.StateUnknown, math.MaxUint64, math.MaxUint64
				s.UID, s.Inode = 4294967294, math.MaxUint64
				s.Timer = netstat.Timer{Kind: netstat.TimerOther, Code: 255, Expires: math.MaxInt64, Retransmits: math.MaxUint32, Probes: math.MaxUint32}
			}),
		},
		{"negative user", netstat.TCP4Table, "0: " + ends4 + " 01 0:0 00:0 0 -2 0 1234", row(netstat.TCP4Table, func(s *netstat.Socket) { s.UID = 4294967294 })},
		{"no inode", netstat.TCP4Table, "0: " + ends4 + " 01 0:0 00:0 0 1000 0", row(netstat.TCP4Table, func(s *netstat.Socket) { s.Inode = 0 })},
		{"no user", netstat.TCP4Table, "0: " + ends4 + " 01 0:0 00:0 0", row(netstat.TCP4Table, func(s *netstat.Socket) { s.UID, s.Inode = 0, 0 })},
		{"tcp without retransmissions", netstat.TCP4Table, "0: " + ends4 + " 01 0:0 00:0", nil},
		{"udp without retransmissions", netstat.UDP4Table, "0: " + ends4 + " 01 0:0 00:0", row(netstat.UDP4Table, func(s *netstat.Socket) { s.UID, s.Inode = 0, 0 })},
		{"udp without timer", netstat.UDP4Table, "0: " + ends4 + " 01 0:0 00", nil},
		{"udp unconnected", netstat.UDP4Table, "0: " + ends4 + " 07 0:0 00:0 0 1000 0 1234", row(netstat.UDP4Table, func(s *netstat.Socket) { s.State = netstat.Closed })},
		{"blank before the port", netstat.TCP4Table, "0: " + strings.Replace(ends4, ":", " :", 1) + " 01 0:0 00:0 0 1000 0 1234", nil},
		{"address of nine digits", netstat.TCP4Table, "0: 1" + ends4 + " 01 0:0 00:0 0 1000 0 1234", nil},
		{"no address", netstat.TCP4Table, "0: :16 :17 01 0:0 00:0 0 1000 0 1234", nil},
		{"no number", netstat.TCP4Table, ": " + ends4 + " 01 0:0 00:0 0 1000 0 1234", nil},
		{"words", netstat.TCP4Table, "nope", nil},
		{"empty", netstat.TCP4Table, "", nil},
		{"cut", netstat.TCP4Table, "   0: 0100007F:0016 00000000:00", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// The row must not keep anything of an earlier one.
			got := netstat.Socket{Table: test.table, State: netstat.Closing, RecvQ: 9, SendQ: 9, UID: 9, Inode: 9, Timer: netstat.Timer{Kind: 9, Probes: 9}}
			ok := parseNet([]byte(test.line), &got)
			if ok != (test.want != nil) {
				t.Fatalf("parseNet(%q) = %v", test.line, ok)
			}
			if ok && !reflect.DeepEqual(got, *test.want) {
				t.Errorf("got  %+v\nwant %+v", got, *test.want)
			}
		})
	}
}

func TestShortAddress(t *testing.T) {
	s := netstat.Socket{Table: netstat.TCP4Table}
	if !parseNet([]byte("5: 7F:16 0:A3C2 1 0:0 2:FA0 3 1000 7 1234"), &s) {
		t.Fatal("bogus")
	}
	var want [4]byte
	binary.NativeEndian.PutUint32(want[:], 0x7f)
	if s.Local.IP != netip.AddrFrom4(want) || s.Remote.IP != netip.IPv4Unspecified() {
		t.Errorf("%v, %v", s.Local.IP, s.Remote.IP)
	}
}

func TestTimerKinds(t *testing.T) {
	want := []netstat.TimerKind{
		netstat.TimerNone, netstat.TimerRetransmit, netstat.TimerKeepalive, netstat.TimerTimeWait,
		netstat.TimerProbe, netstat.TimerOther, netstat.TimerOther,
	}
	for code, kind := range want {
		if got := timerOf(uint64(code)); got != kind {
			t.Errorf("timerOf(%d) = %v, want %v", code, got, kind)
		}
	}
}

// TestBogusLines puts the lines among others: leaving one out must not affect
// another.
func TestBogusLines(t *testing.T) {
	good := "   0: 0100007F:0016 0200007F:A3C2 01 0:0 00:0 0 1000 0 1234\n"
	bogus := "   1: 0100007F:0016 \x1b[31m" + strings.Repeat("x", 500)
	text := tcpHeader + good + bogus + "\n" + good + "\n" + strings.TrimSuffix(good, "\n")
	s := fakeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net/tcp": text})
	got := collect(s, netstat.TCP4Table, netstat.Need{})
	if len(got.rows) != 3 || got.err != nil || len(got.reports) != 2 {
		t.Fatalf("%d rows, error %v, reports %v", len(got.rows), got.err, got.reports)
	}
	err := got.reports[0]
	if !errors.Is(err, netstat.ErrBogusRecord) || err.Op != "parse" || err.Table != netstat.TCP4Table {
		t.Errorf("reported %v", err)
	}
	if text := err.Error(); len(text) > 300 || !strings.Contains(text, `\x1b[31mxxx`) || !strings.HasSuffix(text, "...") {
		t.Errorf("reported %q", text)
	}
	if text := got.reports[1].Error(); text != `parse tcp: bogus record: ""` {
		t.Errorf("reported %q", text)
	}
	// Report may be nil.
	for _, err := range s.Sockets(t.Context(), netstat.TCP4Table, netstat.Need{}) {
		if err != nil {
			t.Error(err)
		}
	}
}

func FuzzProcNet(f *testing.F) {
	f.Add(strings.TrimSuffix(fmt.Sprintf(tcpFormat, 0, 1), "\n"))
	f.Add(strings.TrimSuffix(fmt.Sprintf(udpFormat, 0, 1), "\n"))
	f.Add("  17: 000080FE000000007856341200F0DEBC:0016 00000000000000000000FFFF0100007F:A3C2 01 0:0 00:0 0 1000 0 1234")
	f.Fuzz(func(t *testing.T, line string) {
		s := netstat.Socket{Table: netstat.TCP4Table}
		if !parseNet([]byte(line), &s) {
			return
		}
		// A row in the kernel's format parses to the same row.
		const largest = math.MaxInt64 / int64(time.Second/100)
		when := uint64(s.Timer.Expires / (time.Second / 100))
		if s.Timer.Expires == math.MaxInt64 {
			when = uint64(largest) + 1
		}
		state := 0
		for number, name := range stateNumbers {
			if name == s.State {
				state = number
			}
		}
		again := fmt.Sprintf("%4d: %s:%04X %s:%04X %02X %08X:%08X %02X:%08X %08X %5d %8d %d", 0,
			procAddr(s.Local.IP), s.Local.Port, procAddr(s.Remote.IP), s.Remote.Port, state, s.SendQ, s.RecvQ,
			s.Timer.Code, when, s.Timer.Retransmits, s.UID, s.Timer.Probes, s.Inode)
		got := netstat.Socket{Table: netstat.TCP4Table}
		if !parseNet([]byte(again), &got) || !reflect.DeepEqual(got, s) {
			t.Errorf("line  %q\nagain %q\ngot  %+v\nwant %+v", line, again, got, s)
		}
	})
}
