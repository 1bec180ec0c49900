package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

const tcpFile = tcpHeader +
	"   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0\n"

func TestDecodeDiag(t *testing.T) {
	local, remote := netip.MustParseAddrPort("10.1.2.3:22"), netip.MustParseAddrPort("10.9.8.7:50000")
	b := diagMsg(afInet, 10, local, remote, 1000, 4242)
	b[2], b[3] = 1, 5
	order := binary.NativeEndian
	order.PutUint32(b[40:], 3)
	order.PutUint32(b[44:], 0x11111111)
	order.PutUint32(b[48:], 0x22222222)
	order.PutUint32(b[52:], 12340)
	order.PutUint32(b[56:], 7)
	order.PutUint32(b[60:], 128)
	s := netstat.Socket{Table: netstat.TCP4Table}
	decodeDiag(b, &s)
	want := netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Listen,
		Local:  netstat.Addr{IP: local.Addr(), Port: 22, Scope: 3},
		Remote: netstat.Addr{IP: remote.Addr(), Port: 50000},
		RecvQ:  7, MaxBacklog: 128, UID: 1000, Inode: 4242, Cookie: 0x2222222211111111,
		Timer: netstat.Timer{Kind: netstat.TimerRetransmit, Code: 1, Expires: 12340 * time.Millisecond, Retransmits: 5},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}

	// A row must not keep anything of an earlier row.
	b = diagMsg(afInet6, 200, netip.MustParseAddrPort("[::1]:1"), netip.MustParseAddrPort("[fe80::2]:2"), 0, 0)
	order.PutUint32(b[40:], 9)
	s.Table = netstat.TCP6Table
	decodeDiag(b, &s)
	want = netstat.Socket{
		Table:  netstat.TCP6Table,
		Local:  netstat.Addr{IP: netip.MustParseAddr("::1"), Port: 1, Scope: 9},
		Remote: netstat.Addr{IP: netip.MustParseAddr("fe80::2"), Port: 2, Scope: 9},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
}

func TestStateMask(t *testing.T) {
	tests := []struct {
		states netstat.StateSet
		want   uint32
	}{
		{0, 0x1ffe},
		{netstat.States(netstat.Listen), 1 << 10},
		{netstat.States(netstat.SynReceived), 1 << 3},
		{netstat.States(netstat.NewSynRecv), 1<<12 | 1<<3},
		{netstat.States(netstat.Bound), 1 << 13},
		{netstat.States(netstat.StateUnknown), 0x1ffe},
		{netstat.AllStates, 0x3ffe},
		{netstat.States(netstat.Free), 0},
	}
	for _, test := range tests {
		if got := stateMask(test.states); got != test.want {
			t.Errorf("stateMask(%b) = %#x, want %#x", test.states, got, test.want)
		}
	}
}

func TestRequest(t *testing.T) {
	r := diagRequest{table: netstat.TCP6Table, protocol: ipprotoTCP, states: 1 << 10, bytecode: []byte{1, 2, 3, 4}}
	b := appendDiagRequest(nil, 7, &r)
	order := binary.NativeEndian
	if len(b) != 16+56+4+4 || int(order.Uint32(b)) != len(b) {
		t.Fatalf("length %d, header says %d", len(b), order.Uint32(b))
	}
	if order.Uint16(b[4:]) != 20 || order.Uint16(b[6:]) != 0x301 || order.Uint32(b[8:]) != 7 {
		t.Errorf("header % x", b[:16])
	}
	if b[16] != 10 || b[17] != 6 || b[18] != 0 || order.Uint32(b[20:]) != 1<<10 {
		t.Errorf("request % x", b[16:24])
	}
	if order.Uint16(b[72:]) != 8 || order.Uint16(b[74:]) != 1 {
		t.Errorf("attribute % x", b[72:76])
	}
}

