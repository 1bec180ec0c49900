package win32

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
)

// estatsAnswer is a fake answer about one connection: the values of members by name,
// and which types are collected. Other members have all bits set: Windows leaves
// uncollected ones undefined.
type estatsAnswer struct {
	on      map[uint32][2]uint32 // the switches
	numbers map[string]uint64    // kind.member
}

func (a *estatsAnswer) fill(kind uint32, rw, ros, rod []byte, p *pointers) {
	k := &estatsKinds[kind]
	put := func(members []estatsMember, b []byte) {
		for i := range b {
			b[i] = 0xff
		}
		end := 0
		for i := range members {
			at, width := members[i].place(end, p)
			end = at + width
			if n, ok := a.numbers[k.name+"."+members[i].name]; ok {
				var raw [8]byte
				binary.LittleEndian.PutUint64(raw[:], n)
				copy(b[at:at+width], raw[:])
			}
		}
	}
	put(k.ros, ros)
	put(k.rod, rod)
	on := a.on[kind]
	switch len(rw) {
	case 1:
		rw[0] = byte(on[0])
	case 8:
		win32Put(rw, 0, on[0])
		win32Put(rw, 4, on[1])
	}
}

// estatsAll switches everything on and numbers all members.
func estatsAll() *estatsAnswer {
	a := &estatsAnswer{map[uint32][2]uint32{}, map[string]uint64{}}
	for i := range estatsKinds {
		k := &estatsKinds[i]
		a.on[k.kind] = [2]uint32{1, 1}
		for j, m := range slices.Concat(k.ros, k.rod) {
			n := uint64(i*50 + j + 1)
			if m.width == 1 {
				n = 1
			}
			a.numbers[k.name+"."+m.name] = n
		}
	}
	return a
}

// decode decodes an answer as for one connection.
func (a *estatsAnswer) decode(p *pointers) (*netstat.TCPInfo, *netstat.Socket) {
	i, s := new(netstat.TCPInfo), &netstat.Socket{Absent: netstat.FactQueues}
	for n := range estatsKinds {
		k := &estatsKinds[n]
		rw, ros, rod := make([]byte, k.rw), make([]byte, estatsSize(k.ros, p)), make([]byte, estatsSize(k.rod, p))
		a.fill(k.kind, rw, ros, rod, p)
		k.decode(rw, ros, rod, p, i)
	}
	estatsFinish(i, s)
	return i, s
}

func estatsText(i *netstat.TCPInfo) map[string]string {
	all := map[string]string{}
	for f := range netstat.TCPFields {
		if n, ok := i.Value(f); ok {
			all[f.String()] = fmt.Sprint(n)
			if f.Kind() == netstat.FieldDuration {
				all[f.String()] = time.Duration(n).String()
			}
		}
	}
	return all
}

func estatsWant(t *testing.T, what string, i *netstat.TCPInfo, want map[string]string) {
	t.Helper()
	got := estatsText(i)
	for name, text := range want {
		if got[name] != text && (text != "" || got[name] != "") {
			t.Errorf("%s: %s is %q, want %q", what, name, got[name], text)
		}
	}
}

