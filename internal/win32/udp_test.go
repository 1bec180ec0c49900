package win32

import (
	"context"
	"slices"
	"testing"

	"netstat"
)

// win32Peers is a Windows whose table of UDP peers is answered by udp2.
func win32Peers(build uint32, udp2 func(family uint32) ([]byte, uint32)) api {
	a := win32Rows(win32Sample)
	a.build = func() uint32 { return build }
	a.udp2 = udp2
	return a
}

func win32UDP(t *testing.T, a api, table netstat.Table) (rows []netstat.Socket, flaws []string) {
	t.Helper()
	need := netstat.Need{Report: func(err *netstat.OpError) { flaws = append(flaws, err.Error()) }}
	rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), table, need))
	if len(errs) > 0 {
		t.Errorf("errors %v", errs)
	}
	return rows, flaws
}

// Connected UDP sockets show their peer where the system tells it. Where it has no such table
// nothing is said; where it has one that is not as expected, that is.
func TestUDPPeers(t *testing.T) {
	good := func(family uint32) ([]byte, uint32) {
		if family == familyInet6 {
			return rowUDP62.encodeTable(win32Sample[netstat.UDP6Table]...), codeSuccess
		}
		return append(rowUDP2.encodeTable(win32Sample[netstat.UDP4Table]...), 1, 2, 3), codeSuccess // over-allocated
	}
	code := func(code uint32) func(uint32) ([]byte, uint32) {
		return func(uint32) ([]byte, uint32) { return nil, code }
	}
	table := func(l *rowLayout, rows ...win32Row) func(uint32) ([]byte, uint32) {
		return func(uint32) ([]byte, uint32) { return l.encodeTable(rows...), codeSuccess }
	}
	sample := win32Sample[netstat.UDP4Table]
	const differ = "read peers of udp: the table of peers does not match that of sockets"
	for _, c := range []struct {
		name  string
		build uint32
		udp2  func(uint32) ([]byte, uint32)
		peers bool
		flaw  string
	}{
		{"as expected", 26100, good, true, ""},
		{"the first build that has it", 20348, good, true, ""},
		{"an old build", 19045, good, false, ""},
		{"not there", 26100, code(codeProcNotFound), false, ""},
		{"refused", 26100, code(codeInvalidParameter), false, ""},
		{"not supported", 26100, code(codeNotSupported), false, ""},
		{"not implemented", 26100, code(codeCallNotImplemented), false, ""},
		{"denied", 26100, code(codeAccessDenied), false, "read peers of udp: Windows error 5"},
		{"no rows", 26100, code(codeNoData), false, differ},
		{"other rows", 26100, table(&rowUDPModule, sample...), false, differ},
		{"a row less", 26100, table(&rowUDP2, sample[:1]...), false, differ},
		{"a row more", 26100, table(&rowUDP2, append(slices.Clone(sample), win32Row{local: "1.2.3.4:5", remote: "0.0.0.0:0"})...), false, differ},
		{"a row twice", 26100, table(&rowUDP2, append(slices.Clone(sample), sample[0])...), false, differ},
		{"no count", 26100, func(uint32) ([]byte, uint32) { return []byte{2}, codeSuccess }, false, differ},
	} {
		a := win32Peers(c.build, c.udp2)
		rows, flaws := win32UDP(t, a, netstat.UDP4Table)
		if len(rows) != 2 || !slices.Equal(flaws, win32Texts(c.flaw)) {
			t.Errorf("%s: %d rows, flaws %q", c.name, len(rows), flaws)
			continue
		}
		if !c.peers {
			if rows[0].Remote.IP.IsValid() || rows[1].Remote.IP.IsValid() {
				t.Errorf("%s: %+v", c.name, rows)
			}
			continue
		}
		if rows[0].State != netstat.Closed || win32AddrPort(rows[0].Remote) != "0.0.0.0:0" ||
			rows[1].State != netstat.Established || win32AddrPort(rows[1].Remote) != "127.0.0.1:57990" {
			t.Errorf("%s: %+v", c.name, rows)
		}
		if rows, _ := win32UDP(t, a, netstat.UDP6Table); len(rows) != 1 || win32AddrPort(rows[0].Remote) != "[::]:0" || rows[0].Local.Scope != 2 {
			t.Errorf("%s: %+v", c.name, rows)
		}
	}
}