// TestDumpFaults replays the possible failures of a dump.
func TestDumpFaults(t *testing.T) {
	short := message(sockDiagByFamily, 2, make([]byte, 40))
	garbage := []byte{9, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2}
	stray := row4(99)
	binary.NativeEndian.PutUint32(stray[8:], 0xdead)
	strayDone := done(0)
	binary.NativeEndian.PutUint32(strayDone[8:], 0xdead)
	cut := row4(3)
	cut = cut[:60]
	complete := datagram(row4(1), row4(2), done(0))

	const file = 22 // the port of the one row of the /proc file
	tests := []struct {
		name    string
		replies []reply
		sendErr error
		ports   []uint16
		err     error // yielded error in automatic mode
		report  error
	}{
		{name: "complete", replies: []reply{datagram(row4(1)), datagram(row4(2)), datagram(done(0))}, ports: []uint16{1, 2}},
		{name: "end in the same datagram", replies: []reply{complete}, ports: []uint16{1, 2}},
		{name: "empty table", replies: []reply{datagram(done(0))}},
		{name: "end without a code", replies: []reply{datagram(row4(1), message(netlink.TypeDone, 0, nil))}, ports: []uint16{1}},
		{name: "no-op and unknown kinds", replies: []reply{datagram(message(netlink.TypeNoop, 0, nil), message(99, 0, number(1))), complete}, ports: []uint16{1, 2}},
		{name: "acknowledgement", replies: []reply{datagram(refusal(0)), complete}, ports: []uint16{1, 2}},
		{name: "reply to another request", replies: []reply{datagram(stray, strayDone), complete}, ports: []uint16{1, 2}},
		{name: "empty datagram", replies: []reply{{}, complete}, ports: []uint16{1, 2}},

		{name: "refused", replies: []reply{datagram(refusal(syscall.EPERM))}, ports: []uint16{file}},
		{name: "no handler", replies: []reply{datagram(refusal(syscall.ENOENT))}, ports: []uint16{file}},
		{name: "no handler, error at the end", replies: []reply{datagram(done(-int32(syscall.ENOENT)))}, ports: []uint16{file}},
		{name: "send refused", sendErr: syscall.EACCES, ports: []uint16{file}},
		{name: "receive refused", replies: []reply{{err: syscall.EPERM}}, ports: []uint16{file}},
		{name: "error without a code", replies: []reply{datagram(message(netlink.TypeError, 0, nil)), complete}, ports: []uint16{1, 2}},

		{name: "no space, then success", replies: []reply{{err: syscall.ENOBUFS}, complete}, ports: []uint16{1, 2}},
		{name: "always no space", replies: []reply{{err: syscall.ENOBUFS}, {err: syscall.ENOBUFS}, {err: syscall.ENOBUFS}}, ports: []uint16{file}},
		{name: "silence", replies: []reply{}, ports: []uint16{file}},
		{name: "silence, then success", replies: []reply{{err: syscall.EAGAIN}, {err: syscall.EAGAIN}, complete}, ports: []uint16{1, 2}},
		{name: "overrun, then success", replies: []reply{datagram(message(netlink.TypeOverrun, 0, nil)), complete}, ports: []uint16{1, 2}},
		{name: "garbage, then success", replies: []reply{{data: garbage}, complete}, ports: []uint16{1, 2}},
		{name: "always garbage", replies: []reply{{data: garbage}, {data: garbage}, {data: garbage}}, ports: []uint16{file}},
		{name: "truncated, then success", replies: []reply{{data: row4(1), truncated: true}, complete}, ports: []uint16{1, 2}},

		{name: "no space after rows", replies: []reply{datagram(row4(1)), {err: syscall.ENOBUFS}}, ports: []uint16{1}, err: syscall.ENOBUFS},
		{name: "silence after rows", replies: []reply{datagram(row4(1))}, ports: []uint16{1}, err: syscall.EAGAIN},
		{name: "error after rows", replies: []reply{datagram(row4(1), refusal(syscall.EIO))}, ports: []uint16{1}, err: syscall.EIO},
		{name: "error at the end", replies: []reply{datagram(row4(1), done(-int32(syscall.ENOMEM)))}, ports: []uint16{1}, err: syscall.ENOMEM},
		{name: "overrun after rows", replies: []reply{datagram(row4(1), message(netlink.TypeOverrun, 0, nil))}, ports: []uint16{1}, err: netlink.ErrOverrun},
		{name: "garbage after rows", replies: []reply{datagram(row4(1), garbage), datagram(row4(2), done(0))}, ports: []uint16{1, 2}, err: netlink.ErrGarbled},
		{name: "cut message after rows", replies: []reply{datagram(row4(1), cut), datagram(row4(2), done(0))}, ports: []uint16{1, 2}, err: netlink.ErrGarbled},
		{name: "truncated after rows", replies: []reply{datagram(row4(1)), {data: row4(2), truncated: true}, datagram(done(0))}, ports: []uint16{1, 2}, err: netlink.ErrTruncated},

		{name: "short record", replies: []reply{datagram(row4(1), short, row4(2), done(0))}, ports: []uint16{1, 2}, report: netstat.ErrBogusRecord},
		{name: "record of another family", replies: []reply{datagram(row6(1), row4(2), done(0))}, ports: []uint16{2}, report: netstat.ErrBogusRecord},

		{name: "changed, then success", replies: []reply{datagram(rowFlags(9, netlink.FlagInterrupted)), complete}, ports: []uint16{1, 2}},
		{
			name:    "changed at the end of an empty dump, then success",
			replies: []reply{datagram(message(netlink.TypeDone, netlink.FlagInterrupted, number(0))), complete}, ports: []uint16{1, 2},
		},
		{
			name:    "always changed",
			replies: []reply{datagram(rowFlags(9, netlink.FlagInterrupted)), datagram(rowFlags(9, netlink.FlagInterrupted)), datagram(rowFlags(9, netlink.FlagInterrupted), done(0))},
			ports:   []uint16{9}, report: netstat.ErrIncomplete,
		},
		{
			name:    "changed after rows",
			replies: []reply{datagram(row4(1)), datagram(rowFlags(2, netlink.FlagInterrupted)), datagram(done(0))},
			ports:   []uint16{1, 2}, report: netstat.ErrIncomplete,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &scriptedConn{replies: test.replies, sendErr: test.sendErr}
			s := fakeSource(t, Options{}, c, map[string]string{"/proc/net/tcp": tcpFile})
			got := collect(s, netstat.TCP4Table, netstat.Need{})
			if !reflect.DeepEqual(got.ports(), test.ports) {
				t.Errorf("ports %v, want %v", got.ports(), test.ports)
			}
			if !errors.Is(got.err, test.err) || test.err == nil && got.err != nil {
				t.Errorf("error %v, want %v", got.err, test.err)
			}
			if test.err != nil && !errors.Is(got.err, netstat.ErrIncomplete) {
				t.Errorf("error %v is not ErrIncomplete", got.err)
			}
			switch {
			case test.report == nil && len(got.reports) > 0:
				t.Errorf("reported %v", got.reports)
			case test.report != nil && (len(got.reports) != 1 || !errors.Is(got.reports[0], test.report)):
				t.Errorf("reported %v, want one %v", got.reports, test.report)
			}

			// With netlink forced, a fallback to /proc becomes an
			// error, except for tables that only /proc has.
			c = &scriptedConn{replies: test.replies, sendErr: test.sendErr}
			s = fakeSource(t, Options{Source: "netlink"}, c, map[string]string{"/proc/net/tcp": tcpFile})
			forced := collect(s, netstat.TCP4Table, netstat.Need{})
			if fellBack := len(test.ports) == 1 && test.ports[0] == file; fellBack && !strings.HasPrefix(test.name, "no handler") {
				var op *netstat.OpError
				if !errors.As(forced.err, &op) || op.Op != "dump" || op.Table != netstat.TCP4Table || len(forced.rows) > 0 {
					t.Errorf("forced: %d rows, error %v", len(forced.rows), forced.err)
				}
			} else if !reflect.DeepEqual(forced.ports(), test.ports) {
				t.Errorf("forced: ports %v, want %v", forced.ports(), test.ports)
			}
		})
	}
}