// Every member with a field is decoded into it, in the unit of the model.
func TestEStatsMembers(t *testing.T) {
	win32Both(func(p *pointers) {
		for n := range estatsKinds {
			k := &estatsKinds[n]
			for _, m := range slices.Concat(k.ros, k.rod) {
				var i netstat.TCPInfo
				rw, ros, rod := []byte{1, 0, 0, 0, 1, 0, 0, 0}[:k.rw], make([]byte, estatsSize(k.ros, p)), make([]byte, estatsSize(k.rod, p))
				a := &estatsAnswer{map[uint32][2]uint32{k.kind: {1, 1}}, map[string]uint64{k.name + "." + m.name: 40}}
				a.fill(k.kind, rw, ros, rod, p)
				estatsDecode(k.ros, ros, p, &i)
				estatsDecode(k.rod, rod, p, &i)
				if m.to == estatsLeft {
					continue
				}
				want := uint64(40)
				switch m.unit {
				case estatsBool:
					want = 1
				case estatsMillis:
					want = 40e6
				case estatsMicros:
					want = 40e3
				case estatsBits:
					want = 5
				}
				if v, ok := i.Value(m.to); !ok || v != want {
					t.Errorf("%s.%s: %v is %d, want %d", k.name, m.name, m.to, v, want)
				}
				if duration := m.to.Kind() == netstat.FieldDuration; duration != (m.unit == estatsMillis || m.unit == estatsMicros) ||
					(m.to.Kind() == netstat.FieldRate) != (m.unit == estatsBits) || (m.to.Kind() == netstat.FieldFlag) != (m.unit == estatsBool) {
					t.Errorf("%s.%s: %v has another unit", k.name, m.name, m.to)
				}
			}
		}
	})
	// Every Windows-only field has a member.
	i, s := estatsAll().decode(&pointers64)
	for f := netstat.TCPActiveOpen; f < netstat.TCPFields; f++ {
		if !i.Has(f) {
			t.Errorf("no member for %v", f)
		}
	}
	if s.Absent != 0 || s.RecvQ == 0 || s.SendQ == 0 {
		t.Errorf("queues: %+v", s)
	}
}

// docs/columns.md and docs/windows.md list the fields that Windows fills in, and no
// other field that Linux has too.
func TestEStatsDocumented(t *testing.T) {
	filled := map[string]bool{}
	i, _ := estatsAll().decode(&pointers64)
	for f := range netstat.TCPFields {
		if i.Has(f) {
			filled[f.String()] = true
		}
	}
	section := func(file, from, to string) string {
		text, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), from)
		part, _, end := strings.Cut(rest, to)
		if !ok || !end {
			t.Fatalf("%s has no %q before %q", file, from, to)
		}
		return part
	}
	columns := section("columns.md", "On Windows connections have", "## ")
	windows := section("windows.md", "Kinds of statistics", "Units are as documented")
	for f := range netstat.TCPFields {
		name := "`" + f.String() + "`"
		if f < netstat.TCPVegasEnabled && strings.Contains(columns, name) != filled[f.String()] {
			t.Errorf("columns.md: %s is filled in: %v", name, filled[f.String()])
		}
		if f < netstat.TCPVegasEnabled && strings.Contains(windows, name) != filled[f.String()] {
			t.Errorf("windows.md: %s is filled in: %v", name, filled[f.String()])
		}
	}
}

