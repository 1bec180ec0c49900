package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"netstat"
)

// sender is a connection to 192.0.2.N that sent so many segments with data, some of them
// again, and of these some without need.
func sender(n int, all, again, twice uint64) netstat.Socket {
	info := new(netstat.TCPInfo)
	for f, value := range map[netstat.TCPField]uint64{
		netstat.TCPDataSegsOut: all, netstat.TCPSegsOut: all + 7, netstat.TCPTotalRetrans: again, netstat.TCPDSACKDups: twice,
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
	one := func(all, again, twice uint64) []netstat.Socket { return []netstat.Socket{sender(1, all, again, twice)} }
	for _, c := range []struct {
		name          string
		before, after []netstat.Socket
		severity      netstat.Severity
		again, limit  uint64 // 0: no finding
		grown         bool
	}{
		{"nearly many", one(1000, 50, 0), one(2000, 69, 0), 0, 0, 0, false},
		{"many", one(1000, 50, 0), one(2000, 70, 0), netstat.Warning, 20, 20, true},
		{"nearly too many", one(1000, 50, 0), one(2000, 149, 0), netstat.Warning, 99, 20, true},
		{"too many", one(1000, 50, 0), one(2000, 150, 0), netstat.Critical, 100, 100, true},
		{"too few segments", one(1000, 50, 0), one(1099, 90, 0), 0, 0, 0, false},
		{"enough segments", one(1000, 50, 0), one(1100, 90, 0), netstat.Critical, 40, 10, true},
		{"too few again", one(1000, 50, 0), one(1100, 54, 0), 0, 0, 0, false},
		{"enough again", one(1000, 50, 0), one(1100, 55, 0), netstat.Warning, 5, 2, true},
		{"long ago", one(1000, 500, 0), one(2000, 500, 0), 0, 0, 0, false},
		{"late, not lost", one(1000, 50, 0), one(2000, 150, 90), 0, 0, 0, false},
		{"late and lost", one(1000, 50, 5), one(2000, 150, 65), netstat.Warning, 100, 80, true},
		{"late long ago", one(1000, 50, 50), one(2000, 150, 50), netstat.Critical, 100, 100, true},
		{"gone back", one(1000, 50, 0), one(900, 200, 0), 0, 0, 0, false},
		{"new", nil, one(100, 5, 0), netstat.Warning, 5, 2, false},
		{"first ones", one(1000, 0, 0), one(2000, 40, 0), netstat.Warning, 40, 40, false},
		{"first ones of much", one(1000, 0, 0), one(2000, 39, 0), 0, 0, 0, false},
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
			want := netstat.Evidence{Fact: "total_retrans", Grown: c.grown, Value: netstat.NumberOf(c.again), Limit: netstat.NumberOf(c.limit)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != c.severity || r.Findings[0].Evidence[0] != want {
				t.Errorf("findings %+v, want %v %+v", r.Findings, c.severity, want)
			}
		})
	}
}

// Linux before 4.6 does not count segments with data, only all.
func TestRetransmitsOfOldKernel(t *testing.T) {
	before, after := sender(1, 100, 10, 0), sender(1, 300, 15, 0)
	for _, s := range []netstat.Socket{before, after} {
		s.TCP.Known, s.TCP.DataSegsOut = netstat.TCPFieldSet{}, 0
		s.TCP.Known.Add(netstat.TCPTotalRetrans)
		s.TCP.Known.Add(netstat.TCPSegsOut)
	}
	r := look(t, "retransmits", hostOf(before), hostOf(after))
	want := netstat.Evidence{Fact: "segs_out", Grown: true, Value: netstat.NumberOf(200)}
	if len(r.Findings) != 1 || r.Findings[0].Evidence[2] != want {
		t.Errorf("findings %+v", r.Findings)
	}
}

// Connections to one address are one finding, and so are those to many addresses.
func TestRetransmitsGroups(t *testing.T) {
	var few, many []netstat.Socket
	for i := range 1000 {
		s := sender(1+i%10, 10_000, 500+uint64(i), 0)
		s.Cookie = uint64(1 + i)
		few = append(few, s)
		s.Remote.IP = netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 11)})
		many = append(many, s)
	}
	r := look(t, "retransmits", hostOf(), hostOf(few...))
	if len(r.Findings) != 10 || !strings.Contains(r.Findings[0].Text, "14.9 % ") || !strings.Contains(r.Findings[0].Text, "100 connections to this address") {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings)
	}
	r = look(t, "retransmits", hostOf(), hostOf(many...))
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Text, "1000 connections to 11 addresses") {
		t.Errorf("%d findings: %+v", len(r.Findings), r.Findings)
	}
}

func TestRetransmitsOfHost(t *testing.T) {
	counters := func(out, again, syns, twice uint64) *host {
		return &host{counters: map[string]uint64{
			"Tcp.OutSegs": 1000 + out, "Tcp.RetransSegs": 500 + again, "TcpExt.TCPSynRetrans": 50 + syns,
			"TcpExt.TCPDSACKRecvSegs": 20 + twice, "TcpExt.TCPDSACKRecv": 10,
		}}
	}
	for _, c := range []struct {
		name                    string
		out, again, syns, twice uint64
		severity                netstat.Severity
		limit                   uint64 // 0: no finding
	}{
		{"nearly many", 982, 19, 0, 0, 0, 0}, // 19 of 1001
		{"many", 980, 20, 0, 0, netstat.Warning, 20},
		{"nearly too many", 901, 99, 0, 0, netstat.Warning, 20},
		{"too many", 900, 100, 0, 0, netstat.Critical, 100},
		{"too few segments", 94, 5, 0, 0, 0, 0},
		{"enough segments", 95, 5, 0, 0, netstat.Warning, 2},
		{"too few again", 100, 4, 0, 0, 0, 0},
		{"SYNs", 900, 100, 100, 0, 0, 0},
		{"SYNs and data", 900, 200, 100, 0, netstat.Critical, 200},
		{"late, not lost", 900, 100, 0, 90, 0, 0},
		{"late and lost", 900, 100, 0, 50, netstat.Warning, 70},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "retransmits", counters(0, 0, 0, 0), counters(c.out, c.again, c.syns, c.twice))
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
	if r := look(t, "retransmits", counters(900, 100, 0, 0), counters(0, 0, 0, 0)); len(r.Findings) > 0 {
		t.Errorf("counters that went back: %+v", r.Findings)
	}
}

// Windows tells of the inside of connections only what an administrator has enabled.
func TestRetransmitsWithoutInside(t *testing.T) {
	s := sender(1, 0, 0, 0)
	s.TCP = nil
	if r := look(t, "retransmits", hostOf(s), hostOf(s)); len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("result %+v", r)
	}
}