func TestDialRefused(t *testing.T) {
	files := map[string]string{"/proc/net/tcp": tcpFile}
	if got := collect(fakeSource(t, Options{}, nil, files), netstat.TCP4Table, netstat.Need{}); len(got.rows) != 1 || got.err != nil {
		t.Errorf("automatic: %d rows, error %v", len(got.rows), got.err)
	}
	if got := collect(fakeSource(t, Options{Source: "netlink"}, nil, files), netstat.TCP4Table, netstat.Need{}); !errors.Is(got.err, syscall.EPROTONOSUPPORT) {
		t.Errorf("forced: error %v", got.err)
	}
	got := collect(fakeSource(t, Options{}, nil, nil), netstat.TCP4Table, netstat.Need{})
	if !errors.Is(got.err, errors.ErrUnsupported) || !errors.Is(got.err, syscall.ENOENT) {
		t.Errorf("neither: error %v", got.err)
	}
}

func TestRefusalIsRemembered(t *testing.T) {
	c := &scriptedConn{replies: []reply{datagram(refusal(syscall.ENOENT)), datagram(row4(1), done(0))}}
	s := fakeSource(t, Options{}, c, map[string]string{"/proc/net/raw": udpHeader, "/proc/net/raw6": udpHeader})
	for _, table := range []netstat.Table{netstat.Raw4Table, netstat.Raw6Table, netstat.Raw4Table} {
		if got := collect(s, table, netstat.Need{}); got.err != nil || len(got.rows) > 0 {
			t.Errorf("%v: %d rows, error %v", table, len(got.rows), got.err)
		}
	}
	if c.sends != 1 {
		t.Errorf("%d dumps of a protocol without handler, want 1", c.sends)
	}
	if got := collect(s, netstat.TCP4Table, netstat.Need{}); len(got.rows) != 1 {
		t.Errorf("another protocol: %d rows, error %v", len(got.rows), got.err)
	}
}