func TestEStatsMeaning(t *testing.T) {
	with := func(change func(a *estatsAnswer)) (*netstat.TCPInfo, *netstat.Socket) {
		a := estatsAll()
		for name, n := range map[string]uint64{
			"DATA.DataBytesOut": 1 << 40, "DATA.SegsOut": 1 << 33, "DATA.SoftErrors": 2, "DATA.SoftErrorReason": 6,
			"SND_CONG.CurCwnd": 14600, "SND_CONG.CurSsthresh": 29200, "SND_CONG.SndLimTimeRwin": 250,
			"PATH.CurMss": 1460, "PATH.Timeouts": 3, "PATH.SubsequentTimeouts": 4, "PATH.CountRtt": 9, "PATH.SmoothedRtt": 20,
			"PATH.RttVar": 5, "PATH.MinRtt": 18, "PATH.CurRto": 300, "PATH.MaxRtt": 40, "PATH.SampleRtt": 21,
			"SEND_BUFF.CurRetxQueue": 100, "SEND_BUFF.CurAppWQueue": 23, "REC.CurAppRQueue": 77,
			"REC.WinScaleSent": 8, "OBS_REC.WinScaleRcvd": 7, "BANDWIDTH.OutboundBandwidth": 8e9, "BANDWIDTH.InboundBandwidth": 80,
			"FINE_RTT.SumRtt": 20125, "FINE_RTT.RttVar": 512, "FINE_RTT.MinRtt": 18001, "FINE_RTT.MaxRtt": 40007,
		} {
			a.numbers[name] = n
		}
		change(a)
		return a.decode(&pointers64)
	}
	i, s := with(func(*estatsAnswer) {})
	estatsWant(t, "everything", i, map[string]string{
		"bytes_sent": "1099511627776", "segs_out": "8589934592", "soft_errors": "2", "soft_error_reason": "6",
		"cwnd_bytes": "14600", "cwnd": "10", "ssthresh_bytes": "29200", "ssthresh": "20", "rwnd_limited": "250ms",
		"mss": "1460", "total_rto": "7", "subsequent_rto": "4", "rtt": "20.125ms", "rttvar": "512µs", "min_rtt": "18.001ms",
		"max_rtt": "40.007ms", "sample_rtt": "21ms", "rto": "300ms", "bytes_unacked": "100", "notsent": "23", "unread": "77",
		"rcv_wscale": "8", "snd_wscale": "7", "wscale": "1", "bandwidth_out": "1000000000", "bandwidth_in": "10", "active_open": "1",
	})
	if s.RecvQ != 77 || s.SendQ != 123 || s.Absent != 0 {
		t.Errorf("queues %d, %d, absent %b", s.RecvQ, s.SendQ, s.Absent)
	}
	for _, c := range []struct {
		what   string
		change func(a *estatsAnswer)
		want   map[string]string // "" is absent
	}{
		{"only coarse round-trip times", func(a *estatsAnswer) { delete(a.on, estatsFineRtt) },
			map[string]string{"rtt": "20ms", "rttvar": "5ms", "min_rtt": "18ms", "max_rtt": "40ms"}},
		{"fine round-trip times without a sample", func(a *estatsAnswer) { a.numbers["FINE_RTT.SumRtt"] = 0 },
			map[string]string{"rtt": "20ms", "rttvar": "5ms", "min_rtt": "18ms"}},
		{"no sample of either", func(a *estatsAnswer) {
			delete(a.on, estatsFineRtt)
			a.numbers["PATH.CountRtt"], a.numbers["PATH.SmoothedRtt"], a.numbers["PATH.MinRtt"] = 0, 0, math.MaxUint32
		}, map[string]string{"rtt": "", "rttvar": "", "min_rtt": "", "max_rtt": "", "sample_rtt": "", "rtt_count": "0", "rto": "300ms"}},
		{"less than a millisecond", func(a *estatsAnswer) {
			delete(a.on, estatsFineRtt)
			a.numbers["PATH.SmoothedRtt"], a.numbers["PATH.MinRtt"] = 0, 0
		}, map[string]string{"rtt": "0s", "min_rtt": "0s"}},
		{"threshold not set by a loss", func(a *estatsAnswer) {
			a.numbers["SND_CONG.CurSsthresh"], a.numbers["SND_CONG.MinSsthresh"], a.numbers["SND_CONG.MaxSsthresh"] = math.MaxUint32, 0x7fffffff, 0
		}, map[string]string{"ssthresh": "", "ssthresh_bytes": "", "min_ssthresh": "", "max_ssthresh": "", "cwnd": "10"}},
		{"windows without a segment size", func(a *estatsAnswer) { delete(a.on, estatsPath) },
			map[string]string{"cwnd": "", "ssthresh": "", "cwnd_bytes": "14600", "ssthresh_bytes": "29200", "mss": "", "total_rto": "", "rtt": "20.125ms"}},
		{"no scale offered", func(a *estatsAnswer) { a.numbers["REC.WinScaleSent"] = 0xff },
			map[string]string{"wscale": "0", "rcv_wscale": "0", "snd_wscale": "0"}},
		{"no scale answered", func(a *estatsAnswer) { a.numbers["OBS_REC.WinScaleRcvd"] = 0xff; delete(a.on, estatsRec) },
			map[string]string{"wscale": "0", "rcv_wscale": "0", "snd_wscale": "0"}},
		{"only one scale known", func(a *estatsAnswer) { delete(a.on, estatsObsRec) },
			map[string]string{"wscale": "", "rcv_wscale": "", "snd_wscale": "", "rcv_wnd": "251", "snd_wnd": ""}},
		{"bandwidth in one direction", func(a *estatsAnswer) { a.on[estatsBandwidth] = [2]uint32{1, 0} },
			map[string]string{"bandwidth_out": "1000000000", "bandwidth_out_peaked": "1", "bandwidth_in": "", "bandwidth_in_instability": "", "bandwidth_in_peaked": ""}},
		{"bandwidth in the other direction", func(a *estatsAnswer) { a.on[estatsBandwidth] = [2]uint32{math.MaxUint32, 1} },
			map[string]string{"bandwidth_out": "", "bandwidth_out_instability": "", "bandwidth_out_peaked": "", "bandwidth_in": "10"}},
		{"no option in the SYN", func(a *estatsAnswer) { a.numbers["SYN_OPTS.MssRcvd"], a.numbers["SYN_OPTS.ActiveOpen"] = 0, 0 },
			map[string]string{"peer_mss": "", "advmss": "3", "active_open": "0"}},
		{"no soft error", func(a *estatsAnswer) { a.numbers["DATA.SoftErrors"] = 0 },
			map[string]string{"soft_errors": "0", "soft_error_reason": ""}},
		{"only path episodes", func(a *estatsAnswer) { delete(a.on, estatsRec) }, map[string]string{"dup_ack_episodes": "171", "unread": ""}},
		{"more timeouts than the field can hold", func(a *estatsAnswer) { a.numbers["PATH.Timeouts"] = math.MaxUint32 }, map[string]string{"total_rto": "4294967295"}},
		{"switch neither on nor off", func(a *estatsAnswer) { a.on[estatsData] = [2]uint32{0xff, 0} }, map[string]string{"bytes_sent": "", "segs_in": ""}},
	} {
		i, s := with(c.change)
		estatsWant(t, c.what, i, c.want)
		if queues := i.Has(netstat.TCPUnread); queues != (s.Absent&netstat.FactQueues == 0) {
			t.Errorf("%s: queues are absent: %v", c.what, !queues)
		}
	}
	// Everything is switched off, and the buffers hold arbitrary bytes.
	i, _ = with(func(a *estatsAnswer) { clear(a.on) })
	if got := estatsText(i); len(got) != 3 || got["active_open"] != "1" || got["advmss"] == "" || got["peer_mss"] == "" {
		t.Errorf("with nothing collected: %v", got)
	}
}

