package win32

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"testing"
	"time"

	"netstat"
)

const win32Created = 133770000000000000 // 2024-11-25 09:20:00 UTC

var win32Sample = map[netstat.Table][]win32Row{
	netstat.TCP4Table: {
		{local: "0.0.0.0:135", remote: "0.0.0.0:0", state: 2, pid: 1192, created: win32Created, offload: 0},
		{local: "192.168.1.12:49700", remote: "192.0.2.1:443", state: 5, pid: 4711, created: win32Created + 5, offload: 2},
		{local: "192.168.1.12:49701", remote: "192.0.2.1:443", state: 11, pid: 0, offload: 1},
		{local: "192.168.1.12:49702", remote: "192.0.2.1:443", state: 77, pid: 9, offload: 9},
	},
	netstat.TCP6Table: {
		{local: "[::]:445", remote: "[::]:0", state: 2, pid: 4, localScope: 4096},
		{local: "[fe80::1]:1521", remote: "[fe80::2]:50297", state: 8, pid: 3668, localScope: 4, remoteScope: 4},
		{local: "[::1]:5000", remote: "[::1]:5001", state: 5, pid: 12, localScope: 4096, remoteScope: 4096},
	},
	netstat.UDP4Table: {
		{local: "0.0.0.0:123", pid: 1036, remote: "0.0.0.0:0"},
		{local: "127.0.0.1:57990", pid: 77, remote: "127.0.0.1:57990", created: win32Created},
	},
	netstat.UDP6Table: {
		{local: "[fe80::5196:ca37:70a7:5de9]:1900", pid: 3668, localScope: 2, remote: "[::]:0"},
	},
}

func TestSockets(t *testing.T) {
	s := win32Source(t, win32Rows(win32Sample), Options{})
	ctx := context.Background()
	for _, c := range []struct {
		table netstat.Table
		want  []string
	}{
		{netstat.TCP4Table, []string{
			"LISTEN 0.0.0.0:135%0 0.0.0.0:0%0 1192",
			"ESTABLISHED 192.168.1.12:49700%0 192.0.2.1:443%0 4711",
			"TIME-WAIT 192.168.1.12:49701%0 192.0.2.1:443%0 0",
			"UNKNOWN 192.168.1.12:49702%0 192.0.2.1:443%0 9",
		}},
		{netstat.TCP6Table, []string{
			"LISTEN [::]:445%0 [::]:0%0 4",
			"CLOSE-WAIT [fe80::1]:1521%4 [fe80::2]:50297%4 3668",
			"ESTABLISHED [::1]:5000%0 [::1]:5001%0 12", // this scope is a fault of Wine
		}},
		{netstat.UDP4Table, []string{
			"CLOSED 0.0.0.0:123%0 invalid AddrPort%0 1036",
			"CLOSED 127.0.0.1:57990%0 invalid AddrPort%0 77",
		}},
		{netstat.UDP6Table, []string{"CLOSED [fe80::5196:ca37:70a7:5de9]:1900%2 invalid AddrPort%0 3668"}},
	} {
		// The row layouts differ in everything but their contents.
		const owner = netstat.FactInode
		for _, facts := range []netstat.Facts{owner, owner | netstat.FactOffload, netstat.FactCreated, netstat.FactCreated | netstat.FactOffload} {
			rows, errs := win32Gather(t, s.Sockets(ctx, c.table, netstat.Need{Facts: facts}))
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%v %s%%%d %s%%%d %d",
					r.State, win32AddrPort(r.Local), r.Local.Scope, win32AddrPort(r.Remote), r.Remote.Scope, r.PID))
				if r.Table != c.table || r.Absent != netstat.FactQueues|netstat.FactUID|netstat.FactInode|netstat.FactTimer {
					t.Errorf("%v: table %v, absent %b", c.table, r.Table, r.Absent)
				}
				if (facts == owner) != (r.Detail == nil) {
					t.Errorf("%v, facts %b: detail %v", c.table, facts, r.Detail)
				}
			}
			if !slices.Equal(got, c.want) || len(errs) > 0 {
				t.Errorf("%v, facts %b: %q, errors %v", c.table, facts, got, errs)
			}
		}
	}
}