func TestConnectionIsReused(t *testing.T) {
	c := &scriptedConn{replies: []reply{datagram(row4(1), done(0)), datagram(row4(2), done(0))}}
	s := fakeSource(t, Options{}, c, nil)
	dials := 0
	s.dial = func() (netlink.Conn, error) { dials++; return c, nil }
	collect(s, netstat.TCP4Table, netstat.Need{})
	if got := collect(s, netstat.UDP4Table, netstat.Need{}); len(got.rows) != 1 || got.rows[0].Local.Port != 2 {
		t.Errorf("second dump: %+v", got)
	}
	if dials != 1 || c.closed != 0 {
		t.Errorf("%d connections made, %d closed; want 1, 0", dials, c.closed)
	}
	s.Close()
	if c.closed != 1 {
		t.Errorf("closed %d times, want 1", c.closed)
	}
}

func TestEarlyStop(t *testing.T) {
	c := &scriptedConn{replies: []reply{datagram(row4(1), row4(2)), datagram(done(0))}}
	s := fakeSource(t, Options{}, c, nil)
	for range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
		break
	}
	if c.closed != 1 || c.at != 1 {
		t.Errorf("closed %d times after %d datagrams, want 1, 1", c.closed, c.at)
	}
	if s.conn != nil {
		t.Error("an unfinished dump was kept")
	}
}

func TestNestedTables(t *testing.T) {
	c := &scriptedConn{replies: []reply{datagram(row4(1), row4(2)), datagram(row4(3), done(0))}}
	s := fakeSource(t, Options{}, c, map[string]string{
		"/proc/net/icmp": "sl local_address rem_address st\n 1: 00000000:0001 00000000:0000 07 0:0 00:0 0 0 0 5 2 0 0\n",
	})
	var ports []uint16
	for row, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, row.Local.Port)
		if got := collect(s, netstat.ICMP4Table, netstat.Need{}); len(got.rows) != 1 {
			t.Fatalf("inner table: %+v", got)
		}
	}
	if !reflect.DeepEqual(ports, []uint16{1, 2, 3}) {
		t.Errorf("ports %v", ports)
	}
}

