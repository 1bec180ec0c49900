package diagnose

import (
	"context"
	"errors"
	"testing"
	"time"

	"netstat"
)

// dropper is a UDP socket of process 7 that has dropped so many packets.
func dropper(n int, drops uint32) netstat.Socket {
	memory := new(netstat.Memory)
	memory.Set(netstat.MemoryDrops, drops)
	return netstat.Socket{State: netstat.Closed, Cookie: uint64(n), PID: 7, Memory: memory}
}

func udpHost(counters map[string]uint64, sockets ...netstat.Socket) *host {
	return &host{sockets: map[netstat.Table][]netstat.Socket{netstat.UDP6Table: sockets}, counters: counters}
}

func TestUDPDrops(t *testing.T) {
	type counters = map[string]uint64
	for _, c := range []struct {
		name          string
		before, after *host
		severity      netstat.Severity
		fact          string // "": no finding
		value         uint64
	}{
		{"nothing", udpHost(counters{"Udp.RcvbufErrors": 0}, dropper(1, 0)), udpHost(counters{"Udp.RcvbufErrors": 0}, dropper(1, 0)), 0, "", 0},
		{"long ago", udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 9)), udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 9)), 0, "", 0},
		{"more", udpHost(counters{"Udp6.RcvbufErrors": 9}, dropper(1, 9)), udpHost(counters{"Udp6.RcvbufErrors": 10}, dropper(1, 10)), netstat.Warning, "drops", 1},
		{"first ones", udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 0)), udpHost(counters{"Udp.RcvbufErrors": 19}, dropper(1, 10)), netstat.Warning, "drops", 10},
		{"of a new socket", udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 9)), udpHost(counters{"Udp.RcvbufErrors": 12}, dropper(2, 3)), netstat.Warning, "drops", 3},
		{"for lack of memory", udpHost(counters{"Udp.MemErrors": 9}, dropper(1, 9)), udpHost(counters{"Udp.MemErrors": 10}, dropper(1, 10)), netstat.Warning, "drops", 1},
		{"by a filter", udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 9)), udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 10)), netstat.Info, "drops", 1},
		{"for an unknown reason", udpHost(nil, dropper(1, 9)), udpHost(nil, dropper(1, 10)), netstat.Warning, "drops", 1},
		{"gone back", udpHost(counters{"Udp.RcvbufErrors": 9}, dropper(1, 9)), udpHost(counters{"Udp.RcvbufErrors": 3}, dropper(1, 3)), 0, "", 0},
		{"of a socket that is gone", udpHost(counters{"Udp.RcvbufErrors": 9}), udpHost(counters{"Udp.RcvbufErrors": 12}), netstat.Warning, "Udp.RcvbufErrors", 3},
		{"of UDP-Lite", udpHost(counters{"UdpLite6.RcvbufErrors": 9}), udpHost(counters{"UdpLite6.RcvbufErrors": 12}), netstat.Warning, "UdpLite6.RcvbufErrors", 3},
		{"sent", udpHost(counters{"Udp.SndbufErrors": 9}), udpHost(counters{"Udp.SndbufErrors": 12}), netstat.Info, "Udp.SndbufErrors", 3},
		{"other errors", udpHost(counters{"Udp.InErrors": 9, "Udp.NoPorts": 1}), udpHost(counters{"Udp.InErrors": 12, "Udp.NoPorts": 5}), 0, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := look(t, "udp-drops", c.after); len(r.Findings) > 0 || len(r.Looked) > 0 {
				t.Errorf("at one moment: %+v", r)
			}
			r := look(t, "udp-drops", c.before, c.after)
			if c.fact == "" {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			want := netstat.Evidence{Fact: c.fact, Grown: true, Value: netstat.NumberOf(c.value), Limit: netstat.NumberOf(0)}
			if len(r.Findings) != 1 || r.Findings[0].Severity != c.severity || r.Findings[0].Evidence[0] != want {
				t.Errorf("findings %+v, want %v %+v", r.Findings, c.severity, want)
			}
		})
	}
}

// The sockets of a process are one finding, and what a host could not send another.
func TestUDPDropsGroups(t *testing.T) {
	var sockets []netstat.Socket
	for i := range 1000 {
		sockets = append(sockets, dropper(1+i, uint32(1+i)))
	}
	before := udpHost(map[string]uint64{"Udp6.RcvbufErrors": 0, "Udp6.SndbufErrors": 0})
	after := udpHost(map[string]uint64{"Udp6.RcvbufErrors": 500_500, "Udp6.SndbufErrors": 1}, sockets...)
	r := look(t, "udp-drops", before, after)
	want := netstat.Evidence{Fact: "count", Value: netstat.NumberOf(1000)}
	if len(r.Findings) != 2 || r.Findings[0].Evidence[0].Value.Number != 1000 || r.Findings[0].Evidence[1] != want {
		t.Errorf("findings %+v", r.Findings)
	}
}

// Windows has no drops of sockets, and one counter of errors.
func TestUDPDropsOfWindows(t *testing.T) {
	d := New([]*Rule{Named("udp-drops")}, Options{System: "windows"})
	s := netstat.Socket{State: netstat.Closed, PID: 7}
	d.Prepare(context.Background(), udpHost(map[string]uint64{"Udp.InErrors": 9}, s), time.Unix(0, 0))
	r := d.Look(context.Background(), udpHost(map[string]uint64{"Udp.InErrors": 12}, s), time.Unix(1, 0))
	want := netstat.Evidence{Fact: "Udp.InErrors", Grown: true, Value: netstat.NumberOf(3), Limit: netstat.NumberOf(0)}
	if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Warning || r.Findings[0].Evidence[0] != want || len(r.Unlooked) > 0 {
		t.Errorf("result %+v", r)
	}
}

// A system without UDP-Lite has no such sockets, which is nothing that cannot be looked
// at.
func TestUDPDropsWithoutUDPLite(t *testing.T) {
	h := udpHost(nil, dropper(1, 0))
	h.tableErr = map[netstat.Table]error{netstat.UDPLite4Table: errors.ErrUnsupported, netstat.UDPLite6Table: errors.ErrUnsupported}
	if r := look(t, "udp-drops", h, h); len(r.Unlooked) > 0 {
		t.Errorf("not looked at: %+v", r.Unlooked)
	}
}