// TestEStatsCalls reads statistics through a Source, for every way to read a table.
func TestEStatsCalls(t *testing.T) {
	for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table} {
		for _, facts := range []netstat.Facts{0, netstat.FactInode, netstat.FactOffload, netstat.FactCreated} {
			a := win32Rows(win32Sample)
			answer := estatsAll()
			var asked []string
			a.estats = func(r *tableReader, row []byte, kind uint32, rw, ros, rod []byte) uint32 {
				k := &estatsKinds[kind]
				if len(rw) != k.rw || len(ros) != estatsSize(k.ros, &pointers64) || len(rod) != estatsSize(k.rod, &pointers64) {
					t.Errorf("%s: structures of %d, %d and %d bytes", k.name, len(rw), len(ros), len(rod))
				}
				if r.table != table || !slices.ContainsFunc(win32Sample[table], func(want win32Row) bool {
					return bytes.Equal(estatsBlank(r.bare, row), estatsBlank(r.bare, r.bare.encode(want)))
				}) {
					t.Errorf("called for %x", row)
				}
				var s netstat.Socket
				r.bare.decode(row, &s)
				asked = append(asked, fmt.Sprint(s.State, " ", kind))
				answer.fill(kind, rw, ros, rod, &pointers64)
				return codeSuccess
			}
			src := win32Source(t, a, Options{})
			if rows, errs := win32Gather(t, src.Sockets(context.Background(), table, netstat.Need{Facts: facts})); len(rows) == 0 || len(errs) > 0 || len(asked) > 0 {
				t.Errorf("%v: not requested: %v, errors %v", table, asked, errs)
			}
			need := netstat.Need{Facts: facts | netstat.FactTCPInfo, Report: func(err *netstat.OpError) { t.Error(err) }}
			rows, errs := win32Gather(t, src.Sockets(context.Background(), table, need))
			connected := 0
			for _, s := range rows {
				if !estatsStates.Has(s.State) {
					if s.TCP != nil || s.Absent&netstat.FactQueues == 0 || s.Absent&netstat.FactTCPInfo != 0 || s.RecvQ != 0 || s.SendQ != 0 {
						t.Errorf("%v: %v has %+v, queues %d, %d, absent %b", table, s.State, s.TCP, s.RecvQ, s.SendQ, s.Absent)
					}
					continue
				}
				connected++
				if s.TCP == nil || !s.TCP.Has(netstat.TCPBandwidthIn) || s.Absent&netstat.FactQueues != 0 {
					t.Errorf("%v: %v has %+v, absent %b", table, s.State, s.TCP, s.Absent)
				}
			}
			if len(errs) > 0 || connected == 0 || len(rows) != len(win32Sample[table]) || len(asked) != 9*connected {
				t.Errorf("%v, facts %b: %d calls for %d connections of %d rows, errors %v", table, facts, len(asked), connected, len(rows), errs)
			}
		}
	}
}

