package netstat

import (
	"math"
	"testing"
	"time"
)

// Shutdown, OnlyV6 and Drops read what each family stores elsewhere, and report unknown
// instead of false or 0.
func TestFamilyFacts(t *testing.T) {
	for _, c := range []struct {
		s                 Socket
		receive, send, ok bool
	}{
		{Socket{Table: TCP4Table, Flags: ReceiveClosed}, true, false, true},
		{Socket{Table: Raw6Table, Flags: SendClosed | V6Only}, false, true, true},
		{Socket{Table: UDP4Table, Absent: FactShutdown}, false, false, false},
		{Socket{Table: MPTCP4Table}, false, false, false},
		{Socket{Table: TCP6Table, Detail: &SubflowDetail{}, Flags: SendClosed}, false, true, true},
		{Socket{Table: UnixTable, Detail: &UnixDetail{ShutWrite: true}}, false, true, false},
		{Socket{Table: UnixTable, Detail: &UnixDetail{Peers: true, ShutRead: true}}, true, false, true},
		{Socket{Table: VSockTable, Detail: &VSockDetail{SendClosed: true}}, false, true, true},
		{Socket{Table: SMCTable, Detail: &SMCDetail{ReceiveClosed: true}}, true, false, true},
	} {
		if receive, send, ok := c.s.Shutdown(); ok != c.ok || ok && (receive != c.receive || send != c.send) {
			t.Errorf("%+v: %v, %v, %v", c.s, receive, send, ok)
		}
	}
	for _, c := range []struct {
		s       Socket
		set, ok bool
	}{
		{Socket{Table: TCP6Table, Flags: V6Only}, true, true},
		{Socket{Table: UDP6Table}, false, true},
		{Socket{Table: TCP6Table, Absent: FactV6Only}, false, false},
		{Socket{Table: TCP4Table}, false, false},
		{Socket{Table: ICMP6Table}, false, false},
	} {
		if set, ok := c.s.OnlyV6(); set != c.set || ok != c.ok {
			t.Errorf("%+v: %v, %v", c.s, set, ok)
		}
	}
	for _, c := range []struct {
		s  Socket
		n  uint64
		ok bool
	}{
		{Socket{Memory: &Memory{Known: 1 << MemoryDrops, Drops: 7}}, 7, true},
		{Socket{Memory: &Memory{Drops: 7}}, 0, false},
		{Socket{Detail: &PacketDetail{Drops: 3}}, 0, false},
		{Socket{Detail: &PacketDetail{Drops: 3, Complete: true}}, 3, true},
		{Socket{Detail: &NetlinkDetail{Drops: 4}}, 4, true},
		{Socket{Detail: &TIPCDetail{Drops: 5}}, 5, true},
		{Socket{}, 0, false},
	} {
		if n, ok := c.s.Drops(); ok != c.ok || ok && n != c.n {
			t.Errorf("%+v: %d, %v", c.s, n, ok)
		}
	}
}

func TestSendRate(t *testing.T) {
	known := func(i TCPInfo, fields ...TCPField) *TCPInfo {
		for _, f := range fields {
			i.Known.Add(f)
		}
		return &i
	}
	window := TCPInfo{CWnd: 10, MSS: 1448, RTT: 48 * time.Microsecond}
	for _, c := range []struct {
		i    *TCPInfo
		want uint64
		ok   bool
	}{
		{known(window, TCPCWnd, TCPMSS, TCPRTT), 301666667, true},
		{known(window, TCPCWnd, TCPMSS), 0, false},
		{known(window, TCPCWnd, TCPRTT), 0, false},
		{known(TCPInfo{CWnd: 10, MSS: 1448}, TCPCWnd, TCPMSS, TCPRTT), 0, false},
		{known(TCPInfo{CWnd: math.MaxUint32, MSS: math.MaxUint32, RTT: 1}, TCPCWnd, TCPMSS, TCPRTT), math.MaxUint64, true},
		{&TCPInfo{}, 0, false},
	} {
		if got, ok := c.i.SendRate(); got != c.want || ok != c.ok {
			t.Errorf("%+v: %d, %v", c.i, got, ok)
		}
	}
}
