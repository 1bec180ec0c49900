package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"netstat"
)

// sender is a connection to 192.0.2.N that sent so many bytes in so many segments, and
// of these some again.
func sender(n int, bytes, segments, again, segmentsAgain uint64) netstat.Socket {
	info := new(netstat.TCPInfo)
	for f, value := range map[netstat.TCPField]uint64{
		netstat.TCPBytesSent: bytes, netstat.TCPDataSegsOut: segments, netstat.TCPSegsOut: segments + 7,
		netstat.TCPBytesRetrans: again, netstat.TCPTotalRetrans: segmentsAgain,
	} {
		info.Set(f, value)
	}
	return netstat.Socket{
		State: netstat.Established, Cookie: uint64(n), TCP: info,
		Local:  netstat.Addr{IP: netip.MustParseAddr("192.0.2.200"), Port: 443},
		Remote: netstat.Addr{IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), Port: 5000},
	}
}

func hostOf(sockets ...netstat.Socket) *host {
	return &host{sockets: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: sockets}}
}

func TestRetransmits(t *testing.T) {
	quiet := sender(1, 1_000_000, 1000, 0, 0)
	for _, c := range []struct {
		name          string
		before, after []netstat.Socket
		severity      netstat.Severity
		again, limit  uint64 // 0: no finding
		grown         bool
	}{
		{"nearly many", []netstat.Socket{sender(1, 100_000, 100, 5000, 5)}, []netstat.Socket{sender(1, 200_000, 200, 6999, 10)}, 0, 0, 0, false},
		{"many", []netstat.Socket{sender(1, 100_000, 100, 5000, 5)}, []netstat.Socket{sender(1, 200_000, 200, 7000, 10)}, netstat.Warning, 2000, 2000, true},
		{"nearly too many", []netstat.Socket{sender(1, 100_000, 100, 5000, 5)}, []netstat.Socket{sender(1, 200_000, 200, 14_999, 15)}, netstat.Warning, 9999, 2000, true},
		{"too many", []netstat.Socket{sender(1, 100_000, 100, 5000, 5)}, []netstat.Socket{sender(1, 200_000, 200, 15_000, 15)}, netstat.Critical, 10_000, 10_000, true},
		{"too few segments", []netstat.Socket{sender(1, 100_000, 100, 5000, 5)}, []netstat.Socket{sender(1, 199_000, 199, 50_000, 50)}, 0, 0, 0, false},
		{"too few again", []netstat.Socket{sender(1, 100_000, 100, 5000, 5)}, []netstat.Socket{sender(1, 200_000, 200, 9000, 9)}, 0, 0, 0, false},
		{"long ago", []netstat.Socket{sender(1, 100_000, 100, 50_000, 50)}, []netstat.Socket{sender(1, 200_000, 200, 50_000, 50)}, 0, 0, 0, false},
		{"gone back", []netstat.Socket{sender(1, 200_000, 900, 50_000, 50)}, []netstat.Socket{sender(1, 100_000, 800, 50_000, 50)}, 0, 0, 0, false},
		{"new", nil, []netstat.Socket{sender(1, 100_000, 100, 2000, 5)}, netstat.Warning, 2000, 2000, false},
		{"first ones", []netstat.Socket{quiet}, []netstat.Socket{sender(1, 2_000_000, 2000, 40_000, 40)}, netstat.Warning, 40_000, 40_000, false},
		{"first ones of much", []netstat.Socket{quiet}, []netstat.Socket{sender(1, 2_000_000, 2000, 39_999, 40)}, 0, 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := look(t, "retransmits", hostOf(c.after...)); len(r.Findings) > 0 || len(r.Looked) > 0 {
				t.Errorf("at one moment: %+v", r)
			}
			r := look(t, "retransmits", hostOf(c.before...), hostOf(c.after...))
			if c.again == 0 {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			want := netstat.Evidence{Fact: "bytes_retrans", Grown: c.grown, Value: netstat.NumberOf(c.again), Limit: netstat.NumberOf(c.limit)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != c.severity || r.Findings[0].Evidence[0] != want {
				t.Errorf("findings %+v, want %v %+v", r.Findings, c.severity, want)
			}
		})
	}
}

// A kernel that does not count bytes counts segments.
func TestRetransmitsOfOldKernel(t *testing.T) {
	before, after := sender(1, 0, 100, 0, 10), sender(1, 0, 300, 0, 14)
	for _, s := range []netstat.Socket{before, after} {
		s.TCP.Known = netstat.TCPFieldSet{}
	}
	for _, known := range [][]netstat.TCPField{
		{netstat.TCPTotalRetrans, netstat.TCPSegsOut, netstat.TCPDataSegsOut}, {netstat.TCPTotalRetrans, netstat.TCPSegsOut},
	} {
		for _, s := range []netstat.Socket{before, after} {
			for _, f := range known {
				s.TCP.Known.Add(f)
			}
		}
	}
	if r := look(t, "retransmits", hostOf(before), hostOf(after)); len(r.Findings) > 0 {
		t.Errorf("4 segments: %+v", r.Findings)
	}
	after.TCP.TotalRetrans = 15
	r := look(t, "retransmits", hostOf(before), hostOf(after))
	if len(r.Findings) != 1 || r.Findings[0].Evidence[0].Fact != "total_retrans" || r.Findings[0].Evidence[0].Value.Number != 5 {
		t.Errorf("findings %+v", r.Findings)
	}
}

// Connections to one address are one finding, and so are those to many addresses.
func TestRetransmitsGroups(t *testing.T) {
	var few, many []netstat.Socket
	for i := range 1000 {
		s := sender(1+i%10, 100_000, 100, 5000+uint64(i), 5)
		s.Cookie = uint64(1 + i)
		few = append(few, s)
		s.Remote.IP = netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 11)})
		many = append(many, s)
	}
	r := look(t, "retransmits", hostOf(), hostOf(few...))
	if len(r.Findings) != 10 || !strings.Contains(r.Findings[0].Text, "5.9 % ") || !strings.Contains(r.Findings[0].Text, "100 connections to this address") {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings)
	}
	r = look(t, "retransmits", hostOf(), hostOf(many...))
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "1000 connections to 11 addresses") {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings)
	}
}