// estatsBlank clears the undefined upper halves of ports and scopes.
func estatsBlank(l *rowLayout, row []byte) []byte {
	row = bytes.Clone(row)
	clear(row[l.localPort+2 : l.localPort+4])
	clear(row[l.remotePort+2 : l.remotePort+4])
	return row
}

// A row for the call has every byte of the system's row, and none of the previous one.
func TestEStatsRow(t *testing.T) {
	for _, r := range tables[:2] {
		for _, l := range []*rowLayout{r.bare, r.plain, r.module, r.second} {
			row := make([]byte, l.size)
			for i := range row {
				row[i] = byte(i + 1)
			}
			var room [52]byte
			b := r.bare.from(l, row, room[:])
			if len(b) != r.bare.size || bytes.IndexByte(b, 0) >= 0 {
				t.Errorf("%v, row of %d: % x", r.table, l.size, b)
			}
			checks := [][2]int{
				{r.bare.state, l.state}, {r.bare.local, l.local}, {r.bare.localPort, l.localPort},
				{r.bare.remote, l.remote}, {r.bare.remotePort, l.remotePort},
			}
			if l.scoped {
				checks = append(checks, [2]int{r.bare.localScope, l.localScope}, [2]int{r.bare.remoteScope, l.remoteScope})
			}
			for _, c := range checks {
				if at, from := c[0], c[1]; !bytes.Equal(b[at:at+4], row[from:from+4]) {
					t.Errorf("%v, row of %d: % x at %d", r.table, l.size, b[at:at+4], at)
				}
			}
		}
	}
}