func TestCancel(t *testing.T) {
	for _, mode := range []string{"netlink", "proc", ""} {
		t.Run(mode, func(t *testing.T) {
			c := &scriptedConn{replies: []reply{datagram(row4(1)), datagram(row4(2)), datagram(done(0))}}
			line := "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0\n"
			s := fakeSource(t, Options{Source: mode}, c, map[string]string{"/proc/net/tcp": tcpHeader + strings.Repeat(line, 100)})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			rows := 0
			var last error
			for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
				if err != nil {
					last = err
					continue
				}
				rows++
				cancel()
			}
			if !errors.Is(last, context.Canceled) || rows == 0 || rows >= 100 {
				t.Errorf("%d rows, error %v", rows, last)
			}
			pairs := 0
			for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled before: error %v", err)
				}
				pairs++
			}
			if pairs != 1 {
				t.Errorf("cancelled before: %d pairs", pairs)
			}
		})
	}
}

// TestRequests checks that what a dump lacks of connection requests comes from the file.
func TestRequests(t *testing.T) {
	local := netip.MustParseAddrPort("127.0.0.1:80")
	request := func(port uint16) []byte {
		return message(sockDiagByFamily, 2, diagMsg(afInet, 3, local, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), port), 0, 0))
	}
	files := map[string]string{"/proc/net/tcp": tcpHeader +
		"   0: 0100007F:0050 0200007F:0001 03 00000000:00000000 01:00000063 00000004  1000        0 0 1 0\n" +
		"   1: 0100007F:0050 0200007F:0002 01 00000000:00000000 00:00000000 00000000  2000        0 9 1 0\n"}
	script := []reply{datagram(request(1), request(2), done(0))}

	s := fakeSource(t, Options{}, &scriptedConn{replies: script}, files)
	got := collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactUID})
	if len(got.rows) != 2 || got.rows[0].UID != 1000 || got.rows[1].UID != 0 || got.err != nil || len(got.reports) > 0 {
		t.Errorf("%+v", got)
	}

	s = fakeSource(t, Options{}, &scriptedConn{replies: script}, files)
	got = collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactTimer | netstat.FactBacklog})
	if len(got.rows) != 2 || got.rows[0].Timer.Retransmits != 4 || got.rows[1].Timer.Retransmits != 0 || got.err != nil || len(got.reports) > 0 {
		t.Errorf("timers: %+v", got)
	}

	s = fakeSource(t, Options{}, &scriptedConn{replies: script}, nil)
	if got := collect(s, netstat.TCP4Table, netstat.Need{}); len(got.rows) != 2 || len(got.reports) > 0 {
		t.Errorf("not requested: %+v", got)
	}

	s = fakeSource(t, Options{}, &scriptedConn{replies: script}, nil)
	got = collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactUID})
	if len(got.rows) != 2 || got.err != nil || len(got.reports) != 1 || !errors.Is(got.reports[0], syscall.ENOENT) {
		t.Errorf("without /proc: %+v", got)
	}
}

func TestTimersComeFromProc(t *testing.T) {
	for _, mode := range []string{"", "netlink", "proc"} {
		c := &scriptedConn{replies: []reply{datagram(row4(1), done(0))}}
		s := fakeSource(t, Options{Source: mode}, c, map[string]string{"/proc/net/tcp": tcpFile})
		if got := collect(s, netstat.TCP4Table, netstat.Need{Facts: netstat.FactTimer}); len(got.rows) != 1 || got.rows[0].Local.Port != 22 || c.sends > 0 {
			t.Errorf("%q: %+v", mode, got)
		}
	}
}

func TestBound(t *testing.T) {
	closed := message(sockDiagByFamily, 2, diagMsg(afInet, 7, netip.MustParseAddrPort("0.0.0.0:81"), netip.MustParseAddrPort("0.0.0.0:0"), 0, 5))
	for _, test := range []struct {
		states netstat.StateSet
		want   netstat.State
	}{{0, netstat.Closed}, {netstat.States(netstat.Bound), netstat.Bound}} {
		s := fakeSource(t, Options{}, &scriptedConn{replies: []reply{datagram(closed, done(0))}}, nil)
		if got := collect(s, netstat.TCP4Table, netstat.Need{States: test.states}); len(got.rows) != 1 || got.rows[0].State != test.want {
			t.Errorf("%+v", got)
		}
	}
}