// TestWithoutProcess reads the tables without processes, which are used if they exist
// and no owner is requested.
func TestWithoutProcess(t *testing.T) {
	for _, missing := range []bool{false, true} {
		a := win32Rows(win32Sample)
		asked := 0
		bare := a.bare
		a.bare = func(r *tableReader, buf []byte, size *uint32) uint32 {
			if asked++; missing {
				return codeProcNotFound
			}
			return bare(r, buf, size)
		}
		s := win32Source(t, a, Options{})
		for table, sample := range win32Sample {
			asked = 0
			rows, errs := win32Gather(t, s.Sockets(context.Background(), table, netstat.Need{}))
			if len(rows) != len(sample) || len(errs) > 0 || asked != 1 {
				t.Fatalf("%v: %d rows, errors %v, %d calls", table, len(rows), errs, asked)
			}
			for i, r := range rows {
				want := sample[i]
				if !missing {
					want.pid = 0
				}
				remote := want.remote
				if table.Protocol == netstat.UDP {
					remote = "invalid AddrPort"
				}
				if win32AddrPort(r.Local) != want.local || win32AddrPort(r.Remote) != remote || r.PID != want.pid ||
					table.Protocol == netstat.TCP && r.State != tcpState(want.state) {
					t.Errorf("%v: %+v, want %+v", table, r, want)
				}
			}
			asked = 0
			if win32Gather(t, s.Sockets(context.Background(), table, netstat.Need{Facts: netstat.FactInode})); asked != 0 {
				t.Errorf("%v: called although processes are requested", table)
			}
		}
	}
}

// A table of a usual size is read with one call: each call rebuilds it, which is slow.
func TestTableReadOnce(t *testing.T) {
	many := make([]win32Row, 18000)
	for i := range many {
		many[i] = win32Row{local: "[::1]:80", remote: "[::]:0", state: 2}
	}
	a := win32Rows(map[netstat.Table][]win32Row{netstat.TCP6Table: many})
	calls := 0
	bare := a.bare
	a.bare = func(r *tableReader, buf []byte, size *uint32) uint32 {
		calls++
		return bare(r, buf, size)
	}
	rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.TCP6Table, netstat.Need{}))
	if len(rows) != len(many) || len(errs) > 0 || calls != 1 {
		t.Errorf("%d rows, errors %v, %d calls", len(rows), errs, calls)
	}
}

func win32Details(t *testing.T, s *source, table netstat.Table, n netstat.Need) []netstat.WindowsDetail {
	t.Helper()
	var all []netstat.WindowsDetail
	rows, errs := win32Gather(t, s.Sockets(context.Background(), table, n))
	if len(errs) > 0 {
		t.Errorf("%v: %v", table, errs)
	}
	for _, r := range rows {
		d, ok := r.Detail.(*netstat.WindowsDetail)
		if !ok {
			t.Fatalf("%v: detail %T", table, r.Detail)
		}
		all = append(all, *d)
	}
	return all
}