// What Windows may return instead of statistics.
func TestEStatsErrors(t *testing.T) {
	established := func(n int) (rows []win32Row) {
		for i := range n {
			rows = append(rows, win32Row{local: "192.0.2.1:443", remote: fmt.Sprintf("192.0.2.2:%d", 1000+i), state: 5})
		}
		return append(rows, win32Row{local: "0.0.0.0:443", remote: "0.0.0.0:0", state: 2})
	}
	for _, c := range []struct {
		what          string
		code          func(port uint16, kind uint32) uint32
		asked, warned int
		has, absent   string // one sign for each of the four connections
	}{
		{"no entry point", func(uint16, uint32) uint32 { return codeProcNotFound }, 1, 1, "....", "xxxx"},
		{"not supported", func(uint16, uint32) uint32 { return codeNotSupported }, 1, 1, "....", "xxxx"},
		{"not implemented", func(uint16, uint32) uint32 { return codeCallNotImplemented }, 1, 1, "....", "xxxx"},
		{"denied", func(uint16, uint32) uint32 { return codeAccessDenied }, 4, 1, "....", "xxxx"},
		{"one denied", func(port uint16, _ uint32) uint32 {
			if port == 1001 {
				return codeAccessDenied
			}
			return codeSuccess
		}, 28, 1, "x.xx", ".x.."},
		{"one closed", func(port uint16, kind uint32) uint32 {
			if port == 1002 && kind == estatsPath {
				return codeNotFound
			}
			return codeSuccess
		}, 31, 0, "xx.x", "...."},
		{"all closed", func(uint16, uint32) uint32 { return codeNotFound }, 4, 0, "....", "...."},
		{"one type fails", func(_ uint16, kind uint32) uint32 {
			if kind == estatsBandwidth {
				return codeInvalidParameter
			}
			return codeSuccess
		}, 36, 1, "xxxx", "...."},
		{"every type fails", func(uint16, uint32) uint32 { return codeInvalidParameter }, 36, 1, "....", "xxxx"},
	} {
		a := win32Rows(map[netstat.Table][]win32Row{netstat.TCP4Table: established(4)})
		asked := 0
		answer := estatsAll()
		a.estats = func(r *tableReader, row []byte, kind uint32, rw, ros, rod []byte) uint32 {
			asked++
			code := c.code(netPort(row, r.bare.remotePort), kind)
			if code == codeSuccess {
				answer.fill(kind, rw, ros, rod, &pointers64)
			}
			return code
		}
		var warnings []string
		rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.TCP4Table, netstat.Need{
			Facts: netstat.FactTCPInfo, Report: func(err *netstat.OpError) {
				warnings = append(warnings, err.Error())
				if errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s: %v is not reported if the table was not named", c.what, err)
				}
			},
		}))
		sign := func(set bool) string {
			if set {
				return "x"
			}
			return "."
		}
		var has, absent string
		for _, s := range rows[:min(4, len(rows))] {
			has += sign(s.TCP != nil)
			absent += sign(s.Absent&netstat.FactTCPInfo != 0)
			if s.TCP == nil && (s.Absent&netstat.FactQueues == 0 || s.RecvQ != 0 || s.SendQ != 0) {
				t.Errorf("%s: queues of a connection without statistics: %+v", c.what, s)
			}
		}
		if len(rows) != 5 || len(errs) > 0 || asked != c.asked || len(warnings) != c.warned || has != c.has || absent != c.absent || rows[4].Absent&netstat.FactTCPInfo != 0 {
			t.Errorf("%s: %d rows, errors %v, %d calls, warnings %v, has %s, absent %s", c.what, len(rows), errs, asked, warnings, has, absent)
		}
	}
	// Rows that a caller keeps do not share statistics, and a closed connection leaves
	// nothing behind.
	a := win32Rows(map[netstat.Table][]win32Row{netstat.TCP4Table: established(60)})
	a.estats = func(r *tableReader, row []byte, kind uint32, rw, ros, rod []byte) uint32 {
		port := netPort(row, r.bare.remotePort)
		if port%7 == 0 && kind == estatsRec {
			return codeNotFound
		}
		answer := &estatsAnswer{map[uint32][2]uint32{kind: {1, 1}}, map[string]uint64{"DATA.DataBytesOut": uint64(port)}}
		if port%2 == 0 {
			clear(answer.on)
		}
		answer.fill(kind, rw, ros, rod, &pointers64)
		return codeSuccess
	}
	rows, _ := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.TCP4Table, netstat.Need{Facts: netstat.FactTCPInfo}))
	for _, s := range rows[:60] {
		port := uint64(s.Remote.Port)
		if port%7 == 0 {
			if s.TCP != nil {
				t.Errorf("port %d: %v", port, estatsText(s.TCP))
			}
			continue
		}
		if n, ok := s.TCP.Value(netstat.TCPBytesSent); ok != (port%2 == 1) || ok && n != port {
			t.Errorf("port %d: %d, %v", port, n, ok)
		}
	}
}