func win32Texts(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// A system without the table of peers is asked for that of processes only if somebody wants to
// know them.
func TestUDPWithoutPeers(t *testing.T) {
	a := win32Peers(26100, func(uint32) ([]byte, uint32) { return nil, codeProcNotFound })
	a.extendedUDP = func([]byte, *uint32, uint32, uint32) uint32 {
		t.Error("asked for processes")
		return codeProcNotFound
	}
	if rows, flaws := win32UDP(t, a, netstat.UDP4Table); len(rows) != 2 || len(flaws) > 0 {
		t.Errorf("%+v, flaws %q", rows, flaws)
	}
}

// Sockets that come and go between the calls do not cost the others their peers.
func TestUDPPeersChanging(t *testing.T) {
	row := func(local, remote string) win32Row { return win32Row{local: local, remote: remote, pid: 7} }
	const none = "0.0.0.0:0"
	stays, connected := row("0.0.0.0:53", none), row("10.0.0.1:4000", "10.0.0.2:53")
	old, fresh, brief := row("0.0.0.0:1", none), row("0.0.0.0:2", none), row("0.0.0.0:3", none)
	for _, c := range []struct {
		name           string
		sockets, peers [][]win32Row // of each call, the last of all that follow
		calls          int
		remotes        []string
		flaw           string
	}{
		{"nothing changes", [][]win32Row{{stays, connected}}, [][]win32Row{{stays, connected}}, 1,
			[]string{none, "10.0.0.2:53"}, ""},
		{"one comes before the sockets are read", [][]win32Row{{fresh, stays, connected}},
			[][]win32Row{{stays, connected}, {fresh, stays, connected}}, 2, []string{none, none, "10.0.0.2:53"}, ""},
		{"one comes after the peers were read again", [][]win32Row{{stays, connected}, {fresh, stays, connected}},
			[][]win32Row{{old, stays, connected}, {stays, connected}}, 2, []string{"", none, "10.0.0.2:53"}, ""},
		{"one goes", [][]win32Row{{stays, connected, old}, {stays, connected}},
			[][]win32Row{{stays, connected, brief}, {stays, connected, old}}, 2, []string{none, "10.0.0.2:53"}, ""},
		{"another comes and goes every time", [][]win32Row{{stays, connected}},
			[][]win32Row{{stays, connected, brief}}, peersTries, []string{"", ""},
			"read peers of udp: the table of peers does not match that of sockets"},
	} {
		var socketCalls, peerCalls int
		take := func(list [][]win32Row, n *int) []win32Row {
			i := min(*n, len(list)-1)
			*n++
			return list[i]
		}
		a := win32Peers(26100, func(uint32) ([]byte, uint32) {
			return rowUDP2.encodeTable(take(c.peers, &peerCalls)...), codeSuccess
		})
		a.extendedUDP = func(buf []byte, size *uint32, _, _ uint32) uint32 {
			return win32Answer(rowUDPPID.encodeTable(take(c.sockets, &socketCalls)...))(buf, size)
		}
		rows, flaws := win32UDP(t, a, netstat.UDP4Table)
		var remotes []string
		for i := range rows {
			remote := ""
			if rows[i].Remote.IP.IsValid() {
				remote = win32AddrPort(rows[i].Remote)
			}
			remotes = append(remotes, remote)
		}
		if !slices.Equal(remotes, c.remotes) || socketCalls != c.calls || peerCalls != c.calls || !slices.Equal(flaws, win32Texts(c.flaw)) {
			t.Errorf("%s: %d and %d calls, remote ends %q, flaws %q", c.name, socketCalls, peerCalls, remotes, flaws)
		}
	}
}

// Peers are joined with rows that have the time of creation as well.
func TestUDPPeersCreated(t *testing.T) {
	a := win32Peers(26100, func(uint32) ([]byte, uint32) {
		return rowUDP2.encodeTable(win32Sample[netstat.UDP4Table]...), codeSuccess
	})
	rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.UDP4Table,
		netstat.Need{Facts: netstat.FactCreated, Report: func(err *netstat.OpError) { t.Error(err) }}))
	if len(rows) != 2 || len(errs) > 0 {
		t.Fatalf("%+v, errors %v", rows, errs)
	}
	d, ok := rows[1].Detail.(*netstat.WindowsDetail)
	if !ok || !d.Created.Equal(fileTime(win32Created)) || win32AddrPort(rows[1].Remote) != "127.0.0.1:57990" || rows[1].State != netstat.Established {
		t.Errorf("%+v, %+v", rows[1], d)
	}
}