func TestOffloadAndCreated(t *testing.T) {
	s := win32Source(t, win32Rows(win32Sample), Options{})
	created := time.Date(2024, 11, 25, 9, 20, 0, 0, time.UTC)
	offloads := []netstat.OffloadState{
		netstat.OffloadInHost, netstat.OffloadOffloaded, netstat.OffloadOffloading, netstat.OffloadUnknown,
	}
	for facts, want := range map[netstat.Facts]func(i int) netstat.WindowsDetail{
		netstat.FactOffload: func(i int) netstat.WindowsDetail { return netstat.WindowsDetail{Offload: offloads[i]} },
		netstat.FactCreated: func(i int) netstat.WindowsDetail {
			return netstat.WindowsDetail{Created: [...]time.Time{created, created.Add(500), {}, {}}[i]}
		},
		netstat.FactOffload | netstat.FactCreated: func(i int) netstat.WindowsDetail {
			return netstat.WindowsDetail{
				Created: [...]time.Time{created, created.Add(500), {}, {}}[i], Offload: offloads[i],
			}
		},
	} {
		for i, got := range win32Details(t, s, netstat.TCP4Table, netstat.Need{Facts: facts}) {
			if got != want(i) {
				t.Errorf("facts %b, row %d: %+v, want %+v", facts, i, got, want(i))
			}
		}
	}
	// UDP has only the creation time.
	for i, got := range win32Details(t, s, netstat.UDP4Table, netstat.Need{Facts: netstat.FactOffload | netstat.FactCreated}) {
		if want := [...]time.Time{{}, created}[i]; got != (netstat.WindowsDetail{Created: want}) {
			t.Errorf("udp row %d: %+v", i, got)
		}
	}
}

// A failure of GetTcpTable2 is reported, and the rows come from the other table.
func TestOffloadMissing(t *testing.T) {
	a := win32Rows(win32Sample)
	a.tcp2 = win32Missing().tcp2
	for _, facts := range []netstat.Facts{netstat.FactOffload, netstat.FactOffload | netstat.FactCreated} {
		var warnings []*netstat.OpError
		rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.TCP4Table,
			netstat.Need{Facts: facts, Report: func(err *netstat.OpError) { warnings = append(warnings, err) }}))
		if len(rows) != 4 || len(errs) > 0 || len(warnings) != 1 || !errors.Is(warnings[0], errors.ErrUnsupported) {
			t.Errorf("facts %b: %d rows, errors %v, warnings %v", facts, len(rows), errs, warnings)
		}
	}
}

func TestHints(t *testing.T) {
	s := win32Source(t, win32Rows(win32Sample), Options{})
	for _, c := range []struct {
		need netstat.Need
		tcp  int // rows of TCP4
		tcp6 int
		udp  int
	}{
		{netstat.Need{}, 4, 3, 2},
		{netstat.Need{States: netstat.States(netstat.Listen)}, 1, 1, 2},
		{netstat.Need{States: netstat.States(netstat.Established, netstat.TimeWait)}, 2, 1, 2},
		{netstat.Need{States: netstat.AllStates &^ netstat.States(netstat.Bound)}, 4, 3, 2},
	} {
		for table, want := range map[netstat.Table]int{netstat.TCP4Table: c.tcp, netstat.TCP6Table: c.tcp6, netstat.UDP4Table: c.udp} {
			rows, errs := win32Gather(t, s.Sockets(context.Background(), table, c.need))
			if len(rows) != want || len(errs) > 0 {
				t.Errorf("%+v: %d rows of %v, errors %v; want %d", c.need, len(rows), table, errs, want)
			}
		}
	}
}

