package win32

import (
	"context"
	"slices"
	"testing"

	"netstat"
)

// win32Peers is a Windows whose table of UDP peers comes from udp2.
func win32Peers(build uint32, udp2 func(family uint32) ([]byte, uint32)) api {
	a := win32Rows(win32Sample)
	a.build = func() uint32 { return build }
	a.udp2 = udp2
	return a
}

func win32UDP(t *testing.T, a api, table netstat.Table) (rows []netstat.Socket, warnings []string) {
	t.Helper()
	need := netstat.Need{Report: func(err *netstat.OpError) { warnings = append(warnings, err.Error()) }}
	rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), table, need))
	if len(errs) > 0 {
		t.Errorf("errors %v", errs)
	}
	return rows, warnings
}

// Connected UDP sockets show their peer if the system reports it. A missing table of
// peers is ignored; an unexpected one is reported.
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
	const differ = "read peers of udp: the table of peers does not match the table of sockets"
	for _, c := range []struct {
		name    string
		build   uint32
		udp2    func(uint32) ([]byte, uint32)
		peers   bool
		warning string
	}{
		{"as expected", 26100, good, true, ""},
		{"first build with the table", 20348, good, true, ""},
		{"old build", 19045, good, false, ""},
		{"no entry point", 26100, code(codeProcNotFound), false, ""},
		{"rejected", 26100, code(codeInvalidParameter), false, ""},
		{"not supported", 26100, code(codeNotSupported), false, ""},
		{"not implemented", 26100, code(codeCallNotImplemented), false, ""},
		{"denied", 26100, code(codeAccessDenied), false, "read peers of udp: Windows error 5"},
		{"no rows", 26100, code(codeNoData), false, differ},
		{"other rows", 26100, table(&rowUDPModule, sample...), false, differ},
		{"one row missing", 26100, table(&rowUDP2, sample[:1]...), false, differ},
		{"one row too many", 26100, table(&rowUDP2, append(slices.Clone(sample), win32Row{local: "1.2.3.4:5", remote: "0.0.0.0:0"})...), false, differ},
		{"one row twice", 26100, table(&rowUDP2, append(slices.Clone(sample), sample[0])...), false, differ},
		{"no count", 26100, func(uint32) ([]byte, uint32) { return []byte{2}, codeSuccess }, false, differ},
	} {
		a := win32Peers(c.build, c.udp2)
		rows, warnings := win32UDP(t, a, netstat.UDP4Table)
		if len(rows) != 2 || !slices.Equal(warnings, win32Texts(c.warning)) {
			t.Errorf("%s: %d rows, warnings %q", c.name, len(rows), warnings)
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

// On a system without the table of peers, the table with processes is read only if
// processes are requested.
func TestUDPWithoutPeers(t *testing.T) {
	a := win32Peers(26100, func(uint32) ([]byte, uint32) { return nil, codeProcNotFound })
	a.extendedUDP = func([]byte, *uint32, uint32, uint32) uint32 {
		t.Error("read the table with processes")
		return codeProcNotFound
	}
	if rows, warnings := win32UDP(t, a, netstat.UDP4Table); len(rows) != 2 || len(warnings) > 0 {
		t.Errorf("%+v, warnings %q", rows, warnings)
	}
}

// Sockets that open and close between the calls do not affect the peers of others.
func TestUDPPeersChanging(t *testing.T) {
	row := func(local, remote string) win32Row { return win32Row{local: local, remote: remote, pid: 7} }
	const none = "0.0.0.0:0"
	stays, connected := row("0.0.0.0:53", none), row("10.0.0.1:4000", "10.0.0.2:53")
	old, fresh, brief := row("0.0.0.0:1", none), row("0.0.0.0:2", none), row("0.0.0.0:3", none)
	for _, c := range []struct {
		name           string
		sockets, peers [][]win32Row // the last entry serves all further calls
		calls          int
		remotes        []string
		warning        string
	}{
		{"no change", [][]win32Row{{stays, connected}}, [][]win32Row{{stays, connected}}, 1,
			[]string{none, "10.0.0.2:53"}, ""},
		{"one opens before the sockets are read", [][]win32Row{{fresh, stays, connected}},
			[][]win32Row{{stays, connected}, {fresh, stays, connected}}, 2, []string{none, none, "10.0.0.2:53"}, ""},
		{"one opens after the peers are read again", [][]win32Row{{stays, connected}, {fresh, stays, connected}},
			[][]win32Row{{old, stays, connected}, {stays, connected}}, 2, []string{"", none, "10.0.0.2:53"}, ""},
		{"one closes", [][]win32Row{{stays, connected, old}, {stays, connected}},
			[][]win32Row{{stays, connected, brief}, {stays, connected, old}}, 2, []string{none, "10.0.0.2:53"}, ""},
		{"another opens and closes every time", [][]win32Row{{stays, connected}},
			[][]win32Row{{stays, connected, brief}}, peersTries, []string{"", ""},
			"read peers of udp: the table of peers does not match the table of sockets"},
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
		rows, warnings := win32UDP(t, a, netstat.UDP4Table)
		var remotes []string
		for i := range rows {
			remote := ""
			if rows[i].Remote.IP.IsValid() {
				remote = win32AddrPort(rows[i].Remote)
			}
			remotes = append(remotes, remote)
		}
		if !slices.Equal(remotes, c.remotes) || socketCalls != c.calls || peerCalls != c.calls || !slices.Equal(warnings, win32Texts(c.warning)) {
			t.Errorf("%s: %d and %d calls, remote ends %q, warnings %q", c.name, socketCalls, peerCalls, remotes, warnings)
		}
	}
}

// Peers are also joined with rows that have the creation time.
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
