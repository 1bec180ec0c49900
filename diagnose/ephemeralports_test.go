package diagnose

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
)

func measure(g netstat.MeasureGroup, name string, value uint64) netstat.Measure {
	return netstat.Measure{Group: g, Name: name, Value: value}
}

// portsHost has connections from so many ports of a range of 100 to 192.0.2.1:443, some
// of them in TIME-WAIT.
func portsHost(open, timeWait int, measures ...netstat.Measure) *host {
	h := &host{sockets: map[netstat.Table][]netstat.Socket{}, measures: append([]netstat.Measure{
		measure(netstat.MeasurePorts, "first", 40000), measure(netstat.MeasurePorts, "last", 40099),
		measure(netstat.MeasurePorts, "excluded", 0), measure(netstat.MeasureSysctl, "net.ipv4.tcp_tw_reuse", 0),
	}, measures...)}
	for i := range open + timeWait {
		s := netstat.Socket{
			State:  netstat.Established,
			Local:  netstat.Addr{IP: netip.MustParseAddr("192.0.2.9"), Port: uint16(40000 + i)},
			Remote: netstat.Addr{IP: netip.MustParseAddr("192.0.2.1"), Port: 443},
		}
		if i >= open {
			s.State = netstat.TimeWait
		}
		t := netstat.TCP4Table
		if i%3 == 0 { // they share the ports of IPv4
			t = netstat.TCP6Table
			s.Local.IP = netip.MustParseAddr("::ffff:192.0.2.9")
			s.Remote.IP = netip.MustParseAddr("::ffff:192.0.2.1")
		}
		h.sockets[t] = append(h.sockets[t], s)
	}
	return h
}

func TestEphemeralPorts(t *testing.T) {
	reuse := func(n uint64) netstat.Measure { return measure(netstat.MeasureSysctl, "net.ipv4.tcp_tw_reuse", n) }
	excluded := func(n uint64) netstat.Measure { return measure(netstat.MeasurePorts, "excluded", n) }
	for _, c := range []struct {
		name        string
		host        *host
		severity    netstat.Severity
		used, limit uint64 // 0: no finding
	}{
		{"nearly scarce", portsHost(69, 0), 0, 0, 0},
		{"scarce", portsHost(70, 0), netstat.Warning, 70, 70},
		{"nearly gone", portsHost(89, 0), netstat.Warning, 89, 70},
		{"gone", portsHost(90, 0), netstat.Critical, 90, 90},
		{"time-wait", portsHost(20, 75), netstat.Critical, 95, 90},
		{"time-wait for loopback only", portsHost(20, 75, reuse(2)), netstat.Critical, 95, 90},
		{"time-wait used again", portsHost(20, 75, reuse(1)), 0, 0, 0},
		{"scarce without time-wait", portsHost(75, 20, reuse(1)), netstat.Warning, 75, 70},
		{"reserved ports", portsHost(81, 0, excluded(10)), netstat.Critical, 81, 81},
		{"reserved ports, nearly", portsHost(80, 0, excluded(10)), netstat.Warning, 80, 63},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := look(t, "ephemeral-ports", c.host)
			if c.used == 0 {
				if len(r.Findings) > 0 || len(r.Unlooked) > 0 {
					t.Fatalf("result %+v", r)
				}
				return
			}
			want := netstat.Evidence{Fact: "count", Value: netstat.NumberOf(c.used), Limit: netstat.NumberOf(c.limit)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != c.severity || r.Findings[0].Evidence[0] != want {
				t.Fatalf("findings %+v, want %v %+v", r.Findings, c.severity, want)
			}
			if !strings.Contains(r.Findings[0].Command, "dst = 192.0.2.1:443 and sport = 40000-40099") {
				t.Errorf("command %s", r.Findings[0].Command)
			}
		})
	}
}

// Connections of a server on a port of the range, and to different remote addresses, use
// up no ports.
func TestEphemeralPortsOfServer(t *testing.T) {
	h := portsHost(100, 0)
	for i := range h.sockets[netstat.TCP4Table] {
		s := &h.sockets[netstat.TCP4Table][i]
		s.Local.Port, s.Remote.Port = 40050, uint16(1000+i)
	}
	h.sockets[netstat.TCP6Table] = nil
	if r := look(t, "ephemeral-ports", h); len(r.Findings) > 0 {
		t.Errorf("findings %+v", r.Findings)
	}
}

// A host without the range cannot be judged.
func TestEphemeralPortsWithoutRange(t *testing.T) {
	h := portsHost(100, 0)
	h.measures = nil
	if r := look(t, "ephemeral-ports", h); len(r.Findings) > 0 || len(r.Unlooked) != 1 {
		t.Errorf("result %+v", r)
	}
}

// Windows has a range for each table.
func TestEphemeralPortsOfWindows(t *testing.T) {
	h := portsHost(95, 0)
	h.measures = []netstat.Measure{
		measure(netstat.MeasurePorts, "tcp.first", 40000), measure(netstat.MeasurePorts, "tcp.last", 40099),
		measure(netstat.MeasurePorts, "tcp.excluded", 0),
		measure(netstat.MeasurePorts, "tcp6.first", 1), measure(netstat.MeasurePorts, "tcp6.last", 2),
	}
	d := New([]*Rule{Named("ephemeral-ports")}, Options{System: "windows"})
	r := d.Look(context.Background(), h, time.Unix(0, 0))
	if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Critical || r.Findings[0].Evidence[1].Fact != "ports.tcp.first" {
		t.Errorf("result %+v", r)
	}
}