// A table that grows during the call is read again.
func TestGrowth(t *testing.T) {
	var many []win32Row
	for i := range 20000 { // 480,000 bytes
		many = append(many, win32Row{local: fmt.Sprintf("10.0.%d.%d:80", i/256%256, i%256), remote: "0.0.0.0:0", state: 2})
	}
	for _, growing := range []int{0, 1, 5, 100} {
		calls := 0
		var sizes []uint32
		a := win32Missing()
		a.extendedTCP = func(buf []byte, size *uint32, _, _ uint32) uint32 {
			calls++
			sizes = append(sizes, *size)
			if int(*size) != len(buf) {
				t.Fatalf("room for %d, size %d", len(buf), *size)
			}
			if calls <= growing {
				*size += 100 // always slightly more than the room given
				return codeInsufficientBuffer
			}
			return win32Answer(rowTCPPID.encodeTable(many...))(buf, size)
		}
		s := win32Source(t, a, Options{})
		rows, errs := win32Gather(t, s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}))
		for i := range sizes[1:] {
			if sizes[i+1] < 2*sizes[i] {
				t.Errorf("room for %v", sizes)
			}
		}
		if growing == 100 {
			var win *winError
			if len(rows) > 0 || len(errs) != 1 || !errors.As(errs[0], &win) || win.code != codeInsufficientBuffer || calls > maxTries {
				t.Errorf("never enough room: %d rows, %v, %d calls", len(rows), errs, calls)
			}
			continue
		}
		if len(rows) != len(many) || len(errs) > 0 || calls > maxTries {
			t.Errorf("%d times too little room: %d rows, errors %v, %d calls", growing, len(rows), errs, calls)
		}
		// The buffer is kept for the next call.
		calls, sizes = growing, nil
		rows, errs = win32Gather(t, s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}))
		if len(rows) != len(many) || len(errs) > 0 || len(sizes) != 1 {
			t.Errorf("again: %d rows, errors %v, room for %v", len(rows), errs, sizes)
		}
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		code uint32
		is   error // nil: an empty table
		text string
	}{
		{codeNoData, nil, ""},
		{codeNotSupported, nil, ""},
		{codeAccessDenied, fs.ErrPermission, "read tcp: Windows error 5"},
		{codeProcNotFound, errors.ErrUnsupported, "read tcp: Windows error 127"},
		{codeCallNotImplemented, errors.ErrUnsupported, "read tcp: Windows error 120"},
		{0x80070005, &winError{}, "read tcp: Windows error 0x80070005"},
		{codeInvalidParameter, &winError{}, "read tcp: odd (Windows error 87)"},
	} {
		a := win32Missing()
		a.extendedTCP = func([]byte, *uint32, uint32, uint32) uint32 { return c.code }
		a.errorText = func(code uint32) string {
			if code == codeInvalidParameter {
				return "odd"
			}
			return ""
		}
		rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}))
		if c.is == nil {
			if len(rows) > 0 || len(errs) > 0 {
				t.Errorf("code %d: %v, %v", c.code, rows, errs)
			}
			continue
		}
		var win *winError
		if len(errs) != 1 || !errors.As(errs[0], &win) || errs[0].Error() != c.text {
			t.Errorf("code %d: %v", c.code, errs)
		} else if _, any := c.is.(*winError); !any && !errors.Is(errs[0], c.is) {
			t.Errorf("code %d: %v is not %v", c.code, errs[0], c.is)
		}
	}
}

// A count beyond the table does not affect the complete rows.
func TestShortTable(t *testing.T) {
	table := rowTCPPID.encodeTable(win32Sample[netstat.TCP4Table]...)
	table[0] = 200
	a := win32Missing()
	a.extendedTCP = func(buf []byte, size *uint32, _, _ uint32) uint32 {
		clear(buf)
		return win32Answer(table)(buf, size)
	}
	s := win32Source(t, a, Options{})
	s.buf = make([]byte, len(table)+5)
	rows, errs := win32Gather(t, s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}))
	if len(rows) != 4 || len(errs) != 1 || !errors.Is(errs[0], netstat.ErrIncomplete) {
		t.Errorf("%d rows, errors %v", len(rows), errs)
	}
}