// TestBoundNotSupported checks that a kernel that cannot list bound sockets is
// reported once, and that other rows are listed.
func TestBoundNotSupported(t *testing.T) {
	bound := message(sockDiagByFamily, 2, diagMsg(afInet, 7, netip.MustParseAddrPort("0.0.0.0:81"), netip.MustParseAddrPort("0.0.0.0:0"), 0, 5))
	for _, test := range []struct {
		name, release, mode string
		table               netstat.Table
		states              netstat.StateSet
		first               []byte
		missed              int
	}{
		{"late kernel", "6.8.0-31-generic", "", netstat.TCP4Table, netstat.AllStates, row4(1), 0},
		{"unknown kernel", "", "", netstat.TCP4Table, netstat.AllStates, row4(1), 0},
		{"old kernel", "6.1.0", "", netstat.TCP4Table, netstat.AllStates, row4(1), 1},
		{"old kernel that can", "5.14.0-503.el9", "", netstat.TCP4Table, netstat.AllStates, bound, 0},
		{"not requested", "6.1.0", "", netstat.TCP4Table, 0, row4(1), 0},
		{"not TCP", "6.1.0", "", netstat.UDP4Table, netstat.AllStates, row4(1), 0},
		{"file", "6.18.0", "proc", netstat.TCP4Table, netstat.AllStates, nil, 1},
		{"file, not requested", "6.18.0", "proc", netstat.TCP4Table, 0, nil, 0},
		{"file, not TCP", "6.18.0", "proc", netstat.UDP4Table, netstat.AllStates, nil, 0},
	} {
		c := &scriptedConn{replies: []reply{datagram(test.first, done(0))}}
		s := fakeSource(t, Options{Source: test.mode}, c, map[string]string{"/proc/net/tcp": tcpFile, "/proc/net/udp": tcpFile})
		s.release = func() string { return test.release }
		got := collect(s, test.table, netstat.Need{States: test.states})
		if len(got.rows) != 1 || got.err != nil || len(got.reports) != test.missed {
			t.Errorf("%s: %+v", test.name, got)
			continue
		}
		for _, e := range got.reports {
			if !errors.Is(e, errors.ErrUnsupported) || !strings.Contains(e.Error(), "Linux 6.8") {
				t.Errorf("%s: reported %v", test.name, e)
			}
		}
	}
	for release, want := range map[string]bool{
		"6.8": true, "6.7.12": false, "6.10.1": true, "7.0": true, "5.15.0": false, "6": true, "x": true, "6.x": true, "6.": true,
	} {
		if got := listsBound(release); got != want {
			t.Errorf("listsBound(%q) = %v", release, got)
		}
	}
}

func FuzzDiag(f *testing.F) {
	f.Add(row4(1))
	f.Add(append(row6(1), done(0)...))
	f.Add(refusal(syscall.EPERM))
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 20, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.UDP6Table} {
			// A good row first, so that the failure comes after
			// rows.
			for _, lead := range [][]byte{nil, row4(7), row6(7)} {
				c := &rawConn{replies: []reply{{data: lead}, {data: b}, {data: done(0)}, {data: done(0)}}}
				d := diagDump{request: diagRequest{table: table, states: 1 << 13}, report: func(*netstat.OpError) {}}
				rows := 0
				out := d.run(context.Background(), c, make([]byte, bufferSize), func(s netstat.Socket, err error) bool {
					rows++
					if err != nil || s.Table != table || s.Local.IP.Is4() != (table.Family == netstat.Inet) {
						t.Errorf("row %+v, error %v", s, err)
					}
					return true
				})
				if out.Rows != (rows > 0) || rows > 1+len(b)/(netlink.HeaderSize+inetDiagMsgSize) {
					t.Errorf("%d rows of %d bytes, outcome %+v", rows, len(b), out)
				}
			}
		}
	})
}