// Statistics are not read for connections excluded by a condition on ends.
func TestEStatsWhere(t *testing.T) {
	a := win32Rows(map[netstat.Table][]win32Row{netstat.TCP4Table: {
		{local: "192.0.2.1:443", remote: "192.0.2.2:1000", state: 5}, {local: "192.0.2.1:80", remote: "192.0.2.2:1000", state: 5},
	}})
	asked := 0
	a.estats = func(*tableReader, []byte, uint32, []byte, []byte, []byte) uint32 { asked++; return codeSuccess }
	s := win32Source(t, a, Options{})
	port := &netstat.Condition{Kind: netstat.WherePort, End: netstat.LocalEnd, Compare: netstat.CompareEqual, Port: 443}
	for _, c := range []struct {
		where       *netstat.Condition
		rows, asked int
	}{
		{nil, 2, 18}, {port, 1, 9},
		// A fact that Windows does not have is left to the caller.
		{&netstat.Condition{Kind: netstat.WhereAll, Of: []*netstat.Condition{port, {Kind: netstat.WhereMark}}}, 2, 18},
	} {
		asked = 0
		rows, _ := win32Gather(t, s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{Facts: netstat.FactTCPInfo, Where: c.where}))
		if len(rows) != c.rows || asked != c.asked {
			t.Errorf("%+v: %d rows, %d calls", c.where, len(rows), asked)
		}
	}
}

// A connection costs only a share of a piece, apart from its calls.
func TestEStatsAllocations(t *testing.T) {
	many := make([]win32Row, 1000)
	for i := range many {
		many[i] = win32Row{local: "192.0.2.1:443", remote: "192.0.2.2:1000", state: 5}
	}
	a := win32Rows(nil)
	table := rowTCPBare.encodeTable(many...)
	a.bare = func(_ *tableReader, buf []byte, size *uint32) uint32 { return win32Answer(table)(buf, size) }
	a.estats = func(_ *tableReader, _ []byte, _ uint32, rw, _, _ []byte) uint32 {
		for i := range rw {
			rw[i] = 1
		}
		return codeSuccess
	}
	s := win32Source(t, a, Options{})
	read := func() {
		for _, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{Facts: netstat.FactTCPInfo}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if allocs := testing.AllocsPerRun(5, read); allocs > 1000/estatsPieces+20 {
		t.Errorf("%v allocations for %d rows", allocs, len(many))
	}
}

func FuzzEStats(f *testing.F) {
	for n := range estatsKinds {
		k := &estatsKinds[n]
		f.Add(uint8(n), []byte{1, 0, 0, 0, 1, 0, 0, 0}, make([]byte, 12), bytes.Repeat([]byte{7}, estatsSize(k.rod, &pointers64)))
	}
	f.Fuzz(func(t *testing.T, n uint8, rw, ros, rod []byte) {
		k := &estatsKinds[int(n)%len(estatsKinds)]
		win32Both(func(p *pointers) {
			room := func(b []byte, size int) []byte {
				return append(b[:min(size, len(b)):min(size, len(b))], make([]byte, size-min(size, len(b)))...)
			}
			rw, ros, rod := room(rw, k.rw), room(ros, estatsSize(k.ros, p)), room(rod, estatsSize(k.rod, p))
			var i netstat.TCPInfo
			s := netstat.Socket{Absent: netstat.FactQueues}
			told := k.decode(rw, ros, rod, p, &i)
			if first, second := k.on(rw); told && !first && !second || !told && i != (netstat.TCPInfo{}) {
				t.Fatalf("%s: switch % x, told %v: %v", k.name, rw, told, estatsText(&i))
			}
			estatsFinish(&i, &s)
			for f := range netstat.TCPFields {
				n, ok := i.Value(f)
				switch {
				case !ok:
				case f.Kind() == netstat.FieldDuration && n > math.MaxUint32*uint64(time.Millisecond), f.Kind() == netstat.FieldFlag && n > 1,
					f == netstat.TCPRcvWScale && n >= 0xff, f == netstat.TCPSSThresh && n > estatsLargestWindow:
					t.Fatalf("%s: %v is %d", k.name, f, n)
				}
			}
			if s.Absent == 0 { // needs two types
				t.Fatalf("%s alone sets the queues", k.name)
			}
		})
	})
}