func TestBound(t *testing.T) {
	a := win32Rows(win32Sample)
	a.bound = func(family uint32) ([]byte, uint32) {
		if family == familyInet6 {
			return rowTCP62.encodeTable(win32Row{local: "[::]:49180", remote: "[::]:0", state: 1, pid: 8}), codeSuccess
		}
		return rowTCP2.encodeTable(win32Row{local: "0.0.0.0:49179", remote: "0.0.0.0:0", state: 1, pid: 2588}), codeSuccess
	}
	all := netstat.AllStates
	for _, c := range []struct {
		table  netstat.Table
		states netstat.StateSet
		want   int
		last   string
	}{
		{netstat.TCP4Table, 0, 4, ""},
		{netstat.TCP4Table, all, 5, "0.0.0.0:49179 2588"},
		{netstat.TCP6Table, all, 4, "[::]:49180 8"},
		{netstat.TCP4Table, netstat.States(netstat.Bound), 1, "0.0.0.0:49179 2588"},
		{netstat.UDP4Table, all, 2, ""},
	} {
		need := netstat.Need{States: c.states, Facts: netstat.FactOffload, Report: func(err *netstat.OpError) { t.Error(err) }}
		rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), c.table, need))
		if len(rows) != c.want || len(errs) > 0 {
			t.Errorf("%v, states %b: %d rows, %v", c.table, c.states, len(rows), errs)
			continue
		}
		if last := rows[len(rows)-1]; c.last != "" &&
			(last.State != netstat.Bound || fmt.Sprintf("%s %d", win32AddrPort(last.Local), last.PID) != c.last) {
			t.Errorf("%v: %+v", c.table, last)
		}
	}
	// Without the entry point, or with an invalid table, the other rows follow.
	for _, broken := range []func(uint32) ([]byte, uint32){
		win32Missing().bound,
		func(uint32) ([]byte, uint32) { return []byte{1, 0}, codeSuccess },
	} {
		a.bound = broken
		var warnings []*netstat.OpError
		rows, errs := win32Gather(t, win32Source(t, a, Options{}).Sockets(context.Background(), netstat.TCP4Table,
			netstat.Need{States: all, Report: func(err *netstat.OpError) { warnings = append(warnings, err) }}))
		if len(rows) != 4 || len(errs) > 0 || len(warnings) != 1 {
			t.Errorf("%d rows, errors %v, warnings %v", len(rows), errs, warnings)
		}
	}
}

// win32Module encodes TCPIP_OWNER_MODULE_BASIC_INFO at base.
func win32Module(p *pointers, base uint64, name, path string) []byte {
	b := make([]byte, 2*p.size)
	pointer := func(at int) {
		to := base + uint64(len(b))
		for i := range p.size {
			b[at+i] = byte(to >> (8 * i))
		}
	}
	for i, text := range []string{name, path} {
		pointer(i * p.size)
		b = append(b, win32UTF16(text)...)
	}
	return b
}

func win32UTF16(text string) []byte {
	var b []byte
	for _, r := range text {
		if r > 0xffff {
			r -= 0x10000
			hi, lo := 0xd800+r>>10, 0xdc00+r&0x3ff
			b = append(b, byte(hi), byte(hi>>8), byte(lo), byte(lo>>8))
			continue
		}
		b = append(b, byte(r), byte(r>>8))
	}
	return append(b, 0, 0)
}

func TestModules(t *testing.T) {
	for _, p := range []*pointers{&pointers32, &pointers64} {
		a := win32Rows(win32Sample)
		a.pointers = p
		const base = 0x7ff00000
		asked := 0
		a.ownerModule = func(r *tableReader, row, buf []byte, size *uint32) (uint64, uint32) {
			asked++
			if len(row) != r.module.size {
				t.Fatalf("a row of %d bytes", len(row))
			}
			var s netstat.Socket
			r.module.decode(row, &s)
			var answer []byte
			switch s.PID {
			case 1192:
				answer = win32Module(p, base, "RpcSs", `C:\Windows\system32\rpcss.dll`)
			case 4711: // more than the first buffer holds
				answer = win32Module(p, base, "a😀", string(make([]rune, 3000)))
			case 0:
				return 0, codeNotFound
			default:
				return 0, codePartialCopy
			}
			return base, win32Answer(answer)(buf, size)
		}
		need := netstat.Need{Facts: netstat.FactModule, Report: func(err *netstat.OpError) { t.Error(err) }}
		s := win32Source(t, a, Options{})
		got := win32Details(t, s, netstat.TCP4Table, need)
		want := []netstat.WindowsDetail{
			{Module: "RpcSs", ModulePath: `C:\Windows\system32\rpcss.dll`}, {Module: "a😀"}, {}, {},
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v", got)
		}
		if asked != 5 {
			t.Errorf("%d calls", asked)
		}
		if got := win32Details(t, s, netstat.UDP6Table, need); !slices.Equal(got, make([]netstat.WindowsDetail, 1)) {
			t.Errorf("udp6: %+v", got)
		}
		// Modules of excluded rows are not looked up.
		asked = 0
		need.States = netstat.States(netstat.Listen)
		if win32Details(t, s, netstat.TCP4Table, need); asked != 1 {
			t.Errorf("%d calls for one row", asked)
		}
	}
}