func TestRetransmitsOfHost(t *testing.T) {
	counters := func(out, again, syns uint64) *host {
		return &host{counters: map[string]uint64{"Tcp.OutSegs": 1000 + out, "Tcp.RetransSegs": 500 + again, "TcpExt.TCPSynRetrans": 50 + syns}}
	}
	for _, c := range []struct {
		name             string
		out, again, syns uint64
		severity         netstat.Severity
		limit            uint64 // 0: no finding
	}{
		{"nearly many", 982, 19, 0, 0, 0}, // 19 of 1001
		{"many", 980, 20, 0, netstat.Warning, 20},
		{"nearly too many", 901, 99, 0, netstat.Warning, 20},
		{"too many", 900, 100, 0, netstat.Critical, 100},
		{"too few segments", 94, 5, 0, 0, 0},
		{"enough segments", 95, 5, 0, netstat.Warning, 2},
		{"too few again", 100, 4, 0, 0, 0},
		{"SYNs", 900, 100, 100, 0, 0},
		{"SYNs and data", 900, 200, 100, netstat.Critical, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "retransmits", counters(0, 0, 0), counters(c.out, c.again, c.syns))
			if c.limit == 0 {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			want := netstat.Evidence{Fact: "Tcp.RetransSegs", Grown: true, Value: netstat.NumberOf(c.again), Limit: netstat.NumberOf(c.limit)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != c.severity || r.Findings[0].Evidence[0] != want || r.Findings[0].Subject.Kind != netstat.OfHost {
				t.Errorf("findings %+v, want %v %+v", r.Findings, c.severity, want)
			}
		})
	}
	if r := look(t, "retransmits", counters(900, 100, 0), counters(0, 0, 0)); len(r.Findings) > 0 {
		t.Errorf("counters that went back: %+v", r.Findings)
	}
}

// Windows tells of the inside of connections only what an administrator has enabled.
func TestRetransmitsWithoutInside(t *testing.T) {
	s := sender(1, 0, 0, 0, 0)
	s.TCP = nil
	if r := look(t, "retransmits", hostOf(s), hostOf(s)); len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("result %+v", r)
	}
}