func TestModulesErrors(t *testing.T) {
	for _, c := range []struct {
		code          uint32
		asked, warned int
	}{
		{codeAccessDenied, 4, 0},
		{codeProcNotFound, 1, 1},                     // another call is pointless
		{codeInvalidParameter, 4, 1},                 // reported once
		{codeInsufficientBuffer, 4 * moduleTries, 1}, // never enough
	} {
		a := win32Rows(win32Sample)
		asked := 0
		a.ownerModule = func(_ *tableReader, _, _ []byte, size *uint32) (uint64, uint32) {
			asked++
			*size = 0xffffffff
			return 0, c.code
		}
		var warnings []*netstat.OpError
		got := win32Details(t, win32Source(t, a, Options{}), netstat.TCP4Table, netstat.Need{
			Facts: netstat.FactModule, Report: func(err *netstat.OpError) { warnings = append(warnings, err) },
		})
		if !slices.Equal(got, make([]netstat.WindowsDetail, 4)) || asked != c.asked || len(warnings) != c.warned {
			t.Errorf("code %d: %+v, %d calls, warnings %v", c.code, got, asked, warnings)
		}
	}
}

func TestTemplates(t *testing.T) {
	a := win32Rows(win32Sample)
	a.templates = func(context.Context) ([]appliedSetting, error) {
		return []appliedSetting{
			{local: "0.0.0.0", localPort: 135, remote: "0.0.0.0", setting: -1},
			{local: "192.168.1.12", localPort: 49700, remote: "192.0.2.1", remotePort: 443, setting: 0},
			{local: "192.168.1.12", localPort: 49701, remote: "192.0.2.1", remotePort: 443, setting: 99},
			{local: "garbage", remote: "192.0.2.1", setting: 1},
			{local: "fe80::1%4", localPort: 1521, remote: "fe80::2%4", remotePort: 50297, setting: 4},
		}, nil
	}
	need := netstat.Need{Facts: netstat.FactTemplate, Report: func(err *netstat.OpError) { t.Error(err) }}
	for table, want := range map[netstat.Table][]string{
		netstat.TCP4Table: {"Not Applicable", "Internet", "", ""},
		netstat.TCP6Table: {"", "DatacenterCustom", ""},
		netstat.UDP4Table: {"", ""},
	} {
		var got []string
		for _, d := range win32Details(t, win32Source(t, a, Options{}), table, need) {
			got = append(got, d.Template)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: %q", table, got)
		}
	}
	// One answer serves the next table, and no other.
	asked, templates := 0, a.templates
	a.templates = func(ctx context.Context) ([]appliedSetting, error) { asked++; return templates(ctx) }
	s := win32Source(t, a, Options{})
	need.Then = netstat.TCP6Table
	win32Details(t, s, netstat.TCP4Table, need)
	need.Then = netstat.UDP4Table
	if got := win32Details(t, s, netstat.TCP6Table, need); asked != 1 || got[1].Template != "DatacenterCustom" {
		t.Errorf("%d calls: %+v", asked, got)
	}
	if win32Details(t, s, netstat.TCP6Table, need); asked != 2 {
		t.Errorf("%d calls", asked)
	}

	var warnings []*netstat.OpError
	need.Report = func(err *netstat.OpError) { warnings = append(warnings, err) }
	a.templates = win32Missing().templates
	if got := win32Details(t, win32Source(t, a, Options{}), netstat.TCP4Table, need); len(got) != 4 || len(warnings) != 1 {
		t.Errorf("%+v, warnings %v", got, warnings)
	} else if text := warnings[0].Error(); text != "read templates of tcp: Windows error 0x8004100e" {
		t.Error(text)
	}
}

// Without any entry point every table ends with a clear error, and nothing panics.
func TestEntryPointsMissing(t *testing.T) {
	s := win32Source(t, win32Missing(), Options{})
	ctx := context.Background()
	report := func(*netstat.OpError) {}
	all := netstat.Need{Facts: ^netstat.Facts(0), States: netstat.AllStates, Report: report}
	for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.Raw4Table, netstat.UnixTable, netstat.SCTP4Table} {
		rows, errs := win32Gather(t, s.Sockets(ctx, table, all))
		if len(rows) > 0 || len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
			t.Errorf("%v: %v, errors %v", table, rows, errs)
		}
	}
	for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
		if rows, errs := win32Gather(t, s.Counters(ctx, f)); len(rows) > 0 || len(errs) != 4 {
			t.Errorf("counters: %v, errors %v", rows, errs)
		}
		if rows, errs := win32Gather(t, s.Routes(ctx, netstat.RouteQuery{Family: f})); len(rows) > 0 || len(errs) != 1 {
			t.Errorf("routes: %v, errors %v", rows, errs)
		}
		if rows, errs := win32Gather(t, s.Routes(ctx, netstat.RouteQuery{Family: f, Cache: true})); len(rows) > 0 ||
			len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
			t.Errorf("cache: %v, errors %v", rows, errs)
		}
		if rows, errs := win32Gather(t, s.Groups(ctx, netstat.GroupQuery{Family: f})); len(rows) > 0 || len(errs) != 1 {
			t.Errorf("groups: %v, errors %v", rows, errs)
		}
	}
	if rows, errs := win32Gather(t, s.Routes(ctx, netstat.RouteQuery{Family: netstat.Inet, Persistent: true})); len(rows) > 0 || len(errs) != 1 {
		t.Errorf("persistent: %v, errors %v", rows, errs)
	}
	if rows, errs := win32Gather(t, s.Interfaces(ctx, netstat.InterfaceQuery{})); len(rows) > 0 || len(errs) != 1 {
		t.Errorf("interfaces: %v, errors %v", rows, errs)
	}
	for _, f := range []netstat.Family{netstat.Unix, netstat.FamilyNone} {
		if _, errs := win32Gather(t, s.Routes(ctx, netstat.RouteQuery{Family: f})); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
			t.Errorf("routes of %v: %v", f, errs)
		}
		if _, errs := win32Gather(t, s.Counters(ctx, f)); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
			t.Errorf("counters of %v: %v", f, errs)
		}
		if _, errs := win32Gather(t, s.Groups(ctx, netstat.GroupQuery{Family: f})); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
			t.Errorf("groups of %v: %v", f, errs)
		}
	}
	if _, errs := win32Gather(t, s.NATSessions(ctx)); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("NAT: %v", errs)
	}
	if _, errs := win32Gather(t, s.TrackedConnections(ctx, netstat.TrackedQuery{})); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("tracked connections: %v", errs)
	}
	if _, errs := win32Gather(t, s.RareRoutes(ctx, netstat.AX25, nil)); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("rare routes: %v", errs)
	}
	if o, err := s.Owners(ctx, netstat.OwnerQuery{}); err != nil || o.Len() != 0 {
		t.Errorf("owners: %v, %v", o, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStopAndCancel(t *testing.T) {
	a := win32Rows(win32Sample)
	s := win32Source(t, a, Options{})
	for range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{States: netstat.AllStates}) {
		break // range would panic if the function continued
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, errs := range map[string][]error{
		"sockets":    second(win32Gather(t, s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}))),
		"counters":   second(win32Gather(t, s.Counters(ctx, netstat.Inet))),
		"routes":     second(win32Gather(t, s.Routes(ctx, netstat.RouteQuery{Family: netstat.Inet}))),
		"interfaces": second(win32Gather(t, s.Interfaces(ctx, netstat.InterfaceQuery{}))),
		"groups":     second(win32Gather(t, s.Groups(ctx, netstat.GroupQuery{Family: netstat.Inet}))),
	} {
		if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
			t.Errorf("%s: %v", name, errs)
		}
	}
	if _, err := s.Owners(ctx, netstat.OwnerQuery{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	// The same in the middle of a table.
	many := make([]win32Row, 5000)
	for i := range many {
		many[i] = win32Row{local: "127.0.0.1:80", remote: "0.0.0.0:0", state: 2}
	}
	s = win32Source(t, win32Rows(map[netstat.Table][]win32Row{netstat.TCP4Table: many}), Options{})
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
		if n++; n == 10 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if n > 2000 {
		t.Errorf("%d rows after the end", n)
	}
}

func second[A, B any](_ A, b B) B { return b }

// A caller may read one table while iterating over another.
func TestNestedTables(t *testing.T) {
	s := win32Source(t, win32Rows(win32Sample), Options{})
	var got []uint32
	for outer, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{Facts: netstat.FactInode}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, outer.PID)
		if rows, _ := win32Gather(t, s.Sockets(context.Background(), netstat.TCP6Table, netstat.Need{})); len(rows) != 3 {
			t.Errorf("inner: %v", rows)
		}
	}
	if !slices.Equal(got, []uint32{1192, 4711, 0, 9}) {
		t.Errorf("outer: %v", got)
	}
}

func TestOpenOptions(t *testing.T) {
	for _, o := range []Options{{Source: "netlink"}, {Source: "udp-peers"}, {Owners: "scan"}, {ProcRoot: "/proc"}} {
		var op *netstat.OpError
		if s, err := newSource(o, win32Missing()); s != nil || !errors.As(err, &op) {
			t.Errorf("%+v: %v, %v", o, s, err)
		}
	}
}

// Rows cost no allocation of their own, except for requested facts.
func TestRowAllocations(t *testing.T) {
	many := make([]win32Row, 1000)
	for i := range many {
		many[i] = win32Row{local: "[fe80::1]:80", remote: "[fe80::2]:81", state: 5, pid: 4, localScope: 3}
	}
	table := rowTCP6PID.encodeTable(many...)
	a := win32Missing()
	a.extendedTCP = func(buf []byte, size *uint32, _, _ uint32) uint32 { return win32Answer(table)(buf, size) }
	s := win32Source(t, a, Options{})
	n := 0
	read := func() {
		for _, err := range s.Sockets(context.Background(), netstat.TCP6Table, netstat.Need{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	if allocs := testing.AllocsPerRun(10, read); allocs > 20 || n == 0 {
		t.Errorf("%v allocations for %d rows", allocs, len(many))
	}
}

func TestFileTime(t *testing.T) {
	for ft, want := range map[uint64]time.Time{
		0:                  {},
		116444736000000000: time.Unix(0, 0).UTC(),
		116444736000000001: time.Unix(0, 100).UTC(),
		116444735999999999: time.Unix(-1, 999999900).UTC(),
		1:                  time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC),
		1 << 63:            {},
	} {
		if got := fileTime(ft); !got.Equal(want) || !reflect.DeepEqual(got.IsZero(), want.IsZero()) {
			t.Errorf("%d: %v, want %v", ft, got, want)
		}
	}
}
